"""From nothing to the first batch, the first epoch and the first panel on a page: seconds, and bytes sent.

Each row of Python is a new process, the median of three; the drawn pets are there already. The page is
JupyterLab in headless Chromium, where there is one: from pressing Shift+Enter until the chart is drawn.
PYTHONPATH=. from the root.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lab

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

DATA = """
path = lab.untar_data(lab.URLs.SAMPLE_PETS)
dls = lab.ImageDataLoaders.from_name_re(
    path, lab.get_image_files(path / "images"), r"(.+)_\\d+.jpg$", item_tfms=lab.Resize(160),
    batch_tfms=lab.aug_transforms(size=128, min_scale=0.75), bs=64, seed=42)
"""
ROWS = {
    "import torch": "import torch",
    "import lab": "import lab",
    "import lab, first panel built (`LossPanel`)": "import lab\nlab.LossPanel().widget",
    "import lab, data from the cache, first batch": f"import lab\n{DATA}\nnext(iter(dls.train))",
    "the same, first epoch of the head": (
        f"import lab\n{DATA}\nlearn = lab.cnn_learner(dls, 'pocketnet', metrics=lab.error_rate, seed=0)\n"
        "learn.fit_one_cycle(1, 4e-3)"
    ),
}


def process(code: str) -> float:
    """Seconds of a new Python that runs the code, without those of one that runs nothing."""

    def timed(text: str) -> float:
        start = time.perf_counter()
        environment = {**os.environ, "PAWLAB_QUIET": "1"}
        subprocess.run([sys.executable, "-c", text], check=True, stdout=subprocess.DEVNULL, env=environment)
        return time.perf_counter() - start

    return statistics.median(timed(code) - timed("pass") for _ in range(3))


def on_a_page() -> dict[str, float]:
    """Seconds until a panel's chart is drawn: the first of a kernel, and a further one."""
    import chromium
    import jupyterprocess
    from jupyter import Notebook
    from playwright.sync_api import sync_playwright

    cells = ["import lab\nlab.LossPanel()", "lab.SchedulePanel()"]
    found: dict[str, float] = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        server = jupyterprocess.Server(Path(folder))
        book = Notebook(browser, server, "start", cells, "light", (1280, 1400), "lab")
        try:
            book.open()
            for number, name in enumerate(("first panel on a page", "a further panel on the page")):
                start = time.perf_counter()
                book.run_async(number)
                book.output(number).locator(".js-plotly-plot .main-svg").first.wait_for(state="attached")
                found[name] = time.perf_counter() - start
        finally:
            book.close()
            server.stop()
            browser.close()
    return found


def bytes_of_panels() -> dict[str, float]:
    """Megabytes that the first and a further panel send to the page."""
    from bench_panels import counted

    found = {}
    with counted() as comms:
        for name in ("first panel", "a further panel"):
            comms.forget()
            panel = lab.SchedulePanel()
            panel.widget  # noqa: B018  builds it
            found[f"sent for {name} (`SchedulePanel`)"] = comms.size() / 1e6
            panel.close()
    return found


def main() -> None:
    process(ROWS["the same, first epoch of the head"])  # draws, presizes and computes activations
    print("| from a new process until | seconds |\n|---|---|")
    for name, code in ROWS.items():
        print(f"| {name} | {process(code):.2f} |", flush=True)
    import chromium
    import jupyterprocess

    why = chromium.missing() or jupyterprocess.missing()
    for name, took in ({} if why else on_a_page()).items():
        print(f"| {name} | {took:.2f} |")
    if why:
        print(f"(the page was left out: {why})")
    for name, size in bytes_of_panels().items():
        print(f"| {name} | {size:.2f} MB |")


if __name__ == "__main__":
    main()
