"""The panels that look inside a network and predict, in a real JupyterLab, as a user would use them."""

import base64

import pytest
from jupyter import RUN
from PIL import Image

pytestmark = pytest.mark.browser

PREPARE = """
import os; os.environ["PAWLAB_HOME"] = {home!r}; os.environ["PAWLAB_QUIET"] = "1"
import lab
dls = lab.ImageDataLoaders.from_folder({path!r}, valid="valid", item_tfms=lab.Resize(128), bs=16)
learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0)
learn.freeze()
learn.fit_one_cycle(2, 1e-2)
"""


@pytest.fixture
def prepared(notebook, drawn, own_home):
    """A notebook whose first cell has trained a learner; its second cell displays `panel`."""

    def prepared(panel, **window):
        path = drawn("dogscats")
        first = PREPARE.format(home=str(own_home), path=str(path))
        book = notebook([first, f"panel = {panel}\npanel", "learn.fit_one_cycle(3, 1e-3)"], **window)
        book.run(0)
        book.run(1)
        return book

    return prepared


def chart_widths(panel):
    """For each chart, whether it is as wide as its place."""
    return panel.locator(".js-plotly-plot").evaluate_all(
        "plots => plots.map(p => Math.abs(p._fullLayout.width - p.parentElement.clientWidth) < 2)"
    )


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 900)])
def test_layers_and_maps_are_switched_and_a_fit_is_watched(prepared, theme, width):
    book = prepared("lab.InsidePanel(learn)", theme=theme, width=width)
    panel = book.output(1)
    panel.locator(".paw-maps img").first.wait_for()
    panel.locator(".paw-photo img").nth(1).wait_for()
    assert panel.locator(".paw-photo img").count() == 2
    panel.locator("label", has_text="layer").locator("xpath=..").locator("select").select_option(index=2)
    book.until("panel.looking.layer == list(panel.looking.layers)[2]")
    book.screenshot(f"inside-picture-{theme}-{width}", panel.locator(".paw-panel"))
    first = book.kernel("panel.looking.index")
    panel.get_by_role("button", name="Next").click()
    book.until(f"not panel.busy and panel.looking.answer.index == panel.looking.order[1] != {first}")
    panel.get_by_role("button", name="While it trains").click()
    panel.get_by_text("watch every training").click()
    book.until("panel.watching.on")
    book.run(2)
    panel.locator(".js-plotly-plot .heatmaplayer image").first.wait_for()
    assert int(book.kernel("panel.watching.steps")) > 5
    book.click_plot(panel.locator(".js-plotly-plot").nth(1), 0.5, 0.5)
    book.screenshot(f"inside-training-{theme}-{width}", panel.locator(".paw-panel"))
    book.poll(lambda: all(chart_widths(panel)), RUN, "a chart is not as wide as its place")
    before = panel.locator(".paw-panel").evaluate("panel => panel.clientWidth")
    book.page.set_viewport_size({"width": 1020, "height": 900})
    book.page.wait_for_function(f"document.querySelector('.paw-panel').clientWidth != {before}")
    fits = "plots.every(p => Math.abs(p._fullLayout.width - p.parentElement.clientWidth) < 2)"
    book.page.wait_for_function(f"(plots => {fits})([...document.querySelectorAll('.js-plotly-plot')])")
    assert book.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 900)])
def test_a_file_is_uploaded_predicted_and_compared(prepared, tmp_path, drawn, theme, width):
    book = prepared("lab.PredictPanel(learn)", theme=theme, width=width)
    panel = book.output(1)
    book.screenshot(f"predict-idle-{theme}-{width}")
    source = next((drawn("dogscats") / "valid" / "cats").glob("*.jpg"))
    mine, broken = tmp_path / "<img src=x onerror=alert(1)>.jpg", tmp_path / "note.jpg"
    Image.open(source).save(mine)
    broken.write_text("This is no picture.")

    def choose(file):
        with book.page.expect_file_chooser() as chooser:
            panel.locator("button", has_text="Choose a picture").click()
        chooser.value.set_files(file)

    choose(mine)
    panel.locator(".paw-photo img").nth(1).wait_for()
    assert book.kernel("panel.guessing.guess.name") == repr(mine.name)
    assert book.kernel(f"panel.guessing.guess.label == learn.predict({str(mine)!r})[0]") == "True"
    panel.get_by_role("button", name="Nearest training pictures").click()
    panel.locator(".paw-near figure").nth(7).wait_for()
    book.screenshot(f"predict-{theme}-{width}", panel.locator(".paw-panel"))
    book.poll(lambda: chart_widths(panel) == [True], RUN, "the chart is not as wide as its place")
    choose(broken)
    panel.locator(".paw-problem", has_text="'note.jpg' is text, not a picture").wait_for()
    assert book.locator("img[src=x]").count() == 0
    book.screenshot(f"predict-broken-{theme}-{width}")
    assert book.errors == []


def test_a_button_is_pressed_with_the_keyboard_with_five_panels_on_the_page(prepared):
    book = prepared(
        "lab.PredictPanel(learn)\n"
        "from IPython.display import display\n"
        "for other in range(4): display(lab.LossPanel())"
    )
    panel = book.output(1).locator(".paw-panel", has_text="Choose a picture")
    panel.locator(".paw-copy").wait_for(state="attached")  # its script has come
    chosen = panel.locator("button", has_text="Choose a picture")
    chosen.evaluate(
        "button => button.addEventListener('click', () => (button.pressed = 1 + (button.pressed ?? 0)))"
    )
    for times, key in enumerate(("Enter", " "), 1):
        chosen.focus()
        book.page.keyboard.press(key)  # JupyterLab would edit the cell with Enter
        assert chosen.evaluate("button => [button.pressed, button === document.activeElement]") == [
            times,
            True,
        ]
    book.page.keyboard.press("Control+Enter")  # the other keys stay Jupyter's: the cell is run again
    book.poll(lambda: book._prompt(1) not in ("[2]:", "[*]:"), 60, "Ctrl-Enter did not run the cell")
    assert book.errors == []


DROP = """async (panel, [name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    const event = type => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
    const inner = panel.querySelector(".paw-photo");
    inner.dispatchEvent(event("dragover"));
    const framed = panel.classList.contains("paw-drop");
    await new Promise(requestAnimationFrame);
    const taken = !inner.dispatchEvent(event("drop"));
    return [framed, taken, panel.classList.contains("paw-drop")];
}"""


def test_a_picture_is_dropped_on_the_panel(prepared, drawn):
    book = prepared("lab.PredictPanel(learn)")
    panel = book.output(1).locator(".paw-panel")
    source = next((drawn("dogscats") / "valid" / "dogs").glob("*.jpg"))
    dropped = base64.b64encode(source.read_bytes()).decode()
    # framed while it hovers; taken from the browser, which would open the file; no longer framed
    assert panel.evaluate(DROP, ["a dog.jpg", dropped]) == [True, True, False]
    panel.locator(".paw-photo img").nth(1).wait_for()
    assert book.kernel("panel.guessing.guess.name") == repr("a dog.jpg")
    assert book.kernel(f"panel.guessing.guess.label == learn.predict({str(source)!r})[0]") == "True"
    assert panel.evaluate(DROP, ["large.png", "A" * 13_400_000]) == [True, True, False]
    panel.locator(".paw-problem", has_text="'large.png' is larger than 10 MB").wait_for()
    book.screenshot("predict-dropped", panel)
    assert book.errors == []
