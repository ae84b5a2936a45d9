"""`Looking`: which picture one looks into a network with, and what the network answered. No widgets."""

from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadValue, PawlabError
from lab.inside import activations, as_seen, class_activation_map, feature_maps, layers, overlay, strongest

PREDICTED, TRUE = "predicted", "true"
TILES = 24


@dataclass(frozen=True, eq=False)
class Answer:
    """What the network made of one validation picture.

    index: its place in `dls.valid`. trained: how many steps the learner had been trained. x: (3, h, w), the
    network's input; image: the same to be looked at. probabilities: (c,). activations: of every layer worth
    looking at. truth: its class. cams: class -> its map (h, w), or why there is none.
    """

    index: int
    name: str
    trained: int
    x: Tensor
    image: Image.Image
    probabilities: Tensor
    activations: dict[str, Tensor]
    truth: int
    cams: dict[int, Tensor | str] = field(default_factory=dict)

    @property
    def predicted(self) -> int:
        return int(self.probabilities.argmax())


class Looking:
    """The choices of the view, and the latest answer.

    learn: a `Learner`; its validation pictures are looked at in an order that `seed` decides. label: only
    pictures of this class, an index; None: all. layer: whose maps. map_of: "predicted", "true", or the index
    of a class. opacity: of the map, 0..1. why_not: why there is no picture to look at, in words.
    """

    def __init__(self, learn: Any, seed: int = 0) -> None:
        self.learn, self.seed = learn, seed
        self.layers = layers(learn.model)
        self.layer = next(iter(self.layers), "")
        self.label: int | None = None
        self.map_of: str | int = PREDICTED
        self.opacity = 0.5
        self.answer: Answer | None = None
        self.place = 0
        self._ordered: tuple[Any, list[int]] = (None, [])

    @property
    def vocab(self) -> list[str]:
        return [str(label) for label in self.learn.dls.vocab]

    @property
    def why_not(self) -> str:
        loader = self.learn.dls.valid
        if not hasattr(loader, "pictures"):
            return "This learner trains on tensors, not on pictures, so there is no picture to look at."
        return "" if loader.n else "There are no validation pictures to look at."

    @property
    def order(self) -> list[int]:
        """The pictures that can be looked at, as places in `dls.valid`, in the order of looking."""
        if self.why_not:
            return []
        loader = self.learn.dls.valid
        key = (loader, self.label)
        if self._ordered[0] != key:
            shuffled = torch.randperm(loader.n, generator=torch.Generator().manual_seed(self.seed))
            if self.label is not None:
                shuffled = shuffled[loader.pictures.labels[shuffled] == self.label]
            self._ordered = (key, shuffled.tolist())
        return self._ordered[1]

    @property
    def index(self) -> int | None:
        """The picture that is looked at; None where there is none."""
        order = self.order
        return order[self.place % len(order)] if order else None

    @property
    def trained(self) -> int:
        """How many steps the learner has been trained."""
        return sum(len(run.steps) for run in self.learn.runs)

    @property
    def outdated(self) -> bool:
        """Whether the network has been trained since it answered."""
        return self.answer is not None and self.answer.trained != self.trained

    def move(self, by: int) -> None:
        """So many pictures on; after the last comes the first."""
        self.place = (self.place + by) % max(len(self.order), 1)

    def choose(self, index: int) -> None:
        """Look at this picture of `dls.valid`. Raises ValueError for one that is not there."""
        n = 0 if self.why_not else self.learn.dls.valid.n
        if not 0 <= index < n:
            raise BadValue(f"choose: got {index}. There are {n} validation pictures, counted from 0.")
        if index not in self.order:
            self.label = None
        self.place = self.order.index(index)

    def of_class(self, label: str | int | None) -> None:
        """Only pictures of this class, by name or index; None: of all classes."""
        self.label = None if label is None else self._class(label)
        self.place = 0

    def show_layer(self, name: str) -> None:
        """Show this layer. Raises ValueError, listing what there is, for another."""
        if name not in self.layers:
            raise BadValue(f"show_layer: got {name!r}. Choose one of: {', '.join(self.layers)}.")
        self.layer = name

    def show_map_of(self, what: str | int) -> None:
        """The map of "predicted", "true", or of a class by name or index."""
        self.map_of = what if what in (PREDICTED, TRUE) else self._class(what)

    def look(self, again: bool = False) -> None:
        """Ask the network, unless it has answered already; again: in any case.

        Raises BrokenPicture for a picture that has gone, ValueError when the network gives NaN.
        """
        index, answer = self.index, self.answer
        if index is None:
            return
        if again or answer is None or answer.index != index or self.outdated:
            answer = self._ask(index)
        self._find(answer)
        self.answer = answer

    @property
    def map_class(self) -> int | None:
        """The class whose map is shown."""
        return None if self.answer is None else self._wanted(self.answer)

    @property
    def cam(self) -> Tensor | None:
        """The map that is shown; None where there is none (yet)."""
        found = self.answer.cams.get(self.map_class) if self.answer else None
        return found if isinstance(found, Tensor) else None

    @property
    def no_cam(self) -> str:
        """Why there is no map, in words; empty where there is one."""
        found = self.answer.cams.get(self.map_class) if self.answer else None
        return found if isinstance(found, str) else ""

    @property
    def overlaid(self) -> Image.Image:
        """The picture with the map over it, as the view shows it."""
        image, cam = self.answer.image, self.cam
        return image if cam is None else overlay(image, cam, self.opacity)

    @property
    def activation(self) -> Tensor | None:
        """What the chosen layer answered, (c, h, w) or (n,); None where it did not run (yet)."""
        found = self.answer.activations.get(self.layer) if self.answer else None
        return None if found is None else found[0]

    def tiles(self) -> tuple[Tensor, list[int]]:
        """The strongest maps of the chosen layer, (n, h, w) in 0..1, and their channels."""
        return feature_maps(self.activation, TILES), strongest(self.activation, TILES)

    def _ask(self, index: int) -> Answer:
        loader, learn, trained = self.learn.dls.valid, self.learn, self.trained
        x, truth = loader.item(index)
        batch = x[None].to(loader.device), torch.tensor([truth], device=loader.device)
        probabilities = learn.get_preds(dl=[batch])[0][0]
        if not probabilities.isfinite().all():
            raise BadValue(
                "InsidePanel: the network gives NaN for this picture, so its training has failed. Load "
                "weights that you saved earlier, or train again at a lower rate."
            )
        answers = activations(learn, x, list(self.layers))
        image = as_seen(learn, x)
        return Answer(index, loader.name(index), trained, x, image, probabilities, answers, truth)

    def _find(self, answer: Answer) -> None:
        wanted = self._wanted(answer)
        if wanted not in answer.cams:
            try:
                answer.cams[wanted] = class_activation_map(self.learn, answer.x, wanted)
            except PawlabError as problem:
                answer.cams[wanted] = str(problem)

    def _wanted(self, answer: Answer) -> int:
        return {PREDICTED: answer.predicted, TRUE: answer.truth}.get(self.map_of, self.map_of)

    def _class(self, label: str | int) -> int:
        if isinstance(label, int) and 0 <= label < len(self.vocab):
            return label
        if label not in self.vocab:
            raise BadValue(
                f"InsidePanel: {label!r} is not a class. The classes are: {', '.join(self.vocab[:8])}."
            )
        return self.vocab.index(label)
