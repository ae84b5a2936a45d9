"""The core's contracts where things enter it: any model, loss, optimiser, metric, batches; or a sentence."""

import copy
import pickle
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from fakes import TensorLoaders
from hypothesis import given, settings, strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lab
from lab.core.evaluation import evaluation_copy
from lab.core.finder import find_lr
from lab.core.history import lower_is_better
from lab.core.learner import Learner
from lab.training.item_losses import item_losses


class Halves(nn.Sequential):
    """Two layer groups, and the freezing that a Classifier has."""

    def groups(self):
        return [[self[0], self[1]], [self[3]]]

    def freeze_to(self, n):
        for number, modules in enumerate(self.groups()):
            for module in modules:
                module.requires_grad_(number >= n)


def network(outputs=3):
    return Halves(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, outputs))


def make(folder, model=None, **options):
    lab.set_seed(0)
    return lab.Learner(TensorLoaders(folder), model or network(), **options)


def losses(learn):
    return [row["loss"] for row in learn.history.steps]


# --- the same numbers as before the core was taken out


def test_a_short_run_gives_the_numbers_it_gave_before_the_core_was_moved(tmp_path):
    learn = make(tmp_path, metrics=lab.accuracy)
    learn.fit_one_cycle(2, slice(1e-3, 1e-2))
    assert [round(losses(learn)[i], 5) for i in (0, -1)] == [1.21197, 1.30609]
    learn = make(tmp_path, opt_func=lab.core.optimisers.sgd, wd=0.1)
    learn.fit_sgdr(2, 1e-2, cycle_mult=2)
    assert round(losses(learn)[5], 5) == 1.16317
    assert round(learn.lr_find(num_it=20, show=False).losses[0], 5) == 0.79922


# --- what is in the model and requires grad is what trains


def change_last_layer(learn):
    learn.model[3] = nn.Linear(8, 3)
    return learn.model[3]


def change_attribute(learn):
    learn.model.scale = nn.Linear(3, 3)
    learn.model.forward = lambda x: learn.model.scale(nn.Sequential.forward(learn.model, x))
    return learn.model.scale


def change_model(learn):
    learn.model = network()
    return learn.model


@pytest.mark.parametrize("change", [change_last_layer, change_attribute, change_model])
@pytest.mark.parametrize("trained_before", [False, True])
def test_a_layer_that_is_put_in_later_trains(tmp_path, change, trained_before):
    learn = make(tmp_path)
    if trained_before:
        learn.fit(1, 1e-2)
    new = change(learn)
    before = [p.detach().clone() for p in new.parameters()]
    learn.fit(1, 1e-2)
    assert not any(torch.equal(a, b) for a, b in zip(before, new.parameters(), strict=True))


def test_what_the_optimiser_knew_of_the_other_layers_stays(tmp_path):
    learn = make(tmp_path)
    learn.fit(1, 1e-2)
    kept, known = learn.model[0].weight, learn.optimiser.state[learn.model[0].weight]["exp_avg"].clone()
    change_last_layer(learn)
    learn.match_optimiser()
    assert torch.equal(learn.optimiser.state[kept]["exp_avg"], known)
    assert set(learn.optimiser.state) <= set(learn.model.parameters())


def test_an_optimiser_of_ones_own_trains_and_is_refused_when_the_model_has_changed(tmp_path):
    model = network()
    learn = make(tmp_path, model, opt_func=torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5))
    before = model[0].weight.detach().clone()
    learn.fit(1, 1e-2)
    assert not torch.equal(before, model[0].weight)
    assert learn.optimiser.param_groups[0]["momentum"] == 0.5
    change_last_layer(learn)
    with pytest.raises(ValueError, match=r"lacks 2 tensors of the model that train and holds 2 that are not"):
        learn.fit(1, 1e-2)


def test_an_optimiser_of_another_model_is_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match="holds 1 that are not the model's"):
        make(tmp_path, opt_func=torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1))


def test_a_model_with_every_layer_frozen_is_refused_in_words(tmp_path):
    learn = make(tmp_path)
    learn.model.requires_grad_(False)
    with pytest.raises(ValueError, match="every layer is frozen, so nothing would learn"):
        learn.fit(1)


# --- an optimiser keeps what it was given


