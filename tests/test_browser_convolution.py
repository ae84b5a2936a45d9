"""The convolution panel in a real JupyterLab, as a user would use it."""

import pytest
from test_browser_course import Lesson

from lab.panels.convolution.patch import size_text
from lab.panels.convolution.words import MINUS

pytestmark = pytest.mark.browser

CELL = "import lab, torch, torch.nn.functional as F\npanel = lab.ConvolutionPanel()\npanel"


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 1040), ("light", 620)])
def test_a_kernel_is_followed_over_the_patch(notebook, theme, width):
    book = notebook([CELL], theme=theme, width=width, height=1000)
    book.run(0)
    panel = book.output(0)
    maps = panel.locator(".js-plotly-plot")
    maps.nth(1).locator(".scatterlayer").wait_for()
    book.until(f"panel.theme == '{theme}'")
    name = f"{theme}-{width}"
    book.screenshot(f"convolution-start-{name}")
    before = panel.bounding_box()["height"]

    panel.get_by_label("kernel", exact=True).select_option("vertical edge")
    panel.get_by_text("Right minus left").wait_for()
    book.click_plot(maps.nth(1), 5.5 / 12, 4.5 / 12)
    book.until("panel.record.place == (4, 5)")
    panel.get_by_text(f"0.9·({MINUS}1) + 0.9·0 + 0.3·1").wait_for()
    panel.get_by_role("button", name="Slide").click()
    book.until("panel.record.place == (4, 6)")
    panel.get_by_label("row", exact=True).fill("7")
    panel.get_by_label("row", exact=True).press("Enter")
    book.until("panel.record.place == (7, 6)")
    book.screenshot(f"convolution-edge-{name}")

    weight = panel.get_by_label("weight, row 1, column 2", exact=True)
    weight.fill("2")
    weight.press("Enter")
    book.until("panel.record.layer.weights[0][1][2] == 2")
    panel.get_by_label("padding").select_option("1")
    panel.get_by_text("ReLU", exact=True).click()
    panel.get_by_text("max pooling").click()
    book.until("panel.output.shape == (7, 7) and panel.record.layer.relu")
    panel.get_by_text(" → ".join([size_text(14, 14), size_text(14, 14), size_text(7, 7)])).wait_for()
    book.screenshot(f"convolution-pooled-{name}")
    if width > 1000:
        assert panel.bounding_box()["height"] - before < 2, "what lies below the panel moved"

    panel.get_by_text("colour", exact=True).click()
    book.until("panel.record.colour")
    maps.nth(0).locator(".imagelayer image").first.wait_for(state="attached")
    book.click_plot(maps.nth(0), 9.5 / 16, 6.5 / 16)  # row 5, column 8 of the picture in its colours
    book.until("panel.record.place == (2, 4)")
    panel.get_by_label("show", exact=True).select_option("blue")
    maps.nth(0).locator(".textpoint", has_text="0.7").first.wait_for()
    book.screenshot(f"convolution-colour-{name}")
    panel.get_by_label("kernel", exact=True).select_option("pocketnet 6")
    panel.get_by_text("learned, not designed").wait_for()
    book.screenshot(f"convolution-learned-{name}")
    line = panel.locator("code").inner_text()
    assert book.kernel(f"torch.equal(({line})[0, 0], panel.output)") == "True"
    assert book.errors == []


def test_the_notebook_is_played_and_its_panel_exercise_solved_by_hand(notebook):
    lesson = Lesson(notebook, "07_what_a_layer_does")
    book = lesson.book
    shown = lesson.play_to("mine = lab.ConvolutionPanel()")
    panel = lesson.panel(shown)
    for row in range(3):
        for column, number in ((0, "1"), (2, "-1")):
            weight = panel.get_by_label(f"weight, row {row}, column {column}", exact=True)
            weight.fill(number)
            weight.press("Enter")
            book.until(f"mine.record.layer.weights[0][{row}][{column}] == {number}")
    weight = panel.get_by_label("weight, row 1, column 1", exact=True)
    weight.fill("0")
    weight.press("Enter")
    panel.get_by_text("ReLU", exact=True).click()
    panel.get_by_text("max pooling").click()
    book.until("mine.output.shape == (6, 6)")
    lesson.picture("left-edge", panel)
    checked = lesson.play_to('course.check("left_edge", mine)')
    assert "✓ left_edge: right." in book.output_text(checked)
    lesson.play_to_the_end()
