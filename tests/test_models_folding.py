"""Folding batch norm into convolutions: the same outputs and gradients, with less to compute and to keep."""

import copy
import threading

import pytest
import torch
from torch import nn

from lab.models.architectures import architecture
from lab.models.classifier import create_classifier
from lab.models.folding import folding, norms_after_convolutions

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


class Folded(nn.Module):
    """The same body, run within `folding`."""

    def __init__(self, body, name):
        super().__init__()
        self.body, self.arch = body, architecture(name)

    def forward(self, x):
        with folding(self.body, self.arch):
            return self.body(x)


def pair(name):
    """A body in evaluation mode, and a copy that is run within `folding`."""
    plain = trained_like_body(name).eval()
    return plain, Folded(copy.deepcopy(plain), name)


def close(got, expected):
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())


def norms_that_run(network, monkeypatch):
    """How many batch norms are computed."""
    computed, plain = [], torch.batch_norm
    monkeypatch.setattr(torch, "batch_norm", lambda *args: computed.append(1) or plain(*args))
    with torch.no_grad():
        network(X)
    monkeypatch.undo()
    return len(computed)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_agree(name):
    # In float64, where no ReLU falls on the other side of 0 by rounding.
    plain, folded = (body.double() for body in pair(name))
    x = X.double()
    weight = torch.randn(plain(x).shape, generator=torch.Generator().manual_seed(2))
    for body in (plain, folded):
        (body(x) * weight).sum().backward()
    close(folded(x), plain(x))
    for ours, own in zip(folded.parameters(), plain.parameters(), strict=True):
        close(ours.grad, own.grad)


@pytest.mark.parametrize(("name", "left"), [("mobilenet_v2", 0), ("efficientnet_lite0", 0), ("resnet18", 1)])
def test_no_batch_norm_is_left_to_be_computed_but_that_of_a_layer_on_its_own(name, left, monkeypatch):
    plain, folded = pair(name)
    assert norms_that_run(plain, monkeypatch) > 15
    assert norms_that_run(folded, monkeypatch) == left


def test_a_norm_that_measures_its_statistics_does_so():
    plain, folded = (body.train() for body in pair("mobilenet_v2"))
    torch.testing.assert_close(folded(X), plain(X), rtol=0, atol=0)
    for (name, own), ours in zip(plain.state_dict().items(), folded.body.state_dict().values(), strict=True):
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


def first_pair(body):
    """(block, convolution, norm) of a MobileNetV2."""
    return body[3].conv[0], body[3].conv[0][0], body[3].conv[0][1]


def replace_convolution(body):
    block, conv, _ = first_pair(body)
    block[0] = nn.Conv2d(conv.in_channels, conv.out_channels, 1, bias=False)


def replace_norm(body):
    block, _, norm = first_pair(body)
    block[1] = nn.GroupNorm(4, norm.num_features)


def without_statistics(body):
    norm = first_pair(body)[2]
    norm.running_mean = norm.running_var = None


def without_weights(body):
    block, _, norm = first_pair(body)
    block[1] = nn.BatchNorm2d(norm.num_features, affine=False).eval()


def weight_norm(body):
    nn.utils.parametrizations.weight_norm(first_pair(body)[1])


def one_weight_for_two(body):
    body[3].conv[0][0].weight = body[4].conv[0][0].weight = nn.Parameter(torch.randn(144, 24, 1, 1))


def hook_for_once(body):
    conv = first_pair(body)[1]
    hook = conv.register_forward_hook(lambda *_: hook.remove())


def measuring_again(body):
    first_pair(body)[2].train()


@pytest.mark.parametrize(
    "change",
    [
        replace_convolution,
        replace_norm,
        without_statistics,
        without_weights,
        weight_norm,
        one_weight_for_two,
        hook_for_once,
        measuring_again,
    ],
)
def test_a_body_that_was_changed_gives_what_it_gives_without_folding(change):
    body = trained_like_body("mobilenet_v2").eval()
    change(body)
    twin = Folded(copy.deepcopy(body), "mobilenet_v2")
    if change is hook_for_once:  # the copy's would take away the original's
        hook_for_once(twin.body)
    with torch.no_grad():
        close(twin(X), body(X))


def test_hooks_see_what_they_see_without_folding():
    plain, folded = pair("mobilenet_v2")
    seen = []
    for network, body in ((plain, plain), (folded, folded.body)):
        _, conv, norm = first_pair(body)
        conv.register_forward_hook(lambda module, inputs, output: seen.append(output))
        norm.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
        norm.register_forward_hook(lambda module, inputs, output: seen.append(output))
        network(X)
    for own, ours in zip(seen[:3], seen[3:], strict=True):
        torch.testing.assert_close(ours, own, rtol=1e-3, atol=1e-4)


def test_outside_the_block_each_layer_is_itself():
    _, folded = pair("mobilenet_v2")
    _, conv, norm = first_pair(folded.body)
    x = torch.rand(1, conv.in_channels, 4, 4)
    expected = conv(x), norm(conv(x))
    folded(X)
    assert torch.equal(conv(x), expected[0]) and torch.equal(norm(conv(x)), expected[1])
    assert type(conv) is nn.Conv2d and type(norm) is nn.BatchNorm2d


def test_another_thread_is_not_concerned():
    _, folded = pair("mobilenet_v2")
    conv = first_pair(folded.body)[1]
    x, seen = torch.rand(1, conv.in_channels, 4, 4), []
    expected = conv(x)
    with folding(folded.body, folded.arch):
        worker = threading.Thread(target=lambda: seen.append(conv(x)))
        worker.start()
        worker.join()
    assert torch.equal(seen[0], expected)


def test_networks_that_run_in_another_thread_do_not_mind_a_trace():
    model, failed = create_classifier("pocketnet", 2, pretrained=False).eval(), []
    done = threading.Event()

    def run():
        while not done.is_set():
            try:
                model(X)
            except Exception as error:
                failed.append(error)

    worker = threading.Thread(target=run)
    worker.start()
    body = architecture("resnet18").build_body()
    for _ in range(10):
        norms_after_convolutions(body)
    done.set()
    worker.join()
    assert failed == []


def test_a_model_in_parts_is_folded_for_the_backward_pass_too():
    whole = create_classifier("pocketnet", 2, dropout=0.0)
    whole.freeze_to(0)
    parts = copy.deepcopy(whole)
    parts.micro_batch = 2
    for model in (whole, parts):
        model.train()(X.repeat(2, 1, 1, 1)).square().sum().backward()
    for ours, own in zip(parts.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, own.grad, rtol=1e-2, atol=1e-4 * own.grad.abs().max().item())


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


def test_a_body_that_cannot_be_traced_runs_as_it_is():
    class Wilful(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    class Untraceable:
        def build_on_meta(self):
            return Wilful()

        def cut_off(self, network):
            return nn.Sequential(network)

    body = nn.Sequential(Wilful())
    with folding(body, Untraceable()):
        assert torch.equal(body(-X.abs()), X.abs())
