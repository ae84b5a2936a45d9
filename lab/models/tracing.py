"""torch.fx, which patches every module of the process while it traces, without disturbing other threads."""

import threading
from collections.abc import Callable
from typing import Any

from torch import fx, nn


class OwnThreadTracer(fx.Tracer):
    """A tracer that sees its own thread only: networks that run in others meanwhile are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """A module is called, in whatever thread."""
        if threading.get_ident() != self.thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """A module's parameter or buffer is asked for, in whatever thread."""
        if threading.get_ident() != self.thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)
