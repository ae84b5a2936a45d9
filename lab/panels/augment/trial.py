"""What is tried on the augmentation panel, without widgets: parameters, draw, pictures, view."""

from dataclasses import dataclass, fields, replace
from typing import Any

from lab.core.errors import BadType, BadValue, PawlabError
from lab.data.augmentation import PRESETS, Parameters
from lab.data.loaders import DataLoaders
from lab.data.previews import Preview
from lab.panels.augment.stages import COMPARED

VIEWS = {"pictures": "each picture in stages", "presizing": "all changes at once, or one by one"}
AS_DATA = "as the data has it"
_NAMES = [field.name for field in fields(Parameters)]


@dataclass(frozen=True)
class AugmentedView:
    """All that decides what is seen."""

    parameters: Parameters
    seed: int
    view: str
    preview: Preview


class AugmentTrial:
    """The trial of augmentations on n training pictures of `dls`.

    presets: name -> parameters; AS_DATA is one of them unless `reason` says why not. It begins as the data
    has it, or with the usual changes where the data has no random ones. look: what is seen now. Raises
    ValueError for an n below 1 or a training set without pictures.
    """

    def __init__(self, dls: DataLoaders, n: int = 4) -> None:
        self._dls, self._n, self.reason = dls, n, ""
        self.presets = dict(PRESETS)
        try:
            self.presets[AS_DATA] = Parameters.of(dls.train.batch_tfms)
        except PawlabError as problem:
            self.reason = str(problem)
        begin = self.presets.get(AS_DATA, PRESETS["side on"])
        if not begin.transform().random:
            begin = replace(PRESETS["side on"], size=begin.size)
        self.look = AugmentedView(begin, 0, "pictures", Preview(dls, n))

    @property
    def chosen(self) -> list[str]:
        """The names of the presets that are chosen, the data's own first."""
        now = self.look.parameters
        found = [name for name, value in self.presets.items() if self._of_preset(name, value) == now]
        return sorted(found, key=lambda name: name != AS_DATA)

    def set(self, **values: Any) -> None:
        """Choose parameters. Raises TypeError for an unknown name, ValueError for a value out of range."""
        for name in values:
            if name not in _NAMES:
                raise BadType(f"AugmentPanel.set: there is no {name!r}. Choose from {', '.join(_NAMES)}.")
        self._see(parameters=replace(self.look.parameters, **values))

    def preset(self, name: str) -> None:
        """Choose a preset; the size stays, except as the data has it. Raises ValueError for another name."""
        if name == AS_DATA and self.reason:
            raise BadValue(self.reason)
        if name not in self.presets:
            listed = ", ".join(map(repr, self.presets))
            raise BadValue(f"AugmentPanel.preset: there is no {name!r}. Choose from {listed}.")
        self._see(parameters=self._of_preset(name, self.presets[name]))

    def new_draw(self) -> None:
        """Other random numbers."""
        self._see(seed=self.look.seed + 1)

    def other_pictures(self) -> None:
        """Other training pictures."""
        self._see(preview=Preview(self._dls, self._n, self.look.preview.seed + 1))

    def show(self, view: str) -> None:
        """Another view. Raises ValueError for one that there is not."""
        if view not in VIEWS:
            raise BadValue(f"AugmentPanel.show: there is no {view!r}. Choose from {', '.join(VIEWS)}.")
        self._see(view=view)

    def words(self) -> str:
        """What is seen, in words that are the same in each run."""
        look = self.look
        shown, view = len(look.preview), ""
        if look.view == "presizing":
            shown, view = min(shown, COMPARED), "presizing · "
        return f"{view}{shown} of {self._dls.train.n} pictures · seed {look.seed}"

    def _of_preset(self, name: str, value: Parameters) -> Parameters:
        return value if name == AS_DATA else replace(value, size=self.look.parameters.size)

    def _see(self, **changes: Any) -> None:
        self.look = replace(self.look, **changes)
