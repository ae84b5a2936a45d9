"""The ways of fitting: schedules, rates per group, freezing, tables, interruption, precision."""

import pytest
import torch
from fakes import TensorLoaders
from small import picture_folder, small_dls
from test_training_loop import copied_state, same_state, small_learner
from torch import nn

import lab
from lab import wording
from lab.core.metrics import accuracy, error_rate
from lab.core.schedules import one_cycle, one_cycle_momentum, sgdr
from lab.training import table
from lab.training.learner import ImageLearner
from lab.training.precision import MixedPrecision


class Grouped(nn.Module):
    """A linear model in three groups, with the freezing that a Classifier has."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def groups(self):
        return [[layer] for layer in self.layers]

    def group_names(self):
        return ("first", "second", "third")

    def freeze_to(self, n):
        for number, layer in enumerate(self.layers):
            layer.requires_grad_(number >= n)


def grouped_learner(tmp_path):
    torch.manual_seed(0)
    return ImageLearner(TensorLoaders(tmp_path), Grouped(), metrics=[accuracy, error_rate])


def test_fit_one_cycle_trains_with_the_schedule_that_a_chart_would_plot(tmp_path):
    learn = small_learner(tmp_path)
    learn.fit_one_cycle(2, 1e-2)
    schedule, momentum = one_cycle(1e-2), one_cycle_momentum()
    rows = learn.history.steps
    assert [row["lr"] for row in rows] == [schedule(i / 12) for i in range(12)]
    assert [row["momentum"] for row in rows] == [momentum(i / 12) for i in range(12)]


def test_a_slice_spreads_the_rates_multiplicatively(tmp_path):
    learn = grouped_learner(tmp_path)
    assert learn.rates(slice(1e-6, 1e-4)) == pytest.approx([1e-6, 1e-5, 1e-4])
    assert learn.rates(slice(1e-3)) == pytest.approx([1e-4, 1e-4, 1e-3])
    assert learn.rates(2e-3) == [2e-3] * 3
    learn.fit_one_cycle(1, slice(1e-6, 1e-4))
    for row in learn.history.steps:
        assert row["lrs"] == pytest.approx([row["lr"] / 100, row["lr"] / 10, row["lr"]])


def test_too_few_rates_say_how_many_groups_there_are_and_what_they_hold(tmp_path):
    with pytest.raises(ValueError, match=r"got 2 rates, but there are 3 .*first; second; third"):
        grouped_learner(tmp_path).fit(1, [1e-3, 1e-2])


def test_a_rate_of_nothing_for_the_last_group_is_refused(tmp_path):
    with pytest.raises(ValueError, match="last layer group"):
        grouped_learner(tmp_path).fit(1, [1e-3, 1e-3, 0.0])


def test_fit_sgdr_spans_one_two_and_four_epochs(tmp_path):
    learn = small_learner(tmp_path)
    learn.fit_sgdr(3, 1e-2, cycle_len=1, cycle_mult=2)
    assert len(learn.history.epochs) == 7
    rates = [row["lr"] for row in learn.history.steps]
    assert [i for i, rate in enumerate(rates) if rate == 1e-2] == [0, 6, 18]
    assert rates == [sgdr(1e-2, 3, 1, 2)(i / 42) for i in range(42)]


def test_frozen_groups_do_not_move(tmp_path):
    learn = grouped_learner(tmp_path)
    learn.freeze()
    before = copied_state(learn.model)
    learn.fit(1, 1e-2)
    after = learn.model.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"layers.2.weight", "layers.2.bias"}
    learn.freeze_to(1)
    assert [p.requires_grad for p in learn.model.parameters()] == [False] * 2 + [True] * 4
    learn.unfreeze()
    assert all(p.requires_grad for p in learn.model.parameters())


def test_freeze_to_says_how_many_groups_there_are(tmp_path):
    with pytest.raises(ValueError, match="freeze_to: got 4, but the model has 3 layer groups"):
        grouped_learner(tmp_path).freeze_to(4)
    with pytest.raises(TypeError, match="Sequential has no layer groups that could be frozen"):
        small_learner(tmp_path).freeze()


def test_fine_tune_freezes_then_trains_all_at_discriminative_rates(tmp_path):
    learn = grouped_learner(tmp_path)
    learn.fine_tune(2, base_lr=2e-3, freeze_epochs=1)
    frozen, free = learn.runs
    assert (len(frozen.epochs), len(free.epochs)) == (1, 2)
    assert max(row["lr"] for row in free.steps) == pytest.approx(1e-3, rel=0.05)
    assert free.steps[0]["lr"] == pytest.approx(1e-3 / 5)
    first, _, last = free.steps[0]["lrs"]
    assert last / first == pytest.approx(100)
    assert frozen.steps[0]["lr"] == pytest.approx(2e-3 / 25)
    assert all(p.requires_grad for p in learn.model.parameters())


def test_the_table_has_the_lessons_columns(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PAWLAB_QUIET", "1")
    learn = grouped_learner(tmp_path)
    learn.fit(2, 1e-3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["epoch", "train_loss", "valid_loss", "accuracy", "error_rate", "time"]
    assert [line.split()[0] for line in lines[1:]] == ["0", "1"]
    row = learn.history.epochs[1]
    assert lines[2].split()[1:5] == [
        f"{row[name]:.6f}" for name in ("train_loss", "valid_loss", "accuracy", "error_rate")
    ]
    assert lines[2].split()[5] == "00:00"


def test_the_terminal_table_prints_a_row_per_epoch(tmp_path, capsys):
    small_learner(tmp_path).fit(3, 1e-3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1, "the columns line up"


class FakeHandle:
    """Stands for the notebook's display: keeps every bundle that was shown or updated."""

    def __init__(self):
        self.shown = []

    def display(self, bundle, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle, raw):
        self.shown.append(bundle)


