"""The augmentation panel in a real JupyterLab: a slider moved by key changes the pictures on the page."""

import re

import pytest

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=window.ran=1>"
PREPARE = """
import shutil
from pathlib import Path
from lab import *
source, copy = Path({source!r}), Path({copy!r})
for label, kind in (("cats", {hostile!r}), ("dogs", "dogs")):
    shutil.copytree(source / "train" / label, copy / kind)
first = sorted((copy / {hostile!r}).iterdir())[0]
first.rename(first.with_name({hostile!r} + ".jpg"))
block = DataBlock(
    get_y=parent_label, item_tfms=Resize(256), batch_tfms=aug_transforms(size=128, min_scale=0.75)
)
dls = block.dataloaders(copy, bs=8)
"""
DRAWS = ".paw-draw img"
SOURCES = "images => images.map(image => image.src)"
SHOWN = """([css, shown]) =>
    [...document.querySelectorAll(css)].every(image => image.complete && shown.includes(image.src))"""


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 900)])
def test_a_slider_moved_by_key_a_preset_a_new_draw_and_presizing(notebook, drawn, tmp_path, theme, width):
    prepare = PREPARE.format(source=str(drawn("dogscats")), copy=str(tmp_path / "copy"), hostile=HOSTILE)
    cells = [prepare, "panel = AugmentPanel(dls)\npanel"]
    book = notebook(cells, theme=theme, width=width, height=1000)
    book.run(0)
    book.run(1)
    panel = book.cell(1).locator(".paw-panel")
    pictures = panel.locator(DRAWS)

    def settled(differ):
        """The pictures on the page, once they are those of the kernel and `differ` from what they were."""
        seen = []

        def done():
            drawn = "''.join(one.value for one in panel.columns)"
            shown = book.kernel(f"'' if panel._background.busy else {drawn}")
            seen[:] = pictures.evaluate_all(SOURCES)
            return len(seen) == 12 and book.page.evaluate(SHOWN, [DRAWS, shown]) and differ(seen)

        book.poll(done, 60, "the page does not show the kernel's pictures, or they did not change")
        return seen

    def changes(which, act):
        before, top = settled(lambda _: True), panel.locator(".paw-stages").bounding_box()
        act()
        settled(lambda seen: which(a != b for a, b in zip(before, seen, strict=True)))
        assert panel.locator(".paw-stages").bounding_box() == top  # nothing jumps

    settled(lambda _: True)
    assert all(pictures.evaluate_all("images => images.map(image => image.naturalWidth === 128)"))
    book.screenshot(f"augment-{theme}-{width}", panel)

    handle = panel.locator(".paw-sliders .noUi-handle").nth(1)  # rotate

    def turn():
        handle.focus()
        for _ in range(15):
            book.page.keyboard.press("ArrowRight")
        book.until("panel.parameters.rotate == 25")

    changes(any, turn)
    panel.get_by_text("aug_transforms(size=128, min_scale=0.75, rotate=25)", exact=True).wait_for()

    changes(any, panel.get_by_role("button", name="top down").click)
    assert book.kernel("panel.chosen()") == "'top down'"
    changes(all, panel.get_by_role("button", name="New draw").click)
    panel.locator(".paw-status", has_text="seed 1").wait_for()

    panel.get_by_role("button", name="Presizing").click()
    pair = panel.locator(".paw-pair")
    pair.locator("img").nth(5).wait_for()
    assert pair.locator("img").count() == 6
    assert not panel.locator(".paw-stages").is_visible()
    assert re.search(r"mean 0\.\d{3} · largest [01]\.\d\d", pair.inner_text())
    book.screenshot(f"augment-presizing-{theme}-{width}", panel)

    panel.get_by_role("button", name="Pictures", exact=True).click()
    book.kernel("[panel.other_pictures() for _ in range(3)]")
    panel.get_by_alt_text(HOSTILE).first.wait_for()
    settled(lambda _: True)
    assert book.page.evaluate("window.ran") is None
    assert book.errors == []
