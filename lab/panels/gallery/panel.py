"""The gallery: a confusion matrix whose cells open their pictures, and marks for wrong labels."""

import ipywidgets as widgets
from PIL import Image

from lab.annotations import Annotations
from lab.interpret import ClassificationInterpretation
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.frame.panel import Panel
from lab.panels.frame.python import variable_of
from lab.panels.frame.snapshot import drawn, side_by_side
from lab.panels.gallery.cards import Card, Shown
from lab.panels.gallery.enlarged import Enlarged
from lab.panels.gallery.marks_bar import MarksBar
from lab.panels.gallery.matrix_pane import NONE, MatrixPane, label_options, matrix_figure, picker
from lab.panels.gallery.query import WORDS
from lab.panels.gallery.view import ENLARGED, PAGE, THUMBNAIL, GalleryView
from lab.prediction_records import PredictionRecord
from lab.wording import count_text

TIPS = {
    "top_losses": "pictures with the largest loss",
    "most_incorrect": "mistakes, starting with the least probability for the truth",
    "most_uncertain": "pictures whose two most probable classes are nearly tied",
    "most_correct": "right answers, starting with the most confident",
    "random_correct": "right answers, picked at random; press again for others",
    "random_incorrect": "mistakes, picked at random; press again for others",
    "all": "all pictures, in file order",
}


