"""One learner in several processes: each takes its share of every batch, and all learn the same.

The engine is PyTorch's DistributedDataParallel, which averages gradients. Here is what makes a run of N
processes with batches of b the same as one process with batches of N x b: batches are shared out without
loss or repetition, the loss is that of all rows, and batch norm measures over all rows.
"""

import hashlib
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
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
    """A module whose gradients are the mean over all processes (DistributedDataParallel)."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.engine: nn.Module | None = None

    def __call__(self, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return self.module(x)  # type: ignore[no-any-return]
        if self.engine is None:
            devices = [x.device] if x.device.type == "cuda" else None
            # A remark on speed: some convolutions give gradients in another memory layout than weights.
            warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
            engine = nn.parallel.DistributedDataParallel
            # Buffers are the same everywhere: batch norm has seen the same rows. torch 2.14 renamed this.
            names = inspect.signature(engine).parameters
            option = "forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers"
            self.engine = engine(self.module, device_ids=devices, **{option: False})
        with _SharedBatchNorm():
            return self.engine(x)  # type: ignore[no-any-return]


class SharedLoss:
    """The loss of a batch of which each process holds some rows: their mean, the same number everywhere.

    Its gradient is that of the rows here, in their share, so that the mean of the processes' gradients is
    the gradient of the whole. loss_func: the mean over rows. Ends the run in all processes alike once one of
    them was asked to stop.
    """

    def __init__(self, loss_func: Loss) -> None:
        self.loss_func = loss_func

    def __call__(self, activations: Tensor, targets: Tensor) -> Tensor:
        rows = len(targets)
        loss = self.loss_func(activations, targets) if rows else activations.sum() * 0.0
        if loss.numel() != 1:
            return loss  # the loop says what is wrong with it
        whole: Tensor = _MeanOfAll.apply(loss, rows)
        return whole


class _MeanOfAll(Function):
    @staticmethod
    def forward(ctx: Any, loss: Tensor, rows: int) -> Tensor:
        parts = torch.tensor([0.0, rows, processes.stop_wish()], dtype=torch.float64)
        parts[0] = loss.detach().cpu().double().flatten()[0] * rows
        total, count, wishes = processes.add_up(parts).tolist()
        if wishes:
            processes.stop()
        ctx.share = rows * processes.world().size / count
        return torch.full_like(loss, total / count)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * ctx.share, None


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

    What is left over at the end is put together and shared out by rows; a process may get none of them.
    """

    shared = True

    def __init__(self, batches: Batches, rank: int, size: int) -> None:
        self.batches, self.rank, self.size = batches, rank, size
        self._places: list[Tensor] = []

    def __len__(self) -> int:
        return -(-len(self.batches) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        group, row = list[tuple[Tensor, ...]](), 0
        self._places = []
        for batch in _same_pass(self.batches):
            x, y = unpack(batch)
            group.append((x,) if y is None else (x, y))
            if len(group) == self.size:
                lengths = [len(part[0]) for part in group]
                start = row + sum(lengths[: self.rank])
                self._places.append(torch.arange(start, start + lengths[self.rank]))
                row += sum(lengths)
                yield group[self.rank]
                group = []
        if group:
            whole = [torch.cat(parts) for parts in zip(*group, strict=True)]
            places = torch.arange(row, row + len(whole[0]))
            self._places.append(places.tensor_split(self.size)[self.rank])
            yield tuple(part.tensor_split(self.size)[self.rank] for part in whole)

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
    processes.same_weights([seed])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(seed))
        iterator = iter(batches)
        first = list(zip(range(1), iterator, strict=False))  # a sampler draws when it is first asked
    yield from (batch for _, batch in first)
    yield from iterator


def share(batches: Batches) -> Any:
    """The share of this process in these batches; all of them where it is alone.

    Raises ValueError for fewer pictures than processes.
    """
    here = processes.world()
    if here.size == 1 or getattr(batches, "shared", False):
        return batches
    if hasattr(batches, "share"):
        return batches.share(here.rank, here.size)
    return SharedBatches(batches, here.rank, here.size)


def forward(
    network: Network, batches: Batches, device: torch.device, autocast: AbstractContextManager[None]
) -> tuple[Tensor, Tensor]:
    """`lab.core.evaluation.forward`, shared out; all processes get the whole, in the order of the batches."""
    part = batches if _too_few(batches) else share(batches)
    found = evaluation.forward(network, part, device, autocast)
    if processes.world().size == 1 or not getattr(part, "shared", False):
        return found
    order = processes.gather_rows(part.places()).argsort()
    activations, targets = (processes.gather_rows(rows)[order] for rows in found)
    return activations, targets


def _too_few(batches: Any) -> bool:
    """Whether there are not as many pictures as processes, so that each does better to take them all."""
    return hasattr(batches, "share") and batches.n < processes.world().size


def check_same(data: Data) -> None:
    """Raise ValueError unless all processes see the same pictures in the same order, and the same classes."""
    if processes.world().size == 1:
        return
    counts = [len(getattr(data, split)) for split in ("train", "valid")]
    text = repr((counts, [str(label) for label in getattr(data, "vocab", ())]))
    for split in ("train", "valid"):
        loader = getattr(data, split)
        if hasattr(loader, "pictures"):
            counts[0 if split == "train" else 1] = loader.n
            text += repr([getattr(path, "name", None) for path in loader.paths])
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
    all_of_them = processes.gather_rows(torch.tensor([[digest, *counts]])).tolist()
    if len({row[0] for row in all_of_them}) > 1:
        seen = "; ".join(f"process {i}: {row[1]} and {row[2]}" for i, row in enumerate(all_of_them))
        raise ValueError(
            f"fit: the processes do not see the same data to train and to validate on ({seen}). Give all of "
            "them the same folder, with every picture readable, and the same seed."
        )
