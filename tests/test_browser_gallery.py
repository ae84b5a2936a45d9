"""The gallery in a real JupyterLab, as a user would use it."""

import pytest

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"

PREPARE = """
import numpy as np, shutil
from pathlib import Path
import lab
from lab.panels.gallery.panel import GalleryPanel

root = Path({root!r})
paths = sorted((root / "valid").rglob("*.jpg"))
vocab = ("cats", "dogs", {hostile!r})
targets = np.array([vocab.index(path.parent.name) for path in paths])
if {odd}:  # a class and a file whose names are markup
    shutil.copy(paths[-1], root / "valid" / "dogs" / {hostile!r})
    paths.append(root / "valid" / "dogs" / {hostile!r})
    targets = np.append(targets, 2)
preds = targets.copy()
preds[:3], preds[targets == 2] = 1, 0
probs = np.full((len(paths), 3), 0.05)
probs[np.arange(len(paths)), preds] = 0.9 - 0.005 * np.arange(len(paths))
probs[np.arange(len(paths)), (preds + 1) % 3] = 0.05 + 0.005 * np.arange(len(paths))
interp = lab.ClassificationInterpretation(probs, targets, paths, vocab)
"""


@pytest.fixture
def root(drawn, tmp_path):
    """A copy of the drawn cats and dogs, since a picture with an odd name is added."""
    import shutil

    return shutil.copytree(drawn("dogscats"), tmp_path / "dogscats")


def cells(root, odd):
    """The notebook's cells. odd: with a class and a file whose names are markup."""
    prepare = PREPARE.format(root=str(root), hostile=HOSTILE, odd=odd)
    return [prepare, "panel = GalleryPanel(interp)\npanel"]


def alts(panel, count):
    """The alternative texts of the pictures that are on screen, once they are no more than `count`."""
    panel.locator(".paw-card img:visible").nth(count).wait_for(state="hidden")  # cards change one by one
    return panel.locator(".paw-card img").evaluate_all(
        "pictures => pictures.filter(p => p.checkVisibility({visibilityProperty: true})).map(p => p.alt)"
    )


def test_a_cell_opens_its_pictures_and_marks_stay(notebook, root):
    book = notebook(cells(root, odd=True), height=1100)
    dialogs = []
    book.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    book.run(0)
    book.run(1)
    panel = book.output(1)
    matrix = panel.locator(".js-plotly-plot")
    chosen = panel.locator(".paw-asked")

    panel.locator(".paw-card img").first.wait_for()
    height = panel.locator(".paw-panel").bounding_box()["height"]
    book.click_plot(matrix, 0.5, 1 / 6)  # truth cats, predicted dogs
    chosen.get_by_text("cats taken for dogs").wait_for()
    wanted = eval(book.kernel("[f.path.name for f in interp.confused('cats', 'dogs')]"))
    assert [alt.partition(": ")[0] for alt in alts(panel, 3)] == wanted and len(wanted) == 3
    assert panel.locator(".paw-panel").bounding_box()["height"] == height  # nothing below has moved

    panel.locator(".paw-card").first.get_by_role("button", name="relabel").click()
    panel.locator(".paw-badge", has_text="relabel → dogs").wait_for()
    assert book.kernel("panel.marks.counts()['relabel']") == "1"

    panel.get_by_label("class", exact=True).select_option("dogs")
    chosen.get_by_text("all pictures of dogs").wait_for()
    panel.locator(".paw-badge").wait_for(state="hidden")
    confused = panel.get_by_label("most confused", exact=True)
    nothing_chosen = confused.locator("option:checked", has_text="choose a pair")
    nothing_chosen.wait_for(state="attached")  # it comes last; what is chosen cannot be chosen again
    confused.select_option("cats → dogs (3)")  # as the keyboard does
    panel.locator(".paw-badge", has_text="relabel → dogs").wait_for()
    assert [alt.partition(": ")[0] for alt in alts(panel, 3)] == wanted

    book.click_plot(matrix, 1 / 6, 5 / 6)  # a class and a file whose names are markup
    chosen.get_by_text(f"{HOSTILE} taken for cats").wait_for()
    panel.locator(".paw-file", has_text=HOSTILE).wait_for()
    panel.locator(".paw-enlarge").first.click()
    panel.locator(".paw-facts b", has_text=HOSTILE).wait_for()
    panel.get_by_role("button", name="Close").click()
    panel.locator(".paw-card", has_text=HOSTILE).wait_for()
    assert dialogs == [] and book.page.locator("img[src='x']").count() == 0

    if book.reload():
        panel.locator(".nsewdrag").wait_for(state="attached")  # the page finds the panel by itself
        panel.locator(".paw-card", has_text=HOSTILE).wait_for()
    book.run(1)
    panel.locator(".nsewdrag").wait_for(state="attached")
    book.until("len(panel.marks) == 1")
    confused.select_option("cats → dogs (3)")
    chosen.get_by_text("cats taken for dogs").wait_for()
    panel.locator(".paw-card.paw-relabel .paw-badge", has_text="relabel → dogs").wait_for()
    book.screenshot("gallery-light-1280")
    assert book.errors == []


def test_it_looks_right_in_a_narrow_dark_window(notebook, root):
    book = notebook(cells(root, odd=False), theme="dark", width=900, height=1500)
    book.run(0)
    book.run(1)
    panel = book.output(1)
    panel.locator(".nsewdrag").wait_for(state="attached")
    book.until("panel.theme == 'dark'")
    panel.locator(".paw-card").nth(1).get_by_role("button", name="discard").click()
    panel.get_by_role("button", name="Save").click()
    panel.locator(".paw-marked", has_text="1 discard · saved in pawlab-annotations.csv").wait_for()
    frame = panel.locator(".paw-panel").bounding_box()
    for part in (".paw-card", ".paw-matrix", ".paw-marks-bar", ".paw-marked"):
        for box in filter(None, (one.bounding_box() for one in panel.locator(part).all())):
            assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
    book.screenshot("gallery-dark-900")
    book.screenshot("gallery-dark-900-panel", panel.locator(".paw-panel"))
    assert book.errors == []
