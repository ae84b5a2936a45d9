"""What is built for pip holds the whole package and the course's notebooks."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import lab

ROOT = Path(lab.__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file(), reason="a checkout is needed to build from"
)


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_what_checks_notebooks_comes_with_the_tests(project):
    extras = project["project"]["optional-dependencies"]
    assert "pawlab[notebooks]" in extras["test"]


def test_a_wheel_holds_the_course_and_finds_it(tmp_path):
    pytest.importorskip("hatchling")
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(ROOT / name, tree)
    for name in ("lab", "notebooks", "exercises"):
        leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, tree / name, ignore=leave)
    build = "from hatchling.build import build_wheel; print(build_wheel('out'))"
    (tree / "out").mkdir()
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "out").glob("*.whl")

    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    sources = {path.relative_to(ROOT) for path in (ROOT / "lab").rglob("*") if path.is_file()}
    sources = {path for path in sources if "__pycache__" not in path.parts}
    assert [path for path in sorted(sources) if not (site / path).is_file()] == []
    assert not (site / "notebooks").exists()

    find = "from lab.course.folder import notebooks; print(*notebooks(), sep='\\n')"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", find], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    found = [Path(line) for line in done.stdout.splitlines()]
    assert {path.parent for path in found} == {site / "lab" / "notebooks"}, done.stderr
    assert [path.name for path in found] == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))

    names = sorted(path.stem for path in (ROOT / "exercises").glob("*.py"))
    packed = site / "lab" / "exercises" / "packed"
    assert sorted(path.stem for path in packed.iterdir()) == names
    assert not any("answer" in path.read_text() for path in packed.iterdir())
    solve = (
        "from lab import exercises; course = exercises.load('01_first_classifier')\n"
        "for factor in (1, 3): print(course.check('how_many', lambda w, h: factor * w * h))"
    )
    environment["PAWLAB_PROGRESS"] = str(tmp_path / "progress")
    done = subprocess.run(
        [sys.executable, "-c", solve], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "the number of pixels" in done.stdout, done.stderr
    assert "how_many: right on all 4 cases" in done.stdout
