"""What may be chosen of a classifier's shape: dropouts of the head, layers left out of the body."""

import pytest
import torch
from torch import nn

import lab
from lab.models.architectures import architecture
from lab.models.classifier import create_classifier, create_head
from lab.training.predictor import load_learner


def dropouts(**options):
    return [layer.p for layer in create_head(8, 3, **options) if isinstance(layer, nn.Dropout)]


def test_one_dropout_is_halved_before_the_last_layer_and_several_are_taken_as_they_are():
    assert dropouts() == [0.25, 0.5]
    assert dropouts(hidden=(), dropout=0.3) == [0.3]
    assert dropouts(hidden=(8, 4), dropout=[0.1, 0.2, 0.3]) == [0.1, 0.2, 0.3]


@pytest.mark.parametrize("dropout", [1.0, -0.1, [0.1, 1.5], [0.1], [0.1, 0.2, 0.3]])
def test_a_dropout_that_cannot_be_is_refused(dropout):
    with pytest.raises(ValueError, match="create_head: "):
        create_head(8, 3, dropout=dropout)


@pytest.mark.parametrize(("name", "features"), [("resnet18", 256), ("mobilenet_v2", 320), ("pocketnet", 96)])
def test_a_shortened_architecture_knows_what_its_body_gives(name, features):
    short = architecture(name).shortened(1)
    assert short.name == f"{name}[:-1]"
    assert short.features == features
    with torch.no_grad():
        assert short.build_body().eval()(torch.zeros(1, 3, 64, 64)).shape[1] == features
    assert architecture(name).shortened(0) is architecture(name)


def test_the_pretrained_weights_of_what_is_left_are_loaded():
    whole, short = (create_classifier(arch, 2) for arch in ("pocketnet", "pocketnet[:-3]"))
    state = whole.body.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in short.body.state_dict().items())
    assert len(short.body) == len(whole.body) - 3
    assert all(group for group in short.groups())


def test_cutting_twice_is_cutting_once():
    assert architecture("resnet18").shortened(1).shortened(1) == architecture("resnet18[:-2]")


@pytest.mark.parametrize("cut", [-1, 7, 100])
def test_a_body_of_less_than_two_layers_is_refused(cut):
    with pytest.raises(ValueError, match="resnet18, whose body has 8. Choose a number from 0 to 6"):
        architecture("resnet18").shortened(cut)
    with pytest.raises(ValueError, match="is not known"):
        architecture("resnet[:-2]")


def test_a_cut_learner_is_exported_and_loaded(tmp_path):
    from small import picture_folder, small_dls

    dls = small_dls(picture_folder(tmp_path / "colours", each=6))
    learn = lab.cnn_learner(dls, "pocketnet", cut=2, hidden=(16,), dropout=(0.1, 0.2), seed=0)
    learn.fit(1, 1e-3)
    picture = dls.valid.pictures.paths[0]
    label, _, probabilities = learn.predict(picture)
    again = load_learner(learn.export()).predict(picture)
    assert again[0] == label
    torch.testing.assert_close(again[2], probabilities, rtol=0, atol=1e-3)
