"""The gallery without a browser: what it shows, its marks, its refusals, and what it sends."""

import gc
import html

import numpy as np
import pandas as pd
import pytest
from comms import living
from PIL import Image

import lab
from lab import label_noise
from lab.data.annotation_file import NAME
from lab.panels.gallery import marking
from lab.panels.gallery.panel import GalleryPanel
from lab.panels.gallery.query import WORDS, Query
from lab.panels.gallery.thumbnails import Thumbnails
from lab.panels.gallery.view import PAGE, GalleryView

pytestmark = pytest.mark.usefixtures("nothing_left_open")

VOCAB = ("Birman", "Ragdoll", "Siamese")
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch):
    """No test finds the marks of another."""
    monkeypatch.setattr(marking, "_kept", type(marking._kept)())


def pictures(folder, vocab, targets):
    """One file for each target: folder/<label>_<number>.jpg."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{vocab[target]}_{i}.jpg" for i, target in enumerate(targets)]
    for i, path in enumerate(paths):
        Image.new("RGB", (60, 40), (i * 7 % 256, 90, 160)).save(path)
    return paths


def record(folder, targets, preds, vocab=VOCAB, seed=0, files=True):
    """An interpretation with these answers and probabilities that all differ."""
    targets, preds = np.array(targets), np.array(preds)
    probs = np.random.default_rng(seed).random((len(targets), len(vocab))) + 0.05
    probs[np.arange(len(targets)), preds] += 1.5
    probs /= probs.sum(axis=1, keepdims=True)
    names = [f"{vocab[target]}_{i}.jpg" for i, target in enumerate(targets)]
    paths = pictures(folder, vocab, targets) if files else [folder / name for name in names]
    return lab.ClassificationInterpretation(probs, targets, paths, vocab)


@pytest.fixture
def interp(tmp_path):
    """40 pictures: of Birman, 3 taken for Ragdoll and 1 for Siamese; 1 Siamese for Birman."""
    targets = [0] * 20 + [1] * 12 + [2] * 8
    preds = [1, 1, 1, 2] + [0] * 16 + [1] * 12 + [0] + [2] * 7
    return record(tmp_path / "pets", targets, preds)


@pytest.fixture
def panel(interp):
    panel = GalleryPanel(interp)
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


def shown(panel):
    """The file names on the cards, in order."""
    texts = [card.text.value for card in panel.cards]
    return [
        text.partition('paw-file" title="')[2].partition('">')[2].partition("<")[0] for text in texts if text
    ]


def state_size(comms):
    """Bytes of all that the browser holds, without plotly's own script (1.5 MB, the same for any figure)."""
    states = ({key: value for key, value in state.items() if key != "_esm"} for state in comms.open.values())
    return sum(len(str(state).encode()) for state in states)


def names(findings):
    return [finding.path.name for finding in findings]


# ---------------------------------------------------------------- which pictures


@pytest.mark.parametrize("label", [None, "Birman", "Ragdoll"])
@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("page", [0, 1])
def test_the_line_of_code_gives_what_is_shown(interp, kind, label, page):
    view = GalleryView(interp)
    view.show(kind, label)
    view.turn(page)
    code = view.query.code("interp", view.start, view.start + PAGE, len(view.found))
    assert eval(code, {"interp": interp}) == view.page
    assert all(label in (None, finding.truth) for finding in view.found)


def test_the_code_is_what_one_would_type(interp):
    code = {kind: Query(kind, "Birman").code("interp", 0, 12, 20) for kind in WORDS}
    assert code["most_incorrect"] == "interp.most_incorrect('Birman', 12)"
    assert code["top_losses"] == "[f for f in interp.top_losses() if f.truth == 'Birman'][:12]"
    assert Query("confused", "Birman", "Ragdoll").code("i", 0, 12, 8) == "i.confused('Birman', 'Ragdoll')"
    assert Query("confused", "a", "b").code("i", 12, 24, 30) == "i.confused('a', 'b')[12:24]"
    assert Query().code("interp", 0, 12, 40) == "interp.top_losses(12)"
    assert Query("random_correct", seed=3).code("i", 0, 12, 40) == "i.random_correct(12, seed=3)"


