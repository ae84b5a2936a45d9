"""What every test gets: a home of its own for caches, and a quiet terminal."""

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Caches and samples go to a fresh folder, so that no test meets another's."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PAWLAB_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Small sample sets, each drawn once for the whole session, at `drawn(name)`. Copy it to write."""
    from lab.drawn import draw_sample

    folder, per_class = tmp_path_factory.mktemp("drawn"), {"dogscats": 40, "dogbreeds": 4}

    def sample(name):
        path = folder / name
        return path if path.exists() else draw_sample(name, path, per_class=per_class[name])

    return sample
