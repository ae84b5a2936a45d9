"""A kernel that slides over a patch of a picture: the record behind the convolution panel. No widgets.

Every number is that of `torch.nn.functional`: conv2d, relu, max_pool2d.
"""

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.core.errors import BadIndex, BadType, BadValue
from lab.panels.convolution import kernels
from lab.panels.convolution.patch import grey, patch_of, size_text

POOL = 2  # side of the window of max pooling, and its stride
PADDINGS, STRIDES = (0, 1), (1, 2)


@dataclass(frozen=True)
class ConvolutionLayer:
    """What the layer is: its kernel, one slice for each channel, and how it is applied."""

    weights: kernels.Slices
    bias: float = 0.0
    padding: int = 0
    stride: int = 1
    relu: bool = False
    pool: bool = False


@dataclass(frozen=True, eq=False)
class ConvolutionMaps:
    """What goes into the layer and what comes out of each of its steps.

    padded: (c, h, w), the input with its border of zeros. sums: of the convolution, with the bias.
    activated: after ReLU. output: after pooling. Steps that are off repeat the one before.
    """

    padded: Tensor
    sums: Tensor
    activated: Tensor
    output: Tensor


@dataclass(frozen=True, eq=False)
class Place:
    """One number of the output, and how it comes about.

    row, column: in the output. windows: (row, column) of the top left corner, in the padded input, of every
    window that takes part: one, or four before pooling. window: the one whose number is passed on. pixels,
    products: (c, 3, 3). pooled: the numbers to choose the largest from; none without pooling.
    """

    row: int
    column: int
    windows: tuple[tuple[int, int], ...]
    window: tuple[int, int]
    pixels: Tensor
    products: Tensor
    total: float
    activated: float
    pooled: tuple[float, ...]
    value: float


