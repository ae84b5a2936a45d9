"""The learning-rate finder in a real JupyterLab, as a user would use it."""

from ast import literal_eval

import pytest
from jupyter import RUN

pytestmark = pytest.mark.browser

PREPARE = """
import lab
lab.set_seed(0)
dls = lab.ImageDataLoaders.from_folder({folder!r}, valid="valid", item_tfms=lab.Resize(64), bs=8)
learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0)
learn.freeze()
"""


@pytest.fixture
def book(notebook, drawn):
    def book(**options):
        prepare = PREPARE.format(folder=str(drawn("dogscats")))
        made = notebook([prepare, "panel = lab.LRFinderPanel(learn)\npanel", "panel"], **options)
        made.run(0)
        made.run(1)
        return made

    return book


def press(book, text):
    book.cell(1).get_by_role("button", name=text).click()


def test_click_the_curve_and_find_the_rate_in_the_kernel(book):
    book = book(width=1280)
    book.screenshot("lr-finder-idle-light-1280")
    press(book, "Run")
    book.until("panel.finder.runs and not panel.worker.busy")
    plot = book.cell(1).locator(".js-plotly-plot")
    # Plotly's first guess is 700 pixels.
    book.poll(lambda: plot.bounding_box()["width"] > 700, RUN, "the figure is not as wide as the panel")
    book.click_plot(plot, 0.6, 0.2)  # far from the curve: the rate below the mouse counts
    book.until("panel.finder.by == ''")
    chosen = float(book.kernel("panel.lr"))
    under_the_mouse = 1e-7 * 1e8**0.6
    assert under_the_mouse / 1.3 < chosen < under_the_mouse * 1.3
    shows_the_code(book, views=1)
    book.screenshot("lr-finder-chosen-light-1280")
    book.run(2)  # displayed a second time: both views agree
    shows_the_code(book, views=2)
    handle = book.cell(2).locator(".noUi-handle")
    before = handle.get_attribute("aria-valuenow")
    book.cell(2).get_by_role("button", name="steepest").click()
    book.until("panel.finder.by == 'steep'")
    shows_the_code(book, views=2)
    # The line of code and the slider are told in two messages; the key counts from where the slider stands.
    book.poll(lambda: handle.get_attribute("aria-valuenow") != before, RUN, "the slider did not follow")
    steepest = float(book.kernel("panel.lr"))
    handle.press("ArrowRight")
    book.until(f"panel.lr > {steepest}")
    assert float(book.kernel("panel.lr")) < 1.3 * steepest
    assert book.errors == []


def test_the_main_path_in_notebook_7(book):
    book = book(app="tree", width=900)
    press(book, "Run")
    book.until("panel.finder.runs and not panel.worker.busy")
    book.click_plot(book.cell(1).locator(".js-plotly-plot"), 0.6, 0.2)
    book.until("panel.finder.by == ''")
    shows_the_code(book, views=1)
    book.screenshot("lr-finder-notebook7-light-900")


def shows_the_code(book, views):
    """Wait until so many views show the line of code that the kernel has."""
    book.page.wait_for_function(
        """([code, views]) => {
            const lines = [...document.querySelectorAll(".paw-code-line code")];
            return lines.length === views && lines.every(line => line.textContent === code);
        }""",
        arg=[literal_eval(book.kernel("panel.code()")), views],
    )


def test_a_range_and_a_second_run_in_the_dark_on_a_narrow_page(book):
    book = book(theme="dark", width=900)
    press(book, "Run")
    book.until("panel.finder.runs and not panel.worker.busy")
    book.until("panel.theme == 'dark'")
    book.cell(1).get_by_text("range for layer groups").click()
    book.until("isinstance(panel.lr, slice)")
    book.kernel("learn.unfreeze()")
    press(book, "Run")
    book.until("len(panel.finder.runs) == 2 and not panel.worker.busy")
    book.page.wait_for_function("document.querySelectorAll('.paw-panel .legendtext').length >= 2")
    book.screenshot("lr-finder-range-dark-900")
    assert "slice(" in book.cell(1).locator(".paw-code-line code").inner_text()
    assert book.errors == []
