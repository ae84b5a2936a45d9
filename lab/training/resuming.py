"""Long runs: saved after every epoch, so that they can be resumed after any interruption.

`fit(..., checkpoint="name")` writes, after each epoch, the weights, the optimiser and torch's random state to
one file, which `learn.load` reads as well. `resume=True` continues from there, to the same numbers as without
the interruption.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.core.errors import BadValue
from lab.core.events import EpochEnd, Event
from lab.core.plans import Plan
from lab.core.state import loader_state
from lab.processes import gather_rows, world
from lab.progress import notify
from lab.training.checkpoint import RUN, checkpoint_path, write_checkpoint
from lab.training.shares import describe
from lab.training.tensor_file import read_tensors

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


class KeptRun:
    """A run of `learn` by a plan, as the file of this name keeps it."""

    def __init__(self, learn: "ImageLearner", name: str | Path, plan: Plan, accumulate: int) -> None:
        self.learn, self.name, self.plan, self.accumulate = learn, str(name), plan, accumulate
        self.epochs = plan.epochs
        self.path = checkpoint_path(learn, name, "checkpoint")

    @cached_property
    def described(self) -> dict[str, Any]:
        """What makes two runs the same; to look at all pictures takes a moment."""
        plan, train = self.plan, self.learn.dls.train
        own = getattr(train, "bs", getattr(train, "batch_size", None))
        return {
            "epochs": plan.epochs,
            "rates": list(plan.rates),
            "schedule": [plan.schedule(i / 8) for i in range(9)],
            "accumulate": self.accumulate,
            "batch": None if own is None else own * world().size,
            "data": list(describe(self.learn.dls)),
        }

    def each_epoch(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events; after each epoch the run is written to its file.

        Where that fails (a full disk), a sentence says so and the run goes on; the file of the epoch before
        stays whole.
        """
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if isinstance(event, EpochEnd):
                    try:
                        write_checkpoint(self.learn, self.name, run=self._state(event.epoch + 1))
                    except OSError as error:
                        notify(f"Epoch {event.epoch + 1} is not kept: {error}")
                yield event

    def resume(self) -> int:
        """Put the learner where the file ends; the epoch to go on with. 0 where there is no file.

        Raises ValueError for a file of another run, and what `load` raises.
        """
        header = self._header()
        if header is None:
            return 0
        self._restore(header)
        done: int = header["run"]["done"]
        notify(f"Continuing after epoch {done} of {self.epochs}, from {self.path.name}.")
        return done

    def is_complete(self) -> bool:
        """Whether the run has ended already; then the learner is put where it ended."""
        header = self._header()
        if header is None or header["run"]["done"] < self.epochs:
            return False
        self._restore(header)
        notify(f"The run of {self.epochs} epochs in {self.path.name} is complete; its weights are loaded.")
        return True

    def _header(self) -> dict[str, Any] | None:
        header = read_tensors(self.path, None)[1] if self.path.is_file() else None
        run = {"done": 0} if header is None else header.get("run", {"done": -1})
        found = gather_rows(torch.tensor([run["done"]])).tolist()
        if len(set(found)) > 1:
            raise BadValue(
                f"resume: the processes find {self.path.name} after {', '.join(map(str, found))} epochs. "
                "Keep it in a folder that all machines share, or copy it to each."
            )
        if header is None:
            return None
        if run["done"] < 0:
            raise BadValue(
                f"resume: {self.path.name} was written by learn.save(), not by a run with checkpoint=. Use "
                "learn.load()."
            )
        self._check(run)
        return header

    def _check(self, run: dict[str, Any]) -> None:
        """Raise ValueError, naming the difference, for another run than this one."""
        here = self.described
        if run["epochs"] != here["epochs"]:
            raise BadValue(
                f"resume: {self.path.name} is a run of {run['epochs']} epochs, but you asked for "
                f"{here['epochs']}. Learning rates are scheduled over the whole run, so ask for "
                f"{run['epochs']}, or start over without resume."
            )
        if run["batch"] and here["batch"] and run["batch"] != here["batch"]:
            size = world().size
            whole = run["batch"] % size == 0
            way = f"Use bs={run['batch'] // size}" if whole else "Use a number of processes that divides it"
            raise BadValue(
                f"resume: the run had {run['batch']} pictures in a batch ({run['processes']} "
                f"process{'es' if run['processes'] > 1 else ''}), and here it would be {here['batch']} "
                f"({size} of {here['batch'] // size}). {way}, or start over without resume."
            )
        if run["data"] != here["data"]:
            there, now = (
                f"{data[1]} to train and {data[2]} to validate on" for data in (run["data"], here["data"])
            )
            raise BadValue(
                f"resume: the saved run used different pictures, labels, sizes or a different split "
                f"({there}; here {now}). Resuming could validate on pictures it has already trained on: use "
                "the same folder and seed, or start over without resume."
            )
        for name, words in (("rates", "highest rates"), ("schedule", "rates"), ("accumulate", "accumulate")):
            if run.get(name) != here[name]:
                raise BadValue(
                    f"resume: the run's {words} were {run.get(name)}, and here they are {here[name]}. Ask "
                    "for the same, or start over without resume."
                )

    def _restore(self, header: dict[str, Any]) -> None:
        """Weights, optimiser and random numbers."""
        self.learn.load(self.name)
        tensors, run, device = read_tensors(self.path, RUN)[0], header["run"], self.learn.device
        rows, cuda = tensors[f"{RUN}torch"], tensors.get(f"{RUN}cuda")
        if len(rows) == world().size:
            torch.set_rng_state(rows[world().rank].clone())  # a row with an offset crashes it
            if cuda is not None and device.type == "cuda":
                torch.cuda.set_rng_state(cuda[world().rank].clone(), device)
        else:  # other processes throw other dice; all else is the same
            torch.manual_seed(torch.initial_seed() + world().rank)
        if f"{RUN}loader" in tensors:
            state, draw = tensors[f"{RUN}loader"], run["draw"]
            put_back, _ = loader_state(self.learn.training_batches())
            put_back(state if draw is None else (state, draw))
        if run["scaler"]:  # it is empty for a run in float32
            self.learn.precision.scaler.load_state_dict(run["scaler"])

    def _state(self, done: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What the file holds besides weights and optimiser: (tensors, header)."""
        learn, draw = self.learn, None
        tensors = {f"{RUN}torch": gather_rows(torch.get_rng_state()[None])}
        if learn.device.type == "cuda":
            tensors[f"{RUN}cuda"] = gather_rows(torch.cuda.get_rng_state(learn.device)[None])
        _, state = loader_state(learn.training_batches())
        if isinstance(state, tuple):
            state, draw = state
        if state is not None:
            tensors[f"{RUN}loader"] = state.clone()
        scaler = learn.precision.scaler.state_dict()
        run = {**self.described, "done": done, "processes": world().size, "draw": draw, "scaler": scaler}
        return tensors, {"run": run}


def run_of(learn: "ImageLearner", plan: Plan, options: dict[str, Any]) -> KeptRun | None:
    """The run that the options `checkpoint` and `resume` of a fit ask to keep; None where they do not.

    Raises ValueError for resume without a name, and together with what would need the epochs before.
    """
    name = options.get("checkpoint")
    if options.get("resume"):
        if name is None:
            raise BadValue('fit: resume=True needs the name of the run: checkpoint="name".')
        if options.get("keep_best") or options.get("patience") is not None:
            raise BadValue(
                "fit: patience= and keep_best= cannot take the epochs before the interruption into account. "
                "Leave them out with resume=True."
            )
    return None if name is None else KeptRun(learn, name, plan, options.get("accumulate", 1))
