"""A stub with its solution inside, as graders want it: between BEGIN SOLUTION and END SOLUTION.

Where stub and solution define the same function, its body is what a student writes. All else (a value, a
class, a panel, a helper beside the function) stands as a whole below the stub and above the check.
"""

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lab.course.notebook import SOLUTION, Cell
from lab.course.pairs import Pair, check_statement

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_FORMATTED, _FIELD, _WORD = (
    re.compile(r"[rR]?[fF][rR]?['\"]"),
    re.compile(r"\{[^{}]*"),
    re.compile(r"(?<!\.)\b[^\W\d]\w*"),
)


def solved_stub(stub: str, solution: str, pair: Pair, renames: Mapping[str, str]) -> str:
    """The source of a stub's cell with the answer in it, marked.

    stub, solution: the sources of the two cells. renames: what the solutions of the notebook call their
    answers -> the student's names, by which the answer is called here.
    """
    code = without_check(solution)
    if not pair.answer.isidentifier():  # check("fewest", left.idxmin()) gives it no name yet
        code = f"{code}\n{pair.variable} = {pair.answer}"
    answer = _renamed(code, renames)
    return _inside(stub, answer, pair.variable) or _below(stub, answer)


def renames(found: Sequence[Pair]) -> dict[str, str]:
    """What the solutions of a notebook call their answers -> what the students call theirs."""
    return {pair.answer: pair.variable for pair in found if pair.answer.isidentifier() and pair.variable}


def without_check(solution: str) -> str:
    """The statements of a solution, without its title and what checks it."""
    lines = solution.splitlines()
    statement = check_statement(solution)
    del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(line for line in lines if not line.startswith(SOLUTION)).strip("\n")


def _inside(stub: str, answer: str, name: str) -> str:
    """The stub with the body of its function replaced, or "" where that is not all there is to replace."""
    mine, given = _function(stub, name), _function(answer, name)
    if mine is None or given is None or ast.dump(mine.args) != ast.dump(given.args):
        return ""
    others = [each for each in ast.parse(answer).body if each.lineno != given.lineno]
    if not all(isinstance(each, ast.Import | ast.ImportFrom) for each in others):
        return ""
    head, lines, source = _head_end(stub, mine), answer.splitlines(), stub.splitlines()
    begin = _head_end(answer, given)
    if mine.body[0].lineno <= head or given.body[0].lineno <= begin:  # def f(): ...
        return ""
    body = textwrap.dedent("\n".join(lines[begin : given.end_lineno]))
    imports = [ast.unparse(each) for each in others]
    inside = textwrap.indent("\n".join([BEGIN, *imports, body, END]), "    ")
    return "\n".join([*source[:head], inside, *source[mine.end_lineno :]])


def _below(stub: str, answer: str) -> str:
    lines = stub.splitlines()
    at = check_statement(stub).lineno - 1
    before = "\n".join(lines[:at]).rstrip()
    gap = "\n\n\n" if answer.startswith(("def ", "class ", "@")) else "\n"
    before = f"{before}{gap}" if before else ""
    return f"{before}{BEGIN}\n{answer}\n{END}\n\n" + "\n".join(lines[at:])


def _renamed(source: str, names: Mapping[str, str]) -> str:
    """The source with other names, in f-strings too; strings, comments and attributes stay."""
    lines = source.splitlines(keepends=True)
    first = tokenize.TokenInfo(tokenize.NEWLINE, "", (1, 0), (1, 0), "")
    tokens = [first, *tokenize.generate_tokens(io.StringIO(source).readline)]
    for before, token in reversed(list(pairwise(tokens))):
        (row, start), (last, end) = token.start, token.end
        text = token.string
        if token.type == tokenize.NAME and before.string != ".":
            text = names.get(text, text)
        elif token.type == tokenize.STRING and row == last and _FORMATTED.match(text):  # one token up to 3.11
            text = _FIELD.sub(
                lambda field: _WORD.sub(lambda word: names.get(word[0], word[0]), field[0]), text
            )
        if text != token.string:
            lines[row - 1] = lines[row - 1][:start] + text + lines[row - 1][end:]
    return "".join(lines)


def _function(source: str, name: str) -> ast.FunctionDef | None:
    for statement in Cell("code", source, 0).tree().body:
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            return statement
    return None


def _head_end(source: str, function: ast.FunctionDef) -> int:
    """The number of the line that ends `def f(...):`, from 1."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE and token.start[0] >= function.lineno:
            return token.start[0]
    return function.lineno
