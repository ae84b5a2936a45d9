"""The steps of the tour, in the order of the lessons, each told in a line as it happens.

Presize, precompute the frozen body, find a rate, train the head, fine-tune everything, average over
augmentations, look at the mistakes. Whatever a newcomer reads here can be typed line by line in Python.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.core.errors import BadValue
from lab.core.metrics import error_rate
from lab.data.download import URLs, untar_data
from lab.data.infer_layout import Layout, infer_layout
from lab.data.pictures import check_pictures
from lab.data.transforms import Resize, aug_transforms
from lab.interpret import ClassificationInterpretation
from lab.label_noise import planted_errors
from lab.models.architectures import architecture
from lab.models.photos import default_arch
from lab.tour.page import write_page
from lab.tour.result import Rate, Settings, TourResult
from lab.training.history import ChartedHistory
from lab.training.learner import ImageLearner
from lab.training.lr_find import LRFind
from lab.training.seeds import set_seed
from lab.training.vision import cnn_learner
from lab.wording import rate_text

USUAL_RATE = 2e-3
RATES = (3e-4, 5e-3)  # a suggestion outside is taken for an accident of the curve


class Log:
    """Prints the steps and keeps how long each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, why: str) -> Iterator[None]:
        """Announce a step and time it."""
        print(f"\n{len(self.seconds) + 1}. {name}. {why}", flush=True)
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    def say(self, text: str) -> None:
        """What a step found."""
        print(f"   {text}", flush=True)


