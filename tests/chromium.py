"""One headless Chromium for all browser tests of a session, and the rule for where there is none.

Playwright's sync interface can be started once at a time, so every browser test shares the fixture
`browser`. A test that needs a browser skips where there is none, and in CI fails. Registered as a pytest
plugin by `conftest.py`.
"""

import os
import shutil

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """The path of Chromium on this machine; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def missing() -> str | None:
    """Why there is no browser to test with; None when there is one."""
    try:
        import playwright.sync_api  # noqa: F401  only whether it is there
    except ImportError:
        return "playwright is not installed: pip install playwright"
    return None if executable() else "there is no `chromium` on the PATH"


def demand(reason: str | None) -> None:
    """Skip the test for a reason, if there is one; in CI fail, as CI must have what it takes."""
    if reason and os.environ.get("CI"):
        pytest.fail(f"CI must run the browser tests: {reason}")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """A Playwright `Browser`. Close the pages and contexts that you open."""
    demand(missing())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield chromium
        chromium.close()
