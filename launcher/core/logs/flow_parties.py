"""Whose time a part of a request is: the server's, the framework's, yours, or that of a call.

Pure functions; any thread.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path, PurePath

from server.facts.span import CACHE, MAIL, PROCESS
from server.facts.span import HTTP as HTTP_SPAN
from server.facts.span import SQL as SQL_SPAN
from server.facts.span import TEMPLATE as TEMPLATE_SPAN

__all__ = [
    "AFTER", "BODY", "ERROR_PAGE", "FRAMEWORK", "HTTP", "PARTIES", "SERVER", "SQL", "TEMPLATE",
    "WAITING", "YOURS", "foreign_stages", "is_bare", "is_library", "label", "parse_stage",
    "party_of", "party_of_kind",
]  # fmt: skip

SERVER, FRAMEWORK, YOURS = "server", "framework", "yours"
SQL, HTTP, TEMPLATE = "sql", "http", "template"
WAITING = "waiting"
"""Other calls that the app waits for: caches, mails, processes."""
AFTER = "after"
"""What ServeDeck does after a failure, which no request would wait for without it: to make a page
and to send it. It is shown, and not counted."""
PARTIES = (SERVER, FRAMEWORK, YOURS, SQL, HTTP, TEMPLATE, WAITING)

ERROR_PAGE = "error page"

_NAMED = ("hook", "view", "middleware")
_SERVER_STAGES = frozenset(
    (
        "handle",
        "handle_one_request",
        "parse_request",
        "run_wsgi",
        "make_environ",
        "start_response",
        "write",
        "first byte",
        "last byte",
        # of the server itself
        "saved",
        "run",
        "bind",
        "prepare",
        "run_simple",
        "make_server",
        "serve_forever",
        "shutdown_signal",
        "drain",
        "server_close",
    )
)
LOAD = "load_app"
"""The step of a start in which the app's own code runs."""
BODY = "app iterator"
"""The step in which the app makes the parts of a body, one after the other, as the server asks."""
_APPS = ("app", "asgi")
_LABELS = {"app": "app(environ, start_response)", "asgi": "app(scope, receive, send)"}
_KINDS = {
    SQL_SPAN: SQL, HTTP_SPAN: HTTP, TEMPLATE_SPAN: TEMPLATE, CACHE: WAITING, MAIL: WAITING,
    PROCESS: WAITING,
}  # fmt: skip
_INSTALLED = frozenset(("site-packages", "dist-packages"))
_OURS = Path(__file__).resolve().parents[3]
_FOLDERS = (PurePath(os.__file__).parent, _OURS / "framework", _OURS / "server")

Flow = tuple[tuple[str, int, int, int], ...]
Places = tuple[tuple[str, str, int], ...]


@lru_cache(maxsize=2048)
def parse_stage(stage: str) -> tuple[str, str]:
    """A stage as what is documented and the name of the user's function: ``("hook", "log_in")``."""
    kind, _, name = stage.partition(" ")
    return (kind, name) if kind in _NAMED and name else (stage, "")


def label(stage: str) -> str:
    """A stage as it is written in the time line."""
    return _LABELS.get(stage, stage)


def party_of(stage: str, *, bare: bool = False, foreign: frozenset[str] = frozenset()) -> str:
    """Whose code a stage is.

    :param bare: there is no framework whose steps are known, so the app as a whole is yours
    :param foreign: hooks, views and middleware that are a library's own
    """
    key, name = parse_stage(stage)
    if key == ERROR_PAGE:
        return AFTER
    if key in (LOAD, BODY):
        return YOURS
    if name or (bare and key in _APPS):
        return FRAMEWORK if stage in foreign else YOURS
    return SERVER if key in _SERVER_STAGES else FRAMEWORK


def party_of_kind(kind: str) -> str:
    """Whose time a span is; that of a point is nobody's."""
    return _KINDS.get(kind, YOURS)


@lru_cache(maxsize=1024)
def foreign_stages(places: Places) -> frozenset[str]:
    """The stages whose functions a library has written, as Flask's view of static files."""
    return frozenset(stage for stage, file, _ in places if is_library(file))


@lru_cache(maxsize=4096)
def is_library(file: str) -> bool:
    """Whether a file belongs to an installed package, to Python itself or to ServeDeck."""
    path = PurePath(file)
    if not _INSTALLED.isdisjoint(path.parts):
        return True
    folders = [part for part in path.parts if part.startswith("python3.")]
    if folders and "lib" in path.parts:
        return True
    return any(map(path.is_relative_to, _FOLDERS))


def is_bare(flow: Flow) -> bool:
    """Whether none of the steps of a flow is a known framework's."""
    return all(stage in _APPS or party_of(stage) is not FRAMEWORK for stage, _, _, _ in flow)
