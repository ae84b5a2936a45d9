"""The report of a tour: what went in, how it was trained, where it errs, how to use it, how to repeat it.

Each section is a function that adds to the page; names of pictures are relative to the data's folder, and
nothing tells of the user's machine but its kind.
"""

import os
import platform
from collections.abc import Sequence

import numpy as np
import torch

import lab
from lab.charts import draw
from lab.core.history import History
from lab.data.previews import as_image
from lab.prediction_records import PredictionRecord, picture_or_tile
from lab.report import Report
from lab.tour.result import TourResult
from lab.wording import clock, rate_text

SHOWN = 18  # pictures of the first look
VERSIONS = 12  # of one picture, augmented
LOSSES = 24  # largest losses shown
PAIRS = 4  # confused pairs shown with pictures
MOST_CLASSES = 60  # of a confusion matrix that can still be read


def write_page(result: TourResult) -> None:
    """Write the report of `result` to `result.report`."""
    classes, arch = len(result.interp.vocab), result.settings.arch
    dls = result.learner.dls
    page = Report(
        f"A classifier for {classes} classes",
        f"{dls.train.n + dls.valid.n:,} pictures; the backbone `{arch}` with a new head.",
    )
    page.fact("error rate", f"{result.error:.3f}")
    page.fact("error with TTA", f"{result.tta_error:.3f}")
    page.fact("error of guessing", f"{1 - 1 / classes:.3f}")
    page.fact("learning rate", rate_text(result.rate.value))
    page.fact("time", clock(sum(result.steps.values())))
    for section in SECTIONS:
        section(page, result)
    page.write(result.report)


def _pictures(page: Report, result: TourResult) -> None:
    page.section(
        "The pictures",
        f"{result.layout.description}. Look at them first: what a person cannot tell apart, a model will not "
        "learn either.",
    )
    dls = result.learner.dls
    chosen = np.random.default_rng(0).permutation(dls.train.n)[:SHOWN]
    paths = [dls.train.pictures.paths[i] for i in chosen]
    labels = [str(dls.vocab[int(dls.train.pictures.labels[i])]) for i in chosen]
    _gallery(page, paths, labels)
    page.figure(draw("class_counts", dls.class_counts()), "Pictures per class.")
    page.figure(draw("picture_sizes", dls.picture_sizes()), "Sizes of the pictures.")
    if result.broken:
        rows = [(result.name(path), reason) for path, reason in result.broken.items()]
        page.table(("file", "left out, because it"), rows, "Pictures that cannot be read.")
    else:
        page.text("Every file was decoded once; none is broken.")


def _augmented(page: Report, result: TourResult) -> None:
    settings, train = result.settings, result.learner.dls.train
    page.section(
        "What the model is shown",
        f"Each picture is made {settings.presize} pixels large once. For every batch a random part of it is "
        f"cropped, flipped, turned, tilted and lit differently, and brought to {settings.size} pixels in one "
        "interpolation (presizing). So the model never sees quite the same picture twice, and learns what "
        "does not change. Here is one picture as validation sees it, and as training does.",
    )
    one = train.replace(shuffle=False, augment=False, indices=[0])
    many = train.replace(shuffle=False, augment=True, indices=[0] * (VERSIONS - 1), bs=VERSIONS, seed=0)
    versions = [as_image(x) for loader in (one, many) for batch, _ in loader for x in batch]
    captions = ["validation", *(f"training, version {i}" for i in range(1, VERSIONS))]
    page.gallery(versions, captions)


def _rate(page: Report, result: TourResult) -> None:
    page.section(
        "The learning rate",
        "A mock training raises the learning rate at every step and watches the loss. Where it falls "
        "steadily, the model learns; where it turns up, the steps are too long. The curve says more than any "
        f"single suggestion. {result.rate.reason} Afterwards everything was put back as it was.",
    )
    page.figure(draw("lr_find", result.found, chosen=result.rate.value), "Learning-rate finder.")


def _training(page: Report, result: TourResult) -> None:
    page.section(
        "Training",
        "First the head alone learns, on activations of the frozen body that were computed once. Then all "
        "layers learn together on live pictures, the early ones with smaller steps, since edges and textures "
        "need less change than what makes a class. Each run is one cycle: the rate rises, then falls to "
        "nothing.",
    )
    page.heading("1. The head, on precomputed activations")
    _run(page, result.head)
    page.heading("2. All layers, on live pictures")
    _run(page, result.tuned)
    page.text(
        f"{result.verdict} Fine-tuning gives most where the pictures are many and unlike those that the body "
        "was trained on."
    )
    page.figure(draw("rates", result.tuned, groups=True), "Rates of the layer groups while fine-tuning.")


def _run(page: Report, history: History) -> None:
    page.figure(draw("losses", history), "Losses.")
    names = [name for name in history.columns if name not in ("epoch", "time")]
    rows = [
        (row["epoch"] + 1, *(f"{row[name]:.3f}" for name in names), clock(row["time"]))
        for row in history.epochs
    ]
    page.table(("epoch", *(name.replace("_", " ") for name in names), "time"), rows)


