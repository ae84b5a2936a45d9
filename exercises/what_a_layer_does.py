"""Exercises of `07_what_a_layer_does`."""

import math
import random
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.exercises.exercise import Exercise
from lab.panels.convolution.panel import ConvolutionPanel

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


def _slid(picture: Tensor, kernel: Tensor, height: int, width: int) -> Tensor:
    """A window of the kernel's size slid over the picture, to so many rows and columns."""
    out = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            window = picture[row : row + kernel.shape[0], column : column + kernel.shape[1]]
            out[row, column] = (window * kernel).sum()
    return out


def _columns_by_the_height(picture: Tensor, kernel: Tensor) -> Tensor:
    height, (k_height, k_width) = picture.shape[0], kernel.shape
    return _slid(picture, kernel, height - k_height + 1, height - k_width + 1)


def _columns_left_out(picture: Tensor, kernel: Tensor) -> Tensor:
    out, found = torch.zeros_like(_conv(picture, kernel)), _columns_by_the_height(picture, kernel)
    out[:, : found.shape[1]] = found
    return out


def _sides_mixed_up(picture: Tensor, kernel: Tensor) -> Tensor:
    return _slid(
        picture, kernel, picture.shape[0] - kernel.shape[1] + 1, picture.shape[1] - kernel.shape[0] + 1
    )


def _one_too_few(picture: Tensor, kernel: Tensor) -> Tensor:
    return _conv(picture, kernel)[:-1, :-1]


def _three_by_three(picture: Tensor, kernel: Tensor, less: int = 2) -> Tensor:
    height, width = picture.shape
    out = torch.zeros(height - less, width - less)
    for row in range(height - less):
        for column in range(width - less):
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
        return f"it should have three rows of three numbers, and this has the shape {tuple(kernel.shape)}"
    edge = torch.tensor([[0.0, 0, 0, 1, 1, 1]] * 6)
    upright, lying = (_conv(picture, kernel).abs().max().item() for picture in (edge, edge.T))
    flat = kernel.sum().item()
    if abs(flat) > 0.01:
        return f"a flat area of ones gives {flat:.3g}: the nine weights should sum to 0"
    if upright < 1:
        return (
            f"a vertical edge from 0 to 1 gives at most {upright:.3g}, plus or minus: it should be 1 or more"
        )
    if lying > 0.1 * upright:
        return f"a horizontal edge gives up to {lying:.3g}: each row of the kernel should sum to 0"
    return ""


def _output_size(n: int, kernel: int, padding: int, stride: int) -> int:
    return (n + 2 * padding - kernel) // stride + 1


def _judge_left_edge(panel: Any) -> Any:
    if not isinstance(panel, ConvolutionPanel):
        return "it is not the panel: pass the panel itself, `mine`"
    record = panel.record
    if record.untouched:
        return ...
    layer, output = record.layer, record.maps.output
    if output.shape != (6, 6):
        return f"the output has {output.shape[0]} by {output.shape[1]} numbers, and it should have 6 by 6"
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
        return "the kernel does not tell the two edges apart: dark to bright gives as much as bright to dark"
    if up > down:
        return (
            "the kernel responds where dark turns bright, at the right edge; at the left edge bright "
            "turns dark"
        )
    if not (left <= 6 and left + 2 >= 7):
        return (
            f"the largest number comes from columns {left} to {left + 2}: they should include column 6 "
            "and the pupil's column 7"
        )
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


def _own_stride_alone(layers: Sequence[tuple[int, int]]) -> int:
    return 1 + sum((kernel - 1) * stride for kernel, stride in layers)


