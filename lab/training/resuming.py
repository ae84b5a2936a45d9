"""Long runs: kept after each epoch, and gone on with after whatever ended them.

`fit(..., checkpoint="name")` writes, after each epoch, the weights, the optimiser and all random numbers to
one file, which `learn.load` reads as well. `resume=True` goes on from there: the same numbers as without the
break.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.core.events import EpochEnd, Event
from lab.core.plans import Plan
from lab.processes import gather_rows, world
from lab.progress import notify
from lab.training import checkpoint
from lab.training.checkpoint import RUN
from lab.training.tensor_file import read_tensors

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


def kept_each_epoch(
    events: Iterator[Event], learn: "ImageLearner", name: str | Path, epochs: int
) -> Iterator[Event]:
    """The same events; after each epoch the run is written under this name.

    Where that fails (a full disk), a sentence says so and the run goes on; the file of the epoch before
    stays whole.
    """
    with closing(events):  # type: ignore[type-var]
        for event in events:
            if isinstance(event, EpochEnd):
                try:
                    checkpoint.save(learn, name, run=_state(learn, event.epoch + 1, epochs))
                except OSError as error:
                    notify(f"Epoch {event.epoch + 1} is not kept: {error}")
            yield event


def resumed(learn: "ImageLearner", name: str | Path | None, epochs: int) -> int:
    """Put the learner where the checkpoint of a run ends; the epoch to go on with. 0 where there is no file.

    Raises ValueError for a run of another length or with batches of another size, and what `load` raises.
    """
    header = _header(learn, name)
    _check_all_see_it(name, header)
    if header is None:
        return 0
    _check_same_run(learn, name, header, epochs)
    learn.load(str(name))
    tensors, _ = read_tensors(checkpoint.checkpoint_path(learn, str(name), "resume"))
    rows = tensors[f"{RUN}torch"]
    if len(rows) == world().size:
        torch.set_rng_state(rows[world().rank].clone())  # a row with an offset crashes it
    else:  # other processes throw other dice; all else is the same
        torch.manual_seed(torch.initial_seed() + world().rank)
    if f"{RUN}cuda" in tensors and learn.device.type == "cuda" and len(rows) == world().size:
        torch.cuda.set_rng_state(tensors[f"{RUN}cuda"][world().rank].clone(), learn.device)
    if f"{RUN}loader" in tensors:
        state, draw = tensors[f"{RUN}loader"], header["run"]["draw"]
        learn.training_batches().set_rng_state(state if draw is None else (state, draw))
    learn.precision.scaler.load_state_dict(header["run"]["scaler"])
    done: int = header["run"]["done"]
    notify(f"Going on after epoch {done} of {epochs}, from {name}.safetensors.")
    return done


def is_complete(learn: "ImageLearner", plan: Plan, options: dict[str, Any]) -> bool:
    """Whether the run that should be gone on with has ended already; then its weights are loaded."""
    name = options.get("checkpoint")
    header = _header(learn, name) if options.get("resume") else None
    if header is None or header["run"]["done"] < plan.epochs:
        return False
    _check_same_run(learn, name, header, plan.epochs)
    learn.load(str(name))
    notify(f"The run of {plan.epochs} epochs in {name}.safetensors is complete; its weights are loaded.")
    return True


def _header(learn: "ImageLearner", name: str | Path | None) -> dict[str, Any] | None:
    if name is None:
        raise ValueError('fit: resume=True needs the name of the run: checkpoint="name".')
    path = checkpoint.checkpoint_path(learn, name, "resume")
    if not path.is_file():
        return None
    header = read_tensors(path)[1]
    if "run" not in header:
        raise ValueError(
            f"resume: {path.name} was written by learn.save(), not by a run with checkpoint=. Use "
            "learn.load()."
        )
    return header


def _check_all_see_it(name: str | Path | None, header: dict[str, Any] | None) -> None:
    done = 0 if header is None else header["run"]["done"]
    found = gather_rows(torch.tensor([done])).tolist()
    if len(set(found)) > 1:
        raise ValueError(
            f"resume: the processes find {name}.safetensors after {', '.join(map(str, found))} epochs. Keep "
            "it in a folder that all machines share, or copy it to each."
        )


def _check_same_run(
    learn: "ImageLearner", name: str | Path | None, header: dict[str, Any], epochs: int
) -> None:
    run = header["run"]
    if run["epochs"] != epochs:
        raise ValueError(
            f"resume: {name}.safetensors is a run of {run['epochs']} epochs, and {epochs} are asked for. The "
            "rates of a run are planned for its length: ask for the same, or begin anew without resume."
        )
    there, here = run["batch"], _batch(learn)
    if there != here and there and here:
        size = world().size
        way = f"Use bs={there // size}" if there % size == 0 else "Use a number of processes that divides it"
        raise ValueError(
            f"resume: the run had {there} pictures in a batch ({run['processes']} "
            f"process{'es' if run['processes'] > 1 else ''}), and here it would be {here} ({size} of "
            f"{here // size}). {way}, or begin anew without resume."
        )


def _batch(learn: "ImageLearner") -> int | None:
    """Pictures in a batch, of all processes together, where the data tells it."""
    own = getattr(learn.dls.train, "bs", None)
    return None if own is None else own * world().size


def _state(learn: "ImageLearner", done: int, epochs: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What a checkpoint holds besides weights and optimiser: (tensors, header)."""
    tensors, draw = {f"{RUN}torch": gather_rows(torch.get_rng_state()[None])}, None
    if learn.device.type == "cuda":
        tensors[f"{RUN}cuda"] = gather_rows(torch.cuda.get_rng_state(learn.device)[None])
    batches: Any = learn.training_batches()
    state = batches.rng_state() if hasattr(batches, "rng_state") else None
    if isinstance(state, tuple):
        state, draw = state
    if state is not None:
        tensors[f"{RUN}loader"] = state.clone()
    run = {
        "done": done,
        "epochs": epochs,
        "processes": world().size,
        "batch": _batch(learn),
        "draw": draw,
        "scaler": learn.precision.scaler.state_dict(),
    }
    return tensors, {"run": run}
