"""Why a server could not start: typed errors, raised in the caller, never ``sys.exit``.

Each message is one sentence for the person who pressed Start: what is wrong and what to do.
"""

from __future__ import annotations

import errno
from typing import NamedTuple, Optional

from .base.limits import ERROR_MESSAGE, cut

__all__ = [
    "AppLoadError",
    "BindError",
    "ConfigError",
    "FileMissing",
    "PortInUse",
    "PortOutOfRange",
    "PortOwner",
    "StartError",
    "WrongType",
    "why_refused",
]

_REFUSALS = {
    errno.EACCES: "permission is denied",
    errno.EAGAIN: "it takes no more at the moment",
    errno.EBADF: "it is not open",
    errno.EEXIST: "it is there already",
    errno.EINVAL: "the system can't do that with it",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open in this process",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENODEV: "the device is not there",
    errno.ENOENT: "it is not there",
    errno.ENOEXEC: "it is no program for this machine",
    errno.ENOMEM: "there is no memory left",
    errno.ENOSPC: "the disk is full",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.ENOTSOCK: "it is no socket",
    errno.EPERM: "that is not permitted",
    errno.EPIPE: "its reader has gone",
    errno.EROFS: "the file system is read-only",
    errno.ETXTBSY: "it is being written to",
}
"""What the system means by the number of an error, as a part of a sentence about a file."""


def why_refused(error: BaseException) -> str:
    """Why the system, or a library, has refused something: the end of a sentence, without a stop.

    Never ``None``, nor a number, nor a capital that would begin another sentence.
    """
    number = getattr(error, "errno", None) or 0
    found = _REFUSALS.get(number)
    stated = getattr(error, "strerror", None)
    if not stated and error.args and not number:
        stated = str(error)
    text = str(found or stated or type(error).__name__).strip().rstrip(".")
    is_word = text[:2].istitle() or text[1:2].isspace()
    return text[:1].lower() + text[1:] if is_word else text


class StartError(Exception):
    """A server could not start.

    :ivar kind: a stable word for programs, as in ``ServerFailed.kind``
    :ivar message: one sentence for the user
    """

    kind = "start"

    def __init__(self, message: str) -> None:
        self.message = cut(message, ERROR_MESSAGE)
        super().__init__(self.message)


class ConfigError(StartError, ValueError):
    """A setting has a value that can't be used. ``setting`` names it."""

    kind = "config"

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


class WrongType(ConfigError, TypeError):
    """A setting has a value of a type that can't be used; Werkzeug raises a TypeError, too."""


class FileMissing(ConfigError, FileNotFoundError):
    """A setting names a file that isn't there."""


class BindError(StartError, OSError):
    """The address can't be listened on (unknown host, no permission, no such interface)."""

    kind = "bind"


class PortOwner(NamedTuple):
    """The process that listens on a port."""

    process: str
    pid: int

    def __str__(self) -> str:
        return f"{self.process} (pid {self.pid})"


class PortOutOfRange(BindError, OverflowError):
    """There is no such port; sockets raise an OverflowError, too."""


class PortInUse(BindError):
    """Another process listens on the port.

    :ivar owner: that process, or None where the system doesn't report it
    :ivar suggested_port: the next free port, or None
    """

    kind = "port-in-use"

    def __init__(
        self,
        message: str,
        *,
        port: int,
        owner: Optional[PortOwner] = None,
        suggested_port: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.port = port
        self.owner = owner
        self.suggested_port = suggested_port


class AppLoadError(StartError):
    """The user's app can't be loaded.

    :ivar kind: ``"app-not-found"``, ``"app-import"``, ``"app-attribute"``, ``"app-object"`` or
        ``"patches"``: it replaces parts of the standard library in a process that isn't its own
    :ivar traceback: the app's own traceback where its code raised, else ""
    :ivar missing_module: the module whose absence stopped the import, else ""
    :ivar error_id: the ``AppError`` that was reported for it, or None
    :ivar replaced: the part of the standard library that it replaces, such as ``socket.socket``;
        else ""
    """

    def __init__(
        self, kind: str, message: str, traceback: str = "", missing_module: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.traceback = traceback
        self.missing_module = missing_module
        self.error_id: Optional[int] = None
        self.replaced = ""
