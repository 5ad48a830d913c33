"""``servedeck routes APP``: the app's URL rules, printed. No Qt; the main thread.

The app is loaded in a process of its own, by its own interpreter, exactly as ``servedeck serve``
would load it, on a port that the system chooses; as soon as it has reported its rules, it is ended.
"""

from __future__ import annotations

import json
import queue
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from server.config import ServerConfig
from server.events import (
    Event,
    OutputWritten,
    Route,
    RoutesFound,
    ServerFailed,
    ServerStopped,
)

from .core.display import escaped
from .hosts.supervisor import Supervisor

__all__ = ["print_routes"]

APP_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
_ENDS = (RoutesFound, ServerFailed, ServerStopped)
_CLOSE_SECONDS = 5.0
_ITS_OWN_FAULTS = frozenset({"app-import", "app-error", "app-crashed", "internal"})


def print_routes(config: ServerConfig, *, as_json: bool, out: TextIO, err: TextIO) -> int:
    """Print the URL rules of an app.

    As JSON: ``{"routes": [{rule, methods, endpoint, file, line}]}``.

    :param config: the app, its project and interpreter
    :param out: where the list goes
    :param err: where a sentence goes that explains why there is none, and what the app prints
    :returns: the exit code: 0, also where the app shows no rules; 1 where it fails, 2 where it
        can't be loaded as it was named
    """
    try:
        end = _routes_of(config, err)
    except KeyboardInterrupt:
        return INTERRUPTED
    if isinstance(end, ServerFailed):
        text = end.traceback.rstrip() or f"servedeck: {end.message}"
        err.write(_writable(text, err) + "\n")
        return APP_FAILED if end.kind in _ITS_OWN_FAULTS else BAD_INPUT
    routes = end.routes if isinstance(end, RoutesFound) else ()
    if as_json:
        text = json.dumps({"routes": [route.to_json() for route in routes]}, indent=2)
    elif routes:
        text = _table(routes, Path(config.project))
    else:
        err.write(f"{escaped(config.app)} shows no URL rules.\n")
        return 0
    out.write(_writable(text, out) + "\n")
    return 0


def _routes_of(config: ServerConfig, err: TextIO) -> RoutesFound | ServerFailed | ServerStopped:
    found: queue.SimpleQueue[Event] = queue.SimpleQueue()
    supervisor = Supervisor(found.put)
    supervisor.start(
        replace(
            config, host="127.0.0.1", port=0, unix="", ssl="", run_in="process", mode="threaded",
            reload=False,
        )
    )  # fmt: skip
    try:
        while True:
            event = found.get()
            if isinstance(event, OutputWritten):
                err.write(_writable(event.text, err))
            elif isinstance(event, _ENDS):
                return event
    finally:
        supervisor.stop()
        supervisor.close(_CLOSE_SECONDS)


def _table(routes: tuple[Route, ...], project: Path) -> str:
    rows = [("RULE", "METHODS", "ENDPOINT", "DEFINED IN")]
    rows += [
        (
            escaped(route.rule),
            ", ".join(map(escaped, route.methods)) or "any",
            escaped(route.endpoint),
            escaped(_place(route, project)),
        )
        for route in routes
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(
            [*(f"{text:<{width}}" for text, width in zip(row[:3], widths, strict=True)), row[3]]
        ).rstrip()
        for row in rows
    )


def _place(route: Route, project: Path) -> str:
    """File and line, from the project's folder where it is in there."""
    if not route.file:
        return ""
    try:
        shown = Path(route.file).relative_to(project.resolve())
    except (ValueError, OSError):
        shown = Path(route.file)
    return f"{shown}:{route.line}"


def _writable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
