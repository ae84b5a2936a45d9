"""An epoch of `steps()` against the bare PyTorch loop on the same tensors."""

import sys
from pathlib import Path

import torch
from common import line, side_by_side
from torch.nn import functional as F

from lab.core.metrics import accuracy
from lab.core.schedules import flat
from lab.models.classifier import create_classifier
from lab.training.learner import ImageLearner

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fakes import TensorLoader


class Pictures:
    """Random pictures in memory, as `DataLoaders`."""

    test = None
    device = torch.device("cpu")
    path = Path()
    vocab = tuple("abcdefgh")

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        x = torch.rand(320, 3, 64, 64, generator=generator)
        y = torch.arange(320) % 8
        self.train = TensorLoader(x[:256], y[:256], bs=32)
        self.valid = TensorLoader(x[256:], y[256:], bs=32)


def main() -> None:
    dls = Pictures()
    learn = ImageLearner(dls, create_classifier("pocketnet", 8, pretrained=False), metrics=accuracy)
    model = create_classifier("pocketnet", 8, pretrained=False)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.95, 0.99), eps=1e-5)

    def ours() -> None:
        for _ in learn.steps(1, flat(1e-3)):
            pass

    def bare() -> None:
        model.train()
        for x, y in dls.train:
            optimiser.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimiser.step()
            loss.item()
        model.eval()
        right = 0
        with torch.no_grad():
            for x, y in dls.valid:
                activations = model(x)
                F.cross_entropy(activations, y).item()
                right += int((activations.argmax(1) == y).sum())

    line(
        "steps() against the bare loop (pocketnet, 64 px, 256 + 64)",
        f"{side_by_side(ours, bare):.3f}",
        "<= 1.05",
    )


if __name__ == "__main__":
    main()
