"""The augmentation panel without a browser: what is seen is what training gets, and the last value wins."""

import threading

import numpy as np
import pytest
from PIL import Image
from small import picture_folder, small_classifier, small_dls

import lab
from lab.data.previews import Preview, as_image
from lab.markup import escape, image
from lab.panels.augment import stages
from lab.panels.augment.panel import AugmentPanel

PATIENCE = 20  # seconds
HOSTILE = "<img src=x onerror=alert(1)>"
STRONG = lab.aug_transforms(size=48, min_scale=0.6, rotate=20)


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "pictures", each=4)


@pytest.fixture
def dls(folder):
    return small_dls(folder, batch_tfms=STRONG)


@pytest.fixture
def make(nothing_left_open):
    """make(data, …) gives a panel that is displayed and drawn, and closed after the test."""
    made = []

    def make(data, **options):
        made.append(AugmentPanel(data, **options))
        _ = made[-1].widget
        return made[-1].wait(PATIENCE)

    yield make
    for panel in made:
        panel.close()


def shows(panel, tfm, seed=0):
    """Whether the columns show the draws of this transform."""
    look = panel.trial.look
    batch = look.preview.batch(tfm, panel.draws, seed)
    pictures = [[image(as_image(one), "").split('"')[1] for one in draw] for draw in batch.unbind(1)]
    return all(
        picture in column.value
        for column, draw in zip(panel.columns, pictures, strict=True)
        for picture in draw
    )


def by(width, height):
    return f"{width} \N{MULTIPLICATION SIGN} {height}"


def move(comms, panel, name, value):
    comms.set_state(panel.controls.widgets[name], {"value": value})


# -- what it is made from --


def test_making_it_opens_no_file_and_no_widget(comms, folder):
    opened = []

    def counted(picture):
        opened.append(picture)
        return picture.resize((32, 32))

    panel = AugmentPanel(small_dls(folder, item_tfms=counted))
    assert repr(panel).startswith("AugmentPanel: 4 of 10 pictures · seed 0 · side on · aug_transforms()")
    assert opened == []
    assert comms.opened == 0
    panel.close()


def test_a_learner_is_accepted_for_its_loaders(folder, make):
    learn = small_classifier(folder, batch_tfms=STRONG)
    panel = make(learn, n=2, draws=1)
    assert panel.transform == learn.dls.train.batch_tfms
    assert shows(panel, STRONG)


def test_other_data_and_other_numbers_are_refused_in_words(dls):
    with pytest.raises(TypeError, match="AugmentPanel: got a list. Pass the DataLoaders"):
        AugmentPanel([1, 2])
    with pytest.raises(ValueError, match="draws=0. Ask for at least 1"):
        AugmentPanel(dls, draws=0)
    with pytest.raises(ValueError, match="n=0 of"):
        AugmentPanel(dls, n=0)


# -- what it shows --


def test_it_begins_as_the_data_has_it_and_shows_the_stages(dls, make):
    panel = make(dls)
    assert panel.code() == "aug_transforms(size=48, min_scale=0.6, rotate=20)"
    assert panel.chosen() == "as the data has it"
    assert shows(panel, STRONG)
    preview = panel.trial.look.preview
    assert panel.before.value.count("<img") == 2 * 4
    for name, label in zip(preview.names, preview.labels, strict=True):
        assert f"{name} · {label}, original, {by(48, 40)}" in panel.before.value
        assert f"{name} · {label}, after the item transforms, {by(77, 64)}" in panel.before.value
        assert f"{name} · {label}, draw 3, {by(48, 48)}" in panel.columns[2].value


def test_a_slider_draws_anew_and_is_not_written_back(comms, dls, make):
    panel = make(dls)
    seen = [column.value for column in panel.columns]
    slider = panel.controls.widgets["rotate"]
    comms.forget()
    move(comms, panel, "rotate", 90)
    panel.wait(PATIENCE)
    assert all(column.value != old for column, old in zip(panel.columns, seen, strict=True))
    assert panel.code() == "aug_transforms(size=48, min_scale=0.6, rotate=90)"
    assert comms.browser(panel._code)["code"] == panel.code()
    assert panel.chosen() == "your own choice"
    assert "either way" in comms.browser(panel.controls._help)["value"]
    sent = [message.data["state"] for message in comms.of(slider) if message.method == "update"]
    assert sent == []
    names = {}
    exec("from lab import *", names)
    assert shows(panel, eval(panel.code(), names))


