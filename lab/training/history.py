"""The record of a run with what the core leaves out: as a table of pandas, and as charts."""

from typing import TYPE_CHECKING, Any

from lab.charts import draw
from lab.core.errors import BadValue
from lab.core.history import History

if TYPE_CHECKING:
    import pandas


class ChartedHistory(History):
    """A `History` that can be drawn. Its charts are imported when asked for: training needs no plotly."""

    def frame(self, rows: str = "epochs") -> "pandas.DataFrame":
        """The record as a `pandas.DataFrame`; rows: "epochs" or "steps"."""
        import pandas

        if rows not in ("epochs", "steps"):
            raise BadValue(f'frame: got rows={rows!r}. It is "epochs" or "steps".')
        return pandas.DataFrame(getattr(self, rows))

    def plot_loss(self, **options: Any) -> Any:
        """The chart of training and validation loss (2020 lesson: `learn.recorder.plot_loss()`)."""
        return draw("losses", self, **options)

    def plot_lr(self, **options: Any) -> Any:
        """The chart of the learning rate of the last layer group, and the momentum, at every step."""
        return draw("rates", self, **options)

    def plot_metrics(self, **options: Any) -> Any:
        """The chart of the metrics by epoch."""
        return draw("metrics", self, **options)
