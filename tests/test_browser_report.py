"""The report in a real browser: charts are drawn, nothing is fetched, no label runs.

Needs Chromium and Playwright; skipped where they are not, except in CI.
"""

import pytest
from PIL import Image

from lab.charts import draw
from lab.report import Report

pytestmark = pytest.mark.browser

LABELS = (
    "cat",
    "<img src=x onerror=window.ran=1>",
    "</script><script>window.ran=1</script>",
    "<svg onload=window.ran=1>",
    '<a href="https://example.org/x.png" onmouseover=window.ran=1>dog</a>',
)


@pytest.fixture
def report(tmp_path):
    page = Report(f"Pets {LABELS[1]}", LABELS[2])
    page.fact(LABELS[3], LABELS[4])
    page.section(f"Pictures {LABELS[2]}", f"`{LABELS[1]}` and {LABELS[3]}")
    tiles = [Image.new("RGB", (40, 30), (i * 40, 90, 120)) for i in range(len(LABELS))]
    page.gallery(tiles, [f"{label}\n{label}" for label in LABELS], ["wrong"] * len(LABELS))
    page.figure(draw("class_counts", {label: (5 + i, 2) for i, label in enumerate(LABELS)}), LABELS[1])
    matrix = [[3 if row == column else 1 for column in range(len(LABELS))] for row in range(len(LABELS))]
    page.figure(draw("confusion_matrix", matrix, LABELS), LABELS[2])
    page.table(LABELS, [LABELS])
    return page.write(tmp_path / "my report 🐾.html")


@pytest.mark.parametrize("width", [1280, 400])
def test_charts_are_drawn_and_nothing_else_happens(browser, report, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_selector(".js-plotly-plot .bars .point path", state="attached")
    page.wait_for_selector(".js-plotly-plot .heatmaplayer image", state="attached")
    page.mouse.move(width / 2, 400)
    assert page.locator(".js-plotly-plot").count() == 2
    assert page.locator(".bars .point path").count() == 2 * len(LABELS)
    assert page.evaluate("window.ran") is None
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_chart_answers_the_mouse(browser, report):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    bar = page.locator(".js-plotly-plot .bars .point path").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".hoverlayer .hovertext")
    assert "cat: 5 train" in page.locator(".hovertext").first.text_content()
    page.close()


def test_a_browser_that_cannot_unpack_the_script_is_told_so(browser, report):
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.as_uri())
    page.get_by_text("This chart needs a newer browser").first.wait_for()
    assert page.locator(".js-plotly-plot").count() == 0
    page.close()


def test_a_script_that_slipped_into_the_page_could_not_run(browser, report, tmp_path):
    opened = report.read_text(encoding="utf-8").replace("<main>", "<main><img src=x onerror=window.ran=1>", 1)
    opened = opened.replace("<main>", "<main><script>window.ran = 1</script>", 1)
    changed = tmp_path / "changed.html"
    changed.write_text(opened, encoding="utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())
    page.wait_for_selector(".js-plotly-plot .bars")
    assert page.evaluate("window.ran") is None
    page.close()
