"""The convolution panel in words: numbers as cells show them, the sum written out, what there is to see."""

import numpy as np

from lab.models.architectures import ARCHITECTURES
from lab.panels.convolution import kernels
from lab.panels.convolution.record import Convolution, Place

CHANNELS = ("red", "green", "blue")
MINUS = "\N{MINUS SIGN}"
Line = tuple[str, str, str]  # what it is about, the terms, what they make


def cell_text(value: float) -> str:
    """A number for a cell: one decimal, none in large numbers, and a hyphen for a minus: room is scarce."""
    text = f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}"
    return _signed(text).replace(MINUS, "-")


def number_text(value: float) -> str:
    """A number for a sum: two decimals at most, and no more than it has."""
    return _signed(f"{value:.2f}".rstrip("0").rstrip("."))


def lines(record: Convolution, place: Place) -> list[Line]:
    """The sum at a place written out in four lines: three of products, and what becomes of their sum.

    In grey a line is a row of the kernel, in colour a channel.
    """
    if record.colour:
        names = CHANNELS
        pixels, products = place.pixels, place.products
        weights = np.array(record.layer.weights)
    else:
        names = tuple(f"row {row}" for row in range(3))
        pixels, products = place.pixels[0][:, None], place.products[0][:, None]
        weights = np.array(record.layer.weights[0])[:, None]
    made = []
    for name, ones, others, parts in zip(names, pixels, weights, products, strict=True):
        pairs = zip(ones.flatten().tolist(), others.flatten().tolist(), strict=True)
        terms = " + ".join(f"{_bracketed(x)}·{_bracketed(w)}" for x, w in pairs)
        made.append((name, terms, number_text(parts.sum().item())))
    return [*made, _total(record, place)]


def _total(record: Convolution, place: Place) -> Line:
    layer = record.layer
    parts = place.products[0].sum(dim=1) if not record.colour else place.products.sum(dim=(1, 2))
    terms = " + ".join(_bracketed(part) for part in parts.tolist())
    terms += f" + bias {_bracketed(layer.bias)}"
    steps = [f"{terms} = {number_text(place.total)}" if layer.relu or layer.pool else terms]
    if layer.relu:
        steps.append(f"ReLU {number_text(place.activated)}")
    if layer.pool:
        steps.append(f"largest of {', '.join(map(number_text, place.pooled))}")
    return "sum", " → ".join(steps), number_text(place.value)


def remark(record: Convolution) -> str:
    """A sentence or two on what there is to see now."""
    said = [_about_kernel(record)]
    if record.layer.relu:
        activated = record.maps.activated
        below = int((record.maps.sums < 0).sum())
        said.append(f"ReLU has set {below or 'none'} of {activated.numel()} numbers to 0.")
    if record.layer.pool:
        said.append("Max pooling keeps the largest of every four numbers.")
    return " ".join(said)


def _about_kernel(record: Convolution) -> str:
    name = record.kernel
    number = kernels.number_of(name)
    if number is not None:
        count, arch = len(kernels.learned()), ARCHITECTURES[kernels.NETWORK]
        scaled = f"(pixel {MINUS} {arch.mean[0]:g}) / {arch.std[0]:g}"  # the same in each colour
        return (
            f"Kernel {number} of the {count} in pocketnet's first layer: learned, not designed. The network "
            f"sees normalised pixels, {scaled}."
        )
    total = float(np.sum(record.layer.weights))
    if name == kernels.OWN:
        flat = 0.5 * total + record.layer.bias
        known = f"Your weights sum to {number_text(total)}"
        return f"{known}, so a window full of 0.5 gives {number_text(flat)}."
    words = (kernels.DESIGNED | kernels.COLOURED)[name][1]
    added = record.colour and name in kernels.DESIGNED
    return f"{words} The sums of the three colours are added." if added else words


def input_sentence(record: Convolution, place: Place) -> str:
    """What the picture of the input shows."""
    _, height, width = record.patch.shape
    kind = "colour" if record.colour else "grey"
    border = " and a border of zeros" if record.layer.padding else ""
    top, left = (at - record.layer.padding for at in place.window)
    return (
        f"The input, {height} by {width} {kind} pixels{border}. The window lies on rows {top} to {top + 2} "
        f"and columns {left} to {left + 2}."
    )


def output_sentence(record: Convolution, place: Place) -> str:
    """What the picture of the output shows."""
    output = record.maps.output
    height, width = output.shape
    high, low = (divmod(int(at), width) for at in (output.argmax(), output.argmin()))
    return (
        f"The output, {height} by {width} numbers from {number_text(output.min().item())} at row {low[0]}, "
        f"column {low[1]} to {number_text(output.max().item())} at row {high[0]}, column {high[1]}. At row "
        f"{place.row}, column {place.column} it is {number_text(place.value)}."
    )


def code(record: Convolution, name: str) -> str:
    """The line of Python that repeats it. name: of the panel."""
    layer, number = record.layer, kernels.number_of(record.kernel)
    kernel = _kernel_code(layer.weights, name)
    if number is not None:
        kernel = f"lab.create_classifier(lab.pocketnet, 2).body[0][0].weight[{number}:{number + 1}]"
    arguments = [f"{name}.patch", kernel]
    arguments += [f"torch.tensor([{layer.bias!r}])"] if layer.bias else []
    arguments += [f"stride={layer.stride}"] if layer.stride != 1 else []
    arguments += [f"padding={layer.padding}"] if layer.padding else []
    line = f"F.conv2d({', '.join(arguments)})"
    line = f"F.relu({line})" if layer.relu else line
    return f"F.max_pool2d({line}, 2)" if layer.pool else line


def _kernel_code(weights: kernels.Slices, name: str) -> str:
    channels = len(weights)
    if len({weight for rows in weights for row in rows for weight in row}) == 1:
        return f"torch.full((1, {channels}, 3, 3), {_typed(weights[0][0][0])})"
    if channels > 1 and len(set(weights)) == 1:
        return f"torch.tensor({_listed(weights[0])}).expand(1, {channels}, 3, 3)"
    if channels > 1:  # 27 numbers fill more than a line
        return f"{name}.kernel"
    return f"torch.tensor([{_listed(weights)}])"


def _listed(values: object) -> str:
    if isinstance(values, tuple):
        return f"[{', '.join(map(_listed, values))}]"
    return _typed(values)


def _typed(weight: object) -> str:
    """The shortest number that is this one in single precision."""
    text = str(np.float32(weight))
    return text.removesuffix("0") if float(weight).is_integer() else text


def _bracketed(value: float) -> str:
    text = number_text(value)
    return f"({text})" if text.startswith(MINUS) else text


def _signed(text: str) -> str:
    """With a real minus sign, and none before a zero."""
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", MINUS)