def _last_stride_alone(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step = stride
    return width


def _whole_strides_added(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step += stride
    return width


def _measured(layers: Sequence[tuple[int, int]]) -> int:
    """What `seen`, in the notebook, says: a wide field does not fit into its picture of 65 by 65."""
    if (width := _receptive_field(layers)) > 65:
        raise RuntimeError("Kernel size can't be greater than actual input size")
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
            (_at(KERNEL.flip(0, 1)), "the kernel rotated by 180 degrees: lay it on the window as it is"),
            (_at(KERNEL, 2, 1), "row 2, column 1: the row comes first"),
            (
                _at(KERNEL, 0, 1),
                "the window with row 1, column 2 of the picture in its middle: it should be the window's top "
                "left corner",
            ),
            (_at(KERNEL.abs()), "the minus sign was lost: one weight is -1"),
            (_at(torch.ones(3, 3)), "the sum of the window: multiply each pixel by its weight first"),
            (_at(KERNEL.T), "the kernel transposed: its rows were taken for columns"),
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
                "the convolution of mathematics, which rotates the kernel by 180 degrees; a layer does not",
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
            (_three_by_three, "the size 3 is hard-coded: take the kernel's own size, `kernel.shape`"),
            *(
                (wrong, "3 less in height and width: there are h - kh + 1 rows and w - kw + 1 columns")
                for wrong in (
                    lambda picture, kernel: _three_by_three(picture, kernel, less=3),
                    lambda picture, kernel: _slid(
                        picture, kernel, picture.shape[0] - 3, picture.shape[1] - 3
                    ),
                )
            ),
            (
                lambda picture, kernel: _slid(picture, kernel, picture.shape[0] - 2, picture.shape[1] - 2),
                "2 less in height and width, which is right for 3x3 kernels only: it should be h - kh + 1 "
                "rows and w - kw + 1 columns",
            ),
            *(
                (wrong, "the columns are counted from the height: there are w - kw + 1")
                for wrong in (_columns_by_the_height, _columns_left_out)
            ),
            (
                _sides_mixed_up,
                "the kernel's height and width are mixed up: there are h - kh + 1 rows, w - kw + 1 columns",
            ),
            (
                lambda picture, kernel: _conv(picture, kernel)[None, None],
                "a batch of one picture with one channel: take `[0, 0]` of it",
            ),
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
            "Left and right of a vertical edge differ: give the two sides weights of opposite signs.",
            "In a flat area all nine pixels are equal: the output is that number times the sum of the "
            "weights.",
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
            (7, 3, 1, 2),
            (128, 7, 3, 2),
            (32, 5, 0, 4),
            (5, 5, 0, 1),
        ],
        hints=[
            "How wide is the picture with its border? How far can the window's first pixel move?",
            "It moves from 0 to n + 2·padding - kernel. Count the stops, the first one included.",
            "`//` divides and rounds down: a last step that does not fit is left out.",
        ],
        mistakes=[
            (lambda n, k, p, s: (n + p - k) // s + 1, "the padding counted once: it is on both sides"),
            (lambda n, k, p, s: (n + 2 * p - k) // s, "the first position is not counted: add 1"),
            (
                lambda n, k, p, s: (n + 2 * p - k) / s + 1,
                "not rounded: a last step that does not fit is left out, so divide with `//`",
            ),
            (
                lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1,
                "rounded up: a step that does not fit is left out",
            ),
            *(
                (wrong, "rounded to the nearest: a step that does not fit is left out, so divide with `//`")
                for wrong in (
                    lambda n, k, p, s: round((n + 2 * p - k) / s + 1),
                    lambda n, k, p, s: round((n + 2 * p - k) / s) + 1,
                )
            ),
            (
                lambda n, k, p, s: (n + 2 * p - k + 1) // s,
                "1 added too early: divide first, then count the first position too",
            ),
            (
                lambda n, k, p, s: n + 2 * p - k // s + 1,
                "only the kernel is divided by the stride: put n + 2·padding - kernel in brackets",
            ),
            (lambda n, k, p, s: n // s, "kernel and padding are left out: they change the size, too"),
            (lambda n, k, p, s: n + 2 * p - k + 1, "the stride is left out"),
            (
                lambda n, k, p, s: n // s + 2 * p - k + 1,
                "only n is divided by the stride: divide all of n + 2·padding - kernel",
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
            "At the left edge it gets darker to the right. Is the output of 'vertical edge' positive or "
            "negative there?",
            "Reverse the kernel's signs: 1, 0, -1 in each row. ReLU then removes the edges from dark to "
            "bright.",
            "2x2 max pooling makes 6 by 6 of 12 by 12: `mine.set(weights=..., relu=True, pool=True)`.",
        ],
    ),
    Exercise(
        "receptive_field",
        "How many pixels wide is the patch that one number of the last layer sees? "
        "layers: (kernel, stride) of each.",
        answer=_receptive_field,
        cases=[
            ([(3, 1)],),
            ([(3, 1)] * 2,),
            ([(3, 2)] * 3,),
            ([(5, 2), (1, 1), (3, 2), (5, 1)],),
            ([(3, 2)] * 6,),
        ],
        hints=[
            "Keep two numbers, both 1 at first: the width so far, and the step, the pixels between "
            "neighbours.",
            "A kernel of side k takes in k - 1 more neighbours, and each adds one step of pixels to the "
            "width.",
            "For each layer: width += (kernel - 1) * step, and then step *= stride.",
        ],
        mistakes=[
            (_without_strides, "the strides left out: after a stride of 2, neighbours are farther apart"),
            (_own_stride_first, "the step multiplied too early: a stride acts on the layers after its own"),
            (
                lambda layers: sum(kernel for kernel, _ in layers),
                "the kernels added up: neighbouring fields overlap",
            ),
            *(
                (wrong, "strides added: after two strides of 2, neighbours are 4 pixels apart, so multiply")
                for wrong in (_strides_added, _whole_strides_added)
            ),
            (
                _own_stride_alone,
                "each kernel multiplied by its own stride: the step is the product of all strides before it",
            ),
            (
                _last_stride_alone,
                "only the stride just before counts here: the step is the product of all strides before",
            ),
            (
                lambda layers: 2 * len(layers) + 1,
                "two pixels for each layer: right only for kernels of 3 with stride 1",
            ),
            (
                lambda layers: _receptive_field([(3, stride) for _, stride in layers]),
                "each kernel is taken to be 3: it adds kernel - 1 steps",
            ),
            (
                lambda layers: _receptive_field(layers[::-1]),
                "the layers in reverse order: the first in the list is the one that sees the picture",
            ),
            (
                lambda layers: _receptive_field(layers) - 1,
                "one pixel too few: before the first layer the width is 1",
            ),
            (
                _measured,
                "measured with a network, whose 65 pixels a wide field does not fit into: calculate it",
            ),
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
            "Compare places: along the top of the ears our map is dark, and under the chin it is light.",
            "A kernel for horizontal edges has top and bottom rows of opposite signs in all three "
            "colours, one dark and one light. In ours the bottom row is positive, that is light.",
            "In numbers: `torch.corrcoef(torch.stack([ours.flatten(), answers[0].flatten()]))[0, 1]` is the "
            "correlation with map 0. Find the highest of the 16.",
        ],
        mistakes=[
            (7, "counted from 1: the first kernel is number 0"),
            (1, "map 1 is light where ours is dark, along the top of the ears for instance"),
            (9, "kernel 9 responds more to vertical edges: its left and right have opposite signs"),
            (15, "kernel 15 does nearly the opposite: it is positive where it gets darker downwards"),
            (
                13,
                "kernel 13 has its largest weights in the left column; another one fits much better",
            ),
            (
                5,
                "kernel 5 compares colours, blue with red: its red weights are all negative, its blue "
                "ones all positive",
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
            "There are as many kernels as output channels, and each has one bias if `bias` is True.",
        ],
        mistakes=[
            (lambda i, o, k, bias: o * i * k**2, "the biases left out: one for each output channel"),
            (
                lambda i, o, k, bias: o * (i * k**2 + 1),
                "the biases always counted: there are none where `bias` is False",
            ),
            (
                lambda i, o, k, bias: o * i * k**2 + i * int(bias),
                "one bias for each input channel: each kernel has one, so one for each output channel",
            ),
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
                "one kernel alone: each output channel has a kernel of its own",
            ),
            (
                lambda i, o, k, bias: o * (i * k + int(bias)),
                "a slice has kernel * kernel weights",
            ),
        ],
    ),
]
