"""What several processes are asked to do by test_parallel.py: one scenario after the other, answers as JSON.

    torchrun --nproc-per-node 2 parallel_worker.py FOLDER ANSWERS NAME...

bs is that of each process, so one process with the doubled bs has the same batches.
"""

import faulthandler
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from small import small_dls
from torch import nn
from torch.utils.data import TensorDataset

import lab
from lab import process_group, processes
from lab.core.events import EpochEnd, Step, ValidStep
from lab.core.learner import Learner as CoreLearner
from lab.core.schedules import one_cycle
from lab.training.learner import ImageLearner
from lab.training.shares import share

BS = 4
SCENARIOS: dict[str, Callable[[Path, int], Any]] = {}


def scenario(function: Callable[[Path, int], Any]) -> Callable[[Path, int], Any]:
    SCENARIOS[function.__name__] = function
    return function


def learner(folder: Path, bs: int, **options: Any) -> ImageLearner:
    """pocketnet without dropout, whose masks no two processes could share.

    In float32 unless told otherwise: with "auto" a processor's bfloat16 would be used here and not by the
    tests, whose conftest.py has it off.
    """
    options = {"precision": "float32", "dropout": 0.0, **options}
    data = small_dls(folder, bs=bs, **{k: options.pop(k) for k in ("batch_tfms",) if k in options})
    return lab.cnn_learner(data, "pocketnet", metrics=lab.accuracy, seed=0, **options)


def losses(learn: CoreLearner) -> list[float]:
    """All that a run says: its training losses, then validation loss and metric of each epoch."""
    history = learn.history
    rows = [[row["valid_loss"], *(row[name] for name in history.metric_names)] for row in history.epochs]
    return [*(step["loss"] for step in history.steps), *(value for row in rows for value in row)]


def weights(learn: CoreLearner) -> float:
    return float(sum(tensor.double().abs().sum() for tensor in learn.model.state_dict().values()))


@scenario
def fit(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, precompute=False)
    learn.fit(2, 1e-3)
    return losses(learn)


@scenario
def mixed_precision(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, precompute=False, precision="mixed")
    learn.fit(2, 1e-3)
    return losses(learn)


@scenario
def fit_one_cycle(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs)  # the validation pictures' activations are computed once
    learn.fit_one_cycle(2, 1e-3)
    return losses(learn)


@scenario
def fit_sgdr(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, precompute=True)
    learn.fit_sgdr(2, 1e-3, cycle_len=1, cycle_mult=2)
    return [*losses(learn), learn.training_batches().activations.shape[1]]


@scenario
def draws(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, precompute=2, batch_tfms=lab.aug_transforms(size=64, min_scale=0.8))
    learn.fit(1, 1e-3)
    return list(learn.training_batches().activations.shape)


@scenario
def unfrozen(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, micro_batch=3)
    learn.unfreeze()
    learn.fit_one_cycle(2, slice(1e-4, 1e-3))
    return losses(learn)


@scenario
def unfrozen_batch_norm_measures(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs)
    learn.unfreeze(norm="train")
    learn.fit(1, 1e-4)
    return losses(learn)


@scenario
def accumulated(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs)
    learn.fit(2, 1e-3, accumulate=2)
    return losses(learn)


@scenario
def weighted(folder: Path, bs: int) -> Any:
    """A loss that is no mean over rows."""
    weights = torch.tensor([1.0, 5.0, 0.2])
    learn = learner(folder, bs, precompute=False, loss_func=lab.CrossEntropyLoss(weight=weights))
    learn.fit(1, 1e-3)
    return losses(learn)


@scenario
def other_seeds(folder: Path, bs: int) -> Any:
    """Each process has drawn something else before: every picture once in an epoch all the same."""
    dls = small_dls(folder, bs=bs, item_tfms=lab.Resize(64, method="squish"))
    dls.train = dls.train.replace(seed=processes.world().rank)
    here = [x.sum((1, 2, 3)) for x, _ in share(dls.train)]
    plain = dls.train.replace(shuffle=False, augment=False)
    everything = torch.cat([x.sum((1, 2, 3)) for x, _ in plain]).sort().values
    return bool(torch.allclose(processes.gather_rows(torch.cat(here)).sort().values, everything))


