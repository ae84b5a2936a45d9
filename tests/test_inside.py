"""Looking inside: the layers chosen, what they answer, where a class was found, and who is near."""

import numpy as np
import pytest
import torch
from PIL import Image
from small import picture_folder, small_classifier
from test_training_loop import copied_state, same_state, small_learner
from torch import nn

import lab
from lab.inside import as_seen, colour_map, nearest, overlay, strongest
from lab.inside.colour_map import lab_of
from lab.models.classifier import Classifier, ConcatPool, create_classifier, create_head


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=8)


def hooks_on(model):
    return sum(len(module._forward_hooks) for module in model.modules())


def modes(model):
    return [module.training for module in model.modules()]


# the layers worth looking at


@pytest.mark.parametrize(
    "arch", ["pocketnet", "mobilenet_v2", "resnet18", "efficientnet_b0", "resnet18[:-1]"]
)
def test_the_layers_of_a_classifier_are_the_ends_of_its_stages_and_those_of_its_head(arch):
    model = create_classifier(arch, 3, pretrained=False)
    described = lab.layers(model)
    answers = lab.activations(model, torch.rand(1, 3, 64, 64))
    assert list(answers) == list(described)
    in_body = {name: answer for name, answer in answers.items() if name.startswith("body")}
    sides = [answer.shape[-1] for answer in in_body.values()]
    assert sides == [32, 16, 8, 4, 2][: len(sides)]
    assert len(sides) >= 4
    last = list(model.body.named_children())[-1][0]
    assert list(in_body)[-1] == f"body.{last}"
    for name, answer in in_body.items():
        size = f"1/{64 // answer.shape[-1]} of the picture"
        assert described[name].endswith(f"{answer.shape[1]} maps of {size}")
    assert described["head.3"] == "head: 512 hidden numbers after ReLU"
    assert described["head.6"] == "head: 3 classes"


def test_of_another_module_the_layers_with_weights_are_taken_after_their_activation_function():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 5),
        nn.Dropout(),
        nn.GELU(),
    )
    assert lab.layers(model) == {"2": "4 maps after ReLU", "4": "5 numbers"}


def test_of_a_deep_module_a_handful_is_taken_with_the_first_and_the_last():
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(50)))
    names = list(lab.layers(model))
    assert len(names) == 8
    assert names[0] == "0"
    assert names[-1] == "49"


# activations


def test_the_activations_are_those_of_a_forward_pass_in_eval_mode(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    x = learn.dls.pipeline().batch([path])
    got = lab.activations(learn, path)
    model = learn.model.eval()
    with torch.no_grad():
        # Within the model batch norm is folded, which rounds otherwise.
        torch.testing.assert_close(got["body.12"], model.body(model.normalise(x)), rtol=1e-4, atol=1e-5)
        assert torch.equal(got["head.6"], model(x))
        assert torch.equal(got["head.3"], model.head[:4](model.features(x)))
    assert not any(answer.requires_grad for answer in got.values())


def test_what_a_layer_answered_is_kept_from_changes_in_place():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True))
    x = torch.tensor([[1.0, -2.0]])
    model[0].weight.data, model[0].bias.data = torch.eye(2), torch.zeros(2)
    got = lab.activations(model, x, ["0", "1"])
    assert got["0"].tolist() == [[1, -2]]
    assert got["1"].tolist() == [[1, 0]]


@pytest.mark.parametrize("fails", [False, True])
def test_looking_leaves_the_modes_and_no_hooks_also_after_an_exception(folder, fails):
    learn = small_classifier(folder)
    model = learn.model.train()
    model.body[3].eval()
    before, state = modes(model), copied_state(model)
    x = torch.rand(2, 2 if fails else 3, 64, 64)  # two colours are no picture
    for look in (lab.activations, lambda source, x: lab.class_activation_map(source, x[0])):
        if fails:
            with pytest.raises(RuntimeError):
                look(learn, x)
        else:
            look(learn, x)
        assert modes(model) == before
        assert hooks_on(model) == 0
        assert same_state(model, state)
        assert all(parameter.grad is None for parameter in model.parameters())


def test_several_pictures_and_a_batch_give_the_same(folder):
    learn = small_classifier(folder)
    paths = lab.get_image_files(folder)[:3]
    x = learn.dls.pipeline().batch(paths)
    from_paths = lab.activations(learn, paths, "body.3")["body.3"]
    assert from_paths.shape[0] == 3
    assert torch.equal(from_paths, lab.activations(learn.model, x, ["body.3"])["body.3"])
    assert torch.equal(from_paths, lab.activations(learn.predictor(), paths, ["body.3"])["body.3"])


