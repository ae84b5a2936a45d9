"""Charts of panels in a real JupyterLab: one script serves a page, and on a slow one no chart stays empty."""

import pytest

pytestmark = pytest.mark.browser

FIRST = "import lab\nfirst = lab.SchedulePanel()\nfirst"
SECOND = "second = lab.SchedulePanel()\nsecond"
TELL = "for n in range(2, 6):\n    second.choose(epochs=n)"
# From now on plotly's script has not come, until "release()".
HOLD = """() => {
    const [[version, there]] = Object.entries(pawlabPlotly);
    pawlabPlotly[version] = new Promise(go => { window.release = () => go(there); });
}"""
CURVES = "plots => plots.flatMap(plot => (plot._fullData ?? []).map(trace => [trace.name, trace.x.length]))"

ALONE = """
import lab
from lab.panels.frame.figure import holder
panel = lab.SchedulePanel()
panel.widget
holder().close()
panel
"""


def shows(book, cell, points):
    """Wait until a cell's chart shows both curves with so many points, and has drawn them."""
    plots = book.output(cell).locator(".js-plotly-plot")
    wanted = [["rate", points], ["momentum", points]]
    said = f"the chart of cell {cell} does not show {wanted}"
    book.poll(lambda: plots.evaluate_all(CURVES) == wanted, 30, said)
    plots.locator(".scatterlayer path.js-line").nth(1).wait_for(state="attached")


def test_a_chart_whose_script_comes_late_shows_all_that_it_was_told(notebook):
    book = notebook([FIRST, SECOND, TELL], height=1400)
    book.run(0)
    shows(book, 0, 300)
    book.page.evaluate(HOLD)
    book.run(1)
    book.run(2)
    book.page.wait_for_timeout(2500)  # longer than anywidget waits for a widget's own script
    assert book.output(1).locator(".js-plotly-plot").count() == 0
    book.page.evaluate("release()")
    shows(book, 1, 500)
    book.kernel("first.choose(epochs=7)")  # one script, but what one chart is told is not told to the other
    shows(book, 0, 700)
    shows(book, 1, 500)
    assert book.page.evaluate("Object.keys(pawlabPlotly).length") == 1
    book.screenshot("figure-late")
    assert book.errors == []


def test_a_chart_whose_script_is_not_found_asks_the_kernel_for_it(notebook):
    book = notebook([ALONE])
    book.run(0)
    shows(book, 0, 300)
    assert book.errors == []
