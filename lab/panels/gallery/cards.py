"""A card of the gallery: a picture, what was said of it, and buttons to mark it.

The cards are made once and shown with one picture after another. The picture is covered by a button without
text, so that a click on it, or Enter, enlarges it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets as widgets

from lab.annotations import Mark
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.gallery.thumbnails import Thumbnail
from lab.prediction_records import PredictionRecord

TIPS = {
    "relabel": "mark the label as wrong and the prediction as right",
    "discard": "mark as not belonging in this data",
    "keep": "mark as checked and right",
}


@dataclass(frozen=True)
class Shown:
    """All that is shown of a picture.

    leading: (label, probability). label: what "relabel" would give.
    """

    record: PredictionRecord
    picture: Thumbnail
    leading: Sequence[tuple[str, float]]
    mark: Mark | None
    label: str


class Card:
    """One place of the grid. enlarge: called without arguments; press: with the kind of mark."""

    def __init__(self, enlarge: Callable[[], None], press: Callable[[str], None], act: Callable) -> None:
        self.text = controls.html("", "paw-card-text")
        self.enlarge_button = controls.button("", act(enlarge), "enlarge").add_class("paw-enlarge")
        self.buttons = mark_buttons(press, act)
        self.widget = widgets.VBox([self.text, self.enlarge_button, marking_row(self.buttons)])
        self.widget.add_class("paw-card")

    def show(self, shown: Shown) -> None:
        """Show a picture."""
        record = shown.record
        self.text.value = (
            f"{picture_html(shown)}{file_html(record)}{verdict_html(record)}"
            f"{bars_html(record, shown.leading)}"
        )
        self.enlarge_button.tooltip = f"enlarge {said_of(record)}"
        show_mark(self.widget, self.buttons, shown)
        choose = record.right and shown.mark is None
        tip = "choose the right label" if choose else f"mark as {shown.label}"
        self.buttons["relabel"].tooltip = f"{tip}: {record.path.name}"
        self.widget.layout.visibility = None

    def clear(self) -> None:
        """Show nothing, but keep the place, so that nothing below the grid moves."""
        self.text.value = ""
        self.widget.layout.visibility = "hidden"


def mark_buttons(press: Callable[[str], None], act: Callable) -> dict[str, widgets.Button]:
    """The three buttons that mark a picture, by the kind of mark."""
    return {
        kind: controls.button(
            kind, act(lambda kind=kind: press(kind)), f"{tip}; press again to take the mark off"
        )
        for kind, tip in TIPS.items()
    }


def marking_row(buttons: dict[str, widgets.Button]) -> widgets.HBox:
    """A row of small buttons."""
    return controls.row(*buttons.values()).add_class("paw-marking")


def show_mark(box: widgets.Widget, buttons: dict[str, widgets.Button], shown: Shown) -> None:
    """Give the box the look of its mark and press in the button of it."""
    for kind, button in buttons.items():
        on = shown.mark is not None and shown.mark.kind == kind
        controls.mark(box, f"paw-{kind}", on)
        controls.mark(button, "paw-on", on)


def said_of(record: PredictionRecord) -> str:
    """The record in one line of plain words."""
    return f"{record.path.name}: truth {record.truth}, predicted {record.predicted} {record.probability:.2f}"


def file_html(record: PredictionRecord) -> str:
    """The file's name; where it is, when the mouse rests on it."""
    return f'<div class="paw-file" title="{escape(record.path)}">{escape(record.path.name)}</div>'


def picture_html(shown: Shown) -> str:
    """The picture with its mark over it, or a grey tile that says why there is none."""
    words = str(shown.mark) if shown.mark is not None else ""
    badge = f'<span class="paw-badge" title="{escape(words)}">{escape(words)}</span>' if words else ""
    about, picture = escape(said_of(shown.record)), shown.picture
    if picture.src:
        inner = f'<img src="{picture.src}" alt="{about}">'
    else:
        inner = f'<span class="paw-gone" role="img" aria-label="{about}">{escape(picture.problem)}</span>'
    return f'<div class="paw-thumb">{inner}{badge}</div>'


def verdict_html(record: PredictionRecord) -> str:
    """Truth and prediction in two lines; a sign says the same as the colour."""
    tone, sign, words = ("paw-hit", "✓", "right") if record.right else ("paw-miss", "✗", "wrong")
    truth, predicted = escape(record.truth), escape(record.predicted)
    return (
        f'<div class="paw-verdict"><span>truth</span><b title="{truth}">{truth}</b></div>'
        f'<div class="paw-verdict {tone}"><span title="predicted">pred.</span>'
        f'<b title="{predicted}">{predicted}</b><i role="img" aria-label="{words}">{sign}</i></div>'
    )


def bars_html(record: PredictionRecord, leading: Sequence[tuple[str, float]]) -> str:
    """Probabilities as bars with their numbers: blue is the truth, red a wrong prediction."""
    return f'<div class="paw-probs">{"".join(_bar(record, *one) for one in leading)}</div>'


def _bar(record: PredictionRecord, label: str, value: float) -> str:
    tone = {record.predicted: "paw-miss", record.truth: "paw-hit"}
    name = escape(label)
    return (
        f'<div class="paw-prob {tone.get(label, "")}"><span title="{name}">{name}</span>'
        f'<i><b style="width:{100 * value:.0f}%"></b></i><em>{value:.2f}</em></div>'
    )
