"""The 2020 lesson from its first cell to its last, on a small drawn set of pets: every call that it makes."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import lab
from lab import (
    CategoryBlock,
    ClassificationInterpretation,
    DataBlock,
    ImageBlock,
    RandomSplitter,
    RegexLabeller,
    Resize,
    aug_transforms,
    cnn_learner,
    error_rate,
    get_image_files,
    pocketnet,
    using_attr,
)
from lab.data.download import Folder
from lab.drawn import draw_sample

PATTERN = r"(.+)_\d+.jpg$"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A tenth of SAMPLE_PETS: the same 37 breeds and names, four pictures of each."""
    return Folder(draw_sample("pets", tmp_path_factory.mktemp("lesson") / "pets", per_class=4))


def block(**options):
    return DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        splitter=RandomSplitter(seed=42),
        get_y=using_attr(RegexLabeller(PATTERN), "name"),
        **options,
    )


@pytest.fixture(scope="module")
def dls(path):
    pets = block(item_tfms=Resize(72), batch_tfms=aug_transforms(size=64, min_scale=0.75))
    return pets.dataloaders(path / "images", bs=16)


@pytest.fixture
def learn(dls):
    lab.set_seed(0)
    return cnn_learner(dls, pocketnet, metrics=error_rate)


def test_the_folder_is_looked_at_with_ls(path):
    assert [entry.name for entry in path.ls()] == ["images", "planted_errors.json"]
    listing = repr((path / "images").ls())
    assert listing.startswith("(#148) [")
    assert listing.endswith("...]")


def test_a_regular_expression_takes_the_breed_from_a_name(path):
    fname = (path / "images").ls()[0]
    (breed,) = re.findall(PATTERN, fname.name)
    assert RegexLabeller(PATTERN)(fname.name) == breed
    assert using_attr(RegexLabeller(PATTERN), "name")(fname) == breed


def test_the_data_block_finds_37_breeds_and_splits_them(dls):
    assert len(dls.vocab) == 37
    assert dls.vocab[0] == "Abyssinian"
    assert (dls.train.n, dls.valid.n) == (118, 30)


def test_show_batch_is_one_row_of_three(dls):
    sheet = dls.show_batch(nrows=1, ncols=3)
    assert sheet.width > 2 * sheet.height / 1.5


def test_summary_without_resize_explains_that_the_shapes_differ(path, capsys):
    block().summary(path / "images")
    told = capsys.readouterr().out
    assert "148 items" in told
    assert "118, 30" in told
    assert "Error! It's not possible to collate your items in a batch" in told
    assert re.search(r"\(3, \d+, \d+\), \(3, \d+, \d+\)", told)
    assert "Resize" in told


def test_one_batch_has_pictures_and_indices_of_breeds(dls):
    x, y = dls.one_batch()
    assert x.shape == (16, 3, 64, 64)
    assert x.min() >= 0
    assert x.max() <= 1
    assert y.dtype == torch.int64
    assert 0 <= y.min() <= y.max() <= 36


def test_predictions_of_one_batch_are_37_numbers_that_sum_to_one(dls, learn):
    x, y = dls.one_batch()
    preds, targets = learn.get_preds(dl=[(x, y)])
    assert len(preds[0]) == 37
    assert preds[0].sum().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(targets, y)


def test_the_loss_is_cross_entropy_without_being_told(learn):
    assert isinstance(learn.loss_func, lab.CrossEntropyLoss)


def test_the_worked_table_of_the_loss():
    torch.random.manual_seed(42)
    acts = torch.randn((6, 2)) * 2
    targ = torch.tensor([0, 1, 0, 1, 1, 0])
    sm_acts = lab.softmax(acts, dim=1)
    picked = sm_acts[range(6), targ]
    assert [f"{p:.4f}" for p in picked.tolist()] == [
        "0.6025",
        "0.4979",
        "0.1332",
        "0.0034",
        "0.4041",
        "0.3661",
    ]
    assert torch.equal(lab.nll_loss(sm_acts, targ, reduction="none"), -picked)
    assert f"{lab.CrossEntropyLoss()(acts, targ):.4f}" == "1.8045"
    assert f"{lab.cross_entropy(acts, targ):.4f}" == "1.8045"
    each = lab.CrossEntropyLoss(reduction="none")(acts, targ)
    assert [f"{loss:.4f}" for loss in each.tolist()] == [
        "0.5067",
        "0.6973",
        "2.0160",
        "5.6958",
        "0.9062",
        "1.0048",
    ]
    torch.testing.assert_close(each, F.cross_entropy(acts, targ, reduction="none"))
    torch.testing.assert_close(lab.CrossEntropyLoss()(acts, targ), nn.CrossEntropyLoss()(acts, targ))


def test_fine_tune_prints_two_tables_and_learns(learn, capsys):
    learn.fine_tune(2, base_lr=3e-3)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    heading = ["epoch", "train_loss", "valid_loss", "error_rate", "time"]
    assert [line for line in lines if line[0] == "epoch"] == [heading, heading]
    assert [line[0] for line in lines] == ["epoch", "0", "epoch", "0", "1"]
    assert learn.runs[-1].epochs[-1]["error_rate"] < 0.95, "guessing would be wrong 36 times in 37"
    assert learn.runs[-1].epochs[-1]["train_loss"] < learn.runs[0].epochs[0]["train_loss"]


def test_interpretation_names_the_most_confused_pairs(learn):
    learn.fit_one_cycle(1, 3e-3)
    interp = ClassificationInterpretation.from_learner(learn)
    matrix = interp.confusion_matrix()
    assert matrix.shape == (37, 37)
    assert matrix.sum() == 30
    figure = interp.plot_confusion_matrix(figsize=(12, 12), dpi=60)
    assert 720 < figure.layout.width < 1000, "the matrix itself, and room for the names"
    pairs = interp.most_confused(min_val=1)
    counts = [count for _, _, count in pairs]
    assert counts == sorted(counts, reverse=True)
    for truth, predicted, count in pairs:
        assert matrix[learn.dls.vocab.index(truth), learn.dls.vocab.index(predicted)] == count


def test_lr_find_gives_two_rates_that_unpack(learn):
    lr_min, lr_steep = learn.lr_find(num_it=40)
    assert f"{lr_min:.2e}, {lr_steep:.2e}"
    assert 1e-7 < lr_min < 10
    assert 1e-7 < lr_steep < 10


def test_freezing_by_hand_then_discriminative_rates_and_the_loss_chart(learn):
    learn.fit_one_cycle(1, 3e-3)
    assert not any(p.requires_grad for p in learn.model.body.parameters())
    learn.unfreeze()
    assert all(p.requires_grad for p in learn.model.parameters())
    learn.fit_one_cycle(1, lr_max=1e-5)
    learn.fit_one_cycle(1, lr_max=slice(1e-6, 1e-4))
    top = max(learn.recorder.steps, key=lambda row: row["lr"])
    assert top["lrs"] == pytest.approx((1e-6, 1e-5, 1e-4), rel=0.05)
    figure = learn.recorder.plot_loss()
    assert len(figure.data) >= 2


def test_a_deeper_network_in_mixed_precision(dls, capsys):
    learn = cnn_learner(dls, lab.resnet18, metrics=error_rate, pretrained=False).to_fp16()
    assert repr(learn.precision) in ("bfloat16", "float16")
    learn.freeze()
    (x, y), *_ = dls.valid
    preds, _ = learn.get_preds(dl=[(x[:2], y[:2])])
    assert preds.dtype == torch.float32
    assert preds.sum(1).tolist() == pytest.approx([1, 1], abs=1e-3)
