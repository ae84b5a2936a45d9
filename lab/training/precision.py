"""Mixed precision: which number format the forward pass uses, on which device.

"float32" computes as it is. "mixed" lets torch's autocast choose a shorter format where it is safe: bfloat16
on CPUs, float16 with a gradient scaler on CUDA. "auto" takes mixed where the hardware has fast instructions
for it. On a CPU without them bfloat16 is emulated and several times slower, so there "auto" is float32. On
Apple's GPUs "mixed" is bfloat16: float16 would need a scaler, which torch lacked on them before 2.8.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from lab.core.errors import BadValue
from lab.core.precision import Precision

CHOICES = ("auto", "float32", "mixed")


class Autocast:
    """A context manager that can be entered again and again: autocast to `fast_dtype`, or nothing at all."""

    def __init__(self, device_type: str, fast_dtype: torch.dtype | None) -> None:
        self.device_type, self.fast_dtype = device_type, fast_dtype
        self._stack: list[AbstractContextManager] = []

    def __bool__(self) -> bool:
        return self.fast_dtype is not None

    def __enter__(self) -> None:
        context = torch.autocast(self.device_type, self.fast_dtype) if self else nullcontext()
        context.__enter__()
        self._stack.append(context)

    def __exit__(self, *error) -> None:
        self._stack.pop().__exit__(*error)


class MixedPrecision(Precision):
    """The chosen precision of a learner.

    autocast: enter it around a forward pass. scaler: for float16 gradients; it does nothing where float16 is
    not used. Raises ValueError for a choice that is not one of `CHOICES`.
    """

    def __init__(self, choice: str, device: torch.device) -> None:
        if choice not in CHOICES:
            raise BadValue(f"precision: got {choice!r}. It is one of {', '.join(CHOICES)}.")
        self.choice = choice
        mixed = choice == "mixed" or (choice == "auto" and fast_mixed(device))
        short = torch.float16 if device.type == "cuda" else torch.bfloat16
        dtype = short if mixed else None
        self.autocast = Autocast(device.type, dtype)
        self.scaler = torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)

    def for_training(self, model: nn.Module) -> "MixedPrecision":
        """What to train this model with: itself, but with "auto" float32 where a CPU is slower in bfloat16.

        Its bfloat16 instructions serve dense layers and the forward pass. The backward pass of depthwise
        convolutions (MobileNet and its kin) took 1.8 times as long as in float32.
        """
        device_type = self.autocast.device_type
        if self.choice == "auto" and self.autocast and device_type == "cpu" and _trains_depthwise(model):
            return MixedPrecision("float32", torch.device(device_type))
        return self

    def __repr__(self) -> str:
        dtype = self.autocast.fast_dtype
        return str(dtype).removeprefix("torch.") if dtype else "float32"


def fast_mixed(device: torch.device) -> bool:
    """Whether mixed precision pays here: on CPUs with bfloat16 instructions, and on CUDA from Volta on."""
    if device.type == "cpu":
        return _cpu_has_bfloat16()
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (7, 0)
    return False


def _trains_depthwise(model: nn.Module) -> bool:
    convolutions = (module for module in model.modules() if isinstance(module, nn.Conv2d))
    return any(c.groups == c.in_channels > 1 and c.weight.requires_grad for c in convolutions)


def _cpu_has_bfloat16() -> bool:
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is not None:
        found = capabilities()
        return bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(probe()) if probe else False
