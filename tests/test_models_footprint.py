"""A batch in parts: the same outputs and gradients with less memory, and how much memory that will be."""

import copy
import threading

import pytest
import torch
from torch import nn

from lab.models.architectures import architecture
from lab.models.classifier import create_classifier
from lab.models.folding import folding
from lab.models.footprint import fits_the_cache, footprint, in_parts

X = torch.rand(10, 3, 64, 64, generator=torch.Generator().manual_seed(0))
Y = torch.arange(10) % 3


def unfrozen(norm="frozen"):
    model = create_classifier("pocketnet", 3, dropout=0.0)
    model.freeze_to(0, norm)
    return model.train()


def gradients(model, x=X, weight=None):
    model.zero_grad()
    loss = nn.CrossEntropyLoss(weight=weight)(model.head(model.features(x)), Y)
    loss.backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("size", [1, 3, 5, 9])
@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 5.0, 0.1])])
def test_gradients_in_parts_are_those_of_the_whole_batch(size, weight):
    # In double precision: rounding that differs with the batch could else push a ReLU across its kink.
    model, weight = unfrozen().double(), weight if weight is None else weight.double()
    whole = gradients(model, X.double(), weight)
    model.micro_batch = size
    torch.testing.assert_close(gradients(model, X.double(), weight), whole)


def test_without_gradients_parts_give_the_same_as_the_whole():
    model = create_classifier("pocketnet", 3).eval()
    with torch.no_grad():
        whole = model.pool(model.body(model.normalise(X)))
        for size in (1, 4, 10):
            parts = in_parts(lambda x: model.pool(model.body(x)), model.normalise(X), size, [])
            torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("momentum", [0.5, None])
def test_batch_norms_that_train_count_each_part_once(momentum):
    norm = nn.BatchNorm2d(3, momentum=momentum)
    expected = copy.deepcopy(norm)
    for part in X.split(5):
        expected(part)
    in_parts(norm, X, 5, [norm]).sum().backward()
    torch.testing.assert_close(norm.running_mean, expected.running_mean)
    assert norm.num_batches_tracked == expected.num_batches_tracked == 2


def test_a_frozen_norm_keeps_its_statistics_and_learns_its_weights():
    model = unfrozen()
    norms = [module for module in model.body.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.running_mean.clone() for norm in norms]
    gradients(model)
    assert all(torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True))
    assert all(norm.weight.grad is not None for norm in norms)
    model.freeze_to(0, "train")
    gradients(model.train())
    assert not any(torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True))
    with pytest.raises(ValueError, match="got norm='none'. It is 'frozen' or 'train'"):
        model.freeze_to(0, "none")


def test_a_body_without_pretrained_weights_measures_its_statistics():
    assert create_classifier("pocketnet", 3, pretrained=False).norm == "train"
    assert create_classifier("pocketnet", 3).norm == "frozen"


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("name", ["pocketnet", "resnet18"])
def test_the_footprint_is_what_autograd_keeps_for_another_image(name, frozen):
    model = create_classifier(name, 2, pretrained=False)
    model.freeze_to(0, "frozen" if frozen else "train")
    arch, body = model.arch, model.train().body

    def kept(n):
        seen = {}
        # The tensors are held, so that no two of them can have the same place in memory.
        with (
            torch.autograd.graph.saved_tensors_hooks(
                lambda t: seen.setdefault(t.untyped_storage().data_ptr(), t), lambda t: t
            ),
            folding(body, arch),
        ):
            body(torch.rand(n, 3, 64, 64))
        return sum(tensor.untyped_storage().nbytes() for tensor in seen.values())

    with torch.no_grad():  # as the first one who asks may do, for all that come later
        footprint(arch, body, 64, 64, frozen)
    assert footprint(arch, body, 64, 64, frozen).kept == pytest.approx((kept(8) - kept(4)) / 4, rel=0.05)


def test_larger_images_go_through_the_body_fewer_at_a_time():
    arch = architecture("pocketnet")
    small, usual, large = (fits_the_cache(arch, arch.build_body(), n, n) for n in (64, 224, 1024))
    assert small > usual > large >= 1


def test_the_footprint_is_found_beside_a_network_that_runs_and_without_its_hooks():
    arch, seen, results = architecture("resnet18"), [], []
    body = arch.build_body()
    body[0].register_forward_hook(lambda *_: seen.append(1))
    before = [tensor.clone() for tensor in body.state_dict().values()]
    model = create_classifier("pocketnet", 2, pretrained=False).eval()
    worker = threading.Thread(target=lambda: results.extend(model(X).shape for _ in range(20)))
    worker.start()
    for size in range(65, 90):
        footprint(arch, body, size, size, frozen=True)
    worker.join()
    assert results == [(10, 2)] * 20 and seen == []
    assert all(torch.equal(a, b) for a, b in zip(before, body.state_dict().values(), strict=True))


def test_a_body_of_ones_own_that_needs_numbers_is_taken_whole():
    class Wilful(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    model = create_classifier("pocketnet", 3)
    model.body.append(Wilful())
    with torch.no_grad():
        assert model.eval()(X[:, :, :50, :50]).shape == (10, 3)
    assert footprint(model.arch, model.body, 50, 50, frozen=True).kept == 0


def test_whoever_watches_a_layer_sees_the_batch_as_a_whole():
    model, seen = unfrozen(), []
    model.micro_batch = 3
    hook = model.body[0].register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    model(X)
    hook.remove()
    assert seen == [10]
