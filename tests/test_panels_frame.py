"""What all panels have in common: the frame, its errors, its end, the cell that is run again."""

import gc
import sys
import threading
import types
import weakref

import numpy as np
import pytest
from comms import living

from lab.core.errors import BadValue
from lab.panels.frame import cells, code_line, colab, controls
from lab.panels.frame.panel import Panel
from lab.panels.frame.snapshot import MARGIN, SCALE, compose

pytestmark = pytest.mark.usefixtures("nothing_left_open")


class Counter(Panel):
    """A panel as small as can be."""

    title, help = "Counter <b>", "Press to count & see."

    def __init__(self):
        super().__init__()
        self.count = 0

    def up(self):
        self.count += 1
        if self.count == 3:
            raise BadValue("three <script>alert(1)</script> is too many")

    def build(self):
        self.button = controls.button("Count", self.act(self.up), primary=True)
        self.field = controls.whole("count", 0, 0, 9, self.act(self._typed))
        return [controls.row(self.button, self.field)]

    def _typed(self):
        self.count = self.field.value

    def refresh(self):
        self.field.value = self.count

    def state(self):
        return f"counted to {self.count}"

    def code(self):
        return f"count = {self.count}"


@pytest.fixture
def panel():
    panel = Counter()
    yield panel
    panel.close()


def test_a_panel_makes_no_widget_before_it_is_displayed(comms):
    panel = Counter()
    assert repr(panel) == "Counter: counted to 0 · count = 0"
    assert comms.opened == 0
    panel.close()


def test_its_display_has_words_and_a_view(panel):
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == "Counter: counted to 0 · count = 0"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.widget.model_id


def test_displayed_twice_it_is_one_panel_in_two_places(panel):
    first, second = panel._repr_mimebundle_(), panel._repr_mimebundle_()
    assert first == second


def test_a_press_is_done_and_shown(panel, comms):
    panel.widget  # noqa: B018  builds it
    comms.press(panel.button)
    assert panel.count == 1 and panel.field.value == 1
    assert "counted to 1" in panel._status.value and panel._code.code == "count = 1"


def test_what_the_panel_writes_into_a_field_is_not_taken_for_the_user(panel):
    panel.widget  # noqa: B018
    panel.count = 7
    panel.changed()
    assert (panel.field.value, panel.count) == (7, 7)
    panel.field.value = 4
    assert panel.count == 4


def test_an_error_is_shown_in_words_as_text_and_goes_away(panel):
    panel.widget  # noqa: B018
    for _ in range(3):
        panel.button.click()
    assert panel._problem.layout.display == "" and "&lt;script&gt;" in panel._problem.value
    assert "<script>" not in panel._problem.value
    assert repr(panel).startswith("Counter: three <script>")  # plain text needs no escaping
    panel.button.click()
    assert panel._problem.layout.display == "none" and panel.error is None


def test_the_title_and_the_help_are_escaped(panel):
    head = panel.widget.children[1].children[0].value
    assert "Counter &lt;b&gt;" in head and "count &amp; see" in head


def test_close_frees_all_and_a_closed_panel_says_so(comms):
    before = set(living())
    panel = Counter()
    panel.widget  # noqa: B018
    assert set(living()) != before
    panel.close()
    panel.close()
    assert set(living()) == before and not comms.open
    assert repr(panel) == "Counter: closed"
    assert panel._repr_mimebundle_() == {"text/plain": "Counter: closed"}
    with pytest.raises(RuntimeError, match="Counter: this panel has been closed. Make a new one."):
        panel.widget  # noqa: B018
    panel.changed()


def test_every_control_has_words_for_screen_readers(panel):
    panel.widget  # noqa: B018
    assert panel.button.tooltip == "Count" and panel.field.description == "count"


