"""Looking inside a network: what its layers answer to a picture, and how they fare while it trains."""

from typing import Any

import ipywidgets as widgets
from PIL import Image

from lab.core.errors import BadType, BadValue
from lab.panels.frame import controls
from lab.panels.frame.python import variable_of
from lab.panels.frame.query import QueryPanel
from lab.panels.inside.looking import Looking
from lab.panels.inside.views import PictureView, TrainingView, picture_snapshot, training_snapshot
from lab.panels.inside.watching import Ticker, Watching
from lab.wording import count_text

PICTURE, TRAINING = "a picture", "while it trains"
TIPS = {
    PICTURE: "what each layer makes of a validation picture, and where the network found the class",
    TRAINING: "mean, spread and share near zero of each layer's activations, step by step",
}


class InsidePanel(QueryPanel):
    """Look into a network with an image, and watch its layers while it trains.

    The network is asked when the panel is first displayed, or by `look()`. `watch()` records every training
    from then on, of a cell or of another panel, until it is switched off or the panel is closed.
    `panel.stats` is the record, an `ActivationStats`. Lessons: 2018, "looking at pictures"; 2020, "look
    inside your network as it trains".

    Parameters
    ----------
    learn : Learner
        Whose network to look into.
    seed : int
        In which order the validation images come.
    view : str
        "a picture" or "while it trains".

    Raises
    ------
    TypeError
        For anything that is not a learner.
    ValueError
        For another view.

    Examples
    --------
    >>> panel = lab.InsidePanel(learn, view="while it trains")
    >>> panel.close()
    """

    title = "Inside the network"
    help = "Follow a picture through the layers, or watch them train."

    def __init__(self, learn: Any, seed: int = 0, view: str = PICTURE) -> None:
        if not hasattr(learn, "dls") or not hasattr(learn, "model"):
            raise BadType(f"InsidePanel: got a {type(learn).__name__}. Pass a Learner.")
        super().__init__()
        self.looking, self.watching = Looking(learn, seed), Watching(learn)
        self.view = PICTURE
        self._ticker = Ticker(lambda: (self.watching.steps, self.looking.outdated), self.changed)
        self.show(view)

    def asked(self) -> Any:
        return self.looking.learn.model

    # ------------------------------------------------------------ what can be done

    @property
    def stats(self) -> Any:
        """The record of the layers: an `ActivationStats`."""
        return self.watching.stats

    def show(self, view: str) -> None:
        """Show "a picture" or "while it trains". Raises ValueError for another view."""
        if view not in TIPS:
            raise BadValue(f"InsidePanel: got {view!r}. The views are {' and '.join(map(repr, TIPS))}.")
        self.view = view
        if self._root is not None and view == PICTURE and self.looking.answer is None:
            self.look()
        self.changed()

    def look(self, again: bool = False) -> "InsidePanel":
        """Ask the network about the chosen picture in the background; again: even if it has answered."""
        self.ask(lambda: self.looking.look(again))
        return self

    def choose(self, index: int) -> "InsidePanel":
        """Look at picture `index` of `dls.valid`. Raises ValueError for one that is not there."""
        self.looking.choose(index)
        return self.look()

    def next(self, by: int = 1) -> "InsidePanel":
        """Look at the picture that is so many on."""
        self.looking.move(by)
        return self.look()

    def of_class(self, label: str | int | None) -> "InsidePanel":
        """Look at pictures of one class, by name or index; None: of all. ValueError for another."""
        self.looking.of_class(label)
        return self.look()

    def map_of(self, what: str | int) -> "InsidePanel":
        """Show the map of "predicted", "true", or of a class by name or index. ValueError for another."""
        self.looking.show_map_of(what)
        return self.look()

    def layer(self, name: str) -> None:
        """Show this layer in the view that is shown. ValueError, listing what there is, for another."""
        (self.looking if self.view == PICTURE else self.watching).show_layer(name)
        self.changed()

    def watch(self, on: bool = True) -> None:
        """Record the layers in every training from now on, or no more."""
        self.watching.switch(on)
        if on:
            self._ticker.start()
        else:
            self._ticker.stop()
        self.changed()

    def stop(self) -> None:
        """Record no more, take every hook off the model, and ask it nothing more."""
        self._ticker.stop()
        self.watching.switch(False)
        super().stop()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        looking, watching = self.looking, self.watching
        if self.view == TRAINING:
            kept = f"{count_text(watching.steps, 'step')} recorded"
            return f"watching, {kept}" if watching.on else f"not watching, {kept}"
        if looking.why_not or looking.index is None:
            return looking.why_not or "no validation pictures of this class"
        if looking.answer is None:
            return self._where()
        answer, vocab = looking.answer, looking.vocab
        said = f"{vocab[answer.predicted]} {answer.probabilities[answer.predicted]:.2f}"
        since = ", trained since" if looking.outdated else ""
        return f"{self._where()}, {answer.name}: predicted {said}, truth {vocab[answer.truth]}{since}"

    def status(self) -> str:
        if self.note:
            return self.note
        if self.view == TRAINING or self.looking.index is None:
            return self.state()
        since = " · trained since: Look again" if self.looking.outdated else ""
        return f"{self._where()}{since}"

    def chosen(self) -> str:
        if self.view == TRAINING:
            return f"histogram of {self.watching.histogram_of}"
        looking = self.looking
        return f"{looking.layer}: {looking.layers[looking.layer]}" if looking.layer else ""

    def code(self) -> str:
        learn = variable_of(self.looking.learn, "learn")
        if self.view == TRAINING:
            return f"lab.watch({learn})"
        if self.looking.answer is None:
            return ""
        picture = f"{learn}.dls.valid.item({self.looking.answer.index})[0]"
        return f"lab.class_activation_map({learn}, {picture}, {self.looking.vocab[self.looking.map_class]!r})"

    def pictures(self) -> list[Image.Image]:
        if self.view == TRAINING:
            return training_snapshot(self.watching)
        return picture_snapshot(self.looking)

    def _where(self) -> str:
        looking = self.looking
        of = "" if looking.label is None else f" of {looking.vocab[looking.label]}"
        return f"picture {looking.place + 1} of {len(looking.order)}{of}"

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        self.view_buttons = {
            view: controls.button(view.capitalize(), self.act(lambda view=view: self.show(view)), tip)
            for view, tip in TIPS.items()
        }
        self.picture_view: PictureView | None = None
        self.training_view: TrainingView | None = None
        self.body = widgets.VBox().add_class("paw-body")
        if self.view == PICTURE and self.looking.answer is None:
            self.look()
        return [controls.row(*self.view_buttons.values()), self.body]

    def refresh(self) -> None:
        for view, button in self.view_buttons.items():
            controls.mark(button, "paw-on", view == self.view)
        if self.view == PICTURE:
            self.picture_view = self.picture_view or PictureView(self.looking, self.act, self.look)
        else:
            self.training_view = self.training_view or TrainingView(self.watching, self.act, self.watch)
        made = {PICTURE: self.picture_view, TRAINING: self.training_view}
        shown = {name: view.widget for name, view in made.items() if view is not None}
        for name, widget in shown.items():  # before its charts change: one that is hidden is not drawn
            controls.show(widget, name == self.view)
        if self.view == PICTURE:
            self.picture_view.refresh()
        else:
            self.training_view.refresh(self.theme)
        # with its charts in place: a chart that gets its height later keeps the width it had by then
        self.body.children = list(shown.values())
