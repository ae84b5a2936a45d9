"""Pawlab: a teaching lab for image classification.

    import lab
    learn = lab.cnn_learner(dls, lab.pocketnet)

Every public name stands in `__init__.pyi`, with where it lives, and is loaded when it is first used, so that
`import lab` costs nothing (scientific Python's SPEC 1).
"""

import ast
import importlib
from pathlib import Path
from typing import Any

__version__ = "0.1.0"


def _public() -> tuple[dict[str, tuple[str, str]], list[str]]:
    """(public name -> (module, name there), backbones) as the stub has them."""
    homes, backbones = {}, []
    for node in ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            homes |= {a.asname: (f"lab.{node.module}", a.name) for a in node.names if a.asname}
        elif isinstance(node, ast.Assign):  # an alias of a name imported above
            homes[ast.unparse(node.targets[0])] = homes[ast.unparse(node.value)]
        elif isinstance(node, ast.AnnAssign):
            backbones.append(ast.unparse(node.target))
    public = {name: home for name, home in homes.items() if not name.startswith("_")}
    return public, [name for name in backbones if not name.startswith("_")]


_HOMES, _BACKBONES = _public()
__all__ = sorted([*_HOMES, *_BACKBONES])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module, original = _HOMES[name]
        value = getattr(importlib.import_module(module), original)
    elif name in _BACKBONES:
        value = importlib.import_module("lab.models.architectures").ARCHITECTURES[name]
    else:
        ways = {} if name.startswith("_") else importlib.import_module("lab.absent").WAYS
        raise AttributeError(f"module 'lab' has no attribute {name!r}. {ways.get(name, 'See lab.__all__.')}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