def test_the_notebook_table_fills_in_place(tmp_path, monkeypatch):
    import IPython.display

    handle = FakeHandle()
    monkeypatch.setattr(IPython.display, "display", handle.display)
    monkeypatch.setattr(table, "in_notebook", lambda: True)
    monkeypatch.setattr(table.NotebookTable, "INTERVAL", 0)
    monkeypatch.delenv("PAWLAB_QUIET", raising=False)
    small_learner(tmp_path).fit(2, 1e-3)
    statuses = [bundle["text/html"].split("<div>")[1] for bundle in handle.shown]
    assert any("epoch 1 of 2 · batch 3 of 6 · " in status for status in statuses)
    assert any("epoch 2 of 2 · validation batch 1 of 3 · " in status for status in statuses)
    assert statuses[-1] == "</div>", "nothing is left to wait for"
    rows = [bundle["text/html"].count("<tr>") for bundle in handle.shown]
    assert rows == sorted(rows)
    assert rows[-1] == 3, "the heading and two epochs"


def test_the_notebook_table_is_updated_at_most_five_times_a_second(tmp_path, monkeypatch):
    import IPython.display

    handle = FakeHandle()
    monkeypatch.setattr(IPython.display, "display", handle.display)
    now = 100.0
    monkeypatch.setattr(table.time, "monotonic", lambda: now)
    shown = table.NotebookTable(small_learner(tmp_path).history, 90)
    learn = small_learner(tmp_path)
    shown.history = learn.history
    for number, event in enumerate(learn.steps(1, lambda progress: 1e-3, validate=False)):
        now = 100.0 + number / 100
        shown.feed(event)
    assert len(handle.shown) == 2, "the empty table, and the end of the epoch"


def test_times_are_written_as_clocks():
    assert [wording.clock(s) for s in (0, 59.6, 61, 3599, 3661)] == [
        "00:00",
        "01:00",
        "01:01",
        "59:59",
        "1:01:01",
    ]


def test_table_html_escapes_metric_names(tmp_path):
    def metric(probabilities, targets):
        return 0.5

    metric.__name__ = "<img src=x onerror=alert(1)>"
    learn = small_learner(tmp_path, metrics=[metric])
    learn.fit(1, 1e-3)
    assert "<img" not in table.html_table(learn.history)
    assert "&lt;img" in table.html_table(learn.history)


def test_an_interrupt_ends_the_fit_cleanly(tmp_path, capsys):
    learn = small_learner(tmp_path)
    before = copied_state(learn.model)
    calls = 0

    def loss(activations, targets):
        nonlocal calls
        calls += 1
        if calls == 13:  # six steps, three validation batches and the whole set: the third step of epoch 2
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(activations, targets)

    learn.loss_func = loss
    learn.fit(5, 1e-2)
    assert "Stopped in epoch 2 of 5, after 8 steps" in capsys.readouterr().out
    assert len(learn.history.epochs) == 1
    assert not same_state(learn.model, before)
    learn.fit(1, 1e-3)
    assert len(learn.history.epochs) == 1