@pytest.mark.parametrize(
    ("factory", "key", "value"),
    [
        (partial(torch.optim.SGD, momentum=0.0, lr=0.1), "momentum", 0.0),
        (partial(torch.optim.SGD, momentum=0.7), "momentum", 0.7),
        (torch.optim.SGD, "momentum", 0),
        (partial(torch.optim.AdamW, weight_decay=0.3), "weight_decay", 0.3),
        (partial(torch.optim.Adam, betas=(0.8, 0.95)), "betas", (0.8, 0.95)),
        (lambda groups: torch.optim.RMSprop(groups, alpha=0.5), "alpha", 0.5),
    ],
)
def test_the_optimisers_own_arguments_stay(tmp_path, factory, key, value):
    learn = make(tmp_path, opt_func=factory)
    learn.fit_one_cycle(1, 1e-3)
    assert {group[key] for group in learn.optimiser.param_groups} == {value}


def test_what_is_asked_of_the_learner_is_done_and_a_later_fit_has_the_optimisers_own_again(tmp_path):
    learn = make(tmp_path, opt_func=partial(torch.optim.AdamW, weight_decay=0.3))
    learn.fit(1, 1e-3, wd=0.1)
    assert 0.1 in {group["weight_decay"] for group in learn.optimiser.param_groups}
    learn.fit(1, 1e-3)
    assert {group["weight_decay"] for group in learn.optimiser.param_groups} == {0.3}
    given = make(tmp_path, opt_func=partial(torch.optim.SGD, momentum=0.1), moms=(0.9, 0.8, 0.9))
    given.fit(1, 1e-3)
    assert given.history.steps[-1]["momentum"] == 0.9


def test_an_optimiser_that_takes_a_single_group_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match=r"LBFGS.* cannot be made of 4 parameter groups"):
        make(tmp_path, opt_func=torch.optim.LBFGS)


# --- any network, and a sentence for an output that does not fit


class Answers(nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.layer, self.answer = nn.Linear(6, 3), answer

    def forward(self, x):
        return self.answer(self.layer(x))


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (lambda y: y[:, :1], ValueError, r"\(8, 1\) for 8 pictures of 3 classes; expected \(8, 3\)"),
        (lambda y: torch.cat([y, y], 1), ValueError, r"\(8, 6\) for 8 pictures of 3 classes"),
        (lambda y: y[:, 0], ValueError, r"\(8,\) for 8 pictures"),
        (lambda y: y[:, :, None, None], ValueError, r"\(8, 3, 1, 1\) for 8 pictures"),
        (lambda y: (y, y), TypeError, "returned a tuple, not a tensor"),
        (lambda y: {"logits": y}, TypeError, "returned a dict, not a tensor"),
        (lambda y: y.long(), TypeError, "gave torch.int64; expected floating-point"),
    ],
)
def test_the_first_output_is_held_against_the_classes(tmp_path, answer, error, words):
    learn = make(tmp_path, Answers(answer))
    before = [p.detach().clone() for p in learn.model.parameters()]
    with pytest.raises(error, match=words):
        learn.fit(1)
    assert all(torch.equal(a, b) for a, b in zip(before, learn.model.parameters(), strict=True))


def test_a_network_that_cannot_take_the_batch_is_told_its_shape(tmp_path):
    with pytest.raises(RuntimeError, match=r"could not take the first batch, x of shape \(8, 6\)"):
        make(tmp_path, nn.Linear(5, 3)).fit(1)


def test_the_core_learns_anything_from_torchs_own_loaders():
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = TensorDataset(x, x.sum(1, keepdim=True))
    loaders = DataLoader(data, 16, shuffle=True), DataLoader(data, 16)
    learn = Learner(loaders, nn.Linear(4, 1), F.mse_loss, metrics=lambda p, y: float((p - y).abs().mean()))
    learn.fit(40, 3e-2)
    assert learn.history.epochs[-1]["valid_loss"] < 0.05
    assert learn.validate() == {
        "loss": learn.history.epochs[-1]["valid_loss"],
        "metric": pytest.approx(0, abs=0.3),
    }
    assert torch.equal(learn.get_preds()[0], learn.model(x).detach())


