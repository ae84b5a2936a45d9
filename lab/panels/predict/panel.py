"""Prediction of your own picture: what the model says, where it looked, and what it saw in training."""

from typing import Any

import ipywidgets as widgets
from PIL import Image
from torch import Tensor

from lab.charts import draw
from lab.core.errors import BadValue
from lab.markup import escape, image
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.photo import Photo, beside
from lab.panels.frame.python import variable_of
from lab.panels.frame.query import QueryPanel
from lab.panels.frame.snapshot import drawn
from lab.panels.predict.guessing import Guessing, Near
from lab.panels.predict.uploads import drop_area, forget, uploaded

LIMIT = "Up to 10 MB; for larger files: panel.predict('path/to/photo.jpg')"  # tornado's default
BARS = 5


class PredictPanel(QueryPanel):
    """Give the model an image of your own.

    The image is dropped on the panel, chosen in a dialog, or given to `panel.predict(picture)`. Lessons: 2018
    and 2020, "turning your model into an application".

    Parameters
    ----------
    source : Learner or predictor
        A learner, or what `load_learner` returned.

    Raises
    ------
    TypeError
        For a source that does not take images.

    Examples
    --------
    >>> panel = lab.PredictPanel(learn)
    >>> label, index, probabilities = panel.predict(path / "red" / "00.png")
    >>> panel.close()
    """

    title = "Prediction"
    help = "Drop or choose a picture to see what the model says."

    def __init__(self, source: Any) -> None:
        self.guessing = Guessing(source)
        super().__init__()

    def asked(self) -> Any:
        return self.guessing.source.model

    # ------------------------------------------------------------ what can be done

    def predict(self, picture: Any) -> tuple[str, int, Tensor]:
        """Predict and show a picture: a path, bytes of a file, a PIL picture or an array; waits for it.

        Returns (label, its index, probabilities (c,)). Raises BrokenPicture for what is not a whole picture,
        TypeError for anything else, ValueError when the model gives NaN.
        """
        self.take(picture).wait()
        if self.error is not None:
            raise self.error
        guess = self.guessing.guess
        return guess.label, guess.index, guess.probabilities

    def take(self, picture: Any, name: str = "") -> "PredictPanel":
        """As `predict`, in the background. name: of the file, where `picture` is its bytes."""
        self.ask(lambda: self.guessing.take(picture, name), "predicting…")
        return self

    def find_near(self) -> "PredictPanel":
        """Find the nearest training pictures, in the background; the first time takes long.

        Raises ValueError without a picture, and where there are no training pictures.
        """
        if self.guessing.no_neighbours or self.guessing.guess is None:
            raise BadValue(
                self.guessing.no_neighbours or "find_near: there is no picture yet. Predict one first."
            )
        self.ask(self.guessing.find_near, "searching the training pictures…")
        return self

    def show_map(self, on: bool, opacity: float | None = None) -> None:
        """Show or hide the map over the picture. opacity: of the map, 0..1; None: as it is."""
        self.guessing.map_shown = on
        if opacity is not None:
            self.guessing.opacity = opacity
        self.changed()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        guess = self.guessing.guess
        if guess is None:
            return "no picture yet"
        return f"{guess.about}: {guess.label} {guess.probabilities[guess.index]:.2f}"

    def status(self) -> str:
        guess = self.guessing.guess
        if self.note or guess is None:
            return self.note or self.state()
        return f"{guess.label} {guess.probabilities[guess.index]:.2f}"

    def chosen(self) -> str:
        near = self.guessing.near
        if not near:
            return ""
        agree = sum(one.neighbour.label == self.guessing.guess.label for one in near)
        return f"{agree} of the {len(near)} nearest training pictures are {self.guessing.guess.label}"

    def code(self) -> str:
        source, guess = self.guessing.source, self.guessing.guess
        if guess is None or not guess.given:
            return ""
        name = variable_of(source, "learn" if hasattr(source, "dls") else "predictor")
        return f"{name}.predict({guess.given!r})"

    def __repr__(self) -> str:
        # The folders of a file are others on each machine.
        guess, said = self.guessing.guess, super().__repr__()
        return said.replace(repr(guess.given), repr(guess.name)) if guess and guess.given else said

    def pictures(self) -> list[Image.Image]:
        guessing = self.guessing
        if guessing.guess is None:
            return []
        tiles = [one.image for one in guessing.near or [] if one.image is not None]
        return [beside(guessing.overlaid, tiles, columns=4), drawn(self._bars("light"))]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        guessing = self.guessing
        self.upload = widgets.FileUpload(accept="image/*", multiple=False, description="Choose a picture")
        if self.upload.has_trait("tooltip"):  # from ipywidgets 8 on, which else shows "null"
            self.upload.tooltip = "choose a picture file of your own"
        for name in ("paw-button", "paw-upload", "paw-primary"):
            self.upload.add_class(name)
        self.upload.observe(self.act(self._uploaded), "value")
        self.map_switch = controls.switch(
            "show where it looked", guessing.map_shown, self.act(lambda: self.show_map(self.map_switch.value))
        )
        fade = self.act(lambda: self.show_map(guessing.map_shown, self.opacity.value))
        self.opacity = controls.slider("opacity", guessing.opacity, 0, 1, 0.05, fade, readout_format=".0%")
        self.photo = Photo("no picture yet")
        self.photo.words.add_class("paw-two-lines")
        self.chart = Chart()
        self.near = controls.html("", "paw-near")
        self._drawn, self._near_shown = None, None  # what chart and grid show already
        left = widgets.VBox([self.photo.widget, controls.row(self.map_switch), self.opacity])
        left.add_class("paw-left")
        right = widgets.VBox([self.chart.widget, self._search_row(), self.near]).add_class("paw-right")
        body = widgets.HBox([left, right]).add_class("paw-inside")
        self.drop_area = drop_area(lambda name, content: self.act(lambda: self._dropped(name, content))())
        warning = [controls.note(guessing.warning)] if guessing.warning else []
        return [controls.row(self.upload, controls.note(LIMIT), self.drop_area), *warning, body]

    def _search_row(self) -> widgets.HBox:
        """The buttons of the search for near pictures, or the sentence that says why there is none."""
        self.search_buttons = []
        if self.guessing.no_neighbours:
            return controls.row(controls.note(self.guessing.no_neighbours))
        tip = "find the training pictures that the network finds most similar; slow the first time"
        self.search_buttons = [
            controls.button("Nearest training pictures", self.act(self.find_near), tip),
            controls.button("■ Stop", self.act(self.cancel), "stop the search"),
        ]
        return controls.row(*self.search_buttons)

    def refresh(self) -> None:
        guessing, guess, busy = self.guessing, self.guessing.guess, self.busy
        self.upload.disabled = busy
        self.map_switch.value, self.opacity.value = guessing.map_shown, guessing.opacity
        self.map_switch.disabled = self.opacity.disabled = guess is None or guess.cam is None
        self.photo.opacity(guessing.share)
        if self.search_buttons:
            find, cancel = self.search_buttons
            find.disabled = guess is None or busy
            controls.show(cancel, busy)
        # A hidden chart still takes its room: one that took none would later have a width of its own.
        self.chart.widget.layout.visibility = "hidden" if guess is None else "visible"
        if self._drawn != (guess, self.theme):
            self._drawn = (guess, self.theme)
            self.chart.show(self._bars(self.theme))
        if guess is None:
            return
        self.photo.show(guess.image, guess.cam, f"{guess.about} as the network sees it")
        name = escape(guess.about)
        size = guess.no_cam or f"seen as {guess.image.width} by {guess.image.height} pixels"
        self.photo.words.value = f'<p title="{name}">{name}</p><p title="{escape(size)}">{escape(size)}</p>'
        if guessing.near is not self._near_shown:
            self._near_shown = guessing.near
            self.near.value = "".join(map(_card, guessing.near or []))

    def _bars(self, theme: str) -> Any:
        """The leading classes; without a guess all at 0, so that the chart has its size from the start."""
        vocab = [str(label) for label in self.guessing.predictor.vocab]
        guess = self.guessing.guess
        values = [0.0] * len(vocab) if guess is None else guess.probabilities.numpy()
        return draw("probabilities", values, vocab, k=BARS, theme=theme)

    def _uploaded(self) -> None:
        file = uploaded(self.upload)
        if file is not None:
            name, content = file
            forget(self.upload)
            self.take(content, name)

    def _dropped(self, name: str, content: bytes | None) -> None:
        if content is None:
            raise BadValue(
                f"'{name}' is larger than 10 MB. Pass its path: panel.predict('path/to/photo.jpg')."
            )
        self.take(content, name)


def _card(one: Near) -> str:
    near, name = one.neighbour, escape(one.name)
    words = f"{near.label}, similarity {near.similarity:.2f}"
    shown = image(one.image, words) if one.image is not None else f"<span>{escape(one.reason)}</span>"
    return (
        f'<figure title="{name}"><div>{shown}</div><figcaption><b>{escape(near.label)}</b> '
        f"{near.similarity:.2f}<br><small>{name}</small></figcaption></figure>"
    )