def test_an_unknown_layer_lists_those_that_there_are():
    with pytest.raises(ValueError, match=r"no 'layer9'. Worth looking at are: 0, 1; model.named_modules"):
        lab.activations(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), torch.rand(1, 2), ["layer9"])


class Odd(nn.Module):
    """One layer that answers with a tuple, and one that never runs."""

    def __init__(self):
        super().__init__()
        self.pair, self.idle = nn.LSTM(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        return self.pair(x)[0]


def test_layers_that_do_not_run_or_give_no_tensor_are_refused_in_words():
    with pytest.raises(ValueError, match="idle did not run"):
        lab.activations(Odd(), torch.rand(1, 2), ["idle"])
    with pytest.raises(TypeError, match="'pair' gives a tuple, not a tensor"):
        lab.activations(Odd(), torch.rand(1, 2), ["pair"])
    assert lab.activations(Odd(), torch.rand(1, 2)) == {}


def test_what_cannot_be_looked_into_is_refused_in_words(tmp_path):
    with pytest.raises(TypeError, match="inside: got a str. Give a learner"):
        lab.activations("resnet18", torch.rand(1, 2))
    with pytest.raises(TypeError, match="a Linear alone does not know how pictures are prepared"):
        lab.activations(nn.Linear(2, 2), tmp_path / "cat.jpg")
    with pytest.raises(TypeError, match=r"got a tensor of torch.uint8.*divide bytes by 255"):
        lab.activations(nn.Linear(2, 2), torch.zeros(1, 2, dtype=torch.uint8))


# feature maps


def test_feature_maps_are_the_strongest_channels_each_scaled_by_itself():
    maps = torch.zeros(4, 2, 2)
    maps[1] = torch.tensor([[0.0, 2.0], [4.0, 8.0]])
    maps[2] = torch.tensor([[-9.0, -9.0], [-9.0, 9.0]])
    maps[3] = 1.0
    assert strongest(maps, 3) == [2, 1, 3]
    tiles = lab.feature_maps(maps[None], 3)
    assert tiles[0].tolist() == [[0, 0], [0, 1]]
    assert tiles[1].tolist() == [[0, 0.25], [0.5, 1]]
    assert tiles[2].tolist() == [[0, 0], [0, 0]]
    assert lab.feature_maps(maps, 16).shape == (4, 2, 2)


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 512), (4, 4)])
def test_feature_maps_of_something_else_are_refused(shape):
    with pytest.raises(ValueError, match=r"Maps of one picture have \(c, h, w\)"):
        lab.feature_maps(torch.zeros(shape))


# class activation maps


class Tiny(nn.Module):
    """One 1x1 convolution, pooling and a linear layer, all without a bias."""

    def __init__(self, pool):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 2, 1, bias=False), pool
        self.linear = nn.Linear(4 if isinstance(pool, ConcatPool) else 2, 3, bias=False)

    def forward(self, x):
        return self.linear(self.pool(self.conv(x)).flatten(1))


def tiny(pool):
    torch.manual_seed(1)
    model = Tiny(pool)
    model.conv.weight.data.abs_()  # so that all maps are positive
    return model, torch.rand(1, 3, 4, 4)


@pytest.mark.parametrize("weights", [(1.0, -0.5), (-0.5, 1.0), (-1.0, -1.0)])
def test_under_average_pooling_the_map_is_that_of_the_class_weights_reckoned_by_hand(weights):
    # activation of class 1 = sum over places of sum_c w[c] A[c] / 16, so each place's share is known
    model, x = tiny(nn.AdaptiveAvgPool2d(1))
    model.linear.weight.data[1] = torch.tensor(weights)
    maps = torch.einsum("oc,chw->ohw", model.conv.weight[:, :, 0, 0].detach(), x[0])
    by_hand = torch.einsum("o,ohw->hw", torch.tensor(weights), maps).relu()
    assert (by_hand.max() > 0) == (max(weights) > 0)
    got = lab.class_activation_map(model, x, 1)
    torch.testing.assert_close(got, by_hand / by_hand.max().clamp(min=1e-12))


