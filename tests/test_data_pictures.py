"""Every kind of picture becomes the right RGB, and every kind of broken file one sentence that says why."""

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from lab.data import jpeg, pictures
from lab.data.pictures import BrokenPicture, check_pictures, open_picture, picture_size

ODD = Path(__file__).parents[2] / "shared/data/odd"
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
TURNS = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green / blue, white: a picture in which every turn and flip shows."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def corners(picture: Image.Image) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four quarters, by rows."""
    width, height = picture.size
    return [picture.getpixel((width * i // 4, height * j // 4)) for j in (1, 3) for i in (1, 3)]


def near(found, expected, tolerance=6):
    return np.abs(np.array(found, int) - np.array(expected, int)).max() <= tolerance


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# --- what becomes the right RGB ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_every_format_becomes_the_same_rgb_whatever_the_extension_claims(tmp_path, kind):
    path = tmp_path / "picture.mat.jpg"
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    path.write_bytes(saved(quarters(), kind, **options))
    picture = open_picture(path)
    assert picture.mode == "RGB"
    assert picture.size == picture_size(path) == (64, 48)
    assert near(corners(picture), [RED, GREEN, BLUE, WHITE])


def test_path_string_bytes_and_file_object_give_the_same_picture(tmp_path):
    path = tmp_path / "a.png"
    quarters().save(path)
    expected = np.asarray(quarters())
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), Image.open(path)):
        assert np.array_equal(np.asarray(open_picture(source)), expected)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P", "PA", "RGBA", "CMYK", "I;16"])
def test_a_grey_ramp_keeps_its_greys_in_every_mode(mode):
    ramp = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (4, 1)))
    expected = np.asarray(ramp)
    if mode == "1":
        ramp = ramp.point(lambda value: 255 * (value > 127)).convert("1")
        expected = np.where(expected > 127, 255, 0)
    elif mode == "I;16":
        ramp = Image.fromarray(expected.astype(np.uint16) * 257)
    elif mode == "CMYK":
        ramp = ramp.convert("RGB").convert("CMYK")
    elif mode == "PA":
        ramp = ramp.convert("P").convert("PA")
    else:
        ramp = ramp.convert(mode)
    assert ramp.mode == mode
    kind = {"CMYK": "TIFF", "PA": None}.get(mode, "PNG")
    picture = open_picture(saved(ramp, kind) if kind else ramp)
    assert picture.mode == "RGB"
    for channel in range(3):
        assert near(np.asarray(picture)[..., channel], expected, tolerance=1)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    values = np.array([[0, 255, 256, 1000, 32768, 65535]], np.uint16)
    expected = np.round(values / 257).astype(int)
    big_endian = png(6, 1, 16, 0, b"\0" + values.astype(">u2").tobytes())
    for data in (big_endian, saved(Image.fromarray(values), "TIFF")):
        assert near(np.asarray(open_picture(data))[..., 0], expected, tolerance=1)
    # mode I, as older Pillow opens 16-bit grey
    wide = Image.fromarray(values.astype(np.int32))
    assert wide.mode == "I"
    assert near(np.asarray(open_picture(wide))[..., 1], expected, tolerance=1)


def test_thirty_two_bits_are_scaled_by_their_own_range():
    values = np.array([[0, 2**30, 2**31 - 1, -5]], np.int32)
    assert near(np.asarray(open_picture(Image.fromarray(values)))[..., 0], [[0, 127, 255, 0]], tolerance=1)


def test_sixteen_bit_colour_png():
    row = b"\0" + struct.pack(">6H", 65535, 32768, 0, 0, 257 * 10, 65535)
    assert near(np.asarray(open_picture(png(2, 1, 16, 2, row))), [[(255, 128, 0), (0, 10, 255)]], 1)


def test_transparency_is_laid_on_white():
    layer = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    layer.putpixel((1, 0), (255, 0, 0, 128))
    for data in (saved(layer, "PNG"), saved(layer, "WEBP", lossless=True), saved(layer, "TIFF")):
        assert near(np.asarray(open_picture(data)), [[WHITE, (255, 127, 127)]], 1)
    grey = Image.merge("LA", [Image.new("L", (1, 1), 0), Image.new("L", (1, 1), 128)])
    assert near(np.asarray(open_picture(saved(grey, "PNG"))), [[(127, 127, 127)]], 1)


def test_a_transparent_palette_colour_becomes_white():
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((1, 0), 1)
    for data in (saved(picture, "GIF", transparency=0), saved(picture, "PNG", transparency=0)):
        assert np.asarray(open_picture(data)).tolist() == [[list(WHITE), [200, 100, 50]]]
    # one alpha value per palette entry, about which Pillow's own convert warns
    half = saved(picture, "PNG", transparency=bytes([0, 255]))
    assert np.asarray(open_picture(half)).tolist() == [[list(WHITE), [200, 100, 50]]]


def test_a_transparent_colour_of_an_rgb_png_becomes_white():
    picture = Image.new("RGB", (2, 1), (1, 2, 3))
    picture.putpixel((1, 0), (9, 9, 9))
    data = saved(picture, "PNG", transparency=(1, 2, 3))
    assert np.asarray(open_picture(data)).tolist() == [[list(WHITE), [9, 9, 9]]]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert open_picture(data).getpixel((4, 4)) == RED


