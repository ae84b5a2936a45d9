"""One learner in several processes: each takes its share of every batch, and all learn the same.

The engine is PyTorch's DistributedDataParallel, which averages gradients. Here is what makes a run of N
processes with batches of b the same as one process with batches of N x b: batches are shared out without
loss or repetition, the loss is that of all rows, and batch norm measures over all rows.
"""

import hashlib
import inspect
import math
import warnings
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lab import processes
from lab.core import evaluation
from lab.core.evaluation import Loss, Network, unpack
from lab.core.protocols import Batches, Data

Function: Any = torch.autograd.Function


class ParallelNetwork:
    """A module whose gradients are averaged over all processes (DistributedDataParallel)."""

    def __init__(self, module: nn.Module, all_used: bool) -> None:
        self.module = module
        self.all_used = all_used  # whether every parameter has a part in every output
        self.engine: nn.Module | None = None

    def __call__(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return self.module(x)  # type: ignore[no-any-return]
        if self.engine is None:
            devices = [x.device] if x.device.type == "cuda" else None
            # A remark on speed: some convolutions give gradients in another memory layout than weights.
            warnings.filterwarnings("ignore", "Grad strides do not match bucket view")
            engine = nn.parallel.DistributedDataParallel
            # Buffers are the same everywhere: batch norm has seen the same rows. torch 2.14 renamed this.
            names = inspect.signature(engine).parameters
            option = "forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers"
            options = {option: False, "find_unused_parameters": not self.all_used}
            self.engine = engine(self.module, device_ids=devices, **options)
        with _SharedBatchNorm():
            return self.engine(x)  # type: ignore[no-any-return]


class SharedLoss:
    """The loss of a batch of which each process holds some rows: that of all rows, the same everywhere.

    Every process computes it from the activations of all of them, so that any loss will do, weighted ones
    too; its gradient reaches the rows here. Ends the run in all processes alike once one of them was asked to
    stop, and gives NaN to all where one of them has it.
    """

    def __init__(self, loss_func: Loss) -> None:
        self.loss_func = loss_func

    def __call__(self, activations: Tensor, targets: Tensor) -> Tensor:
        rows: Tensor = _AllRows.apply(activations)
        loss = self.loss_func(rows, processes.gather_rows(targets))
        if loss.numel() != 1:
            return loss  # the loop says what is wrong with it
        value = float(loss.detach())
        told = torch.tensor([processes.stop_wish(), not math.isfinite(value), value], dtype=torch.float64)
        if not processes.is_first():
            told[2] = 0.0
        wishes, failures, first = processes.add_up(told).tolist()
        if wishes:
            processes.stop()
        return loss + (math.nan if failures else first - value)  # another CPU may round in another way


class _AllRows(Function):
    """The rows of all processes. Gradients of parts add up, and DistributedDataParallel takes their mean."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        counts = processes.gather_rows(torch.tensor([len(rows)])).tolist()
        rank = processes.world().rank
        ctx.mine = slice(sum(counts[:rank]), sum(counts[: rank + 1]))
        return processes.gather_rows(rows)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient[ctx.mine] * processes.world().size


class _SumOfAll(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return processes.add_up(x.clone())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return processes.add_up(gradient.clone())


class _SharedBatchNorm(TorchFunctionMode):
    """Within the block, a batch norm that measures its batch measures the rows of all processes.

    As torch.nn.SyncBatchNorm does on GPUs; this is for any device, and changes nothing in the model.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        if func is F.batch_norm:
            return _batch_norm(func, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _batch_norm(
    plain: Callable[..., Tensor],
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    if not training:
        return plain(x, running_mean, running_var, weight, bias, False, momentum, eps)
    dims = [0, *range(2, x.ndim)]
    shape = [1, -1] + [1] * (x.ndim - 2)
    full = x.float()
    here = torch.full((1,), float(full.numel() // full.shape[1]), device=x.device)
    sums: Tensor = _SumOfAll.apply(torch.cat([full.sum(dims), here]))
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = full - mean.view(shape)
    var = _SumOfAll.apply((centred * centred).sum(dims)) / count
    if running_mean is not None and running_var is not None:
        with torch.no_grad():
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            unbiased = var * count / (count - 1).clamp(min=1)
            running_var.lerp_(unbiased.to(running_var.dtype), momentum)
    out = centred * torch.rsqrt(var + eps).view(shape)
    if weight is not None:
        out = out * weight.view(shape)
    if bias is not None:
        out = out + bias.view(shape)
    return out.to(x.dtype)


# ---------------------------------------------------------------- batches


class SharedBatches:
    """The share of this process in batches that somebody else makes: of each `size` in a row, one.

    What is left over at the end is put together and shared out by rows, with the batches before it where it
    has not a row for each. may_be_empty: a share may have no rows, as in a prediction; else fewer rows than
    processes raise ValueError.
    """

    shared = True

    def __init__(self, batches: Batches, rank: int, size: int, may_be_empty: bool = False) -> None:
        self.batches, self.rank, self.size, self.may_be_empty = batches, rank, size, may_be_empty
        self._places: list[Tensor] = []

    def __len__(self) -> int:
        return -(-len(self.batches) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        self._places, row = [], 0
        waiting: list[list[tuple[Tensor, ...]]] = [[]]  # the last whole group, and the one that fills
        for batch in _same_pass(self.batches):
            x, y = unpack(batch)
            waiting[-1].append((x,) if y is None else (x, y))
            if len(waiting[-1]) == self.size:
                if len(waiting) > 1:
                    row, mine = self._one_each(waiting.pop(0), row)
                    yield mine
                waiting.append([])
        *groups, rest = waiting
        few = sum(len(batch[0]) for batch in rest) < self.size
        if rest and few and not self.may_be_empty:
            yield from self._by_rows([batch for group in waiting for batch in group], row, len(waiting))
            return
        for group in groups:
            row, mine = self._one_each(group, row)
            yield mine
        if rest:
            yield from self._by_rows(rest, row, 1)

    def _one_each(self, group: list[tuple[Tensor, ...]], row: int) -> tuple[int, tuple[Tensor, ...]]:
        lengths = [len(batch[0]) for batch in group]
        start = row + sum(lengths[: self.rank])
        self._places.append(torch.arange(start, start + lengths[self.rank]))
        return row + sum(lengths), group[self.rank]

    def _by_rows(
        self, batches: list[tuple[Tensor, ...]], row: int, parts: int
    ) -> Iterator[tuple[Tensor, ...]]:
        whole = [torch.cat(column) for column in zip(*batches, strict=True)]
        places = torch.arange(row, row + len(whole[0]))
        if len(places) < parts * self.size and not self.may_be_empty:
            raise ValueError(
                f"fit: batches of so few rows are too small to split across {self.size} processes. Make them "
                "larger, or use fewer processes."
            )
        for part in range(parts):
            columns = (
                column.tensor_split(parts)[part].tensor_split(self.size) for column in [*whole, places]
            )
            *mine, where = (column[self.rank] for column in columns)
            self._places.append(where)
            yield tuple(mine)

    @property
    def generator(self) -> torch.Generator | None:
        """That of the loader itself, where it has one."""
        own = getattr(self.batches, "batches", self.batches)
        found: torch.Generator | None = getattr(own, "generator", None)
        return found

    def places(self) -> Tensor:
        """Which rows of all these were, in the latest pass."""
        return torch.cat(self._places)


def _same_pass(batches: Batches) -> Iterator[Any]:
    """A pass in the same order everywhere, also where a loader draws it from torch's global generator."""
    seed = torch.randint(2**31, (1,))
    processes.from_first(seed)
    with torch.random.fork_rng(devices=[]):  # of the CPU alone, where samplers draw
        torch.default_generator.manual_seed(int(seed))
        iterator = iter(batches)
        first = list(zip(range(1), iterator, strict=False))  # a sampler draws when it is first asked
    yield from (batch for _, batch in first)
    yield from iterator


def share(batches: Batches, may_be_empty: bool = False) -> Any:
    """The share of this process in these batches; all of them where it is alone. may_be_empty: see
    `SharedBatches`. Raises ValueError for fewer pictures than processes.
    """
    here = processes.world()
    if here.size == 1 or getattr(batches, "shared", False):
        return batches
    if hasattr(batches, "share"):
        return batches.share(here.rank, here.size)
    return SharedBatches(batches, here.rank, here.size, may_be_empty)


def forward(
    network: Network, batches: Batches, device: torch.device, autocast: AbstractContextManager[None]
) -> tuple[Tensor, Tensor]:
    """`lab.core.evaluation.forward`, shared out; all processes get the whole, in the order of the batches."""
    part = batches if _too_few(batches) else share(batches, may_be_empty=True)
    if processes.world().size == 1 or not getattr(part, "shared", False):
        return evaluation.forward(network, part, device, autocast)
    found = evaluation.forward(network, _until_asked_to_stop(part), device, autocast)
    order = processes.gather_rows(part.places()).argsort()
    activations, targets = (processes.gather_rows(rows)[order] for rows in found)
    return activations, targets


def _until_asked_to_stop(batches: Any) -> Iterator[Any]:
    for batch in batches:
        if processes.any_of_them(processes.stop_wish()):
            processes.stop()
        yield batch


def _too_few(batches: Any) -> bool:
    """Whether there are not as many pictures as processes, so that each does better to take them all."""
    return hasattr(batches, "share") and batches.n < processes.world().size


def describe(data: Data) -> tuple[str, int, int]:
    """A digest of what is trained on and validated on, in its order, and the numbers of both (0: unknown)."""
    counts, parts = [0, 0], [[str(label) for label in getattr(data, "vocab", ())]]
    for number, split in enumerate(("train", "valid")):
        loader = getattr(data, split)
        dataset = getattr(getattr(loader, "batches", loader), "dataset", None)
        if hasattr(loader, "pictures"):
            pictures, tfms = loader.pictures, loader.batch_tfms
            counts[number] = loader.n
            parts.append([str(getattr(path, "name", None)) for path in loader.paths])
            parts.append([repr(None if pictures.labels is None else pictures.labels.tolist())])
            parts.append([repr(pictures.item_tfms), repr(tfms.config()) if hasattr(tfms, "config") else ""])
        elif isinstance(dataset, Sized):
            counts[number] = len(dataset)
    return hashlib.sha256(repr((counts, parts)).encode()).hexdigest()[:14], counts[0], counts[1]


def check_same(data: Data, model: nn.Module) -> None:
    """Raise ValueError unless all processes see the same pictures in the same order, the same classes, and
    train a model of the same shape.
    """
    if processes.world().size == 1:
        return
    digest, *counts = describe(data)
    shapes = repr([(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()])
    numbers = [int(digest, 16), int(hashlib.sha256(shapes.encode()).hexdigest()[:14], 16), *counts]
    found = processes.gather_rows(torch.tensor([numbers])).tolist()
    if len({row[0] for row in found}) > 1:
        seen = "; ".join(f"process {i}: {row[2]} and {row[3]}" for i, row in enumerate(found))
        raise ValueError(
            f"fit: the processes do not see the same data to train and to validate on ({seen}). Give all of "
            "them the same folder, with every picture readable, and the same seed."
        )
    if len({row[1] for row in found}) > 1:
        raise ValueError("fit: the processes do not train the same network. Name it by arch=.")
