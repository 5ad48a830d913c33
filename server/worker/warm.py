"""A warm process: it has the installed packages of an app imported already, and waits to be forked.

Importing pandas takes most of the time of a reload, and pandas doesn't change. So a process that
has it, but none of the project's own modules, is kept ready; each reload forks it, and the child
becomes a worker that has only the project left to import. To copy the table of so many pages takes
a while, so the next child is forked in advance, when nothing else is to be done, and waits as well.

The launcher talks to it over a Unix socket, a private one. ``{"import": [names], "variables":
{…}, "cold": [names]}`` sets the project's variables and the packages that it wants imported anew
each time, and is answered by ``{"imported": …, "failed": [names], "unsafe": reason or null,
"folders": […], "distributions": {…}, "files": {…}}``; the last three list what was installed then,
see :mod:`server.app.installed`. ``{"fork": true}``, with descriptors beside it, is answered by
``{"forked": pid}``; when a child has ended, ``{"exited": pid, "status": n}`` follows. The end of
the socket ends the process, not its workers. Everything runs on the main thread: a process with
other threads must not fork, since it would take along the locks that they hold.
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
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn, Optional

from ..app.bytecode import careful_bytecode
from ..app.imported import imported_modules, last_module
from ..app.installed import Stamps, distributions, package_files, package_folders, stamps
from ..base.forks import fork
from ..events import Reason
from .clones import not_cloned, reseed
from .main import serve

__all__ = ["main"]

_MAX_FDS = 16
_PATCHES = ("gevent", "eventlet")
_QUIET_SECONDS = 0.3  # without a command, after which the next child is forked in advance


def main(channel: int) -> NoReturn:
    """Serve the launcher until it closes the socket. The process's main thread.

    :param channel: the socket's descriptor
    """
    control = socket.socket(fileno=channel)
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
        wait = _QUIET_SECONDS if server.wants_reserve else None
        ready, _, _ = select.select([control, wakened], [], [], wait)
        if not ready:
            server.fork_reserve()
        if wakened in ready:
            with contextlib.suppress(BlockingIOError):
                wakened.recv(4096)
            server.reap()
        if control in ready and not server.obey():
            server.drop_reserve()
            os._exit(0)  # what the packages do at an exit is for the workers, which have served


class _Warm:
    """Imports and forks. The main thread only.

    :param control: the socket to the launcher
    :ivar wants_reserve: a child may be forked in advance, and there is none
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._pending = b""
        self._descriptors: list[int] = []
        self._cold: list[str] = []
        self._distributions: Optional[Stamps] = None
        self._reserve: Optional[tuple[int, socket.socket]] = None
        self.wants_reserve = False

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
            self._cold = command.get("cold", self._cold)
            if "import" in command:
                self._import(command["import"], command["project"])
            elif "fork" in command:
                self._fork()
        return True

    def reap(self) -> None:
        """Report the children that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if self._reserve is not None and pid == self._reserve[0]:
                self._forget_reserve()  # whatever has ended it may well end another one, too
                continue
            self._report({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _import(self, names: Sequence[str], project: str) -> None:
        failed = []
        folders = package_folders()
        if self._distributions is None:  # what is installed later may well be after an import
            self._distributions = distributions(folders)
        self.drop_reserve()  # it would not have them
        # The project's folder is not on the path: nothing of it can be imported here.
        for name in names:
            if name in sys.modules:
                continue
            try:
                with warnings.catch_warnings(), careful_bytecode():
                    warnings.simplefilter("ignore")
                    importlib.import_module(name)
            except BaseException:  # some can't be imported alone; SystemExit is possible, too
                failed.append(name)
        # What is there now stays: a collection in a child would touch all of it, and so copy it.
        gc.collect()
        gc.freeze()
        unsafe = _why_unsafe(project, self._cold)
        self.wants_reserve = not failed and unsafe is None
        self._report(
            {
                "imported": len(sys.modules),
                "failed": failed,
                "unsafe": None if unsafe is None else unsafe.to_json(),
                "folders": folders,
                "distributions": self._distributions,
                "files": stamps(package_files()),
            }
        )

    def _fork(self) -> None:
        """Make a worker: of the child in reserve, or of a new one."""
        descriptors, self._descriptors = self._descriptors, []
        pid = self._start_reserve(descriptors)
        if not pid:
            pid = fork()
            if not pid:
                self._be_worker(descriptors)
        for number in descriptors:
            os.close(number)
        self._report({"forked": pid})

    def fork_reserve(self) -> None:
        """Fork a child in advance, which waits until it is needed."""
        self.wants_reserve = False
        ours, theirs = socket.socketpair()
        pid = fork()
        if pid:
            theirs.close()
            self._reserve = pid, ours
            return
        try:
            ours.close()  # else the end of the parent would not end it
            _let_go(self._control)
            data, descriptors, _, _ = socket.recv_fds(theirs, 1, _MAX_FDS)
            theirs.close()
        except BaseException:
            os._exit(1)
        if not data:
            os._exit(0)
        self._be_worker(descriptors)

    def _start_reserve(self, descriptors: list[int]) -> int:
        """Make the child in reserve a worker.

        :returns: its pid; 0 where there is none
        """
        if self._reserve is None:
            return 0
        pid, channel = self._reserve
        try:
            socket.send_fds(channel, [b"\0"], descriptors)
        except OSError:  # it has just ended
            return 0
        channel.close()
        self._reserve = None
        self.wants_reserve = True
        return pid

    def drop_reserve(self) -> None:
        """End the child in reserve."""
        if self._reserve is not None:
            pid = self._reserve[0]
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        self._forget_reserve()

    def _forget_reserve(self) -> None:
        if self._reserve is not None:
            self._reserve[1].close()
        self._reserve = None
        self.wants_reserve = False

    def _be_worker(self, descriptors: list[int]) -> NoReturn:
        """In a child: serve, and end."""
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

    def _report(self, record: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(record).encode("ascii") + b"\n")


def _let_go(control: socket.socket) -> None:
    """In a child: of what is the parent's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control.close()


