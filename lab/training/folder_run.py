"""A long run without a notebook: a folder of pictures in, a trained model out, in one process or in many.

It is the 2020 lesson's `fine_tune` in its two parts, each kept after every epoch, so that it can be gone on
with after whatever ended it. `python -m lab train` calls it.
"""

from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.core.metrics import error_rate
from lab.data.infer_layout import Layout, infer_layout
from lab.data.resize import Resize
from lab.data.transforms import aug_transforms
from lab.models.photos import default_arch
from lab.processes import all_do, is_first, world
from lab.progress import notify
from lab.training.seeds import set_seed
from lab.training.vision import cnn_learner

HEAD, ALL = "head", "all-layers"  # the checkpoints of the two parts


def train_folder(
    data: str | Path,
    arch: str | None = None,
    epochs: int = 5,
    freeze_epochs: int = 1,
    lr: float = 2e-3,
    size: int = 224,
    bs: int = 64,
    out: str | Path = "pawlab-run",
    resume: bool = False,
    seed: int = 42,
) -> Path | None:
    """Train on the pictures in `data`; returns the exported model, None when Ctrl-C ended it before.

    data: a folder that `lab.data.infer_layout` can read. arch: the backbone; None: see
    `lab.models.photos.default_arch`. freeze_epochs: of the head alone, before `epochs` of all layers; with
    epochs=0 the head is all that learns. lr: as `base_lr` of `fine_tune`. size: of the pictures, in pixels.
    bs: pictures in a batch of each process. out: a folder for the checkpoints and the model. resume: go on
    with the run in `out`. Raises ValueError and OSError, before any training, for what cannot work.
    """
    out = Path(out).absolute()
    world()  # the others wait for this process: it joins them before anything can fail
    if epochs < 0 or freeze_epochs < 0 or epochs + freeze_epochs == 0:
        raise BadValue(f"train: got {epochs=} and {freeze_epochs=}. Together they are 1 or more.")
    layout, kept = all_do(lambda: _looked_at(Path(data), out, resume))
    if arch is None:
        arch, why = default_arch(layout.files)
        if why:
            notify(why)
    set_seed(seed)
    dls = layout.dataloaders(
        item_tfms=Resize(size * 8 // 7),
        batch_tfms=aug_transforms(size=size, min_scale=0.75),
        bs=bs,
        seed=seed,
    )
    learn = cnn_learner(dls, arch, metrics=error_rate, seed=seed, path=out)
    here = world()
    together = f", {here.size} processes: {bs * here.size} pictures in a batch" if here.size > 1 else ""
    notify(
        f"{layout.description}. {dls.train.n:,} pictures to train on, {dls.valid.n:,} to judge by; {arch} at "
        f"{size} pixels{together}."
    )
    parts: list[tuple[str, int, Any]] = [
        (HEAD, freeze_epochs, {"lr_max": slice(lr), "pct_start": 0.99 if epochs else 0.25}),
        (ALL, epochs, {"lr_max": slice(lr / 200, lr / 2), "pct_start": 0.3, "div": 5.0}),
    ]
    for name, number, options in parts:
        if not number or (name == HEAD and ALL in kept):
            continue
        if name == ALL:
            learn.unfreeze()
        learn.fit_one_cycle(number, **options, checkpoint=name, resume=resume)
        if learn.stopped:
            notify(f"Everything up to the last complete epoch is saved in '{out}'. Continue with --resume.")
            return None
    model = learn.export(out / "model.safetensors")
    if is_first():
        print(f'Model: {model}\nTry it: python -m lab predict "{model}" PICTURE')
    return model


def _looked_at(data: Path, out: Path, resume: bool) -> tuple[Layout, list[str]]:
    """The pictures, and the parts of a run that `out` holds. Raises ValueError for one that would be lost."""
    kept = [name for name in (HEAD, ALL) if (out / "models" / f"{name}.safetensors").is_file()]
    if kept and not resume:
        raise BadValue(
            f"train: '{out}' holds a run already. Continue it with --resume, or give another folder to --out."
        )
    return infer_layout(data), kept
