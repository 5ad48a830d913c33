"""Programs that serve themselves, so that there is no app to serve: what to do about each.

Many frameworks' quickstarts end in one call that starts a server of theirs. Some of them have an
app that only has no name at the top level of its module: one line makes it one. Others speak a
protocol of their own, and only run by themselves. One row of :data:`_ROWS` is one of either.

Only the syntax tree of a file is looked at. Pure; any thread. Used by ``discovery`` where a project
offers no app.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from server.base.values import dataclass

from ..display import one_line
from .frameworks import INSTALLED, kind_made_by, label
from .syntax import is_main_guard

__all__ = ["OwnServer", "own_servers", "worth_looking"]

_LONGEST = 80  # characters of the project's own code in a sentence
_GUARD = "if __name__ == '__main__'"


@dataclass(frozen=True)
class OwnServer:
    """A line by which a program serves itself.

    :param text: what it does and what to do about it: a clause that follows the name of the file
        and the number of the line
    """

    line: int
    text: str


@dataclass(frozen=True)
class _Row:
    """What serves by itself.

    :param calls: dotted names; one that ends in a dot stands for all that is below it
    :param text: see :class:`OwnServer`; ``{arguments}`` are those of the call
    :param takes_app: the first argument, or ``app``, is an app: with it, it is that app's matter
    """

    calls: tuple[str, ...]
    text: str
    takes_app: bool = False


_NEITHER = "which speaks neither WSGI nor ASGI: run it with python."

_ROWS = (
    _Row(
        ("bottle.run",),
        "runs Bottle's default app, which has no name to serve it by: write import bottle and "
        f"app = bottle.default_app() above that line, and the line itself under {_GUARD}.",
        takes_app=True,
    ),
    _Row(
        ("cherrypy.quickstart",),
        "starts CherryPy's own server: write application = cherrypy.tree.mount({arguments}) at the "
        f"top level above that line, and the line itself under {_GUARD}.",
    ),
    _Row(
        ("django.core.management.execute_from_command_line",),
        "runs Django's commands, and nothing there is its WSGI app: write application = "
        "django.core.wsgi.get_wsgi_application() at the top level, below the settings.",
    ),
    _Row(("tornado.web.Application",), f"makes a Tornado app, {_NEITHER}"),
    _Row(("aiohttp.web.Application", "aiohttp.web.run_app"), f"makes an aiohttp app, {_NEITHER}"),
    _Row(("klein.Klein", "klein.run"), f"makes a Klein app, {_NEITHER}"),
    _Row(("robyn.Robyn",), f"makes a Robyn app, {_NEITHER}"),
    _Row(("twisted.web.server.Site",), f"makes a Twisted site, {_NEITHER}"),
    _Row(
        (
            "http.server.HTTPServer",
            "http.server.ThreadingHTTPServer",
            "http.server.test",
            "socketserver.TCPServer",
            "socketserver.ThreadingTCPServer",
        ),
        f"serves by Python's own http.server, {_NEITHER}",
    ),
    _Row(("streamlit.",), "is a Streamlit script, which is no WSGI app: run it with streamlit."),
    _Row(
        ("gradio.Interface", "gradio.Blocks", "gradio.ChatInterface", "nicegui.ui.run"),
        "runs by a server of its own, as nothing there is a WSGI app: run it with python.",
    ),
)
_PACKAGES = {name.partition(".")[0] for row in _ROWS for name in row.calls}
_WORTH_LOOKING = re.compile("|".join(sorted(_PACKAGES.union(INSTALLED, ("web",)))).encode())


def worth_looking(source: bytes) -> bool:
    """Whether a file may hold any of it."""
    return _WORTH_LOOKING.search(source) is not None


def own_servers(tree: ast.Module) -> Iterator[OwnServer]:
    """The lines of a module by which it serves itself, one for each row of the table; and the apps
    that it makes at its top level, or as a script, without giving them a name."""
    names = _Names(tree)
    for statement in _top_level(tree.body):
        match statement:
            case ast.Expr(ast.Call() as call):
                yield from _nameless(call, names)
    seen: set[_Row] = set()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        row = _row_of(call, names)
        if row is not None and row not in seen:
            seen.add(row)
            yield OwnServer(call.lineno, row.text.replace("{arguments}", _arguments(call)))


def _row_of(call: ast.Call, names: _Names) -> _Row | None:
    for name in names.of(call.func):
        for row in _ROWS:
            is_meant = name in row.calls or name.partition(".")[0] + "." in row.calls
            if is_meant and not (row.takes_app and _has_app(call)):
                return row
    return None


def _has_app(call: ast.Call) -> bool:
    return bool(call.args) or any(keyword.arg in ("app", None) for keyword in call.keywords)


def _nameless(call: ast.Call, names: _Names) -> Iterator[OwnServer]:
    """``Maker(…)`` or ``Maker(…).run()`` as a statement: an app that nothing can be done with."""
    made = call
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        made = call.func.value
    for name in names.of(made.func):
        if kind := kind_made_by(name):
            code = f"{ast.unparse(made.func)}({_arguments(made)})"
            text = (
                f"makes a {label(kind)} without a name: write app = {code} at the top level, "
                f"outside of {_GUARD}."
            )
            yield OwnServer(made.lineno, text)
            return


def _arguments(call: ast.Call) -> str:
    """The arguments of a call as code, where they are short."""
    code = ast.unparse(ast.Call(ast.Name("f"), call.args, call.keywords))[2:-1]
    return code if len(code) <= _LONGEST and one_line(code) == code else "…"


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, and those that run where it is a script."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and is_main_guard(statement.test):
            yield from statement.body


class _Names:
    """What the names of a file that are imported stand for, wherever in it that is."""

    def __init__(self, tree: ast.Module) -> None:
        self._imported: dict[str, str] = {}
        self._stars: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    self._imported[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                for alias in node.names:
                    if alias.name == "*":
                        self._stars.append(node.module)
                    else:
                        self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def of(self, node: ast.expr) -> Iterator[str]:
        """The dotted names that an expression may stand for."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return
        known = self._imported.get(node.id)
        bases = [known] if known else [f"{module}.{node.id}" for module in self._stars]
        for base in bases:
            yield ".".join([base, *reversed(attributes)])
