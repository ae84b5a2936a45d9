"""Augmentation under sliders: what the training pictures look like when the model gets them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import ipywidgets as widgets
from PIL import Image

from lab.core.errors import BadType, BadValue
from lab.data.augmentation import Parameters
from lab.data.loaders import DataLoaders
from lab.data.transforms import BatchTransform
from lab.markup import escape
from lab.panels.augment import stages, tiles
from lab.panels.augment.controls import PRESET_TIPS, AugmentControls
from lab.panels.augment.trial import AS_DATA, VIEWS, AugmentedView, AugmentTrial
from lab.panels.frame import controls
from lab.panels.frame.background import Background
from lab.panels.frame.panel import Panel, in_words


class AugmentPanel(Panel):
    """Try augmentations on a few training images.

    `panel.transform` is ready for `DataBlock(batch_tfms=panel.transform)`. It begins as the data has it, or
    with the usual changes where the data has none. Lessons: 2020, "Presizing"; 2018, augmentation.

    Parameters
    ----------
    data : DataLoaders or Learner
        The data, or what holds it as `.dls`.
    n, draws : int
        How many images, and how many draws of each.

    Raises
    ------
    TypeError, ValueError
        For other data; for n or draws below 1 and a training set without images.

    Examples
    --------
    >>> panel = lab.AugmentPanel(dls, n=2)
    >>> panel.close()
    """

    title = "Augmentation"
    help = "Move a slider and watch the pictures change."

    def __init__(self, data: Any, n: int = 4, draws: int = 3) -> None:
        dls = getattr(data, "dls", data)
        if not isinstance(dls, DataLoaders):
            raise BadType(
                f"AugmentPanel: got a {type(data).__name__}. Pass the DataLoaders of a DataBlock, or a "
                "Learner that has them."
            )
        if draws < 1:
            raise BadValue(f"AugmentPanel: draws={draws}. Ask for at least 1.")
        self.trial, self.draws = AugmentTrial(dls, n), draws
        self._item = repr(dls.train.pictures.item_tfms).replace(", method='crop'", "")  # the usual one
        self._explained, self._asked, self._staged = "rotate", None, None
        self._background = Background(self._draw, self.name)
        super().__init__()

    # ------------------------------------------------------------ what can be done

    @property
    def parameters(self) -> Parameters:
        """The chosen parameters."""
        return self.trial.look.parameters

    @property
    def transform(self) -> BatchTransform:
        """The chosen batch transform, ready for `DataBlock(batch_tfms=...)`."""
        return self.parameters.transform()

    def set(self, **values: Any) -> None:
        """Choose parameters by name, as `aug_transforms` has them, brightness and contrast for lighting.

        Raises TypeError for another name and ValueError for a value out of its range.
        """
        self.trial.set(**values)
        self._explained = next(iter(values), self._explained)
        self.changed()

    def preset(self, name: str) -> None:
        """Choose "side on", "top down", "none" or "as the data has it". ValueError for another name."""
        self.trial.preset(name)
        self.changed()

    def new_draw(self) -> None:
        """Draw with other random numbers."""
        self.trial.new_draw()
        self.changed()

    def other_pictures(self) -> None:
        """Look at other training pictures."""
        self.trial.other_pictures()
        self.changed()

    def show(self, view: str) -> None:
        """Show "pictures", or "presizing" beside the naive way. ValueError for another view."""
        self.trial.show(view)
        self.changed()

    def wait(self, timeout: float | None = None) -> "AugmentPanel":
        """Wait until all pictures are drawn, or for so many seconds; returns the panel."""
        self._background.wait(timeout)
        return self

    def stop(self) -> None:
        """Draw nothing more."""
        self._background.close()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        return self.trial.words()

    def chosen(self) -> str:
        return next(iter(self.trial.chosen), "your own choice")

    def code(self) -> str:
        return self.parameters.code()

    def pictures(self) -> list[Image.Image]:
        self.wait()  # two at a time would open the pictures twice
        look, trouble = self.trial.look, ""
        columns = list(zip(*[row[:2] for row in stages.before(look.preview)], strict=True))
        try:
            if look.view == "presizing":
                return self._comparison(look)
            columns += islice(stages.draws(look.preview, self.transform, look.seed), self.draws)
        except Exception as problem:  # the stages before the batch are there all the same
            trouble = in_words(problem)
        shown = [tile for row in zip(*columns, strict=True) for tile in row]
        return [stages.sheet(shown, [tile.words for tile in shown], len(columns), trouble)]

    def _comparison(self, look: AugmentedView) -> list[Image.Image]:
        rows = stages.compared(look.preview, self.transform, look.seed)
        shown = [tile for row in rows for tile in row.tiles]
        captions = [": ".join(filter(None, note)) for row in rows for note in row.notes]
        return [stages.sheet(shown, captions, 3)] if rows else []

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        n = len(self.trial.look.preview)
        self.view_buttons = {
            view: controls.button(view.capitalize(), self.act(lambda view=view: self.show(view)), tip)
            for view, tip in VIEWS.items()
        }
        self.preset_buttons = {
            name: controls.button(name, self.act(lambda name=name: self.preset(name)), tip)
            for name, tip in PRESET_TIPS.items()
        }
        self.other_button = controls.button(
            "Other pictures", self.act(self.other_pictures), "show other training pictures"
        )
        self.draw_button = controls.button(
            "New draw", self.act(self.new_draw), "draw again with other random numbers", primary=True
        )
        self.controls = AugmentControls(lambda name: self.set(**{name: self.controls.value(name)}), self.act)
        self.before = controls.html(self._before([(None, None)] * n, [()] * n), "paw-before")
        self.columns = [controls.html(self._column(i, [None] * n), "paw-draw") for i in range(self.draws)]
        self.pair = controls.html(self._pair([None] * min(n, stages.COMPARED)), "paw-pair")
        self.alarm = controls.html("", "paw-problem")
        self.grid = widgets.HBox([self.before, *self.columns]).add_class("paw-stages")
        shown = widgets.VBox([self.alarm, self.grid, self.pair]).add_class("paw-tried")
        body = widgets.HBox([self.controls.widget, shown]).add_class("paw-augment")
        presets = controls.row(*self.preset_buttons.values())
        buttons = (*self.view_buttons.values(), self.draw_button, self.other_button)
        return [controls.row(*buttons, controls.spacer(), presets), body]

    def refresh(self) -> None:
        look = self.trial.look
        for view, button in self.view_buttons.items():
            controls.mark(button, "paw-on", look.view == view)
        for name, button in self.preset_buttons.items():
            controls.mark(button, "paw-on", name in self.trial.chosen)
        if self.trial.reason:
            self.preset_buttons[AS_DATA].disabled = True
            self.preset_buttons[AS_DATA].tooltip = self.trial.reason
        self.controls.show(look.parameters, self._explained)
        controls.show(self.grid, look.view == "pictures")
        controls.show(self.pair, look.view == "presizing")
        if look != self._asked:
            self._asked = look
            self._background.ask(look)

    # ------------------------------------------------------------ in the background

    def _draw(self, look: AugmentedView) -> None:
        """Show a look piece by piece; the thread that draws is the only one that writes these widgets."""
        trouble = ""
        try:
            for widget, html in self._pieces(look):
                widget.value = html
                if self._background.outdated:
                    return
        except Exception as problem:  # nothing may be lost in the thread: it is shown instead
            trouble = in_words(problem)
        self.alarm.value = f'<span role="alert">{escape(trouble)}</span>' if trouble else ""
        controls.show(self.alarm, bool(trouble))

    def _pieces(self, look: AugmentedView) -> Iterator[tuple[widgets.HTML, str]]:
        tfm = look.parameters.transform()
        if look.view == "presizing":
            rows = stages.compared(look.preview, tfm, look.seed)
            yield self.pair, self._pair(rows)
            return
        if self._staged is not look.preview:
            rows = stages.before(look.preview)
            names = [stages.called(look.preview, place) for place in range(len(rows))]
            notes = [(name, sizes) for name, (_, _, sizes) in zip(names, rows, strict=True)]
            self._staged = look.preview
            yield self.before, self._before([row[:2] for row in rows], notes)
        for i, drawn in enumerate(islice(stages.draws(look.preview, tfm, look.seed), self.draws)):
            yield self.columns[i], self._column(i, drawn)

    def _before(self, rows: list[tuple], notes: list[tuple]) -> str:
        return tiles.pairs((("Original", ""), ("Item", self._item)), rows, notes)

    def _column(self, i: int, drawn: list[stages.Tile | None]) -> str:
        return tiles.column(f"Batch: draw {i + 1}", drawn)

    def _pair(self, rows: list[stages.Compared | None]) -> str:
        heads = (
            ("Presized", "all changes at once"),
            ("Naive", "one change at a time"),
            (f"Difference \N{MULTIPLICATION SIGN} {stages.AMPLIFIED}", "white: very different"),
        )
        return tiles.comparison(heads, rows) + f'<p class="paw-sentence">{stages.NOTE}</p>'
