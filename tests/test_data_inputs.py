"""One picture gives one answer in every form that somebody has it in; what is no picture gives a sentence."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from small import draw_picture, picture_folder, small_classifier, small_dls

import lab
from lab.data.accepted import without_label
from lab.data.arrays import as_input, from_array
from lab.data.broken import BrokenPicture
from lab.data.cache import picture_cache
from lab.data.pictures import EXACT_PIXELS, open_picture
from lab.data.pipeline import ItemTransforms, Pipeline
from lab.data.resize import Resize

COLOUR = (40, 190, 60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("inputs") / "pictures", each=6)


@pytest.fixture(scope="module")
def learn(folder):
    # A final size below that of Resize: an item is then no longer made of 255ths.
    learn = small_classifier(folder, item_tfms=Resize(80), batch_tfms=lab.aug_transforms(size=64))
    learn.fit_one_cycle(2, 1e-2)
    return learn


@pytest.fixture(scope="module")
def path(folder):
    return folder / "green" / "01.png"


@pytest.fixture(scope="module")
def values(path):
    """The picture's pixels, (h, w, 3) uint8."""
    return np.asarray(Image.open(path).convert("RGB"))


class Stream:
    """What can be read once, from the front, as an answer over the network."""

    def __init__(self, data):
        self.read = io.BytesIO(data).read