def test_an_interrupt_of_the_frozen_part_ends_fine_tune_as_a_whole(tmp_path, capsys):
    learn = grouped_learner(tmp_path)
    calls = 0

    def loss(activations, targets):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(activations, targets)

    learn.loss_func = loss
    learn.fine_tune(2)
    assert "Stopped in epoch 1 of 1, after 2 steps" in capsys.readouterr().out
    assert [len(run.steps) for run in learn.runs] == [2]


def test_weight_decay_spares_biases_and_batch_norm(tmp_path):
    learn = small_learner(tmp_path, wd=0.1)
    decayed = [
        {tuple(p.shape) for p in group["params"]}
        for group in learn.optimiser.param_groups
        if group["weight_decay"]
    ]
    assert decayed == [{(16, 6), (3, 16)}]
    learn.fit(1, 1e-3, wd=0.3)
    assert {group["weight_decay"] for group in learn.optimiser.param_groups} == {0.3, 0.0}


def test_mixed_precision_trains_with_float32_weights(tmp_path):
    learn = small_learner(tmp_path).to_fp16()
    assert repr(learn.precision) == "bfloat16"
    learn.fit(10, 1e-2)
    assert learn.history.epochs[-1]["accuracy"] > 0.8
    assert {p.dtype for p in learn.model.parameters()} == {torch.float32}
    assert repr(learn.to_fp32().precision) == "float32"


@pytest.mark.parametrize(
    ("device", "name", "scaled"),
    [("cpu", "bfloat16", False), ("cuda", "float16", True), ("mps", "bfloat16", False)],
)
def test_only_float16_is_scaled_and_only_cuda_takes_it(device, name, scaled, monkeypatch):
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    found = MixedPrecision("mixed", torch.device(device))
    assert repr(found) == name and found.scaler.is_enabled() is scaled


def test_an_unknown_precision_names_the_choices():
    with pytest.raises(ValueError, match="got 'half'. It is one of auto, float32, mixed"):
        MixedPrecision("half", torch.device("cpu"))


def test_get_preds_takes_a_list_of_batches(tmp_path):
    learn = small_learner(tmp_path)
    x, y = next(iter(learn.dls.valid))
    probabilities, targets = learn.get_preds(dl=[(x, y)])
    assert probabilities.shape == (8, 3)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(8))
    assert torch.equal(targets, y)


def test_get_preds_with_loss_gives_one_loss_per_picture(tmp_path):
    learn = small_learner(tmp_path)
    probabilities, targets, losses = learn.get_preds(with_loss=True)
    expected = -probabilities.log()[torch.arange(24), targets]
    torch.testing.assert_close(losses, expected, atol=1e-5, rtol=1e-5)


def test_get_preds_of_a_split_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"got ds_idx=2. There are 0 \(train\), 1 \(valid\)\."):
        small_learner(tmp_path).get_preds(ds_idx=2)


@pytest.mark.parametrize(
    ("arch", "choice", "frozen", "trained_in"),
    [
        ("pocketnet", "auto", True, "bfloat16"),
        ("pocketnet", "auto", False, "float32"),
        ("pocketnet", "mixed", False, "bfloat16"),
        ("resnet18", "auto", False, "bfloat16"),
    ],
)
def test_auto_takes_float32_where_a_cpu_is_slower_in_bfloat16(
    tmp_path, monkeypatch, arch, choice, frozen, trained_in
):
    monkeypatch.setattr("lab.training.precision._cpu_has_bfloat16", lambda: True)
    chosen, for_training = [], MixedPrecision.for_training
    monkeypatch.setattr(
        MixedPrecision, "for_training", lambda *a: chosen.append(for_training(*a)) or chosen[-1]
    )
    model = lab.create_classifier(arch, 3, pretrained=False)
    learn = lab.Learner(small_dls(picture_folder(tmp_path / "pictures")), model, precision=choice)
    (learn.freeze if frozen else learn.unfreeze)()
    next(learn.steps(1, lab.flat(1e-3)))
    assert repr(chosen[0]) == trained_in and repr(learn.precision) == "bfloat16"