class Convolution:
    """A patch, a layer of one kernel, and the place of its output that is looked at.

    picture: see `patch_of`. kernel: see `kernels.named`. layer: what can be changed, by `set` and `choose`.
    maps: what it gives. place: (row, column) in the output. sees_normalised: whether the pixels go in as
    pocketnet sees them, which they do for a kernel of its own.
    """

    def __init__(self, picture: Any = None, kernel: Any = "identity", colour: bool = False) -> None:
        self.colours = patch_of(picture)
        self.colour, self.sees_normalised, self.place = False, False, (0, 0)
        self._grey_weights = kernels.named("identity", 1)
        self._change(ConvolutionLayer(self._grey_weights))
        if colour:
            self.set(colour=True)
        self.choose(kernel)
        self._first = self._chosen()

    # ------------------------------------------------------------ what can be changed

    def choose(self, kernel: Any) -> None:
        """A kernel by its name, or by its number in pocketnet's first layer, which sees colours.

        Raises ValueError, listing what there is, for another.
        """
        weights = kernels.named(kernel, 3 if self.colour else 1)
        network = isinstance(kernel, Integral) or kernels.number_of(str(kernel)) is not None
        self._change(replace(self.layer, weights=weights), len(weights) == 3, network)

    def set(self, **values: Any) -> None:
        """Change weights, bias, padding, stride, relu, pool or colour, all at once or nothing.

        Raises TypeError for another name and ValueError for a value that cannot be.
        """
        known = (*vars(self.layer), "colour")
        if unknown := [name for name in values if name not in known]:
            raise BadType(
                f"ConvolutionPanel.set: there is no {unknown[0]!r}. Choose from {', '.join(known)}."
            )
        colour = bool(values.pop("colour", self.colour))
        if "weights" in values:
            values["weights"] = kernels.as_slices(values["weights"])
            colour = colour or len(values["weights"]) == 3
            if colour and len(values["weights"]) == 1:
                values["weights"] *= 3
        elif colour != self.colour:
            values["weights"] = self.layer.weights * 3 if colour else self._grey_weights
        if "bias" in values:
            values["bias"] = kernels.check_weight("Bias", values["bias"])
        for name, choices in (("padding", PADDINGS), ("stride", STRIDES)):
            if values.get(name, choices[0]) not in choices:
                raise BadValue(
                    f"{name.capitalize()}: got {values[name]!r}. Choose {choices[0]} or {choices[1]}."
                )
        values |= {name: int(values[name]) for name in ("padding", "stride") if name in values}
        values |= {name: bool(values[name]) for name in ("relu", "pool") if name in values}
        normal = self.sees_normalised and colour and "weights" not in values
        self._change(replace(self.layer, **values), colour, normal)

    def set_weight(self, channel: int, row: int, column: int, weight: float) -> None:
        """Change one weight. Raises ValueError unless it is a number from -10 to 10."""
        weight = kernels.check_weight("Weight", weight)
        kernel = torch.tensor(self.layer.weights)
        kernel[channel, row, column] = weight
        changed = replace(self.layer, weights=kernels.as_slices(kernel))
        self._change(changed, self.colour, self.sees_normalised)

    def look_at(self, row: int, column: int) -> None:
        """Look at this number of the output. Raises IndexError where there is none."""
        height, width = self.maps.output.shape
        for what, place, size in (("Row", row, height), ("Column", column, width)):
            if not isinstance(place, Integral) or not 0 <= place < size:
                raise BadIndex(f"{what}: got {place!r}. The output has {what.lower()}s 0 to {size - 1}.")
        self.place = int(row), int(column)

    def look_from(self, row: int, column: int) -> None:
        """Look at the number of the output whose window lies around this pixel of the input, or near it."""
        scale = self.layer.stride * (POOL if self.layer.pool else 1)
        size = self.maps.output.shape
        middles = [(place + self.layer.padding - 1) // scale for place in (row, column)]
        self.place = tuple(min(max(at, 0), most - 1) for at, most in zip(middles, size, strict=True))

    def slide(self) -> None:
        """One step on: to the right, at the end of a row to the next one, at the very end to the first."""
        height, width = self.maps.output.shape
        at = (self.place[0] * width + self.place[1] + 1) % (height * width)
        self.place = divmod(at, width)

    # ------------------------------------------------------------ what there is

    @property
    def channels(self) -> int:
        return len(self.layer.weights)

    @property
    def kernel(self) -> str:
        """What the kernel is called."""
        return kernels.name_of(self.layer.weights)

    @property
    def untouched(self) -> bool:
        """Whether kernel and layer are as they were at the beginning, wherever one has looked."""
        return self._chosen() == self._first

    @property
    def patch(self) -> Tensor:
        """What goes in: (c, h, w), the pixels in 0..1, or as pocketnet sees them."""
        if not self.colour:
            return grey(self.colours)
        return kernels.normalised(self.colours) if self.sees_normalised else self.colours

    def looked_at(self) -> Place:
        """The number of the output that is looked at, and how it comes about."""
        maps, layer = self.maps, self.layer
        row, column = self.place
        places, pooled = [(row, column)], ()
        if layer.pool:
            places = [
                (POOL * row + down, POOL * column + right) for down in range(POOL) for right in range(POOL)
            ]
            pooled = tuple(maps.activated[place].item() for place in places)
        best = max(places, key=lambda place: maps.activated[place].item())
        windows = tuple((layer.stride * down, layer.stride * right) for down, right in places)
        window = (layer.stride * best[0], layer.stride * best[1])
        pixels = maps.padded[:, window[0] : window[0] + 3, window[1] : window[1] + 3]
        products = pixels * torch.tensor(layer.weights)
        numbers = (maps.sums[best], maps.activated[best], maps.output[row, column])
        total, activated, value = (number.item() for number in numbers)
        return Place(row, column, windows, window, pixels, products, total, activated, pooled, value)

    def sizes(self) -> str:
        """The sizes of the input, of the convolution's output and, if there is one, of the pooled one."""
        shown = [self.patch, self.maps.sums, *([self.maps.output] if self.layer.pool else [])]
        return " → ".join(size_text(*one.shape[-2:]) for one in shown)

    def _chosen(self) -> tuple[ConvolutionLayer, bool, bool]:
        return self.layer, self.colour, self.sees_normalised

    def _change(self, layer: ConvolutionLayer, colour: bool = False, sees_normalised: bool = False) -> None:
        """Take another layer with all that follows from it."""
        if colour and not self.colour:
            self._grey_weights = self.layer.weights
        self.layer, self.colour, self.sees_normalised = layer, colour, sees_normalised
        self.maps = _maps(self.patch, layer)
        self.place = tuple(
            min(at, most - 1) for at, most in zip(self.place, self.maps.output.shape, strict=True)
        )


def _maps(patch: Tensor, layer: ConvolutionLayer) -> ConvolutionMaps:
    kernel, bias = torch.tensor([layer.weights]), torch.tensor([layer.bias])
    sums = F.conv2d(patch[None], kernel, bias, stride=layer.stride, padding=layer.padding)
    activated = F.relu(sums) if layer.relu else sums
    output = F.max_pool2d(activated, POOL) if layer.pool else activated
    padded = F.pad(patch, (layer.padding,) * 4)
    return ConvolutionMaps(padded, *(step[0, 0] for step in (sums, activated, output)))
