"""The documentation site: `python -m pip install ".[docs]" && python -m sphinx -W docs docs/site`."""

import re
import shutil
import sys
from pathlib import Path

import lab
from lab.course.folder import REPOSITORY

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import architecture_drawing  # noqa: E402

ROOT = HERE.parent

project = "Pawlab"
author = "the Pawlab contributors"
release = lab.__version__
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_design",
]
exclude_patterns = ["site", "jupyter_execute"]

# The tutorials are the course's notebooks as they are, with the outputs that are saved in them.
nb_execution_mode = "off"
nb_mime_priority_overrides = [
    ("html", "application/vnd.plotly.v1+json", 0),
    ("html", "application/vnd.jupyter.widget-view+json", None),
]
suppress_warnings = ["mystnb.unknown_mime_type", "myst.header"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

default_role = "py:obj"  # `name` in a docstring: a link where there is a page for it
templates_path = ["_templates"]
autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "Pawlab"
html_static_path = ["_static"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def _copy_notebooks() -> None:
    """Put the course's notebooks where Sphinx finds them; only what has changed is written."""
    folder = HERE / "tutorials"
    folder.mkdir(exist_ok=True)
    for source in [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks").glob("*.md")]:
        target = folder / ("index.md" if source.name == "README.md" else source.name)
        # What lies beside the notebooks' folder is not on the site but in the repository.
        text = source.read_text(encoding="utf-8").replace("](../", f"]({REPOSITORY}/")
        text = re.sub(r"(?<=#)[\w-]+(?=\))", lambda place: place[0].lower(), text)  # Jupyter keeps capitals
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "notebooks" / "images", folder / "images", dirs_exist_ok=True)


_copy_notebooks()
architecture_drawing.main()
