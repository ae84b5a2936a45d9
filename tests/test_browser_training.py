"""The training panel in a real browser, as a user would use it."""

import re

import pytest

pytestmark = pytest.mark.browser

PREPARE = """
import os
os.environ["PAWLAB_HOME"] = {home!r}
import lab
dls = lab.ImageDataLoaders.from_folder({path!r}, valid="valid", item_tfms=lab.Resize(64), bs=8)
learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0, precompute=False)
learn.freeze()
"""
MAKE = "panel = lab.TrainingPanel(learn)\npanel"
PREDICT = (
    "busy = panel.run.worker.busy\nprobabilities, targets = learn.get_preds()\nprint(busy, len(targets))"
)
DRAWN = "() => [...document.querySelectorAll('.js-plotly-plot')].at(-2)?._fullData?.[0]?.x?.length"


@pytest.fixture
def prepare(drawn, own_home):
    return PREPARE.format(home=str(own_home), path=str(drawn("dogscats")))


def press(book, cell, name):
    book.output(cell).get_by_role("button", name=name).click()


def widen(book, label, value):
    """Type a number into a field."""
    field = book.output(1).get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")


@pytest.mark.parametrize(("app", "theme", "width"), [("lab", "light", 1280), ("tree", "dark", 900)])
def test_a_long_run_leaves_the_notebook_usable_stops_at_once_and_survives_a_reload(
    notebook, prepare, app, theme, width
):
    book = notebook([prepare, MAKE, PREDICT, "panel"], app=app, theme=theme, width=width)
    book.run(0)
    book.run(1)
    panel = book.output(1)
    panel.get_by_text("not started").wait_for()
    book.screenshot(f"training-idle-{app}-{theme}-{width}")
    widen(book, "epochs", 500)
    panel.get_by_text("learn.fit_one_cycle(500, 3e-3)").wait_for()
    press(book, 1, "Start")
    panel.get_by_text(re.compile(r"epoch \d+ of 500 ·")).wait_for()
    book.until("len(learn.history) > 1")
    book.run(2)  # another cell, while it trains
    assert book.output_text(2).startswith("True ")
    assert book.kernel("panel.run.worker.state") == "'running'"

    press(book, 1, "Pause")
    panel.get_by_text("paused ·").wait_for()
    steps = int(book.kernel("len(learn.history.steps) + panel.run._batches"))
    press(book, 1, "One step")
    book.until(f"len(learn.history.steps) + panel.run._batches > {steps}")
    press(book, 1, "Resume")
    book.until("panel.run.worker.state == 'running'")

    book.reload()
    book.run(3)
    again = book.output(3)
    again.get_by_text("of 500 ·").wait_for()
    book.page.wait_for_function(f"({DRAWN})() == 300")
    book.screenshot(f"training-running-{app}-{theme}-{width}")
    book.kernel("panel.stop_button.on_click(lambda _: setattr(panel.run, 'seen', panel.run._batches))")
    press(book, 3, "Stop")
    book.until("not panel.run.worker.busy and hasattr(panel.run, 'seen')")
    assert int(book.kernel("panel.run._batches - panel.run.seen")) <= 1
    assert int(book.kernel("len(learn.history.steps)")) > 10
    again.get_by_role("button", name="Start").wait_for()
    again.get_by_text("stopped in epoch").wait_for()
    book.screenshot(f"training-stopped-{app}-{theme}-{width}", of=again)
    assert book.errors == []


def test_the_cell_that_is_run_again_shows_the_run_where_it_is(notebook, prepare):
    book = notebook([prepare, MAKE], theme="dark")
    book.run(0)
    book.run(1)
    book.kernel("panel.choose(epochs=500).start()")
    book.until("len(learn.history) > 1")
    first = book.kernel("id(panel.run)")
    book.run(1)
    assert book.kernel("id(panel.run)") == first
    book.output(1).get_by_text("of 500 ·").wait_for()
    book.interrupt()
    steps = book.kernel("len(learn.history.steps)")
    book.until(f"len(learn.history.steps) > {steps}")
    book.page.wait_for_function(f"({DRAWN})() == 300")
    book.screenshot("training-again-lab-dark-1280")
    press(book, 1, "Stop")
    book.until("not panel.run.worker.busy")
    assert book.kernel("len(learn.runs)") == "1"
    assert book.errors == []
