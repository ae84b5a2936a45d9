"""What every test gets: a home of its own for caches, and a quiet terminal."""

import os

import pytest

from lab.charts.static import NoStillPicture

pytest_plugins = ("chromium", "comms", "jupyter")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A still picture needs Chrome: where there is none the test skips, except in CI."""
    try:
        return (yield)
    except NoStillPicture as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Caches and samples go to a fresh folder, so that no test meets another's."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PAWLAB_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def plain_precision(monkeypatch):
    """precision="auto" is float32, as on a CPU without bfloat16, so that numbers agree on every machine.

    Tests of mixed precision ask for it by name.
    """
    monkeypatch.setattr("lab.training.precision._cpu_has_bfloat16", lambda: False)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Small sample sets, each drawn once for the whole session, at `drawn(name)`. Copy it to write."""
    from lab.drawn import draw_sample

    folder, per_class = tmp_path_factory.mktemp("drawn"), {"dogscats": 40, "dogbreeds": 4}

    def sample(name):
        path = folder / name
        return path if path.exists() else draw_sample(name, path, per_class=per_class[name])

    return sample
