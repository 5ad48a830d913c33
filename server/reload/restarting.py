"""``run_simple``'s reloader: a parent that keeps the port, and a child that serves.

The parent binds the listening socket and starts the same program again with
``WERKZEUG_RUN_MAIN=true`` and the socket's descriptor in ``WERKZEUG_SERVER_FD``, as documented. The
child serves and watches the files; on a change it finishes its requests and ends with status 3,
and the parent starts the next one on the same socket: nobody is refused in between. A child that
ends by an error is started again when a file has changed. Both run on their main threads, where
SIGTERM ends them as Ctrl+C does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Optional, Protocol

from ..base import native
from ..base.forks import handle_signal
from ..net.call_thread import CallThread
from .files import FileWatch

__all__ = ["handed_over_listeners", "is_running_from_reloader", "keep_running", "serve_and_watch"]

_RUN_MAIN = "WERKZEUG_RUN_MAIN"
_FD = "WERKZEUG_SERVER_FD"
_MORE_FDS = "SERVEDECK_SERVER_FDS"  # `localhost` has two sockets
_PARENT = "SERVEDECK_PARENT_PID"
_RELOAD = 3  # the exit status by which a child asks for a new one, as in Werkzeug
_STOP_SECONDS = 10.0


class _Server(Protocol):
    shutdown_signal: bool

    def serve_forever(self) -> None: ...


def is_running_from_reloader() -> bool:
    """Whether this process is the child that serves."""
    return os.environ.get(_RUN_MAIN) == "true"


def handed_over_listeners() -> list[socket.socket]:
    """The listening sockets that the parent passed on; none where there is no such parent.

    They are taken once, so that the app's own children don't find descriptors that aren't theirs.
    """
    if not is_running_from_reloader():
        return []
    text = os.environ.pop(_MORE_FDS, "") or os.environ.get(_FD, "")
    os.environ.pop(_FD, None)
    listeners: list[socket.socket] = []
    for number in text.split(","):
        if number.isdigit():
            listener = socket.socket(fileno=int(number))
            listener.set_inheritable(False)
            listeners.append(listener)
    return listeners


def keep_running(
    listeners: Sequence[socket.socket],
    extra_files: Iterable[str],
    exclude_patterns: Iterable[str],
    interval: float,
) -> None:
    """Be the parent: run children until one ends by itself, or Ctrl+C.

    :param interval: seconds between two looks at the files, while a broken app waits for a save
    """
    watch = FileWatch(extra_files, exclude_patterns)
    child: Optional[subprocess.Popen[bytes]] = None
    with _on_sigterm(signal.default_int_handler):
        try:
            while True:
                watch.changed()
                child = _start_child(listeners)
                status = _status_of(child)
                if status == 0:
                    return
                if status != _RELOAD:
                    print(" * The app ended with an error; waiting for a change.", file=sys.stderr)
                    pause = threading.Event()
                    while not watch.changed():
                        pause.wait(interval)
        except KeyboardInterrupt:
            if child is not None:
                _end(child)


def serve_and_watch(
    server: _Server,
    extra_files: Iterable[str],
    exclude_patterns: Iterable[str],
    interval: float,
) -> None:
    """Be the child: serve, and end the process with status 3 when a file has changed.

    It also ends when the parent is gone, so that nothing is left on the port.
    """
    watch = FileWatch(extra_files, exclude_patterns)
    ended = threading.Event()
    changes: list[str] = []
    # As the parent passed it on: it may have been killed while the app was being imported.
    parent = int(os.environ.pop(_PARENT, "") or os.getppid())

    def look() -> None:
        while not ended.wait(interval):
            changes.extend(watch.changed())
            if changes or os.getppid() != parent:
                server.shutdown_signal = True
                return

    def stop(*unused: Any) -> None:
        server.shutdown_signal = True

    watcher = CallThread(look, "reloader", _report_error)
    watcher.start()
    try:
        with _on_sigterm(stop):
            server.serve_forever()
    finally:
        ended.set()
        watcher.join()
    if changes:
        print(f" * Detected change in {changes[0]!r}, reloading", file=sys.stderr)
        sys.exit(_RELOAD)


def _report_error(watcher: CallThread) -> None:
    """Without its watcher, the child serves on, and a save changes nothing: that is shown."""
    error = watcher.error
    if error is not None:
        traceback.print_exception(type(error), error, error.__traceback__)


def _start_child(listeners: Sequence[socket.socket]) -> subprocess.Popen[bytes]:
    numbers = [listener.fileno() for listener in listeners]
    environ = dict(os.environ)
    environ[_RUN_MAIN] = "true"
    options: dict[str, Any] = {}
    if os.name == "posix":
        environ[_FD] = str(numbers[0])
        environ[_MORE_FDS] = ",".join(map(str, numbers))
        environ[_PARENT] = str(os.getpid())
        options["pass_fds"] = numbers
    return subprocess.Popen(_same_command(), env=environ, **options)


def _status_of(child: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a child, for a while at a time: see ``native.LONGEST_WAIT``."""
    _wait_by_descriptor(child.pid)
    while True:  # at once, where that has waited
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(native.LONGEST_WAIT)


def _wait_by_descriptor(pid: int) -> None:
    """Wait for the end of a process where that takes no look at it now and then: on Linux."""
    open_process = getattr(os, "pidfd_open", None)
    if open_process is None:
        return
    try:
        process = open_process(pid)
    except OSError:  # not allowed here, or no descriptor is left
        return
    try:
        waiting = select.poll()
        waiting.register(process, select.POLLIN)
        while not waiting.poll(native.LONGEST_WAIT * 1000):
            pass
    finally:
        os.close(process)


def _same_command() -> list[str]:
    """The command line this program was started with."""
    original: Optional[list[str]] = getattr(sys, "orig_argv", None)
    if original:
        return [sys.executable, *original[1:]]
    # Python 3.9: put together what `python -m package` hides.
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name:
        name = spec.name[: -len(".__main__")] if spec.name.endswith(".__main__") else spec.name
        return [sys.executable, "-m", name, *sys.argv[1:]]
    return [sys.executable, *sys.argv]


@contextlib.contextmanager
def _on_sigterm(handler: Callable[..., Any]) -> Iterator[None]:
    """Handle SIGTERM, unless the program does so itself, or this isn't its main thread."""
    mine = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    )
    if mine:
        handle_signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        if mine:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child, which may have got the same Ctrl+C; kill it where it takes too long."""
    try:
        if os.name == "posix":  # elsewhere, this would be a kill
            child.terminate()
        child.wait(_STOP_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()
