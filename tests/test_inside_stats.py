"""The record of the layers over training: right numbers, the same training, bounded memory."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch
from fakes import TensorLoaders
from small import picture_folder, small_classifier
from test_inside import hooks_on
from test_training_loop import copied_state, same_state, small_learner
from torch import nn

import lab
from lab.core.schedules import flat
from lab.data.home import cache_dir
from lab.inside import BIN_EDGES, NEAR_ZERO, ActivationStats, stats
from lab.training.learner import ImageLearner


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=8)


class Listed(nn.Module):
    """Whatever comes in, `layer` answers with one given list of numbers after the other."""

    def __init__(self, answers):
        super().__init__()
        self.answers, self.layer = answers, nn.Identity()
        self.weight = nn.Parameter(torch.zeros(3))
        self.step = 0

    def forward(self, x):
        self.layer(self.answers[self.step % len(self.answers)])
        self.step += self.training
        return self.weight.expand(len(x), 3)


def test_mean_spread_and_share_near_zero_are_those_of_the_activations(tmp_path):
    answers = [torch.tensor([[1.0, 0.01, -0.02, 5.0]]), torch.tensor([[-3.0, -1.0, 0.04, 0.3]])]
    learn = ImageLearner(TensorLoaders(tmp_path), Listed(answers))
    with lab.watch(learn, ["layer"]) as watched:
        learn.fit(1)
    rows = watched.rows("layer")
    assert [row["step"] for row in rows] == list(range(6))
    for row, answer in zip(rows, answers * 3, strict=True):
        assert row["mean"] == pytest.approx(answer.mean().item())
        assert row["std"] == pytest.approx(answer.std(correction=0).item())
        assert row["near_zero"] == (answer.abs() < NEAR_ZERO).float().mean()
    shares = watched.histogram("layer")
    assert shares.shape == (len(BIN_EDGES) + 1, 6)
    expected = np.histogram(answers[1].numpy(), bins=[-np.inf, *BIN_EDGES, np.inf])[0] / 4
    assert shares[:, 1] == pytest.approx(expected)
    assert shares[len(BIN_EDGES) // 2].tolist() == [row["near_zero"] for row in rows]


def test_bins_double_away_from_zero_and_are_the_same_on_both_sides():
    positive = BIN_EDGES[len(BIN_EDGES) // 2 :]
    assert positive[0] == NEAR_ZERO
    assert all(b == 2 * a for a, b in pairwise(positive))
    assert [-edge for edge in reversed(positive)] == list(BIN_EDGES[: len(positive)])


def test_the_bins_are_those_between_the_edges_and_infinity_lies_in_the_open_ones():
    values = torch.cat([torch.randn(5000) * scale for scale in (0.01, 0.3, 5.0, 200.0)])
    assert torch.equal(stats._bins(values), torch.bucketize(values, torch.tensor(BIN_EDGES)))
    assert stats._bins(torch.tensor([float("inf"), -float("inf"), 0.0])).tolist() == [len(BIN_EDGES), 0, 11]


def test_far_apart_places_are_measured_without_a_warning():
    torch.set_warn_always(True)
    try:
        measure = stats._measure(0, torch.rand(64, 1024, 2, 2))
    finally:
        torch.set_warn_always(False)
    assert sum(measure.counts) == 64 * 1024


def test_only_so_many_rows_are_given_when_asked_for_the_last_among_them(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn, "3") as watched:
        learn.fit(2)
    assert watched.count("3") == 12
    assert [row["step"] for row in watched.rows("3", 5)] == [1, 3, 6, 8, 11]
    assert watched.record(5) == {"3": watched.rows("3", 5)}
    assert np.array_equal(watched.histogram("3", 5), watched.histogram("3")[:, [1, 3, 6, 8, 11]])
    assert watched.rows("3", 99) == watched.rows("3")


def test_nan_is_recorded_as_nan_and_counts_in_no_bin():
    measure = stats._measure(0, torch.tensor([float("nan"), 1.0]))
    assert np.isnan(measure.mean)
    assert sum(measure.counts) == 1


def test_large_maps_are_measured_at_evenly_spread_places():
    maps = torch.arange(1024.0).view(1, 1, 32, 32).expand(8, 16, 32, 32)  # 131,072 numbers
    measure = stats._measure(0, maps)
    assert sum(measure.counts) == 8 * 16 * 16 * 16
    assert measure.mean == maps[:, :, ::2, ::2].mean()


@pytest.mark.parametrize("live", [True, False], ids=["live pictures", "precomputed"])
def test_watching_leaves_the_training_bit_identical(folder, live):
    results = []
    for watching in (False, True):
        learn = small_classifier(folder, precompute=False if live else "auto")
        if live:
            learn.unfreeze()
        torch.manual_seed(5)
        watched = ActivationStats(learn)
        if watching:
            watched.start()
        learn.fit_one_cycle(2, 1e-3)
        watched.stop()
        results.append((copied_state(learn.model), learn.history.steps, torch.get_rng_state()))
        assert bool(watched.record()) is watching
        assert hooks_on(learn.model) == 0
    (state, steps, rng), (state_watched, steps_watched, rng_watched) = results
    assert all(torch.equal(state[name], state_watched[name]) for name in state)
    assert steps == steps_watched
    assert torch.equal(rng, rng_watched)


def test_only_training_is_recorded(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn) as watched:
        learn.get_preds()
        lab.activations(learn, torch.rand(2, 6))
        assert watched.record() == {}
        learn.fit(2)
        learn.get_preds()
    assert [len(rows) for rows in watched.record().values()] == [12, 12]
    learn.fit(1)
    assert [len(rows) for rows in watched.record().values()] == [12, 12]


def test_steps_are_counted_on_over_several_runs(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn, "3") as watched:
        learn.fit(1)
        events = learn.steps(1, flat(1e-3))
        next(events), next(events)
        events.close()
        learn.fit(1)
    assert [row["step"] for row in watched.rows("3")] == list(range(6 + 2 + 6))


def test_what_lr_find_took_back_is_dropped(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn, "3") as watched:
        learn.fit(1)
        before = watched.rows("3")
        learn.lr_find(num_it=15, show=False)
        assert watched.rows("3") == before
        learn.fit(1)
        learn.lr_find(num_it=15, show=False)
    assert [row["step"] for row in watched.rows("3")] == list(range(12))
    assert watched.histogram("3").shape[1] == 12


def test_a_frozen_body_on_live_pictures_is_recorded_although_it_stays_in_eval_mode(folder):
    learn = small_classifier(folder, precompute=False)
    with lab.watch(learn) as watched:
        learn.fit(1)
    assert list(watched.record()) == list(lab.layers(learn.model))
    assert watched.missing() == {}


def test_with_precomputed_activations_the_body_is_missing_and_the_reason_said(folder):
    learn = small_classifier(folder, precompute=True)
    with lab.watch(learn) as watched:
        assert set(watched.missing().values()) == {"No step has been trained while watching."}
        learn.fit(1)
    assert list(watched.record()) == ["head.3", "head.6"]
    missing = watched.missing()
    assert list(missing) == [name for name in watched.layers if name.startswith("body")]
    assert all("precomputed, so only the head runs" in reason for reason in missing.values())


def test_precomputing_while_watched_gives_the_same_activations(folder):
    computed = []
    for watching in (False, True):
        learn = small_classifier(folder, precompute=True, precision="float32")
        watched = ActivationStats(learn)
        if watching:
            watched.start()
        loader = learn._inputs.in_file_order(learn, 1, learn.model)[1]
        computed.append(np.array(loader.activations))
        watched.stop()
        for file in cache_dir().glob("activations-*"):
            file.unlink()  # so that the second learner computes them too
    assert np.array_equal(*computed)


def test_a_long_training_keeps_at_most_1000_steps_of_each_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(stats, "_MOST", 16)
    learn = small_learner(tmp_path)
    with lab.watch(learn) as watched:
        learn.fit(20)  # 120 steps
    for layer in watched.layers:
        kept = [row["step"] for row in watched.rows(layer)]
        assert kept == list(range(0, 120, 8))


def test_start_and_stop_may_be_called_twice_and_again(tmp_path):
    learn = small_learner(tmp_path)
    watched = ActivationStats(learn).start()
    assert watched.start() is watched
    assert hooks_on(learn.model) == len(watched.layers)
    watched.stop()
    watched.stop()
    assert hooks_on(learn.model) == 0
    watched.start()
    learn.fit(1)
    watched.stop()
    assert len(watched.rows("3")) == 6


def test_an_exception_in_the_block_takes_the_hooks_off(tmp_path):
    learn = small_learner(tmp_path)
    with pytest.raises(KeyError), lab.watch(learn):
        raise KeyError
    assert hooks_on(learn.model) == 0


def test_the_record_comes_as_a_table_and_as_charts(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn) as watched:
        assert watched.frame().columns.tolist() == ["layer", "step", "mean", "std", "near_zero"]
        learn.fit(1)
    frame = watched.frame()
    assert frame["layer"].tolist() == ["2"] * 6 + ["3"] * 6
    assert frame["step"].tolist() == [*range(6), *range(6)]
    assert [trace.name for trace in watched.plot().data] == ["2", "3"] * 3
    assert len(watched.plot_histogram("2").data[0].x) == 6
    assert repr(watched) == "ActivationStats(2 layers, 6 steps recorded)"


def test_a_layer_that_is_not_watched_or_not_there_is_an_error_in_words(tmp_path):
    learn = small_learner(tmp_path)
    with pytest.raises(ValueError, match="no '9'. Worth looking at are: 2, 3"):
        lab.watch(learn, ["9"])
    with pytest.raises(ValueError, match="'0' is not watched. Watched are: 2, 3"):
        lab.watch(learn).rows("0")


def test_a_watched_model_can_be_copied_and_asking_the_copy_records_nothing(tmp_path):
    learn = small_learner(tmp_path)
    with lab.watch(learn) as watched:
        state = copied_state(learn.model)
        copied = copy.deepcopy(learn.model).eval()
        copied(torch.rand(2, 6))
    assert watched.record() == {}
    assert same_state(learn.model, state)
