"""Packs the course's exercises into the wheel, so that no answers lie about in the installed package."""

from pathlib import Path
from runpy import run_path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackExercises(BuildHookInterface):
    """`exercises/*.py` become `lab/exercises/packed/*.txt`; an editable installation reads the sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        # Loaded alone: while the lab is built, torch is not there.
        pack = run_path(str(root / "lab" / "exercises" / "packing.py"))["pack"]
        folder = Path(self.directory) / "packed"
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted((root / "exercises").glob("*.py")):
            packed = folder / f"{source.stem}.txt"
            packed.write_text(pack(source.read_text(encoding="utf-8")), encoding="ascii")
            build_data["force_include"][str(packed)] = f"lab/exercises/packed/{source.stem}.txt"
