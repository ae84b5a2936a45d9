"""Micro-batches as a learner chooses them, and what is said when memory will not do."""

import gc
import weakref

import pytest
import torch
from small import picture_folder, small_classifier, small_dls
from torch import nn

import lab
from lab.models.footprint import footprint
from lab.training import memory


@pytest.fixture
def learn(tmp_path):
    """pocketnet on batches of eight pictures, all layers training."""
    learn = small_classifier(picture_folder(tmp_path / "colours"))
    learn.unfreeze()
    return learn


def needed(learn):
    """Bytes that a picture needs."""
    return footprint(learn.model.arch, learn.model.body, 64, 64, frozen=learn.model.norm == "frozen").kept


def test_where_there_is_room_a_batch_stays_whole(learn, capsys):
    learn.fit_one_cycle(1, 1e-3)
    assert learn.model.micro_batch is None
    assert "at a time" not in capsys.readouterr().out


def test_auto_takes_what_half_of_the_free_memory_holds_and_says_so_once(learn, monkeypatch, capsys):
    monkeypatch.setattr(memory, "free_bytes", lambda device: 7.0 * needed(learn))
    learn.fit_one_cycle(1, 1e-3)
    learn.fit_one_cycle(1, 1e-3)
    assert learn.model.micro_batch == 3
    said = capsys.readouterr().out
    assert said.count("micro_batch='auto': the 8 pictures of a batch go through the body 3 at a time") == 1
    assert "The result is the same." in said


def test_the_result_is_the_same_up_to_rounding(tmp_path):
    folder, losses = picture_folder(tmp_path / "colours"), []
    for micro_batch in (None, 3):
        lab.set_seed(0)
        learn = small_classifier(folder, micro_batch=micro_batch, dropout=0.0)
        learn.unfreeze()
        learn.fit(1, 1e-4)
        losses.append([step["loss"] for step in learn.history.steps])
    assert losses[1] == pytest.approx(losses[0], rel=2e-3)


def test_batch_norm_that_trains_is_said_to_see_parts(learn, monkeypatch, capsys):
    learn.unfreeze(norm="train")
    monkeypatch.setattr(memory, "free_bytes", lambda device: 9.0 * needed(learn))
    learn.fit(1, 1e-3)
    assert learn.model.micro_batch == 4
    assert "Batch norm then measures over that many" in capsys.readouterr().out


def test_a_batch_that_cannot_fit_ends_in_a_sentence_with_one_that_does(learn, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda device: 6.5 * needed(learn))
    learn.micro_batch = None
    with pytest.raises(
        MemoryError, match=r"on 8 pictures of 64 x 64 at a time needs about .* bs=3, or leave"
    ):
        learn.fit(1, 1e-3)
    monkeypatch.setattr(memory, "free_bytes", lambda device: 0.5 * needed(learn))
    learn.micro_batch = "auto"
    with pytest.raises(MemoryError, match="Take a smaller size or architecture"):
        learn.fit(1, 1e-3)


def test_a_frozen_body_needs_no_room(learn, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda device: 1.0)
    learn.freeze()
    learn.precompute = False
    learn.fit(1, 1e-3)
    assert len(learn.history.epochs) == 1


@pytest.mark.parametrize("value", [0, -1, True, 2.5, "many"])
def test_what_is_no_micro_batch_is_refused(tmp_path, value):
    with pytest.raises(ValueError, match='It is "auto", a number of pictures, or None for whole batches'):
        small_classifier(picture_folder(tmp_path / "colours"), micro_batch=value)


def test_a_model_of_ones_own_is_told_of_accumulate(tmp_path):
    dls = small_dls(picture_folder(tmp_path / "colours"))
    learn = lab.Learner(dls, nn.Sequential(nn.Flatten(), nn.LazyLinear(3)), micro_batch=2)
    learn.model(torch.zeros(1, 3, 64, 64))
    with pytest.raises(TypeError, match=r"micro_batch=2 is for models from create_classifier.*accumulate=4"):
        learn.fit(1, 1e-3)
    with pytest.raises(TypeError, match="got norm='frozen', which a model from create_classifier takes"):
        learn.unfreeze(norm="frozen")


def test_a_device_that_is_full_ends_in_a_sentence(learn, monkeypatch):
    def full(x):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(learn.model.pool, "forward", full)
    with pytest.raises(MemoryError, match=r"the memory of cpu is full \(CUDA out of memory.*bs=4"):
        learn.fit(1, 1e-3)


def test_free_memory_is_the_least_of_machine_and_container(tmp_path, monkeypatch):
    limit, used = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(memory, "_CGROUPS", ((str(limit), str(used)),))
    device = torch.device("cpu")
    whole = memory.free_bytes(device)
    assert whole is None or whole > 1e6
    limit.write_text("1000000\n", encoding="ascii")
    used.write_text("400000\n", encoding="ascii")
    assert memory.free_bytes(device) == 600_000
    limit.write_text("max\n", encoding="ascii")
    monkeypatch.setattr(memory, "_of_the_machine", lambda: 5.0)
    assert memory.free_bytes(device) == 5.0


@pytest.mark.parametrize("use", ["fit", "lr_find", "get_preds"])
def test_a_learner_that_is_replaced_gives_its_memory_back_at_once(tmp_path, use):
    folder = picture_folder(tmp_path / "colours")
    small_classifier(folder)  # an import for the first may leave frames behind
    gc.collect()
    gc.disable()
    try:
        learn = small_classifier(folder)
        getattr(learn, use)(*(1,) * (use == "fit"))
        model = weakref.ref(learn.model)
        learn = None
        assert model() is None
    finally:
        gc.enable()
