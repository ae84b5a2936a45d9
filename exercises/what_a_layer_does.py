"""Exercises of `07_what_a_layer_does`."""

import math
import random
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.exercises.exercise import Exercise

PICTURE = torch.tensor(
    [
        [1.0, 1, 2, 1, 3, 2],
        [3.0, 2, 0, 2, 2, 1],
        [1.0, 3, 3, 3, 0, 1],
        [1.0, 1, 2, 1, 2, 1],
        [0.0, 1, 2, 1, 0, 1],
    ]
)
KERNEL = torch.tensor([[0.0, 1, 0], [-1, 0, 1], [0, 0, 2]])


def _conv(picture: Tensor, kernel: Tensor, **options: Any) -> Tensor:
    return F.conv2d(picture[None, None], kernel[None, None], **options)[0, 0]


def _at(kernel: Tensor, row: int = 1, column: int = 2) -> float:
    return _conv(PICTURE, kernel)[row, column].item()


def _pictures_and_kernels(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = []
    for height, width, k_height, k_width in ((5, 6, 3, 3), (4, 4, 2, 2), (6, 5, 1, 3), (5, 5, 5, 5)):
        picture = torch.tensor([[float(rng.randint(0, 9)) for _ in range(width)] for _ in range(height)])
        kernel = torch.tensor([[float(rng.randint(-2, 3)) for _ in range(k_width)] for _ in range(k_height)])
        cases.append((picture, kernel))
    return cases


def _one_too_few(picture: Tensor, kernel: Tensor) -> Tensor:
    return _conv(picture, kernel)[:-1, :-1]


def _three_by_three(picture: Tensor, kernel: Tensor) -> Tensor:
    height, width = picture.shape
    out = torch.zeros(height - 2, width - 2)
    for row in range(height - 2):
        for column in range(width - 2):
            out[row, column] = (picture[row : row + 3, column : column + 3] * kernel).sum()
    return out


def _matrix_product(picture: Tensor, kernel: Tensor) -> Tensor:
    height, width = picture.shape[0] - kernel.shape[0] + 1, picture.shape[1] - kernel.shape[1] + 1
    out = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            window = picture[row : row + kernel.shape[0], column : column + kernel.shape[1]]
            out[row, column] = (window @ kernel).sum()
    return out


def _judge_edge_kernel(attempt: Any) -> str:
    kernel = torch.as_tensor(attempt, dtype=torch.float32)
    if kernel.shape != (3, 3):
        return f"a kernel has three rows of three numbers, and this has the shape {tuple(kernel.shape)}"
    edge = torch.tensor([[0.0, 0, 0, 1, 1, 1]] * 6)
    upright, lying = (_conv(picture, kernel).abs().max().item() for picture in (edge, edge.T))
    flat = kernel.sum().item()
    if abs(flat) > 0.01:
        return f"a flat area of ones gives {flat:.3g}: the nine weights should sum to 0"
    if upright < 1:
        return f"a vertical edge from 0 to 1 gives {upright:.3g} at most: at least 1 is wanted"
    if lying > 0.1 * upright:
        return f"a horizontal edge gives as much as {lying:.3g}, and a vertical one {upright:.3g}"
    return ""


def _output_size(n: int, kernel: int, padding: int, stride: int) -> int:
    return (n + 2 * padding - kernel) // stride + 1


def _judge_left_edge(panel: Any) -> Any:
    record = panel.record
    if record.untouched:
        return ...
    layer, output = record.layer, record.maps.output
    if output.shape != (6, 6):
        return f"the output has {output.shape[0]} by {output.shape[1]} numbers, and 6 by 6 are wanted"
    if output.min() < 0:
        return f"there are negative numbers, down to {output.min():.1f}: which switch sets them to 0?"
    row, column = divmod(int(output.argmax()), 6)
    if layer.pool:
        block = record.maps.activated[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        down, right = divmod(int(block.argmax()), 2)
        row, column = 2 * row + down, 2 * column + right
    top, left = (layer.stride * at - layer.padding for at in (row, column))
    if not (top <= 8 and top + 2 >= 4 and left <= 7 and left + 2 >= 6):
        return (
            f"the largest number comes from rows {top} to {top + 2}, columns {left} to {left + 2}, and the "
            "pupil is column 7, rows 4 to 9"
        )
    darker = torch.tensor([[1.0, 1, 1, 0, 0, 0]] * 3)
    kernel = panel.kernel[0].sum(dim=0)
    down, up = (_conv(picture, kernel).max().item() for picture in (darker, darker.flip(1)))
    if up == down:
        return "its kernel does not tell the two edges apart: dark to bright gives as much as bright to dark"
    if up > down:
        return "it marks where dark turns bright, the right edge; at the left edge bright turns dark"
    if not (left <= 6 and left + 2 >= 7):
        return f"its window, columns {left} to {left + 2}, does not hold column 6 and the pupil's column 7"
    return ""


def _receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step *= stride
    return width


def _without_strides(layers: Sequence[tuple[int, int]]) -> int:
    return _receptive_field([(kernel, 1) for kernel, _ in layers])


def _own_stride_first(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        width += (kernel - 1) * step
    return width


def _strides_added(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step += stride - 1
    return width


def _whole_kernels(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += kernel * step
        step *= stride
    return width


def _n_weights(channels_in: int, channels_out: int, kernel: int, bias: bool) -> int:
    return channels_out * (channels_in * kernel**2 + int(bias))


EXERCISES = [
    Exercise(
        "one_number",
        "The number in row 1, column 2 of the output (both counted from 0).",
        answer=_at(KERNEL),
        hints=[
            "The window begins at row 1, column 2 of the picture: it is `picture[1:4, 2:5]`.",
            "Only four weights are not 0, so there are four products to add: 2, -3, 0 and 4.",
        ],
        mistakes=[
            (_at(KERNEL.flip(0, 1)), "the kernel turned by 180 degrees: lay it on the window as it is"),
            (_at(KERNEL, 2, 1), "row 2, column 1: the row comes first"),
            (
                _at(KERNEL, 0, 1),
                "the window around row 1, column 2 of the picture: the place in the output is the window's "
                "top left corner",
            ),
            (_at(KERNEL.abs()), "the minus sign is lost: one weight is -1"),
            (_at(torch.ones(3, 3)), "the sum of the window: multiply each pixel by its weight first"),
            (_at(KERNEL.T), "the kernel's rows laid along the columns"),
        ],
    ),
    Exercise(
        "conv",
        "Slide a kernel (kh, kw) over a picture (h, w), no padding, one step at a time. Return a tensor.",
        answer=_conv,
        cases=_pictures_and_kernels,
        hints=[
            "Begin with `torch.zeros` of the size of the output: `h - kh + 1` rows, `w - kw + 1` columns.",
            "Two loops, over the rows and the columns of the output; in them, cut out the window.",
            "`window = picture[r : r + kh, c : c + kw]`, and the number is `(window * kernel).sum()`.",
        ],
        mistakes=[
            (
                lambda picture, kernel: _conv(picture, kernel.flip(0, 1)),
                "the convolution of mathematics, which turns the kernel by 180 degrees; a layer does not",
            ),
            (
                lambda picture, kernel: _conv(
                    picture, kernel, padding=(kernel.shape[0] // 2, kernel.shape[1] // 2)
                ),
                "a border of zeros was added: without padding the output is smaller than the picture",
            ),
            (
                _one_too_few,
                "the last row and column are missing: there are h - kh + 1 rows, w - kw + 1 columns",
            ),
            (_three_by_three, "3 is written into the code: take the kernel's own size, `kernel.shape`"),
            (
                lambda picture, kernel: _conv(picture, kernel) / kernel.numel(),
                "the mean of the products: take their sum",
            ),
            (
                _matrix_product,
                "a matrix product: `*` multiplies number by number, `@` does not",
            ),
        ],
    ),
    Exercise(
        "edge_kernel",
        "A 3x3 kernel that gives 1 or more (or -1 or less) at a vertical edge from 0 to 1, and nothing at a "
        "horizontal edge or in a flat area.",
        answer=torch.tensor([[-1.0, 0, 1]] * 3),
        judge=_judge_edge_kernel,
        hints=[
            "Left and right of a vertical edge differ: give the two sides weights of opposite sign.",
            "In a flat area all nine pixels are the same: the output is that pixel times the sum of weights.",
            "Along a horizontal edge each row is flat: let the weights of every row sum to 0.",
        ],
    ),
    Exercise(
        "output_size",
        "The side of the output for a picture of side n, given kernel, padding and stride. A whole number.",
        answer=_output_size,
        cases=[
            (14, 3, 0, 1),
            (14, 3, 1, 1),
            (14, 3, 0, 2),
            (14, 3, 1, 2),
            (128, 7, 3, 2),
            (32, 5, 0, 4),
            (5, 5, 0, 1),
        ],
        hints=[
            "How long is the picture with its border? How far can the window's first pixel move?",
            "It moves from 0 to n + 2·padding - kernel. Count the stops, the first one included.",
            "`//` divides and rounds down: a last step that does not fit is left out.",
        ],
        mistakes=[
            (lambda n, k, p, s: (n + p - k) // s + 1, "the padding counted once: it lies on both sides"),
            (lambda n, k, p, s: (n + 2 * p - k) // s, "the first position is not counted: add 1"),
            (lambda n, k, p, s: (n + 2 * p - k) / s + 1, "half a step: round down, with `//`"),
            (
                lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1,
                "rounded up: a step that does not fit is left out",
            ),
            (lambda n, k, p, s: n + 2 * p - k + 1, "the stride is left out"),
            (
                lambda n, k, p, s: n // s + 2 * p - k + 1,
                "the stride divides too little: it divides the whole way, n + 2·padding - kernel",
            ),
        ],
    ),
    Exercise(
        "left_edge",
        "Set up the panel: 6 by 6 numbers come out, none below 0, and the largest marks the left edge of the "
        "pupil.",
        answer=None,
        judge=_judge_left_edge,
        hints=[
            "At the left edge it gets darker to the right. Which sign does 'vertical edge' give that?",
            "Turn the kernel's signs round: 1, 0, -1 in each row. ReLU then removes the other edges.",
            "12 by 12 become 6 by 6 with 2x2 max pooling.",
        ],
    ),
    Exercise(
        "receptive_field",
        "How many pixels wide is what one number of the last layer sees? layers: (kernel, stride) of each.",
        answer=_receptive_field,
        cases=[([(3, 1)],), ([(3, 1)] * 2,), ([(3, 2)] * 3,), ([(7, 2), (1, 1), (3, 2), (5, 1)],)],
        hints=[
            "Keep two numbers, both 1 at first: the width seen so far, and the step between neighbours.",
            "A kernel of k adds k - 1 neighbours, and each is one step of pixels away.",
            "For each layer: width += (kernel - 1) * step, and then step *= stride.",
        ],
        mistakes=[
            (_without_strides, "the strides left out: behind a stride, neighbours are farther apart"),
            (_own_stride_first, "the step multiplied too early: a stride acts on the layers behind it"),
            (
                lambda layers: sum(kernel for kernel, _ in layers),
                "the kernels added up: neighbouring fields overlap",
            ),
            (_strides_added, "strides added: two strides of 2 make neighbours 4 pixels apart, so multiply"),
            (
                _whole_kernels,
                "each kernel counted whole: its first pixel is in the field already, add k - 1",
            ),
        ],
    ),
    Exercise(
        "horizontal_kernel",
        "The number of the kernel in pocketnet's first layer whose map is most like that of the horizontal "
        "edge.",
        answer=6,
        hints=[
            "A kernel for horizontal edges has rows of opposite sign, in all three colours. Look for one.",
            "In numbers: `torch.corrcoef` of the map of the horizontal edge with each of the 16; 1 is most.",
        ],
        mistakes=[
            (7, "counted from 1: the first kernel is number 0"),
            (9, "kernel 9 is for vertical edges rather: its left and right have opposite signs"),
            (15, "kernel 15 is rather the opposite: it answers where it gets darker downwards"),
            (13, "kernel 13 compares the left column of its window only; another one fits much better"),
            (
                5,
                "kernel 5 compares colours, blue with red: within each slice its weights are nearly the same",
            ),
        ],
    ),
    Exercise(
        "n_weights",
        "How many numbers does a convolution learn? kernel: its side; bias: True where it has one, or False.",
        answer=_n_weights,
        cases=[(1, 1, 3, False), (3, 16, 3, False), (3, 16, 3, True), (16, 32, 5, True), (64, 10, 1, True)],
        hints=[
            "One kernel has a slice of kernel * kernel weights for every input channel.",
            "There are as many kernels as output channels, and each has one bias, if any.",
        ],
        mistakes=[
            (lambda i, o, k, bias: o * i * k**2, "the biases left out: one for each output channel"),
            (lambda i, o, k, bias: o * i * k**2 + int(bias), "one bias for all: each kernel has its own"),
            (
                lambda i, o, k, bias: o * i * (k**2 + int(bias)),
                "a bias for every slice: each kernel has one, added to the sum of its slices",
            ),
            (
                lambda i, o, k, bias: o * (k**2 + int(bias)),
                "the input channels left out: a kernel has a slice for each of them",
            ),
            (
                lambda i, o, k, bias: i * k**2 + int(bias),
                "one kernel alone: each output channel has its own",
            ),
            (
                lambda i, o, k, bias: o * (i * k + int(bias)),
                "a slice has kernel * kernel weights",
            ),
        ],
    ),
]
