"""The course's notebooks as pages of the site: copied to `docs/tutorials`, their charts live.

A saved plotly figure becomes a place in the page, which `_static/figures.js` fills; plotly's script comes
from the installed plotly, once for all pages. What lies beside the notebooks' folder is linked in the
repository.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from lab.course.folder import REPOSITORY
from lab.course.notebook import PLOTLY

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
SCRIPTS = ("plotly.min.js", "figures.js")
FIGURE = (
    '<div class="paw-figure" style="height:{height}px;overflow-x:auto">'
    '<script type="application/json">{figure}</script></div>'
)
PLOTLYS_HEIGHT = 450  # px, of a figure that does not say


def write() -> None:
    """Write all pages and plotly's script; only what has changed is written."""
    folder = HERE / "tutorials"
    folder.mkdir(exist_ok=True)
    for source in NOTEBOOKS.glob("*.ipynb"):
        notebook = json.loads(_linked(source))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                make_live(output)
        _put(folder / source.name, json.dumps(notebook, ensure_ascii=False, indent=1))
    for source in NOTEBOOKS.glob("*.md"):
        _put(folder / ("index.md" if source.name == "README.md" else source.name), _linked(source))
    shutil.copytree(NOTEBOOKS / "images", folder / "images", dirs_exist_ok=True)
    _put(HERE / "_static" / SCRIPTS[0], get_plotlyjs())


def link_to_pages(app: Any, name: str, texts: list[str]) -> None:
    """A page links to a notebook where it lies in the repository; on the site it is a page."""
    up = "../" * name.count("/")
    texts[0] = texts[0].replace(f"]({up}../notebooks/README.md", f"]({up}tutorials/index.md")
    texts[0] = texts[0].replace(f"]({up}../notebooks/", f"]({up}tutorials/")


def add_scripts(app: Any, name: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """plotly's script, 4.8 MB, only where there is a figure."""
    if "paw-figure" in context.get("body", ""):
        for script in SCRIPTS:
            app.add_js_file(script)


def _linked(source: Path) -> str:
    text = source.read_text(encoding="utf-8").replace("](../", f"]({REPOSITORY}/")
    return re.sub(r"(?<=#)[\w-]+(?=\))", lambda place: place[0].lower(), text)  # Jupyter keeps capitals


def make_live(output: dict[str, Any]) -> None:
    """Change an output that holds a plotly figure into its place in a page."""
    figure = output.get("data", {}).get(PLOTLY)
    if figure is None:
        return
    layout = figure["layout"]
    height = layout.get("height") or layout.get("template", {}).get("layout", {}).get("height")
    # `<` never stands in the data, so neither `</script>` nor `<!--` in a label can end it.
    said = json.dumps(figure, ensure_ascii=False).replace("<", "\\u003c")
    output["data"] = {"text/html": FIGURE.format(height=height or PLOTLYS_HEIGHT, figure=said)}


def _put(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
