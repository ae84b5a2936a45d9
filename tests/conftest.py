"""What every test gets: a home of its own for caches, and a quiet terminal."""

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Caches and samples go to a fresh folder, so that no test meets another's."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PAWLAB_HOME", str(home))
    return home
