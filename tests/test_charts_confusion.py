"""The confusion matrix: its tints, its numbers, its names, and that it stays readable up to 200 classes."""

import itertools

import numpy as np
import pytest

from lab.charts import colours, draw
from lab.charts.style import text_width

VOCAB = ["cat", "dog", "pug"]
MATRIX = np.array([[8, 1, 1], [0, 10, 0], [0, 4, 0]])


def parts(figure):
    cells, numbers = figure.data
    return np.array(cells.z), cells, numbers


def spread(size, seed=0):
    matrix = np.eye(size, dtype=int) * 30
    wrong = np.random.default_rng(seed).integers(0, size, (size, 2))
    for row, column in wrong:
        matrix[row, column] += 1
    return matrix


def test_right_answers_are_positive_by_recall_and_mistakes_negative_by_count():
    z, cells, _ = parts(draw("confusion_matrix", MATRIX, VOCAB))
    assert z[1, 1] == 1  # all of its class
    assert 0 < z[0, 0] < 1
    assert z[2, 1] == -1  # the most frequent mistake
    assert z[0, 1] == z[0, 2] == pytest.approx(-(0.25 + 0.75 / 4))
    assert z[2, 2] == z[1, 0] == 0
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert [colour for _, colour in cells.colorscale] == ["#C0392B", "#f6f8fa", "#0072B2"]


def test_one_mistake_beside_a_huge_diagonal_is_still_visible():
    z, _, _ = parts(draw("confusion_matrix", np.array([[100_000, 1], [0, 100_000]]), ["a", "b"]))
    assert z[0, 1] == -1
    few = np.array([[1000, 1, 900], [0, 10, 0], [0, 0, 10]])
    z, _, _ = parts(draw("confusion_matrix", few, VOCAB))
    assert z[0, 1] <= -0.25


def test_numbers_are_written_where_there_is_a_picture():
    _, _, numbers = parts(draw("confusion_matrix", MATRIX, VOCAB))
    written = dict(zip(zip(numbers.y, numbers.x, strict=True), numbers.text, strict=True))
    assert written == {(0, 0): "8", (0, 1): "1", (0, 2): "1", (1, 1): "10", (2, 1): "4"}


def test_normalize_writes_percents_of_the_row():
    matrix = np.array([[799, 1], [50, 50]])
    figure = draw("confusion_matrix", matrix, ["a", "b"], normalize=True)
    _, _, numbers = parts(figure)
    assert numbers.text == ("100", "&lt;1", "50", "50")
    assert any("percent of the row" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [2, 8, 37])
def test_every_number_has_a_contrast_of_four_and_a_half_on_its_cell(size, theme):
    figure = draw("confusion_matrix", spread(size), [f"class {i}" for i in range(size)], theme=theme)
    z, cells, numbers = parts(figure)
    wrong, empty, right = [colour for _, colour in cells.colorscale]
    assert len(numbers.text) > 0
    for x, y, ink in zip(numbers.x, numbers.y, numbers.textfont.color, strict=True):
        cell = colours.mix(empty, right if z[y, x] > 0 else wrong, abs(z[y, x]))
        assert colours.contrast(ink, cell) >= 4.5


@pytest.mark.parametrize("size", [1, 2, 8, 20, 37, 46, 200])
def test_numbers_fit_their_cells_and_names_do_not_collide(size):
    figure = draw("confusion_matrix", spread(size), [f"a rather long name {i}" for i in range(size)])
    _, _, numbers = parts(figure)
    margin = figure.layout.margin
    cell = (figure.layout.width - margin.l - margin.r) / size
    assert cell == pytest.approx((figure.layout.height - margin.t - margin.b) / size, abs=1)
    assert all(text_width(text) <= cell for text in numbers.text)
    ticks = figure.layout.xaxis.tickvals
    assert ticks == figure.layout.yaxis.tickvals
    assert all((b - a) * cell >= 13.5 for a, b in itertools.pairwise(ticks))
    assert figure.layout.width <= 1000
    longest = max(text_width(text) for text in figure.layout.yaxis.ticktext)
    assert margin.l > longest


def test_37_classes_have_every_name_and_every_small_number():
    figure = draw("confusion_matrix", spread(37), [f"breed {i}" for i in range(37)])
    assert len(figure.layout.xaxis.ticktext) == 37
    assert len(parts(figure)[2].text) == np.count_nonzero(spread(37))


def test_200_classes_leave_the_numbers_out_and_tell_them_on_hover():
    figure = draw("confusion_matrix", spread(200), [f"breed {i}" for i in range(200)])
    _, cells, numbers = parts(figure)
    assert numbers.text == ()
    assert cells.text[7][7].startswith("truth breed 7<br>predicted breed 7<br>3")
    assert len(figure.to_json()) < 1_000_000


