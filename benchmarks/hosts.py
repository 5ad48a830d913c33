"""Starts one server through its Python interface: ``python -m benchmarks.hosts KIND PORT THREADS
FOLDER``. Runs until it is killed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import IO, Any

from server.events import Event

from .servers import APP_FILE, HOST

__all__ = ["main"]


def _ours(port: int, threads: int, folder: Path) -> None:
    import server

    from .apps import app

    server.make_server(HOST, port, app, threaded=True).serve_forever()


def _single(port: int, threads: int, folder: Path) -> None:
    import server

    from .apps import app

    server.make_server(HOST, port, app).serve_forever()


def _written(port: int, threads: int, folder: Path) -> None:
    """Ours with every event written to a file, as ``servedeck serve`` writes it."""
    import server
    from launcher.event_file import EventFile
    from server.reporting.batch import EventBatch
    from server.reporting.reporter import Reporter

    from .apps import app

    file = EventFile(str(folder / "events.jsonl"))

    def take(events: Sequence[Event]) -> None:
        if problem := file.write(events):  # what was measured then would be something else
            print(problem, file=sys.stderr)
            os._exit(1)

    batch = EventBatch(take)
    running = server.make_server(HOST, port, app, threaded=True)
    running.reporter = Reporter(batch.emit, 65536)
    running.serve_forever()


def _launcher(port: int, threads: int, folder: Path) -> None:
    """The window, off the screen; Start is pressed as a user presses it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QSpinBox

    from launcher.app import build

    window: Any = build([f"{APP_FILE}:app", "--data-dir", str(folder)])
    window.findChild(QComboBox, "hostEdit").setEditText(HOST)
    for name in ("setupDebugCheck", "setupReloadCheck"):  # as the servers beside it have it
        window.findChild(QCheckBox, name).setChecked(False)
    window.findChild(QSpinBox, "portSpin").setValue(port)
    window.show()
    window.findChild(QPushButton, "startButton").click()
    QApplication.exec()


def _flow(
    port: int,
    recording: bool,
    lines: Path | None = None,
    limited: bool = True,
    make: Callable[[], Any] | None = None,
) -> None:
    """Flask under our server with events, as a session has it.

    :param make: makes another app than Flask's
    """
    from server.flow.apps import record_flow
    from server.flow.libraries import recorded_libraries

    from .apps import flask_app

    with recorded_libraries() if recording else nullcontext():
        plain = flask_app if make is None else make()
        _serve_flow(port, record_flow(plain)[0] if recording else plain, recording, lines, limited)


def _serve_flow(port: int, app: Any, recording: bool, lines: Path | None, limited: bool) -> None:
    import server
    from server.events import encode
    from server.flow.recording import FlowBudget, Recording
    from server.reporting.reporter import Reporter

    running = server.make_server(HOST, port, app, threaded=True)
    if recording:
        running.recording = Recording(FlowBudget() if limited else FlowBudget(1e9, 1e9))
    if lines is None:
        newest: deque[Any] = deque(maxlen=10_000)
        running.reporter = Reporter(newest.append, 65536)
        running.serve_forever()
    else:
        with lines.open("w", encoding="ascii") as file:
            running.reporter = Reporter(lambda event: _write(file, encode(event)), 65536)
            running.serve_forever()


def _write(file: IO[str], line: str) -> None:
    file.write(line)
    file.flush()


def _kept(run_in: str, port: int, threads: int, folder: Path) -> None:
    from .kept import serve

    serve(port, folder, run_in)


def _werkzeug(port: int, threads: int, folder: Path) -> None:
    from werkzeug.serving import make_server

    from .apps import app

    make_server(HOST, port, app, threaded=True).serve_forever()


def _wsgiref(port: int, threads: int, folder: Path) -> None:
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from .apps import app

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    make_server(HOST, port, app, handler_class=Quiet).serve_forever()


def _waitress(port: int, threads: int, folder: Path) -> None:
    from waitress import serve

    from .apps import app

    serve(app, host=HOST, port=port, threads=threads)


def _cheroot(port: int, threads: int, folder: Path) -> None:
    from cheroot.wsgi import Server

    from .apps import app

    Server((HOST, port), app, numthreads=threads).start()


def _queries(
    name: str, recording: bool, lines: bool, limited: bool, port: int, threads: int, folder: Path
) -> None:
    """An app of :mod:`benchmarks.query_apps`.

    :param limited: so many requests are recorded as by default; else each, however many
    """
    from . import query_apps

    make = partial(getattr(query_apps, name), folder)
    _flow(port, recording, folder / "events" if lines else None, limited=limited, make=make)


_KINDS: dict[str, Callable[[int, int, Path], None]] = {
    "ours": _ours,
    "single": _single,
    "written": _written,
    "launcher": _launcher,
    "flow-off": lambda port, threads, folder: _flow(port, False),
    "flow-on": lambda port, threads, folder: _flow(port, True),
    "flow-each": lambda port, threads, folder: _flow(port, True, limited=False),
    "flow-off-lines": lambda port, threads, folder: _flow(port, False, folder / "events"),
    "flow-on-lines": lambda port, threads, folder: _flow(port, True, folder / "events"),
    **{
        f"{name}-{'on' if recording else 'off'}{'-lines' if lines else ''}": partial(
            _queries, f"{name}_app", recording, lines, False
        )
        for name in ("sqlalchemy", "flask_sqlalchemy", "django")
        for recording in (False, True)
        for lines in (False, True)
    },
    **{
        f"{name}-default-lines": partial(_queries, f"{name}_app", True, True, True)
        for name in ("sqlalchemy", "django")
    },
    "flask_sqlalchemy-toolbar": partial(_queries, "flask_toolbar_app", False, False, False),
    "django-toolbar": partial(_queries, "django_toolbar_app", False, False, False),
    "django-silk": partial(_queries, "django_silk_app", False, False, False),
    "kept": partial(_kept, "thread"),
    "kept-apart": partial(_kept, "process"),
    "werkzeug": _werkzeug,
    "wsgiref": _wsgiref,
    "waitress": _waitress,
    "cheroot": _cheroot,
}


def main(arguments: list[str]) -> None:
    """Serve until the end."""
    kind, port, threads, folder = arguments
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it sets itself to INFO
    logging.getLogger("waitress").setLevel(logging.ERROR)
    _KINDS[kind](int(port), int(threads), Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
