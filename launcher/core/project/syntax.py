"""Questions about single pieces of Python's syntax trees. Pure; any thread.

Nothing is imported or run, and no names are followed: that is ``app_syntax``'s work.
"""

from __future__ import annotations

import ast
import threading
import warnings

__all__ = [
    "is_main_guard",
    "is_wsgi_class",
    "parse",
    "required",
    "runs_never",
    "takes_environ",
    "takes_scope",
]

_parse_lock = threading.Lock()  # the filter of warnings belongs to the whole process


def parse(source: bytes) -> ast.Module | None:
    """The syntax tree of a file, or None where it isn't Python."""
    # The parser warns of doubtful escapes in other people's strings: that is not our business.
    # The parser warns of doubtful escapes in other people's strings: that is not our business.
    with _parse_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def is_main_guard(test: ast.expr) -> bool:
    """Whether a condition is ``__name__ == "__main__"``, perhaps with others."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (left, right)
            return any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides) and any(
                isinstance(s, ast.Constant) and s.value == "__main__" for s in sides
            )
        case ast.BoolOp(op=ast.And(), values=values):
            return any(is_main_guard(value) for value in values)
    return False


# What a function gets first that is no WSGI app, though it may be called app.
_OTHER_ARGUMENTS = frozenset({"cls", "config", "context", "ctx", "req", "request", "scope", "self"})


def runs_never(test: ast.expr) -> bool:
    """Whether a condition is ``TYPE_CHECKING``, perhaps with others: false whenever code runs."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(runs_never(value) for value in test.values)
    return getattr(test, "attr", getattr(test, "id", "")) == "TYPE_CHECKING"


def required(arguments: ast.arguments) -> list[str]:
    """The names of the arguments without a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    names = [a.arg for a in positional[: len(positional) - len(arguments.defaults)]]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return names + [a.arg for a, default in named if default is None]


def takes_environ(arguments: ast.arguments, *, method: bool = False, named: bool = False) -> bool:
    """Whether a function can be called as WSGI does it: with two positional arguments.

    PEP 3333 prescribes no names for them, so where the function's own name isn't that of an app,
    the usual ones have to show what it is.

    :param method: the first one is ``self``
    :param named: the function is called app or application: any names do, but those of something
        else that is called so, as a view's
    """
    names = [a.lstrip("_") for a in required(arguments)][1 if method else 0 :]
    if len(names) != 2 or None in arguments.kw_defaults:
        return False
    if named:
        return names[0] not in _OTHER_ARGUMENTS
    return names[0].startswith("env") and names[1].startswith("start")


def is_wsgi_class(node: ast.ClassDef) -> bool:
    """Whether the class itself is the app: made per request, and iterated over."""
    methods = {m.name: m for m in node.body if isinstance(m, ast.FunctionDef)}
    start = methods.get("__init__")
    return "__iter__" in methods and start is not None and takes_environ(start.args, method=True)


def takes_scope(arguments: ast.arguments, *, method: bool = False) -> bool:
    """Whether a function can be called as ASGI does it, judged by its arguments' names.

    :param method: the first one is ``self``
    """
    return required(arguments)[1 if method else 0 :] == ["scope", "receive", "send"]
