"""Going on with a learner: other data, other decays, and what is predicted from precomputed activations."""

import numpy as np
import pytest
import torch
from small import picture_folder, small_classifier, small_dls

import lab
from lab.core.optimisers import create_optimiser, group_decays, set_weight_decay, sgd


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "colours", each=6)


def test_other_data_keeps_weights_optimiser_and_what_is_frozen(folder):
    learn = small_classifier(folder, precompute=True)
    learn.fit(1, 1e-3)
    weights = {name: tensor.clone() for name, tensor in learn.model.state_dict().items()}
    steps = len(learn.optimiser.state_dict()["state"])
    path = learn.path
    learn.set_data(small_dls(folder, item_tfms=lab.Resize(96)))
    assert all(torch.equal(weights[name], tensor) for name, tensor in learn.model.state_dict().items())
    assert len(learn.optimiser.state_dict()["state"]) == steps
    assert (learn.path, learn.model.frozen_groups) == (path, 2)
    learn.fit(1, 1e-3)
    assert learn.predictor().pipeline.item_tfms.resize.size == (96, 96)


def test_classes_in_another_number_or_order_are_refused(folder, tmp_path):
    learn = small_classifier(folder)
    (folder / "red").rename(folder / "amber")
    with pytest.raises(ValueError, match="'amber', 'red'. Use data of the same classes"):
        learn.set_data(small_dls(folder))


def test_log_probabilities_stay_finite_where_probabilities_are_nothing(folder):
    learn = small_classifier(folder)
    with torch.no_grad():
        learn.model.head[-1].bias.copy_(torch.tensor([500.0, 0.0, 0.0]))
    logs, targets = learn.get_preds(log=True)
    probs, _ = learn.get_preds()
    assert torch.isfinite(logs).all()
    assert (probs[:, 1] == 0).all()
    torch.testing.assert_close(logs.exp(), probs, rtol=0, atol=1e-5)
    assert len(targets) == len(learn.dls.valid.pictures)


def test_unlabelled_pictures_are_predicted_from_their_activations(folder, own_home):
    learn = small_classifier(folder, precompute=True)
    learn.dls.test = learn.dls.test_dl(sorted(folder.rglob("*.png")))
    probs, targets = learn.get_preds(ds_idx=2)
    assert set(targets.tolist()) == {-1}
    assert len(list((own_home / "cache").glob("activations-*"))) == 1
    learn.precompute = False
    torch.testing.assert_close(learn.get_preds(ds_idx=2)[0], probs, rtol=0, atol=0.02)


def test_a_decay_for_each_group_spares_biases():
    groups = [list(torch.nn.Linear(2, 2).parameters()), list(torch.nn.Linear(2, 2).parameters())]
    optimiser = create_optimiser(groups, sgd, [0.1, 0.2])

    def found():
        return [(g["layer_group"], g["params"][0].ndim, g["weight_decay"]) for g in optimiser.param_groups]

    assert found() == [(0, 2, 0.1), (0, 1, 0.0), (1, 2, 0.2), (1, 1, 0.0)]
    set_weight_decay(optimiser, np.array([0.3, 0.4]))
    assert found() == [(0, 2, 0.3), (0, 1, 0.0), (1, 2, 0.4), (1, 1, 0.0)]
    set_weight_decay(optimiser, 0.5)
    assert found() == [(0, 2, 0.5), (0, 1, 0.0), (1, 2, 0.5), (1, 1, 0.0)]


@pytest.mark.parametrize("decay", [[0.1], [0.1, 0.2, 0.3], -0.1, float("nan"), [0.1, -0.2]])
def test_a_decay_that_cannot_be_is_refused(decay):
    with pytest.raises(ValueError, match="wd: "):
        group_decays(decay, 2)
