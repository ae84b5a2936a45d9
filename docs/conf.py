"""The documentation site: `python -m pip install ".[docs]" && python -m sphinx -W docs docs/site`."""

import sys
from pathlib import Path
from typing import Any

import lab

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import architecture_drawing  # noqa: E402
import notebook_pages  # noqa: E402

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
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
suppress_warnings = ["myst.header"]
myst_enable_extensions = ["colon_fence", "dollarmath", "html_image"]
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


notebook_pages.write()
architecture_drawing.main()


def setup(app: Any) -> None:
    app.connect("source-read", notebook_pages.link_to_pages)
    app.connect("html-page-context", notebook_pages.add_scripts)
