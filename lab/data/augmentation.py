"""The options of `aug_transforms` as one value: what can be set, within which ranges, and as which call.

`Parameters` is a choice of them, `CONTROLS` describes each for whoever draws sliders, `PRESETS` are
choices with a name. Strength of light has two parameters here, brightness and contrast, because one
looks at them apart; the call joins them again where they are equal.
"""

import inspect
from dataclasses import asdict, dataclass, fields
from typing import Any

from lab.core.errors import BadType, BadValue
from lab.data.affine import PAD_MODES
from lab.data.resize import as_size
from lab.data.transforms import BatchTransform, aug_transforms

_DEFAULTS = {name: option.default for name, option in inspect.signature(aug_transforms).parameters.items()}
_LIGHTING = _DEFAULTS["lighting"]


@dataclass(frozen=True)
class Parameters:
    """What to pass to `aug_transforms`, which explains the names; brightness and contrast, no lighting.

    Numbers are kept to six digits: a slider's 0.15000000000000002 is 0.15. ValueError outside a range.
    """

    size: int | tuple[int, int] | None = _DEFAULTS["size"]
    min_scale: float = _DEFAULTS["min_scale"]
    flip: bool = _DEFAULTS["flip"]
    flip_vert: bool = _DEFAULTS["flip_vert"]
    rotate: float = _DEFAULTS["rotate"]
    zoom: float = _DEFAULTS["zoom"]
    warp: float = _DEFAULTS["warp"]
    brightness: float = _LIGHTING
    contrast: float = _LIGHTING
    p_affine: float = _DEFAULTS["p_affine"]
    p_lighting: float = _DEFAULTS["p_lighting"]
    pad_mode: str = _DEFAULTS["pad_mode"]

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type is float:
                object.__setattr__(self, field.name, float(f"{getattr(self, field.name):.6g}"))
        if self.size is not None:
            h, w = as_size(self.size, "Parameters")
            object.__setattr__(self, "size", h if h == w else (h, w))
        self.transform()  # which checks the ranges

    @classmethod
    def of(cls, tfm: BatchTransform | None) -> "Parameters":
        """The parameters of a batch transform, such as `dls.train.batch_tfms`; None changes nothing.

        Raises TypeError for a transform of your own, ValueError for one that `aug_transforms` cannot make.
        """
        if tfm is None:
            return PRESETS["none"]
        if not isinstance(tfm, BatchTransform):
            raise BadType(
                f"Parameters.of: got a {type(tfm).__name__}, which has other parameters. Pass what "
                "aug_transforms(...) gave."
            )
        if tfm.ratio != BatchTransform.ratio:
            raise BadValue(
                f"Parameters.of: the crops' ratio is {tfm.ratio}, which aug_transforms(...) cannot say. "
                f"Use the usual {BatchTransform.ratio}."
            )
        values = {field.name: getattr(tfm, field.name) for field in fields(cls)}
        brightness, contrast = tfm.light
        return cls(**{**values, "brightness": brightness, "contrast": contrast})

    def options(self) -> dict[str, Any]:
        """The arguments of `aug_transforms` that differ from its defaults."""
        values = asdict(self)
        if self.brightness == self.contrast:
            values["lighting"] = values.pop("brightness")
            del values["contrast"]
        defaults = {**_DEFAULTS, "brightness": _LIGHTING, "contrast": _LIGHTING}
        return {name: value for name, value in values.items() if value != defaults[name]}

    def transform(self) -> BatchTransform:
        """The batch transform."""
        return aug_transforms(**self.options())

    def code(self) -> str:
        """The call of `aug_transforms` that makes `transform()`, with what differs from its defaults."""
        # 15, not 15.0
        texts = {name: f"{v:g}" if isinstance(v, float) else repr(v) for name, v in self.options().items()}
        return f"aug_transforms({', '.join(f'{name}={text}' for name, text in texts.items())})"


@dataclass(frozen=True)
class Control:
    """How one parameter is set by hand: a slider from `low` to `high`, a choice, or a switch.

    name: the field of `Parameters`. kind: "number", "choice" or "switch". default: its value in
    `Parameters()`; a size of None keeps what `Resize` gave. help: one sentence. low, high, step: of a
    number. choices: of a choice.
    """

    name: str
    kind: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def default(self) -> Any:
        return getattr(Parameters, self.name)


CONTROLS = (
    Control("size", "number", "Height and width in pixels of what the model gets.", 32, 512, 16),
    Control("min_scale", "number", "A random crop keeps at least this share of the area.", 0.1, 1, 0.05),
    Control("flip", "switch", "Mirror every second picture, left to right."),
    Control("flip_vert", "switch", "Upside down too: with flip, all eight symmetries of a square."),
    Control("rotate", "number", "Turn by up to so many degrees, either way.", 0, 180, 1),
    Control("zoom", "number", "Come up to so many times closer, to a random place.", 1, 2, 0.05),
    Control("warp", "number", "Tilt the perspective by up to this share of a side.", 0, 0.5, 0.05),
    Control(
        "brightness", "number", "Make lighter or darker: at 0.2, mid grey moves by a fifth.", 0, 0.9, 0.05
    ),
    Control("contrast", "number", "Make flatter or harder: 0.2 is 0.8 to 1.25 times.", 0, 0.9, 0.05),
    Control("p_affine", "number", "How often each of rotate, zoom and warp happens at all.", 0, 1, 0.05),
    Control("p_lighting", "number", "How often each of brightness and contrast changes at all.", 0, 1, 0.05),
    Control("pad_mode", "choice", "What is seen beyond the picture's edge.", choices=PAD_MODES),
)

PRESETS = {
    "side on": Parameters(),  # photos of things seen from the side: left and right may be swapped
    "top down": Parameters(flip_vert=True),  # seen from above, no side is up
    "none": Parameters(flip=False, rotate=0, zoom=1, warp=0, brightness=0, contrast=0),
}