class GalleryPanel(Panel):
    """Look at the images behind the numbers, and mark those whose label is wrong.

    The marks stand in `panel.marks`, with `to_frame()` and `save()`. The images themselves are never touched.

    Parameters
    ----------
    interp : ClassificationInterpretation
        The predictions to look at.
    marks : Annotations, optional
        The marks to show and set. Without them they are those of this session for these images, so that
        another panel, or the same cell run again, finds them; those that an earlier session saved are among
        them.

    Examples
    --------
    >>> panel = lab.GalleryPanel(interp)
    >>> panel.show("most_uncertain")
    >>> panel.close()
    """

    title = "Gallery"
    help = "Click a cell of the matrix to open its pictures."

    def __init__(self, interp: ClassificationInterpretation, marks: Annotations | None = None) -> None:
        super().__init__()
        self.view = GalleryView(interp, marks)
        self._unwatch = lambda: None

    # ------------------------------------------------------------ what can be done

    @property
    def marks(self) -> Annotations:
        """The marks, which outlive the panel."""
        return self.view.marks

    def open(self, truth: str, predicted: str) -> None:
        """Show the pictures of one cell of the confusion matrix. Raises ValueError for an unknown label."""
        self.view.open(truth, predicted)
        self.changed()

    def show(self, kind: str, label: str | None = None) -> None:
        """Show "top_losses", "most_incorrect", "most_uncertain", "most_correct", "random_correct",
        "random_incorrect" or "all". label: only pictures of this class. Raises ValueError for another kind
        or label; each call of a random kind picks others."""
        self.view.show(kind, label)
        self.changed()

    def next(self) -> None:
        """The next page; with an enlarged picture the next one."""
        self.view.turn(1)
        self.changed()

    def previous(self) -> None:
        """The page or the enlarged picture before."""
        self.view.turn(-1)
        self.changed()

    def enlarge(self, place: int) -> None:
        """Show one picture large. place: among all those found, from 0."""
        self.view.enlarge(place)
        self.changed()

    def shrink(self) -> None:
        """Back to the page of pictures."""
        self.view.shrink()
        self.changed()

    def stop(self) -> None:
        self._unwatch()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        interp, marked = self.view.interp, len(self.marks)
        pictures = count_text(len(interp), "picture")
        words = [pictures, f"error {1 - interp.right().mean():.3f}", f"{marked} marked" if marked else ""]
        return " · ".join(filter(None, [*words, self.view.marking.found()]))

    def status(self) -> str:
        return self.state().removesuffix(self.view.marking.found()).removesuffix(" · ")

    def chosen(self) -> str:
        return self.view.place()

    def code(self) -> str:
        view = self.view
        name = variable_of(view.interp, "interp")
        return view.query.code(name, view.start, view.start + PAGE, len(view.found))

    def pictures(self) -> list[Image.Image]:
        view = self.view
        sheet = view.interp.show(view.page, ncols=3, tile=(240, 180))
        return [side_by_side(drawn(matrix_figure(view, "light")), sheet)]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        view = self.view
        self._unwatch = self.marks.watch(lambda _paths: self.changed())
        self.matrix = MatrixPane(view, self.act)
        self.kinds = {
            kind: controls.button(
                text, self.act(lambda kind=kind: view.show(kind, self._label())), TIPS[kind]
            )
            for kind, text in WORDS.items()
        }
        classes = [("all classes", NONE), *label_options(view.interp.vocab)]
        self.label = picker("class", classes, self.act(lambda: view.of_class(self._label())))
        self.words = controls.html("", "paw-asked")
        self.place = controls.html("", "paw-page")
        self.back = controls.button("← Previous", self.act(lambda: view.turn(-1)), "previous page or picture")
        self.on = controls.button("Next →", self.act(lambda: view.turn(1)), "next page or picture")
        self.nothing = controls.html("", "paw-none")
        self.cards = [self._card(i) for i in range(min(PAGE, len(view.interp)))]
        self.grid = widgets.Box([card.widget for card in self.cards]).add_class("paw-cards")
        labels = self.marks.vocab or view.interp.vocab
        self.large = Enlarged(labels, view.shrink, self._press_enlarged, self._want, self.act)
        stack = widgets.VBox([self.grid, self.large.widget, self.nothing]).add_class("paw-stack")
        paging = controls.row(self.words, self.place, self.back, self.on).add_class("paw-paging")
        shown = widgets.VBox([paging, stack]).add_class("paw-shown")
        body = widgets.HBox([self.matrix.widget, shown]).add_class("paw-gallery")
        self.bar = MarksBar(lambda: view.marking, self.act)
        kinds = controls.row(*self.kinds.values(), self.label)
        return [kinds, body, self.bar.widget]

    def _card(self, i: int) -> Card:
        def enlarge() -> None:
            self.view.enlarge(self.view.start + i)

        def press(kind: str) -> None:
            self.view.press(self.view.page[i], kind)

        return Card(enlarge, press, self.act)

    def refresh(self) -> None:
        view = self.view
        for kind, button in self.kinds.items():
            controls.mark(button, "paw-on", view.query.kind == kind)
        filtered = view.query.kind != "confused" and view.query.truth is not None
        self.label.value = view.interp.vocab.index(view.query.truth) if filtered else NONE
        asked = escape(view.query.words())
        self.words.value = f'<b title="{asked}">{asked}</b>'
        self.place.value = escape(view.place())
        self.nothing.value = "" if view.found else escape(view.query.nothing())
        large = view.enlarged is not None
        self.back.disabled = (view.enlarged if large else view.start) == 0
        self.on.disabled = (view.enlarged + 1 if large else view.stop) >= len(view.found)
        controls.mark(self.grid, "paw-away", large)
        controls.mark(self.large.widget, "paw-away", not large)
        if large:
            self.large.show(self._shown(view.one, ENLARGED, 8))
        else:
            self.large.clear()
            for i, card in enumerate(self.cards):
                if i < len(view.page):
                    card.show(self._shown(view.page[i], THUMBNAIL, 3))
                else:
                    card.clear()
        self.bar.refresh()
        self.matrix.refresh(self.theme)  # last: the pictures need not wait for plotly

    def _shown(self, record: PredictionRecord, side: int, bars: int) -> Shown:
        view = self.view
        picture, leading = view.picture(record, side), view.leading(record, bars)
        return Shown(record, picture, leading, view.marks[record.path], view.label_for(record))

    # ------------------------------------------------------------ what comes from the browser

    def _label(self) -> str | None:
        """The class that is chosen in the list; None for all."""
        place = self.label.value
        return None if place == NONE else self.view.interp.vocab[place]

    def _press_enlarged(self, kind: str) -> None:
        if self.view.one is not None:  # it may have been closed since the click
            self.view.press(self.view.one, kind)

    def _want(self, label: str) -> None:
        self.view.wanted = label
