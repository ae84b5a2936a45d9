"""The training pictures that look most alike to the network: nearest by its pooled activations.

Two pictures are near when the body answers to them in the same directions (cosine similarity), whatever the
head makes of it. A wrong prediction is often explained by its neighbours.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lab.core.errors import BadType, BadValue
from lab.inside.subject import Subject
from lab.models.activations import activation_key, activation_loader
from lab.models.classifier import Classifier

_ROWS = 8192  # of the stored activations, how many are in memory at a time


@dataclass(frozen=True)
class Neighbour:
    """A training picture. index: its place in `dls.train`. path: its file, None in memory. similarity: -1..1,
    where 1 is equal."""

    index: int
    path: Path | None
    label: str
    similarity: float


def nearest(learn: Any, picture: Any, k: int = 8) -> list[Neighbour]:
    """Return the k training images most like an image, the nearest first.

    The first call runs every training image, unaugmented, through the body, with a progress line. The result
    is kept like any precomputed activations, until the body or the images change.

    Parameters
    ----------
    learn : Learner
        With a model of the lab and its training images.
    picture : path, PIL image, array or Tensor
        One image. A training image finds itself.
    k : int
        How many.

    Returns
    -------
    list of Neighbour
        Each with `index` (its place in `dls.train`), `path`, `label` and `similarity` (-1..1; 1 is equal).

    Raises
    ------
    ValueError
        For k below 1, and for an exported model, which has no training images.
    TypeError
        For a model that is not from `create_classifier`.

    Examples
    --------
    >>> [near.label for near in lab.nearest(learn, path / "red" / "00.png", k=3)]
    ['red', 'red', 'red']
    """
    if k < 1:
        raise BadValue(f"nearest: got k={k}. Ask for at least one picture.")
    subject = Subject(learn)
    if not hasattr(learn, "dls"):
        raise BadValue(
            "nearest: an exported model carries no training pictures to compare with. Use the learner that "
            "it was exported from, or make one on those pictures."
        )
    if not isinstance(subject.model, Classifier):
        raise BadType(
            f"nearest: the model is a {type(subject.model).__name__}, and it is the pooled activations of a "
            "model from create_classifier that are compared."
        )
    x = subject.picture_batch(picture)
    loader, autocast = learn.dls.train, learn.precision.autocast
    model = subject.at_rest()
    key = activation_key(model, loader, autocast=autocast)
    stored = activation_loader(model, loader, key, autocast=autocast).activations[0]
    with torch.no_grad(), autocast:
        own = model.features(x)[0].float().cpu().numpy()
    similarities = _cosines(stored, own)
    order = np.argsort(-similarities, kind="stable")[:k]
    pictures = loader.pictures
    return [
        Neighbour(int(i), pictures.paths[i], str(loader.vocab[pictures.labels[i]]), float(similarities[i]))
        for i in order
    ]


def _cosines(rows: np.ndarray, one: np.ndarray) -> np.ndarray:
    """(n,) cosines between one (f,) and each of the rows (n, f), which may lie on disk."""
    parts = []
    for start in range(0, len(rows), _ROWS):
        part = np.asarray(rows[start : start + _ROWS])
        lengths = np.linalg.norm(part, axis=1) * np.linalg.norm(one)
        parts.append(part @ one / np.maximum(lengths, np.finfo(np.float32).tiny))
    return np.concatenate(parts)
