"""The driver of notebooks in a real browser: it presses, clicks, waits and reloads as a user does.

Plain ipywidgets and one chart, so that what fails here is the driver or Jupyter and no panel.
"""

import pytest

pytestmark = pytest.mark.browser

BUTTON = """
import ipywidgets
pressed = []
button = ipywidgets.Button(description="Press")
button.on_click(lambda _: pressed.append(len(pressed)))
button
"""
FIGURE = """
import plotly.graph_objects as go
from lab.panels.frame.chart import Chart
clicked = []
chart = Chart(on_click=lambda name, point, x: clicked.append(point))
figure = go.Figure(layout=dict(hovermode="x", hoverdistance=-1, height=260))
chart.show(figure.add_scatter(x=list(range(11)), y=[0, 9, 1, 8, 2, 7, 3, 6, 4, 5, 5]))
chart.widget
"""
WORKER = """
import threading
end, beats = threading.Event(), []
def work():
    while not end.wait(0.01):
        beats.append(1)
worker = threading.Thread(target=work)
worker.start()
"""


def press(book, index):
    book.output(index).get_by_role("button", name="Press").click()


@pytest.mark.parametrize("app", ["lab", "tree"])
def test_a_button_is_pressed_and_a_reload_keeps_the_kernel(notebook, app):
    book = notebook([BUTTON, "button", "print(pressed)"], app=app)
    book.run(0)
    press(book, 0)
    book.until("len(pressed) == 1")
    process = book.kernel("__import__('os').getpid()")
    found = book.reload()
    if not found:
        book.run(1)
    press(book, 0 if found else 1)
    book.until("len(pressed) == 2")
    book.run(2)
    assert book.output_text(2) == "[0, 1]"
    assert book.kernel("__import__('os').getpid()") == process
    assert book.errors == []


def test_a_click_in_a_dark_chart_names_the_nearest_point(notebook):
    book = notebook([FIGURE], theme="dark", width=900)
    book.run(0)
    for number, (x_share, y_share) in enumerate(((0.05, 0.9), (0.5, 0.1), (0.96, 0.5)), 1):
        book.click_plot(book.output(0), x_share, y_share)
        book.until(f"len(clicked) >= {number}")
    first, middle, last = eval(book.kernel("clicked"))
    assert (first, middle, last) == (0, 5, 10)
    background = book.page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color1')")
    assert background.strip() != "white"
    assert book.screenshot("driver-chart-dark").stat().st_size > 5000


def test_a_thread_works_on_while_other_cells_run(notebook):
    book = notebook([WORKER, "import time\nwhile len(beats) < 40: time.sleep(0.01)\nprint('seen')", "1 / 0"])
    book.run(0)
    book.run_async(1)
    book.wait(1)
    assert book.output_text(1) == "seen"
    book.run(2)
    assert "ZeroDivisionError" in book.output_text(2)
    assert book.kernel("worker.is_alive()") == "True"
    with pytest.raises(AssertionError, match="raised NameError: name 'beat' is not defined"):
        book.kernel("beat")
    book.kernel("end.set()")
    book.until("not worker.is_alive()")


def test_a_kernel_is_chosen_when_asked_waited_for_and_interrupted(notebook, monkeypatch):
    monkeypatch.setattr("jupyterprocess.KERNEL", "gone")  # so that Jupyter asks for another
    book = notebook(["import time\nprint('asleep', flush=True)\ntime.sleep(600)"])
    book.run_async(0)
    book.output(0).get_by_text("asleep").wait_for()
    with pytest.raises(TimeoutError, match="no answer to '1 \\+ 1' within 0.1 s"):
        book.kernel("1 + 1", timeout=0.1)
    book.interrupt()
    book.wait(0)
    assert "KeyboardInterrupt" in book.output_text(0)
    assert book.kernel("2 + 2") == "4"