def darker(pictures: torch.Tensor, train: bool, generator: torch.Generator | None) -> torch.Tensor:
    return pictures / 510


@scenario
def a_transform_of_ones_own(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, batch_tfms=darker, precompute=True)
    learn.fit(1, 1e-3)
    return losses(learn)


@scenario
def an_unused_layer(folder: Path, bs: int) -> Any:
    """And batches in a list, the last of which has not a row for each process."""

    class Spare(nn.Sequential):
        def __init__(self) -> None:
            super().__init__(nn.Flatten(), nn.Linear(3, 2))
            self.unused = nn.Linear(2, 2)

    torch.manual_seed(0)
    x = torch.rand(2 * bs + 1, 3, 1)
    y = torch.arange(len(x)) % 2
    batches = list(zip(x.split(bs), y.split(bs), strict=True))
    learn = lab.Learner((batches, batches), Spare())
    learn.fit(2, 1e-2)
    return [len(learn.history.steps), len(learn.history.epochs), len(learn.get_preds()[0]) == len(x)]


@scenario
def finder(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs)
    before = weights(learn)
    found = learn.lr_find(num_it=12, end_lr=1e-2, show=False)
    assert weights(learn) == before
    return list(found.losses)


@scenario
def predicted(folder: Path, bs: int) -> Any:
    """Of every split, in file order: also with a number of pictures that cannot be halved."""
    learn = learner(folder, bs, precompute=False)
    probabilities, targets = learn.get_preds()
    kept, _ = learner(folder, bs).get_preds()
    three, one = (learn.get_preds(dl=learn.dls.test_dl(learn.dls.valid.paths[:n]))[0] for n in (3, 1))
    batches = [(torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(n)),) for n in (4, 3, 2)]
    listed, _ = learn.get_preds(dl=batches)
    singles, _ = learn.get_preds(dl=[(batch[0][:1],) for batch in batches])
    tta, _ = learn.tta(2)
    rows = [probabilities, kept, three, one, listed, singles]
    return [*(part.flatten().tolist() for part in rows), targets.tolist(), list(tta.shape), learn.validate()]


@scenario
def batches_of_others(folder: Path, bs: int) -> Any:
    """A torch DataLoader in random order: every row once an epoch, whatever their number."""
    x = torch.rand(30, 5, generator=torch.Generator().manual_seed(0))
    seen: list[torch.Tensor] = []

    class Remembers(nn.Linear):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            seen.append(rows.detach()[:, 0])
            return super().forward(rows)

    data = TensorDataset(x, (x[:, 0] > 0.5).long())
    torch.manual_seed(0 if processes.world().rank == 0 else 99)
    loaders = [torch.utils.data.DataLoader(data, bs, shuffle=shuffle) for shuffle in (True, False)]
    learn = lab.Learner(loaders, Remembers(5, 2))
    events = list(learn.steps(1, one_cycle(1e-2)))
    steps = sum(isinstance(event, Step) for event in events)
    rows = processes.gather_rows(torch.cat(seen[:steps]))
    everything = bool(torch.equal(rows.sort().values, x[:, 0].sort().values))
    return [everything, steps, len(learn.get_preds()[0])]


