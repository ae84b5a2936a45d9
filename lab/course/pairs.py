"""The exercises of a lesson as pairs of cells: the stub that a student fills in, and the folded solution.

Later cells of a lesson may go on with what a solution made. An edition without solutions must know which
names those are; they are found in the syntax tree.
"""

import ast
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lab.core.errors import BadValue
from lab.course.notebook import SOLUTION, Cell, Notebook


@dataclass(frozen=True)
class Pair:
    """An exercise in a notebook.

    name: as `course.check` has it. stub, solution: the places of the two cells among all cells. attempt: what
    the stub hands to `course.check`, as source, such as "softmax". answer: what the solution hands to it,
    such as "softmax_solution". variable: the student's own name in the attempt. made: all names that the
    solution makes. needed: those of them that a later cell uses, solutions not counted.
    """

    name: str
    stub: int
    solution: int
    attempt: str
    answer: str
    variable: str
    made: frozenset[str]
    needed: tuple[str, ...] = ()


def is_solution(cell: Cell) -> bool:
    """Whether a cell shows the solution of an exercise."""
    return cell.is_code and cell.source.startswith(SOLUTION)


def pairs(book: Notebook) -> list[Pair]:
    """The exercises of a notebook, in its order.

    Raises ValueError for a solution that does not check the answer of exactly one exercise, whose stub is
    missing, or that makes something other than its answer which a later cell uses: without the solution, that
    cell could not run.
    """
    found: list[Pair] = []
    stubs: dict[str, tuple[int, str]] = {}
    for place, cell in enumerate(book.cells):
        if not cell.is_code:
            continue
        checked = list(_checked(cell))
        if not is_solution(cell):
            stubs |= {name: (place, attempt) for name, attempt in checked}
            continue
        if len(checked) != 1:
            raise BadValue(f"{book.where(cell)}: a solution must check one answer; it checks {len(checked)}.")
        ((name, answer),) = checked
        if name not in stubs:
            raise BadValue(f"{book.where(cell)}: it solves {name!r}, for which there is no stub before it.")
        stub, attempt = stubs[name]
        variable, made = _variable(attempt, book.cells[stub].source), names(cell.source)[0]
        found.append(Pair(name, stub, place, attempt, answer, variable, made))
    return [_with_needs(book, pair) for pair in found]


@lru_cache(maxsize=1000)
def names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a cell's code makes, and those that must be there before it runs."""
    try:
        tree = Cell("code", source, 0).tree()
    except SyntaxError:  # a cell of another language (%%bash)
        return frozenset(), frozenset()
    table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    makes = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    return frozenset(makes), frozenset(_used(table, table)) - makes


def check_statement(source: str) -> ast.stmt:
    """The statement of a cell, outside of any function, in which `course.check` is called first."""
    tree = Cell("code", source, 0).tree()
    return next(statement for statement in tree.body if any(_calls(statement)))


def _with_needs(book: Notebook, pair: Pair) -> Pair:
    before = set().union(*(names(cell.source)[0] for cell in book.cells[: pair.solution] if _stays(cell)))
    missing = set(pair.made) - before
    needed: list[str] = []
    for cell in book.cells[pair.solution + 1 :]:
        if not _stays(cell):
            continue
        makes, uses = names(cell.source)
        needed += sorted((uses & missing) - set(needed))
        missing -= makes
    others = [name for name in needed if name != pair.answer]
    if others:
        raise BadValue(
            f"{book.where(book.cells[pair.solution])}: a later cell uses {others[0]!r}, which only the "
            f"solution of {pair.name!r} makes. Make it in a cell of its own, so that an edition without "
            "solutions runs."
        )
    return replace(pair, needed=tuple(needed))


def _stays(cell: Cell) -> bool:
    return cell.is_code and not is_solution(cell)


def _used(table: symtable.SymbolTable, top: symtable.SymbolTable) -> Iterator[str]:
    """Names of the module that code anywhere in a cell reads."""
    for each in table.get_symbols():
        if each.is_referenced() and (table is top or each.is_global()):
            yield each.get_name()
    for child in table.get_children():
        yield from _used(child, top)


def _checked(cell: Cell) -> Iterator[tuple[str, str]]:
    """(exercise, attempt as source) of each `course.check` in a cell."""
    try:
        tree = cell.tree()
    except SyntaxError:
        return
    for call in _calls(tree):
        yield call.args[0].value, ast.unparse(call.args[1])


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "course.check"
            and len(node.args) == 2
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node


def _variable(attempt: str, stub: str) -> str:
    """The name in which the student's work is: the attempt itself, or the one in it that the stub makes."""
    used: Sequence[str] = [node.id for node in ast.walk(ast.parse(attempt)) if isinstance(node, ast.Name)]
    makes = names(stub)[0]
    return next((name for name in used if name in makes), used[0] if used else "")
