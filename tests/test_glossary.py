"""The words of the field instead of the lab's own earlier ones: what stands here must not come back.

Read are the texts that people read: documentation, notebooks, messages, docstrings and comments.
"""

import json
import re
from pathlib import Path

import pytest

import lab

ROOT = Path(lab.__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="a checkout is needed")

# What not to write -> what to write instead.
WORDS = {
    r"\b(?:\w+|\d+) came\. ": "got X",
    r"\bfrom \d+ on\b": "1 or more",
    r"\b(?:start|rise), (?:the|a) height\b": "the peak",
    r"\bnumbers? an? (?:picture|image|row|epoch|class|batch|pixel)\b": "per picture",
    r"\b(?:one|two|three|\d+) (?:picture|image|file|row)s? an? (?:row|class|epoch|picture|batch)\b": "per",
    r"\bdear(?:er|est)\b": "expensive, costliest",
    r"\bshall\b": "should, will",
    r"\bat the rim\b": "at the edge",
    r"\bin the wood\b": "in the woods",
    r"\bwithout a rest\b": "with no remainder",
    r"\bno random lot\b": "not random",
    r"\bat one blow\b": "at once",
    r"\bby heart\b": "memorised",
    r"\bhow far one has (?:come|got)\b": "progress",
    r"\bmend(?:ed|s|ing)?\b": "fix",
    r"\bof (?:no )?use any ?more\b": "can no longer be used",
    r"\b(?:what|that|which) (?:is|are) no (?!long|larg|more|less)\w+s?\b": "not a ...",
    r"\bliving charts?\b": "interactive charts",
    r"\bcarry_out\b|\bheard_by\b|\bfile_facts\b": "run_plan, redirect_progress, file signature",
    r"\bopen_sheet\b": "exercises.load",
}
EXCEPTIONS = ("lab/exercises/__init__.py",)  # which keeps open_sheet, the name in earlier notebooks


def texts():
    """(where, text) of everything that people read."""
    for pattern in ("*.md", "docs/**/*.md", "notebooks/*.md", "benchmarks/*.md"):
        for path in ROOT.glob(pattern):
            if path.name != "CHANGELOG.md" and "site" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for pattern in ("lab/**/*.py", "lab/**/*.js", "exercises/*.py", "recipes/**/*.py"):
        for path in ROOT.glob(pattern):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in ROOT.glob("notebooks/*.ipynb"):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            yield f"{path.name}, cell {number}", "".join(cell["source"])


@pytest.mark.parametrize("pattern", WORDS, ids=lambda pattern: WORDS[pattern])
def test_the_word_of_the_field_is_used(pattern):
    expression = re.compile(pattern)
    found = [
        f"{where}: …{text[max(0, hit.start() - 40) : hit.end() + 30]!r}"
        for where, text in texts()
        if where not in EXCEPTIONS
        for hit in expression.finditer(text)
    ]
    assert not found, f"write {WORDS[pattern]!r} instead:\n" + "\n".join(found)


def test_the_list_would_find_what_it_forbids():
    said = "3 came. dearest from 1 on one number a picture at the rim shall by heart mend what is no learner"
    assert sum(bool(re.search(pattern, said)) for pattern in WORDS) == 9