@scenario
def not_a_number(folder: Path, bs: int) -> Any:
    """In one process only; all stop before the step."""
    learn = learner(folder, bs, precompute=False)
    plain, calls = learn.loss_func, []

    def spoilt(activations: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        last = processes.world().rank == processes.world().size - 1
        return plain(activations, targets) * (float("nan") if last and len(calls) == 3 else 1.0)

    learn.loss_func = spoilt
    try:
        learn.fit(1, 1e-3)
    except ArithmeticError as error:
        return [len(learn.history.steps), "became nan at step 2" in str(error)]
    return None


@scenario
def stopped_early(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs)
    learn.fit(9, 0.5, patience=1, keep_best=True)
    return [len(learn.history.epochs), round(weights(learn), 2)]


@scenario
def asked_to_stop(folder: Path, bs: int) -> Any:
    """Ctrl-C in one process only: all stop after the same step."""
    learn = learner(folder, bs, precompute=False)
    with closing(learn.steps(3, one_cycle(1e-3))) as events:
        try:
            for event in events:
                if isinstance(event, Step) and event.step == 2 and processes.world().rank == 1:
                    process_group._Wish.asked = True
        except KeyboardInterrupt:
            return len(learn.history.steps)
    return None


@scenario
def kept_and_resumed(folder: Path, bs: int) -> Any:
    """Broken off after the second of four epochs, and gone on with."""
    whole = learner(folder, bs, path=folder / "whole")
    whole.fit_one_cycle(4, 1e-3)
    path = folder / f"run-{processes.world().size}"
    first = learner(folder, bs, path=path)
    events = first.run_plan(first_plan := plan(first), checkpoint="long")
    with closing(events):
        next(event for event in events if isinstance(event, EpochEnd) and event.epoch == 1)
    second = learner(folder, bs, path=path)
    torch.manual_seed(5)
    list(second.run_plan(first_plan, checkpoint="long", resume=True))
    return [losses(whole)[-4:], losses(second)[-4:], [len(second.history.epochs)]]


def plan(learn: ImageLearner, epochs: int = 4) -> Any:
    from lab.core.plans import one_cycle_plan

    return one_cycle_plan(epochs, learn.rates(1e-3), learn.moms)


@scenario
def kept_for_others(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, path=folder / f"kept-by-{processes.world().size}")
    events = learn.run_plan(plan(learn), checkpoint="long")
    with closing(events):
        next(event for event in events if isinstance(event, EpochEnd) and event.epoch == 1)
    return None


@scenario
def resumed_with_as_many_or_others(folder: Path, bs: int) -> Any:
    """The run that two processes kept after two epochs: its last two epochs."""
    path = folder / f"resumed-by-{processes.world().size}"
    processes.first_does(lambda: shutil.copytree(folder / "kept-by-2", path))
    learn = learner(folder, bs, path=path)
    list(learn.run_plan(plan(learn), checkpoint="long", resume=True))
    return losses(learn)[-4:]


@scenario
def another_batch_size(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs * 2, path=folder / "kept-by-2")
    return said(lambda: list(learn.run_plan(plan(learn), checkpoint="long", resume=True)))


@scenario
def another_length(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, path=folder / "kept-by-2")
    return said(lambda: list(learn.run_plan(plan(learn, 5), checkpoint="long", resume=True)))


@scenario
def other_data(folder: Path, bs: int) -> Any:
    """One process sees a picture less."""
    dls = small_dls(folder, bs=bs)
    if processes.world().rank == 1:
        dls.train = dls.train.replace(indices=range(dls.train.n - 1))
    return said(lambda: lab.cnn_learner(dls, "pocketnet", seed=0))


@scenario
def too_few_pictures(folder: Path, bs: int) -> Any:
    dls = small_dls(folder, bs=bs)
    dls.valid = dls.valid.replace(indices=[0])
    learn = lab.cnn_learner(dls, "pocketnet", seed=0, precompute=False)
    return said(lambda: learn.fit(1, 1e-3))


@scenario
def all_ranks_tell_the_same_steps(folder: Path, bs: int) -> Any:
    learn = learner(folder, bs, precompute=False)
    events = list(learn.steps(1, one_cycle(1e-3)))
    return [sum(isinstance(event, kind) for event in events) for kind in (Step, ValidStep, EpochEnd)]


def said(work: Callable[[], Any]) -> str:
    try:
        work()
    except ValueError as error:
        return str(error)
    return "nothing"


def main() -> None:
    folder, answers, *names = sys.argv[1:]
    faulthandler.enable()
    found = {name: SCENARIOS[name](Path(folder), BS) for name in names}
    Path(answers, f"{processes.world().rank}.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