def test_every_control_reaches_the_transform(comms, dls, make):
    panel = make(dls, n=2, draws=1)
    values = {
        "min_scale": 0.5,
        "flip_vert": True,
        "zoom": 1.5,
        "warp": 0.1,
        "brightness": 0.3,
        "contrast": 0.4,
        "p_affine": 0.9,
        "p_lighting": 0.8,
    }
    for name, value in values.items():
        move(comms, panel, name, value)
        assert getattr(panel.parameters, name) == value
    assert not panel.trial.chosen
    dropdown = panel.controls.widgets["pad_mode"]
    comms.set_state(dropdown, {"index": list(dropdown.options).index("zeros")})
    assert panel.parameters.pad_mode == "zeros"
    assert panel.transform.light == (0.3, 0.4)


def test_the_size_is_one_of_a_list_which_holds_any_that_was_chosen(comms, dls, make):
    panel = make(dls, n=1, draws=1)
    sizes = panel.controls.widgets["size"]
    assert ("48 px", 48) in sizes.options
    assert sizes.value == 48
    comms.set_state(sizes, {"index": [value for _, value in sizes.options].index(96)})
    assert panel.parameters.size == 96
    assert ("48 px", 48) not in sizes.options
    panel.set(size=(32, 40))
    assert sizes.label == f"{by(40, 32)} px"
    panel.set(size=None)
    panel.wait(PATIENCE)
    assert sizes.label == "as resized"
    assert by(64, 64) in panel.columns[0].value


def test_values_beyond_the_sliders_are_shown(folder, make):
    panel = make(small_dls(folder, batch_tfms=lab.aug_transforms(zoom=3, min_scale=0.05)), n=1, draws=1)
    assert panel.controls.widgets["zoom"].value == 3
    assert panel.controls.widgets["min_scale"].value == 0.05


def test_presets_keep_the_size(comms, dls, make):
    panel = make(dls)
    comms.press(panel.preset_buttons["top down"])
    panel.wait(PATIENCE)
    assert panel.code() == "aug_transforms(size=48, flip_vert=True)"
    assert panel.chosen() == "top down"
    assert "paw-on" in panel.preset_buttons["top down"]._dom_classes
    assert "paw-on" not in panel.preset_buttons["as the data has it"]._dom_classes
    assert shows(panel, lab.aug_transforms(size=48, flip_vert=True))
    comms.press(panel.preset_buttons["as the data has it"])
    assert panel.transform == STRONG
    with pytest.raises(ValueError, match="there is no 'upside'. Choose from 'side on'"):
        panel.preset("upside")


def test_new_draw_is_another_seed_which_is_shown(comms, dls, make):
    panel = make(dls)
    comms.press(panel.draw_button)
    panel.wait(PATIENCE)
    assert "seed 1" in panel._status.value
    assert shows(panel, STRONG, seed=1)
    assert not shows(panel, STRONG, seed=0)


def test_other_pictures_are_others(comms, dls, make):
    panel = make(dls)
    before, indices = panel.before.value, panel.trial.look.preview.indices
    comms.press(panel.other_button)
    panel.wait(PATIENCE)
    assert panel.trial.look.preview.indices != indices
    assert panel.before.value != before
    assert shows(panel, STRONG)


def test_unknown_parameters_and_views_are_refused_in_words(dls):
    panel = AugmentPanel(dls)
    with pytest.raises(TypeError, match="AugmentPanel.set: there is no 'angle'. Choose from size,"):
        panel.set(angle=3)
    with pytest.raises(ValueError, match="aug_transforms: rotate=500"):
        panel.set(rotate=500)
    with pytest.raises(ValueError, match="there is no 'both'. Choose from pictures, presizing"):
        panel.show("both")
    assert panel.transform == STRONG
    panel.close()


# -- presizing --