def _become_worker(control: socket.socket, descriptors: list[int]) -> None:
    """In a child: become a process of its own, and serve."""
    os.setsid()
    _let_go(control)
    commands, events, output, errors, handover, given_input, *listeners = descriptors
    for number, given_stream in enumerate((given_input, output, errors)):
        os.dup2(given_stream, number)
        os.close(given_stream)
    reseed()
    given = {"handover": handover, "listeners": listeners}
    serve(commands, events, given, last_module())


def _exit_as_python_does(status: int) -> NoReturn:
    """End the child as if it had been started by itself: its exit functions run, its threads are
    waited for a moment. It must never return into the parent's code."""
    import atexit

    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()  # the timer that `serve` has started bounds this
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)


def _why_unsafe(project: str, cold: Collection[str]) -> Optional[Reason]:
    """Why this process must not be forked; None where it may be.

    :param cold: packages that the project excludes from being cloned
    """
    threads = [item.name for item in threading.enumerate() if item is not threading.main_thread()]
    if threads or len(sys._current_frames()) > 1:
        name = threads[0] if threads else "unnamed"
        return Reason.of("thread", thread=name)
    package = not_cloned(cold)
    if package is not None:
        kind = "patches" if package in _PATCHES else "not-cloned"
        return Reason.of(kind, package=package)
    root = str(Path(project).resolve()) + os.sep
    own = [
        file
        for file in imported_modules([__name__.partition(".")[0]]).files
        if file.startswith(root)
    ]
    if own:
        return Reason.of("project-module", file=own[0])
    return Reason("native-threads") if _has_native_threads() else None


def _has_native_threads() -> bool:
    """Whether there are threads that Python doesn't know of, and that stay through a fork.

    A library such as OpenBLAS ends its threads before a fork and starts them again when needed;
    one that doesn't is not made for being forked.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir() or len(list(tasks.iterdir())) == 1:
        return False
    pid = fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return len(list(tasks.iterdir())) > 1
