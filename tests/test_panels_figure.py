"""plotly's figure as panels use it: its script is sent once, and what a page holds is the figure as it is."""

import pytest
from comms import living

from lab.panels.frame import figure
from lab.panels.frame.figure import figure_widget, holder
from lab.panels.frame.script import script, scripted

with_script = pytest.mark.skipif(not figure.WITH_SCRIPT, reason="before plotly 6 its script is the page's")


@with_script
def test_a_figure_sends_no_script_of_plotlys_but_says_who_holds_it(comms):
    made = [figure_widget({"height": 100}) for _ in range(3)]
    states = [comms.open[one.comm.comm_id] for one in made]
    assert comms.size() < 100_000 < len(holder().value)
    assert {state["_script"] for state in states} == {holder().model_id}
    assert "export" in holder().value and "Plotly" in holder().value
    for one in made:
        one.close()


@with_script
def test_a_holder_that_was_closed_is_replaced(comms):
    gone = holder().model_id
    holder().close()
    made = figure_widget({})
    assert comms.open[made.comm.comm_id]["_script"] == holder().model_id != gone
    assert holder().model_id in living() and len(holder().value) > 1_000_000
    made.close()


@with_script
def test_a_page_that_does_not_find_the_holder_is_sent_the_script(comms):
    made = figure_widget({})
    comms.custom(made, {"ask": "the time"})
    assert comms.size() < 100_000
    comms.custom(made, {"ask": "plotly"})
    assert comms.of(made)[-1].data["content"] == {"plotly": holder().value}
    made.close()


@with_script
def test_the_script_keeps_all_that_plotly_can_be_told():
    told = [name for name in figure.Figure.class_trait_names(sync=True) if name.startswith("_py2js_")]
    assert len(told) == 9
    assert all(f'"{name}"' in script("frame/figure.js") for name in told)


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