def test_cmyk_jpeg_has_the_right_colours_also_with_the_inversion_that_adobe_writes():
    data = saved(quarters().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data  # libjpeg marks CMYK so, and Pillow inverts it
    assert near(corners(open_picture(data)), [RED, GREEN, BLUE, WHITE], 12)
    assert near(corners(open_picture(data, smallest=10)), [RED, GREEN, BLUE, WHITE], 12)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_undone(tmp_path, kind, orientation):
    stored = quarters()
    for turn in TURNS[orientation]:
        stored = stored.transpose(turn)
    path = tmp_path / "turned"
    options = {} if kind == "PNG" else {"quality": 95}
    path.write_bytes(saved(stored, kind, exif=exif(orientation), **options))
    assert near(corners(open_picture(path)), [RED, GREEN, BLUE, WHITE])
    assert open_picture(path).size == picture_size(path) == (64, 48)
    assert near(corners(open_picture(path, smallest=12)), [RED, GREEN, BLUE, WHITE], 12)
    assert near(corners(open_picture(Image.open(path))), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_a_tiff_is_undone_once(tmp_path, orientation):
    stored = quarters()
    for turn in TURNS[orientation]:
        stored = stored.transpose(turn)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = orientation
    path = tmp_path / "turned.tif"
    stored.save(path, tiffinfo=tags)
    assert corners(open_picture(path)) == [RED, GREEN, BLUE, WHITE]
    assert open_picture(path).size == picture_size(path) == (64, 48)


def test_a_picture_that_was_turned_upright_is_not_turned_again(tmp_path):
    path = tmp_path / "phone.png"
    path.write_bytes(saved(quarters(), "PNG", exif=exif(6)))
    once = open_picture(path)
    assert open_picture(once).tobytes() == once.tobytes()


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0MM\0*\0\0\xff\xff",
        b"Exif\0\0II*\0" + b"\xff" * 40,
        b"Exif\0\0XX" + bytes(30),
        exif(0),
        exif(9),
        exif(6)[:-8],
    ],
)
def test_a_malformed_exif_block_means_upright_and_gives_no_warning(block):
    plain = saved(quarters(), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = open_picture(plain[:2] + segment + plain[2:])
    assert jpeg.orientation(block) == 1
    assert near(corners(picture), [RED, GREEN, BLUE, WHITE], 12)


def test_metadata_changes_no_pixel_of_a_jpeg():
    plain = saved(quarters(), "JPEG")
    full = saved(quarters(), "JPEG", exif=exif(1), icc_profile=bytes(70_000), comment=b"hello" * 100)
    assert len(full) > len(plain) + 70_000
    assert np.array_equal(np.asarray(open_picture(full)), np.asarray(open_picture(plain)))
    assert jpeg.without_metadata(full, jpeg.read_header(full)) == plain


def test_smallest_decodes_less_but_never_shorter_than_asked(tmp_path):
    path = tmp_path / "big.jpg"
    quarters(801, 603).save(path, quality=95)
    sizes = {smallest: open_picture(path, smallest).size for smallest in (603, 302, 301, 151, 150, 76, 75, 1)}
    assert sizes[603] == sizes[302] == (801, 603)
    assert sizes[301] == sizes[151] == (401, 302)
    assert sizes[150] == sizes[76] == (201, 151)
    assert sizes[75] == sizes[1] == (101, 76)
    assert all(min(size) >= smallest for smallest, size in sizes.items())
    assert open_picture(path).size == open_picture(path, 5000).size == (801, 603)
    assert near(corners(open_picture(path, 75)), [RED, GREEN, BLUE, WHITE])


def test_smallest_must_be_a_length():
    with pytest.raises(ValueError, match="smallest is 0"):
        open_picture(b"", smallest=0)


def test_the_odd_pictures_of_a_real_archive_open():
    if not ODD.is_dir():
        pytest.skip("the real pictures in shared/data/odd are not on this machine")
    for path in sorted(ODD.glob("*.jpg")):
        assert path.read_bytes()[:2] != b"\xff\xd8"  # a GIF and a PNG
        assert open_picture(path).size == picture_size(path)
    assert set(check_pictures(ODD.iterdir())) == set(ODD.glob("*.mat"))


# --- what is broken ---


def reason(source) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BrokenPicture) as caught:
            open_picture(source)
    assert str(caught.value).endswith(f"{caught.value.reason}.")
    return caught.value.reason


def test_a_broken_picture_names_its_file_and_the_reason(tmp_path):
    path = tmp_path / "IMG 001.jpg"
    path.touch()
    with pytest.raises(BrokenPicture) as caught:
        open_picture(path)
    assert caught.value.path == path
    assert caught.value.reason == "is empty (0 bytes)"
    assert str(caught.value) == f"open_picture: {str(path)!r} is empty (0 bytes)."
    assert isinstance(caught.value, ValueError)