def test_under_concat_pooling_the_maximum_counts_where_it_stands():
    model, x = tiny(ConcatPool())
    with torch.no_grad():
        maps = model.conv(x)[0]
        average, maximum = model.linear.weight[0].abs().view(2, 2)  # of each of the two maps
        model.linear.weight[0] = torch.cat([average, maximum])
        by_hand = torch.einsum("c,chw->hw", average, maps) / 16
        for c in range(2):
            place = divmod(int(maps[c].argmax()), 4)
            by_hand[place] += maximum[c] * maps[c][place]
    got = lab.class_activation_map(model, x, 0)
    torch.testing.assert_close(got, by_hand.relu() / by_hand.max())


def test_the_map_has_the_size_of_the_picture_and_shows_the_place_that_spoke(folder):
    model = Classifier(
        create_classifier("pocketnet", 2, pretrained=False).arch,
        nn.Sequential(nn.AvgPool2d(8), nn.Conv2d(3, 1, 1, bias=False)),
        nn.Linear(2, 2, bias=False),
    )
    model.body[1].weight.data.fill_(1.0)
    model.head.weight.data = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
    x = torch.full((3, 64, 96), 0.45)
    x[:, 40:48, 16:24] = 1.0
    cam = lab.class_activation_map(model, x)
    assert cam.shape == (64, 96)
    assert cam.max() == 1
    assert cam.min() >= 0
    down, across = divmod(int(cam.argmax()), 96)
    assert 40 <= down < 48
    assert 16 <= across < 24
    assert lab.class_activation_map(model, x, 1).max() == 0  # nothing speaks for the other class


