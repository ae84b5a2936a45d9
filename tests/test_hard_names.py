"""Labels and file names that a careless program trips over, from the folder to the exported model.

Each label goes through loading, a contact sheet, training, interpretation, every chart that writes labels,
saving and exporting, and comes out as it went in.
"""

import sys

import pytest
from small import draw_picture

import lab

LABELS = [
    "🐱 cat 😺",
    "كلب أبيض",
    "<b>dog</b> & \"q\" 's'",
    "two\nlines\tand tab",
    "x" * 150,
    "%s {0} $x \\n",
    "名",
]
NAMES = ["🐶 photo's {0} %s.png", "كلب & co; #1.png", f"{'long ' * 30}.png"]
POSIX_NAMES = ['<b>"bold".png', "two\nlines\t.png", "back\\slash: what?.png"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hard names") / "صور 📷"
    for number in range(len(LABELS)):
        (folder / str(number)).mkdir(parents=True)
        for seed, name in enumerate(NAMES if sys.platform == "win32" else NAMES + POSIX_NAMES):
            draw_picture(folder / str(number) / name, (30 * number, 90, 220 - 30 * number), seed)
    return folder


def label_of(path):
    return LABELS[int(path.parent.name)]


def test_hard_labels_and_names_go_through_everything_unchanged(folder, tmp_path, capsys):
    files = lab.get_image_files(folder)
    block = lab.DataBlock(
        get_y=label_of,
        splitter=lab.IndexSplitter(range(0, len(files), 3)),
        item_tfms=lab.Resize(32, method="squish"),
    )
    block.summary(folder)
    dls = block.dataloaders(folder)
    assert tuple(dls.vocab) == tuple(sorted(LABELS))
    assert dls.show_batch(2, 3).width > 0
    assert set(dls.class_counts()) == set(LABELS)

    learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, path=tmp_path, seed=0)
    learn.fit(1, 1e-3)
    assert learn.show_results(4).width > 0

    interp = lab.ClassificationInterpretation.from_learner(learn)
    assert {path.name for path in interp.paths} <= {path.name for path in files}
    assert set(interp.per_class().index) == set(LABELS)
    assert interp.plot_top_losses(4).width > 0
    for chart in (
        interp.plot_confusion_matrix(),
        interp.plot_per_class(),
        interp.plot_probabilities(0),
        dls.plot_classes(),
    ):
        assert "<b>dog" not in chart.to_json(), "a label is shown, never interpreted"

    learn.save("🐱 modèle")
    assert learn.load("🐱 modèle") is learn
    there = lab.load_learner(learn.export("كلب.safetensors"))
    assert tuple(there.vocab) == tuple(dls.vocab)
    for path in files[:6]:
        assert there.predict(path)[0] == learn.predict(path)[0]
