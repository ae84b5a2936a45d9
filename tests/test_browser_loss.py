"""The loss panel in a real JupyterLab, as a user would use it."""

import pytest

pytestmark = pytest.mark.browser

CELL = "import lab, torch\npanel = lab.LossPanel()\npanel"


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 900)])
def test_activations_are_followed_to_the_loss(notebook, theme, width):
    book = notebook([CELL], theme=theme, width=width)
    book.run(0)
    panel = book.output(0)
    panel.locator(".js-plotly-plot .scatterlayer").wait_for()
    book.until(f"panel.theme == '{theme}'")
    book.screenshot(f"loss-start-{theme}-{width}")
    panel.get_by_role("slider").nth(1).focus()
    before = book.kernel("panel.steps.cross_entropy")
    for _ in range(5):
        book.page.keyboard.press("ArrowRight")
    book.until("panel.record.acts[1] == 1.5")
    assert float(book.kernel("panel.steps.cross_entropy")) > float(before)
    panel.get_by_label("right class").select_option("2")
    book.until("panel.record.target == 2")
    panel.get_by_role("button", name="Add a class").click()
    panel.get_by_role("slider").nth(3).wait_for()
    book.screenshot(f"loss-four-{theme}-{width}")
    panel.get_by_role("button", name="Try 1000").click()
    panel.get_by_text("Naive breaks: exp(1000)").wait_for()
    book.screenshot(f"loss-1000-{theme}-{width}")
    panel.get_by_role("button", name="Reset").click()
    panel.get_by_text("two classes, sigmoid").click()
    panel.get_by_text("which is sigmoid(a)").wait_for()
    book.screenshot(f"loss-two-{theme}-{width}")
    line = panel.locator("code").inner_text()
    assert book.kernel(f"({line}).item() == panel.steps.cross_entropy") == "True"
    assert book.errors == []
