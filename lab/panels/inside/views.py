"""The two views of the panel that looks inside a network: a picture's way through it, and its training."""

from collections.abc import Callable

import ipywidgets as widgets
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.inside import BIN_EDGES
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.photo import Photo, beside, cell_tile, map_picture, map_tiles, number_cells
from lab.panels.frame.snapshot import drawn
from lab.panels.inside.looking import PREDICTED, TRUE, Looking
from lab.panels.inside.watching import Watching

ALL = -1  # the entry of the list of classes that stands for no choice

Act = Callable[[Callable[[], None]], Callable[..., None]]


class PictureView:
    """A validation picture, the map of a class over it, and what a layer makes of it.

    act: wraps what a control does. ask: has the network asked in the background.
    """

    def __init__(self, looking: Looking, act: Act, ask: Callable[..., None]) -> None:
        self.looking, self._tiled = looking, None
        classes = [(label, i) for i, label in enumerate(looking.vocab)]

        def then_ask(do: Callable[[], None]) -> Callable[..., None]:
            def chosen() -> None:
                do()
                ask()

            return act(chosen)

        self.class_choice = controls.choice(
            "pictures of", [("all classes", ALL), *classes], ALL, then_ask(self._choose_class)
        )
        self.previous_button = controls.button(
            "← Previous", then_ask(lambda: looking.move(-1)), "show the previous picture"
        )
        self.next_button = controls.button(
            "Next →", then_ask(lambda: looking.move(1)), "show the next picture"
        )
        self.again_button = controls.button(
            "Look again", act(lambda: ask(again=True)), "ask the network again, after more training"
        )
        self.photo = Photo("computing…")
        maps = [("predicted class", PREDICTED), ("true class", TRUE), *classes]
        choose_map = then_ask(lambda: looking.show_map_of(self.map_choice.value))
        self.map_choice = controls.choice("map of", maps, looking.map_of, choose_map)
        self.opacity = controls.slider(
            "opacity", looking.opacity, 0, 1, 0.05, act(self._choose_opacity), readout_format=".0%"
        )
        layers = [(about, name) for name, about in looking.layers.items()]
        choose_layer = act(lambda: looking.show_layer(self.layer_choice.value))
        self.layer_choice = controls.choice("layer", layers, looking.layer or None, choose_layer)
        self.about = controls.html("", "paw-note")
        self.tiles = controls.html("", "paw-layer")
        picture = [self.photo.widget, controls.row(self.map_choice), self.opacity]
        layer = [controls.row(self.layer_choice, controls.spacer(), self.about), self.tiles]
        left, right = widgets.VBox(picture).add_class("paw-left"), widgets.VBox(layer).add_class("paw-right")
        body = widgets.HBox([left, right]).add_class("paw-inside")
        row = controls.row(
            self.class_choice, self.previous_button, self.next_button, controls.spacer(), self.again_button
        )
        self.widget = widgets.VBox([row, body])

    def refresh(self) -> None:
        looking, answer = self.looking, self.looking.answer
        there = len(looking.order)
        self.previous_button.disabled = self.next_button.disabled = there < 2
        self.again_button.disabled = answer is None
        controls.mark(self.again_button, "paw-on", looking.outdated)
        self.class_choice.value = ALL if looking.label is None else looking.label
        self.map_choice.value, self.opacity.value = looking.map_of, looking.opacity
        if looking.layer:
            self.layer_choice.value = looking.layer
        self.photo.opacity(looking.opacity)
        if answer is not None:
            self.photo.show(answer.image, looking.cam, f"{answer.name} as the network sees it")
            self.photo.words.value = self._words()
        shown = (answer, looking.layer)
        if self._tiled is None or any(a is not b for a, b in zip(shown, self._tiled, strict=True)):
            self._tiled = shown
            self.tiles.value, about = layer_html(looking)
            self.about.value = escape(about)

    def _words(self) -> str:
        looking, answer = self.looking, self.looking.answer
        vocab, right = looking.vocab, answer.predicted == answer.truth
        name = escape(answer.name)
        mapped = looking.no_cam or f"map: where it found {vocab[looking.map_class]}"
        return (
            f'<p title="{name}">{name}</p><p>predicted <b>{escape(vocab[answer.predicted])}</b> '
            f"{answer.probabilities[answer.predicted]:.2f}, "
            f'<span class="paw-{"right" if right else "wrong"}">{"right" if right else "wrong"}</span>'
            f"{'' if right else f': truth <b>{escape(vocab[answer.truth])}</b>'}</p><p>{escape(mapped)}</p>"
        )

    def _choose_class(self) -> None:
        label = self.class_choice.value
        self.looking.of_class(None if label == ALL else label)

    def _choose_opacity(self) -> None:
        self.looking.opacity = self.opacity.value