def test_each_kind_is_ranked_as_it_says(interp):
    view = GalleryView(interp)
    view.show("most_incorrect")
    assert len(view.found) == 5 and not any(f.right for f in view.found)
    assert [f.truth_probability for f in view.found] == sorted(f.truth_probability for f in view.found)
    view.show("most_correct")
    assert len(view.found) == 35
    assert [f.probability for f in view.found] == sorted((f.probability for f in view.found), reverse=True)
    view.show("all", "Siamese")
    assert [f.index for f in view.found] == list(range(32, 40))


def test_a_random_kind_draws_anew_each_time_it_is_asked_for_and_keeps_its_draw_over_pages(interp):
    view = GalleryView(interp)
    view.show("random_correct")
    first = view.page
    view.turn(1)
    view.turn(-1)
    assert view.page == first
    view.show("random_correct")
    assert view.page != first


def test_paging_stops_at_both_ends(interp):
    view = GalleryView(interp)
    assert view.place() == "1–12 of 40"  # noqa: RUF001
    for _ in range(9):
        view.turn(1)
    assert (view.start, view.stop) == (36, 40)
    for _ in range(9):
        view.turn(-1)
    assert view.start == 0


def test_making_a_view_asks_nothing_of_the_interpretation():
    GalleryView(interp=None)


def test_an_unknown_kind_label_or_place_is_refused_and_what_was_shown_stays(interp):
    view = GalleryView(interp)
    view.open("Birman", "Ragdoll")
    with pytest.raises(ValueError, match="got 'worst'. Choose one of: top_losses"):
        view.show("worst")
    with pytest.raises(ValueError, match="'Birma' is not one of the 3 labels. Did you mean 'Birman'"):
        view.open("Birma", "Ragdoll")
    with pytest.raises(ValueError, match="enlarge: got 3. There are 3 pictures, counted from 0"):
        view.enlarge(3)
    assert view.query == Query("confused", "Birman", "Ragdoll")


# ---------------------------------------------------------------- the panel


def test_nothing_is_computed_or_opened_before_it_is_displayed(comms, interp, monkeypatch):
    monkeypatch.setattr(Thumbnails, "of", lambda *_: 1 / 0)
    monkeypatch.setattr(type(interp), "confusion_matrix", lambda _: 1 / 0)
    monkeypatch.setattr(lab.Annotations, "of", lambda _: 1 / 0)
    panel = GalleryPanel(interp)
    assert comms.opened == 0
    panel.close()


def test_its_words(panel):
    assert repr(panel) == (
        "GalleryPanel: 40 pictures · error 0.125 · 1–12 of 40 · interp.top_losses(12)"  # noqa: RUF001
    )
    panel.open("Birman", "Ragdoll")
    panel.marks.discard(panel.view.page[0].path)
    assert repr(panel) == (
        "GalleryPanel: 40 pictures · error 0.125 · 1 marked · 1–3 of 3 · interp.confused('Birman', 'Ragdoll')"  # noqa: RUF001
    )


def test_a_click_on_a_cell_opens_its_pictures_and_outlines_it(panel, comms, interp):
    comms.click(panel.matrix.chart, 0, (0, 1))
    assert shown(panel) == names(interp.confused("Birman", "Ragdoll")) and len(shown(panel)) == 3
    frame = panel.matrix.chart.figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, -0.5, 0.5)
    assert "Birman taken for Ragdoll" in panel.words.value
    assert panel.matrix.pair.label == "Birman → Ragdoll (3)"


def test_a_cell_sends_its_pictures_and_the_frame_but_not_the_matrix_again(panel, comms):
    comms.forget()
    comms.click(panel.matrix.chart, 0, (0, 1))
    figure = sum(message.size for message in comms.of(panel.matrix.chart.plot))
    assert figure < 3_000 and comms.size() < 40_000


