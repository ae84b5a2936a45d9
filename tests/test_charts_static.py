"""Charts as still pictures: of the size that was asked for, with what the chart shows."""

import numpy as np
import plotly.graph_objects as go
import pytest

from lab.charts import draw, static
from lab.charts.static import NoStillPicture, to_png


def test_a_picture_has_the_size_that_was_asked_for_and_the_colours_of_the_curve():
    figure = go.Figure(layout={"template": "none", "height": 200, "paper_bgcolor": "#ffffff"})
    figure.add_scatter(y=[1, 2], mode="lines", line={"color": "#ff0000", "width": 6})
    picture = to_png(figure, width=300, scale=2)
    assert picture.mode == "RGB" and picture.size == (600, 400)
    pixels = np.asarray(picture).reshape(-1, 3)
    assert ((pixels == (255, 0, 0)).all(1)).sum() > 500
    figure.update_layout(width=250)  # a width of its own counts
    assert to_png(figure, width=300, scale=1).size == (250, 200)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_kind_of_chart_can_be_drawn(theme):
    confusion = draw("confusion_matrix", [[3, 1], [0, 4]], ("cat", "<b>dog</b>"), theme=theme)
    counts = draw("class_counts", {"cat": (5, 2), "dog": (6, 1)}, theme=theme)
    for figure in (confusion, counts):
        assert len(to_png(figure).getcolors(10**7)) > 20


def test_what_is_missing_is_said(monkeypatch):
    pytest.importorskip("kaleido")
    static._kaleido.cache_clear()
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "kaleido", None)
        with pytest.raises(NoStillPicture, match=r"pip install .pawlab\[static\]"):
            to_png(go.Figure())
        assert static._kaleido.cache_info().currsize == 0
    with monkeypatch.context() as patch:
        patch.delenv("BROWSER_PATH", raising=False)
        patch.setattr("choreographer.browsers.chromium.Chromium.find_browser", lambda **_: None)
        with pytest.raises(NoStillPicture, match="set BROWSER_PATH"):
            to_png(go.Figure())