class TrainingView:
    """A switch that has the layers watched, and the charts of what was recorded."""

    def __init__(self, watching: Watching, act: Act, switch: Callable[[bool], None]) -> None:
        self.watching = watching
        self.switch = controls.switch(
            "watch every training run of this learner", watching.on, act(lambda: switch(self.switch.value))
        )
        self.clear_button = controls.button("Clear", act(watching.clear), "clear the record")
        layers = [(about, name) for name, about in watching.stats.layers.items()]
        choose = act(lambda: watching.show_layer(self.layer_choice.value))
        self.layer_choice = controls.choice("histogram of", layers, watching.histogram_of or None, choose)
        self.chart, self.histogram = Chart(), Chart()
        self.missing = controls.html("", "paw-note")
        above, between = controls.row(self.switch, self.clear_button), controls.row(self.layer_choice)
        charts = [above, self.chart.widget, between, self.histogram.widget, self.missing]
        self.widget = widgets.VBox(charts)

    def refresh(self, theme: str) -> None:
        watching = self.watching
        self.switch.value = watching.on
        self.clear_button.disabled = not watching.steps
        self.missing.value = escape(watching.missing())
        if watching.histogram_of:
            self.layer_choice.value = watching.histogram_of
        stats, histogram = training_charts(watching, theme)
        self.chart.show(stats)
        self.histogram.show(histogram)


def layer_html(looking: Looking) -> tuple[str, str]:
    """What the chosen layer answered, and a few words about it."""
    activation = looking.activation
    if activation is None:
        return "", ""
    if activation.ndim == 3:
        maps, channels = looking.tiles()
        size = f"{activation.shape[2]} by {activation.shape[1]} pixels"
        return map_tiles(maps, channels), f"the {len(maps)} strongest of {len(activation)} maps, {size}"
    low, high = float(activation.min()), float(activation.max())
    return cell_tile(activation.flatten()), f"{activation.numel()} numbers from {low:.2f} to {high:.2f}"


def picture_snapshot(looking: Looking) -> list[Image.Image]:
    """The view of a picture without a browser."""
    if looking.answer is None:
        return []
    activation, tiles = looking.activation, []
    if activation is not None:
        flat = activation.ndim < 3
        tiles = [number_cells(activation.flatten())] if flat else map(map_picture, looking.tiles()[0])
    return [beside(looking.overlaid, list(tiles))]


def training_charts(watching: Watching, theme: str) -> tuple[go.Figure, go.Figure]:
    """Mean, spread and near-zero share of all layers, and the chosen layer's histogram."""
    shares, steps = watching.histogram() if watching.histogram_of else (None, [])
    histogram = draw("layer_histogram", shares, steps, BIN_EDGES, theme=theme)
    return draw("layer_stats", watching.record(), theme=theme), histogram


def training_snapshot(watching: Watching) -> list[Image.Image]:
    """The view of the training without a browser."""
    return [drawn(figure) for figure in training_charts(watching, "light")] if watching.steps else []
