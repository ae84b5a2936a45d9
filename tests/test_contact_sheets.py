"""Contact sheets, looked at pixel by pixel: sizes, places, colours, and captions that stay put."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageFont, features

from lab import contact_sheets, fonts
from lab.contact_sheets import RIGHT, WRONG, contact_sheet

GAP = 8
HARD_CAPTIONS = [
    "staffordshire_bull_terrier / american_pit_bull_terrier / 5.12 / 0.99",
    "a" * 5000,
    "<b>Birman</b> &amp; \"quoted\" 'single' `back` \\n {0} %s",
    "😀🐶👩‍👩‍👧",
    "כלב אילן / كلب",
    "é e\u0301 ß Ж \u03b1 猫 \u200b\u200d\u00a0",
    "tab\there\rcarriage\x00null\x1b[31m",
    "lone \ud83d surrogate",
    "Z̷̡̢͎͇͎̳͕̻͙̺͇̱̏̓́͆a̴̛̩̯l̸̢̺̘̻͔̮͈̑̂g̸̰͙̩̀̀͂ơ̵̤͈̟",
    "\n\n",
    "   ",
    "____________________________________________",
]


def plain(color, size=(40, 40)):
    return Image.new("RGB", size, color)


def inked(sheet, background=255):
    """Where the sheet is not white: (top, bottom, left, right), the last two exclusive."""
    rows, columns = np.nonzero((np.asarray(sheet) != background).any(axis=2))
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def row_height(lines):
    font = ImageFont.load_default(13)
    return (GAP + lines * (sum(font.getmetrics()) + 2)) if lines else 0


def test_a_sheet_without_captions_is_tiles_and_gaps():
    sheet = contact_sheet([plain("red")] * 4, tile=(40, 30))
    assert sheet.mode == "RGB"
    assert sheet.size == (GAP + 2 * (40 + GAP), GAP + 2 * (30 + GAP))
    assert sheet.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_columns_are_near_a_square_by_default(count, columns):
    assert contact_sheet([plain("red")] * count, tile=(40, 40)).width == GAP + columns * 48


def test_no_more_columns_than_pictures():
    assert contact_sheet([plain("red")] * 2, ncols=9, tile=(40, 40)).width == GAP + 2 * 48


def test_pictures_come_row_by_row():
    colors = ["#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff"]
    sheet = contact_sheet([plain(color) for color in colors], ncols=3, tile=(40, 40))
    for i, color in enumerate(colors):
        middle = (GAP + 20 + 48 * (i % 3), GAP + 20 + 48 * (i // 3))
        assert "#{:02x}{:02x}{:02x}".format(*sheet.getpixel(middle)) == color


@pytest.mark.parametrize(
    ("size", "shown"),
    [((80, 40), (60, 30)), ((40, 80), (30, 60)), ((6, 3), (60, 30)), ((60, 60), (60, 60)),
     ((5000, 1), (60, 1)), ((1, 5000), (1, 60))],
)  # fmt: skip
def test_a_picture_is_fitted_and_never_distorted(size, shown):
    sheet = contact_sheet([plain("black", size)], tile=(60, 60))
    top, bottom, left, right = inked(sheet)
    assert (right - left, bottom - top) == shown
    assert abs((left - GAP) - (GAP + 60 - right)) <= 1  # centred


def test_arrays_tensors_and_images_of_one_picture_look_the_same():
    array = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    floats = (tensor.float() / 255).requires_grad_()
    same = [Image.fromarray(array), array, tensor, floats, floats.double(), array / 255]
    expected = contact_sheet([array], tile=(30, 20))
    assert np.array_equal(np.asarray(expected)[GAP : GAP + 20, GAP : GAP + 30], array)
    for picture in same:
        assert contact_sheet([picture], tile=(30, 20)) == expected


def test_grey_pictures_and_a_batch_and_bfloat16_are_taken():
    grey = np.full((10, 10), 128, np.uint8)
    batch = torch.full((2, 1, 10, 10), 128 / 255)
    expected = contact_sheet([grey, grey], tile=(10, 10))
    assert expected.getpixel((GAP + 5, GAP + 5)) == (128, 128, 128)
    assert contact_sheet([grey[:, :, None], Image.fromarray(grey)], tile=(10, 10)) == expected
    assert contact_sheet(batch, tile=(10, 10)) == expected
    assert contact_sheet(batch.bfloat16(), tile=(10, 10)) == expected


def test_what_is_transparent_is_white_and_a_nan_is_black():
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert contact_sheet([clear], tile=(10, 10)).getpixel((GAP + 5, GAP + 5)) == (255, 255, 255)
    assert contact_sheet([np.asarray(clear)], tile=(10, 10)).getextrema() == ((255, 255),) * 3
    nan = np.full((10, 10, 3), np.nan)
    assert contact_sheet([nan], tile=(10, 10)).getpixel((GAP + 5, GAP + 5)) == (0, 0, 0)


# Captions


def test_captions_take_their_colours():
    sheet = contact_sheet([plain("white", (60, 20))] * 3, ["HHHH"] * 3, 3, (60, 20), [RIGHT, WRONG, None])
    for i, color in enumerate([(0x00, 0x72, 0xB2), (0xC0, 0x39, 0x2B), (0x1F, 0x23, 0x28)]):
        part = sheet.crop((GAP + i * 68, GAP + 20, GAP + i * 68 + 60, sheet.height))
        assert color in {pixel for _, pixel in part.getcolors(10_000)}


def test_captions_of_a_row_start_at_one_height_under_the_tallest_picture():
    pictures = [plain("white", (60, 20)), plain("white", (20, 60))]
    sheet = contact_sheet(pictures, ["HHH", "HHH\nHHH"], 2, (60, 60))
    assert sheet.height == GAP + 60 + row_height(2) + GAP
    one, two = sheet.crop((0, 0, 72, 300)), sheet.crop((72, 0, 200, 300))
    assert inked(one.crop((0, 0, 72, sheet.height)))[0] == inked(two.crop((0, 0, 64, sheet.height)))[0]


def test_a_row_of_flat_pictures_takes_no_more_room_than_it_needs():
    sheet = contact_sheet([plain("red", (80, 20))] * 2, ["a", "b"], 2, (80, 80))
    assert sheet.height == GAP + 20 + row_height(1) + GAP


@pytest.mark.parametrize("caption", HARD_CAPTIONS)
@pytest.mark.parametrize("width", [160, 48, 5])
def test_no_caption_leaves_its_own_place(caption, width):
    pictures = [plain("white", (width, width))] * 9
    captions = [""] * 4 + [caption] + [""] * 4
    sheet = contact_sheet(pictures, captions, 3, (width, width))
    middle = GAP + width + GAP
    if (np.asarray(sheet) != 255).any():
        top, bottom, left, right = inked(sheet)
        assert middle <= left < right <= middle + width
        assert GAP + 2 * width <= top < bottom <= sheet.height - 2 * GAP - width


def test_a_long_caption_wraps_at_its_joints_and_ends_in_an_ellipsis():
    font = ImageFont.load_default(13)
    lines = contact_sheets.wrapped("american_pit_bull_terrier", font, 110)
    assert lines == ["american_pit_", "bull_terrier"]
    assert contact_sheets.wrapped("one two three", font, 1000) == ["one two three"]
    assert contact_sheets.wrapped("one\ntwo", font, 1000) == ["one", "two"]
    lines = contact_sheets.wrapped("word " * 200, font, 100)
    assert len(lines) == 3
    assert lines[-1].startswith("word") and lines[-1].endswith("…")
    lines = contact_sheets.wrapped("x" * 200, font, 100)
    assert (len(lines), lines[0].strip("x"), lines[-1].strip("x")) == (3, "", "…")
    assert all(font.getlength(line) <= 100 for line in lines)


def test_a_wrapped_caption_loses_no_letter():
    font = ImageFont.load_default(13)
    text = "staffordshire_bull_terrier/american-pit bull"
    assert "".join(contact_sheets.wrapped(text, font, 130)).replace(" ", "") == text.replace(" ", "")


def test_captions_need_not_be_text():
    assert contact_sheet([plain("red")], [3.5]) == contact_sheet([plain("red")], ["3.5"])
    assert contact_sheet([plain("red")], [None]) == contact_sheet([plain("red")])


def test_letters_no_font_has_are_drawn_as_something():
    sheet = contact_sheet([plain("white", (60, 20))], ["\U0010fffe"], 1, (60, 20))
    assert (np.asarray(sheet) != 255).any()


def test_an_arabic_truth_stays_on_the_left_of_its_prediction():
    if not features.check("raqm"):
        pytest.skip("this Pillow cannot set the direction of a text")
    caption = "\u0643\u0644\u0628 ........"  # gaps between the stops, none in the letters
    sheet = contact_sheet([plain("white", (300, 20))], [caption], 1, (300, 20))
    columns = (np.asarray(sheet) < 200).any(axis=2).sum(axis=0)
    inked = np.trim_zeros(columns)
    assert inked[:10].all() and not inked[-10:].all()


def test_without_a_system_font_nothing_fails(monkeypatch):
    monkeypatch.setattr(fonts, "SYSTEM_FONTS", ("no such font.ttf",))
    pictures = [plain("red")] * len(HARD_CAPTIONS)
    assert contact_sheet(pictures, HARD_CAPTIONS, title="é 猫").width > 0


# Title


def test_a_title_stands_above_and_wraps_inside_the_sheet():
    pictures = [plain("white")] * 2
    bare = contact_sheet(pictures, tile=(60, 60))
    short = contact_sheet(pictures, tile=(60, 60), title="Top")
    long = contact_sheet(pictures, tile=(60, 60), title="losses " * 90)
    assert bare.height < short.height < long.height
    assert bare.width == short.width == long.width
    _, bottom, left, right = inked(long)
    assert GAP <= left < right <= long.width - GAP
    assert bottom <= long.height - bare.height + GAP


# What is refused


def test_no_pictures_are_refused():
    with pytest.raises(ValueError, match=r"got no pictures"):
        contact_sheet([])


def test_captions_and_colours_of_another_number_are_refused():
    with pytest.raises(ValueError, match=r"got 1 captions for 2 pictures"):
        contact_sheet([plain("red")] * 2, ["one"])
    with pytest.raises(ValueError, match=r"got 3 colors for 2 pictures"):
        contact_sheet([plain("red")] * 2, colors=[RIGHT] * 3)


@pytest.mark.parametrize("options", [{"ncols": 0}, {"tile": (0, 10)}])
def test_sizes_below_one_are_refused(options):
    with pytest.raises(ValueError, match=r"Use 1 or more for each"):
        contact_sheet([plain("red")], **options)


@pytest.mark.parametrize(
    ("picture", "kind", "message"),
    [
        ("cat.jpg", TypeError, r"picture 1 is a str.*open a file first"),
        (np.zeros((3, 8, 9), np.uint8), ValueError, r"shape \(3, 8, 9\).*\(h, w, 3\) for an array"),
        (torch.zeros((8, 9, 3)), ValueError, r"shape \(9, 3, 8\).*\(3, h, w\) for a tensor"),
        (np.zeros((8, 9), np.int64), ValueError, r"type int64. Use uint8"),
        (torch.full((3, 8, 9), 200.0), ValueError, r"values 200 to 200.*divide by 255"),
        (torch.full((3, 8, 9), -2.0), ValueError, r"Undo the normalising"),
        (np.zeros((0, 9, 3), np.uint8), ValueError, r"picture 1 has size \(9, 0\)"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_place(picture, kind, message):
    with pytest.raises(kind, match=message):
        contact_sheet([plain("red"), picture])


def test_torch_is_not_imported():
    code = "import sys, lab.contact_sheets, lab.progress; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
