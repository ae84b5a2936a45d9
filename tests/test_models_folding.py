"""Folding batch norm into convolutions: the same outputs, fewer layers, and the body left as it was."""

import pytest
import torch
from torch import nn

from lab.models.architectures import ARCHITECTURES
from lab.models.folding import folded
from lab.models.weights import weights_digest


def trained_like_body(name):
    """A random body whose batch norms have statistics and weights as training would leave them."""
    body = ARCHITECTURES[name].build_body()
    generator = torch.Generator().manual_seed(0)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            n = module.num_features
            module.running_mean.copy_(torch.randn(n, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(n, generator=generator) + 0.5)
            module.weight.data.copy_(torch.rand(n, generator=generator) + 0.5)
            module.bias.data.copy_(torch.randn(n, generator=generator) * 0.1)
    return body


@pytest.mark.parametrize("name", ["pocketnet", "resnet18", "mobilenet_v2", "efficientnet_b0"])
def test_the_outputs_agree_and_no_batch_norm_is_left(name):
    body = trained_like_body(name).eval()
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, got = body(x), folded(body)(x)
    torch.testing.assert_close(got, expected, atol=1e-4 * expected.abs().max().item(), rtol=1e-4)
    assert any(isinstance(m, nn.BatchNorm2d) for m in body.modules())
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded(body).modules())


def test_the_body_itself_is_left_as_it_was():
    body = trained_like_body("pocketnet").train()
    before = weights_digest(body)
    folded(body)
    assert weights_digest(body) == before
    assert all(module.training for module in body.modules())


def test_a_body_that_cannot_be_traced_comes_back_unchanged():
    class Wilful(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    body = nn.Sequential(Wilful())
    assert folded(body) is body


def test_a_convolution_that_is_used_twice_keeps_its_batch_norm():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
            self.norm.running_mean.fill_(0.5)

        def forward(self, x):
            y = self.conv(x)
            return y + self.norm(y)

    body = Branching().eval()
    x = torch.rand(1, 3, 2, 2)
    with torch.no_grad():
        torch.testing.assert_close(folded(body)(x), body(x))
