"""A network that learns in several processes, each with its share of every batch, as it would in one.

The engine is PyTorch's DistributedDataParallel, which averages gradients. Here is what makes a run of N
processes with batches of b the same as one process with batches of N x b: the loss is that of all rows, and
batch norm measures over all rows. Who takes which rows: `lab/training/shares.py`.
"""

import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lab import process_group, processes
from lab.core.evaluation import Loss

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
        counts = processes.row_counts(activations)
        rows: Tensor = _AllRows.apply(activations, counts)
        loss = self.loss_func(rows, processes.gather_rows(targets, counts))
        if loss.numel() != 1:
            return loss  # the loop says what is wrong with it
        value = float(loss.detach())
        told = torch.tensor([process_group.stop_wish(), not math.isfinite(value), value], dtype=torch.float64)
        if not processes.is_first():
            told[2] = 0.0
        wishes, failures, first = processes.add_up(told).tolist()
        if wishes:
            process_group.stop()
        return loss + (math.nan if failures else first - value)  # another CPU may round in another way


class _AllRows(Function):
    """The rows of all processes. Gradients of parts add up, and DistributedDataParallel takes their mean."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, counts: list[int]) -> Tensor:
        rank = processes.world().rank
        ctx.mine = slice(sum(counts[:rank]), sum(counts[: rank + 1]))
        return processes.gather_rows(rows, counts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient[ctx.mine] * processes.world().size, None


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
