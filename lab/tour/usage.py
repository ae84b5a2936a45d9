"""The end of the report: how to use the model, how to make it again in Python, and what it was made with."""

import os
import platform

import torch

import lab
from lab.report import Report
from lab.tour.result import TourResult
from lab.wording import rate_text


def usage(page: Report, result: TourResult) -> None:
    """The section that says how to predict with the exported model."""
    page.section("Use the model", "The model is one file, beside this report. In a terminal:")
    page.code(f"python -m lab predict {result.model.name} PICTURE.jpg MORE_PICTURES/")
    page.text("In Python:")
    page.code(
        "import lab\n\n"
        f"model = lab.load_learner({result.model.name!r})\n"
        'label, index, probabilities = model.predict("PICTURE.jpg")'
    )


def making(page: Report, result: TourResult) -> None:
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
