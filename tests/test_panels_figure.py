"""plotly's figure as panels use it: what it tells goes out, and what a page holds is the figure as it is."""

import pytest

from lab.panels.frame.figure import figure_widget
from lab.panels.frame.script import script, scripted


def test_what_the_page_is_told_goes_out_also_while_the_page_is_heard(comms):
    made = figure_widget({})
    made.add_scatter(y=[1, 2])
    comms.forget()
    with made.hold_trait_notifications():  # as ipywidgets does while it takes what a page has sent
        made.data[0].name = "told"
    told = [message.data["state"].get("_py2js_restyle") for message in comms.of(made)]
    assert [message["restyle_data"] for message in told if message] == [{"name": ["told"]}]
    assert told[-1] is None  # so that the same can be told again
    made.close()


def test_a_page_that_comes_later_gets_the_figure_as_it_is(comms):
    made = figure_widget({"height": 100})
    made.add_scatter(y=[1, 2, 3])
    made.layout.height = 200
    # "_widget_layout" since plotly 6, "_layout" before
    state = {name.replace("_widget_", "_"): value for name, value in made.get_state().items()}
    assert state["_layout"]["height"] == 200
    assert [trace["type"] for trace in state["_data"]] == ["scatter"]
    made.close()


def test_a_scripted_widget_shares_its_traits_and_is_none_without_anywidget(monkeypatch, comms):
    import traitlets

    pytest.importorskip("anywidget")
    made = scripted("predict/drop.js", words=traitlets.Unicode("hello"))()
    assert comms.open[made.comm.comm_id]["words"] == "hello"
    assert comms.open[made.comm.comm_id]["_esm"] == script("predict/drop.js")
    made.close()
    monkeypatch.setitem(__import__("sys").modules, "anywidget", None)
    assert scripted("predict/drop.js") is None
