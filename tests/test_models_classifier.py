"""Backbones, heads and layer groups: shapes, freezing, weights that are found or refused in words."""

from pathlib import Path

import pytest
import torch
from torch import nn

from lab.models import weights
from lab.models.architectures import ARCHITECTURES, architecture
from lab.models.classifier import ConcatPool, Normalise, create_classifier, create_head, memory_format
from lab.models.weights import load_pretrained, weights_digest


def random_classifier(**kwargs):
    torch.manual_seed(0)
    return create_classifier("pocketnet", 5, pretrained=False, **kwargs)


def test_normalise_equals_the_formula():
    x = torch.rand(2, 3, 4, 4)
    out = Normalise((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))(x)
    torch.testing.assert_close(out[:, 1], (x[:, 1] - 0.2) / 0.6)


def test_concat_pool_puts_mean_and_maximum_side_by_side():
    x = torch.rand(2, 7, 3, 5)
    out = ConcatPool()(x)
    torch.testing.assert_close(out[:, :7], nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))
    assert torch.equal(out[:, 7:], nn.functional.adaptive_max_pool2d(x, 1).flatten(1))


def test_the_head_has_the_lessons_layers():
    head = create_head(64, 10, hidden=(32,), dropout=0.5)
    names = [type(layer).__name__ for layer in head]
    assert names == ["BatchNorm1d", "Dropout", "Linear", "ReLU", "BatchNorm1d", "Dropout", "Linear"]
    assert [layer.p for layer in head if isinstance(layer, nn.Dropout)] == [0.25, 0.5]
    assert head(torch.rand(4, 64)).shape == (4, 10)


@pytest.mark.parametrize("name", ["pocketnet", "resnet18", "mobilenet_v2", "efficientnet_b0"])
def test_bodies_end_before_the_pooling_layer(name):
    arch = ARCHITECTURES[name]
    body = arch.build_body().eval()
    with torch.no_grad():
        out = body(torch.rand(1, 3, 64, 64))
    assert out.shape == (1, arch.features, 2, 2)
    assert 0 < arch.split < len(body)


def test_every_architecture_has_published_weights_or_brings_its_own():
    for arch in ARCHITECTURES.values():
        if arch.weights is not None:
            assert arch.weights_url().endswith(".pth")
    assert [a.name for a in ARCHITECTURES.values() if a.weights is None] == [
        "pocketnet",
        "efficientnet_lite0",
    ]


def test_an_unknown_architecture_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'resnet1' is not known\. Known are: pocketnet, resnet18"):
        architecture("resnet1")


def test_pictures_in_activations_out():
    model = random_classifier().eval()
    with torch.no_grad():
        x = torch.rand(2, 3, 64, 64)
        assert model(x).shape == (2, 5)
        assert model.features(x).shape == (2, 2 * 576)
        assert torch.equal(model.head(model.features(x)), model(x))


def test_the_groups_hold_every_layer_once():
    model = random_classifier()
    grouped = [p for group in model.groups() for module in group for p in module.parameters()]
    assert len(grouped) == len(list(model.parameters()))
    assert {id(p) for p in grouped} == {id(p) for p in model.parameters()}
    assert len(model.groups()) == len(model.group_names()) == 3


def test_frozen_means_frozen_batch_norm_included():
    model = random_classifier()
    model.freeze_to(2)
    model.train()
    before = weights_digest(model.body)
    model(torch.rand(4, 3, 64, 64)).sum().backward()
    assert weights_digest(model.body) == before, "no running average moved"
    assert all(p.grad is None for p in model.body.parameters())
    assert all(p.grad is not None for p in model.head.parameters())
    assert model.head.training
    assert model.body_is_fixed


def test_train_bn_lets_batch_norm_learn_in_frozen_layers():
    model = random_classifier()
    model.train_bn = True
    model.freeze_to(2)
    model.train()
    before = weights_digest(model.body)
    model(torch.rand(4, 3, 64, 64)).sum().backward()
    assert weights_digest(model.body) != before
    trained = {type(m) for m in model.body.modules() for p in m.parameters(recurse=False) if p.requires_grad}
    assert trained == {nn.BatchNorm2d}
    assert not model.body_is_fixed


def test_freezing_a_part_keeps_the_rest_training():
    model = random_classifier()
    model.freeze_to(1)
    model.train()
    early, late, _ = model.groups()
    assert not any(m.training for m in early)
    assert all(m.training for m in late)
    assert not model.body_is_fixed
    model.freeze_to(0)
    assert all(m.training for m in model.body.modules())


def test_the_digest_changes_with_a_single_weight():
    model = random_classifier()
    before = weights_digest(model.body)
    with torch.no_grad():
        next(model.body.parameters())[0, 0, 0, 0] += 1e-6
    assert weights_digest(model.body) != before


def test_pocketnets_weights_come_with_the_package():
    one, two = (ARCHITECTURES["pocketnet"].build_body() for _ in range(2))
    for body in (one, two):
        load_pretrained(body, ARCHITECTURES["pocketnet"])
    assert weights_digest(one) == weights_digest(two)
    assert all(torch.isfinite(tensor).all() for tensor in one.state_dict().values())


def test_weights_that_cannot_be_downloaded_name_the_file_the_folder_and_pocketnet(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def no_network(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(weights.torch.hub, "download_url_to_file", no_network)
    with pytest.raises(FileNotFoundError) as error:
        create_classifier("resnet18", 2)
    message = str(error.value)
    for part in ("resnet18-f37072fd.pth", str(tmp_path), "no route to host", "arch='pocketnet'"):
        assert part in message


def test_a_damaged_weights_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "resnet18-f37072fd.pth").write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"resnet18-f37072fd.pth: the file is damaged"):
        create_classifier("resnet18", 2)


def test_a_weights_file_that_would_run_code_is_refused(tmp_path, monkeypatch):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save({"conv1.weight": Trap()}, folder / "resnet18-f37072fd.pth")
    with pytest.raises(ValueError, match="holds something else than weights"):
        create_classifier("resnet18", 2)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_imagenet_weights_land_in_the_body(name, tmp_path, monkeypatch):
    import torchvision

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    network = getattr(torchvision.models, name)(weights=None).eval()
    file = tmp_path / "hub" / "checkpoints" / ARCHITECTURES[name].weights_url().rsplit("/", 1)[1]
    file.parent.mkdir(parents=True)
    torch.save(network.state_dict(), file)
    model = create_classifier(name, 2).eval()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        normalised = model.normalise(x)
        if name == "resnet18":
            whole = nn.Sequential(*list(network.children())[:-2])(normalised)
        else:
            whole = network.features(normalised)
        torch.testing.assert_close(model.body(normalised), whole, atol=1e-4, rtol=1e-4)


def test_images_lie_in_memory_as_the_device_likes_it():
    assert memory_format(torch.device("cpu")) == memory_format(torch.device("cuda")) == torch.channels_last
    assert memory_format(torch.device("mps")) == torch.contiguous_format
