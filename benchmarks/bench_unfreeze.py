"""Does unfreezing pay on real photos? `fine_tune` and its variations against the frozen head, three seeds.

Needs the folder `shared/` beside the checkout, and the extra `photos`. Prints the error on the validation
photos after as many epochs in each way, a column a set, and the mean over the seeds. Arguments: sets, then
"--ways" and ways; without them all.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared"
SEEDS = (0, 1, 2)
EPOCHS = {"dogscats": (1, 2), "pets": (2, 4), "dogbreeds": (2, 4)}  # of the head, of all layers
SIZE, BS = 128, 32


def data(name: str, seed: int) -> Any:
    """The photos of a set as DataLoaders; three in ten of the sets without a split of their own validate."""
    import lab

    folder = SHARED / "data" / name
    options = {
        "item_tfms": lab.Resize(160),
        "batch_tfms": lab.aug_transforms(size=SIZE, min_scale=0.75),
        "bs": BS,
    }
    if name == "dogscats":
        return lab.ImageDataLoaders.from_folder(folder, train="train", valid="valid", seed=seed, **options)
    if name == "pets":
        block = lab.DataBlock(
            blocks=(lab.ImageBlock, lab.CategoryBlock),
            get_items=lab.get_image_files,
            get_y=lab.using_attr(lab.RegexLabeller(r"(.+)_\d+\.jpg$"), "name"),
            splitter=lab.RandomSplitter(valid_pct=0.3, seed=7, stratify=True),
            item_tfms=options["item_tfms"],
            batch_tfms=options["batch_tfms"],
        )
        return block.dataloaders(folder / "images", bs=BS, seed=seed)
    return lab.ImageDataLoaders.from_csv(
        folder, "labels.csv", folder="train", suff=".jpg", valid_pct=0.3, stratify=True, seed=seed, **options
    )


def frozen(learn: Any, head: int, all_layers: int) -> None:
    """The head alone, for as many epochs as the others have in all."""
    learn.fit_one_cycle(head, 2e-3, pct_start=0.99)
    learn.fit_one_cycle(all_layers, 1e-3)


def tuned(
    norm: str, base_lr: float = 2e-3, average: bool = False, first: bool = False, **options: Any
) -> Callable:
    """`fine_tune` with one thing changed."""

    def way(learn: Any, head: int, all_layers: int) -> None:
        if first:  # the head until it is done, then the body at low rates
            head, all_layers = head + all_layers // 2, all_layers - all_layers // 2
        learn.freeze()
        learn.fit_one_cycle(head, slice(2e-3), pct_start=0.99)
        learn.unfreeze(norm=norm)
        peak = base_lr / 2
        plan = {"pct_start": 0.3, "div": 5.0} | options
        if average:
            averaged(learn, all_layers, peak, plan)
        else:
            learn.fit_one_cycle(all_layers, slice(peak / 100, peak), **plan)

    return way


def averaged(learn: Any, epochs: int, peak: float, plan: dict) -> None:
    """All layers in one cycle, then the mean of the weights after each step of its second half."""
    import torch

    from lab.core.events import Step
    from lab.core.plans import one_cycle_plan

    rates = learn.rates(slice(peak / 100, peak))
    mean, count = None, 0
    for event in learn.run_plan(one_cycle_plan(epochs, rates, learn.moms, **plan)):
        if isinstance(event, Step) and event.progress >= 0.5:
            count += 1
            state = {
                k: v.detach().clone() for k, v in learn.model.state_dict().items() if v.is_floating_point()
            }
            mean = state if mean is None else {k: torch.lerp(mean[k], v, 1 / count) for k, v in state.items()}
    learn.model.load_state_dict(mean, strict=False)


WAYS: dict[str, Callable] = {
    "frozen head": frozen,
    "fine_tune, norm trained": tuned("train"),
    "fine_tune, norm frozen": tuned("frozen"),
    "norm frozen, base_lr / 4": tuned("frozen", base_lr=5e-4),
    "norm frozen, long warm-up": tuned("frozen", pct_start=0.6, div=25.0),
    "norm frozen, weights averaged": tuned("frozen", average=True),
    "norm frozen, head first": tuned("frozen", first=True),
    "norm trained, base_lr / 4": tuned("train", base_lr=5e-4),
}


def error(name: str, way: Callable, seed: int, arch: str) -> float:
    """The error rate on the validation photos."""
    import lab

    lab.set_seed(seed)
    learn = lab.cnn_learner(data(name, seed), arch, metrics=lab.error_rate, seed=seed, precompute=4)
    way(learn, *EPOCHS[name])
    return learn.validate()["error_rate"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(EPOCHS))
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--arch", default="efficientnet_lite0")
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print("bench_unfreeze: skipped, there is no folder shared/ beside the checkout")
        return
    os.environ |= {
        "TORCH_HOME": str(SHARED / "weights"),
        "PAWLAB_QUIET": "1",
        "PAWLAB_HOME": tempfile.mkdtemp(),
    }
    for name in chosen.sets:
        for way in chosen.ways:
            started = time.perf_counter()
            errors = [error(name, WAYS[way], seed, chosen.arch) for seed in SEEDS]
            each = " ".join(f"{value:.3f}" for value in errors)
            mean = sum(errors) / len(errors)
            print(
                f"{name:10} {way:32} {each}   mean {mean:.3f}   {time.perf_counter() - started:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