def test_a_frozen_body_has_the_same_map_and_the_weights_get_no_gradient(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    with torch.no_grad():  # as a caller may have it
        frozen = lab.class_activation_map(learn, path, "red")
    learn.unfreeze()
    assert torch.equal(frozen, lab.class_activation_map(learn, path, "red"))
    assert all(parameter.grad is None for parameter in learn.model.parameters())
    assert frozen.max() == 1


def test_without_a_label_the_map_is_that_of_the_prediction(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    label, index, _ = learn.predict(path)
    cam = lab.class_activation_map(learn, path)
    assert torch.equal(cam, lab.class_activation_map(learn, path, label))
    assert torch.equal(cam, lab.class_activation_map(learn, path, index))
    others = [lab.class_activation_map(learn, path, i) for i in range(3) if i != index]
    assert not any(torch.equal(cam, other) for other in others)


def test_another_layer_gives_another_map(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    early = lab.class_activation_map(learn, path, layer="body.3")
    assert early.shape == (64, 64)
    assert not torch.equal(early, lab.class_activation_map(learn, path))


def test_wrong_questions_to_the_map_are_answered_in_words(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    with pytest.raises(ValueError, match=r"'violet' is not a class.*0\.\.2 or one of 'blue', 'green', 'red'"):
        lab.class_activation_map(learn, path, "violet")
    with pytest.raises(ValueError, match="3 is not a class"):
        lab.class_activation_map(learn, path, 3)
    with pytest.raises(ValueError, match="layer 'head.3' gives no maps"):
        lab.class_activation_map(learn, path, layer="head.3")
    with pytest.raises(ValueError, match="Give one picture"):
        lab.class_activation_map(learn, [path, path])
    with pytest.raises(ValueError, match="this Sequential gives no maps"):
        lab.class_activation_map(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)), torch.rand(3, 4, 4))
    learn.model.head[6].bias.data.fill_(float("nan"))
    with pytest.raises(ValueError, match="gives NaN"):
        lab.class_activation_map(learn, path)
    assert hooks_on(learn.model) == 0


# the map over the picture


def test_an_overlay_blends_the_picture_with_the_colours_of_the_map():
    picture = Image.new("RGB", (8, 4), (200, 100, 0))
    cam = torch.zeros(4, 8)
    cam[:, 4:] = 1
    assert overlay(picture, cam, alpha=0).tobytes() == picture.tobytes()
    heat = np.asarray(overlay(picture, cam, alpha=1))
    assert heat[0, 0].tolist() == [0x11, 0x14, 0x18]
    assert heat[0, 7].tolist() == [0xFF, 0xF8, 0xE7]
    half = np.asarray(overlay(picture, cam, alpha=0.5))
    assert half[0, 0].tolist() == pytest.approx([(200 + 0x11) / 2, (100 + 0x14) / 2, 0x18 / 2], abs=1)
    assert overlay(torch.rand(3, 8, 16), cam).size == (16, 8)  # the same shape, larger


def test_an_overlay_that_would_lie_beside_its_picture_is_refused():
    with pytest.raises(ValueError, match=r"80 by 60 pixels and the map 64 by 64.*as_seen\(learn, picture\)"):
        overlay(Image.new("RGB", (80, 60)), torch.zeros(64, 64))
    with pytest.raises(ValueError, match="alpha=1.5"):
        overlay(Image.new("RGB", (8, 8)), torch.zeros(8, 8), alpha=1.5)


def test_a_picture_as_seen_is_what_the_network_gets(folder):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    x = learn.dls.pipeline().batch([path])[0]
    pixels = np.moveaxis(np.asarray(as_seen(learn, path)), -1, 0)
    assert pixels.shape == (3, 64, 64)
    assert np.abs(pixels / 255 - x.numpy()).max() < 1 / 255


def test_the_colour_map_rises_evenly_in_lightness_and_meets_its_anchors():
    colours = colour_map(np.linspace(0, 1, 256))
    lightness = lab_of(colours)[:, 0]
    steps = np.diff(lightness)
    assert steps.min() > 0
    assert steps.max() < 2 * steps.mean()
    for anchor in ((0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)):
        apart = np.linalg.norm(lab_of(colours) - lab_of(np.array(anchor)), axis=1)
        assert apart.min() < 1  # no eye sees that
    assert colour_map(np.array([[-1.0, 2.0]])).shape == (1, 2, 3)


def test_lightness_is_that_of_cielab():
    assert lab_of(np.array([255, 255, 255])) == pytest.approx([100, 0, 0], abs=0.02)
    assert lab_of(np.array([255, 0, 0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)


# the nearest training pictures


def test_a_training_picture_finds_itself_and_then_its_like(folder):
    learn = small_classifier(folder)
    pictures = learn.dls.train.pictures
    path = pictures.paths[5]
    found = nearest(learn, path, k=4)
    assert found[0].path == path
    assert found[0].index == 5
    assert found[0].similarity == pytest.approx(1, abs=2e-3)
    assert [near.similarity for near in found] == sorted((near.similarity for near in found), reverse=True)
    assert {near.label for near in found} == {path.parent.name}
    assert all(near.path.parent.name == near.label for near in found)
    assert len(nearest(learn, path, k=1000)) == learn.dls.train.n


def test_similarities_are_cosines_of_the_pooled_activations(folder):
    learn = small_classifier(folder, precision="float32")
    path = lab.get_image_files(folder)[-1]
    found = nearest(learn, path, k=3)
    x = learn.dls.pipeline().batch([path, *(near.path for near in found)])
    with torch.no_grad():
        features = learn.model.eval().features(x)
    expected = torch.cosine_similarity(features[:1], features[1:])
    assert [near.similarity for near in found] == pytest.approx(expected.tolist(), abs=1e-4)


def test_the_second_search_computes_nothing_anew_until_the_body_changes(folder, monkeypatch):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    passes = []
    features = learn.model.features
    monkeypatch.setattr(learn.model, "features", lambda x, *body: passes.append(len(x)) or features(x, *body))
    first = nearest(learn, path)
    assert sum(passes) == learn.dls.train.n + 1
    passes.clear()
    assert nearest(learn, path) == first
    assert passes == [1]
    learn.model.body[12][0].weight.data *= 1.5
    passes.clear()
    nearest(learn, path)
    assert sum(passes) == learn.dls.train.n + 1


def test_without_training_pictures_or_a_body_there_are_no_neighbours(folder, tmp_path):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    exported = lab.load_learner(learn.export(tmp_path / "export.safetensors"))
    with pytest.raises(ValueError, match="an exported model carries no training pictures"):
        nearest(exported, path)
    with pytest.raises(ValueError, match="got k=0"):
        nearest(learn, path, k=0)
    with pytest.raises(TypeError, match="the model is a Sequential"):
        nearest(small_learner(tmp_path), torch.rand(1, 6))


def test_an_exported_model_has_activations_and_maps(folder, tmp_path):
    learn = small_classifier(folder)
    path = lab.get_image_files(folder)[0]
    exported = lab.load_learner(learn.export(tmp_path / "export.safetensors"))
    assert torch.equal(lab.class_activation_map(exported, path), lab.class_activation_map(learn, path))
    assert list(lab.activations(exported, path)) == list(lab.layers(learn.model))


def test_a_head_without_hidden_layers_is_described():
    head = create_head(4, 3, hidden=())
    model = Classifier(create_classifier("pocketnet", 2, pretrained=False).arch, nn.Sequential(), head)
    assert list(lab.layers(model).items()) == [("head.2", "head: 3 classes")]
