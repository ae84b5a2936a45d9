"""Progress: nothing for short work, the time left for long work, and nothing left behind."""

import sys
import threading
from types import SimpleNamespace

import pytest

from lab.progress import Progress, notify, redirect_progress, track


@pytest.fixture(autouse=True)
def loud(monkeypatch):
    monkeypatch.delenv("PAWLAB_QUIET", raising=False)


def pretend_it_began(progress, seconds_ago):
    progress._bar.start_t -= seconds_ago
    progress._bar.last_print_t -= seconds_ago


def test_short_work_shows_nothing(capsys):
    assert list(track(range(5), label="decoding")) == [0, 1, 2, 3, 4]
    assert capsys.readouterr() == ("", "")


def test_long_work_shows_its_label_count_and_time_left_on_stderr(capsys):
    with Progress(10, "decoding") as progress:
        pretend_it_began(progress, 30)
        progress.update(5)
        shown = capsys.readouterr()
    assert shown.out == ""
    assert "decoding:  50%" in shown.err
    assert "5/10 [00:30<00:30" in shown.err


def test_the_line_goes_away_at_the_end(capsys):
    with Progress(2, "decoding") as progress:
        pretend_it_began(progress, 30)
        progress.update()
        capsys.readouterr()
    assert capsys.readouterr().err.strip("\r \n") == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_line_goes_away_after_an_exception_as_well(capsys, error):
    with pytest.raises(error), Progress(2) as progress:
        pretend_it_began(progress, 30)
        progress.update()
        raise error
    assert capsys.readouterr().err.endswith("\r")
    assert progress._bar.disable
    progress.close()
    progress.update()
    assert capsys.readouterr().err == ""


def test_in_a_notebook_it_is_no_error_output(capsys, monkeypatch):
    shell = SimpleNamespace(has_trait=lambda name: name == "kernel")
    monkeypatch.setattr("lab.ipython.shell", lambda: shell)
    with Progress(10, "decoding") as progress:
        pretend_it_began(progress, 30)
        progress.update(5)
        shown = capsys.readouterr()
    assert shown.err == ""
    assert "decoding:  50%" in shown.out


def test_an_unknown_total_shows_the_count(capsys):
    with Progress(None, "reading") as progress:
        pretend_it_began(progress, 10)
        progress.update(7)
    assert "reading: 7it [00:10" in capsys.readouterr().err


@pytest.mark.parametrize("quiet", ["1", "true"])
def test_the_environment_silences_it(capsys, monkeypatch, quiet):
    monkeypatch.setenv("PAWLAB_QUIET", quiet)
    with Progress(10, "decoding") as progress:
        assert progress._bar.disable
        progress.update(5)
    assert list(track("abc")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("loud", ["", "0"])
def test_quiet_0_is_not_quiet(monkeypatch, loud):
    monkeypatch.setenv("PAWLAB_QUIET", loud)
    with Progress(10) as progress:
        assert not progress._bar.disable


def test_without_a_stderr_nothing_is_shown_and_nothing_fails(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert list(track([1, 2])) == [1, 2]


def test_track_takes_its_total_from_the_length_or_from_the_caller():
    seen = []

    class Spy(Progress):
        def __init__(self, total, label=""):
            seen.append(total)
            super().__init__(total, label)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lab.progress.Progress", Spy)
        list(track([1, 2, 3]))
        list(track(iter([1, 2, 3]), total=3))
        list(track(iter([1, 2, 3])))
    assert seen == [3, 3, None]


def test_leaving_a_loop_early_closes_the_line(capsys):
    items = track(range(100))
    next(items)
    items.close()
    assert capsys.readouterr().err == ""


def test_no_thread_is_left_behind():
    before = set(threading.enumerate())
    list(track(range(3)))
    assert set(threading.enumerate()) == before


def test_a_negative_total_is_refused():
    with pytest.raises(ValueError, match=r"Progress: total=-1. Give 0 or more steps"):
        Progress(-1)


class Heard:
    """A listener that writes down what it gets."""

    def __init__(self):
        self.steps, self.sentences = [], []

    def progress(self, label, done, total):
        self.steps.append((label, done, total))

    def message(self, sentence):
        self.sentences.append(sentence)


def test_a_listener_gets_progress_and_sentences_and_nothing_is_printed(capsys):
    heard = Heard()
    with redirect_progress(heard):
        list(track("abc", label="looking"))
        notify("a sentence")
        with Progress(2) as progress:
            progress.write("another")
    assert heard.steps == [("looking", 1, 3), ("looking", 2, 3), ("looking", 3, 3)]
    assert heard.sentences == ["a sentence", "another"]
    assert capsys.readouterr() == ("", "")


def test_a_listener_hears_its_own_thread_only(capsys):
    heard = Heard()
    with redirect_progress(heard):
        other = threading.Thread(target=notify, args=("from elsewhere",))
        other.start()
        other.join()
    notify("afterwards")
    assert heard.sentences == [] and capsys.readouterr().out == "from elsewhere\nafterwards\n"