def test_the_list_of_pairs_opens_the_same_from_the_keyboard(panel, comms, interp):
    assert [text for text, _ in panel.matrix.pair.options] == [
        "choose a pair",
        "Birman → Ragdoll (3)",
        "Birman → Siamese (1)",
        "Siamese → Birman (1)",
    ]
    comms.set_state(panel.matrix.pair, {"index": 3})
    assert shown(panel) == names(interp.confused("Siamese", "Birman"))


def test_a_cell_without_pictures_says_so(panel, comms):
    comms.click(panel.matrix.chart, 0, (1, 0))
    assert shown(panel) == [] and panel.nothing.value == "No picture of Ragdoll was taken for Birman."
    assert panel.place.value == "0 of 0" and panel.on.disabled and panel.back.disabled


def test_every_kind_has_a_button_and_the_class_narrows_it(panel, comms, interp):
    for kind, button in panel.kinds.items():
        comms.press(button)
        assert panel.view.query.kind == kind and "paw-on" in button._dom_classes
    comms.press(panel.kinds["most_incorrect"])
    comms.set_state(panel.label, {"index": 1})
    assert shown(panel) == names(interp.most_incorrect("Birman", 12)) and len(shown(panel)) == 4
    assert panel.code() == "interp.most_incorrect('Birman', 12)"
    comms.press(panel.kinds["top_losses"])
    assert panel.view.query == Query("top_losses", "Birman", seed=panel.view.query.seed)
    comms.set_state(panel.label, {"index": 0})
    assert shown(panel) == names(interp.top_losses(12))


def test_choosing_a_class_after_a_cell_shows_all_of_its_pictures(panel, comms):
    panel.open("Birman", "Ragdoll")
    comms.set_state(panel.label, {"index": 3})
    assert len(shown(panel)) == 8 and panel.view.query.words() == "all pictures of Siamese"
    assert panel.matrix.pair.index == 0


def test_the_pages_turn(panel, comms, interp):
    comms.press(panel.on)
    assert shown(panel) == names(interp.top_losses(24)[12:]) and panel.place.value == "13–24 of 40"  # noqa: RUF001
    assert panel.code() == "interp.top_losses(24)[12:]"
    panel.next()
    panel.next()
    assert len(shown(panel)) == 4 and panel.on.disabled
    empty = [card.widget.layout for card in panel.cards[4:]]  # their places stay
    assert all(layout.visibility == "hidden" and layout.display is None for layout in empty)
    panel.previous()
    assert len(shown(panel)) == 12 and panel.cards[4].widget.layout.visibility is None


def test_a_card_shows_file_truth_prediction_and_three_probabilities(panel, interp):
    panel.open("Birman", "Siamese")
    (finding,) = panel.view.page
    text = panel.cards[0].text.value
    values = sorted(interp.probs[finding.index], reverse=True)
    assert f'alt="{finding.path.name}: truth Birman, predicted Siamese {values[0]:.2f}"' in text
    assert [f"<em>{value:.2f}</em>" in text for value in values] == [True] * 3
    assert (
        f'paw-prob paw-miss"><span title="Siamese">Siamese</span><i><b style="width:{100 * values[0]:.0f}%"'
        in text
    )
    assert 'paw-prob paw-hit"><span title="Birman">' in text and "✗" in text
    assert "data:image/jpeg;base64," in text


