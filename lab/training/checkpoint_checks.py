"""Whether a checkpoint belongs to a learner, before anything is copied. The message says what differs."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.core.errors import BadValue


def check_same_model(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raise ValueError for a file of another architecture or of other classes."""
    if found["arch"] != wanted["arch"]:
        raise BadValue(
            f"load: {path.name} holds weights of {found['arch']}, but this learner's model is "
            f"{wanted['arch']}. Make the learner with that architecture."
        )
    if len(found["vocab"]) != len(wanted["vocab"]):
        raise BadValue(
            f"load: {path.name} was trained on {len(found['vocab'])} classes, this learner has "
            f"{len(wanted['vocab'])}. Load it into a learner with the same classes, or take what fits, all "
            "but the last layer, with load(name, strict=False)."
        )
    if found["vocab"] != wanted["vocab"]:
        other = [str(a) for a, b in zip(found["vocab"], wanted["vocab"], strict=True) if a != b][:3]
        raise BadValue(
            f"load: {path.name} was trained on other classes, among them {', '.join(other)}. "
            "Its outputs would be called by the wrong names. To train on from its weights all the same, use "
            "load(name, strict=False)."
        )


def check_shapes(path: Path, found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Checked before anything is copied: a model that took half of a file would be worse than an error."""
    for name in (*wanted, *found):
        shapes = [tuple(part[name].shape) if name in part else "missing" for part in (found, wanted)]
        if shapes[0] != shapes[1]:
            raise BadValue(
                f"load: {path.name} does not fit this model: {name} is {shapes[0]} in the file and "
                f"{shapes[1]} in the model. Make the learner with the same head (hidden=...) as when it "
                "was saved, or take what fits with load(name, strict=False). Nothing was changed."
            )


def check_optimiser(
    path: Path, header: dict[str, Any], state: dict[int, dict[str, Tensor]], optimiser: torch.optim.Optimizer
) -> None:
    """Raise ValueError for the state of another optimiser, or of more parameters."""
    there, here = header.get("optimiser"), type(optimiser).__name__
    count = sum(len(group["params"]) for group in optimiser.param_groups)
    if there != here or max(state) >= count:
        what = f"the optimiser {there}, this learner's is {here}" if there != here else "more parameters"
        raise BadValue(
            f"load: {path.name} holds the state of {what}. "
            "Load the weights alone with load(name, with_opt=False). Nothing was changed."
        )
