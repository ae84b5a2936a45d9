"""Drives notebooks as a user does: real JupyterLab or Notebook 7 in headless Chromium.

    def test_a_press_is_counted(notebook):
        book = notebook(["import ipywidgets", "button = ipywidgets.Button(); button"])
        book.run(0)
        book.run(1)
        book.cell(1).locator("button.widget-button").click()
        book.until("clicked == 1")

$PAWLAB_LATENCY holds up all that goes between page and kernel by so many milliseconds each way, as far away
servers do: what a test reads before it has waited for it is found at once.

Mark a module that uses it `pytestmark = pytest.mark.browser`. Registered as a pytest plugin by `conftest.py`.
"""

import ast
import os
import queue
import re
import time
from pathlib import Path

import chromium
import jupyterprocess
import pytest

LOAD = 60  # seconds for a page to be there, on a busy machine
RUN = 60  # seconds for a cell to end, and for the kernel to answer
HOVER = 5  # seconds until plotly shows the point under the mouse
ADDRESSES = {"lab": "lab/workspaces/{stem}/tree/{name}?reset", "tree": "notebooks/{name}"}
WIDGET = "application/vnd.jupyter.widget-view+json"
PLOT = "element => element.closest('.js-plotly-plot') ?? element.querySelector('.js-plotly-plot')"
HOVERED = "graph => graph._hoverdata?.length"
# Whether plotly has drawn nothing and was not clicked for 400 ms: drawing forgets what is under the mouse,
# and two clicks within 300 ms are a double click.
QUIET = """graph => {
    if (!graph.busyAt) graph.on("plotly_afterplot", () => graph.busyAt = performance.now());
    graph.busyAt ??= performance.now();
    return performance.now() - graph.busyAt > 400;
}"""
# Holds up all that goes between page and kernel, in order: [late] milliseconds each way.
LATE = """
window.WebSocket = class extends WebSocket {
    send(data) { setTimeout(() => super.send(data), [late]); }
    set onmessage(heard) { super.onmessage = event => setTimeout(() => heard.call(this, event), [late]); }
};
"""


@pytest.fixture(scope="session")
def jupyter(browser, tmp_path_factory):
    """The session's `jupyterprocess.Server`. Processes of pytest-xdist share the pictures that they draw."""
    chromium.demand(jupyterprocess.missing())
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "jupyter-home"
    server = jupyterprocess.Server(tmp_path_factory.mktemp("jupyter"), home)
    yield server
    server.stop()


@pytest.fixture
def notebook(browser, jupyter, request):
    """notebook(cells, name=…, theme="light", width=1280, height=900, app="lab") opens a new `Notebook`.

    cells: the source of each code cell, or the path of a notebook, which is copied.
    name: of the file, without ".ipynb"; the test's name when omitted.
    theme: "light" or "dark". width, height: of the window, in pixels. app: "lab" is JupyterLab, "tree" is
    Notebook 7.
    """
    books = []

    def notebook(cells, name=None, theme="light", width=1280, height=900, app="lab"):
        stem = name or re.sub(r"\W+", "-", request.node.name).strip("-")
        stem = f"{stem}-{len(books)}" if books and not name else stem
        books.append(Notebook(browser, jupyter, stem, cells, theme, (width, height), app))
        books[-1].open()
        return books[-1]

    yield notebook
    for book in books:
        book.close()


