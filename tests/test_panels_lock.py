"""One run at a time, and questions between its batches."""

import threading
import time

import pytest
import torch
from fakes import TensorLoaders
from torch import nn

import lab
from lab.core.schedules import flat
from lab.panels.frame.lock import LearnerLock, lock_of
from lab.training.checks import LearnerBusyError

PATIENCE = 30  # seconds


def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_one_run_at_a_time_and_the_next_after_it(tmp_path):
    learn = make_learner(tmp_path)
    with learn.claimed("fit"):
        assert learn.owner == "fit"
        with pytest.raises(
            LearnerBusyError, match=r"^lr_find: this learner is in use by fit\. Stop that, or wait"
        ):
            learn.claimed("lr_find").__enter__()
        assert learn.owner == "fit"
    assert learn.owner is None
    with learn.claimed("lr_find"):
        assert learn.owner == "lr_find"


def test_a_run_that_fails_gives_its_turn_back(tmp_path):
    learn = make_learner(tmp_path)
    with pytest.raises(ZeroDivisionError), learn.claimed("fit"):
        1 / 0  # noqa: B018
    assert learn.owner is None


def test_only_one_of_many_that_start_at_once_gets_the_turn(tmp_path):
    learn, barrier, got = make_learner(tmp_path), threading.Barrier(8), []

    def start():
        barrier.wait(PATIENCE)
        try:
            with learn.claimed("fit"):
                got.append("ran")
                barrier.wait(PATIENCE)
        except LearnerBusyError:
            got.append("refused")
            barrier.wait(PATIENCE)

    threads = [in_thread(start) for _ in range(8)]
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(got) == ["ran"] + ["refused"] * 7


def test_a_question_waits_for_the_end_of_the_batch_and_the_next_batch_for_the_question():
    lock, said = LearnerLock(), []
    in_batch, asked, answer = threading.Event(), threading.Event(), threading.Event()

    def train():
        with lock.exclusive():
            said.append("batch 1")
            in_batch.set()
            assert asked.wait(PATIENCE)
            said.append("end 1")
        with lock.exclusive():
            said.append("batch 2")

    def ask():
        with lock.exclusive():
            said.append("question")
            assert answer.wait(PATIENCE)
            said.append("answer")

    trainer = in_thread(train)
    assert in_batch.wait(PATIENCE)
    asker = in_thread(ask)
    deadline = time.monotonic() + PATIENCE
    while not lock._queue:
        assert time.monotonic() < deadline
    asked.set()
    while "question" not in said:
        assert time.monotonic() < deadline
    answer.set()
    for thread in (trainer, asker):
        thread.join(PATIENCE)
    assert said == ["batch 1", "end 1", "question", "answer", "batch 2"]


def test_a_question_is_not_starved_by_batch_after_batch():
    lock, end, batches = LearnerLock(), threading.Event(), []

    def train():
        while not end.is_set():
            with lock.exclusive():
                batches.append(1)

    trainer = in_thread(train)
    for _ in range(50):
        with lock.exclusive():
            before = len(batches)
            time.sleep(0.001)
            assert len(batches) == before  # nothing is trained meanwhile
    end.set()
    trainer.join(PATIENCE)
    assert not trainer.is_alive()
    assert len(batches) > 0


def test_a_question_within_a_question_or_a_batch_does_not_wait_for_itself():
    lock = LearnerLock()
    with lock.exclusive(), lock.exclusive(), lock.exclusive():
        pass
    other = in_thread(lambda: lock.exclusive().__enter__())  # all were given back
    other.join(PATIENCE)
    assert not other.is_alive()


def test_whoever_is_interrupted_while_waiting_leaves_the_queue(monkeypatch):
    lock, inside, leave = LearnerLock(), threading.Event(), threading.Event()

    def hold():
        with lock.exclusive():
            inside.set()
            leave.wait(PATIENCE)

    holder = in_thread(hold)
    assert inside.wait(PATIENCE)
    with monkeypatch.context() as patch:

        def interrupted(_):
            raise KeyboardInterrupt

        patch.setattr(lock._changed, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lock.exclusive().__enter__()
    leave.set()
    holder.join(PATIENCE)
    with lock.exclusive():
        pass


def test_a_question_that_fails_lets_the_batches_go_on():
    lock = LearnerLock()
    with pytest.raises(ZeroDivisionError), lock.exclusive():
        1 / 0  # noqa: B018
    done = []
    trainer = in_thread(lambda: done.append(lock.exclusive().__enter__()))
    trainer.join(PATIENCE)
    assert done == [None]


def make_learner(folder):
    lab.set_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
    return lab.Learner(TensorLoaders(folder), model, metrics=lab.accuracy)


def train_in_background(learn, epochs, between=lambda: None):
    """As a panel does it: each event within a batch's turn."""

    def train():
        with learn.claimed("test"):
            events = learn.steps(epochs, flat(1e-2))
            while True:
                with lock_of(learn.model).exclusive():
                    event = next(events, None)
                if event is None:
                    return
                between()

    return in_thread(train)


def test_predictions_meanwhile_leave_the_training_bit_identical(tmp_path):
    alone = make_learner(tmp_path)
    state = torch.get_rng_state()
    train_in_background(alone, 8).join(PATIENCE)
    asked = make_learner(tmp_path)
    torch.set_rng_state(state)
    answers, wanted = [], threading.Semaphore(0)
    trainer = train_in_background(asked, 8, between=wanted.release)
    for _ in range(10):
        assert wanted.acquire(timeout=PATIENCE)
        assert not asked.model.training or len(asked.history.steps) < 48
        answers.append(asked.get_preds()[0])
    trainer.join(PATIENCE)
    assert asked.history.frame("steps").equals(alone.history.frame("steps"))
    ours, theirs = asked.model.state_dict(), alone.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert not torch.equal(answers[0], answers[-1])  # the model learnt between the questions


def test_a_prediction_meanwhile_sees_the_model_in_eval_mode(tmp_path):
    learn = make_learner(tmp_path)
    trainer = train_in_background(learn, 5)
    for _ in range(5):
        with lock_of(learn.model).exclusive():  # within one question the model stands still
            one, other = learn.get_preds()[0], learn.get_preds()[0]
        assert torch.equal(one, other)  # no dropout, and batch norm took no notice
    trainer.join(PATIENCE)


def test_a_fit_meanwhile_is_refused(tmp_path):
    learn = make_learner(tmp_path)
    with learn.claimed("TrainingPanel"):
        for train in (lambda: learn.fit(1), lambda: learn.lr_find(show=False)):
            with pytest.raises(LearnerBusyError, match="in use by TrainingPanel"):
                train()
    assert learn.runs == []


@pytest.mark.parametrize("way", ["fit", "steps"])
def test_a_question_from_a_panel_does_not_disturb_a_fit_in_the_foreground(tmp_path, way):
    def train(learn):
        if way == "fit":
            learn.fit(6, 1e-2)
        else:
            list(learn.steps(6, lab.flat(1e-2)))

    asked, alone = make_learner(tmp_path), make_learner(tmp_path)
    torch.manual_seed(3)
    train(alone)
    over, problems = threading.Event(), []

    def ask():
        while not over.is_set():
            try:
                asked.get_preds()
            except Exception as problem:
                problems.append(problem)

    panel = threading.Thread(target=ask)
    panel.start()
    torch.manual_seed(3)
    train(asked)
    over.set()
    panel.join(PATIENCE)
    assert problems == []
    ours, theirs = asked.model.state_dict(), alone.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
