"""Folding batch norm into convolutions: the same outputs and gradients, with less to compute and to keep."""

import copy

import pytest
import torch
from torch import nn

from lab.models.architectures import architecture
from lab.models.classifier import create_classifier
from lab.models.folding import fold, norms_after_convolutions

NETWORKS = ["pocketnet", "densenet121", "resnet18", "mobilenet_v2", "efficientnet_b0", "efficientnet_lite0"]
X = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def trained_like_body(name):
    """A random body whose batch norms have statistics and weights as training would leave them."""
    body = architecture(name).build_body()
    generator = torch.Generator().manual_seed(0)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            n = module.num_features
            module.running_mean.copy_(torch.randn(n, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(n, generator=generator) + 0.5)
            module.weight.data.copy_(torch.rand(n, generator=generator) + 0.5)
            module.bias.data.copy_(torch.randn(n, generator=generator) * 0.1)
    return body


def pair(name):
    """A body in evaluation mode as its library makes it, and the same with its batch norms folded."""
    plain = trained_like_body(name).eval()
    folded = copy.deepcopy(plain)
    fold(folded, architecture(name))
    return plain, folded


def close(got, expected):
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())


def norms_that_run(body, x):
    """How many batch norms of the body give anything but what they get."""
    changed = []

    def see(module, inputs, output):
        changed.append(output is not inputs[0])

    hooks = [m.register_forward_hook(see) for m in body.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        body(x)
    for hook in hooks:
        hook.remove()
    return sum(changed)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_agree(name):
    # In float64, where no ReLU falls on the other side of 0 by rounding.
    plain, folded = (body.double() for body in pair(name))
    x = X.double()
    weight = torch.randn(plain(x).shape, generator=torch.Generator().manual_seed(2))
    for body in (plain, folded):
        (body(x) * weight).sum().backward()
    close(folded(x), plain(x))
    names = [name for name, _ in plain.named_parameters()]
    assert names == [name for name, _ in folded.named_parameters()] and len(names) > 10
    assert list(plain.state_dict()) == list(folded.state_dict())
    for ours, own in zip(folded.parameters(), plain.parameters(), strict=True):
        close(ours.grad, own.grad)


@pytest.mark.parametrize(("name", "left"), [("mobilenet_v2", 0), ("efficientnet_lite0", 0), ("resnet18", 1)])
def test_no_batch_norm_is_left_to_be_computed_but_that_of_a_layer_on_its_own(name, left):
    plain, folded = pair(name)
    assert norms_that_run(plain, X) > 15
    assert norms_that_run(folded, X) == left


def test_a_norm_that_measures_its_statistics_does_so():
    plain, folded = (body.train() for body in pair("mobilenet_v2"))
    torch.testing.assert_close(folded(X), plain(X), rtol=0, atol=0)
    for (name, own), ours in zip(plain.state_dict().items(), folded.state_dict().values(), strict=True):
        assert torch.equal(own, ours), name


def test_autograd_keeps_less_for_another_image():
    def kept(body, n):
        seen = {}
        with torch.autograd.graph.saved_tensors_hooks(
            lambda t: seen.setdefault(t.untyped_storage().data_ptr(), t), lambda t: t
        ):
            body(torch.rand(n, 3, 64, 64))
        return sum(tensor.untyped_storage().nbytes() for tensor in seen.values())

    plain, folded = pair("mobilenet_v2")
    ours, own = (kept(body, 8) - kept(body, 4) for body in (folded, plain))
    assert ours < 0.7 * own


def test_whoever_looks_between_the_two_sees_the_convolutions_own_output():
    plain, folded = pair("mobilenet_v2")
    seen = []
    for body in (plain, folded):
        conv = next(m for m in body[3].modules() if isinstance(m, nn.Conv2d))
        conv.register_forward_hook(lambda module, inputs, output: seen.append(output))
        body(X)
    torch.testing.assert_close(seen[1], seen[0], rtol=1e-3, atol=1e-4)


def test_copies_are_folded_by_their_own_layers():
    model = create_classifier("pocketnet", 2, pretrained=False).eval()
    twin = copy.deepcopy(model)
    with torch.no_grad():
        before = model(X)
        for norm in (m for m in twin.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.bias.add_(1.0)
        torch.testing.assert_close(model(X), before, rtol=0, atol=0)
        assert (twin(X) - before).abs().max() > 0.1
    assert "_Norm" not in repr(model) and "BatchNorm2d(" in repr(model)


def test_a_body_that_cannot_be_traced_and_one_of_other_layers_stay_as_they_are():
    body = trained_like_body("resnet18").eval()
    body[4][0].conv1 = nn.utils.parametrizations.weight_norm(body[4][0].conv1)
    body[4][0].bn2 = nn.BatchNorm2d(64, affine=False).eval()
    plain = copy.deepcopy(body)
    fold(body, architecture("resnet18"))
    close(body(X), plain(X))
    assert norms_that_run(body, X) == 3


def test_a_convolution_that_is_used_twice_keeps_its_batch_norm():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
            self.norm.running_mean.fill_(0.5)

        def forward(self, x):
            y = self.conv(x)
            return y + self.norm(y)

    assert norms_after_convolutions(nn.Sequential(Branching())) == []
