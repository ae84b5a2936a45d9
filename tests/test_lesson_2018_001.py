"""The short form of the 2018 lesson on learning rates, from its first cell to its last, on drawn pictures."""
# ruff: noqa: F403, F405  (as in the lesson, all names come from the star)

import pytest
from course2018 import cycle_starts, own_copy, right_in_training, rows

from lab.classic import *


def test_the_lesson_from_its_first_cell_to_its_last(drawn, tmp_path, capsys):
    PATH, sz, arch = own_copy(drawn("dogscats"), tmp_path), 64, pocketnet  # noqa: N806
    data = ImageClassifierData.from_paths(PATH, tfms=tfms_from_model(arch, sz))

    learn = ConvLearner.pretrained(arch, data, precompute=True, seed=0)
    lrf = learn.lr_find()
    assert len(lrf.lrs) > 20, "enough of a curve, although an epoch has two batches only"
    rates = learn.sched.plot_lr().data[0].y
    assert rates[0] == pytest.approx(1e-5)
    assert list(rates) == sorted(rates)

    tfms = tfms_from_model(arch, sz, aug_tfms=transforms_side_on, max_zoom=1.1)

    def get_augs():
        data = ImageClassifierData.from_paths(PATH, bs=2, tfms=tfms, num_workers=1)
        x, _ = next(iter(data.aug_dl))
        return data.trn_ds.denorm(x)[1]

    ims = np.stack([get_augs() for i in range(6)])
    assert 0 <= ims.min() <= ims.max() <= 1
    assert isinstance(plots(ims, rows=2), PIL.Image.Image)

    data = ImageClassifierData.from_paths(PATH, tfms=tfms, bs=16)
    learn = ConvLearner.pretrained(arch, data, precompute=True, seed=0)
    capsys.readouterr()
    learn.fit(1e-2, 1)
    learn.precompute = False
    learn.fit(1e-2, 3, cycle_len=1)
    assert [row[0] for row in rows(capsys.readouterr().out)] == [0, 0, 1, 2]
    assert cycle_starts(learn.sched) == [0, 1, 2]
    body = [p.clone() for p in learn.model.body.parameters()]

    learn.save("224_lastlayer")
    learn.load("224_lastlayer")
    learn.unfreeze()
    lr = np.array([1e-4, 1e-3, 1e-2])
    learn.fit(lr, 3, cycle_len=1, cycle_mult=2)
    printed = rows(capsys.readouterr().out)
    assert len(printed) == 7
    assert all(0 <= row[3] <= 1 for row in printed)
    assert not all(torch.equal(a, b) for a, b in zip(body, learn.model.body.parameters(), strict=True))
    assert right_in_training(learn) > 0.85
