"""The prediction panel without a browser: uploads of ipywidgets 7 and 8, broken files, neighbours."""

import io
import threading

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from fakes import TensorLoaders
from PIL import Image
from small import picture_folder, small_classifier, small_dls
from torch import nn

import lab
from lab.data.broken import BrokenPicture
from lab.panels.predict.guessing import EXPORTED, Guessing
from lab.panels.predict.panel import PredictPanel
from lab.panels.predict.uploads import uploaded

pytestmark = pytest.mark.usefixtures("nothing_left_open")

HOSTILE = "<img src=x onerror=alert(1)>.png"
IS_7 = widgets.__version__.startswith("7")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=8)


@pytest.fixture(scope="module")
def learn(folder):
    return small_classifier(folder)


@pytest.fixture
def panel(learn):
    panel = PredictPanel(learn)
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


@pytest.fixture
def send(comms):
    """send(panel, name, content): what the browser sends when the user has chosen a file."""

    def send(panel, name, content):
        facts = {"name": name, "type": "image/png", "size": len(content)}
        if IS_7:
            state = {"metadata": [{**facts, "lastModified": 1}], "data": [None], "_counter": 1}
            comms.set_state(panel.upload, state, [["data", 0]], [memoryview(content)])
        else:
            state = {"value": [{**facts, "last_modified": 1, "content": None}]}
            comms.set_state(panel.upload, state, [["value", 0, "content"]], [memoryview(content)])
        panel.wait(60)

    return send


def picture(size=(48, 40), mode="RGB", seed=0):
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def as_bytes(image, form="PNG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def words_of(widget):
    """All that the notes below a widget say."""
    below = [words_of(child) for child in getattr(widget, "children", ())]
    return " ".join([*below, getattr(widget, "value", "") if isinstance(widget, widgets.HTML) else ""])


def test_whoever_gives_pocketnet_a_photo_is_told_what_to_expect(panel, folder):
    said = words_of(panel.widget)
    assert "expect mistakes on photos" in said and "pawlab[photos]" in said
    other = PredictPanel(lab.cnn_learner(small_dls(folder), "resnet18", pretrained=False))
    assert "photos" not in words_of(other.widget)
    other.close()


# ---------------------------------------------------------------- uploads


class Generation:
    """Stands in for a FileUpload of either generation."""

    def __init__(self, value):
        self.value = value


def test_the_values_of_both_generations_are_read():
    seven = {"a.png": {"metadata": {"name": "a.png"}, "content": b"abc"}}
    eight = ({"name": "a.png", "content": memoryview(b"abc"), "size": 3},)
    assert uploaded(Generation(seven)) == uploaded(Generation(eight)) == ("a.png", b"abc")
    assert uploaded(Generation({})) is uploaded(Generation(())) is None


def test_an_uploaded_picture_is_predicted_and_can_come_again(panel, learn, send):
    content = as_bytes(picture())
    for _ in range(2):
        send(panel, "mine.png", content)
        label, index, probabilities = learn.predict(picture())
        guess = panel.guessing.guess
        assert (guess.label, guess.index) == (label, index)
        assert torch.equal(guess.probabilities, probabilities)
        assert repr(panel).startswith(f"PredictPanel: mine.png: {label} {probabilities[index]:.2f}")
        assert panel.code() == "learn.predict('mine.png')"
        assert not panel.upload.value, "the content was kept in the widget"
        panel.guessing.guess = None


def test_a_dropped_picture_is_predicted_and_a_large_file_is_told(panel, learn, comms):
    comms.custom(panel.drop_area, {"name": "mine.png", "fits": True}, [memoryview(as_bytes(picture()))])
    panel.wait(60)
    assert panel.guessing.guess.label == learn.predict(picture())[0]
    assert repr(panel).startswith("PredictPanel: mine.png: ")
    comms.custom(panel.drop_area, {"name": "<b>.tiff", "fits": False})
    assert "&lt;b&gt;.tiff&#x27; is larger than 10 MB" in panel._problem.value
    assert "mine.png" in panel.photo.words.value
    comms.custom(panel.drop_area, {"name": "note.txt", "fits": True}, [memoryview(b"no picture")])
    panel.wait(60)
    assert "&#x27;note.txt&#x27; is text, not a picture" in panel._problem.value


def test_what_it_shows(panel, learn, send):
    assert "no picture yet" in panel.photo.box.value
    assert panel.search_buttons[0].disabled
    send(panel, "mine.png", as_bytes(picture()))
    assert panel.photo.box.value.count("<img") == 2
    assert "mine.png as the network sees it" in panel.photo.box.value
    assert "64 by 64 pixels" in panel.photo.words.value
    assert len(panel.chart.figure.data[0].x) == 3
    assert not panel.search_buttons[0].disabled


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("note.jpg", b"Dear student, this is no picture.", "is text, not a picture: it begins"),
        ("empty.jpg", b"", "is empty (0 bytes)"),
        ("cut.png", as_bytes(picture())[:900], "is cut off after 900 bytes, or damaged"),
        ("cut.jpg", as_bytes(picture(), "JPEG")[:700], "is cut off after 700 bytes, or damaged"),
        ("noise.png", bytes(range(256)), "is not a picture that Pillow reads"),
    ],
)
def test_a_broken_file_is_told_in_words_and_the_last_picture_stays(panel, send, name, content, words):
    send(panel, "good.png", as_bytes(picture()))
    send(panel, name, content)
    assert f"&#x27;{name}&#x27; {words}" in panel._problem.value
    assert "good.png" in panel.photo.words.value
    assert not panel.upload.disabled
    send(panel, "good.png", as_bytes(picture()))
    assert panel._problem.value == ""