def _results(page: Report, result: TourResult) -> None:
    interp = result.interp
    wrong = int((~interp.right()).sum())
    page.section(
        "Results",
        f"Of {len(interp):,} validation pictures, which training never saw, {wrong:,} are taken for another "
        f"class: an error rate of {result.error:.3f}. Averaged over augmented versions of each picture "
        f"(test-time augmentation, TTA) it is {result.tta_error:.3f}. Guessing would give "
        f"{1 - 1 / len(interp.vocab):.3f}.",
    )
    page.figure(draw("per_class", interp.per_class(), k=40), "Each class, the worst first.")


def _mistakes(page: Report, result: TourResult) -> None:
    interp = result.interp
    confused = interp.most_confused()
    page.section("Where it errs", "Rows are the truth, columns what the model said; red cells are mistakes.")
    if not confused:
        page.text("It made no mistake here. Give it harder pictures.")
    if len(interp.vocab) <= MOST_CLASSES:
        page.figure(draw("confusion_matrix", interp.confusion_matrix(), interp.vocab), "Confusion matrix.")
    if confused:
        page.table(("truth", "taken for", "pictures"), confused[:10], "Most confused.")
        page.text(
            "The most confused pairs side by side: first the mistakes, as truth → what the model said and "
            "how sure it was; then the surest right answers for the class that it said."
        )
    for truth, predicted, count in confused[:PAIRS]:
        page.heading(f"{truth} taken for {predicted}: {count} {'picture' if count == 1 else 'pictures'}")
        _findings(page, result, [*interp.confused(truth, predicted, 3), *interp.most_correct(predicted, 3)])


def _top_losses(page: Report, result: TourResult) -> None:
    text = (
        "The loss of a picture is high when the model was sure and wrong, or right and unsure. Wrong labels "
        "and bad photos gather here, so this is where to clean a data set."
    )
    worst = result.interp.top_losses(LOSSES)
    held = [path for path in result.interp.paths if path in result.planted]
    if held:
        caught = sum(record.path in result.planted for record in worst)
        text += (
            "\n\nThese pictures were drawn, and a few were given a wrong label on purpose. The validation "
            f"set holds {len(held)} of these; {caught} of them are among the {len(worst)} largest losses."
        )
    page.section("Largest losses", text)
    _findings(page, result, worst)


def _findings(page: Report, result: TourResult, records: Sequence[PredictionRecord]) -> None:
    captions = []
    for record in records:
        said = record.truth if record.right else f"{record.truth} → {record.predicted}"
        lines = [f"{said} {record.probability:.2f}", f"loss {record.loss:.3f}", result.name(record.path)]
        true = result.planted.get(record.path)
        captions.append("\n".join([*lines, f"planted: it is {true}"] if true else lines))
    tones = ["right" if record.right else "wrong" for record in records]
    _gallery(page, [record.path for record in records], captions, tones)


def _gallery(page: Report, paths, captions, tones=None) -> None:
    page.gallery([picture_or_tile(path, (240, 240)) for path in paths], captions, tones)


def _usage(page: Report, result: TourResult) -> None:
    """The section that says how to predict with the exported model."""
    page.section("Use the model", "The model is one file, beside this report. In a terminal:")
    page.code(f"python -m lab predict {result.model.name} PICTURE.jpg MORE_PICTURES/")
    page.text("In Python:")
    page.code(
        "import lab\n\n"
        f"model = lab.load_learner({result.model.name!r})\n"
        'label, index, probabilities = model.predict("PICTURE.jpg")'
    )


def _making(page: Report, result: TourResult) -> None:
    """The section that repeats the tour in Python, and says on what it ran and how long."""
    page.section("How it was made", "The same steps in Python:")
    page.code(_code(result))
    page.table(("step", "seconds"), [(name, f"{value:.1f}") for name, value in result.steps.items()])
    device = result.learner.dls.device.type
    page.text(
        f"pawlab {lab.__version__}, Python {platform.python_version()}, torch {torch.__version__}; "
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors, computed on {device}; "
        f"seed {result.settings.seed}."
    )


def _code(result: TourResult) -> str:
    use, rate = result.settings, result.rate.value
    peak = use.share * rate
    return f"""
import lab
from lab.data.infer_layout import infer_layout

path = {"lab.untar_data(lab.URLs.SAMPLE_PETS)" if result.planted else '"YOUR FOLDER"'}
dls = infer_layout(path).dataloaders(
    item_tfms=lab.Resize({use.presize}),
    batch_tfms=lab.aug_transforms(size={use.size}, min_scale=0.75),
    bs={use.bs},
    seed={use.seed},
)
lab.set_seed({use.seed})
learn = lab.cnn_learner(dls, {use.arch!r}, metrics=lab.error_rate, precompute={use.draws}, seed={use.seed})
learn.lr_find()
learn.fit_one_cycle({use.head_epochs}, {rate_text(rate)})
learn.unfreeze()
learn.fit_one_cycle({use.epochs}, slice({rate_text(peak / use.deeper)}, {rate_text(peak)}))
probabilities, targets = learn.tta({use.tta}, seed={use.seed})
interp = lab.ClassificationInterpretation.from_learner(learn)
learn.export({result.model.name!r})  # beside the pictures; give a full path for another place
"""


SECTIONS = (_pictures, _augmented, _rate, _training, _results, _mistakes, _top_losses, _usage, _making)