class Notebook:
    """A notebook that is open in a browser, and its kernel.

    page: Playwright's page. errors: what the page has written to its console as an error, and its uncaught
    exceptions, without those of Jupyter itself on opening a notebook. name: the file's name.
    """

    def __init__(self, browser, server, stem, cells, theme, size, app):
        self.server, self.theme, self.app = server, theme, app
        self.name = f"{stem}.ipynb"
        self.address = f"{server.url}/{ADDRESSES[app].format(stem=stem, name=self.name)}"
        if isinstance(cells, Path):
            server.copy_notebook(self.name, cells)
        else:
            server.write_notebook(self.name, list(cells))
        self.errors, self._own_errors = [], set()
        self._client, self._before = None, {}
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.page.set_default_timeout(1000 * RUN)
        if late := os.environ.get("PAWLAB_LATENCY"):
            self.page.add_init_script(LATE.replace("[late]", str(int(late))))
        self.page.on("console", lambda message: message.type == "error" and self._on_error(message.text))
        self.page.on("pageerror", lambda error: self._on_error(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())  # "Leave the page?"

    def open(self):
        """Open the page and wait until it shows the cells and the kernel is idle."""
        self.server.use_theme(self.theme)
        self.page.goto(self.address)
        self._settle()
        # Nothing has run yet, so these are Jupyter's own (Notebook 7.6 has two). A reload repeats them.
        self._own_errors.update(self.errors)
        self.errors.clear()

    def reload(self):
        """Save the notebook, reload the page and wait until it is back at the same kernel.

        A widget that was on show is found again, or ipywidgets says that it is not: on a slow machine it
        looks too early. Before it has looked, it misses widgets that are made, so that is waited for.
        Returns whether it was found; without widgets, False.
        """
        kernel = self.server.kernel_of(self.name)
        self.server.use_theme(self.theme)
        self.save()
        self.page.reload()
        self._settle()
        assert self.server.kernel_of(self.name) == kernel, "the page came back with another kernel"
        if WIDGET not in (self.server.files / self.name).read_text(encoding="utf-8"):
            return False
        self.page.wait_for_selector(".jp-Cell-outputWrapper .jupyter-widgets", state="attached")
        self.errors[:] = [text for text in self.errors if "widget model not found" not in text]
        return self.page.get_by_text("Error displaying widget: model not found").count() == 0

    def save(self):
        """Save the notebook with the keyboard, and wait until the file is written."""
        path = self.server.files / self.name
        before = path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        _poll(lambda: path.stat().st_mtime_ns != before, RUN, f"{self.name} was not saved")

    def close(self):
        """Close the page and end the kernel."""
        if self._client:
            self._client.stop_channels()
        self.context.close()
        self.server.shut_down_kernel(self.name)

    def locator(self, css):
        """Playwright's locator for a CSS selector."""
        return self.page.locator(css)

    def cell(self, index):
        """The locator of a cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index):
        """The locator of a cell's output."""
        return self.cell(index).locator(".jp-Cell-outputWrapper")

    def output_text(self, index):
        """A cell's output as the text that is on screen."""
        return self.output(index).inner_text().strip()

    def run(self, index, timeout=RUN, keys="Control+Enter"):
        """Run a cell with the keyboard, and wait until it has ended. timeout: seconds.

        keys: "Shift+Enter" goes on to the next cell, whatever it is.
        """
        self.run_async(index, keys)
        self.wait(index, timeout)

    def run_async(self, index, keys="Control+Enter"):
        """Run a cell and do not wait; `wait` does."""
        self._before[index] = self._prompt(index)
        self.cell(index).locator(".jp-InputArea-prompt").click()
        self.page.keyboard.press(keys)

    def wait(self, index, timeout=RUN):
        """Wait until a cell that was run has ended. timeout: seconds."""

        def done():
            prompt = self._prompt(index)
            return prompt != self._before[index] and re.fullmatch(r"\[\d+\]:", prompt)

        self.poll(done, timeout, f"cell {index} of {self.name} did not end")

    def kernel(self, expression, timeout=RUN):
        """The repr of an expression, evaluated in the notebook's own kernel without a trace in the page.

        Raises AssertionError with the kernel's words where the expression fails, and TimeoutError where the
        kernel is busy for longer than `timeout` seconds.
        """
        client = self._connected()
        wanted = client.execute("", silent=True, user_expressions={"it": f"repr({expression})"})
        deadline = time.monotonic() + timeout
        while True:
            try:
                reply = client.shell_channel.get_msg(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"kernel: no answer to {expression!r} within {timeout} s") from None
            if reply["parent_header"].get("msg_id") == wanted:
                break
        answer = reply["content"]["user_expressions"]["it"]
        if answer["status"] != "ok":
            raise AssertionError(f"kernel: {expression} raised {answer['ename']}: {answer['evalue']}")
        return ast.literal_eval(answer["data"]["text/plain"])

    def until(self, expression, timeout=RUN):
        """Wait until an expression is true in the kernel. timeout: seconds."""
        said = f"{expression!r} did not become true in the kernel"
        self.poll(lambda: self.kernel(f"bool({expression})", timeout) == "True", timeout, said)

    def poll(self, done, timeout, said):
        """Wait until `done()` is true, which may ask both the page and the kernel. said: if not, in words."""
        # Playwright delivers the page's events only while it is asked to wait. A kernel that is asked more
        # often takes the interpreter's lock away from the thread that trains, which then takes for ever.
        _poll(done, timeout, said, lambda: self.page.wait_for_timeout(100))

    def interrupt(self):
        """Interrupt the kernel, as the Stop button of the toolbar does."""
        self.server.request(f"kernels/{self.server.kernel_of(self.name)}/interrupt", "POST")

    def click_plot(self, locator, x_share, y_share):
        """Click in the plotting area of a plotly figure, once plotly shows what is under the mouse.

        locator: of the figure, of something around it or within it, as CSS or a locator. x_share, y_share:
        where, from 0 at the left and the top to 1 at the right and the bottom.
        """
        plot = self.locator(locator) if isinstance(locator, str) else locator
        # A cell has ended before the page has drawn what it shows.
        self.poll(
            lambda: plot.first.evaluate(f"element => !!({PLOT})(element)"), RUN, f"no figure at {locator}"
        )
        graph = plot.first.evaluate_handle(PLOT).as_element()
        area = graph.wait_for_selector(".nsewdrag", state="attached")
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        x, y = box["x"] + x_share * box["width"], box["y"] + y_share * box["height"]
        where = f"({x_share}, {y_share}) of the figure"
        self.poll(lambda: graph.evaluate(QUIET), RUN, "plotly does not come to rest")
        self.page.mouse.move(0, 0)
        self.poll(lambda: not graph.evaluate(HOVERED), HOVER, "plotly still shows the last point")
        self.page.mouse.move(x, y)
        self.poll(lambda: graph.evaluate(HOVERED), HOVER, f"no point or no sight of it at {where}")
        self.page.mouse.click(x, y)
        graph.evaluate("graph => { graph.busyAt = performance.now() }")

    def screenshot(self, name, of=None):
        """Save a picture of the window, or of one locator, as `name`.png. Returns its path.

        The folder is $PAWLAB_SCREENSHOTS, or tests/.screenshots.
        """
        folder = Path(os.environ.get("PAWLAB_SCREENSHOTS") or Path(__file__).parent / ".screenshots")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        (of or self.page).screenshot(path=path)
        return path

    def _settle(self):
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content", timeout=1000 * LOAD)
        light = "true" if self.theme == "light" else "false"
        themed = f"body[data-jp-theme-light='{light}']"
        self.page.wait_for_selector(themed, state="attached", timeout=1000 * LOAD)
        if self.app == "lab":
            self._hide_files()
        self.poll(self._is_idle, LOAD, f"the kernel of {self.name} did not become idle")

    def _hide_files(self):
        # The list of files takes a third of a narrow window.
        files = self.page.locator("#jp-left-stack")
        if files.is_visible():
            self.page.keyboard.press("Control+b")
            files.wait_for(state="hidden")

    def _is_idle(self):
        choose = self.page.locator(".jp-Dialog", has_text="Select Kernel")
        if choose.is_visible():
            choose.locator(".jp-mod-accept").click()
        kernel = self.server.kernel_of(self.name)
        return kernel and self.server.request(f"kernels/{kernel}")["execution_state"] == "idle"

    def _prompt(self, index):
        return self.cell(index).locator(".jp-InputArea-prompt").inner_text().strip()

    def _connected(self):
        if not self._client:
            from jupyter_client import BlockingKernelClient

            path = self.server.runtime / f"kernel-{self.server.kernel_of(self.name)}.json"
            self._client = BlockingKernelClient(connection_file=str(path))
            self._client.load_connection_file()
            self._client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        return self._client

    def _on_error(self, text):
        if text not in self._own_errors:
            self.errors.append(text)


def _poll(done, timeout, said, pause=lambda: time.sleep(0.02)):
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"notebook: {said} within {timeout} s")
        pause()
