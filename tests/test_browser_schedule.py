"""The schedule panel in a real JupyterLab, as a user would use it."""

import pytest

pytestmark = pytest.mark.browser

CELL = "import lab\npanel = lab.SchedulePanel()\npanel"
EXPLODE = "panel.choose(groups=('body', '<img src=x onerror=alert(1)>'))"


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 900)])
def test_a_schedule_is_drawn_as_its_fields_are_changed(notebook, theme, width):
    book = notebook([CELL, EXPLODE], theme=theme, width=width)
    book.run(0)
    panel = book.output(0)
    panel.locator(".js-plotly-plot .legend").wait_for()
    book.until(f"panel.theme == '{theme}'")
    book.screenshot(f"schedule-one-cycle-{theme}-{width}")
    rate = panel.get_by_label("rate", exact=True)
    rate.fill("slice(1e-5, 1e-3)")
    rate.press("Enter")
    book.until("panel.choice.lr == slice(1e-5, 1e-3)")
    panel.get_by_label("schedule").select_option("SGDR")
    book.until("panel.choice.kind == 'sgdr'")
    times = panel.get_by_label("multiplier")
    times.fill("2")
    times.press("Enter")
    book.until("panel.choice.cycle_mult == 2")
    panel.locator("code", has_text="learn.fit_sgdr(3, slice(1e-5, 1e-3), cycle_mult=2)").wait_for()
    plot = panel.locator(".nsewdrag").first
    box = plot.bounding_box()
    book.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    panel.locator(".hoverlayer", has_text="batch 3").wait_for()
    assert "group 3 " in panel.locator(".hoverlayer").text_content()
    book.screenshot(f"schedule-sgdr-{theme}-{width}")
    cycles = panel.get_by_label("cycles", exact=True)
    cycles.fill("0")
    cycles.press("Enter")
    panel.get_by_text("got n_cycles = 0").wait_for()
    book.screenshot(f"schedule-refused-{theme}-{width}")
    book.run(1)
    panel.get_by_role("cell", name="<img src=x onerror=alert(1)>").wait_for()
    assert panel.locator("img").count() == 0 and book.errors == []


FOCUSED = """() => {
    const style = getComputedStyle(document.activeElement);
    return [document.activeElement.tagName, style.outlineStyle, style.outlineWidth];
}"""


def test_by_key_alone_a_list_chooses_and_a_slider_has_a_name(notebook):
    book = notebook([CELL])
    book.run(0)
    panel = book.output(0)
    panel.get_by_role("slider", name="rising share").wait_for()
    panel.get_by_role("textbox", name="rising share").wait_for()
    panel.locator(".paw-title").click()
    for _ in range(10):
        book.page.keyboard.press("Tab")
        if book.page.evaluate(FOCUSED)[0] == "SELECT":
            break
    assert book.page.evaluate(FOCUSED) == ["SELECT", "solid", "2px"]
    book.page.keyboard.press("ArrowDown")
    book.until("panel.choice.kind == 'sgdr'")
    assert book.page.evaluate(FOCUSED)[0] == "SELECT" and book.errors == []
