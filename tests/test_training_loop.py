"""The loop as a generator: its timeline, its stops, and that it learns."""

import math
from contextlib import closing
from types import SimpleNamespace

import pytest
import torch
from fakes import TensorLoaders
from torch import nn

from lab.core.checks import NonFiniteLoss
from lab.core.events import EpochEnd, Step, ValidStep
from lab.core.losses import CrossEntropyLoss
from lab.core.metrics import accuracy
from lab.core.optimisers import sgd
from lab.core.schedules import flat, linear
from lab.training.learner import ImageLearner


def small_learner(tmp_path, seed=0, **kwargs):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    return ImageLearner(TensorLoaders(tmp_path), model, **{"metrics": accuracy, **kwargs})


def same_state(model, state):
    return all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())


def copied_state(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def test_events_come_as_the_timeline_says(tmp_path):
    learn = small_learner(tmp_path)
    kinds = [type(event).__name__[0] for event in learn.steps(2, flat(1e-3))]
    # 48 training pictures and 24 validation pictures in batches of 8:
    #        S S S S S S  V V V  E   per epoch
    assert "".join(kinds) == 2 * ("SSSSSS" + "VVV" + "E")


def test_nothing_happens_until_the_first_event_is_asked_for(tmp_path):
    learn = small_learner(tmp_path)
    before = copied_state(learn.model)
    learn.steps(1, flat(1e-2))
    assert same_state(learn.model, before)


def test_arguments_are_checked_before_the_first_event(tmp_path):
    learn = small_learner(tmp_path)
    for epochs in (1.5, "3", None):
        with pytest.raises(ValueError, match=f"got epochs={epochs!r}"):
            next(learn.steps(epochs, flat(1e-3)))
    with pytest.raises(ValueError, match="got epochs=0"):
        next(learn.steps(0, flat(1e-3)))
    with pytest.raises(ValueError, match="got 2 lr_scales for 1 layer groups"):
        next(learn.steps(1, flat(1e-3), lr_scales=[1, 1]))
    assert learn.runs == []


def test_the_rate_of_each_step_is_the_schedule_at_its_progress(tmp_path):
    learn = small_learner(tmp_path)
    schedule = linear(1e-3, 2e-3)
    steps = [e for e in learn.steps(2, schedule, validate=False) if isinstance(e, Step)]
    assert [s.progress for s in steps] == [i / 12 for i in range(12)]
    assert [s.lr for s in steps] == [schedule(i / 12) for i in range(12)]
    assert learn.optimiser.param_groups[0]["lr"] == steps[-1].lr


def test_smooth_loss_is_the_bias_corrected_average(tmp_path):
    learn = small_learner(tmp_path)
    steps = [e for e in learn.steps(1, flat(1e-3), validate=False) if isinstance(e, Step)]
    average = 0.0
    for number, step in enumerate(steps):
        average = 0.98 * average + 0.02 * step.loss
        assert step.smooth_loss == pytest.approx(average / (1 - 0.98 ** (number + 1)))


def test_breaking_off_stops_within_one_batch_and_keeps_what_was_learnt(tmp_path):
    learn = small_learner(tmp_path)
    before = copied_state(learn.model)
    with closing(learn.steps(3, flat(1e-2))) as events:
        for event in events:
            if isinstance(event, Step) and event.step == 3:
                break
    assert len(learn.history.steps) == 4
    assert not same_state(learn.model, before)
    assert not learn.model.training


def test_it_can_be_stopped_during_validation(tmp_path):
    learn = small_learner(tmp_path)
    with closing(learn.steps(1, flat(1e-3))) as events:
        first = next(event for event in events if isinstance(event, ValidStep))
    assert first == ValidStep(0, 0, 3, first.loss)
    assert learn.history.epochs == []


def test_gradients_are_on_for_the_consumer_during_validation(tmp_path):
    learn = small_learner(tmp_path)
    for _ in learn.steps(1, flat(1e-3)):
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")


def test_it_equals_the_loop_written_out_by_hand(tmp_path):
    learn = small_learner(tmp_path, opt_func=sgd, wd=0.0)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.95)
    for x, y in TensorLoaders(tmp_path).train:
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    for _ in learn.steps(1, flat(0.05)):
        pass
    for own, bare in zip(learn.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(own, bare, atol=1e-6, rtol=1e-5)


def test_training_learns_and_the_epoch_row_tells_the_truth(tmp_path):
    learn = small_learner(tmp_path)
    events = list(learn.steps(20, flat(1e-2)))
    last = events[-1]
    assert isinstance(last, EpochEnd)
    assert last.metrics["accuracy"] > 0.9
    probabilities, targets = learn.get_preds()
    assert last.metrics["accuracy"] == pytest.approx(accuracy(probabilities, targets))
    losses = torch.nn.functional.nll_loss(probabilities.log(), targets)
    assert last.valid_loss == pytest.approx(losses.item(), rel=1e-4)


def test_a_pause_is_no_training_time(tmp_path, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    clock.perf_counter = lambda: clock.now
    monkeypatch.setattr("lab.core.loop.time", clock)
    learn = small_learner(tmp_path)
    loss_func = learn.loss_func

    def slow(activations, targets):
        clock.now += 2.0
        return loss_func(activations, targets)

    learn.loss_func = slow
    batches, ends = 0, []
    for event in learn.steps(2, flat(1e-3)):
        if isinstance(event, EpochEnd):
            ends.append(event.time)
        else:
            batches += 1
        clock.now += 3600.0
    # two epochs of as many batches, 2 s each, and the loss of the whole validation set
    assert ends == [batches + 2, batches + 2]


def test_a_loss_that_is_not_a_number_stops_before_the_weights_change(tmp_path):
    learn = small_learner(tmp_path)
    count = 0

    def loss(activations, targets):
        nonlocal count
        count += 1
        good = nn.functional.cross_entropy(activations, targets)
        return good * math.nan if count == 4 else good

    learn.loss_func = loss
    states = []
    with pytest.raises(NonFiniteLoss, match=r"nan at step 3, where the learning rate was 1\.0e-03.*lr_find"):
        for _ in learn.steps(1, flat(1e-3)):
            states.append(copied_state(learn.model))
    learn.model.eval()
    weights = {k: v for k, v in states[-1].items() if "weight" in k or "bias" in k}
    assert all(torch.equal(dict(learn.model.named_parameters())[k], v) for k, v in weights.items())


def test_weights_that_are_ruined_already_are_said_to_be(tmp_path):
    learn = small_learner(tmp_path)
    with torch.no_grad():
        next(learn.model.parameters())[0, 0] = math.inf
    with pytest.raises(NonFiniteLoss, match=r"can no longer be used: load\(\) what you saved.*try a tenth"):
        learn.fit(1, 1e-3)


def test_a_loss_of_several_numbers_is_refused_in_words(tmp_path):
    learn = small_learner(tmp_path, loss_func=CrossEntropyLoss(reduction="none"))
    with pytest.raises(ValueError, match=r"a tensor of shape \(8,\); expected one number"):
        learn.fit(1, 1e-3)


def test_batches_of_one_picture_are_refused_where_batch_norm_trains(tmp_path):
    learn = small_learner(tmp_path)
    learn.dls.train.bs = 1
    with pytest.raises(ValueError, match="a single picture, .*bs=2 or more"):
        learn.fit(1, 1e-3)
    learn.dls.valid.bs = 1
    learn.dls.train.bs = 8
    learn.fit(1, 1e-3)


def test_a_metric_that_is_no_function_is_refused_at_once(tmp_path):
    for metrics in ("accuracy", ["accuracy"]):
        with pytest.raises(TypeError, match="metrics: got 'accuracy'.*lab.accuracy"):
            small_learner(tmp_path, metrics=metrics)


def test_same_seed_same_numbers(tmp_path):
    first, second = small_learner(tmp_path), small_learner(tmp_path)
    one = [(e.loss, e.lr) for e in first.steps(2, flat(1e-2), validate=False) if isinstance(e, Step)]
    two = [(e.loss, e.lr) for e in second.steps(2, flat(1e-2), validate=False) if isinstance(e, Step)]
    assert one == two