def test_the_side_of_a_cell_can_be_chosen():
    figure = draw("confusion_matrix", MATRIX, VOCAB, cell=24)
    margin = figure.layout.margin
    assert figure.layout.width - margin.l - margin.r == pytest.approx(72, abs=1)


def test_only_some_classes_keep_the_tints_and_shares_that_they_have_among_all():
    whole, _, _ = parts(draw("confusion_matrix", MATRIX, VOCAB))
    figure = draw("confusion_matrix", MATRIX, VOCAB, only=[0, 2])
    z, cells, numbers = parts(figure)
    assert z.tolist() == whole[np.ix_([0, 2], [0, 2])].tolist()
    assert cells.text[0][1] == "truth cat<br>predicted pug<br>1 picture, 10% of its class"
    assert figure.layout.xaxis.ticktext == ("cat", "pug") and numbers.text == ("8", "1")
    assert figure.layout.meta["description"].startswith("18 of 24 pictures are right.")


def test_a_chosen_cell_is_outlined_where_it_is_drawn():
    frame = draw("confusion_matrix", MATRIX, VOCAB, chosen=(2, 1)).layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 1.5, 2.5)
    frame = draw("confusion_matrix", MATRIX, VOCAB, only=[1, 2], chosen=(2, 1)).layout.shapes[0]
    assert (frame.x0, frame.y0) == (-0.5, 0.5)
    assert draw("confusion_matrix", MATRIX, VOCAB, only=[0, 2], chosen=(2, 1)).layout.shapes == ()


@pytest.mark.parametrize("size", [2, 12, 37])
def test_a_compact_matrix_names_every_class_in_little_room(size):
    names = [f"a rather long name {i}" for i in range(size)]
    figure = draw("confusion_matrix", spread(size), names, compact=True, cell=12)
    margin, ticks = figure.layout.margin, figure.layout.xaxis.ticktext
    assert len(ticks) == size and max(map(len, ticks)) == 16 and figure.layout.xaxis.tickangle == -90
    assert figure.layout.width - margin.l - margin.r == pytest.approx(12 * size, abs=1)
    assert figure.layout.width <= 570 and min(margin.l, margin.t) > text_width(ticks[0])


def test_hover_names_truth_prediction_count_and_share_and_nothing_for_empty_cells():
    _, cells, _ = parts(draw("confusion_matrix", MATRIX, VOCAB))
    assert cells.text[0][1] == "truth cat<br>predicted dog<br>1 picture, 10% of its class"
    assert cells.text[1][0] == ""


def test_labels_are_escaped_everywhere():
    figure = draw("confusion_matrix", np.ones((2, 2), int), ["<b>x</b>", '<a href="u">$y$</a>'])
    _, cells, _ = parts(figure)
    shown = [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext, *cells.text[0], *cells.text[1]]
    for text in shown:
        assert "<b>" not in text
        assert "<a" not in text
        assert "$" not in text


def test_the_sentence_names_the_most_frequent_mistake():
    sentence = draw("confusion_matrix", MATRIX, VOCAB).layout.meta["description"]
    assert sentence == "18 of 24 pictures are right. Most often pug is taken for dog: 4 times."
    perfect = draw("confusion_matrix", np.diag([2, 3]), ["a", "b"])
    assert perfect.layout.meta["description"] == "5 of 5 pictures are right."


def test_a_matrix_without_pictures_says_so():
    figure = draw("confusion_matrix", np.zeros((2, 2), int), ["a", "b"])
    assert figure.layout.meta["description"] == "There are no pictures to compare."


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\).*3 classes need \(3, 3\)"),
        (np.ones((2, 2)), r"shape \(2, 2\)"),
        (-np.eye(3), "negative"),
        (np.full((3, 3), np.nan), "NaN"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(matrix, message):
    with pytest.raises(ValueError, match=message):
        draw("confusion_matrix", matrix, VOCAB)


def test_of_a_thousand_classes_those_with_the_most_mistakes_are_drawn_and_the_chart_says_so():
    matrix = np.eye(1000, dtype=int) * 30
    matrix[7, 900], matrix[400, 7] = 25, 12
    vocab = [f"class {i}" for i in range(1000)]
    figure = draw("confusion_matrix", matrix, vocab)
    z, cells, _ = parts(figure)
    assert z.shape == (60, 60)
    assert "the 60 of 1,000 classes with the most mistakes" in figure.to_json()
    assert "class 400" in figure.layout.yaxis.ticktext  # every second one is named
    assert "truth class 7<br>predicted class 900<br>25 pictures, 45% of its class" in str(cells.text)
    assert len(figure.to_json()) < 500_000
    assert parts(draw("confusion_matrix", matrix, vocab, only=range(300)))[0].shape == (300, 300)
