"""Scratch: looks."""
import pytest
import time
pytestmark = pytest.mark.browser
PREPARE = """
import os, sys; os.environ["PAWLAB_HOME"] = "/root/work/home"; sys.path.insert(0, "/root/work/gal")
from load import interp
import numpy as np, lab
from lab.panels.gallery import GalleryPanel
"""
BIG = """
rng = np.random.default_rng(0)
n = len(interp)
vocab = ["<img src=x onerror=alert(1)>", "a very long label that goes on and on and on, and still does not end here, nor here", *(f"breed {i:03}" for i in range(198))]
targets = rng.integers(0, 200, n); preds = np.where(rng.random(n) < .3, rng.integers(0, 200, n), targets)
targets[:5] = 0; preds[:5] = 1
probs = rng.random((n, 200)); probs[np.arange(n), preds] += 90
big = lab.ClassificationInterpretation(probs / probs.sum(axis=1, keepdims=True), targets, [*interp.paths[:-3], *("/nowhere/<img src=x onerror=alert(1)>.jpg",)*3], vocab)
panel = GalleryPanel(big)
panel
"""

def test_looks(notebook):
    book = notebook([PREPARE, "panel = GalleryPanel(interp)\npanel"], width=1280, height=1300)
    book.run(0)
    book.run(1)
    panel = book.output(1)
    try:
        panel.locator(".nsewdrag").wait_for(state="attached", timeout=40000)
    except Exception:
        book.screenshot("gal-fail"); print("FAIL", book.errors, book.kernel("panel"), panel.inner_text()[:500]); raise
    book.page.wait_for_timeout(800)
    pairs = eval(book.kernel("[(panel.view.interp.vocab.index(t), panel.view.interp.vocab.index(p), interp.confused(t, p)[0].path.name) for t, p, _ in panel.view.pairs[:6]]"))
    n = 37
    times = []
    for r, c, name in pairs:
        area = panel.locator(".nsewdrag"); box = area.bounding_box()
        x, y = box["x"] + (c + .5) / n * box["width"], box["y"] + (r + .5) / n * box["height"]
        book.page.mouse.move(x, y); book.page.wait_for_timeout(400)
        t = time.time(); book.page.mouse.click(x, y)
        panel.locator(f".paw-card img[alt^='{name}']").wait_for(); times.append(round(time.time() - t, 3))
    print("click to picture on screen", times)
    panel.get_by_text("most confused classes only").click()
    book.page.wait_for_timeout(900)
    book.screenshot("gal-focus")
    panel.locator(".paw-enlarge").first.click()
    panel.get_by_role("button", name="discard").last.click()
    book.page.wait_for_timeout(900)
    book.screenshot("gal-focus-large")

def test_big(notebook):
    book = notebook([PREPARE, BIG], width=1280, height=1300)
    book.run(0)
    book.run(1)
    panel = book.output(1)
    panel.locator(".nsewdrag").wait_for(state="attached")
    book.page.wait_for_timeout(800)
    panel.get_by_label("most confused", exact=True).select_option(index=1)
    book.page.wait_for_timeout(800)
    book.screenshot("gal-big")
    book.kernel("panel.show('all')"); book.kernel("[panel.next() for _ in range(40)]")
    book.page.wait_for_timeout(800)
    book.screenshot("gal-big-gone")
    panel.locator(".paw-enlarge").nth(5).click()
    book.page.wait_for_timeout(800)
    book.screenshot("gal-big-large")
    print(book.errors)