def test_a_decompression_bomb_is_refused_before_it_is_decoded(panel, send):
    import struct
    import zlib

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    send(panel, "bomb.png", bomb)
    assert "is 60000 x 60000 pixels: over the limit" in panel._problem.value


def test_a_rotated_phone_photo_is_predicted_upright(panel, learn, send):
    upright = picture((40, 60))
    exif = Image.Exif()
    exif[274] = 6  # turn right by 90 degrees to look at it
    send(panel, "phone.png", as_bytes(upright.transpose(Image.Transpose.ROTATE_90), exif=exif))
    assert torch.equal(panel.guessing.guess.probabilities, learn.predict(upright)[2])


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "CMYK", "I;16"])
def test_every_kind_of_picture_is_taken(panel, learn, send, mode):
    if mode == "I;16":
        image = Image.fromarray((np.arange(48 * 40, dtype=np.uint16) * 30).reshape(40, 48))
    else:
        image = picture(mode=mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    content = as_bytes(image, form)
    send(panel, "any", content)
    assert panel.error is None
    assert torch.equal(panel.guessing.guess.probabilities, learn.predict(content)[2])


def test_a_hostile_file_name_is_text(panel, send):
    send(panel, HOSTILE, as_bytes(picture()))
    shown = [panel.photo.words.value, panel.photo.box.value, panel._status.value, panel._chosen.value]
    assert not any("<img src=x" in part for part in shown)
    assert "&lt;img src=x onerror=alert(1)&gt;.png" in shown[0]
    assert eval(panel.code().removeprefix("learn.predict")) == HOSTILE
    send(panel, HOSTILE, b"text")
    assert "<img" not in panel._problem.value


# ---------------------------------------------------------------- from code


def test_predict_gives_what_the_learner_gives(panel, learn, folder):
    path = lab.get_image_files(folder)[0]
    for given in (path, str(path), Image.open(path), np.asarray(Image.open(path)), path.read_bytes()):
        label, index, probabilities = panel.predict(given)
        assert (label, index) == learn.predict(path)[:2]
        assert torch.equal(probabilities, learn.predict(path)[2])
    assert panel.code() == ""
    panel.predict(path)
    assert eval(panel.code())[0] == label


def test_predict_raises_what_it_also_shows(panel, tmp_path):
    (tmp_path / "note.jpg").write_text("hello")
    with pytest.raises(BrokenPicture, match="is text, not a picture"):
        panel.predict(tmp_path / "note.jpg")
    assert "is text, not a picture" in panel._problem.value
    with pytest.raises(TypeError, match="got an int"):
        panel.predict(7)


def test_a_model_that_gives_nan_is_told(folder):
    learn = small_classifier(folder)
    with torch.no_grad():
        list(learn.model.head.parameters())[-1].fill_(float("nan"))
    panel = PredictPanel(learn)
    with pytest.raises(ValueError, match="the model gives NaN"):
        panel.predict(picture())
    panel.close()


def test_a_source_without_pictures_is_refused(tmp_path, folder):
    learn = lab.Learner(TensorLoaders(tmp_path), nn.Linear(6, 3))
    for source in (learn, nn.Linear(2, 2), small_dls(folder)):
        with pytest.raises(TypeError, match="cannot turn a picture into the model's input"):
            PredictPanel(source)


def test_making_and_displaying_the_panel_asks_the_model_nothing(learn):
    asked = []
    hook = learn.model.register_forward_hook(lambda *_: asked.append(1))
    panel = PredictPanel(learn)
    panel.widget  # noqa: B018
    assert repr(panel) == "PredictPanel: no picture yet"
    assert asked == []
    hook.remove()
    panel.close()


def test_the_map_is_that_of_the_function_and_can_be_hidden(panel, learn, folder, comms):
    path = lab.get_image_files(folder)[0]
    panel.predict(path)
    guess = panel.guessing.guess
    assert torch.equal(guess.cam, lab.class_activation_map(learn, path))
    comms.forget()
    comms.set_state(panel.map_switch, {"value": False})
    assert "opacity: 0.00" in panel.photo.style.value
    assert comms.size() < 2000
    assert panel.guessing.overlaid.tobytes() == guess.image.tobytes()
    comms.set_state(panel.map_switch, {"value": True})
    comms.set_state(panel.opacity, {"value": 0.9})
    assert panel.guessing.overlaid.tobytes() == lab.overlay(guess.image, guess.cam, 0.9).tobytes()


# ---------------------------------------------------------------- neighbours


def test_the_nearest_training_pictures_are_found_on_request(panel, learn, folder, comms):
    path = lab.get_image_files(folder)[0]
    panel.predict(path)
    assert panel.near.value == ""
    comms.press(panel.search_buttons[0])
    panel.wait(60)
    found = [one.neighbour for one in panel.guessing.near]
    assert found == lab.nearest(learn, path)
    assert panel.near.value.count("<figure") == panel.near.value.count("<img") == 8
    assert f"{found[0].similarity:.2f}" in panel.near.value
    assert "of the 8 nearest training pictures are" in repr(panel)
    panel.predict(picture())
    assert panel.near.value == ""


def test_its_progress_is_shown_and_stop_gives_it_up(folder, comms, monkeypatch):
    learn = small_classifier(folder, bs=4)
    panel = PredictPanel(learn)
    panel.widget  # noqa: B018
    panel.predict(picture())
    seen, may_go_on = threading.Event(), threading.Event()
    progress = panel.progress

    def told(*news):
        seen.set()
        assert may_go_on.wait(60)
        progress(*news)

    monkeypatch.setattr(panel, "progress", told)
    comms.press(panel.search_buttons[0])
    assert seen.wait(60)
    assert panel.search_buttons[1].layout.display == ""
    comms.press(panel.search_buttons[1])
    may_go_on.set()
    panel.wait(60)
    assert panel.guessing.near is None
    assert panel.error is None
    assert not panel.busy
    panel.find_near().wait(60)
    assert len(panel.guessing.near) == 8
    panel.close()


def test_a_training_picture_that_has_gone_says_so(tmp_path):
    folder = picture_folder(tmp_path / "colours", each=8)
    learn = small_classifier(folder, item_tfms=[shrunk])
    panel = PredictPanel(learn)
    panel.widget  # noqa: B018
    panel.predict(picture())
    panel.find_near().wait(60)
    for path in lab.get_image_files(folder):
        path.unlink()
    panel.guessing.near = [panel.guessing._near(one.neighbour) for one in panel.guessing.near]
    panel.changed()
    assert panel.near.value.count("does not exist") == 8
    panel.close()


def shrunk(image):
    return image.resize((64, 64))


def test_before_a_picture_there_is_nothing_to_compare(panel):
    with pytest.raises(ValueError, match="there is no picture yet"):
        panel.find_near()


def test_an_exported_model_predicts_and_says_why_there_are_no_neighbours(learn, folder, tmp_path):
    exported = lab.load_learner(learn.export(tmp_path / "colours.safetensors"))
    panel = PredictPanel(exported)
    panel.widget  # noqa: B018
    path = lab.get_image_files(folder)[0]
    label, _, probabilities = panel.predict(path)
    assert label == learn.predict(path)[0]
    assert torch.allclose(probabilities, learn.predict(path)[2], atol=0.02)  # in another precision
    assert panel.guessing.guess.cam is not None
    assert panel.code() == f"predictor.predict({str(path)!r})"
    texts = [child.value for child in all_of(panel.widget) if isinstance(child, widgets.HTML)]
    assert EXPORTED in texts
    assert not any("Nearest" in str(getattr(child, "description", "")) for child in all_of(panel.widget))
    with pytest.raises(ValueError, match="carries no training pictures"):
        panel.find_near()
    panel.close()


def all_of(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_of(child)


def test_a_model_of_ones_own_has_no_neighbours_and_no_map_and_says_why(folder):
    lab.set_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 3))
    guessing = Guessing(lab.Learner(small_dls(folder), model))
    guessing.take(picture())
    assert guessing.guess.cam is None
    assert "gives no maps" in guessing.guess.no_cam
    assert "Only a model from create_classifier" in guessing.no_neighbours


def test_while_it_trains_elsewhere_it_predicts_between_two_batches(panel, learn):
    with learn.claimed("fit"):
        assert panel.predict(picture())[0] in learn.dls.vocab


def test_a_snapshot_holds_the_picture_and_the_bars(panel, monkeypatch):
    empty = panel.snapshot().size[1]
    panel.predict(picture())
    assert panel.snapshot().size[1] > empty + 528


def test_its_words_name_the_file_without_its_folders(panel, folder):
    file = next((folder / "red").glob("*.png"))
    panel.predict(file)
    assert repr(str(file)) in panel.code()
    assert str(folder) not in repr(panel) and f"predict({file.name!r})" in repr(panel)


@pytest.mark.skipif(IS_7, reason="ipywidgets 7 has no tooltips but on buttons")
def test_the_tooltip_of_the_upload_is_a_sentence(panel):
    assert panel.upload.tooltip == "choose a picture file of your own"