def test_the_most_confused_classes_only(comms, tmp_path):
    vocab = tuple(f"breed {i}" for i in range(20))
    targets = np.arange(60) % 20
    preds = np.where(np.isin(targets, [3, 17]), 5, targets)
    with_mistakes = GalleryPanel(record(tmp_path, targets, preds, vocab, files=False))
    with_mistakes.widget  # noqa: B018
    heat = with_mistakes.matrix.chart.figure.data[0]
    assert len(heat.z) == 20
    comms.set_state(with_mistakes.matrix.focus, {"value": True})
    heat = with_mistakes.matrix.chart.figure.data[0]
    assert len(heat.z) == 12 and {3, 5, 17} <= set(with_mistakes.view.classes)
    assert "12 of 20 classes" in with_mistakes.matrix.hint.value
    row, column = with_mistakes.view.classes.index(17), with_mistakes.view.classes.index(5)
    comms.click(with_mistakes.matrix.chart, 0, (row, column))
    assert with_mistakes.view.query == Query("confused", "breed 17", "breed 5")
    with_mistakes.close()


# ---------------------------------------------------------------- one picture, large


def test_enlarging_shows_one_picture_with_its_leading_classes_and_closes_again(panel, comms):
    panel.open("Birman", "Ragdoll")
    comms.press(panel.cards[1].enlarge_button)
    finding = panel.view.page[1]
    assert panel.view.one == finding and f'alt="{finding.path.name}: ' in panel.large.picture.value
    assert panel.large.facts.value.count('class="paw-prob ') == 3 and panel.place.value == "2 of 3"
    assert "paw-away" in panel.grid._dom_classes and "paw-away" not in panel.large.widget._dom_classes
    comms.press(panel.on)
    assert panel.view.one == panel.view.page[2] and panel.on.disabled
    comms.press(panel.large.close_button)
    assert panel.view.one is None and panel.large.picture.value == ""
    assert "paw-away" not in panel.grid._dom_classes and len(shown(panel)) == 3


def test_any_label_can_be_chosen_for_the_enlarged_picture(panel, comms):
    panel.open("Birman", "Ragdoll")
    panel.enlarge(0)
    path = panel.view.one.path
    assert panel.large.label.label == "Ragdoll"
    comms.set_state(panel.large.label, {"index": 2})
    assert panel.marks[path] is None  # choosing alone marks nothing
    comms.press(panel.large.buttons["relabel"])
    assert str(panel.marks[path]) == "relabel → Siamese"
    comms.set_state(panel.large.label, {"index": 1})
    comms.press(panel.large.buttons["relabel"])
    assert str(panel.marks[path]) == "relabel → Ragdoll"
    comms.press(panel.large.buttons["relabel"])
    assert panel.marks[path] is None


def test_an_enlarged_picture_outlines_its_cell(panel):
    panel.show("most_incorrect", "Siamese")
    assert len(panel.matrix.chart.figure.layout.shapes) == 0
    panel.enlarge(0)
    frame = panel.matrix.chart.figure.layout.shapes[0]
    assert (frame.x0, frame.y0) == (-0.5, 1.5)


# ---------------------------------------------------------------- marks


def test_the_buttons_mark_and_a_second_press_takes_the_mark_off(panel, comms):
    panel.open("Birman", "Ragdoll")
    first, second, third = (finding.path for finding in panel.view.page)
    comms.press(panel.cards[0].buttons["relabel"])
    comms.press(panel.cards[1].buttons["discard"])
    comms.press(panel.cards[2].buttons["keep"])
    assert [str(panel.marks[path]) for path in (first, second, third)] == [
        "relabel → Ragdoll",
        "discard",
        "keep",
    ]
    assert "relabel → Ragdoll</span>" in panel.cards[0].text.value
    assert "paw-relabel" in panel.cards[0].widget._dom_classes
    assert "paw-discard" in panel.cards[1].widget._dom_classes
    assert "Marked: 1 relabel, 1 discard, 1 keep · not saved yet" in panel.bar.words.value
    comms.press(panel.cards[1].buttons["discard"])
    assert panel.marks[second] is None and "paw-discard" not in panel.cards[1].widget._dom_classes


