"""The convolution panel without a browser: its numbers against torch's, its controls, its refusals."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image
from torch.nn import functional as F

import lab
from lab.drawn import portrait
from lab.panels.convolution import kernels, words
from lab.panels.convolution.figures import VIEWS, input_figure, output_figure
from lab.panels.convolution.panel import ConvolutionPanel
from lab.panels.convolution.patch import grey, patch_of, size_text
from lab.panels.convolution.record import Convolution
from lab.panels.convolution.still import still

pytestmark = pytest.mark.usefixtures("nothing_left_open")
M, X = words.MINUS, "\N{MULTIPLICATION SIGN}"


@pytest.fixture
def panel():
    panel = ConvolutionPanel()
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


def evaluated(panel):
    return eval(panel.code(), {"lab": lab, "torch": torch, "F": F, "panel": panel}).detach()[0, 0]


def by_torch(patch, weights, bias, padding, stride, relu, pool):
    out = F.conv2d(patch[None], torch.tensor(weights)[None], torch.tensor([bias]), stride, padding)
    out = F.relu(out) if relu else out
    return (F.max_pool2d(out, 2) if pool else out)[0, 0]


# ---------------------------------------------------------------- the numbers

weight = st.floats(-10, 10, width=32)
layers = st.fixed_dictionaries(
    {
        "bias": weight,
        "padding": st.sampled_from([0, 1]),
        "stride": st.sampled_from([1, 2]),
        "relu": st.booleans(),
        "pool": st.booleans(),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.data(), layers, st.booleans(), st.integers(8, 16), st.integers(8, 16))
def test_every_output_is_torchs_and_every_place_adds_up(data, layer, colour, height, width):
    size = 27 if colour else 9
    weights = torch.tensor(data.draw(st.lists(weight, min_size=size, max_size=size))).reshape(-1, 3, 3)
    pixels = np.random.default_rng(size).integers(0, 256, (height, width, 3)).astype(np.uint8)
    record = Convolution(pixels, colour=colour)
    record.set(weights=weights, **layer)
    expected = by_torch(record.patch, weights.tolist(), **layer)
    torch.testing.assert_close(record.maps.output, expected)
    for _ in range(3):
        record.look_at(*(data.draw(st.integers(0, side - 1)) for side in expected.shape))
        place = record.looked_at()
        assert place.value == pytest.approx(expected[record.place].item(), abs=1e-5)
        assert place.total == pytest.approx(place.products.sum().item() + record.layer.bias, abs=1e-4)
        torch.testing.assert_close(place.products, place.pixels * weights)
        assert place.value == (max(place.pooled) if layer["pool"] else place.activated)
        assert place.activated == (max(place.total, 0) if layer["relu"] else place.total)
        assert place.window in place.windows and len(place.windows) == (4 if layer["pool"] else 1)


def test_the_window_is_where_the_place_says():
    record = Convolution()
    record.set(stride=2, padding=1)
    record.look_at(2, 3)
    place = record.looked_at()
    assert place.window == (4, 6)  # counted in the input with its border: pixel row 3, column 5
    torch.testing.assert_close(place.pixels[0], record.patch[0, 3:6, 5:8])
    assert words.input_sentence(record, place).endswith("lies on rows 3 to 5 and columns 5 to 7.")


def test_a_kernel_is_not_turned_round():
    record = Convolution()
    record.set(weights=[[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    torch.testing.assert_close(record.maps.output, record.patch[0, 1:-1, 2:])


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        ({}, ["14 14", "12 12"]),
        ({"padding": 1}, ["14 14", "14 14"]),
        ({"stride": 2}, ["14 14", "6 6"]),
        ({"padding": 1, "stride": 2}, ["14 14", "7 7"]),
        ({"pool": True}, ["14 14", "12 12", "6 6"]),
        ({"padding": 1, "stride": 2, "pool": True}, ["14 14", "7 7", "3 3"]),
    ],
)
def test_the_sizes_are_told(layer, sizes):
    record = Convolution()
    record.set(**layer)
    assert record.sizes() == " → ".join(size_text(*map(int, size.split())) for size in sizes)


def test_sliding_visits_every_place_once_and_begins_again():
    record = Convolution()
    record.set(stride=2)
    seen = []
    for _ in range(36):
        seen.append(record.place)
        record.slide()
    assert seen == [(row, column) for row in range(6) for column in range(6)]
    assert record.place == (0, 0)


def test_a_pixel_of_the_input_leads_to_the_window_around_it():
    record = Convolution()
    for layer in ({}, {"padding": 1}, {"stride": 2}, {"padding": 1, "pool": True}):
        record.set(**{"padding": 0, "stride": 1, "pool": False} | layer)
        record.look_from(6, 8)
        reached = [
            (top - record.layer.padding, left - record.layer.padding)
            for top, left in record.looked_at().windows
        ]
        assert any(top <= 6 <= top + 2 and left <= 8 <= left + 2 for top, left in reached), layer
    record.look_from(13, 0)
    assert record.place == (6, 0)


def test_the_place_stays_within_an_output_that_shrinks():
    record = Convolution()
    record.look_at(11, 11)
    record.set(pool=True)
    assert record.place == (5, 5)


# ---------------------------------------------------------------- patch and kernels


def test_the_eye_is_that_of_the_drawn_portrait():
    cut = np.asarray(portrait("British_Shorthair", (84, 84)).crop((29, 27, 43, 41))) / 255
    assert np.abs(patch_of().permute(1, 2, 0).numpy() - cut).max() < 0.02


def test_grey_is_rounded_to_tenths():
    patch = grey(patch_of())
    assert patch.shape == (1, 14, 14)
    torch.testing.assert_close(patch, (patch * 10).round() / 10)
    weighted = (patch_of() * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(dim=0)
    assert (patch[0] - weighted).abs().max() <= 0.0501


def test_pictures_of_many_kinds_become_a_patch(tmp_path):
    large = Image.fromarray(np.full((40, 60, 3), 51, np.uint8))
    large.save(tmp_path / "a.png")
    for picture in (large, tmp_path / "a.png", np.asarray(large)):
        patch = patch_of(picture)
        assert patch.shape == (3, 14, 14) and patch.unique().tolist() == pytest.approx([0.2])
    exact = torch.linspace(0, 1, 3 * 5 * 8).reshape(3, 5, 8)
    assert patch_of(exact).shape == (3, 5, 8)
    assert (patch_of(exact) - exact).abs().max() <= 0.00501
    with pytest.raises(ValueError, match="got a picture of 4 x 9 pixels. Give one of 5 x 5 pixels or more"):
        ConvolutionPanel(np.zeros((9, 4, 3), np.uint8))


def test_a_flat_area_is_told_from_an_edge_by_each_designed_kernel():
    for name, flat in (("identity", 1), ("blur", 1), ("sharpen", 1), ("outline", 0), ("vertical edge", 0)):
        assert np.sum(kernels.named(name, 1)) == pytest.approx(flat, abs=1e-6)
    sideways = torch.tensor(kernels.named("Sobel, vertical", 1))
    torch.testing.assert_close(torch.tensor(kernels.named("Sobel, horizontal", 1)), sideways.mT)


def test_every_kernel_has_its_name_back():
    record = Convolution()
    for name in kernels.names():
        record.choose(name)
        assert record.kernel == name
    record.set_weight(0, 1, 1, 0.3)
    assert record.kernel == kernels.OWN


def test_a_network_s_kernel_sees_normalised_colours_and_the_grey_one_comes_back():
    record = Convolution(kernel="vertical edge")
    record.choose(5)
    body = lab.create_classifier("pocketnet", 2).body
    expected = F.conv2d((patch_of()[None] - 0.45) / 0.25, body[0][0].weight[5:6]).detach()[0, 0]
    torch.testing.assert_close(record.maps.output, expected)
    record.set_weight(2, 0, 0, 0.0)
    assert record.kernel == kernels.OWN and record.sees_normalised
    record.set(colour=False)
    assert record.kernel == "vertical edge" and not record.sees_normalised
    record.set(colour=True)
    assert record.kernel == "vertical edge" and record.channels == 3
    assert torch.equal(record.patch, patch_of())


def test_yellow_is_found_where_grey_sees_no_difference():
    patch = grey(patch_of())[0]
    iris, fur = (slice(6, 9), slice(4, 6)), (slice(11, 14), slice(0, 3))
    assert abs(patch[iris].mean() - patch[fur].mean()) < 0.1
    record = Convolution(kernel="yellow, not blue")
    record.set(padding=1)
    assert record.maps.output[iris].min() > 0.3 and record.maps.output[fur].abs().max() < 0.1


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"dilation": 2}, TypeError, "there is no 'dilation'. Choose from weights, bias, padding"),
        ({"padding": 2}, ValueError, "Padding: got 2. Choose 0 or 1"),
        ({"stride": 3}, ValueError, "Stride: got 3. Choose 1 or 2"),
        ({"bias": float("nan")}, ValueError, "Bias: got nan. Choose a number from -10 to 10"),
        ({"bias": True}, ValueError, "Bias: got True"),
        ({"weights": [[1, 2], [3, 4]]}, TypeError, r"Weights: got the shape \(2, 2\). Give \(3, 3\)"),
        ({"weights": [["a"] * 3] * 3}, TypeError, "Give three rows of three numbers each"),
        ({"weights": [[11, 0, 0]] + [[0, 0, 0]] * 2}, ValueError, "Weight: got 11.0. Choose a number from"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(values, error, words):
    record = Convolution()
    with pytest.raises(error, match=words):
        record.set(**{"relu": True} | values)
    assert record.untouched and not record.layer.relu


def test_the_smallest_picture_can_go_through_every_layer():
    record = Convolution(np.zeros((5, 5, 3), np.uint8), colour=True)
    record.set(stride=2, pool=True)
    assert record.maps.output.shape == (1, 1)
    record.slide()
    assert record.place == (0, 0)


def test_a_kernel_or_a_place_that_there_is_not_is_refused():
    record = Convolution()
    for kernel in ("pocketnet 16", 16, -1, "edge", None, True, 2.0, ["blur"]):
        with pytest.raises(ValueError, match="Choose one of identity, blur, .*, or a number from 0 to 15"):
            record.choose(kernel)
    for row, column, what in ((12, 0, "Row: got 12"), (0, -1, "Column: got -1"), (0.5, 0, "Row: got 0.5")):
        with pytest.raises(IndexError, match=f"{what}. The output has (row|column)s 0 to 11"):
            record.look_at(row, column)


# ---------------------------------------------------------------- the panel


def test_its_words_are_the_same_each_time(panel):
    assert repr(panel) == (
        f"ConvolutionPanel: 14{X}14 → 12{X}12 · identity · row 0, column 0: 0.7 · "
        "F.conv2d(panel.patch, torch.tensor([[[[0., 0., 0.], [0., 1., 0.], [0., 0., 0.]]]]))"
    )


@pytest.mark.parametrize("colour", [False, True])
def test_its_code_gives_the_same_numbers_for_every_kernel_and_layer(panel, colour):
    panel.set(colour=colour)
    layers = ({}, {"padding": 1, "bias": -0.35}, {"stride": 2, "relu": True}, {"pool": True, "relu": True})
    for name in kernels.names():
        panel.choose(name)
        for layer in layers:
            panel.set(**{"padding": 0, "stride": 1, "bias": 0, "relu": False, "pool": False} | layer)
            assert torch.equal(evaluated(panel), panel.output), panel.code()
        assert panel.kernel.shape == (1, panel.patch.shape[1], 3, 3)
    panel.record.set_weight(panel.record.channels - 1, 2, 2, 1 / 3)
    assert torch.equal(evaluated(panel), panel.output)
    assert ("panel.kernel" in panel.code()) == (panel.record.channels == 3)


def test_the_controls_change_the_layer(panel, comms):
    names = list(panel.name_choice.options)
    comms.set_state(panel.name_choice, {"index": names.index("vertical edge")})
    comms.set_state(panel.padding, {"index": 1})
    comms.set_state(panel.stride, {"index": 1})
    comms.set_state(panel.relu, {"value": True})
    layer = panel.record.layer
    assert (panel.record.kernel, layer.padding, layer.stride, layer.relu) == ("vertical edge", 1, 2, True)
    assert panel._status.value.count(f"14{X}14 → 7{X}7 · vertical edge") == 1
    assert [caption.value for caption in panel.captions] == [f"input 14{X}14", f"output 7{X}7"]
    comms.set_state(panel.pool, {"value": True})
    assert panel.output.shape == (3, 3) and panel.row.max == 2
    comms.set_state(panel.colour, {"value": True})
    assert panel.record.channels == 3 and "paw-away" not in panel.view_choice._dom_classes
    comms.set_state(panel.name_choice, {"index": names.index("pocketnet 3")})
    assert panel.record.kernel == "pocketnet 3" and "learned, not designed" in panel.remark.value


def test_choosing_your_own_in_the_list_changes_nothing(panel, comms):
    comms.set_state(panel.name_choice, {"index": len(panel.name_choice.options) - 1})
    assert panel.record.untouched and panel.name_choice.value == "identity"


def test_weights_are_typed_and_shown_rounded_where_they_are_long(panel, comms):
    comms.set_state(panel.fields.weights[0][5], {"value": -0.125})
    assert panel.record.layer.weights[0][1] == (0.0, 1.0, -0.125)
    assert panel.fields.weights[0][5].value == -0.12  # and the weight keeps what was typed
    assert "paw-conv-minus" in panel.fields.weights[0][5]._dom_classes
    assert panel.fields.weights[0][5].description == "weight, row 1, column 2"
    assert panel.name_choice.value == kernels.OWN
    comms.set_state(panel.fields.bias, {"value": 0.5})
    assert panel.record.layer.bias == 0.5
    panel.choose("blur")
    assert panel.fields.weights[0][0].value == 0.11
    comms.set_state(panel.fields.weights[0][0], {"value": 0.2})
    assert panel.record.layer.weights[0][0][1] == pytest.approx(1 / 9)
    shown = [part.layout.display for part in panel.fields.slices]
    assert shown == ["", "none", "none"]
    panel.choose(0)
    assert [part.layout.display for part in panel.fields.slices] == ["", "", ""]
    assert panel.fields.weights[2][0].description == "blue weight, row 0, column 0"


def test_a_number_that_cannot_be_is_answered_in_words_and_taken_back(panel, comms):
    comms.set_state(panel.fields.weights[0][0], {"value": 99})
    assert "Weight: got 99.0. Choose a number from -10 to 10." in panel._problem.value
    assert panel.fields.weights[0][0].value == 0
    comms.set_state(panel.fields.bias, {"value": 0.5})
    assert panel._problem.value == ""


def test_a_click_on_the_output_or_the_input_chooses_a_place(panel, comms):
    panel.set(padding=1)
    comms.click(panel.result, 0, (4, 5))
    assert panel.record.place == (4, 5) and (panel.row.value, panel.column.value) == (4, 5)
    comms.click(panel.input, 0, (8, 10))  # of the heat map, which begins with the border
    assert panel.record.place == (7, 9)
    panel.set(colour=True)
    assert panel.input.figure.data[0].name == "picture"
    comms.click(panel.input, 1, (1, 1))
    assert panel.record.place == (0, 0)
    comms.set_state(panel.row, {"value": 13})
    comms.press(panel.slide_button)
    assert panel.record.place == (13, 1)


def test_the_sum_is_written_out(panel):
    panel.choose("vertical edge")
    panel.look_at(4, 5)
    lines = re.findall("<i>(.*?)</i><b>(.*?)</b>", panel.sum.value)
    assert lines == [
        (f"0.8·({M}1) + 0.8·0 + 0·1", f"= {M}0.8"),
        (f"0.9·({M}1) + 0.9·0 + 0.3·1", f"= {M}0.6"),
        (f"0.6·({M}1) + 0.5·0 + 0·1", f"= {M}0.6"),
        (f"({M}0.8) + ({M}0.6) + ({M}0.6) + bias 0", f"= {M}2"),
    ]
    panel.set(relu=True, pool=True)
    panel.look_at(
        2, 2
    )  # rows 4 and 5, columns 4 and 5 before pooling; the largest of the four is written out
    assert panel.sum.value.endswith("= 0.6 → ReLU 0.6 → largest of 0.6, 0, 0, 0</i><b>= 0.6</b></p>")


def test_in_colour_each_channel_has_a_line(panel):
    panel.choose("yellow, not blue")
    panel.look_at(6, 3)
    about = re.findall("<p><span>(.*?)</span>", panel.sum.value)
    assert about == ["red", "green", "blue", "sum"] and panel.sum.value.count("·") == 27


def test_the_figures_say_what_they_show_and_keep_their_size(panel):
    panel.choose("vertical edge")
    panel.look_at(4, 5)
    assert panel.input.description.value == (
        "The input, 14 by 14 grey pixels. The window lies on rows 4 to 6 and columns 5 to 7."
    )
    assert panel.result.description.value == (
        f"The output, 12 by 12 numbers from {M}2 at row 4, column 5 to 1.9 at row 7, column 7. At row 4, "
        f"column 5 it is {M}2."
    )
    ranges = set()
    for layer in ({}, {"padding": 1}, {"colour": True}, {"pool": True}):
        panel.set(**layer)
        ranges.add(tuple(panel.input.figure.layout.xaxis.range))
        assert panel.input.figure.layout.height == panel.result.figure.layout.height == 340
    assert ranges == {(-1.5, 14.5)}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_number_can_be_read_on_its_cell(theme, view):
    from lab.charts.colours import contrast, look, mix

    record = Convolution(kernel="yellow, not blue")
    place, colours = record.looked_at(), look(theme)
    figure = output_figure(record, place, theme)
    grid, numbers = figure.data
    most = grid.zmax
    for column, row, ink in zip(numbers.x, numbers.y, numbers.textfont.color, strict=True):
        value = grid.z[row][column]
        ground = mix(colours.subtle, colours.valid if value > 0 else colours.train, abs(value) / most)
        assert contrast(ink, ground) >= 4.5
    shown = input_figure(record, place, view, theme).data[-1]
    assert len(shown.x) == (0 if view == "colours" else 196)


def test_a_step_sends_little(panel, comms):
    panel.set(padding=1, colour=True)
    comms.forget()
    panel.slide()
    assert comms.size() < 20_000
    assert all(json.dumps(message.data.get("state", {}), default=str) for message in comms.messages)


def test_a_picture_of_it_can_be_had_without_a_widget():
    panel = ConvolutionPanel(kernel=6)
    panel.set(pool=True, relu=True, padding=1)
    assert panel.snapshot().width == 1720
    assert still(panel.record, "green").height < 1000
    panel.close()


def test_it_is_untouched_wherever_one_looks(panel):
    panel.slide()
    assert panel.record.untouched
    panel.set(relu=True)
    assert not panel.record.untouched
    panel.set(relu=False)
    assert panel.record.untouched
