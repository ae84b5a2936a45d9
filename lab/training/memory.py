"""How much memory is free, and how many images at a time a step may take: said before it is too late.

Linux ends a process that takes more memory than there is without a word, so the need is estimated before the
first step (lab/models/footprint.py). `micro_batch` is the way out: a batch goes through the body in parts.
"""

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadType, BadValue
from lab.models.classifier import Classifier
from lab.models.footprint import batch_norms, footprint
from lab.processes import world
from lab.progress import notify

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner

SHARE = 0.5  # of the free memory that "auto" takes at most
CPU_BYTES = 0.5e9  # that "auto" takes at most on a CPU, for machines with 2 GB; up to a fifth slower
MicroBatch = str | int | None

_CGROUPS = (  # of a container: its limit and what it uses, in both versions of Linux's control groups
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def check_micro_batch(value: Any) -> MicroBatch:
    """The value, if it is a valid choice; else ValueError."""
    number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if value is None or value == "auto" or number:
        return value
    raise BadValue(
        f'micro_batch: got {value!r}. It is "auto", a number of pictures, or None for whole batches.'
    )


def set_micro_batch(learn: "ImageLearner", x: Tensor) -> None:
    """Choose how many pictures of the first batch x, and of all later ones, go through the body at a time.

    Raises MemoryError, naming a batch size that fits, where the gradients need more memory than is free, and
    TypeError where a number is asked for a model of the user's own.
    """
    model, choice = learn.model, check_micro_batch(learn.micro_batch)
    if not isinstance(model, Classifier):
        if isinstance(choice, int):
            raise BadType(
                f"fit: micro_batch={choice} is for models from create_classifier. For a "
                f"{type(model).__name__} of your own make smaller batches, and add up their gradients: "
                "fit(..., accumulate=4)."
            )
        return
    trains = any(parameter.requires_grad for parameter in model.body.parameters())
    if x.ndim != 4 or not trains:  # precomputed activations, or a body that keeps nothing for gradients
        return
    frozen = not any(norm.training for norm in batch_norms(model.body))
    each = footprint(model.arch, model.body, *x.shape[2:], frozen=frozen).kept
    free = free_bytes(learn.device)
    if free is not None and learn.device.type == "cpu":
        free /= world().local_size  # all processes of a machine share its memory
    if not each:
        return  # a body of the user's own, of which nothing is known
    if isinstance(choice, int) and not frozen and world().size > 1:
        raise BadValue(
            f"fit: micro_batch={choice} in several processes needs a batch norm that keeps its statistics: "
            'unfreeze(norm="frozen"), or smaller batches in more processes.'
        )
    at_a_time = _automatic(learn, len(x), each, free, frozen) if choice == "auto" else choice
    model.micro_batch = at_a_time if at_a_time and at_a_time < len(x) else None
    needed = each * (model.micro_batch or len(x))
    if free is not None and needed > free:
        fits = int(SHARE * free / each)
        way = f"Make the DataLoaders with bs={fits}" if fits > 1 else "Take a smaller size or architecture"
        parts = ", or leave micro_batch at 'auto'" if fits > 0 and choice != "auto" else ""
        raise MemoryError(
            f"fit: training all layers of {model.arch} on {model.micro_batch or len(x)} pictures of "
            f"{x.shape[3]} x {x.shape[2]} at a time needs about {needed / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB are free. {way}{parts}."
        )


def _automatic(learn: "ImageLearner", n: int, each: float, free: float | None, frozen: bool) -> int:
    """As many pictures as have room; all of a batch where batch norm should see them together."""
    room = float("inf") if free is None else SHARE * free
    if not frozen and world().size > 1:
        return n  # batch norm sees the rows of all processes together
    if learn.device.type == "cpu" and frozen:
        room = min(room, CPU_BYTES)
    fits = max(1, int(min(room / each, n)))
    fits = ceil(n / ceil(n / fits))  # in parts that are about as large
    if fits < n and learn.micro_batch_told != fits:
        learn.micro_batch_told = fits
        room_for_all = free is not None and n * each < free
        faster = " Whole batches, micro_batch=None, may be 10 to 20 % faster." if room_for_all else ""
        same = (
            f"{'' if _throws_dice(learn.model.body) else 'The result is the same.'}{faster}"
            if frozen
            else "Batch norm then measures over that many at a time, as with a smaller bs; "
            'unfreeze(norm="frozen") avoids this.'
        )
        notify(
            f"micro_batch='auto': the {n} pictures of a batch go through the body {fits} at a time, which "
            f"takes {each * fits / 1e9:.1f} GB instead of {each * n / 1e9:.1f}. {same}"
        )
    return fits


def _throws_dice(body: nn.Module) -> bool:
    """Whether a layer of it leaves out by chance, in another order for parts than for a whole batch."""
    return any(
        isinstance(layer, nn.modules.dropout._DropoutNd)
        or type(layer).__name__ in ("StochasticDepth", "DropPath")
        for layer in body.modules()
    )


def out_of_memory(learn: "ImageLearner", error: Exception) -> MemoryError:
    """What to say when the device itself has refused."""
    n = int(getattr(learn.dls.train, "bs", 0))
    smaller = f"bs={max(1, n // 2)}" if n > 1 else "a smaller size"
    return MemoryError(
        f"fit: the memory of {learn.device} is full ({str(error).splitlines()[0][:120]}). Make the "
        f"DataLoaders with {smaller}, or learn.micro_batch = {max(1, n // 4)}. Nothing of this step was "
        "kept; the weights are those of the step before."
    )


def free_bytes(device: torch.device) -> float | None:
    """Bytes that are free for this process on the device; None where that cannot be told."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return float(torch.cuda.mem_get_info(device)[0] + unused)
    if device.type == "mps":
        return float(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())
    found = [value for value in (_of_the_machine(), _of_the_container()) if value is not None]
    return min(found, default=None)


def _of_the_machine() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return _by_psutil()
    kilobytes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return 1024.0 * kilobytes["MemAvailable"] if "MemAvailable" in kilobytes else None


def _by_psutil() -> float | None:
    """On macOS and Windows; wherever notebooks run, ipykernel has brought psutil."""
    try:
        import psutil
    except ImportError:
        return None
    return float(psutil.virtual_memory().available)


def _of_the_container() -> float | None:
    for files in _CGROUPS:
        try:
            limit, used = (float(Path(file).read_text(encoding="ascii")) for file in files)
            return limit - used
        except (OSError, ValueError):  # there is none, or it says "max"
            continue
    return None
