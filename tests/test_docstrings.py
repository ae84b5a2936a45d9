"""Every public name has a numpydoc docstring that agrees with its signature, and an example that runs."""

import doctest
import enum
import inspect
import shutil

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc, NumpyDocString
from small import picture_folder

import lab

RECORDS = {"ARCHITECTURES"}  # a plain dict
SKIPPED = RECORDS | set(lab.ARCHITECTURES)  # objects, which carry the docstring of their class
NAMES = sorted(set(lab.__all__) - SKIPPED)


def parsed(name: str) -> NumpyDocString:
    thing = getattr(lab, name)
    if inspect.isclass(thing):
        return ClassDoc(thing, doc=inspect.getdoc(thing), config={"show_class_members": False})
    return FunctionDoc(thing)


def signature(name: str) -> list[str]:
    """The parameters of a public name, as its docstring should list them."""
    thing = getattr(lab, name)
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = inspect.signature(thing).parameters.values()
    return [stars.get(each.kind, "") + each.name for each in found]


def documented(doc: NumpyDocString) -> list[str]:
    """The names under Parameters; several of them may share a line."""
    return [name.strip() for entry in doc["Parameters"] for name in entry.name.split(",")]


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_lists_the_parameters_as_they_are(name):
    thing, doc = getattr(lab, name), parsed(name)
    if inspect.isclass(thing) and issubclass(thing, Exception | enum.Enum):
        return  # an exception takes its sentence, and an enumeration what Python's own version of it takes
    assert documented(doc) == signature(name)
    for entry in doc["Parameters"]:
        assert entry.type or entry.name.startswith("*"), f"{name}: {entry.name} has no type"
        assert " ".join(entry.desc).strip(), f"{name}: {entry.name} is not explained"


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_says_what_comes_back_and_what_is_raised(name):
    thing, doc = getattr(lab, name), parsed(name)
    assert " ".join(doc["Summary"]).strip().endswith((".", ":"))
    if inspect.isclass(thing):
        return
    returns = inspect.signature(thing).return_annotation
    if returns not in (None, "None", inspect.Signature.empty):
        assert doc["Returns"] or doc["Yields"], f"{name} does not say what it returns"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the examples stand on: a folder with pictures of three colours, and what is made of it."""
    import numpy as np
    import pandas as pd
    import torch

    home = tmp_path_factory.mktemp("docs")
    path = picture_folder(home / "colours")
    dls = lab.ImageDataLoaders.from_folder(path, valid_pct=0.25, seed=1, item_tfms=lab.Resize(64), bs=8)
    learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0)
    learn.fit_one_cycle(1, 1e-2)
    interp = lab.ClassificationInterpretation.from_learner(learn)
    known = {"lab": lab, "np": np, "pd": pd, "torch": torch, "path": path, "dls": dls, "interp": interp}
    yield known | {"learn": learn, "device": torch.device("cpu")}
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs(name, names, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    thing = getattr(lab, name)
    text = inspect.getdoc(thing)
    test = doctest.DocTestParser().get_doctest(text, dict(names), name, None, 0)
    assert test.examples, f"{name} has no example"
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.DocTestRunner(optionflags=options).run(test, out=(said := []).append)
    assert not failed, "".join(said)
