"""The notebooks are tests: a lab that is broken in one place fails the notebook that teaches it.

That they pass with the lab as it is, the run of the notebooks shows.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lab
from lab.course.folder import course_folder

PACKAGE = Path(lab.__file__).parent
HOME = os.environ.get("PAWLAB_HOME")  # before a test gets its own: pictures are drawn once
# What is broken: the file, the words there and instead, the notebook, and a word of the cell that notices.
MUTATIONS = {
    "the shape of a schedule": (
        "core/schedules.py",
        "done = (1 - math.cos(math.pi * progress)) / 2",
        "done = progress",
        "02_learning_rate",
        "lab.cosine",
    ),
    "the order of the labels": (
        "data/vocab.py",
        "    return sorted(labels)\n",
        "    return sorted(labels, reverse=True)\n",
        "04_loss_from_scratch",
        "dls.valid",
    ),
    "the words of a panel": (
        "panels/frame/panel.py",
        'return f"{self.name}: {',
        'return f"{self.name} {',
        "02_learning_rate",
        "Panel",
    ),
    "the sum of a softmax": (
        "core/losses.py",
        "return exps / exps.sum(dim=dim, keepdim=True)",
        "return exps / exps.sum()",
        "04_loss_from_scratch",
        "lab.softmax",
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_lab_fails_its_notebook(tmp_path, monkeypatch, mutation):
    file, right, wrong, notebook, word = MUTATIONS[mutation]
    copy = tmp_path / "lab"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "notebooks"))
    sources = PACKAGE.parent / "exercises"
    if sources.is_dir():  # a checkout; an installed lab holds its exercises itself
        shutil.copytree(sources, tmp_path / "exercises", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / "pyproject.toml").touch()
    source = (copy / file).read_text(encoding="utf-8")
    assert source.count(right) == 1, f"{file} has changed: choose another place to break {mutation}"
    (copy / file).write_text(source.replace(right, wrong), encoding="utf-8")

    monkeypatch.delenv("PAWLAB_HOME")
    if HOME is not None:
        monkeypatch.setenv("PAWLAB_HOME", HOME)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "lab.course.testing", "--notebooks"]
    command.append(str(course_folder() / f"{notebook}.ipynb"))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout and " passed" in done.stdout, done.stdout + done.stderr
    failure = done.stdout.partition("= FAILURES =")[2]
    assert "Cell outputs differ" in failure and word in failure.partition("differs:")[0], done.stdout
