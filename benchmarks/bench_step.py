"""Where the time of a step goes, against the bare network on tensors in memory: the physical limit.

Parts are timed apart, in turn, in one process: the loader (presized pictures, augmented), the body, the head
with its loss and optimiser; then the whole. Bare: the same network without data, head and loop, in several
forms. Needs the photos and weights of `shared/`. Arguments: --arch, --size, --batches, --rounds.
"""

import argparse
import copy
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import torch
from common import seconds
from torch import nn
from torch.fx.experimental.optimization import fuse

import lab
from lab.core.schedules import flat
from lab.models.folding import folding

SHARED = Path(__file__).resolve().parents[2] / "shared"
BS = 64


def in_turn(
    works: dict[str, Callable[[], object]], pictures: dict[str, int], rounds: int
) -> dict[str, float]:
    """Milliseconds for a picture, the median over rounds in which each work is timed once."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):  # the first round warms up
        for name, work in works.items():
            took = seconds(work)
            if number:
                taken[name].append(1000 * took / pictures[name])
    return {name: statistics.median(values) for name, values in taken.items()}


def first(batches, count: int) -> list:
    """So many batches, prepared one after the other as training asks for them."""
    return [batch for _, batch in zip(range(count), batches, strict=False)]


def bare_forms(learn, x: torch.Tensor) -> dict[str, Callable[[], object]]:
    """The network alone, without gradients, in several forms."""
    body = learn.model.body
    fused = fuse(copy.deepcopy(body).eval()).to(memory_format=torch.channels_last)
    lasting = x.contiguous(memory_format=torch.channels_last)

    def run(network: nn.Module, images: torch.Tensor, at_a_time: int) -> Callable[[], object]:
        def work() -> None:
            with torch.inference_mode():
                for start in range(0, len(images), at_a_time):
                    network(images[start : start + at_a_time])

        return work

    return {
        "whole batch, as torchvision has it": run(body, x, BS),
        "whole batch, channels last": run(body, lasting, BS),
        "norms folded, 8 at a time": run(fused, lasting, 8),
        "norms folded, 4 at a time": run(fused, lasting, 4),
    }


def bare_step(learn, x: torch.Tensor) -> Callable[[], object]:
    """Forward and backward of the body alone, norms folded, eight at a time."""
    body, parameters = learn.model.body, [p for p in learn.model.body.parameters() if p.requires_grad]
    lasting = x.contiguous(memory_format=torch.channels_last)

    def work() -> None:
        for start in range(0, len(x), 8):
            with folding(body, learn.model.arch):
                out = body(lasting[start : start + 8]).mean()
            torch.autograd.grad(out, parameters)

    return work


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="mobilenet_v2")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batches", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print("bench_step: skipped, there is no folder shared/ beside the checkout")
        return
    os.environ["TORCH_HOME"], os.environ["PAWLAB_QUIET"] = str(SHARED / "weights"), "1"
    data = lab.ImageDataLoaders.from_folder(
        SHARED / "data" / "dogscats",
        train="train",
        valid="valid",
        item_tfms=lab.Resize(chosen.size * 8 // 7),
        batch_tfms=lab.aug_transforms(size=chosen.size, min_scale=0.75),
        bs=BS,
        seed=0,
    )
    learn = lab.cnn_learner(data, chosen.arch, metrics=lab.accuracy, seed=0)
    count = BS * chosen.batches
    frozen(learn, chosen.batches, count, chosen.rounds)
    predictions(learn, chosen.rounds)
    unfrozen(learn, chosen.rounds)


def frozen(learn, batches: int, count: int, rounds: int) -> None:
    """A live step: pictures are augmented, the body is frozen, the head learns."""
    x, y = learn.dls.train.one_batch()
    learn.model.eval()
    with torch.no_grad():
        rows = learn.model.features(x)
    head = lab.Learner(([(rows, y)] * batches, []), learn.model.head)

    def body() -> None:
        with torch.no_grad():
            learn.model.features(x)

    learn.loaders()
    works: dict[str, Callable[[], object]] = {
        "loader": lambda: first(learn.dls.train, batches),
        "body": body,
        "head, loss, optimiser": lambda: list(head.steps(1, flat(1e-3), validate=False)),
        "whole": lambda: first(learn.steps(1, flat(1e-3)), batches),
    }
    forms = bare_forms(learn, x)
    pictures = {"loader": count, "body": BS, "head, loss, optimiser": count, "whole": count}
    report("A live frozen step", works, forms, {**pictures, **dict.fromkeys(forms, BS)}, rounds)


def predictions(learn, rounds: int) -> None:
    """get_preds on pictures, and TTA of 4 draws."""
    learn.precompute = False
    n = learn.dls.valid.n
    works = {
        "loader": lambda: first(learn.dls.valid, len(learn.dls.valid)),
        "whole get_preds": learn.get_preds,
        "whole TTA, 5 passes": lambda: learn.tta(4),
    }
    forms = bare_forms(learn, learn.dls.train.one_batch()[0])
    pictures = {"loader": n, "whole get_preds": n, "whole TTA, 5 passes": 5 * n, **dict.fromkeys(forms, BS)}
    report("Predicting", works, forms, pictures, rounds)
    learn.precompute = "auto"


def unfrozen(learn, rounds: int) -> None:
    """A step of all layers."""
    learn.unfreeze()
    x, _ = learn.dls.train.one_batch()
    works = {
        "loader": lambda: first(learn.dls.train, 1),
        "whole": lambda: first(learn.steps(1, flat(1e-5)), 1),
    }
    forms = {"forward and backward, norms folded, 8 at a time": bare_step(learn, x)}
    report("An unfrozen step", works, forms, dict.fromkeys([*works, *forms], BS), rounds)


def report(what: str, works, forms, pictures: dict[str, int], rounds: int) -> None:
    """A table: milliseconds for a picture, and its share of the whole; then the bare network."""
    took = in_turn({**works, **forms}, pictures, rounds)
    wholes = [name for name in works if name.startswith("whole")]
    limit = min(took[name] for name in forms)
    print(f"\n{what}\n\n| part | ms a picture | share | against the bare network |\n|---|---|---|---|")
    for name in works:
        against = f"{took[name] / limit:.2f}" if name in wholes else ""
        share = "" if name in wholes else f"{took[name] / took[wholes[0]]:.0%}"
        print(f"| {name} | {took[name]:.2f} | {share} | {against} |")
    for name in forms:
        print(f"| bare: {name} | {took[name]:.2f} | | {took[name] / limit:.2f} |")


if __name__ == "__main__":
    main()
