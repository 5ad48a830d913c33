"""What each documented step of a request does, in words, and where it is written.

The texts lie in ``resources/learn``, one file for each language; the steps and the places of their
code stand here. Sources are found by reading them, so neither ``server`` nor ``framework`` is
imported. Plain functions; they may be called on any thread.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from server.base.values import dataclass

from .resources import resource

ENGLISH = "en"

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Documented:
    """A documented step.

    :param key: its name in a recorded flow
    :param file: the module that holds it, from the folder with our packages
    :param name: class and method in there, such as ``WSGIRequestHandler.handle``
    :param flask: what the same thing is called in today's Flask, Werkzeug or standard library;
        "" where they have none
    """

    key: str
    file: str
    name: str
    flask: str


_HANDLER = "server/handler.py"
_RESPONSE = "server/protocol/response.py"
_APP = "framework/app.py"
_FAILURES = "framework/failures.py"
_SESSION = "server/session.py"
_STARTING = "server/serving.py"
_SERVERS = "server/servers.py"
_SERVING = "werkzeug.serving.WSGIRequestHandler"
_BASE_SERVER = "werkzeug.serving.BaseWSGIServer"
_HTTP = "http.server.BaseHTTPRequestHandler"

STEPS: dict[str, Documented] = {
    step.key: step
    for step in (
        Documented("handle", _HANDLER, "WSGIRequestHandler.handle", f"{_SERVING}.handle"),
        Documented(
            "handle_one_request",
            _HANDLER,
            "WSGIRequestHandler.handle_one_request",
            f"{_HTTP}.handle_one_request",
        ),
        Documented(
            "parse_request",
            _HANDLER,
            "WSGIRequestHandler.parse_request",
            f"{_HTTP}.parse_request",
        ),
        Documented("run_wsgi", _HANDLER, "WSGIRequestHandler.run_wsgi", f"{_SERVING}.run_wsgi"),
        Documented(
            "make_environ",
            _HANDLER,
            "WSGIRequestHandler.make_environ",
            f"{_SERVING}.make_environ",
        ),
        Documented("app", _APP, "App.__call__", "flask.Flask.__call__"),
        Documented("asgi", "server/app/asgi.py", "_ServedApp._handle", ""),
        Documented("middleware", _APP, "App.wsgi_app", "flask.Flask.wsgi_app"),
        Documented("wsgi_app", _APP, "App.wsgi_app", "flask.Flask.wsgi_app"),
        Documented("request_context", _APP, "App.request_context", "flask.Flask.request_context"),
        Documented(
            "full_dispatch_request",
            _APP,
            "App.full_dispatch_request",
            "flask.Flask.full_dispatch_request",
        ),
        Documented(
            "preprocess_request", _APP, "App.preprocess_request", "flask.Flask.preprocess_request"
        ),
        Documented(
            "hook", "framework/scaffold.py", "Scaffold.before_request", "flask.Flask.before_request"
        ),
        Documented(
            "dispatch_request", _APP, "App.dispatch_request", "flask.Flask.dispatch_request"
        ),
        Documented("view", "framework/scaffold.py", "Scaffold.route", "flask.Flask.route"),
        Documented(
            "handle_user_exception",
            _FAILURES,
            "ErrorSteps.handle_user_exception",
            "flask.Flask.handle_user_exception",
        ),
        Documented(
            "handle_http_exception",
            _FAILURES,
            "ErrorSteps.handle_http_exception",
            "flask.Flask.handle_http_exception",
        ),
        Documented(
            "handle_exception",
            _FAILURES,
            "ErrorSteps.handle_exception",
            "flask.Flask.handle_exception",
        ),
        Documented(
            "finalize_request", _APP, "App.finalize_request", "flask.Flask.finalize_request"
        ),
        Documented("make_response", _APP, "App.make_response", "flask.Flask.make_response"),
        Documented(
            "process_response", _APP, "App.process_response", "flask.Flask.process_response"
        ),
        Documented(
            "start_response",
            _HANDLER,
            "WSGIRequestHandler.run_wsgi.start_response",
            f"{_SERVING}.run_wsgi",
        ),
        Documented("write", _HANDLER, "WSGIRequestHandler.run_wsgi.write", f"{_SERVING}.run_wsgi"),
        Documented(
            "app iterator",
            _HANDLER,
            "WSGIRequestHandler._items_to_write",
            f"{_SERVING}.run_wsgi",
        ),
        Documented("first byte", _RESPONSE, "ResponseWriter.begin", f"{_SERVING}.run_wsgi"),
        Documented("last byte", _RESPONSE, "ResponseWriter.end", f"{_SERVING}.run_wsgi"),
        Documented(
            "error page",
            _HANDLER,
            "WSGIRequestHandler._report_error",
            "werkzeug.debug.DebuggedApplication.debug_application",
        ),
        Documented("teardown", _APP, "App.do_teardown_request", "flask.Flask.do_teardown_request"),
        # The server's own course.
        Documented("saved", _SESSION, "Session.reload", "werkzeug._reloader.ReloaderLoop"),
        Documented("run", _SESSION, "Session.run", "flask.Flask.run"),
        Documented("bind", "server/net/listen.py", "open_listeners", f"{_BASE_SERVER}.__init__"),
        Documented("prepare", _SESSION, "Session._prepare", "flask.cli.run_command"),
        Documented("load_app", "server/app/loader.py", "AppLoader.load", "flask.cli.locate_app"),
        Documented("run_simple", _STARTING, "run_simple", "werkzeug.serving.run_simple"),
        Documented("make_server", _STARTING, "make_server", "werkzeug.serving.make_server"),
        Documented(
            "serve_forever",
            _SERVERS,
            "BaseWSGIServer.serve_forever",
            f"{_BASE_SERVER}.serve_forever",
        ),
        Documented(
            "shutdown_signal",
            _SERVERS,
            "BaseWSGIServer.shutdown_signal",
            "socketserver.BaseServer.shutdown",
        ),
        Documented(
            "drain", "server/net/threads.py", "WorkerPool.drain", f"{_BASE_SERVER}.serve_forever"
        ),
        Documented(
            "server_close", _SERVERS, "BaseWSGIServer.server_close", f"{_BASE_SERVER}.server_close"
        ),
    )
}


@dataclass(frozen=True)
class Texts:
    """All texts in one language.

    :param hovers: for each step what it does, in one sentence
    :param texts: for each step three or four sentences for a student
    :param words: the labels of the panel around them
    """

    language: str
    hovers: dict[str, str]
    texts: dict[str, str]
    words: dict[str, str]


@cache
def languages() -> tuple[str, ...]:
    """In which languages there are texts, English first: each file is one, such as ``zh_CN.json``.

    :raises ResourceError: the files are missing: the installation is damaged
    """
    found = sorted(file.stem for file in resource("learn").glob("*.json"))
    return (ENGLISH, *(language for language in found if language != ENGLISH))


@cache
def texts(language: str) -> Texts:
    """The texts in one of :func:`languages`; in English for any other.

    :raises ResourceError: the file is missing: the installation is damaged
    """
    if language not in languages():
        return texts(ENGLISH)
    record = json.loads(resource("learn", f"{language}.json").read_text(encoding="utf-8"))
    steps: dict[str, dict[str, str]] = record["steps"]
    return Texts(
        language=language,
        hovers={key: step["hover"] for key, step in steps.items()},
        texts={key: step["text"] for key, step in steps.items()},
        words=record["ui"],
    )


def language_for(locales: Iterable[str]) -> str:
    """Which language suits a reader.

    :param locales: names such as ``zh-Hans-CN`` or ``de_DE``, the most wanted first
    """
    for name in locales:
        wanted = _subtags(name)
        same = [language for language in languages() if _subtags(language)[0] == wanted[0]]
        if same:
            return max(same, key=lambda language: len(set(wanted) & set(_subtags(language))))
    return ENGLISH


def _subtags(language: str) -> list[str]:
    """The parts of a language's name: the language itself, then its script and country."""
    return language.replace("-", "_").lower().split("_")


def find_source(step: Documented) -> tuple[Path, int] | None:
    """File and line of a step's code; None where it isn't there, as in a damaged installation."""
    path = _ROOT / step.file
    try:
        changed = path.stat().st_mtime_ns
        line = _line_of(path, changed, step.name)
    except (OSError, SyntaxError, ValueError):
        return None
    return None if line is None else (path, line)


@lru_cache(maxsize=64)
def _line_of(path: Path, _changed: int, name: str) -> int | None:
    """The line of ``def`` or ``class``; the time of change makes an edited file another one."""
    inside: ast.AST = ast.parse(path.read_bytes())
    for part in name.split("."):
        found = next((node for node in _definitions(inside) if node.name == part), None)
        if found is None:
            return None
        inside = found
    return getattr(inside, "lineno", None)


_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _definitions(inside: ast.AST) -> Iterable[_Definition]:
    for node in ast.walk(inside):
        if node is not inside and isinstance(node, _Definition):
            yield node
