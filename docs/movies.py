"""The moving pictures of the panels on the site's home page: `python docs/movies.py [PANEL ...]`.

Each is recorded in JupyterLab in headless Chromium, by the driver of the browser tests, and written to
docs/_static as an animated WebP of at most 500 kB.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import chromium  # noqa: E402
import jupyterprocess  # noqa: E402
from jupyter import Notebook  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

LIMIT = 500_000  # bytes
WIDTH = 720  # pixels of the movie
HEIGHT = 2000  # of the window: a panel has to fit into it
PREPARE = """
import lab
path = lab.untar_data(lab.URLs.SAMPLE_PETS)
dls = lab.ImageDataLoaders.from_name_re(
    path, lab.get_image_files(path / "images"), r"(.+)_\\d+.jpg$", item_tfms=lab.Resize(112),
    batch_tfms=lab.aug_transforms(size=96, min_scale=0.75), bs=32)
learn = lab.cnn_learner(dls, lab.pocketnet, metrics=lab.error_rate, seed=0, precompute=True)
learn.fit_one_cycle(1, 4e-3)
interp = lab.ClassificationInterpretation.from_learner(learn)
picture = dls.valid.pictures.paths[3]
"""
Shots = Iterator[int]  # how long the picture stays, in milliseconds


def finder(book: Any, panel: Any) -> Shots:
    panel.get_by_role("button", name="Run").first.click()
    for _ in range(14):
        yield 250
    book.until("not panel.worker.busy")
    yield 900
    book.click_plot(panel.locator(".js-plotly-plot"), 0.55, 0.3)
    yield 1800


def training(book: Any, panel: Any) -> Shots:
    book.kernel("panel.choose(epochs=40)")
    yield 800
    panel.get_by_role("button", name="Start").click()
    for _ in range(22):
        yield 250
    panel.get_by_role("button", name="Stop").click()
    book.until("not panel.run.worker.busy")
    book.page.wait_for_timeout(600)  # until both charts are drawn
    yield 1800


def augment(book: Any, panel: Any) -> Shots:
    panel.locator("img").nth(3).wait_for()
    yield 900
    handle = panel.locator(".paw-sliders .noUi-handle").nth(1)
    for _ in range(4):
        for _ in range(6):
            handle.press("ArrowRight")
        book.page.wait_for_timeout(700)
        yield 700
    panel.get_by_role("button", name="New draw").click()
    book.page.wait_for_timeout(900)
    yield 1500


def schedule(book: Any, panel: Any) -> Shots:
    yield 1000
    for change in (
        "pct_start=0.5",
        "kind='sgdr', n_cycles=3, cycle_mult=2",
        "kind='one_cycle', lr=slice(1e-5, 1e-3)",
    ):
        book.kernel(f"panel.choose({change})")
        book.page.wait_for_timeout(600)
        yield 1500


def loss(book: Any, panel: Any) -> Shots:
    yield 1000
    handle = panel.get_by_role("slider").nth(1)
    for _ in range(6):
        for _ in range(6):
            handle.press("ArrowRight")
        book.page.wait_for_timeout(350)
        yield 450
    panel.get_by_role("button", name="Try 1000").click()
    book.page.wait_for_timeout(600)
    yield 1800


def gallery(book: Any, panel: Any) -> Shots:
    panel.locator(".paw-card img").nth(3).wait_for()
    yield 1200
    book.kernel("panel.open(*interp.most_confused()[0][:2])")
    book.page.wait_for_timeout(1200)
    yield 1500
    panel.locator(".paw-card").first.get_by_role("button", name="relabel").click()
    panel.locator(".paw-badge").first.wait_for()
    yield 1200
    panel.locator(".paw-enlarge").nth(1).click()
    book.page.wait_for_timeout(700)
    yield 1800


def inside(book: Any, panel: Any) -> Shots:
    panel.locator(".paw-maps img").first.wait_for()
    yield 1200
    for _ in range(3):
        panel.get_by_role("button", name="Next").click()
        book.page.wait_for_timeout(1500)
        yield 1200


def predict(book: Any, panel: Any) -> Shots:
    yield 900
    book.kernel("panel.predict(picture)")
    panel.locator(".paw-photo img").nth(1).wait_for()
    yield 1500
    panel.get_by_role("button", name="Nearest training pictures").click()
    panel.locator(".paw-near figure").nth(5).wait_for()
    yield 2000


def convolution(book: Any, panel: Any) -> Shots:
    panel.locator(".js-plotly-plot").nth(1).locator(".scatterlayer").wait_for()
    yield 1000
    panel.get_by_label("kernel", exact=True).select_option("vertical edge")
    book.page.wait_for_timeout(700)
    yield 900
    for _ in range(6):
        panel.get_by_role("button", name="Slide").click()
        book.page.wait_for_timeout(500)
        yield 500
    panel.get_by_text("ReLU", exact=True).click()
    book.page.wait_for_timeout(700)
    yield 1000
    panel.get_by_text("max pooling").click()
    book.page.wait_for_timeout(700)
    yield 2000


MOVIES: dict[str, tuple[str, Callable[[Any, Any], Shots]]] = {
    "finder": ("lab.LRFinderPanel(lab.cnn_learner(dls, lab.pocketnet, seed=0))", finder),
    "training": ("lab.TrainingPanel(learn)", training),
    "augment": ("lab.AugmentPanel(dls)", augment),
    "schedule": ("lab.SchedulePanel(learn)", schedule),
    "loss": ("lab.LossPanel()", loss),
    "gallery": ("lab.GalleryPanel(interp)", gallery),
    "inside": ("lab.InsidePanel(learn)", inside),
    "predict": ("lab.PredictPanel(learn)", predict),
    "convolution": ("lab.ConvolutionPanel()", convolution),
}


def record(browser: Any, server: Any, name: str) -> Path:
    """Record the movie of one panel; returns its file."""
    code, act = MOVIES[name]
    book = Notebook(
        browser, server, f"movie-{name}", [PREPARE, f"panel = {code}\npanel"], "light", (980, HEIGHT), "lab"
    )
    frames: list[tuple[Image.Image, int]] = []
    try:
        book.open()
        book.run(0, timeout=300)
        book.run(1)
        panel = book.output(1).locator(".paw-panel")
        panel.wait_for()
        book.page.wait_for_timeout(2500)
        for shown in act(book, panel):
            book.page.mouse.move(0, 0)
            frames.append((Image.open(io.BytesIO(panel.screenshot())).convert("RGB"), shown))
            if shown <= 300:
                book.page.wait_for_timeout(shown)
    finally:
        book.close()
    return write(name, frames)


def write(name: str, frames: list[tuple[Image.Image, int]]) -> Path:
    """The frames as one animated WebP, of the best quality that stays below the limit."""
    height = max(picture.height for picture, _ in frames) * WIDTH // frames[0][0].width
    pages = []
    for picture, _ in frames:
        page = Image.new("RGB", (WIDTH, height), "white")
        page.paste(picture.resize((WIDTH, picture.height * WIDTH // picture.width), Image.Resampling.LANCZOS))
        pages.append(page)
    for quality in (80, 60, 40, 25, 15):
        buffer = io.BytesIO()
        options = {"duration": [shown for _, shown in frames], "loop": 0, "quality": quality, "method": 6}
        pages[0].save(buffer, "WEBP", save_all=True, append_images=pages[1:], **options)
        if buffer.tell() <= LIMIT:
            break
    path = HERE / "_static" / f"{name}.webp"
    path.write_bytes(buffer.getvalue())
    print(f"{path.name}: {len(frames)} frames, quality {quality}, {buffer.tell() / 1000:.0f} kB", flush=True)
    return path


def main(names: list[str]) -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        server = jupyterprocess.Server(Path(folder))
        try:
            for name in names or list(MOVIES):
                record(browser, server, name)
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