def tour(
    data: str | Path | None = None,
    arch: str | None = None,
    epochs: int | None = None,
    size: int | None = None,
    presize: int | None = None,
    bs: int = 32,
    seed: int = 42,
    out: str | Path = "report.html",
) -> TourResult:
    """Train a classifier on the pictures in `data` and write a report and the exported model.

    data: a folder that `lab.data.infer_layout` can read; None: the drawn pets. arch: the backbone; None:
    pocketnet for drawn pictures, for photos one with ImageNet weights (`lab.models.photos`). epochs: of
    fine-tuning; None: 3, and for photos so many that about a thousand are seen. size: what the model sees, in
    pixels, presize: what is kept of each picture; None: 128 and 160, for photos 224 and 256. bs: pictures in
    a batch, fewer for a small folder. seed: makes a run repeatable. out: the report; the model is written
    beside it, with the ending .safetensors. Raises ValueError or FileNotFoundError, before any training, for
    what cannot work.
    """
    report = _checked(epochs, arch, out)
    log = Log()
    why = "Their names and folders tell what they show."
    if data is None:
        why = "These are drawn on this machine; the first time that takes a minute or two."
    with log.step("Find the pictures", why):
        folder = Path(data) if data is not None else untar_data(URLs.SAMPLE_PETS)
        layout = infer_layout(folder)
        planted = planted_errors(layout.files) or {}
        log.say(f"{layout.description}.")
        default, why = default_arch(layout.files)
        if arch is None and why:
            log.say(why)
    photos = bool(why)
    use = Settings(
        arch=arch or default,
        epochs=epochs or (_epochs(layout) if photos else 3),
        size=size or (224 if photos else 128),
        presize=presize or ((size or 224) * 8 // 7 if photos else 160),
        bs=_batch_size(bs, layout),
        seed=seed,
    )
    with log.step("Check and presize", f"Each is decoded once and kept {use.presize} pixels large."):
        dls = layout.dataloaders(
            item_tfms=Resize(use.presize),
            batch_tfms=aug_transforms(size=use.size, min_scale=0.75),
            bs=use.bs,
            seed=seed,
        )
        broken = _broken(layout, dls)
        log.say(f"{dls.train.n:,} to train on, {dls.valid.n:,} to judge by, {len(broken)} broken.")
    with log.step("Take a trained body", f"{use.arch} has learnt to see on other pictures; the head is new."):
        set_seed(seed)
        learn = cnn_learner(dls, use.arch, metrics=error_rate, precompute=use.draws, seed=seed)
        millions = sum(p.numel() for p in learn.model.parameters()) / 1e6
        log.say(f"{millions:.1f} million weights; only the head learns for now.")
    with log.step("Precompute", f"A frozen body need see {use.draws} versions of each picture only once."):
        learn.loaders()
    with log.step("Find the learning rate", "Raise it step by step and watch the loss."):
        found = learn.lr_find(show=False)
        rate = choose_rate(found)
        log.say(rate.reason)
    with log.step("Train the head", "On what was precomputed, an epoch takes a moment."):
        head = one_cycle(learn, use.head_epochs, rate.value)
    with log.step("Fine-tune all layers", f"On the pictures, the first layers {use.deeper} times slower."):
        peak = use.share * rate.value
        tuned, kept = fine_tune(learn, head, use.epochs, slice(peak / use.deeper, peak))
        if not kept:
            log.say("That made clearly more mistakes: back to the weights from before.")
    with log.step("Look at the mistakes", f"Also with each picture seen {use.tta + 1} ways (TTA)."):
        tta, _ = learn.tta(use.tta, seed=seed)
        interp = ClassificationInterpretation.from_learner(learn)
    with log.step("Export the model", "One file with all that predicting needs, and no code in it."):
        model = learn.export(report.with_suffix(".safetensors").absolute())
    result = TourResult(
        folder=folder,
        layout=layout,
        settings=use,
        learner=learn,
        broken=broken,
        found=found,
        rate=rate,
        head=head,
        tuned=tuned,
        kept=kept,
        interp=interp,
        tta=tta,
        planted=planted,
        model=model,
        report=report,
        steps=log.seconds,
    )
    with log.step("Write the report", "One page with everything inside."):
        write_page(result)
    _sum_up(result)
    return result


def choose_rate(found: LRFind) -> Rate:
    """The valley of the finder's curve, kept within what is usual for a head; the usual rate without one."""
    low, high = RATES
    if found.valley is None:
        return Rate(USUAL_RATE, f"The curve suggests nothing, so the usual {rate_text(USUAL_RATE)} is taken.")
    value = min(max(found.valley, low), high)
    if value != found.valley:
        valley, taken = rate_text(found.valley), rate_text(value)
        return Rate(value, f"The curve's valley is at {valley}; the nearest usual rate is taken, {taken}.")
    return Rate(value, f"The curve's valley is at {rate_text(value)}, and that is taken.")


def one_cycle(learn: ImageLearner, epochs: int, rate: float | slice) -> ChartedHistory:
    """Fit one cycle and return its record. Raises KeyboardInterrupt when Ctrl-C ended it before its time."""
    learn.fit_one_cycle(epochs, rate)
    if len(learn.history) < epochs:  # a learner stops politely; here the whole tour is meant
        raise KeyboardInterrupt
    return learn.history


def fine_tune(
    learn: ImageLearner, head: ChartedHistory, epochs: int, rate: slice
) -> tuple[ChartedHistory, bool]:
    """Train all layers; put the weights back when they make clearly more mistakes than those after `head`.

    Clearly: by more than chance would, the square root of their number. Returns the record and whether the
    new weights were kept.
    """
    before = {name: tensor.clone() for name, tensor in learn.model.state_dict().items()}
    learn.unfreeze()
    tuned = one_cycle(learn, epochs, rate)
    then, now = (history.epochs[-1]["error_rate"] * learn.dls.valid.n for history in (head, tuned))
    kept = now <= then + math.sqrt(then + 1)
    if not kept:
        learn.model.load_state_dict(before)
    return tuned, kept


def _checked(epochs: int | None, arch: str | None, out: str | Path) -> Path:
    """The report's path, after a check of what would fail only at the end."""
    if epochs is not None and epochs < 1:
        raise BadValue(f"tour: epochs={epochs}. Give 1 epoch or more.")
    if arch is not None:
        architecture(arch)
    report = Path(out)
    if report.is_dir() or report.suffix.lower() not in (".html", ".htm"):
        raise BadValue(f"tour: got the report '{report}'. Give a file that ends in .html.")
    report.parent.mkdir(parents=True, exist_ok=True)
    return report


def _epochs(layout: Layout) -> int:
    """Of all layers on photos, which take a laptop a tenth of a second each: about a thousand of them."""
    return max(1, min(3, round(1000 / len(layout.files))))


def _batch_size(most: int, layout: Layout) -> int:
    """Small folders get small batches: an epoch should have some eight steps."""
    return max(min(most, len(layout.files) // 10), 4)


def _broken(layout: Layout, dls) -> dict[Path, str]:
    """Pictures that were left out because they cannot be read, and why."""
    used = {*dls.train.pictures.paths, *dls.valid.pictures.paths}
    return check_pictures([path for path in layout.files if path not in used])


def _sum_up(result: TourResult) -> None:
    wrong, total = int((~result.interp.right()).sum()), len(result.interp)
    print(f"\n{wrong} of {total} validation pictures are taken for another class: error {result.error:.3f}.")
    print(f"With test-time augmentation: {result.tta_error:.3f}.")
    for truth, predicted, count in result.interp.most_confused()[:3]:
        print(f"Most confused: {truth} taken for {predicted}: {count}")
    model = result.report.with_name(result.model.name)
    print(f"\nReport: {result.report}\nModel:  {model}")
    print(f'Try it: python -m lab predict "{model}" PICTURE')
    print(f"It took {sum(result.steps.values()):.0f} seconds.")
