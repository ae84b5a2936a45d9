"""Installing Pawlab on Colab brings a few small packages and leaves torch, and all else that is there, alone.

`.ci/floor` runs the notebooks on Colab's widgets; here only what pip would do is derived from metadata.
"""

import importlib.metadata
import json
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import lab

ROOT = Path(lab.__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
COLAB = {  # August 2026
    "torch": "2.11.0+cu128",
    "torchvision": "0.26.0+cu128",
    "ipywidgets": "7.7.1",
    "plotly": "5.24.1",
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "anywidget": "0.9.21",
    "pandas": "2.2.3",
    "numpy": "2.1.3",
    "pillow": "11.3.0",
}
FLOOR = (ROOT / ".ci" / "floor").read_text(encoding="utf-8")
FIRST_CELL = """\
try:
    import lab
except ModuleNotFoundError:  # Colab: torch and all else is there already
    %pip install --quiet "pawlab[photos]"
    import lab"""


def test_colabs_python_will_do():
    assert "3.13" in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("name", sorted(set(COLAB) & set(NEEDED)))
def test_what_colab_has_will_do_so_that_pip_leaves_it_alone(name):
    assert NEEDED[name].specifier.contains(COLAB[name]), f"pip would replace {name} {COLAB[name]}"


def test_torch_and_torchvision_are_among_them():
    assert {"torch", "torchvision", "numpy", "ipywidgets"} <= set(COLAB) & set(NEEDED)


@pytest.mark.parametrize("name", sorted(set(NEEDED) - set(COLAB)))
def test_what_pip_may_bring_asks_for_nothing_that_colab_has(name):
    asked = [Requirement(line) for line in importlib.metadata.requires(name) or []]
    asked = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert not {canonicalize_name(one.name) for one in asked} & set(COLAB)


@pytest.mark.parametrize("name", ["ipywidgets", "plotly", "ipykernel", "ipython", "anywidget"])
def test_the_floor_is_colabs(name):
    assert f"{name}=={COLAB[name]}" in FLOOR


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebooks_first_cell_installs_only_what_is_missing(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code[0] == FIRST_CELL
    assert not [source for source in code[1:] if "pip install" in source]
