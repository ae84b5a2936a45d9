"""plotly's figure as panels use it: what a page holds is the figure as it is, and it has one script."""

import base64
import gzip
import json

import numpy as np
import plotly
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from lab.panels.frame import figure as figure_module
from lab.panels.frame.chart import Chart, LiveChart
from lab.panels.frame.controls import close_tree
from lab.panels.frame.figure import figure_widget, holder, packed
from lab.panels.frame.script import script, scripted


def numbers(array):
    """What plotly's script reads from its own form of an array."""
    shape = [int(side) for side in array["shape"].split(",")]
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).reshape(shape).tolist()


@pytest.fixture
def chart(comms):
    made = Chart()
    yield made
    close_tree(made.widget)


def test_a_figure_is_packed_as_plotlys_script_takes_it():
    figure = go.Figure(layout={"title": {"text": "losses"}, "width": np.float64(300), "template": "none"})
    figure.add_scatter(x=np.arange(3.0), y=[1, float("nan"), np.float32(2.5)])
    figure.add_heatmap(z=np.array([[1.0, np.nan], [3.0, 4.0]]), text=np.array([["a", "b"], ["c", "d"]]))
    traces, layout = packed(figure)
    json.dumps([traces, layout], allow_nan=False)
    assert numbers(traces[0]["x"]) == [0, 1, 2] and traces[0]["y"] == [1, None, 2.5]
    assert traces[1]["text"] == [["a", "b"], ["c", "d"]]
    z = numbers(traces[1]["z"])
    assert z[1] == [3, 4] and z[0][0] == 1 and np.isnan(z[0][1])
    assert layout["title"] == {"text": "losses"} and layout["width"] == 300


def test_only_what_differs_is_sent(chart, comms):
    figure = go.Figure(layout={"height": 100}).add_scatter(y=[1, 2, 3])
    chart.show(figure)
    comms.forget()
    chart.show(go.Figure(figure))
    assert comms.of(chart.plot) == []
    chart.show(go.Figure(figure).update_layout(height=200))
    (message,) = comms.of(chart.plot)
    assert list(message.data["state"]) == ["frame"]
    assert comms.browser(chart.plot)["frame"]["height"] == 200


def test_a_page_that_comes_later_gets_the_figure_as_it_is(comms):
    chart = LiveChart(4)
    chart.renew(go.Figure(layout={"height": 100}).add_scatter(), {0: ([0, 1], [2, 3])})
    chart.feed({0: ([0, 1, 2], [2, 3, 4])})
    comms.forget()
    comms._deliver(chart.plot, {"method": "request_state"}, [])
    state = comms.of(chart.plot)[0].data["state"]
    assert state["frame"]["height"] == 100
    assert numbers(state["traces"][0]["x"]) == [0, 1, 2, 2]  # the last point is repeated
    close_tree(chart.widget)


def test_one_script_serves_all_charts_and_is_sent_once(comms, monkeypatch):
    monkeypatch.setattr(figure_module, "_holder", None)
    first, second = figure_widget(), figure_widget()
    sent = [message.size for message in comms.messages if message.size > 1_000_000]
    assert len(sent) == 1 and sent[0] < 1_700_000
    assert gzip.decompress(comms.browser(holder())["value"]).decode() == get_plotlyjs()
    assert first.holder == second.holder == holder().model_id
    holder().close()
    third = figure_widget()
    assert third.holder == holder().model_id != first.holder
    for widget in (first, second, third):
        widget.layout.close()
        widget.close()
    holder().close()


def test_a_page_that_cannot_reach_the_script_asks_for_it(comms):
    made = figure_widget()
    comms.forget()
    comms.custom(made, {"ask": "plotly"})
    (message,) = comms.of(made)
    assert message.data["content"] == {"plotly": plotly.__version__}
    assert message.buffers == 1 and message.size > 1_000_000
    comms.custom(made, {"ask": "more"})
    assert len(comms.of(made)) == 1
    made.layout.close()
    made.close()


def test_a_click_on_a_figure_that_has_gone_does_nothing(comms):
    clicks = []
    chart = Chart(on_click=lambda *hit: clicks.append(hit))
    chart.show(go.Figure().add_scatter(y=[1]))
    comms.custom(chart.plot, {"click": [{"trace": 3, "point": 0, "x": 0}]})
    comms.custom(chart.plot, {"click": [{"trace": 0, "point": 0, "x": 0}]})
    assert clicks == [(None, 0, 0)]
    close_tree(chart.widget)


def test_a_scripted_widget_shares_its_traits(comms):
    import traitlets

    made = scripted("predict/drop.js", words=traitlets.Unicode("hello"))()
    assert comms.open[made.comm.comm_id]["words"] == "hello"
    assert comms.open[made.comm.comm_id]["_esm"] == script("predict/drop.js")
    made.close()