@pytest.mark.parametrize("data", [(iter([]), []), "folder", ([1],), None, (i for i in ())])
def test_data_that_cannot_be_gone_through_again_is_refused(data):
    with pytest.raises(TypeError, match=r"Learner: got a .* as data. Give DataLoaders, or a pair"):
        Learner(data, nn.Linear(1, 1))


def test_predictions_of_bare_tensors_and_of_batches_without_targets(tmp_path):
    learn = make(tmp_path)
    x, y = next(iter(learn.dls.valid))
    full = learn.get_preds(dl=[(x, y)])
    for batch in (x, (x,), [x]):
        predictions, targets = learn.get_preds(dl=[batch])
        assert torch.equal(predictions, full[0]) and set(targets.tolist()) == {-1}
    with pytest.raises(TypeError, match="batch: got dict. A batch is a pair of tensors"):
        learn.get_preds(dl=[{"x": x}])


# --- the loss of the whole set, and of each picture

WEIGHT = torch.tensor([1.0, 20.0, 3.0])


@pytest.mark.parametrize("bs", [1, 2, 5, 8, 24])
@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(weight=WEIGHT),
        partial(F.cross_entropy, weight=WEIGHT, label_smoothing=0.1),
        nn.CrossEntropyLoss(ignore_index=1),
        nn.CrossEntropyLoss(reduction="sum"),
        lab.CrossEntropyLoss(weight=WEIGHT),
        lab.CrossEntropyLoss(),
    ],
    ids=["weighted", "partial", "ignoring", "sum", "ours, weighted", "ours"],
)
def test_the_validation_loss_does_not_depend_on_the_batch_size(tmp_path, bs, loss):
    learn = make(tmp_path, loss_func=loss)
    learn.dls.valid.bs = bs
    activations, targets = learn.activations()
    expected = loss(activations, targets).item()
    assert learn.validate()["loss"] == pytest.approx(expected, rel=1e-6)
    *_, end = learn.steps(1, lambda progress: 0.0)
    activations, targets = learn.activations()  # batch norm has measured the batches meanwhile
    assert end.valid_loss == pytest.approx(loss(activations, targets).item(), rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 999),
    st.sampled_from(["mean", "sum", "none"]),
    st.sampled_from([0.0, 0.1, 0.7]),
    st.booleans(),
    st.sampled_from([-100, 0, 2]),
)
def test_cross_entropy_equals_torchs_with_every_option(seed, reduction, smoothing, weighted, ignored):
    generator = torch.Generator().manual_seed(seed)
    acts = (3 * torch.randn(7, 4, generator=generator)).requires_grad_()
    targets = torch.randint(0, 4, (7,), generator=generator)
    targets[0] = 1  # of none at all, the mean is NaN
    weight = torch.rand(4, generator=generator) + 0.1 if weighted else None
    options = {
        "reduction": reduction,
        "label_smoothing": smoothing,
        "weight": weight,
        "ignore_index": ignored,
    }
    ours, theirs = lab.CrossEntropyLoss(**options)(acts, targets), F.cross_entropy(acts, targets, **options)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)
    (one,) = torch.autograd.grad(ours.sum(), acts)
    (other,) = torch.autograd.grad(theirs.sum(), acts)
    torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-6)


def test_class_weights_of_another_number_are_refused():
    with pytest.raises(ValueError, match="2 weights for 3 classes. Give one each"):
        lab.CrossEntropyLoss(weight=[1, 2])(torch.zeros(1, 3), torch.tensor([0]))


