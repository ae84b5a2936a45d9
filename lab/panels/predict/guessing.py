"""`Guessing`: one picture from outside, and what a model says of it. No widgets."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType, PawlabError
from lab.data.broken import BrokenPicture
from lab.inside import Neighbour, as_seen, class_activation_map, nearest, overlay
from lab.models.classifier import Classifier

NEIGHBOURS = 8
PHOTOS = (
    "pocketnet, the body of this model, was trained on drawings: expect mistakes on photos. "
    'pip install "pawlab[photos]" installs one trained on photos.'
)
EXPORTED = "An exported model carries no training pictures, so there is nothing to compare this picture with."


@dataclass(frozen=True, eq=False)
class Guess:
    """What the model said of a picture.

    name: the file's, "" for a picture without one. given: what is written in the line of code, None for a
    picture in memory. x: (3, h, w), the network's input; image: the same to be looked at. label, index,
    probabilities: as `predict` gives them. cam: where it found the label, (h, w); None with the reason in
    no_cam.
    """

    name: str
    given: str | None
    x: Tensor
    image: Image.Image
    label: str
    index: int
    probabilities: Tensor
    cam: Tensor | None
    no_cam: str

    @property
    def about(self) -> str:
        """What the picture is called, in words."""
        return self.name or "a picture in memory"


@dataclass(frozen=True)
class Near:
    """A training picture that is near; image is None, with the reason, when it cannot be had any more."""

    neighbour: Neighbour
    name: str
    image: Image.Image | None
    reason: str = ""


class Guessing:
    """The latest guess, and the training pictures near to it.

    source: a `Learner`, or what `load_learner` returned. opacity: of the map over the picture. Raises
    TypeError for a source that does not know how a picture becomes its input.
    """

    def __init__(self, source: Any) -> None:
        learner = hasattr(source, "predictor")
        data = getattr(source, "dls", None)
        exported = hasattr(source, "pipeline") and hasattr(source, "predict")
        if not (hasattr(data, "pipeline") if learner else exported):
            raise BadType(
                f"PredictPanel: got a {type(source).__name__} that cannot turn a picture into the model's "
                "input. Pass a learner with picture data, or what load_learner() returned."
            )
        self.source = source
        self.guess: Guess | None = None
        self.near: list[Near] | None = None
        self.map_shown, self.opacity = True, 0.5

    @property
    def predictor(self) -> Any:
        """The model with its pipeline, as it is now."""
        return self.source.predictor() if hasattr(self.source, "predictor") else self.source

    @property
    def no_neighbours(self) -> str:
        """Why nearest training pictures cannot be found, in a sentence; empty where they can."""
        if not hasattr(self.source, "dls"):
            return EXPORTED
        if not isinstance(self.source.model, Classifier):
            return "Only a model from create_classifier can find the nearest training pictures."
        return ""

    @property
    def warning(self) -> str:
        """What to know before a photo is given, in a sentence; empty where there is nothing."""
        name = str(getattr(self.source.model, "arch", ""))
        return PHOTOS if name.startswith("pocketnet") else ""

    @property
    def share(self) -> float:
        """How much of the map's colours is shown, 0..1."""
        return self.opacity if self.map_shown else 0.0

    def take(self, source: Any, name: str = "") -> None:
        """Predict a picture: a path, bytes, a PIL picture or an array. name: of the file the bytes are from.

        The guess before stays when it fails. Raises BrokenPicture for what is not a whole picture, TypeError
        for anything else, ValueError when the model gives NaN.
        """
        predictor = self.predictor
        pipeline = predictor.pipeline
        try:
            # As an array it keeps no note that it must be turned, which it has been by now.
            opened = np.asarray(pipeline.item_tfms.open(source))
        except BrokenPicture as problem:
            raise BrokenPicture(Path(name) if name else problem.path, problem.reason) from problem
        x = pipeline.batch([opened])[0]
        label, index, probabilities = predictor.predict(opened)
        try:
            cam, no_cam = class_activation_map(self.source, x, index), ""
        except PawlabError as problem:
            cam, no_cam = None, str(problem)
        path = isinstance(source, str | os.PathLike)
        given = os.fspath(source) if path else name or None
        name = Path(given).name if given else ""
        image = as_seen(self.source, x)
        self.near = None
        self.guess = Guess(name, given, x, image, label, index, probabilities, cam, no_cam)

    def find_near(self) -> None:
        """Find the nearest training pictures; the first time takes long. See `lab.nearest`."""
        guess = self.guess
        found = [self._near(one) for one in nearest(self.source, guess.x, NEIGHBOURS)]
        if self.guess is guess:
            self.near = found

    @property
    def overlaid(self) -> Image.Image:
        """The picture with the map over it, as it is shown."""
        guess = self.guess
        return guess.image if guess.cam is None else overlay(guess.image, guess.cam, self.share)

    def _near(self, one: Neighbour) -> Near:
        loader = self.source.dls.train
        name = loader.name(one.index)
        try:
            return Near(one, name, as_seen(self.source, loader.item(one.index)[0]))
        except (BrokenPicture, OSError) as problem:
            return Near(one, name, None, getattr(problem, "reason", str(problem)))
