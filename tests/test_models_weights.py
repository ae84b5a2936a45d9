"""Weights from files: whatever holds them is read, what does not fit is named, and nothing in them is run."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from small import picture_folder, small_dls
from torch import nn

import lab
from lab.models import libraries
from lab.models.architectures import architecture
from lab.models.classifier import create_classifier
from lab.models.weights import load_pretrained

NAME = "squeezenet1_1"  # small, and no batch norm


def network(name=NAME, seed=5) -> nn.Module:
    torch.manual_seed(seed)
    arch = architecture(name)
    whole = libraries.build(arch.builder, arch.size)
    for parameter in whole.parameters():  # also what begins as zeros or ones
        nn.init.normal_(parameter, std=0.1)
    return whole


def same(body: nn.Module, whole: nn.Module, name=NAME) -> bool:
    theirs = architecture(name).cut_off(whole).state_dict()
    return all(torch.equal(tensor, theirs[key]) for key, tensor in body.state_dict().items())


def loaded(file: Path, name=NAME) -> nn.Module:
    return create_classifier(name, 2, weights=file).body


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_weights_of_the_whole_network_land_in_the_body(suffix, tmp_path):
    whole = network()
    save = save_file if suffix == ".safetensors" else torch.save
    save(whole.state_dict(), tmp_path / f"w{suffix}")
    assert same(loaded(tmp_path / f"w{suffix}"), whole)
    assert same(loaded(str(tmp_path / f"w{suffix}")), whole), "a path may be a string"
    assert not same(create_classifier(NAME, 2, pretrained=False).body, whole)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda s: {"state_dict": s, "epoch": 3},
        lambda s: {"model": {f"module.{k}": v for k, v in s.items()}},
        lambda s: {f"_orig_mod.{k}": v for k, v in s.items()},
        lambda s: {k: v for k, v in s.items() if not k.startswith("classifier")},
        lambda s: {**s, "classifier.1.weight": torch.zeros(7, 512, 1, 1)},
        lambda s: {k: v.bfloat16() for k, v in s.items()},
    ],
)
def test_what_training_scripts_put_around_weights_is_taken_off(wrapped, tmp_path):
    whole = network()
    for parameter in whole.parameters():
        parameter.data = parameter.data.bfloat16().float()
    torch.save(wrapped(dict(whole.state_dict())), tmp_path / "w.pth")
    assert same(loaded(tmp_path / "w.pth"), whole)


def test_weights_of_the_body_alone_and_what_this_lab_saved_are_taken(tmp_path):
    dls = small_dls(picture_folder(tmp_path / "colours", each=3))
    learn = lab.cnn_learner(dls, NAME, pretrained=False, seed=0)
    body = learn.model.body
    torch.save(body.state_dict(), tmp_path / "body.pth")
    for file in (tmp_path / "body.pth", learn.save("stage-1"), learn.export()):
        new = loaded(file)
        assert all(torch.equal(a, b) for a, b in zip(new.parameters(), body.parameters(), strict=True))
    short = create_classifier(f"{NAME}[:-3]", 2, weights=tmp_path / "body.pth").body
    assert torch.equal(next(short.parameters()), next(body.parameters()))


def test_older_names_of_torchvisions_files_are_understood(tmp_path):
    # Files of 2017 for densenet: denselayer1.norm.1.weight. Of 2022 for ViT: mlp.linear_1.weight.
    whole = network("densenet121")
    state = {k: v for k, v in whole.state_dict().items() if "num_batches" not in k}
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))([12]\.)", r"\1.\2", k): v for k, v in state.items()}
    assert any(".norm.1." in key for key in old)
    torch.save(old, tmp_path / "old.pth")
    assert same(loaded(tmp_path / "old.pth", "densenet121"), whole, "densenet121")
    vit = network("vit_b_32")
    state = {
        k.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): v
        for k, v in vit.state_dict().items()
    }
    torch.save(state, tmp_path / "vit.pth")
    assert same(loaded(tmp_path / "vit.pth", "vit_b_32"), vit, "vit_b_32")


def test_a_plain_dictionary_is_enough_for_a_network_that_asks_for_versions(tmp_path):
    whole = network("mnasnet0_5")
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    assert same(loaded(tmp_path / "w.safetensors", "mnasnet0_5"), whole, "mnasnet0_5")


# What does not fit


def refused(file: Path, name=NAME, error=ValueError) -> str:
    body = architecture(name).build_body()
    before = {key: tensor.clone() for key, tensor in body.state_dict().items()}
    with pytest.raises(error) as caught:
        load_pretrained(body, architecture(name), file)
    assert all(torch.equal(tensor, before[key]) for key, tensor in body.state_dict().items())
    return str(caught.value)


def test_names_that_differ_are_named(tmp_path):
    state = network().state_dict()
    lacking = {k: v for k, v in state.items() if k != "features.3.squeeze.weight"}
    torch.save(lacking, tmp_path / "w.pth")
    assert "does not fit squeezenet1_1: it lacks (1): features.3.squeeze.weight" in refused(
        tmp_path / "w.pth"
    )
    torch.save({**state, "features.99.weight": torch.zeros(2)}, tmp_path / "w.pth")
    assert "it has besides (1): features.99.weight" in refused(tmp_path / "w.pth")
    torch.save({**state, "features.0.weight": torch.zeros(64, 1, 3, 3)}, tmp_path / "w.pth")
    message = refused(tmp_path / "w.pth")
    assert "features.0.weight is (64, 1, 3, 3) and should be (64, 3, 3, 3)" in message
    torch.save({"something": torch.zeros(2)}, tmp_path / "w.pth")
    assert "The file begins with something" in refused(tmp_path / "w.pth")


def test_weights_of_a_deeper_network_are_not_taken_by_half(tmp_path):
    # Every name of resnet18 is in resnet34's file, with the same shape.
    torch.save(network("resnet34").state_dict(), tmp_path / "resnet34.pth")
    message = refused(tmp_path / "resnet34.pth", "resnet18")
    assert "does not fit resnet18: it has besides" in message and "layer1.2.conv1.weight" in message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "w.pth",
            b"<html>blocked by your company</html>",
            "it is a web page, '<html>blocked by your company</html>'",
        ),
        ("w.safetensors", b"\n<!DOCTYPE html><p>Sign in", "it is a web page, '<!DOCTYPE html><p>Sign in'"),
        ("w.pth", b"", "it is empty"),
        ("w.pth", b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a pointer of Git LFS"),
        ("w.safetensors", b"half a file", "it begins with b'half a file'"),
        ("w.txt", b"hello", r"is not a file of weights\. Give a \.pth"),
    ],
)
def test_a_file_that_holds_something_else_says_what(name, content, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        create_classifier(NAME, 2, weights=tmp_path / name)


def test_a_truncated_file_and_a_pickled_network_are_refused(tmp_path):
    torch.save(network().state_dict(), tmp_path / "w.pth")
    whole = (tmp_path / "w.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    torch.save(network(), tmp_path / "net.pth")
    for name in ("cut.pth", "net.pth"):
        message = refused(tmp_path / name)
        assert "it is cut short, or would run code when it is read" in message
        assert "Give another file as weights=" in message
    torch.save([1, 2], tmp_path / "list.pth")
    assert "holds no tensors by name" in refused(tmp_path / "list.pth")


def test_a_path_that_is_not_there_and_a_thing_that_is_no_path(tmp_path):
    assert "does not exist" in refused(tmp_path / "nowhere.pth", error=FileNotFoundError)
    (tmp_path / "folder.pth").mkdir()
    assert "is a folder" in refused(tmp_path / "folder.pth", error=FileNotFoundError)
    with pytest.raises(TypeError, match=r"weights: got 3\. Give the path"):
        create_classifier(NAME, 2, weights=3)
    with pytest.raises(
        ValueError, match="weights: pocketnet has no weights called 'V1'. It has none by name"
    ):
        create_classifier("pocketnet", 2, weights="V1")


# Where the libraries keep theirs


@pytest.mark.parametrize("name", ["shufflenet_v2_x0_5", "regnet_y_400mf"])
def test_any_network_of_torchvision_finds_its_weights_where_torch_keeps_them(name, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    whole, folder = network(name), tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(whole.state_dict(), folder / architecture(name).weights_url().rsplit("/", 1)[1])
    assert same(create_classifier(name, 2).body, whole, name)


def test_a_folder_of_weights_that_cannot_be_made_is_said_in_the_same_words(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with pytest.raises(
        FileNotFoundError, match=r"vgg11: its ImageNet weights, vgg11-8a719046\.pth, .*weights=.*pocketnet"
    ):
        load_pretrained(nn.Sequential(), architecture("vgg11"))


class FakeHub:
    """huggingface_hub with some files on the machine and no network."""

    class constants:  # noqa: N801  as the package spells it
        ENDPOINT = "http://127.0.0.1:9"

    def __init__(self, files: dict[str, Path]) -> None:
        self.files = files

    def hf_hub_download(self, repository, file, local_files_only=False):
        if not local_files_only or repository not in self.files:
            raise OSError("not here")
        assert file == "model.safetensors"
        return str(self.files[repository])


@pytest.fixture
def hub(monkeypatch):
    pytest.importorskip("timm")
    fake, real = FakeHub({}), libraries.importlib.import_module
    monkeypatch.setattr(
        libraries.importlib, "import_module", lambda name: fake if name == "huggingface_hub" else real(name)
    )
    return fake


def test_weights_of_timm_are_read_from_its_safetensors_file(hub, tmp_path):
    whole = network("timm/test_resnet")
    save_file(whole.state_dict(), tmp_path / "model.safetensors")
    hub.files["timm/test_resnet.r160_in1k"] = tmp_path / "model.safetensors"
    assert same(create_classifier("test_resnet", 2).body, whole, "timm/test_resnet")


def test_weights_of_timm_that_cannot_be_had_are_an_error_in_words(hub):
    with pytest.raises(
        FileNotFoundError, match=r"model\.safetensors of timm/test_resnet\..*weights=.*pocketnet"
    ):
        create_classifier("test_resnet", 2)
    with pytest.raises(FileNotFoundError, match="timm publishes no safetensors file of weights, only http"):
        load_pretrained(nn.Sequential(), architecture("gcvit_xxtiny"))