class HandsOn(nn.Module):
    """Hands `reduction` on once, and then only keeps it."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction, self.ce = reduction, nn.CrossEntropyLoss(label_smoothing=0.1, reduction=reduction)

    def forward(self, acts, targets):
        return self.ce(acts, targets)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (nn.CrossEntropyLoss(weight=WEIGHT), partial(F.cross_entropy, weight=WEIGHT, reduction="none")),
        (partial(F.cross_entropy, weight=WEIGHT), partial(F.cross_entropy, weight=WEIGHT, reduction="none")),
        (lab.CrossEntropyLoss(weight=WEIGHT), partial(F.cross_entropy, weight=WEIGHT, reduction="none")),
        (F.cross_entropy, partial(F.cross_entropy, reduction="none")),
        (HandsOn(), partial(F.cross_entropy, label_smoothing=0.1, reduction="none")),
        (lambda a, y: F.cross_entropy(a, y), partial(F.cross_entropy, reduction="none")),
        (nn.MultiMarginLoss(), partial(F.multi_margin_loss, reduction="none")),
        (lambda a, y: F.cross_entropy(a, y) + 1, lambda a, y: F.cross_entropy(a, y, reduction="none") + 1),
    ],
    ids=["weighted", "partial", "ours", "function", "hands on", "lambda", "margin", "more"],
)
def test_every_loss_can_be_asked_for_each_picture(loss, expected):
    acts, targets = (
        torch.randn(6, 3, generator=torch.Generator().manual_seed(0)),
        torch.tensor([0, 1, 2, 0, 1, 2]),
    )
    before = copy.deepcopy(loss)(acts, targets)
    torch.testing.assert_close(item_losses(loss, acts, targets), expected(acts, targets))
    assert torch.equal(loss(acts, targets), before), "the loss itself is left as it was"


# --- metrics


def test_two_metrics_never_share_a_column(tmp_path):
    top = lab.top_k_accuracy
    metrics = [
        partial(top, k=1),
        partial(top, k=3),
        lambda p, y: 0.25,
        lambda p, y: 0.75,
        lab.accuracy,
        lab.accuracy,
    ]
    learn = make(tmp_path, metrics=metrics)
    learn.fit(1)
    row = learn.history.epochs[-1]
    names = ["top_k_accuracy(k=1)", "top_k_accuracy(k=3)", "metric", "metric 2", "accuracy", "accuracy 2"]
    assert list(learn.history.columns[3:-1]) == names
    assert (row["metric"], row["metric 2"], row["top_k_accuracy(k=3)"]) == (0.25, 0.75, 1.0)


def test_a_metric_called_as_a_column_of_the_table_gets_a_name_of_its_own(tmp_path):
    def time(preds, targets):
        return 7.0

    learn = make(tmp_path, metrics=time)
    learn.fit(1)
    assert learn.history.epochs[-1]["time 2"] == 7.0 and learn.history.epochs[-1]["time"] < 60


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (f1_score, "metrics: f1_score failed on a trial batch .*lab.from_sklearn"),
        (lambda p, y: None, "metric failed .*it returned a NoneType"),
        (lambda p, y: torch.ones(3), r"it returned a Tensor of shape \(3,\)"),
        (lambda p: 1.0, "TypeError: .*predictions .* and then targets"),
        (lab.top_k(5), "top_5_accuracy failed .*k=5 with 3 classes"),
    ],
)
def test_a_metric_that_cannot_work_is_named_before_anything_is_trained(tmp_path, metric, words):
    learn = make(tmp_path, metrics=metric)
    with pytest.raises(ValueError, match=words):
        learn.fit(1)
    assert learn.runs == []


def test_scores_of_sklearn_are_metrics(tmp_path):
    scores = [
        lab.from_sklearn(f1_score, average="macro"),
        lab.from_sklearn(balanced_accuracy_score),
        lab.from_sklearn(roc_auc_score, probabilities=True, multi_class="ovr"),
    ]
    learn = make(tmp_path, metrics=scores)
    learn.fit(3, 1e-2)
    predictions, targets = learn.get_preds()
    found = learn.validate()
    assert found["f1_score(average=macro)"] == f1_score(targets, predictions.argmax(1), average="macro")
    assert found["balanced_accuracy_score"] == balanced_accuracy_score(targets, predictions.argmax(1))
    auc = roc_auc_score(targets, predictions.double() / predictions.double().sum(1, True), multi_class="ovr")
    assert found["roc_auc_score(multi_class=ovr)"] == pytest.approx(auc)


def test_a_metric_with_an_error_or_a_loss_in_its_name_falls():
    assert lower_is_better("error_rate") and lower_is_better("log_loss") and not lower_is_better("accuracy")


# --- early stopping, the best weights, going on, adding gradients up


def test_it_stops_when_it_has_got_no_better_for_so_many_epochs(tmp_path, capsys):
    values = iter([0.5, 0.4, 0.45, 0.41, 0.1])
    learn = make(tmp_path, metrics=lambda p, y: 0.0)
    learn.metrics = [lambda p, y: next(values) if len(y) > 3 else 0.0]
    learn.metrics[0].__name__ = "my_error"
    learn.fit(5, 1e-3, patience=2, monitor="my_error")
    assert [row["my_error"] for row in learn.history.epochs] == [0.5, 0.4, 0.45, 0.41]
    assert "Stopped early after epoch 4 of 5" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["option", "wrapper", "broken off"])
def test_the_best_weights_are_kept(tmp_path, way):
    learn, values, weights = make(tmp_path), iter([0.1, 0.9, 0.5]), []

    def score(preds, targets):
        if len(targets) <= 3:
            return 0.0
        weights.append(learn.model[0].weight.detach().clone())
        return next(values)

    learn.metrics = [score]
    if way == "option":
        learn.fit(3, 1e-2, keep_best=True, monitor="score")
    else:
        events = lab.keep_best(learn.steps(3, lab.constant(1e-2)), learn.model, "score")
        for event in events:
            if way == "broken off" and isinstance(event, lab.EpochEnd) and event.epoch == 2:
                break
        events.close()
    assert torch.equal(learn.model[0].weight, weights[1])


def test_a_column_that_is_not_there_cannot_be_watched(tmp_path):
    with pytest.raises(ValueError, match="an epoch has no 'f1' to watch; it has train_loss, valid_loss"):
        make(tmp_path).fit(2, patience=1, monitor="f1")


def test_a_run_that_was_cut_off_goes_on_to_the_same_numbers(tmp_path):
    whole, first, second = make(tmp_path), make(tmp_path), make(tmp_path)
    whole.fit_one_cycle(4, 1e-2)
    for event in first.steps(4, lab.one_cycle(1e-2), momentum=lab.core.schedules.one_cycle_momentum()):
        if isinstance(event, lab.EpochEnd) and event.epoch == 1:
            break
    first.save("half")
    second.load("half")
    second.dls.train.set_rng_state(first.dls.train.rng_state())
    second.fit_one_cycle(4, 1e-2, start_epoch=2)
    assert [row["epoch"] for row in second.history.epochs] == [2, 3]
    assert [row["lr"] for row in second.history.steps] == [row["lr"] for row in whole.history.steps[12:]]
    assert losses(second) == losses(whole)[12:]
    with pytest.raises(ValueError, match=r"got start_epoch=4 \(from 0\) .* for 4 epochs"):
        second.fit(4, start_epoch=4)


def test_four_batches_count_as_one(tmp_path):
    model = nn.Linear(6, 3)
    large = Learner(TensorLoaders(tmp_path, bs=24), copy.deepcopy(model), opt_func=torch.optim.SGD)
    small = Learner(TensorLoaders(tmp_path, bs=6), copy.deepcopy(model), opt_func=torch.optim.SGD)
    for learn in (large, small):
        learn.dls.train.shuffle = False
    large.fit(2, 0.1)
    small.fit(2, 0.1, accumulate=4)
    assert len(small.history.steps) == 4 * len(large.history.steps)
    for one, other in zip(large.model.parameters(), small.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("option", ["cbs", "callbacks", "max_epochs", "reset_opt"])
@pytest.mark.parametrize("way", ["fit", "fit_one_cycle", "fit_sgdr", "fine_tune"])
def test_a_keyword_of_another_library_names_the_way_and_changes_nothing(tmp_path, way, option):
    learn = make(tmp_path)
    before = [p.requires_grad for p in learn.model.parameters()]
    with pytest.raises(
        TypeError, match=f"{way}: there is no argument '{option}' here: .*Nothing was changed"
    ):
        getattr(learn, way)(1, **{option: []})
    assert [p.requires_grad for p in learn.model.parameters()] == before and learn.runs == []
    with pytest.raises(TypeError, match=f"Learner: there is no argument '{option}'"):
        make(tmp_path, **{option: []})


# --- a loss that cannot work is named, and batches are counted


@pytest.mark.parametrize(
    ("loss_func", "said"),
    [
        (lambda targets, acts: F.cross_entropy(acts, targets), r"activations \(n, 3\) and then targets"),
        (nn.CrossEntropyLoss(weight=torch.ones(5)), "CrossEntropyLoss fails .*weight"),
        (nn.BCEWithLogitsLoss(), "BCEWithLogitsLoss fails .*must be the same as input"),
    ],
)
def test_a_loss_that_cannot_work_is_named_and_nothing_has_changed(tmp_path, loss_func, said):
    learn = make(tmp_path, nn.Linear(6, 3), loss_func=loss_func)
    before = copy.deepcopy(learn.model.state_dict())
    for train in (lambda: learn.fit(1), lambda: learn.lr_find(show=False)):
        with pytest.raises(ValueError, match=f"loss_func: .*{said}"):
            train()
    assert all(torch.equal(before[name], tensor) for name, tensor in learn.model.state_dict().items())


def test_an_error_that_is_not_the_losses_is_left_as_it_is(tmp_path):
    calls = []

    def fails_later(acts, targets):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the disk is gone")
        return F.cross_entropy(acts, targets)

    with pytest.raises(RuntimeError, match="the disk is gone"):
        make(tmp_path, loss_func=fails_later).fit(1)


def test_a_loss_that_is_a_class_is_refused(tmp_path):
    with pytest.raises(
        TypeError, match=r"loss_func: got the class CrossEntropyLoss. Make one: CrossEntropyLoss\(\)"
    ):
        make(tmp_path, loss_func=nn.CrossEntropyLoss)


class Stream(torch.utils.data.IterableDataset):
    def __iter__(self):
        return iter([(torch.ones(6), 0)] * 8)


def test_batches_without_a_length_are_refused():
    stream = DataLoader(Stream(), batch_size=4)
    with pytest.raises(
        TypeError, match="a DataLoader whose length is not known .* give its dataset a __len__"
    ):
        lab.Learner((stream, stream), network())


def test_a_metric_that_could_not_be_tried_is_named_when_it_fails():
    data = DataLoader(TensorDataset(torch.rand(12, 6), torch.arange(12) % 3), batch_size=4)
    learn = lab.Learner((data, data), network(), metrics=lambda preds, targets: preds.argmax(1) == targets)
    with pytest.raises(ValueError, match=r"metrics: metric failed .* Tensor of shape \(3,\)"):
        learn.fit(1)


# --- the finder without a learner, copies, and predictions that disturb nobody


def test_the_finder_takes_a_model_a_loss_an_optimiser_and_batches():
    torch.manual_seed(0)
    model, x = nn.Linear(4, 2), torch.randn(64, 4)
    batches = [(part, (part[:, 0] > 0).long()) for part in x.split(8)]
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before = copy.deepcopy(model.state_dict())
    curve = find_lr(model, F.cross_entropy, optimiser, batches, 1e-4, 10, num_it=30)
    assert len(curve.lrs) <= 30 and curve.lrs[0] == pytest.approx(1e-4)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert optimiser.state == {} and optimiser.param_groups[0]["lr"] == 0.1


def test_a_learner_can_be_copied_and_pickled_and_goes_on_by_itself(tmp_path):
    learn = make(tmp_path, metrics=lab.accuracy)
    learn.fit(1, 1e-2)
    for other in (copy.deepcopy(learn), pickle.loads(pickle.dumps(learn))):
        assert torch.equal(other.get_preds()[0], learn.get_preds()[0])
        before = learn.model[0].weight.detach().clone()
        other.fit(1, 1e-2)
        assert torch.equal(learn.model[0].weight, before)
        assert not torch.equal(other.model[0].weight, before)


class Unusual(nn.Module):
    """Holds a child in a list too, a hook, and something that cannot be copied."""

    def __init__(self, lock=None):
        super().__init__()
        self.drop, self.lock = nn.Dropout(0.5), lock
        self.layers = [self.drop]

    def forward(self, x):
        return self.layers[0](x)


def test_a_prediction_leaves_the_mode_alone_and_reaches_every_child():
    model = Unusual().train()
    seen = []
    model.drop.register_forward_hook(lambda module, args, output: seen.append(module.training))
    twin = evaluation_copy(model)
    x = torch.ones(100)
    assert torch.equal(twin(x), x) and seen == [False]
    assert model.drop.training and not torch.equal(model(x), x)


def test_a_model_that_cannot_be_copied_is_predicted_with_all_the_same():
    import threading

    model = nn.Sequential(Unusual(threading.Lock()), nn.Linear(2, 2)).train()
    twin = evaluation_copy(model)
    assert twin[1].weight is model[1].weight
    assert not twin[0].drop.training and model[0].drop.training
