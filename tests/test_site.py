"""The site's own parts: charts of notebooks that live, and the check of links and images."""

import json
import re
import sys
from pathlib import Path

import pytest

import lab

DOCS = Path(__file__).parent.parent / "docs"
HOSTILE = "</script><script>window.ran=1</script><!--"


@pytest.fixture
def docs(monkeypatch):
    """docs/ is no package: its modules are imported from there."""
    monkeypatch.syspath_prepend(str(DOCS))
    yield
    for name in ("notebook_pages", "check_site"):
        sys.modules.pop(name, None)


def test_a_saved_figure_becomes_a_live_one_and_no_label_ends_its_data(docs):
    import notebook_pages

    figure = {"data": [{"type": "bar", "x": [HOSTILE], "y": [1]}], "layout": {"height": 320}}
    output = {"output_type": "display_data", "data": {notebook_pages.PLOTLY: figure, "image/png": "..."}}
    notebook_pages.make_live(output)
    (page,) = output["data"].values()
    assert "height:320px" in page and page.count("</script>") == page.count("<script") == 1
    assert json.loads(re.search(r"json\">(.*)</script>", page)[1]) == figure


def test_an_output_without_a_figure_stays(docs):
    import notebook_pages

    output = {"output_type": "execute_result", "data": {"text/plain": "1"}}
    notebook_pages.make_live(output)
    assert output["data"] == {"text/plain": "1"}
    notebook_pages.make_live({"output_type": "stream", "text": "1"})


def test_what_leads_nowhere_is_told_with_its_page(docs, tmp_path):
    import check_site

    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text(
        "<h1 id='top'>A</h1><a href='sub/b%20c.html#here'>x</a><a href='#top'>x</a><a href='https://example.org/x'>x</a>"
        "<img src='gone.png'><a href='#gone'>x</a><a href='sub/b%20c.html#gone'>x</a>",
        encoding="utf-8",
    )
    (tmp_path / "sub" / "b c.html").write_text("<p id='here'><a href='../a.html'>x</a>", encoding="utf-8")
    assert check_site.broken(tmp_path) == [
        "a.html: #gone",
        "a.html: gone.png",
        "a.html: sub/b%20c.html#gone",
    ]


def test_every_public_name_stands_in_the_api_reference():
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    told = set(re.findall(r"\blab\.(\w+)", pages))
    assert set(lab.__all__) - told == set()


def test_the_citation_names_the_version():
    citation = (DOCS.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {lab.__version__}\n" in citation
