"""What the tests of the 2018 lessons share: a copy of a drawn set to work in, and what a fit printed."""

import re
import shutil

ROW = re.compile(r"\[ (\d+)\. +([\d.]+) +([\d.]+) +([\d.]+)\]")


def own_copy(sample, folder) -> str:
    """A copy of the sample in folder/data, as the lessons write a path: text that ends in a slash."""
    shutil.copytree(sample, folder / "data")
    return f"{(folder / 'data').as_posix()}/"


def rows(text: str) -> list[tuple[float, ...]]:
    """(epoch, train loss, valid loss, accuracy) of every row that was printed."""
    return [
        tuple(float(cell) for cell in ROW.fullmatch(line).groups())
        for line in text.splitlines()
        if line[0] == "["
    ]


def cycle_starts(sched) -> list[float]:
    """Epochs at which the rate of the latest fit is back at its top."""
    steps, top = sched.history.steps, max(sched.lrs)
    return [row["epoch"] + row["batch"] for row in steps if row["lr"] == top]


def right_in_training(learn) -> float:
    """The share of training pictures that the learner gets right: high after any training that works."""
    probabilities, targets = learn.learner.get_preds(ds_idx=0)
    return (probabilities.argmax(1) == targets).double().mean().item()