def test_presizing_beside_the_naive_way_with_its_numbers(comms, dls, make):
    panel = make(dls)
    comms.press(panel.view_buttons["presizing"])
    panel.wait(PATIENCE)
    assert panel.grid.layout.display == "none"
    assert panel.pair.layout.display != "none"
    preview = panel.trial.look.preview.subset([0, 1])
    (pair,) = preview.comparisons(STRONG)
    assert panel.pair.value.count("<img") == 6
    for row in range(2):
        for picture in (pair.presized[row], pair.naive[row], pair.amplified(4)[row]):
            assert image(as_image(picture), "").split('"')[1] in panel.pair.value
        assert f"mean {pair.mean[row]:.3f} · largest {pair.largest[row]:.2f}" in panel.pair.value
        assert f"{len(pair.naive_steps[row])} interpolations" in panel.pair.value
        assert ", ".join(pair.naive_steps[row]) in panel.pair.value
    assert "padding" in panel.pair.value
    comms.press(panel.view_buttons["pictures"])
    assert panel.grid.layout.display != "none"


# -- the last value wins --


def test_a_slider_that_is_dragged_is_never_behind(comms, dls, make, monkeypatch):
    panel = make(dls)
    begun, gate, angles = threading.Semaphore(0), threading.Semaphore(0), []
    plain = stages.draws

    def slow(preview, tfm, seed):
        angles.append(tfm.rotate)
        begun.release()
        assert gate.acquire(timeout=PATIENCE)
        return plain(preview, tfm, seed)

    monkeypatch.setattr(stages, "draws", slow)
    move(comms, panel, "rotate", 1)
    assert begun.acquire(timeout=PATIENCE)
    for angle in range(2, 60):
        move(comms, panel, "rotate", angle)
        assert panel.parameters.rotate == angle  # the kernel answers at once
    gate.release(2)
    panel.wait(PATIENCE)
    assert angles == [1, 59]
    assert shows(panel, lab.aug_transforms(size=48, min_scale=0.6, rotate=59))


def test_closing_while_it_draws_leaves_nothing(comms, dls, nothing_left_open):
    panel = AugmentPanel(dls)
    _ = panel.widget
    for angle in range(5):
        panel.set(rotate=angle)
    panel.close()
    panel.close()
    assert repr(panel) == "AugmentPanel: closed"


def test_an_update_sends_the_draws_only(comms, dls, make):
    panel = make(dls)
    comms.forget()
    move(comms, panel, "rotate", 30)
    panel.wait(PATIENCE)
    drawn = sum(len(column.value) for column in panel.columns)
    assert comms.of(panel.before) == []
    assert comms.size() < drawn + 4000


# -- bad input --


def test_pictures_that_were_deleted_say_so_and_the_others_go_on(tmp_path, make):
    folder = picture_folder(tmp_path / "pictures", each=4)
    dls = small_dls(folder, item_tfms=lambda picture: picture.resize((32, 32)))  # nothing is kept on disk
    gone = Preview(dls, 4).indices[1]
    dls.train.pictures.sources[gone].unlink()
    panel = make(dls)
    for widget, times in ((panel.before, 2), (panel.columns[0], 1), (panel.columns[2], 1)):
        assert widget.value.count("<span>The file does not exist.</span>") == times
        assert widget.value.count("<img") == 3 * times
    assert panel.alarm.value == ""
    panel.show("presizing")
    panel.wait(PATIENCE)
    assert panel.pair.value.count("<img") == 6
    assert panel.snapshot().width > 100


def test_what_the_cache_has_is_shown_when_all_files_are_gone(dls, make):
    for path in dls.train.pictures.paths:
        path.unlink()
    panel = make(dls)
    assert panel.before.value.count("The file does not exist.") == 4
    assert panel.before.value.count("<img") == 4
    assert shows(panel, STRONG)


def test_all_pictures_gone(folder, make):
    dls = small_dls(folder, item_tfms=lambda picture: picture.resize((32, 32)))
    for path in dls.train.pictures.paths:
        path.unlink()
    panel = make(dls)
    assert panel.columns[0].value.count("The file does not exist.") == 4
    panel.show("presizing")
    panel.wait(PATIENCE)
    assert "<img" not in panel.pair.value
    assert panel.alarm.value == ""


