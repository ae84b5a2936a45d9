"""EfficientNet-Lite0, the backbone for photos whose weights come from the package index (lite_weights.py).

EfficientNet-B0 without squeeze-and-excitation and with ReLU6 in place of SiLU, made to run well on small
processors; 75 % top-1 on ImageNet. It was trained in TensorFlow, which pads a strided convolution more at the
end than at the beginning; so does this one, or the weights would see every map shifted by a pixel.
Source: Tan and Le, "EfficientNet" (2019); the Lite variants are Google's (2020).
"""

from torch import Tensor, nn

LITE = "efficientnet_lite0"
# The images went in as (x - 127) / 128 with x in 0..255; the lab's are 0..1.
LITE_MEAN, LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3

# (expansion, channels, blocks, stride of the first block, kernel size)
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


class EfficientNetLite0(nn.Module):
    """(n, 3, h, w) images, normalised with `LITE_MEAN` and `LITE_STD` -> (n, classes) activations."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, 32, 3, stride=2)]
        channels = 32
        for expansion, out, blocks, stride, kernel in _STAGES:
            for number in range(blocks):
                layers.append(_Block(channels, out, expansion, kernel, stride if number == 0 else 1))
                channels = out
        self.features = nn.Sequential(*layers, _convolution(channels, 1280, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(x)))


class _Block(nn.Module):
    """Widen, filter each channel by itself, narrow again; the input is added where it has the same shape."""

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.layers = nn.Sequential(
            *([_convolution(channels, wide, 1)] if expansion > 1 else []),
            _convolution(wide, wide, kernel, stride, groups=wide),
            nn.Conv2d(wide, out, 1, bias=False),
            _norm(out),
        )
        self.adds = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.layers(x)
        return x + changed if self.adds else changed


def _convolution(channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm and ReLU6."""
    pad: list[nn.Module] = []
    around = kernel // 2
    if stride == 2:
        before, after, around = (kernel - 2) // 2, (kernel - 1) // 2, 0
        pad = [nn.ZeroPad2d((before, after, before, after))]
    conv = nn.Conv2d(channels, out, kernel, stride, around, groups=groups, bias=False)
    return nn.Sequential(*pad, conv, _norm(out), nn.ReLU6(inplace=True))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