def test_updates_while_something_runs_are_at_most_five_a_second(panel, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("lab.panels.frame.panel.time", types.SimpleNamespace(monotonic=lambda: now[0]))
    panel.widget  # noqa: B018
    shown = []
    panel.refresh = lambda: shown.append(panel.count)
    for step in range(1000):
        now[0] += 0.001
        panel.count = step
        panel.changed(now=False)
    assert 4 <= len(shown) <= 5
    panel.changed()
    assert shown[-1] == 999


# ---------------------------------------------------------------- running a cell again


@pytest.fixture
def cell(monkeypatch):
    """Which cell runs, as (cell, count); set it with cell(...)."""
    now = [None]
    monkeypatch.setattr(cells, "current_cell", lambda: now[0])
    monkeypatch.setattr(cells, "_made", {})

    def run(where, count):
        now[0] = (where, count)

    return run


def test_running_a_cell_again_replaces_its_panels_and_no_others(cell):
    cell("a", 1)
    first, second = Counter(), Counter()
    cell("b", 2)
    other = Counter()
    cell("a", 3)
    third = Counter()
    assert (first.closed, second.closed, other.closed, third.closed) == (True, True, False, False)
    other.close()
    third.close()
    assert cells._made == {}


def test_fifty_runs_of_a_cell_keep_the_number_of_widgets_flat(cell, comms):
    counts = []
    for run in range(50):
        cell("a", run)
        panel = Counter()
        panel.widget  # noqa: B018
        counts.append(len(living()))
    assert len(set(counts)) == 1
    panel.close()
    gone = weakref.ref(panel)
    del panel
    gc.collect()
    assert gone() is None


def test_a_panel_made_in_a_script_belongs_to_no_cell():
    panel = Counter()
    assert cells.current_cell() is None and cells._made == {}
    panel.close()


# ---------------------------------------------------------------- where the panel lives


def test_on_colab_the_result_of_a_cell_names_the_widget_manager(monkeypatch):
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: None)
    output._widgets = types.SimpleNamespace(_installed_url="https://manager")
    package = types.ModuleType("google.colab")
    package.output = output
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    counter = Counter()
    view = "application/vnd.jupyter.widget-view+json"
    bundle, metadata = counter._repr_mimebundle_()
    assert bundle[view]["model_id"] == counter.widget.model_id
    assert metadata == {view: {"colab": {"custom_widget_manager": {"url": "https://manager"}}}}
    del output._widgets  # a Colab that has it no more
    assert view in counter._repr_mimebundle_()
    counter.close()


def test_colab_is_asked_once_for_its_widget_manager(monkeypatch):
    asked = []
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: asked.append(1))
    package = types.ModuleType("google.colab")
    package.output = output
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    monkeypatch.setattr(colab, "_done", False)
    for _ in range(3):
        Counter().close()
    assert asked == [1]


def test_the_page_tells_its_theme_and_the_panel_redraws(panel, comms, monkeypatch):
    monkeypatch.setattr(code_line, "_theme", "light")
    panel.widget  # noqa: B018
    seen = []
    panel.refresh = lambda: seen.append(panel.theme)
    comms.set_state(panel._code, {"theme": "dark"})
    assert seen == ["dark"]
    other = Counter()
    assert other.theme == "dark"  # a session rarely has two themes, so the next panel starts with this one
    other.close()


def test_a_snapshot_shows_the_words(panel):
    empty = panel.snapshot(width=400)
    assert empty.size[0] == 800 and empty.size[1] > 100
    panel.count = 2
    assert panel.snapshot(width=400).tobytes() != empty.tobytes()


def test_a_long_line_of_a_snapshot_goes_on_below():
    long = "lab.cross_entropy(torch.tensor([[2.0, 1.0, -0.5, 0.5]]), torch.tensor([0])) " * 2

    def inked(page):
        rows = (np.asarray(page.convert("L")) < 128)[:, 4:-4]
        return np.flatnonzero(rows.any(0))[-1], rows.any(1).sum()

    short = compose(("Title", "help", "state"), [], "foot", 400)
    page = compose(("Title", "help", "state"), [], long, 400)
    assert page.height == short.height + 2 * 22 * SCALE
    assert inked(page)[0] <= (400 - MARGIN) * SCALE, "the line runs out of the page"
    assert inked(page)[1] > inked(short)[1]


def test_a_press_counts_also_while_another_thread_writes(panel):
    panel.widget  # noqa: B018
    writing, go_on = threading.Event(), threading.Event()
    shown = panel.refresh

    def slow():
        writing.set()
        go_on.wait(10)
        shown()

    panel.refresh = slow
    other = threading.Thread(target=panel.changed)
    other.start()
    assert writing.wait(10)
    panel.refresh = shown
    press = threading.Thread(target=panel.button.click)
    press.start()
    go_on.set()
    for thread in (other, press):
        thread.join(10)
    assert panel.count == 1