def test_hostile_names_are_text(tmp_path, make):
    for label in (HOSTILE, "cat"):
        (tmp_path / label).mkdir()
        for number in range(4):
            Image.new("RGB", (40, 40), (60 * number, 90, 9)).save(tmp_path / label / f"{HOSTILE}{number}.png")
    panel = make(small_dls(tmp_path), n=8)
    panel.show("presizing")
    panel.wait(PATIENCE)
    for widget in (panel.before, *panel.columns, panel.pair):
        assert HOSTILE not in widget.value
        assert escape(HOSTILE) in widget.value
    assert panel.snapshot().width > 100


def test_data_without_random_changes_begins_with_the_usual_ones(comms, folder, make):
    panel = make(small_dls(folder, batch_tfms=None))
    assert panel.code() == "aug_transforms()"
    comms.press(panel.preset_buttons["as the data has it"])
    assert panel.transform.random is False
    assert panel.chosen() == "as the data has it"


def test_a_transform_of_your_own_cannot_be_put_on_sliders(comms, folder, make):
    def own(pictures, train, generator):
        return pictures.float() / 255

    panel = make(small_dls(folder, batch_tfms=own))
    button = panel.preset_buttons["as the data has it"]
    assert button.disabled
    assert "got a function, which has other parameters" in button.tooltip
    assert panel.chosen() == "side on"
    with pytest.raises(ValueError, match="got a function"):
        panel.preset("as the data has it")


def test_pictures_of_several_sizes_are_a_sentence_and_a_resize_is_its_remedy(tmp_path, make):
    for label in "ab":
        (tmp_path / label).mkdir()
        for number in range(3):
            Image.new("RGB", (40 + number, 30), "red").save(tmp_path / label / f"{number}.png")
    panel = make(small_dls(tmp_path, item_tfms=None))
    assert "Add item_tfms=Resize(...)" in panel.alarm.value
    assert panel.alarm.layout.display != "none"
    assert panel.before.value.count("<img") == 8
    assert panel.snapshot().width > 100
    panel.show("presizing")
    panel.wait(PATIENCE)
    assert "Add item_tfms=Resize(...)" in panel.alarm.value
    assert panel.snapshot().width > 100


def test_pictures_in_memory_in_grey_and_fewer_than_n(make):
    pictures = [Image.new("L", (40 + i, 36), 40 * i) for i in range(5)]
    block = lab.DataBlock(
        get_items=lambda _: pictures,
        get_y=lambda picture: "bright" if picture.getpixel((0, 0)) > 50 else "dark",
        splitter=lab.IndexSplitter([3, 4]),
        item_tfms=lab.Resize(32),
        batch_tfms=lab.aug_transforms(),
    )
    panel = make(block.dataloaders(".", bs=2), n=9)
    assert panel.before.value.count("<img") == 6
    assert panel.state() == "3 of 3 pictures · seed 0"
    assert shows(panel, lab.aug_transforms())


# -- without a browser --


def test_the_snapshot_shows_the_grid_before_it_is_displayed(comms, dls):
    panel = AugmentPanel(dls, n=2, draws=2)
    (sheet,) = panel.pictures()
    batch = panel.trial.look.preview.batch(STRONG, 2)
    columns, first = 4, as_image(batch[0, 0])
    assert sheet.width > columns * stages.SHEET
    left, top = 8 + 2 * (stages.SHEET + 8), 8
    shown = sheet.crop((left, top, left + stages.SHEET, top + stages.SHEET)).resize(first.size)
    gap = np.asarray(shown).astype(float) - np.asarray(first)
    assert np.abs(gap).mean() < 12
    assert panel.snapshot(400).width == 800
    panel.show("presizing")
    assert panel.snapshot(400).width == 800
    assert comms.opened == 0
    panel.close()


def test_its_words_are_the_same_in_each_run(dls):
    panels = [AugmentPanel(dls), AugmentPanel(dls)]
    for panel in panels:
        panel.new_draw()
        panel.show("presizing")
    words = "AugmentPanel: presizing · 2 of 10 pictures · seed 1 · as the data has it · "
    assert {repr(panel) for panel in panels} == {f"{words}{panels[0].code()}"}
    for panel in panels:
        panel.close()
