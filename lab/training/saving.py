"""What a learner keeps on disk: weights under a name, and a file that predicts elsewhere."""

from pathlib import Path
from typing import Self

from lab.core.learner import Learner
from lab.training import checkpoint


class SavesWeights(Learner):
    """The core's learner, with its weights on disk."""

    path: Path

    def save(self, name: str | Path, with_opt: bool = True) -> Path:
        """Write the weights, and the optimiser's state, to `path/models/name.safetensors`; returns the file.

        The old file stays whole until the new one has been read back. Raises OSError when it cannot be
        written.
        """
        return checkpoint.save(self, name, with_opt)

    def load(self, name: str | Path, with_opt: bool = True, strict: bool = True) -> Self:
        """Read what `save` wrote, in place; returns the learner.

        Which layers are frozen stays as it is now. strict=False: take the tensors that fit (the body, when
        there are more classes now) and say which did not. Raises FileNotFoundError, listing what is there,
        and ValueError in words when the file belongs to another architecture, to other classes, or to
        another optimiser. Then nothing has changed.
        """
        checkpoint.load(self, name, with_opt, strict)
        return self

    def export(self, path: str | Path = "export.safetensors") -> Path:
        """Write all that predicting needs elsewhere to one file; a relative path lies under `learn.path`.

        Returns the file. Raises TypeError for a model or a transform of your own, which a file without code
        cannot hold.
        """
        return checkpoint.export(self, path)
