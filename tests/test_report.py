"""The report must open anywhere without a network, and nothing that comes from a file may run in it."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest
from PIL import Image
from plotly.offline import get_plotlyjs

from lab.charts import draw
from lab.report import LIMIT, Report

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "<!--",
)


class Page(HTMLParser):
    """The parts of a page that the tests ask for."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.data, self.scripts, self.within = [], "", [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.within = (tag, dict(attrs).get("type"))

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        if self.within == ("script", "application/json"):
            self.data.append(json.loads(data))
        elif self.within and self.within[0] == "script":
            self.scripts.append(data)
        elif not (self.within and self.within[0] == "style"):
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def picture(size=(60, 40), colour=(200, 120, 30)):
    return Image.new("RGB", size, colour)


def full_report():
    report = Report("Pets", "37 breeds with `pocketnet`")
    report.fact("error rate", "0.117")
    report.section("The pictures", "First paragraph.\n\nSecond one.")
    report.gallery(
        [picture()] * len(HOSTILE), [f"{label}\n0.93" for label in HOSTILE], ["wrong"] * len(HOSTILE)
    )
    report.picture(picture(), "A sheet", alt="six cats")
    report.section("Charts")
    report.figure(draw("class_counts", dict.fromkeys(HOSTILE, (5, 2))), "Pictures per class.")
    report.heading("As a table")
    report.table(("label", "train", "valid"), [(label, 5, 2) for label in HOSTILE], "Counts.")
    report.code('print("<b>")')
    return report


def test_a_page_needs_nothing_but_itself():
    page = Page(full_report().html())
    addresses = [value for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href")]
    assert addresses
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    assert not page.all("link")
    assert not page.all("iframe")
    assert not re.search(r"url\(|@import", re.search(r"<style>(.*?)</style>", full_report().html(), re.S)[1])


def test_only_the_pages_own_scripts_are_there_and_allowed():
    text = full_report().html()
    page = Page(text)
    kinds = [attrs.get("type") for attrs in page.all("script")]
    assert kinds == ["application/json", "text/plain", None]
    packed, drawing = page.scripts
    scripts = [gzip.decompress(base64.b64decode(packed)), drawing.encode()]
    assert scripts[0].decode() == get_plotlyjs()
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts]
    assert policy.endswith("script-src " + " ".join(f"'sha256-{digest}'" for digest in digests))
    assert len(text) < 2_500_000
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_labels_are_shown_as_they_are_and_never_become_markup():
    page = Page(full_report().html())
    for label in HOSTILE:
        assert label in page.text
    assert [attrs["src"][:10] for attrs in page.all("img")] == ["data:image"] * (len(HOSTILE) + 1)
    assert not page.all("svg")
    assert len(page.data) == 1
    assert len(page.data[0]["data"]) == 2


def test_sections_headings_and_links_agree():
    page = Page(full_report().html())
    assert [attrs["id"] for attrs in page.all("section")] == ["part1", "part2"]
    assert [attrs["href"] for attrs in page.all("a")] == ["#part1", "#part2"]
    assert page.tags[0] == ("html", {"lang": "en"})
    for text in ("Pets", "0.117", "First paragraph.", "Second one.", "As a table", "Counts."):
        assert text in page.text
    assert len(page.all("code")) == 2


def test_every_picture_and_chart_has_words_for_those_who_do_not_see_it():
    page = Page(full_report().html())
    assert all(attrs["alt"] for attrs in page.all("img"))
    assert page.all("img")[-1]["alt"] == "six cats"
    chart = next(attrs for attrs in page.all("div") if attrs.get("class") == "chart")
    assert chart["role"] == "img"
    assert "28 pictures in 4 classes" in chart["aria-label"]
    assert page.text.count("28 pictures in 4 classes") == 1


def test_columns_of_numbers_are_set_right():
    report = Report("t")
    report.section("s")
    report.table(("name", "loss", "time"), [("a 1", "0.5", "0:06"), ("2", "1e-3", "1:10")])
    cells = Page(report.html()).all("th")
    assert cells == [{}, {"class": "number"}, {"class": "number"}]


def test_a_page_without_charts_carries_no_plotly():
    report = Report("t")
    report.section("s", "only text")
    assert len(report.html()) < 10_000


def test_write_replaces_the_old_page_whole(tmp_path):
    path = tmp_path / "new folder" / "report.html"
    full_report().write(path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_pictures_shrink_until_the_page_is_small_enough(tmp_path, monkeypatch):
    monkeypatch.setattr("lab.report.LIMIT", 200_000)
    report = Report("t")
    report.section("s")
    report.picture(Image.effect_noise((600, 600), 120).convert("RGB"), "noise")
    assert len(report.html()) > 200_000
    path = report.write(tmp_path / "report.html")
    assert path.stat().st_size < 200_000
    assert Page(path.read_text(encoding="utf-8")).all("img")[0]["width"] == "600"


def test_a_page_that_cannot_be_small_enough_is_refused_and_the_old_one_stays(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    report = Report("t")
    report.section("s", "x" * LIMIT)
    with pytest.raises(ValueError, match=r"report\.html would have 8\.0 MB"):
        report.write(path)
    assert path.read_text(encoding="utf-8") == "old"


def test_names_that_are_not_unicode_survive_as_question_marks():
    report = Report("t")
    report.section("s", "photo_\udcff.jpg 🐱")
    assert "photo_?.jpg 🐱" in report.html()


def test_wrong_use_is_refused_in_words():
    report = Report("t")
    with pytest.raises(ValueError, match="no section yet"):
        report.text("too early")
    report.section("s")
    with pytest.raises(ValueError, match="got 1 pictures with 2 captions"):
        report.gallery([picture()], ["a", "b"])
    with pytest.raises(ValueError, match="the tone 'green'"):
        report.gallery([picture()], ["a"], ["green"])
    with pytest.raises(ValueError, match="2 cells for 1 headings"):
        report.table(("a",), [(1, 2)])


def test_a_figure_with_a_width_of_its_own_keeps_it():
    report = Report("t")
    report.section("s")
    report.figure(go.Figure(layout={"width": 640}))
    assert 'style="width:640px"' in report.html()
