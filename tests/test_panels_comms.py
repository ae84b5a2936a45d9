"""The stand-in for the browser: it tells the truth about what widgets send, on both widget stacks."""

import json
import threading

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import pytest
from comms import living, watch

from lab.panels.frame.chart import Chart
from lab.panels.frame.controls import close_tree

OPEN_TRAITS = ("_model_name", "description", "disabled")


def close_all(widget):
    """Close a widget and the parts that it made for itself: closing it leaves them open."""
    for part in (getattr(widget, "style", None), getattr(widget, "layout", None)):
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()


@pytest.fixture
def button(nothing_left_open):
    button = ipywidgets.Button(description="Run")
    yield button
    close_all(button)


@pytest.fixture
def chart(nothing_left_open):
    """A `Chart` of two curves and a heatmap; `clicks` of it holds what was clicked."""
    clicks = []
    chart = Chart(on_click=lambda *hit: clicks.append(hit))
    chart.clicks = clicks
    figure = go.Figure()
    figure.add_scatter(x=[1.0, 2.0, 3.0], y=[4.0, 5.0, 6.0], name="list")
    figure.add_scatter(x=np.array([1.0, 2.0, 3.0]), y=np.array([7.0, 8.0, 9.0]), name="array")
    figure.add_heatmap(z=[[1, 2], [3, 4]], name="heat")
    chart.show(figure)
    yield chart
    close_tree(chart.widget)


def test_a_widget_opens_with_its_state(comms, button):
    state = comms.browser(button)
    assert {name: state[name] for name in OPEN_TRAITS} == {
        "_model_name": "ButtonModel",
        "description": "Run",
        "disabled": False,
    }
    assert comms.opened == len(comms.open) == 3  # its layout and its style are widgets, too


def test_a_change_is_one_message_of_known_size(comms, button):
    comms.forget()
    button.description = "Läuft"
    (message,) = comms.of(button)
    assert message.data == {"method": "update", "state": {"description": "Läuft"}, "buffer_paths": []}
    assert message.size == comms.size() == len(json.dumps(message.data, ensure_ascii=False).encode())
    assert (message.kind, message.method) == ("comm_msg", "update")
    assert message.thread == threading.current_thread().name
    assert comms.browser(button)["description"] == "Läuft"


def test_binary_buffers_count_and_arrive(comms, nothing_left_open):
    picture = ipywidgets.Image(value=bytes(1000))
    comms.forget()
    picture.value = bytes(range(250)) * 20
    (message,) = comms.of(picture)
    assert message.buffers == 1
    assert message.size == 5000 + len(json.dumps(message.data))
    assert bytes(comms.browser(picture)["value"]) == picture.value
    close_all(picture)


def test_what_json_cannot_hold_is_refused(comms, nothing_left_open):
    field = ipywidgets.FloatText(value=1.0)
    with pytest.raises(ValueError, match="FloatTextModel sent what JSON cannot hold"):
        field.value = float("nan")
    close_all(field)


def test_a_press_and_a_change_of_the_browser_reach_python(comms, button):
    seen = []
    button.on_click(lambda pressed: seen.append(pressed.description))
    comms.set_state(button, {"description": "Stop"})
    comms.press(button)
    assert seen == ["Stop"]
    assert comms.browser(button)["description"] == "Stop"


def test_an_exception_in_a_callback_comes_out(comms, button):
    def fail(_pressed):
        raise KeyError("rate")

    button.on_click(fail)
    with pytest.raises(KeyError, match="rate"):
        comms.press(button)


def test_a_closed_widget_cannot_be_reached(comms, button):
    button.close()
    with pytest.raises(AssertionError, match="Button is closed"):
        comms.press(button)


@pytest.mark.parametrize("trace, point, expected", [(0, 2, ("list", 2, 3.0)), (1, 0, ("array", 0, 1.0))])
def test_a_click_names_the_point(comms, chart, trace, point, expected):
    comms.click(chart, trace, point)
    assert chart.clicks == [expected]


def test_the_same_point_can_be_clicked_twice(comms, chart):
    comms.click(chart, 0, 1)
    comms.click(chart, 0, 1)
    assert chart.clicks == [("list", 1, 2.0)] * 2


def test_a_heatmap_is_clicked_by_row_and_column(comms, chart):
    comms.click(chart, 2, (1, 0))
    assert chart.clicks == [("heat", [1, 0], 0)]


def test_a_click_may_carry_a_point_of_each_curve(comms, chart):
    comms.click(chart, 0, 1, (1, 2))
    assert chart.clicks == [("list", 1, 2.0), ("array", 2, 3.0)]


class TestNothingLeftOpen:
    """What the fixture sees, by driving it by hand."""

    @pytest.fixture
    def watching(self, comms):
        return watch(comms)

    def test_a_clean_test_passes(self, watching):
        next(watching)
        close_all(ipywidgets.Button())
        assert next(watching, "done") == "done"

    def test_a_forgotten_layout_is_named(self, watching):
        next(watching)
        ipywidgets.Label().close()
        with pytest.raises(AssertionError, match="'widgets': .*Layout"):
            next(watching)

    def test_a_thread_that_goes_on_is_named(self, watching, monkeypatch):
        monkeypatch.setattr("comms.PATIENCE", 0.05)
        end = threading.Event()
        next(watching)
        thread = threading.Thread(target=end.wait, name="pawlab-worker")
        thread.start()
        with pytest.raises(AssertionError, match=r"'threads': \['pawlab-worker'\]"):
            next(watching)
        end.set()
        thread.join()

    def test_a_thread_that_is_about_to_end_is_waited_for(self, watching):
        next(watching)
        end = threading.Event()
        thread = threading.Thread(target=end.wait)
        thread.start()
        threading.Timer(0.05, end.set).start()
        assert next(watching, "done") == "done"
        assert not thread.is_alive()


class TestNextTest:
    """What one test leaves open does not reach the next."""

    left = None

    def test_leaves_a_widget(self, comms):
        TestNextTest.left = ipywidgets.Label()
        assert TestNextTest.left in living().values()

    def test_does_not_meet_it(self, comms):
        assert TestNextTest.left not in living().values()
        assert comms.messages == []
