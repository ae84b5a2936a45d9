"""Any classification network as a backbone: where it is cut, what it gives, how it is named and kept."""

import copy
import json
import pickle
import warnings
from dataclasses import replace

import pytest
import torch
import torchvision
from small import picture_folder, small_dls
from torch import nn

import lab
from lab.models import cutting, libraries
from lab.models.activations import activation_key
from lab.models.architectures import ARCHITECTURES, Architecture, architecture
from lab.models.classifier import create_classifier
from lab.models.cutting import find_cut, layout
from lab.models.folding import folding
from lab.training.predictor import load_learner


def settled(network: nn.Module) -> nn.Module:
    """In evaluation mode, its batch norms with statistics as training would leave them."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
    return network.eval()


# Where a network is cut


@pytest.fixture
def quick_shapes(monkeypatch):
    """Shapes do not depend on norms and first weights, which take most of the time on the meta device."""
    for norm in (nn.BatchNorm2d, nn.LayerNorm):
        monkeypatch.setattr(norm, "forward", lambda self, x: x)
    for name in ("kaiming_normal_", "trunc_normal_", "xavier_uniform_", "normal_", "uniform_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *args, **kwargs: tensor)


def test_every_classification_network_of_torchvision_is_cut_before_its_pooling(quick_shapes):
    rows = {}
    for name in libraries.torchvision_names():
        network = cutting.on_meta(lambda name=name: libraries.build(name, 224))
        classifier = list(network.children())[-1]
        wide = next(m for m in classifier.modules() if isinstance(m, nn.Linear | nn.Conv2d))
        cut = find_cut(network, 224)
        features, dims = layout(cut.shapes[-1])
        # VGG and AlexNet do not average: their classifiers look at 49 and at 36 places.
        inside = wide.in_features if isinstance(wide, nn.Linear) else wide.in_channels
        assert features * {"vgg": 49, "ale": 36}.get(name[:3], 1) == inside, name
        assert dims == (() if name.startswith("vit") else (2, 3)), name
        assert len(cut.shapes) >= 5 and 0 < cut.split < len(cut.shapes), name
        body = cut.body(network)
        own = {id(p) for p in body.parameters()}
        left = {n.partition(".")[0] for n, p in network.named_parameters() if id(p) not in own}
        assert left in ({"fc"}, {"classifier"}, {"head"}, {"heads"}), name
        rows[name] = (len(body), cut.split)
    assert len(rows) >= 80
    # The layer groups of the course's networks, and those of other lessons, are where they always were.
    for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"):
        assert rows[name] == (8, 6), name
    assert rows["densenet121"] == (13, 7)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("resnet18", 64),
        ("densenet121", 64),
        ("googlenet", 64),
        ("inception_v3", 96),
        ("mnasnet0_5", 64),
        ("regnet_y_400mf", 64),
        ("shufflenet_v2_x0_5", 64),
        ("squeezenet1_1", 64),
        ("alexnet", 64),
        ("swin_t", 64),
        ("convnext_tiny", 64),
        ("efficientnet_b0", 64),
        ("vit_b_32", 224),
    ],
)
def test_the_body_gives_the_networks_own_features(name, side):
    arch = architecture(name)
    network = settled(libraries.build(arch.builder, arch.size))
    body, got = arch.cut_off(network), []
    place = network.avgpool if hasattr(network, "avgpool") else list(network.children())[-1]
    place.register_forward_pre_hook(lambda module, inputs: got.append(inputs[0]))
    x = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        network(x)
        out = body(x)
    assert layout(out.shape[1:])[0] == arch.features
    own = got[0]
    torch.testing.assert_close(out.mean((2, 3)) if own.ndim == 2 != out.ndim else out, own, rtol=0, atol=1e-6)
    with torch.no_grad(), folding(body, arch):
        by_folding = body(x)
    torch.testing.assert_close(by_folding, out, rtol=1e-4, atol=1e-4 * out.abs().max().item())


def test_images_for_googlenet_are_normalised_as_torchvision_does_it_inside_the_network():
    arch = architecture("googlenet")
    assert arch.mean == arch.std == (0.5, 0.5, 0.5)
    network = torchvision.models.GoogLeNet(aux_logits=False, transform_input=True, init_weights=False)
    model = create_classifier("googlenet", 2, pretrained=False)
    x = torch.rand(1, 3, 32, 32)
    theirs = torchvision.transforms.functional.normalize(x, libraries.IMAGENET_MEAN, libraries.IMAGENET_STD)
    torch.testing.assert_close(model.normalise(x), network._transform_input(theirs), rtol=1e-5, atol=1e-5)


def test_a_network_without_one_number_per_class_is_refused_in_words():
    maps = cutting.on_meta(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 1)))
    with pytest.raises(ValueError, match="does not end in a classifier"):
        find_cut(maps, 32)

    class Wilful(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(ValueError, match="cannot be followed"):
        find_cut(Wilful(), 32)


def test_a_network_that_does_things_between_its_modules_is_cut_with_them():
    class Between(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.fc = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 6, 3), nn.Linear(6, 5)
            self.scale = nn.Parameter(torch.full((1,), 3.0))

        def forward(self, x, masked: bool = False):
            y = torch.relu(self.a(x)) * self.scale
            z = self.b(y).relu() if not masked else y
            return self.fc(z.mean((2, 3)))

    network = Between()
    cut = find_cut(cutting.on_meta(Between), 16)
    body = cut.body(network)
    x = torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(network.fc(body(x).mean((2, 3))), network(x))
    assert cut.shapes[-1] == (6, 12, 12)
    assert {id(p) for p in body.parameters()} == {id(p) for p in network.parameters()} - {
        id(p) for p in network.fc.parameters()
    }
    with torch.no_grad():
        expected = body(x)
        for again in (copy.deepcopy(body), pickle.loads(pickle.dumps(body))):
            assert torch.equal(again(x), expected)


def test_finding_the_cut_leaves_the_random_numbers_and_other_threads_alone():
    before = torch.get_rng_state()
    cutting.on_meta(lambda: libraries.build("vit_b_32", 224))
    assert torch.equal(torch.get_rng_state(), before)
    assert not nn.Linear(2, 2).weight.is_meta


# How it is named


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("ResNet18", "resnet18"),
        ("POCKETNET", "pocketnet"),
        ("ConvNeXt_Tiny", "convnext_tiny"),
        (torchvision.models.resnet18, "resnet18"),
        (torchvision.models.squeezenet1_1, "squeezenet1_1"),
    ],
)
def test_a_network_is_asked_for_by_name_in_any_case_or_by_its_function(asked, name):
    assert architecture(asked).name == name
    assert architecture("resnet34") is ARCHITECTURES["resnet34"] is lab.resnet34


@pytest.mark.parametrize(
    ("arch", "words"),
    [
        ("convnext-tiny", r"'convnext-tiny' is not known.*closest names are: convnext_tiny"),
        ("resnet19", r"closest names are: resnet1"),
        ("zzz", r"'zzz' is not known\. Known are: pocketnet, resnet18.*timm\.list_models\(\)\.$"),
        ("fcn_resnet50", "for segmentation, and this lab classifies images"),
        (torchvision.models.detection.fasterrcnn_resnet50_fpn, "for detection"),
        (torchvision.models.quantization.resnet18, "for quantised inference"),
        (torchvision.models.video.r3d_18, "for videos"),
    ],
)
def test_a_name_that_is_no_classification_network_says_what_is(arch, words):
    with pytest.raises(ValueError, match=words):
        architecture(arch)


@pytest.mark.parametrize(
    "arch",
    [
        torchvision.models.ResNet,
        lambda: nn.Linear(2, 2),
        18,
        None,
        torchvision.models.ResNet18_Weights.DEFAULT,
    ],
)
def test_what_is_no_name_and_no_function_of_a_library_is_a_type_error(arch):
    with pytest.raises(TypeError, match=r"architecture: got .*lab\.Learner\(dls, network\)"):
        architecture(arch)


def test_a_network_that_is_built_already_is_sent_to_the_learner(tmp_path):
    dls = small_dls(picture_folder(tmp_path / "colours", each=3))
    with pytest.raises(TypeError, match=r"got a ResNet, .*without calling it.*lab\.Learner\(dls, network\)"):
        lab.cnn_learner(dls, torchvision.models.resnet18(weights=None))


def test_an_unknown_name_says_how_to_get_timm_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr(libraries, "timm", lambda: None)
    with pytest.raises(ValueError, match="timm is not installed here; `pip install timm`"):
        architecture("resnet18d")
    with pytest.raises(ImportError, match="timm is not installed"):
        libraries.build("timm/resnet18d", 224)


# How it is kept


@pytest.mark.parametrize("name", ["pocketnet", "resnet18[:-2]", "vit_b_32", "googlenet", "squeezenet1_1"])
def test_an_architecture_is_described_by_plain_values_and_made_again_from_them(name):
    arch = architecture(name)
    again = architecture(json.loads(json.dumps(arch.config())))
    assert again == arch
    assert pickle.loads(pickle.dumps(arch)) == copy.deepcopy(arch) == arch


def test_other_weights_bring_their_own_statistics_and_size():
    arch = architecture("vit_b_16").with_weights("IMAGENET1K_SWAG_E2E_V1")
    assert (arch.size, arch.weights) == (384, "IMAGENET1K_SWAG_E2E_V1")
    assert arch.weights_url().endswith("vit_b_16_swag-9ac1b537.pth")
    assert architecture("resnet50").with_weights("default").weights == "IMAGENET1K_V2"
    assert architecture("resnet50").weights == "IMAGENET1K_V1", "the lessons' numbers stay"
    enum = torchvision.models.ResNet50_Weights
    assert architecture("resnet50").with_weights(enum.DEFAULT).weights == "IMAGENET1K_V2"
    with pytest.raises(ValueError, match=r"no weights called 'ResNet50_Weights\.IMAGENET1K_V2'"):
        architecture("resnet18").with_weights(enum.DEFAULT)
    with pytest.raises(ValueError, match=r"resnet18 has no weights called 'V9'\. Give one of IMAGENET1K_V1"):
        architecture("resnet18").with_weights("V9")


@pytest.mark.parametrize(("name", "side"), [("squeezenet1_1", 64), ("timm/test_vit_relpos", 160)])
def test_a_classifier_on_it_is_copied_pickled_traced_and_exported_with_the_same_outputs(name, side):
    if name.startswith("timm"):
        pytest.importorskip("timm")
    model = create_classifier(name, 3, pretrained=False).eval()
    x = torch.rand(2, 3, side, side)
    with torch.no_grad():
        expected = model(x)
        for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert torch.equal(again(x), expected)
            assert again.arch == model.arch
        program = torch.export.export(model, (x,)).module()
        torch.testing.assert_close(program(x), expected, rtol=1e-4, atol=1e-4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of torch, that tracing is deprecated
            warnings.simplefilter("ignore", torch.jit.TracerWarning)  # of timm's own checks of the size
            traced = torch.jit.trace(model, x)
        torch.testing.assert_close(traced(x), expected, rtol=1e-4, atol=1e-4)


def test_every_weight_of_a_transformer_is_in_one_layer_group_and_trains():
    model = create_classifier("vit_b_32", 3, pretrained=False)
    grouped = [p for group in model.groups() for module in group for p in module.parameters()]
    assert len(grouped) == len({id(p) for p in grouped}) == len(list(model.parameters()))
    early, late, _ = ([module.state_dict() for module in group] for group in model.groups())
    assert any("class_token" in state for state in early), "the positions and the class token are early"
    assert sum(map(bool, early)) >= 6 and sum(map(bool, late)) >= 6
    model.freeze_to(2)
    assert model.body_is_fixed
    model.body[3].requires_grad_(True)
    assert not model.body_is_fixed, "a layer that was set free by hand can change"


def test_a_transformer_is_shortened_to_its_tokens():
    short = architecture("vit_b_32[:-2]")
    assert (short.features, short.pooled_dims, short.width) == (768, (1,), 1536)
    body = short.build_body().eval()
    model = lab.models.classifier.Classifier(short, body, lab.create_head(short.width, 2))
    with torch.no_grad():
        x = torch.rand(2, 3, 224, 224)
        tokens = body(model.normalise(x))
        assert tokens.shape == (2, 50, 768)
        torch.testing.assert_close(model.features(x)[:, :768], tokens.mean(1))


def test_images_of_a_size_that_the_network_cannot_take_are_refused_with_its_own_size(capsys):
    vit = create_classifier("vit_b_32", 2, pretrained=False)
    with pytest.raises(ValueError, match=r"vit_b_32: got pictures of 96 x 64 pixels.*lab\.Resize\(224\)"):
        vit(torch.rand(2, 3, 64, 96))
    assert capsys.readouterr().err == ""
    small = create_classifier("alexnet", 2, pretrained=False)
    with pytest.raises(ValueError, match=r"alexnet: got pictures of 32 x 32 pixels.*lab\.Resize\(224\)"):
        small(torch.rand(2, 3, 32, 32))


def test_an_error_that_is_not_about_the_size_stays_what_it_is():
    model = create_classifier("squeezenet1_1", 2, pretrained=False)
    model.body[0] = nn.Conv2d(5, 64, 3)
    with pytest.raises(RuntimeError, match="expected input"):
        model(torch.rand(2, 3, 64, 64))


# In use


def test_a_network_of_torchvision_trains_precomputes_and_is_exported(tmp_path):
    dls = small_dls(picture_folder(tmp_path / "colours", each=6))
    body = architecture("squeezenet1_1").build_body()
    torch.save(body.state_dict(), tmp_path / "w.pth")
    learn = lab.cnn_learner(
        dls, torchvision.models.squeezenet1_1, metrics=lab.accuracy, weights=tmp_path / "w.pth", seed=0
    )
    assert learn.model.body_is_fixed, "given weights are pretrained ones"
    learn.fit(1, 1e-3)
    learn.unfreeze()
    before = [p.detach().clone() for p in learn.model.parameters()]
    learn.fit(1, slice(1e-5, 1e-3))
    assert not any(torch.equal(a, b) for a, b in zip(before, learn.model.parameters(), strict=True))
    picture = dls.valid.pictures.sources[0]
    again = load_learner(learn.export()).predict(picture)
    torch.testing.assert_close(again[2], learn.predict(picture)[2], rtol=0, atol=1e-5)


def test_activations_are_not_mistaken_for_those_of_images_normalised_another_way(tmp_path):
    dls = small_dls(picture_folder(tmp_path / "colours", each=2))
    usual = create_classifier("pocketnet", 3)
    other = create_classifier(replace(architecture("pocketnet"), mean=(0.5,) * 3), 3)
    again = create_classifier("pocketnet", 3)
    keys = [activation_key(model, dls.valid) for model in (usual, other, again)]
    assert keys[0] == keys[2] != keys[1]


def test_a_network_of_timm_trains_and_is_exported(tmp_path):
    pytest.importorskip("timm")
    dls = small_dls(picture_folder(tmp_path / "colours", each=4), item_tfms=lab.Resize(160))
    learn = lab.cnn_learner(dls, "test_vit_relpos", pretrained=False, seed=0)
    assert learn.model.arch.name == "timm/test_vit_relpos"
    assert learn.model.arch.pooled_dims == ()
    learn.freeze()
    learn.fit(1, 1e-3)
    picture = dls.valid.pictures.sources[0]
    again = load_learner(learn.export()).predict(picture)
    torch.testing.assert_close(again[2], learn.predict(picture)[2], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "features", "dims"),
    [
        ("test_resnet", 96, (2, 3)),
        ("timm/Test_ConvNeXt", 64, (2, 3)),
        ("swin_tiny_patch4_window7_224", 768, (1, 2)),
        ("deit_tiny_distilled_patch16_224", 192, (1,)),
        ("vgg11.tv_in1k", 512, (2, 3)),
    ],
)
def test_networks_of_timm_are_cut_like_torchvisions(name, features, dims):
    pytest.importorskip("timm")
    arch = architecture(name)
    assert (arch.features, arch.pooled_dims) == (features, dims)
    assert arch.name == f"timm/{name.lower().removeprefix('timm/')}"


def test_a_function_of_timm_and_a_wrong_tag_of_its_weights():
    timm = pytest.importorskip("timm")
    assert architecture(timm.models.resnet.resnet18d).name == "timm/resnet18d"
    with pytest.raises(ValueError, match="'resnet18d.nothing' is not known"):
        architecture("resnet18d.nothing")


def test_a_network_of_timm_whose_layers_cannot_be_followed_is_sent_to_the_learner():
    pytest.importorskip("timm")
    with pytest.raises(
        ValueError, match=r"timm/test_vit: the network cannot be cut.*lab\.Learner\(dls, network\)"
    ):
        create_classifier("test_vit", 2, pretrained=False)


def test_an_architecture_keeps_plain_values_only():
    arch = architecture("resnet18")
    assert isinstance(arch, Architecture)
    assert all(isinstance(v, str | int | tuple | None) for k, v in vars(arch).items() if k != "shapes")
