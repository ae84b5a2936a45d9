"""What is looked into: the model behind a learner, behind an exported predictor, or given as it is."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from torch import Tensor, nn

from lab.core.errors import BadType, BadValue
from lab.core.evaluation import evaluation_copy


class Subject:
    """The model of a learner, of a `Predictor`, or a module, with what turns pictures into its input.

    Raises TypeError for anything else.
    """

    def __init__(self, source: Any) -> None:
        self.model = source if isinstance(source, nn.Module) else getattr(source, "model", None)
        if not isinstance(self.model, nn.Module):
            raise BadType(
                f"inside: got a {type(source).__name__}. Give a learner, what load_learner() returned, or a "
                "torch module."
            )
        data = getattr(source, "dls", None)
        self.vocab: Sequence[Any] = getattr(source if data is None else data, "vocab", ())
        if data is None:
            self.pipeline = getattr(source, "pipeline", None)
        else:  # loaders of tensors have none
            self.pipeline = data.pipeline() if hasattr(data, "pipeline") else None

    def at_rest(self) -> nn.Module:
        """The model in evaluation mode, as a copy that shares its weights: training is not disturbed."""
        return evaluation_copy(self.model)

    def batch(self, pictures: Any) -> Tensor:
        """Pictures as the model's input, on its device.

        pictures: a path, a PIL picture, an array, bytes, or a list of these, prepared as in validation; or a
        tensor that is the input already, a single picture (3, h, w) or a batch. Raises TypeError for what a
        module without a pipeline cannot read, and for tensors of whole numbers.
        """
        if isinstance(pictures, Tensor):
            if not pictures.is_floating_point():
                raise BadType(
                    f"inside: got a tensor of {pictures.dtype}. The model's input is float, pictures in "
                    "0..1: divide bytes by 255."
                )
            x = pictures.detach()[None] if pictures.ndim == 3 else pictures.detach()
        elif self.pipeline is None:
            raise BadType(
                f"inside: got a {type(pictures).__name__}, and a {type(self.model).__name__} alone does not "
                "know how pictures are prepared for it. Give a tensor, or a learner in place of the module."
            )
        else:
            several = isinstance(pictures, list | tuple)
            x = self.pipeline.batch(list(pictures) if several else [pictures])
        some = next(self.model.parameters(), None)
        return x if some is None else x.to(some.device)

    def class_index(self, label: str | int, classes: int) -> int:
        """The index of a label, or a checked index. Raises ValueError for one that is not there."""
        if isinstance(label, Integral) and 0 <= label < classes:
            return int(label)
        names = [str(name) for name in self.vocab]
        if label in names:
            return names.index(label)
        known = f" or one of {', '.join(map(repr, names[:8]))}" if names else ""
        raise BadValue(
            f"inside: {label!r} is not a class of this model. Give an index in 0..{classes - 1}{known}."
        )

    def picture_batch(self, picture: Any) -> Tensor:
        """As `batch`, of exactly one picture: (1, 3, h, w). Raises ValueError for several."""
        x = self.batch(picture)
        if x.ndim != 4 or len(x) != 1:
            raise BadValue(f"inside: got an input of shape {tuple(x.shape)}. Give one picture.")
        return x