def test_marks_survive_switching_and_are_seen_by_code_and_panels(panel, comms, interp):
    panel.open("Birman", "Ragdoll")
    comms.press(panel.cards[0].buttons["relabel"])
    panel.show("all", "Siamese")
    assert "paw-relabel" not in panel.cards[0].widget._dom_classes
    panel.open("Birman", "Ragdoll")
    assert "paw-relabel" in panel.cards[0].widget._dom_classes
    other = GalleryPanel(interp)
    other.widget  # noqa: B018
    assert other.marks is panel.marks and len(other.marks) == 1
    other.marks.discard(panel.view.page[1].path)  # from code: both follow
    assert "1 relabel, 1 discard" in panel.bar.words.value and "1 relabel, 1 discard" in other.bar.words.value
    other.close()


def test_a_new_interpretation_of_the_same_pictures_finds_the_marks(interp):
    first = GalleryPanel(interp)
    first.marks.discard(interp.paths[0])
    first.close()
    again = lab.ClassificationInterpretation(interp.probs, interp.targets, interp.paths, interp.vocab)
    second = GalleryPanel(again)
    assert second.marks is first.marks
    second.close()


def test_given_marks_are_used_and_learn_of_the_pictures(interp, tmp_path):
    marks = lab.Annotations([], [], vocab=[*VOCAB, "Persian"])
    panel = GalleryPanel(interp, marks)
    panel.widget  # noqa: B018
    panel.view.enlarge(0)
    panel.view.wanted = "Persian"
    panel.view.press(panel.view.one, "relabel")
    assert panel.marks is marks and marks.to_frame()["label"].tolist() == ["Persian"]
    panel.close()


def test_undo_and_redo(panel, comms):
    assert panel.bar.undo.disabled and panel.bar.redo.disabled and panel.bar.save.disabled
    comms.press(panel.cards[0].buttons["discard"])
    comms.press(panel.bar.undo)
    assert len(panel.marks) == 0 and "paw-discard" not in panel.cards[0].widget._dom_classes
    comms.press(panel.bar.redo)
    assert len(panel.marks) == 1 and panel.bar.redo.disabled


def test_relabel_of_a_right_prediction_asks_for_the_label(panel, comms):
    panel.show("most_correct", "Ragdoll")
    comms.press(panel.cards[2].buttons["relabel"])
    assert panel.view.enlarged == 2 and len(panel.marks) == 0
    comms.press(panel.large.buttons["relabel"])
    assert panel.marks[panel.view.one.path].label != "Ragdoll"


def test_marks_are_saved_beside_the_pictures_and_found_in_a_later_session(panel, comms, interp, monkeypatch):
    panel.open("Birman", "Ragdoll")
    first, second = (record.path for record in panel.view.page[:2])
    comms.press(panel.cards[0].buttons["relabel"])
    comms.press(panel.cards[1].buttons["discard"])
    before = first.read_bytes()
    assert not panel.bar.save.disabled and "1 discard · not saved yet" in panel.bar.words.value
    comms.press(panel.bar.save)
    assert panel.bar.save.disabled and f"saved in {NAME}" in panel.bar.words.value
    assert first.read_bytes() == before and panel.marks.file.is_file()
    monkeypatch.setattr(marking, "_kept", type(marking._kept)())  # another session
    later = GalleryPanel(interp)
    later.widget  # noqa: B018
    assert str(later.marks[first]) == "relabel → Ragdoll" and str(later.marks[second]) == "discard"
    assert f"Marked: 1 relabel, 1 discard · saved in {NAME}" in later.bar.words.value
    later.close()


