"""Rules for the lessons of the course: fresh outputs, a head, the words after each picture, a quiz, links.

`lab.course.clean` has those for any notebook.
"""

import re
from collections.abc import Iterator

from exercise_rules import EXERCISES

from lab.course.clean import CLEAN, Rule
from lab.course.notebook import PLOTLY, WIDGET, Cell, Notebook
from lab.course.student import BADGES
from lab.exercises.content import quiz_of

SEE = "**What you should see.**"
PRESS = "Press "  # a panel that is still empty: what to press comes first, what to see after that
LEAST_SHARE = 0.75  # of the code cells whose outputs are compared
PICTURES = {"image/png", "image/jpeg", "image/svg+xml", PLOTLY, WIDGET}
QUESTIONS, QUIZ = 4, "course.quiz()"
INSTALL = """\
try:
    import lab
except ModuleNotFoundError:  # Colab: torch and all else is there already
    %pip install --quiet "pawlab[photos]"
    import lab"""
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"")
_ROW = re.compile(r"^\|(?!\s*:?-{2,}).+\|", re.M)


def fresh(book: Notebook) -> Iterator[str]:
    """The outputs belong to the sources."""
    if not book.is_fresh:
        yield (
            f"{book.name}, a code cell: the code was edited after the outputs were made, or they were never "
            f"refreshed. Run: python -m lab.course.refresh notebooks/{book.name}"
        )


def begins_with_a_heading_and_badges(book: Notebook) -> Iterator[str]:
    """The first cell has the number, the title, both badges with the notebook's own name, and the goals."""
    first = book.cells[0] if book.cells else Cell("markdown", "", 0)
    lines = first.source.splitlines() or [""]
    number = book.name.partition("_")[0].lstrip("0")
    if first.is_code or not re.fullmatch(rf"# {number} · .+", lines[0]):
        yield f"{book.where(first)}: it must begin with '# {number} · Title'. It begins {lines[0]!r}."
    if BADGES.format(name=book.name) not in lines:
        yield f"{book.where(first)}: the line with the badges of Binder and Colab is missing or another."
    if "**Goals" not in first.source:
        yield f"{book.where(first)}: the **Goals** are missing."


def installs(book: Notebook) -> Iterator[str]:
    """The first code cell imports the lab, and installs it where it is missing."""
    if not book.code:
        yield f"{book.name}, first cell: there is no code."
    elif book.code[0].source.strip() != INSTALL:
        yield f"{book.where(book.code[0])}: it must be the cell that installs the lab, to the letter."


def says_what_to_see(book: Notebook) -> Iterator[str]:
    """After a picture, a chart or a panel the next text says what to look for, or what to press first."""
    for place, cell in enumerate(book.cells):
        after = next((other for other in book.cells[place:] if not other.is_code), None)
        shown = any(not PICTURES.isdisjoint(output.get("data", {})) for output in cell.outputs)
        if shown and (after is None or not after.source.startswith((SEE, PRESS))):
            yield f"{book.where(cell)}: it shows a picture. The next text must begin with '{SEE}'."


def is_compared(book: Notebook) -> Iterator[str]:
    """Enough of the code cells are compared."""
    share = sum(cell.strict for cell in book.code) / max(1, len(book.code))
    if share < LEAST_SHARE:
        loose = next(cell for cell in book.code if not cell.strict)
        yield (
            f"{book.where(loose)} is the first of too many that are not compared: {share:.0%} of the "
            f"code cells are, {LEAST_SHARE:.0%} were expected. Divide cells: what is fixed stands alone."
        )


def has_a_quiz(book: Notebook) -> Iterator[str]:
    """A quiz to click, whose questions stand beside the exercises."""
    section = _section(book, "## Quiz")
    if section is None:
        yield f"{book.name}, last texts: there is no '## Quiz'."
        return
    cell = section[0]
    if not any(other.number > cell.number and other.source.strip() == QUIZ for other in book.code):
        yield f"{book.where(cell)}: no code cell {QUIZ!r} follows."
    subject = book.path.stem.partition("_")[2]
    questions = len(quiz_of(subject))
    if questions < QUESTIONS:
        where = f"exercises/{subject}_quiz.py"
        yield f"{book.name}: {where} has {questions} questions, {QUESTIONS} were expected."


def explains_new_words(book: Notebook) -> Iterator[str]:
    """A table of the new words."""
    yield from _table(book, "## New words", 3)


def shows_the_code(book: Notebook) -> Iterator[str]:
    """A table of the code that did it, with links into the lab."""
    yield from _table(book, "## The code that did it", 3)
    section = _section(book, "## The code that did it")
    if section and "](../lab/" not in section[1]:
        yield f"{book.where(section[0])}: no link leads into ../lab/."


def links_lead_somewhere(book: Notebook) -> Iterator[str]:
    """Links to files lead to files that exist."""
    for cell in book.cells:
        if cell.is_code:
            continue
        for found in _LINK.finditer(cell.source):
            target = (found.group(1) or found.group(2)).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target) and not (book.path.parent / target).exists():
                yield f"{book.where(cell)}: the link to '{target}' leads nowhere."


def _section(book: Notebook, heading: str) -> tuple[Cell, str] | None:
    """The cell in which a heading stands, and the text from there to the next heading of its level."""
    texts = [cell for cell in book.cells if not cell.is_code]
    for place, cell in enumerate(texts):
        if re.search(rf"^{heading}\s*$", cell.source, re.M):
            text = "\n\n".join(other.source for other in texts[place:])
            return cell, re.split(r"^#{1,2} ", text.partition(heading)[2], maxsplit=1, flags=re.M)[0]
    return None


def _table(book: Notebook, heading: str, rows: int) -> Iterator[str]:
    section = _section(book, heading)
    if section is None:
        yield f"{book.name}, last texts: there is no '{heading}'."
    elif len(_ROW.findall(section[1])) < rows:
        yield f"{book.where(section[0])}: '{heading}' has no table with at least {rows - 1} entries."


COURSE: tuple[Rule, ...] = (
    *CLEAN,
    fresh,
    begins_with_a_heading_and_badges,
    installs,
    says_what_to_see,
    is_compared,
    has_a_quiz,
    explains_new_words,
    shows_the_code,
    links_lead_somewhere,
    *EXERCISES,
)
