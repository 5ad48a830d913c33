"""What fails in ServeDeck itself: kept in a file, reported to the window. No Qt; any thread.

Faults of ours come from three sides: what is logged as an error by a logger of ours, what a thread
of ours raises, and what a Qt slot raises (which ends up in ``sys.excepthook``). What an app raises
is the app's, also where it runs in this process: an exception that came through a file which is
neither ours nor of a library is left to those who report it.

Whatever is done here never raises: a full disk, or a folder that can't be written, costs the file,
not the report in the window.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from launcher import APP_NAME, __version__
from server.base.limits import cut_middle
from server.base.values import dataclass
from server.reporting.captured import is_library, is_ours

from .private_files import narrow

__all__ = ["Failure", "FailureLog", "log_file"]

_LOGGERS = ("launcher", "servedeck")
_SIZE = 512 * 1024  # of the file, and of the one before it
_TEXT = 64 * 1024  # of one traceback
_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(f"{_ROOT / name}{os.sep}" for name in ("launcher", "server"))


def log_file(folder: Path) -> Path:
    """The file in a data folder."""
    return folder / "servedeck.log"


@dataclass(frozen=True)
class Failure:
    """One fault.

    :param what: one line
    :param thread: the name of the thread it happened on
    :param text: the traceback; "" where there is none
    """

    what: str
    thread: str
    text: str
    time: float

    def report(self, facts: tuple[str, ...] = ()) -> str:
        """What is copied: versions, platform and traceback, without secrets, the home folder as
        ``~``.

        :param facts: further lines about the program
        """
        import platform  # not at the top: a window that doesn't fail needs none of it

        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.time))
        lines = [
            f"{APP_NAME} {__version__} failed at {when}",
            f"Python {platform.python_version()}, {platform.platform()}",
            *facts,
            f"Thread: {self.thread}",
            "",
            self.text.rstrip() or self.what,
        ]
        return _plain("\n".join(lines)) + "\n"


class FailureLog(logging.Handler):
    """Writes faults into a file of its folder, and reports them.

    :param folder: the data folder
    :param on_failure: takes each one, on the thread that it happens on
    """

    def __init__(self, folder: Path, on_failure: Callable[[Failure], None]) -> None:
        super().__init__(logging.WARNING)
        self.file = log_file(folder)
        self._on_failure = on_failure

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Hear of faults while the block runs. The hooks from before are called as well."""
        hook, thread_hook = sys.excepthook, threading.excepthook

        def take(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
            self.take(error, tb)
            hook(kind, error, tb)

        def take_of_thread(args: threading.ExceptHookArgs) -> None:
            if args.exc_value is not None and args.exc_type is not SystemExit:
                self.take(args.exc_value, args.exc_traceback)
            thread_hook(args)

        sys.excepthook, threading.excepthook = take, take_of_thread
        loggers = [logging.getLogger(name) for name in _LOGGERS]
        for logger in loggers:
            logger.addHandler(self)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(self)
            if sys.excepthook is take:
                sys.excepthook = hook
            if threading.excepthook is take_of_thread:
                threading.excepthook = thread_hook

    def emit(self, record: logging.LogRecord) -> None:
        """Take what a logger of ours has; only errors are reported."""
        with contextlib.suppress(Exception):
            error = record.exc_info[1] if record.exc_info else None
            text = "" if error is None else _traceback(error, error.__traceback__)
            failure = Failure(record.getMessage(), record.threadName or "", text, record.created)
            self._write(record.levelname, failure)
            if record.levelno >= logging.ERROR:
                self._on_failure(failure)

    def take(self, error: BaseException, tb: TracebackType | None) -> None:
        """Take an exception that nobody has caught, where it is a fault of ours."""
        with contextlib.suppress(Exception):
            if isinstance(error, KeyboardInterrupt) or not is_fault_of_ours(tb):
                return
            what = "".join(traceback.format_exception_only(type(error), error)).strip()
            name = threading.current_thread().name
            failure = Failure(what, name, _traceback(error, tb), time.time())
            self._write("ERROR", failure)
            self._on_failure(failure)

    def _write(self, level: str, failure: Failure) -> None:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(failure.time))
        head = f"{when} {level} [{failure.thread}] {failure.what}\n"
        data = _plain(head + failure.text).encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError), self._lock_held():
            self._make_room(len(data))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
            descriptor = os.open(self.file, flags, 0o600)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)

    def _make_room(self, size: int) -> None:
        """Put a file that has grown long aside, in the place of the one before it."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        narrow(self.file)
        with contextlib.suppress(FileNotFoundError):
            if self.file.stat().st_size + size > _SIZE:
                self.file.replace(self.file.with_suffix(".log.1"))

    @contextlib.contextmanager
    def _lock_held(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


def is_fault_of_ours(tb: TracebackType | None) -> bool:
    """Whether an exception came through code of ours, and through none of an app's."""
    found = False
    while tb is not None:
        file = tb.tb_frame.f_code.co_filename
        if file.startswith(_OURS):
            found = True
        elif not (is_library(file) or is_ours(file)):
            return False
        tb = tb.tb_next
    return found


def _traceback(error: BaseException, tb: TracebackType | None) -> str:
    return cut_middle("".join(traceback.format_exception(type(error), error, tb)), _TEXT)


def _plain(text: str) -> str:
    """Without secrets and without the user's name."""
    from .secrets import mask_text  # not at the top, like ``platform``

    home = str(Path.home())
    shown = text.replace(home + os.sep, "~" + os.sep) if len(home) > 1 else text
    return mask_text(shown)
