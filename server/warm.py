"""A warm process: it has the installed packages of an app imported already, and waits to be forked.

Importing pandas takes most of the time of a reload, and pandas doesn't change. So a process that
has it, but none of the project's own modules, is kept ready; each reload forks it, and the child
becomes a worker that has only the project left to import.

The launcher talks to it over a Unix socket, its standard input: ``{"import": [names], "variables":
{…}}`` sets the project's variables and is answered by ``{"imported": …, "failed": [names],
"unsafe": reason}``; ``{"fork": true}``, with descriptors beside it, by ``{"forked": pid}``; when a
child has ended, ``{"exited": pid, "status": n}`` follows. The end of the socket ends the process,
not its children. Everything runs on the main thread: a process with other threads must not fork,
since it would take along the locks that they hold.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import worker
from .imported import imported_modules, last_module

__all__ = ["main"]

_MAX_FDS = 16


def main() -> None:
    """Serve the launcher until it closes the socket. The process's main thread."""
    control = socket.socket(fileno=os.dup(0))
    control.set_inheritable(False)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    wakened, waker = socket.socketpair()
    waker.setblocking(False)
    wakened.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *unused: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = _Warm(control)
    while True:
        ready, _, _ = select.select([control, wakened], [], [])
        if wakened in ready:
            with contextlib.suppress(BlockingIOError):
                wakened.recv(4096)
            server.reap()
        if control in ready and not server.obey():
            return


class _Warm:
    """Imports and forks. The main thread only.

    :param control: the socket to the launcher
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pending = b""
        self._descriptors: list[int] = []

    def obey(self) -> bool:
        """Carry out what the launcher has sent; False when it has closed the socket."""
        data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 20, _MAX_FDS)
        self._descriptors += descriptors
        if not data:
            return False
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            os.environ.update(command.get("variables", {}))
            if "import" in command:
                self._import(command["import"], command["project"])
            elif "fork" in command:
                self._fork()
        return True

    def reap(self) -> None:
        """Tell of the children that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._tell({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _import(self, names: Sequence[str], project: str) -> None:
        failed = []
        # The project's folder is not on the path: nothing of it can be imported here.
        for name in names:
            if name in sys.modules:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    importlib.import_module(name)
            except BaseException:  # some can't be imported alone; SystemExit is possible, too
                failed.append(name)
        # What is there now stays: a collection in a child would touch all of it, and so copy it.
        gc.collect()
        gc.freeze()
        self._tell({"imported": len(sys.modules), "failed": failed, "unsafe": _why_unsafe(project)})

    def _fork(self) -> None:
        descriptors, self._descriptors = self._descriptors, []
        with warnings.catch_warnings():
            # From Python 3.12 on it warns of any other thread; `_why_unsafe` has looked.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid:
            for number in descriptors:
                os.close(number)
            self._tell({"forked": pid})
            return
        status = 1
        try:
            _become_worker(self._control, descriptors)
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            _exit_as_python_does(status)

    def _tell(self, record: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(record).encode("ascii") + b"\n")


def _become_worker(control: socket.socket, descriptors: list[int]) -> None:
    """In the child: let go of what is the parent's, and serve."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control.close()
    commands, events, output, *rest = descriptors
    for number, standard in ((commands, 0), (events, 1), (output, 2)):
        os.dup2(number, standard)
        os.close(number)
    handover, *listeners = rest
    worker.serve({"handover": handover, "listeners": listeners}, last_module())


def _exit_as_python_does(status: int) -> None:
    """End the child as if it had been started by itself: its exit functions run, its threads are
    waited for a moment. It must never return into the parent's code."""
    import atexit

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()  # the timer that `worker.serve` has started bounds this
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)


def _why_unsafe(project: str) -> str:
    """Why this process must not be forked, a sentence; "" where it may be."""
    threads = [item.name for item in threading.enumerate() if item is not threading.main_thread()]
    if threads or len(sys._current_frames()) > 1:
        name = threads[0] if threads else "unnamed"
        return f"importing the app's packages starts a thread ({name})"
    for name in ("gevent", "eventlet"):
        if name in sys.modules:
            return f"{name} replaces parts of the standard library while it is imported"
    root = str(Path(project).resolve()) + os.sep
    own = [file for file in imported_modules([__package__ or ""]).files if file.startswith(root)]
    if own:
        return f"an installed package imports {own[0]}, which is the project's own"
    return _native_threads()


def _native_threads() -> str:
    """Whether there are threads that Python doesn't know of, and that stay through a fork.

    A library such as OpenBLAS ends its threads before a fork and starts them again when needed;
    one that doesn't is not made for being forked.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir() or len(list(tasks.iterdir())) == 1:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    if len(list(tasks.iterdir())) == 1:
        return ""
    return "importing the app's packages starts threads of a compiled library"
