"""Saving and loading: going on exactly, refusing in words, and never half a file."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from small import picture_folder, small_classifier
from test_training_loop import copied_state, same_state, small_learner

import lab
from lab.core.optimisers import sgd
from lab.training import tensor_file
from lab.training.predictor import load_learner


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=6)


def test_training_goes_on_from_a_save_as_if_nothing_had_happened(tmp_path):
    whole, first, second = (small_learner(tmp_path) for _ in range(3))
    whole.fit(1, 1e-2)
    whole.fit(1, 1e-2)
    first.fit(1, 1e-2)
    first.save("half")
    second.load("half")
    second.dls.train.set_rng_state(first.dls.train.rng_state())
    second.fit(1, 1e-2)
    for a, b in zip(whole.model.parameters(), second.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_save_writes_one_safetensors_file_under_the_data_folder(tmp_path):
    path = small_learner(tmp_path).save("first")
    assert path == tmp_path / "models" / "first.safetensors"
    assert [p.name for p in path.parent.iterdir()] == ["first.safetensors"]


@pytest.mark.parametrize("name", ["", "../outside", "a/../../b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="as a name. Give one such as 'stage-1'"):
        small_learner(tmp_path).save(name)
    assert [*tmp_path.rglob("*.safetensors"), *tmp_path.parent.glob("*.safetensors")] == []


def test_a_name_that_does_not_exist_lists_what_is_there(tmp_path):
    learn = small_learner(tmp_path)
    learn.save("one")
    learn.save("two")
    with pytest.raises(FileNotFoundError, match=r"three.safetensors does not exist.*one, two"):
        learn.load("three")


def test_weights_of_another_architecture_are_refused(folder, tmp_path):
    learn = small_classifier(folder)
    file = learn.save(tmp_path / "net")
    other = lab.cnn_learner(learn.dls, "resnet18", pretrained=False)
    before = copied_state(other.model)
    with pytest.raises(ValueError, match="holds weights of pocketnet, but this learner's model is resnet18"):
        other.load(file)
    assert same_state(other.model, before)


def test_weights_for_other_classes_are_refused(folder, tmp_path):
    learn = small_classifier(folder)
    file = learn.save(tmp_path / "net")
    fewer = tmp_path / "fewer"
    picture_folder(fewer, each=6)
    for path in (fewer / "red").iterdir():
        path.unlink()
    (fewer / "red").rmdir()
    with pytest.raises(ValueError, match="trained on 3 classes, this learner has 2"):
        small_classifier(fewer).load(file)
    (fewer / "green").rename(fewer / "grass")
    picture_folder(tmp_path / "renamed", each=6)
    (tmp_path / "renamed" / "green").rename(tmp_path / "renamed" / "grass")
    with pytest.raises(ValueError, match="trained on other classes, among them green"):
        small_classifier(tmp_path / "renamed").load(file)


def test_load_keeps_what_is_frozen(folder, tmp_path):
    learn = small_classifier(folder)
    file = learn.save(tmp_path / "net")
    learn.unfreeze()
    learn.load(file)
    assert all(p.requires_grad for p in learn.model.parameters())


def test_weights_for_another_head_change_nothing(folder, tmp_path):
    file = small_classifier(folder).save(tmp_path / "net")
    other = small_classifier(folder, hidden=(64,), seed=1)
    with torch.no_grad():
        next(other.model.body.parameters()).zero_()
    before = copied_state(other.model)
    with pytest.raises(ValueError, match=r"head.2.weight is \(512, 1152\) in the file and \(64, 1152\)"):
        other.load(file)
    assert same_state(other.model, before)


def test_the_state_of_another_optimiser_is_refused_and_changes_nothing(tmp_path):
    learn = small_learner(tmp_path)
    learn.fit(1, 1e-2)
    learn.save("adam")
    other = small_learner(tmp_path, opt_func=sgd)
    before = copied_state(other.model)
    with pytest.raises(ValueError, match=r"the optimiser AdamW, this learner's is SGD.*with_opt=False"):
        other.load("adam")
    assert same_state(other.model, before)
    other.load("adam", with_opt=False)
    assert same_state(other.model, copied_state(learn.model))
    other.fit(1, 1e-2)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("os error 28"), KeyboardInterrupt()]
)
def test_a_save_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch, error):
    learn = small_learner(tmp_path)
    path = learn.save("net")
    before = path.read_bytes()
    learn.fit(1, 1e-2)

    def half(tensors, filename, metadata):
        Path(filename).write_bytes(b"half")
        raise error

    monkeypatch.setattr(tensor_file, "save_file", half)
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            learn.save("net")
    else:
        with pytest.raises(OSError, match=r"save: .*net.safetensors cannot be written .*the old one, whole"):
            learn.save("net")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["net.safetensors"]


def test_a_file_of_another_kind_is_refused_in_words(tmp_path):
    learn = small_learner(tmp_path)
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"not a checkpoint at all")
    with pytest.raises(ValueError, match="not a file that this lab wrote, or it is damaged"):
        learn.load(bad)
    save_file({"a": torch.zeros(1)}, bad)
    with pytest.raises(ValueError, match="not a file that this lab wrote"):
        learn.load(bad)
    save_file({"a": torch.zeros(1)}, bad, metadata={"lab": json.dumps({"format": 99})})
    with pytest.raises(ValueError, match="written by a newer version of pawlab"):
        learn.load(bad)


def test_load_learner_tells_a_checkpoint_from_an_export(folder, tmp_path):
    file = small_classifier(folder).save(tmp_path / "net")
    with pytest.raises(ValueError, match=r"is a checkpoint from learn\.save\(\), not an exported model"):
        load_learner(file)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_learner(tmp_path / "nothing.safetensors")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        load_learner(tmp_path)


def test_a_model_of_ones_own_cannot_be_exported(tmp_path):
    with pytest.raises(TypeError, match="the model is a Sequential.*save\\(\\) and load\\(\\)"):
        small_learner(tmp_path).export()


def test_nothing_in_a_file_is_pickled(folder, tmp_path):
    learn = small_classifier(folder)
    for file in (learn.save(tmp_path / "net"), learn.export(tmp_path / "out.safetensors")):
        data = file.read_bytes()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        assert json.loads(header["__metadata__"]["lab"])["vocab"] == ["blue", "green", "red"]
