"""The wrong labels that were planted in the drawn samples: to count those found, not to show them.

`draw_sample` writes them beside the pictures, in `planted_errors.json`, so they are read from there. Each
is named by its path within the sample.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lab.core.errors import BadValue
from lab.drawn.layouts import DEEPEST, ERRORS_FILE
from lab.wording import count_text


class PlantedErrors(Mapping[Path | str, str]):
    """Absolute path -> true label of every planted error. Printing it gives nothing away but their number."""

    def __init__(self, errors: Mapping[str, tuple[str, str]]) -> None:
        self._errors = dict(errors)  # path -> (given, true)

    def __getitem__(self, path: Path | str) -> str:
        return self._errors[os.path.abspath(path)][1]  # noqa: PTH100 (follows no links)

    def __iter__(self) -> Iterator[str]:
        return iter(self._errors)

    def __len__(self) -> int:
        return len(self._errors)

    def __repr__(self) -> str:
        return f"PlantedErrors: {count_text(len(self), 'wrong label')}, not shown"

    def found(self, label: Callable[[str], str | None]) -> int:
        """How many have been found: those that no longer have their planted label.

        label: `marks.label`, the label of a picture as the marks have it. To relabel counts whatever the new
        label is, and so does to discard: what was asked is to see that the label is wrong.
        """
        return sum(label(path) != given for path, (given, _) in self._errors.items())


def planted_errors(
    paths: Iterable[str | os.PathLike], labels: Iterable[str] | None = None
) -> PlantedErrors | None:
    """The planted errors among these pictures; None when not one of them is of a drawn sample.

    labels: those that the pictures have now, one each; an error that was fixed on disk is then left out.
    Without them the labels are taken as drawn.
    """
    keys = [os.path.abspath(path) for path in paths]  # noqa: PTH100 (follows no links)
    now = [None] * len(keys) if labels is None else list(labels)
    if len(now) != len(keys):
        raise BadValue(
            f"planted_errors: got {len(keys)} pictures with {len(now)} labels. Give one label each."
        )
    known: dict[str, dict[str, tuple[str, str]] | None] = {}
    errors: dict[str, tuple[str, str]] = {}
    for key, label in zip(keys, now, strict=True):
        folder, _, name = key.rpartition(os.sep)
        if folder not in known:
            known[folder] = _of_folder(Path(folder))
        if name in (known[folder] or ()):
            given, true = known[folder][name]
            plural = folder.endswith(f"{os.sep}{given}s") if label is None else label == f"{given}s"
            if plural:  # the plan says cat, the folder is called cats
                given, true = f"{given}s", f"{true}s"
            if label in (None, given):
                errors[key] = (given, true)
    return None if all(of is None for of in known.values()) else PlantedErrors(errors)


def _of_folder(folder: Path) -> dict[str, tuple[str, str]] | None:
    """File name -> (given, true) for the pictures directly in a folder; None outside of drawn samples."""
    for root in (folder, *folder.parents)[:DEEPEST]:
        try:
            rows = json.loads((root / ERRORS_FILE).read_text(encoding="utf-8"))
            place = folder.relative_to(root)
            return {
                Path(row["file"]).name: (row["given"], row["true"])
                for row in rows
                if Path(row["file"]).parent == place
            }
        except (OSError, ValueError, KeyError, TypeError):
            continue  # there is none, or it is not ours
    return None