def test_a_missing_file_and_a_folder(tmp_path):
    assert reason(tmp_path / "none.jpg") == "does not exist"
    assert reason(tmp_path).startswith("is a folder, not a picture: ")
    with pytest.raises(BrokenPicture, match="does not exist"):
        picture_size(tmp_path / "none.jpg")
    with pytest.raises(BrokenPicture, match="is a folder"):
        picture_size(tmp_path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_picture_that_is_cut_off_is_found_out(kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8))
    data = saved(noise, kind)
    cut = data[: int(len(data) * share)]
    assert reason(cut).startswith((f"is cut off after {len(cut):,} bytes", "cannot be decoded")), reason(cut)
    if kind == "JPEG":
        assert reason(cut).startswith("is cut off after")
        with pytest.raises(BrokenPicture, match="is cut off"):
            open_picture(cut, smallest=1)


def test_a_picture_cut_within_its_header_is_found_out(tmp_path):
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF"):
        data = saved(quarters(), kind)
        for length in (4, 9, 14, 20, 30):
            assert reason(data[:length])
            path = tmp_path / "cut"
            path.write_bytes(data[:length])
            if length <= 20 and kind not in ("GIF", "WEBP"):
                with pytest.raises(BrokenPicture):
                    picture_size(path)


def test_text_named_jpg_is_called_text(tmp_path):
    path = tmp_path / "page.jpg"
    path.write_text("<html>\n  <p>404: not found", encoding="utf-8")
    assert reason(path) == "is text, not a picture: it begins '<html> <p>404: not found'"
    with pytest.raises(BrokenPicture, match="is text, not a picture"):
        picture_size(path)
    assert "is text" in reason(("größer 🐈 " * 100).encode())
    assert "is text" in reason(b"P5ython is a language")  # begins as a PPM does
    assert reason(b"\x01\x02\x03\x04\xff\xfe\x00\x00") == (
        "is not a picture that Pillow reads (its first bytes: 01 02 03 04 ff fe 00 00)"
    )
    assert "save it as JPEG" in reason(b"\0\0\0\x18ftypheic" + bytes(20))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(40_000, 40_000, 8, 2, b"\0"))
    assert reason(path).startswith("is 40000 x 40000 pixels: over the limit of 200 million")
    assert picture_size(path) == (40_000, 40_000)
    gif = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0," + struct.pack("<HHHH", 0, 0, 65535, 65535)
    assert "65535 x 65535 pixels" in reason(gif + b"\0\x02\x02\x4c\x01\0;")
    big = saved(quarters(), "JPEG")
    frame = big.index(b"\xff\xc0")
    big = big[: frame + 5] + struct.pack(">HH", 60_000, 60_000) + big[frame + 9 :]
    assert "60000 x 60000 pixels" in reason(big)


def test_between_pillows_limit_and_ours_no_warning_is_given(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # as if the picture were over 89 million pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_picture(saved(quarters(), "PNG")).size == (64, 48)
        assert open_picture(saved(quarters(), "JPEG")).size == (64, 48)


def test_a_file_over_the_size_limit_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "huge.jpg"
    path.write_bytes(saved(quarters(), "PNG"))
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    assert "over the limit" in reason(path)


def test_postscript_is_never_run():
    # Pillow itself starts Ghostscript for such a file.
    assert reason(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n").startswith("is text, not a picture")


def test_floating_point_pixels_are_refused_in_words():
    data = saved(Image.new("F", (3, 3), 0.5), "TIFF")
    assert "floating-point" in reason(data)


def test_bytes_that_only_begin_like_a_picture_raise_nothing_but_broken_picture():
    rng = np.random.default_rng(0)
    starts = [saved(quarters(), name)[:40] for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "PPM")]
    for trial in range(300):
        start = starts[trial % len(starts)]
        data = bytearray(start + rng.bytes(200))
        for position in rng.integers(8, len(data), 5):
            data[position] = int(rng.integers(256))
        try:
            assert open_picture(bytes(data)).mode == "RGB"
        except BrokenPicture as broken:
            assert broken.reason


def test_check_pictures_names_each_broken_file_in_order(tmp_path):
    good, empty, cut = tmp_path / "b.jpg", tmp_path / "c.jpg", tmp_path / "a.jpg"
    good.write_bytes(saved(quarters(), "JPEG"))
    empty.touch()
    cut.write_bytes(good.read_bytes()[:-200])
    found = check_pictures([good, empty, cut], workers=2)
    assert list(found) == [empty, cut]
    assert found[empty] == "is empty (0 bytes)"
    assert found[cut].startswith("is cut off")
    assert check_pictures([str(good)]) == {}
    assert check_pictures([]) == {}


def test_many_threads_give_the_same_pictures_as_one():
    data = [saved(quarters(40 + i, 30 + i), "JPEG", exif=exif(1 + i % 8)) for i in range(24)]
    alone = [np.asarray(open_picture(each)) for each in data]
    with ThreadPoolExecutor(8) as pool:
        together = [np.asarray(picture) for picture in pool.map(open_picture, data * 5)]
    assert all(np.array_equal(together[i], alone[i % 24]) for i in range(120))