def zipped(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", data)
    return zipfile.ZipFile(file).open("a.png")


FORMS = {
    "str": lambda path, values: str(path),
    "bytes": lambda path, values: path.read_bytes(),
    "bytearray": lambda path, values: bytearray(path.read_bytes()),
    "memoryview": lambda path, values: memoryview(path.read_bytes()),
    "BytesIO": lambda path, values: io.BytesIO(path.read_bytes()),
    "stream": lambda path, values: Stream(path.read_bytes()),
    "zip member": lambda path, values: zipped(path.read_bytes()),
    "lazy PIL": lambda path, values: Image.open(io.BytesIO(path.read_bytes())),
    "PIL RGBA": lambda path, values: Image.open(path).convert("RGBA"),
    "PIL RGBa": lambda path, values: Image.open(path).convert("RGBA").convert("RGBa"),
    "PIL CMYK": lambda path, values: Image.open(path).convert("CMYK"),
    "array": lambda path, values: values,
    "array RGBA": lambda path, values: np.dstack([values, np.full(values.shape[:2], 255, np.uint8)]),
    "array (3, h, w)": lambda path, values: values.transpose(2, 0, 1),
    "array int64": lambda path, values: values.astype("int64"),
    "array 0..1": lambda path, values: values / 255,
    "array float16": lambda path, values: (values / 255).astype("float16"),
    "mirrored twice": lambda path, values: np.ascontiguousarray(values[:, ::-1])[:, ::-1],
    "tensor (3, h, w)": lambda path, values: torch.tensor(values).permute(2, 0, 1),
    "tensor (h, w, 3)": lambda path, values: torch.tensor(values),
    "tensor 0..1": lambda path, values: torch.tensor(values).permute(2, 0, 1) / 255,
    "tensor with gradient": lambda path, values: (torch.tensor(values) / 255).requires_grad_(),
    "pair (picture, 3)": lambda path, values: (Image.fromarray(values), 3),
    "pair (array, name)": lambda path, values: (values, "green"),
    "pair (path, index)": lambda path, values: (path, torch.tensor(1)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_is_predicted_alike_in_every_form(learn, path, values, form):
    make = FORMS[form]
    expected = learn.predict(path)
    found = learn.predict(make(path, values))
    assert found[:2] == expected[:2]
    assert torch.equal(found[2], expected[2])
    batches = list(learn.dls.test_dl([make(path, values)]))
    assert torch.equal(batches[0][0].cpu(), learn.dls.pipeline().batch([path]))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "I", "I;16", "P"])
def test_a_grey_picture_is_opened_alike_in_every_mode(mode):
    grey = Image.fromarray(np.tile(np.arange(0, 256, 17, dtype=np.uint8), (9, 1)))
    if mode == "1":
        grey = grey.convert("1").convert("L")
    made = {
        "La": lambda: grey.convert("LA").convert("La"),
        "I;16": lambda: Image.fromarray(np.asarray(grey).astype(np.uint16) * 257),
    }
    picture = made.get(mode, lambda: grey.convert(mode))()
    assert picture.mode == mode
    expected = np.repeat(np.asarray(grey)[..., None], 3, axis=2)
    assert np.abs(np.asarray(open_picture(picture)).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("make", [lambda a: a, lambda a: a[..., None], lambda a: torch.tensor(a)[None]])
def test_one_channel_is_grey(make):
    grey = np.arange(30, dtype=np.uint8).reshape(5, 6)
    opened = np.asarray(open_picture(make(grey)))
    assert opened.shape == (5, 6, 3)
    assert (opened == grey[..., None]).all()


def test_a_mask_of_bool_is_black_and_white():
    assert np.asarray(from_array(np.array([[True, False]]))).tolist() == [[255, 0]]


def test_where_both_ends_could_be_channels_a_tensors_come_first_and_an_arrays_last():
    values = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    assert np.array_equal(np.asarray(from_array(values)), values)
    assert np.array_equal(np.asarray(from_array(torch.tensor(values))), values.transpose(1, 2, 0))


def test_every_255th_survives_the_way_over_floats():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (2, 1))
    for kind in ("float16", "float32", "float64"):
        assert np.array_equal(np.asarray(from_array((ramp / 255).astype(kind))), ramp)


def test_an_open_file_is_read_from_its_start_and_left_where_it_was(learn, path):
    expected = learn.predict(path)[2]
    with path.open("rb") as file:
        file.seek(20)
        assert torch.equal(learn.predict(file)[2], expected)
        assert file.tell() == 20
        assert torch.equal(learn.predict(file)[2], expected)
    written = io.BytesIO()
    Image.open(path).save(written, "PNG")  # and not rewound
    assert torch.equal(learn.predict(written)[2], expected)


# -- items of a loader: prepared already --


@pytest.mark.parametrize("make", [lambda x: x, lambda x: x.numpy(), lambda x: (x, 1), lambda x: x.double()])
def test_an_item_of_a_loader_is_predicted_as_get_preds_does(learn, make):
    probabilities, _ = learn.get_preds()
    item = learn.dls.valid.item(2)[0]
    assert not torch.equal(item * 255, (item * 255).round()), "an item with numbers between the 255ths"
    torch.testing.assert_close(learn.predict(make(item))[2], probabilities[2], atol=1e-6, rtol=1e-5)
    assert torch.equal(learn.dls.pipeline().batch([make(item)])[0], item)


def test_test_dl_leaves_items_of_a_loader_untouched(learn):
    items = [learn.dls.valid.item(i) for i in range(3)]
    loader = learn.dls.test_dl(items)
    ((x, y),) = list(loader)
    assert torch.equal(x.cpu(), torch.stack([item for item, _ in items]))
    assert y.tolist() == [-1, -1, -1]
    expected = learn.get_preds()[0][:3]
    torch.testing.assert_close(learn.get_preds(dl=loader)[0], expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(learn.tta(n=2, dl=loader)[0], expected, atol=1e-6, rtol=1e-5)
    assert loader.pictures.sizes.tolist() == [[64, 64]] * 3
    assert loader.picture(0).size == (64, 64)
    others = learn.dls.test_dl(items[1:])
    assert loader.pictures.fingerprint() != others.pictures.fingerprint()


def test_a_batch_is_as_many_pictures_for_test_dl_and_too_many_for_predict(learn):
    x, _ = next(iter(learn.dls.valid))
    (batch,) = [b for b, _ in learn.dls.test_dl(x)]
    assert torch.equal(batch, x)
    with pytest.raises(
        TypeError, match=r"got a batch of shape .*; expected one picture\. .*test_dl\(batch\)"
    ):
        learn.predict(x)


def test_items_beside_files_are_pictures_like_any_other(learn, path):
    item = learn.dls.valid.item(0)[0]
    (batch,) = [x for x, _ in learn.dls.test_dl([item, path])]
    assert torch.equal(batch[1].cpu(), learn.dls.pipeline().batch([path])[0])
    assert (batch[0].cpu() - item).abs().mean() < 0.05
    assert torch.equal(learn.dls.pipeline().batch([path, item])[1], item)


def test_a_float_picture_of_another_size_is_resized(values):
    pipeline = Pipeline(Resize(16))
    x = torch.tensor(values).permute(2, 0, 1) / 255
    assert pipeline.prepared(x) is None
    assert torch.equal(pipeline.batch([x]), pipeline.batch([values]))
    small = torch.rand(3, 16, 16)
    assert torch.equal(pipeline.batch([small])[0], small)


def test_without_resize_items_of_different_sizes_name_resize():
    with pytest.raises(ValueError, match=r"\(3, 4, 4\), \(3, 5, 5\).*Resize"):
        Pipeline().batch([torch.rand(3, 4, 4), torch.rand(3, 5, 5)])


def test_what_is_an_input_is_known_by_its_type_and_shape():
    assert as_input(np.zeros((3, 8, 8), np.uint8)) is None
    assert as_input(np.zeros((3, 8, 3), np.float32)) is None, "channels last"
    assert as_input(torch.zeros(1, 8, 8)) is None
    assert as_input(torch.zeros(3, 8, 8, dtype=torch.float64)).dtype == torch.float32


@pytest.mark.parametrize("pair", [("a.png", "b.png"), ("a.png", 1, 2), (torch.zeros(3, 4, 4),) * 2, (1, 2)])
def test_what_is_no_pair_of_picture_and_label_stays_whole(pair):
    assert without_label(pair) is pair


# -- a path and the picture opened from it --


def photo(path, size, kind):
    """A JPEG full of detail near the limit of its pixels, where scaled decoding differs most."""
    y, x = np.mgrid[: size[1], : size[0]]
    waves = [np.sin(x * (0.9 + kind / 40)), np.sin(y / (3 + kind)), np.sin((x + y) * 1.1)]
    Image.fromarray(np.uint8(127 + 120 * np.stack(waves, -1))).save(path, quality=92)
    return path


@pytest.mark.parametrize("tfm", [Resize(32), Resize(64, "squish"), Resize((24, 48), "pad")], ids=repr)
def test_a_jpeg_gives_the_same_pixels_by_path_bytes_pil_and_array(tmp_path, tfm):
    path = photo(tmp_path / "a.jpg", (900, 700), 1)
    with Image.open(path) as lazy:
        forms = [path, path.read_bytes(), lazy, np.asarray(Image.open(path))]
        batch = Pipeline(tfm).batch(forms)
    assert all(torch.equal(batch[0], row) for row in batch[1:])


def test_squish_is_pillows_own_resize_of_the_whole_picture(tmp_path):
    path = photo(tmp_path / "a.jpg", (1600, 1600), 2)
    expected = np.asarray(Image.open(path).resize((64, 64), Image.Resampling.BILINEAR))
    assert np.array_equal(ItemTransforms(Resize(64, "squish")).array(path), expected)
    cached = picture_cache([path], ItemTransforms(Resize(64, "squish")), threads=0)
    assert np.array_equal(cached.array(0), expected)


def test_a_giant_jpeg_is_decoded_smaller_and_still_looks_the_same(tmp_path):
    path = tmp_path / "giant.jpg"
    side = 8 * (int(EXACT_PIXELS**0.5) // 8 + 1)
    small = np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC).save(path, quality=90)
    with Image.open(path) as whole:
        expected = Resize(64)(whole.convert("RGB"))
    assert open_picture(path, 64, exact=True).width < side
    found = ItemTransforms(Resize(64)).array(path)
    assert np.abs(found.astype(int) - np.asarray(expected)).mean() < 0.25


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "MPO"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_turned_photo_is_upright_by_path_and_by_pil(tmp_path, kind, orientation):
    note = Image.Exif()
    note[0x0112] = orientation
    path = tmp_path / "turned"
    draw_picture(tmp_path / "a.png", COLOUR, 0)
    Image.open(tmp_path / "a.png").save(path, kind, exif=note)
    by_path = np.asarray(open_picture(path))
    with Image.open(path) as lazy:
        assert np.array_equal(np.asarray(open_picture(lazy)), by_path)
    with Image.open(path) as turned:
        assert np.array_equal(np.asarray(open_picture(ImageOps.exif_transpose(turned))), by_path)


# -- sentences --

REFUSED = {
    "None": (None, TypeError, "got None; expected one picture. Is the variable still empty"),
    "a number": (3, TypeError, "got an int; expected one picture. Give a path, the bytes"),
    "a list": (["a.png"], TypeError, r"got a list; .* learn\.get_preds\(dl=dls\.test_dl"),
    "a generator": ((p for p in "ab"), TypeError, "got a generator; .* For several"),
    "an upload": ({"content": memoryview(b"")}, TypeError, r"got a dict; .* upload\['content'\]"),
    "uploads": (({"content": b""},), TypeError, r"value\[0\]\['content'\]"),
    "a URL": (
        "https://example.org/cat.jpg",
        BrokenPicture,
        "'https://example.org/cat.jpg' is a URL: download",
    ),
    "a Path of a URL": (Path("s3://bucket/cat.jpg"), BrokenPicture, "s3:/.*is a URL: download it"),
    "a file URL": ("file:///tmp/cat.jpg", BrokenPicture, "is a URL: give the path alone"),
    "a data URL": ("data:image/png;base64,iVBO", BrokenPicture, "is a data URL: give its bytes, base64"),
    "no name": ("", BrokenPicture, "the path is an empty string"),
    "a name that no file has": ("a\0.png", BrokenPicture, "cannot be read .*null byte"),
    "a home": ("~/no-such-cat.jpg", BrokenPicture, r"does not exist \(write Path.*expanduser"),
    "empty bytes": (b"", BrokenPicture, r"is empty \(0 bytes\)"),
    "empty buffer": (memoryview(b""), BrokenPicture, r"is empty \(0 bytes\)"),
    "text": (io.StringIO("no"), TypeError, "opened as text; open it in binary mode"),
    "no pixels": (Image.new("RGB", (0, 4)), BrokenPicture, r"has no pixels \(0 x 4\)"),
    "floats to 255": (np.full((4, 4, 3), 200.0), ValueError, "from 200 to 200; expected 0..1.*array / 255"),
    "normalised": (
        torch.full((3, 4, 4), -2.0),
        ValueError,
        "from -2 to -2; .* the model normalises by itself",
    ),
    "NaN": (np.full((4, 4), np.nan), ValueError, "NaN or infinity"),
    "16 bits": (np.full((4, 4), 999, np.uint16), ValueError, r"999 \(uint16\); .* .array // 257"),
    "negative": (np.full((4, 4), -1), ValueError, r"from -1 to -1 \(int64\); expected 0..255\.$"),
    "two channels": (np.zeros((8, 8, 2), np.uint8), TypeError, r"of shape \(8, 8, 2\); expected"),
    "a row": (np.zeros(7, np.uint8), TypeError, r"of shape \(7,\); expected"),
    "objects": (np.zeros((4, 4), object), TypeError, "an array of object; expected uint8"),
    "no rows": (np.zeros((0, 4, 3), np.uint8), ValueError, "has no pixels"),
    "floating-point PIL": (Image.new("F", (3, 3)), BrokenPicture, "floating-point.*give its array in 0..1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_gets_a_sentence(name):
    thing, kind, words = REFUSED[name]
    with pytest.raises(kind, match=f"(?s){words}"):
        Pipeline(Resize(8)).batch([thing])


def test_a_folder_says_how_its_pictures_are_predicted(folder):
    with pytest.raises(
        BrokenPicture, match=r"is a folder, not a picture: .*learn\.get_preds\(dl=dls\.test_dl"
    ):
        open_picture(folder)


def test_a_file_or_picture_that_was_closed_gets_a_sentence(path):
    with path.open("rb") as file, Image.open(path) as lazy, Image.open(path) as loaded:
        loaded.load()
    with pytest.raises(BrokenPicture, match="closed file"):
        open_picture(file)
    for picture in (lazy, loaded):
        if picture is loaded:
            picture.close()
        with pytest.raises(BrokenPicture, match="was closed before it was used: open it again"):
            open_picture(picture)


def test_a_reader_that_gives_no_bytes_gets_a_sentence():
    class Upload:
        async def read(self):
            return b""

    with pytest.raises(TypeError, match=r"reading the Upload gave a coroutine; expected bytes.*await"):
        open_picture(Upload())


def test_bytes_that_are_no_picture_are_named_by_their_place_in_the_list(folder, path):
    with pytest.raises(BrokenPicture, match=r"\(item 1\) is text, not a picture"):
        small_dls(folder).test_dl([path.read_bytes(), b"not a picture at all"])


def test_a_url_in_a_list_is_named_as_it_was_given(folder, path):
    with pytest.warns(UserWarning, match="'https://example.org/a.jpg' is a URL"):
        loader = small_dls(folder).test_dl([path, "https://example.org/a.jpg"])
    assert loader.n == 1


# -- grey pictures and networks of one channel --


@pytest.mark.parametrize("cls", ["L", type("PILImageBW", (), {})])
def test_image_block_of_another_class_names_the_way_to_one_channel(cls):
    with pytest.raises(
        ValueError, match=r"got cls=(L|PILImageBW)\. Every picture is opened as RGB.*batch_tfms"
    ):
        lab.ImageBlock(cls=cls)


def test_image_block_takes_the_class_that_it_has():
    for block in (lab.ImageBlock(cls="RGB"), lab.ImageBlock(type("PILImage", (), {})), lab.ImageBlock):
        lab.DataBlock(blocks=(block, lab.CategoryBlock))


def test_the_batch_transform_that_the_sentence_names_feeds_a_network_of_one_channel(folder, path):
    dls = small_dls(folder, item_tfms=Resize(16), batch_tfms=lambda x, train, generator: x[:, :1] / 255)
    assert dls.one_batch()[0].shape[1:] == (1, 16, 16)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 16, 3))
    learn = lab.Learner(dls, net)
    learn.fit(1)
    with Image.open(path) as picture:
        expected = learn.predict(picture.convert("RGB"))[2]
    assert torch.equal(learn.predict(path)[2], expected)
