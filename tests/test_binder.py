"""What Binder builds from: the same packages as pyproject.toml's, and scripts that do not fail in silence."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import lab

ROOT = Path(lab.__file__).parent.parent
BINDER = ROOT / "binder"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((BINDER / "environment.yml").read_text(encoding="utf-8"))
NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}  # conda-forge's -> the project's
FOR_THE_BUILD = {"python", "pip", "nbclient", "nomkl"}
SCRIPTS = ("postBuild", "start")
HOSTS = tuple(".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org")))

bash = pytest.mark.skipif(os.name != "posix" or not shutil.which("bash"), reason="bash is not here")


def lower_bound(specifier: SpecifierSet) -> Version:
    return max(Version(one.version) for one in specifier if one.operator in (">=", "=="))


def installed() -> dict[str, Requirement]:
    found = {}
    for line in ENVIRONMENT["dependencies"]:
        assert isinstance(line, str), f"{line}: all packages come from conda-forge, none from pip"
        if line.startswith("python="):
            continue
        requirement = Requirement(line)
        found[NAMES.get(requirement.name, requirement.name)] = requirement
    return found


def needed() -> dict[str, Requirement]:
    project = PROJECT["project"]
    lines = [
        *project["dependencies"],
        *project["optional-dependencies"]["classic"],
        *PROJECT["build-system"]["requires"],
    ]
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def test_what_the_project_needs_is_there_in_versions_that_it_accepts():
    there = installed()
    for name, requirement in needed().items():
        assert name in there, f"binder/environment.yml lacks {name}"
        assert lower_bound(there[name].specifier) >= lower_bound(requirement.specifier), name


def test_nothing_is_there_that_the_project_does_not_need():
    assert set(installed()) - set(needed()) == FOR_THE_BUILD - {"python"}


def test_the_weights_for_photos_are_installed_too():
    (photos,) = PROJECT["project"]["optional-dependencies"]["photos"]
    assert f" {photos}\n" in (BINDER / "postBuild").read_text(encoding="utf-8")


def test_python_is_one_that_the_project_accepts():
    (line,) = [line for line in ENVIRONMENT["dependencies"] if line.startswith("python=")]
    assert re.fullmatch(r"python=3\.\d+", line)  # repo2docker reads no other form
    assert line.partition("=")[2] in SpecifierSet(PROJECT["project"]["requires-python"])


def test_torch_is_the_small_one():
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]
    assert not {"torch", "pytorch", "pytorch-gpu"} & set(ENVIRONMENT["dependencies"])
    assert any(line.startswith("pytorch-cpu") for line in ENVIRONMENT["dependencies"])


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_well_formed(name):
    text = (BINDER / name).read_bytes()
    assert text.startswith(b"#!/usr/bin/env bash\n")
    assert b"\r" not in text
    if os.name == "posix":
        assert os.access(BINDER / name, os.X_OK)


@bash
@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_bash(name):
    done = subprocess.run(["bash", "-n", str(BINDER / name)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_build_stops_at_the_first_error():
    lines = (BINDER / "postBuild").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"


def test_the_builds_python_is_python_and_uses_what_is_there():
    text = (BINDER / "postBuild").read_text(encoding="utf-8")
    programs = re.findall(r"<<'PYTHON'\n(.*?)^PYTHON$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        compile(program, "postBuild", "exec")
    for name in re.findall(r"lab\.URLs\.(\w+)", text):
        assert getattr(lab.URLs, name).startswith("sample:")  # drawn, not downloaded
    for name in re.findall(r"notebooks/\w+\.ipynb", text):
        assert (ROOT / name).exists()


@bash
def test_start_runs_what_it_is_given_with_few_threads():
    program = "import os, sys; print(os.environ['OMP_NUM_THREADS'], sys.argv[1:])"
    command = [str(BINDER / "start"), sys.executable, "-c", program, "a b", "--ip=*"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "64"}
    )
    assert (done.stdout, done.stderr) == ("2 ['a b', '--ip=*']\n", "")
    lines = (BINDER / "start").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == 'exec "$@"'  # signals reach Jupyter itself


def test_the_settings_are_ones_that_jupyterlab_has():
    settings = json.loads((BINDER / "overrides.json").read_text(encoding="utf-8"))
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    for plugin, values in settings.items():
        package, _, name = plugin.partition(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        assert set(values) <= set(schema["properties"]), plugin


def test_no_registry_is_named():
    for folder in (BINDER, ROOT / ".ci"):
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            assert not [host for host in HOSTS if host in text], path
            assert "://" not in text, path


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebooks_badges_open_that_notebook(path):
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    colab = "https://colab.research.google.com/github/pawlab/pawlab/blob/main/notebooks/"
    assert f"(https://mybinder.org/v2/gh/pawlab/pawlab/main?urlpath=lab/tree/notebooks/{path.name})" in first
    assert f"({colab}{path.name})" in first
