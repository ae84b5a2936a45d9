"""Notebooks 01, 02 and 05 played from top to bottom in a real JupyterLab, their panels by mouse."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LONG = 240  # seconds for a cell, on a busy machine


class Lesson:
    """A notebook of the course that is being played. `play_to(text)` runs the cells before the one that holds
    `text`; the next call goes on from there."""

    def __init__(self, notebook, name):
        cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        self.sources = ["".join(cell["source"]) for cell in cells]
        self.kinds = [cell["cell_type"] for cell in cells]
        self.folded = [cell["metadata"].get("jupyter", {}).get("source_hidden", False) for cell in cells]
        self.folded.append(False)  # after the last
        self.book = notebook(NOTEBOOKS / f"{name}.ipynb", name=name, height=1100)
        self.name, self.next = name, 0

    def play_to(self, text):
        """Run every code cell up to the one that holds `text`, which is run as well. Returns its number."""
        number = next(
            i for i, source in enumerate(self.sources[self.next :], self.next)
            if text in source and self.kinds[i] == "code"
        )  # fmt: skip
        self._run_until(number + 1)
        return number

    def play_to_the_end(self):
        """Run the rest; then no cell may show an error, and no text may overlap another's cell."""
        self._run_until(len(self.sources))
        failed = self.book.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")
        assert [one.inner_text() for one in failed.all()] == []
        assert self.book.errors == []

    def panel(self, number):
        """The panel in the output of a cell, once its chart is drawn."""
        panel = self.book.output(number).locator(".paw-panel")
        panel.scroll_into_view_if_needed()
        panel.locator(".nsewdrag").first.wait_for(state="attached")
        return panel

    def picture(self, what, of=None):
        self.book.page.wait_for_timeout(400)  # plotly draws in steps
        self.book.screenshot(f"course-{self.name[:2]}-{what}", of)

    def _run_until(self, end):
        for number in range(self.next, end):
            if self.folded[number]:
                self._run_folded(number)
            elif self.kinds[number] == "code":
                # The arrow keys leave folded cells out, and a click would unfold one.
                self.book.run(number, LONG, "Shift+Enter" if self.folded[number + 1] else "Control+Enter")
        self.next = end

    def _run_folded(self, number):
        cell = self.book.cell(number)
        self.book.page.keyboard.press("Control+Enter")
        cell.get_by_text("✓").first.wait_for()
        assert not cell.locator(".jp-InputArea-editor").is_visible(), f"{self.sources[number]!r} is unfolded"


@pytest.fixture
def lesson(notebook):
    """lesson(name) opens a notebook of the course. Its pictures are drawn once, in the session's own home."""
    return lambda name: Lesson(notebook, name)


def test_the_first_notebook_is_played_by_hand(lesson):
    lesson = lesson("01_first_classifier")
    book = lesson.book
    shown = lesson.play_to("lab.GalleryPanel(interp)")
    panel = lesson.panel(shown)
    wanted = eval(book.kernel("[f.path.name for f in interp.confused('cats', 'dogs')]"))
    assert wanted, "no cat was taken for a dog"
    book.click_plot(panel.locator(".js-plotly-plot"), 0.75, 0.25)  # row cats, column dogs
    panel.locator(".paw-asked").get_by_text("cats taken for dogs").wait_for()
    panel.locator(".paw-card").first.get_by_role("button", name="relabel").click()
    book.until("len(gallery.marks) == 1")
    panel.locator(".paw-badge", has_text="relabel → dogs").wait_for()
    lesson.picture("gallery", panel)
    lesson.play_to_the_end()
    lesson.picture("end")


def test_the_second_notebook_is_played_by_hand(lesson):
    lesson = lesson("02_learning_rate")
    book = lesson.book
    panel = lesson.panel(lesson.play_to("lab.LRFinderPanel(learn)"))
    panel.get_by_role("button", name="Run").click()
    book.until("finder.finder.runs and not finder.worker.busy", LONG)
    book.click_plot(panel.locator(".js-plotly-plot"), 0.5, 0.5)
    book.until("finder.finder.by == ''")
    under_the_mouse = float(book.kernel("finder.lr"))
    panel.get_by_role("button", name="steepest").click()
    book.until("finder.finder.by == 'steep'")
    assert float(book.kernel("finder.lr")) != under_the_mouse
    lesson.picture("finder", panel)

    panel = lesson.panel(lesson.play_to("lab.SchedulePanel(learn)"))
    lesson.picture("schedule", panel)

    panel = lesson.panel(lesson.play_to("lab.TrainingPanel(learn)"))
    panel.get_by_role("button", name="step").click()
    book.until("len(learn.history.steps) == 1")
    panel.get_by_role("button", name="Resume").click()
    book.until("len(learn.history.steps) > 3", LONG)
    panel.get_by_role("button", name="Stop").click()
    book.until("not training.run.worker.busy")
    lesson.picture("training", panel)
    lesson.play_to_the_end()


def test_the_fifth_notebook_is_played_by_hand(lesson):
    lesson = lesson("05_pet_breeds")
    book = lesson.book
    panel = lesson.panel(lesson.play_to("lab.GalleryPanel(interp)"))
    panel.get_by_role("button", name="top losses").click()
    panel.locator(".paw-card img").first.wait_for()
    lesson.picture("gallery", panel)

    panel = lesson.panel(lesson.play_to("lab.LRFinderPanel(learn"))
    panel.get_by_role("button", name="Run").click()
    book.until("finder.finder.runs and not finder.worker.busy", LONG)
    book.click_plot(panel.locator(".js-plotly-plot"), 0.6, 0.5)
    book.until("finder.finder.by == ''")
    lesson.picture("finder", panel)

    panel = lesson.panel(lesson.play_to("lab.TrainingPanel(sure)"))
    panel.get_by_role("button", name="Start").click()
    book.until("len(sure.history.epochs) >= 2", LONG)
    panel.get_by_role("button", name="Stop").click()
    book.until("not panel.run.worker.busy")
    lesson.picture("training", panel)
    lesson.play_to_the_end()