def test_a_folder_that_cannot_be_written_is_said_in_the_panel(panel, comms, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lab.data.annotation_file.csv.writer", full)
    comms.press(panel.cards[0].buttons["discard"])
    comms.press(panel.bar.save)
    assert "No space left on device" in html.unescape(panel._problem.value) and len(panel.marks) == 1


def test_planted_errors_are_counted_but_not_named(drawn):
    path = drawn("dogbreeds")
    frame = pd.read_csv(path / "labels.csv")
    paths = [path / "train" / f"{name}.jpg" for name in frame["id"]]
    vocab = tuple(sorted(frame["breed"].unique()))
    targets = [vocab.index(label) for label in frame["breed"]]
    probs = np.full((len(paths), len(vocab)), 1 / len(vocab))
    interp = lab.ClassificationInterpretation(probs, targets, paths, vocab)
    errors = label_noise.planted_errors(paths)
    panel = GalleryPanel(interp)
    panel.widget  # noqa: B018
    of = f"of {len(errors)} planted label error"
    assert len(errors) > 0 and f"found 0 {of}" in panel.bar.words.value
    panel.marks.discard(next(iter(errors)))
    assert f"found 1 {of}" in panel.bar.words.value and f"found 1 {of}" in repr(panel)
    panel.close()


# ---------------------------------------------------------------- bad input


def test_names_that_are_markup_are_shown_as_text(comms, tmp_path):
    vocab = (HOSTILE, '"><b>', "a" * 300)
    odd = record(tmp_path, [0, 0, 1, 2], [1, 0, 0, 1], vocab, files=False)
    panel = GalleryPanel(odd)
    panel.widget  # noqa: B018
    panel.open(HOSTILE, '"><b>')
    panel.enlarge(0)
    panel.marks.relabel(odd.paths[0], "a" * 300)
    panel.shrink()
    panel.view.marking.said = HOSTILE
    panel.changed()
    for state in comms.open.values():
        if state["_model_name"] == "HTMLModel":
            assert "<img src=x" not in state["value"] and '<b>"' not in state["value"]
    assert "&lt;img src=x onerror=alert(1)&gt;_0.jpg" in panel.cards[0].text.value
    assert max(len(text) for text, _ in panel.label.options) <= 40
    assert HOSTILE in repr(panel)  # plain text needs no escaping
    panel.close()


def test_pictures_deleted_from_disk_are_grey_tiles_that_say_so(panel, comms, interp):
    gone = {path.name for path, target in zip(interp.paths, interp.targets, strict=True) if target == 2}
    for path in interp.paths[32:]:
        path.unlink()
    interp.paths[0].write_bytes(b"no picture")
    panel.show("all", "Siamese")
    assert set(shown(panel)) == gone
    assert all("picture not found</span>" in card.text.value for card in panel.cards[:8])
    panel.show("all", "Birman")
    assert "picture broken</span>" in panel.cards[0].text.value and "data:image" in panel.cards[1].text.value
    panel.enlarge(0)
    assert "picture broken</span>" in panel.large.picture.value
    assert panel.snapshot().size[0] > 0


def test_no_mistakes(comms, tmp_path):
    panel = GalleryPanel(record(tmp_path, [0, 1, 2, 0], [0, 1, 2, 0]))
    panel.widget  # noqa: B018
    assert panel.matrix.pair.disabled and panel.matrix.pair.label == "no mistakes" and len(panel.cards) == 4
    panel.show("most_incorrect")
    assert panel.nothing.value == "No mistakes: every prediction is right." and shown(panel) == []
    panel.show("random_incorrect", "Birman")
    assert panel.nothing.value == "No mistakes among the pictures of Birman."
    try:
        assert panel.snapshot().size[0] > 0
    finally:  # where no Chrome draws it the test skips, and leaves nothing open
        panel.close()


def test_a_class_without_pictures_and_one_class_for_all(comms, tmp_path):
    panel = GalleryPanel(record(tmp_path, [0, 0, 2], [2, 2, 2]))
    panel.widget  # noqa: B018
    panel.show("all", "Ragdoll")
    assert panel.nothing.value == "There are no pictures of Ragdoll."
    panel.open("Birman", "Siamese")
    assert len(shown(panel)) == 2
    panel.open("Ragdoll", "Ragdoll")
    assert panel.nothing.value == "No picture of Ragdoll was recognised."
    panel.close()


def test_one_class_only_and_marks_that_know_no_label(comms, tmp_path):
    panel = GalleryPanel(record(tmp_path, [0, 0], [0, 0], ("Birman",)), lab.Annotations([], []))
    panel.widget  # noqa: B018
    assert len(panel.matrix.chart.figure.data[0].z) == 1 and len(shown(panel)) == 2
    comms.press(panel.cards[0].buttons["relabel"])
    comms.press(panel.large.buttons["relabel"])
    assert "'Birman' is not one of the 0 labels" in html.unescape(panel._problem.value)
    panel.close()


def test_200_classes_show_those_with_the_most_mistakes_and_say_so(comms, tmp_path):
    vocab = tuple(f"breed {i:03}" for i in range(200))
    targets = np.arange(600) % 200
    preds = np.where(targets % 10 == 0, (targets + 100) % 200, targets)
    panel = GalleryPanel(record(tmp_path, targets, preds, vocab, files=False))
    panel.widget  # noqa: B018
    assert len(panel.matrix.chart.figure.data[0].z) == 30
    assert set(range(0, 200, 10)) <= set(panel.view.classes)
    assert panel.matrix.hint.value == "30 of 200 classes, those with the most mistakes."
    assert len(panel.matrix.pair.options) == 21 and len(panel.label.options) == 201
    panel.open("breed 198", "breed 199")  # not in the matrix: no frame, and its pictures all the same
    assert len(panel.matrix.chart.figure.layout.shapes) == 0
    assert state_size(comms) < 3_000_000
    panel.close()


# ---------------------------------------------------------------- what it costs


def test_37_classes_and_1500_pictures_stay_below_three_megabytes(comms, tmp_path):
    vocab = tuple(f"breed {i}" for i in range(37))
    rng = np.random.default_rng(0)
    targets = np.arange(1500) % 37
    preds = np.where(rng.random(1500) < 0.2, rng.integers(0, 37, 1500), targets)
    noise = rng.integers(0, 255, (200, 260, 3)).astype(np.uint8)
    source = tmp_path / "noise.jpg"
    Image.fromarray(noise).save(source, quality=95)  # noise is the largest that a thumbnail can be
    interp = record(tmp_path, targets, preds, vocab, files=False)
    interp.paths[:] = [source.parent / f"{i}.jpg" for i in range(1500)]
    for path in interp.paths[:200]:
        path.hardlink_to(source)
    panel = GalleryPanel(interp)
    panel.widget  # noqa: B018
    panel.show("all")
    assert sum(map(len, (card.text.value for card in panel.cards))) > 100_000
    assert state_size(comms) < 3_000_000
    widgets = len(living())
    for _ in range(12):
        panel.next()
    assert len(living()) == widgets and state_size(comms) < 3_000_000
    panel.close()


def test_the_latest_thumbnails_are_kept_and_a_missing_picture_is_tried_again(tmp_path):
    paths = pictures(tmp_path, VOCAB, [0, 1, 2])
    thumbnails = Thumbnails(keep=2)
    first = thumbnails.of(paths[0], 30)
    assert thumbnails.of(paths[0], 30) is first
    paths[1].rename(tmp_path / "away.jpg")
    assert thumbnails.of(paths[1], 30).problem == "picture not found" and len(thumbnails) == 1
    (tmp_path / "away.jpg").rename(paths[1])
    assert thumbnails.of(paths[1], 30).src.startswith("data:image/jpeg;base64,")
    thumbnails.of(paths[2], 30)
    assert len(thumbnails) == 2 and thumbnails.of(paths[0], 30) is not first


def test_fifty_runs_of_the_same_cell_leave_one_panel(comms, interp, monkeypatch):
    from lab.panels.frame import cells

    run = iter(range(1000))
    monkeypatch.setattr(cells, "current_cell", lambda: ("cell", next(run)))
    counts = []
    for _ in range(50):
        panel = GalleryPanel(interp)
        panel.widget  # noqa: B018
        counts.append(len(living()))
    assert len(set(counts)) == 1
    panel.close()
    gc.collect()
    assert panel.marks._watchers == []
