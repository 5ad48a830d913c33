"""The statement of a view that made its answer, as far as the code shows which one it was.

A view that answers with the wrong status raises nothing, so nothing of its course is known but the
view itself. What is written in it may say more: of ``return order, 201`` and ``abort(404)``, the
status that was sent shows which one it was. Where more than one of them could have been, nothing is
guessed.

Functions only; any thread. Only the lines of the view are parsed, so a file of any length is quick.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from pathlib import Path

from .project.syntax import parse

__all__ = ["answering_line", "line_of_answer"]

_MOST = 2 * 1024 * 1024
_LINES = 1_000
_TRIES = 20
_KEYWORDS = frozenset({"status", "status_code", "statuscode", "code"})
_TAKES_STATUS = frozenset({"abort", "HTTPException", "HttpError", "HTTPError", "HTTPResponse"})
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def line_of_answer(file: str, line: int, status: int) -> int:
    """The line that made an answer; the view's own one where it isn't known.

    :param file: where the view is
    :param line: where it begins: its ``def``, or the first decorator above that
    :param status: of the answer
    """
    try:
        if Path(file).stat().st_size > _MOST:
            return line
        text = Path(file).read_text("utf-8", "replace")
    except (OSError, ValueError):
        return line
    return answering_line(text, line, status)


def answering_line(text: str, line: int, status: int) -> int:
    """See :func:`line_of_answer`.

    :param text: of the file
    """
    view = _view(text, line)
    if view is None:
        return line
    statements = list(_statements(view))
    matching = [
        found for found in statements if any(_has_status(part, status) for part in _parts(found))
    ]
    if not matching and status == HTTPStatus.OK:  # which is what an answer has without one
        matching = [one for one in statements if isinstance(one, ast.Return) and not _is_other(one)]
    return matching[0].lineno + line - 2 if len(matching) == 1 else line


def _view(text: str, line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that begins in a line; that one has the number 2."""
    lines = text.split("\n")[line - 1 : line - 1 + _LINES]
    if not lines:
        return None
    indent = len(lines[0]) - len(lines[0].lstrip())
    around = "if True:\n" if indent else "\n"
    for end in islice(_ends(lines, indent), _TRIES):
        tree = parse((around + "\n".join(lines[:end])).encode("utf-8", "replace"))
        if tree is None or not tree.body:
            continue  # a text, or a list of parameters, has its end there
        found = tree.body[0]
        inside = found.body[0] if isinstance(found, ast.If) else found
        if isinstance(inside, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return inside
    return None


def _ends(lines: list[str], indent: int) -> Iterator[int]:
    """Where a function that begins in the first of some lines may end, the nearest first."""
    is_inside = False
    for number, text in enumerate(lines):
        depth = len(text) - len(text.lstrip())
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if is_inside and depth <= indent:
            yield number
        is_inside = is_inside or depth > indent
    yield len(lines)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a function that may make its answer, in their order."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _NESTED):
            continue
        if isinstance(child, (ast.Return, ast.Raise, ast.Expr, ast.Assign)):
            yield child
        else:
            yield from _statements(child)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _NESTED):
            yield from _parts(child)


def _has_status(node: ast.AST, status: int) -> bool:
    """Whether a part of a statement gives the answer a status."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        return any(_is(part, status) for part in node.value.elts[1:])
    if isinstance(node, ast.Assign):
        names = [target.attr for target in node.targets if isinstance(target, ast.Attribute)]
        return bool(_KEYWORDS.intersection(names)) and _is(node.value, status)
    if isinstance(node, ast.Call):
        named = any(word.arg in _KEYWORDS and _is(word.value, status) for word in node.keywords)
        takes = _name(node.func) in _TAKES_STATUS or _name(node.func).endswith("Response")
        return named or (takes and any(_is(part, status) for part in node.args))
    return isinstance(node, (ast.Name, ast.Attribute)) and _names(_name(node), status)


def _is_other(statement: ast.Return) -> bool:
    """Whether a statement gives its answer some other status than 200."""
    return any(
        _has_status(part, status)
        for part in _parts(statement)
        for status in map(int, HTTPStatus)
        if status != HTTPStatus.OK
    )


def _is(node: ast.AST, status: int) -> bool:
    """Whether an expression is a status: a number, or a text that begins with it."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, str):
            return value.partition(" ")[0] == str(status)
        return type(value) is int and value == status
    return isinstance(node, (ast.Name, ast.Attribute)) and _names(_name(node), status)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _names(name: str, status: int) -> bool:
    """Whether a name stands for a status: ``NOT_FOUND``, ``HTTP_404_NOT_FOUND``, ``NotFound``,
    ``HttpResponseNotFound``, ``Http404``, ``get_object_or_404``."""
    try:
        known = HTTPStatus(status)
    except ValueError:
        return False
    words = "".join(known.phrase.replace("-", " ").title().split())
    starts = ("", "HTTP", "Http", "HttpResponse")
    of_class = {f"{start}{words}" for start in starts} | {f"HTTP{status}", f"Http{status}"}
    redirects = status == HTTPStatus.FOUND and name in ("redirect", "HttpResponseRedirect")
    return (
        name in of_class
        or name == known.name
        or name.startswith(f"HTTP_{status}")
        or name.endswith(f"_or_{status}")
        or redirects
    )
