"""One window for a user and a data folder: a second start hands over what it was to open. No Qt.

Who holds ``instance.lock`` in the data folder is the one that others hand over to; the operating
system takes the lock back when that process ends, however it does, so nothing is ever stale but the
socket's file, which the next holder replaces. The socket lies in a folder that only this user can
enter: the data folder, or, where its path is too long for a socket, one under the system's
temporary folder that is checked to be the user's own.

Where a system's Python has no such sockets (Windows), each start has a window of its own.

What is handed over is one line of JSON, in which all paths are absolute, and the answer is another.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import tempfile
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import BinaryIO

from server.base.values import dataclass

from .documents import take_lock
from .private_files import private_folder

__all__ = [
    "MOST_BYTES",
    "Request",
    "activation",
    "answer",
    "become_first",
    "hand_over",
    "read_request",
    "socket_path",
]

MOST_BYTES = 64 * 1024
_LONGEST = 100  # bytes of a socket's path, which systems limit to 104 or 108
_WAIT_SECONDS = 5.0
_ACTIVATION = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


@dataclass(frozen=True)
class Request:
    """What a second start was to open.

    :param project: its folder, absolute; "" for only bringing the window to the front
    :param app: "" where only a folder was named
    :param python: the interpreter; "" for the one that is remembered
    :param activation: by which the desktop allows a window to come to the front
    """

    project: str = ""
    app: str = ""
    python: str = ""
    activation: str = ""


def activation() -> str:
    """What the desktop has given this start, so that its window may come to the front."""
    return next((os.environ[name] for name in _ACTIVATION if os.environ.get(name)), "")


def become_first(folder: Path) -> BinaryIO | None:
    """Be the one that others hand over to, until what is returned is closed.

    :param folder: the data folder
    :returns: None where another process is
    :raises OSError: the folder can't be used
    """
    return take_lock(private_folder(folder) / "instance.lock")


def socket_path(folder: Path) -> Path:
    """Where the first one listens.

    :raises OSError: there is no folder that only this user can enter
    """
    path = folder.resolve() / "instance.socket"
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    import hashlib  # not at the top: few paths are as long as that

    user = os.getuid() if hasattr(os, "getuid") else 0
    runtime = Path(tempfile.gettempdir()) / f"servedeck-{user}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    facts = runtime.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != user or facts.st_mode & 0o077:
        raise PermissionError(f"{runtime} is not this user's alone")
    return runtime / hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def hand_over(folder: Path, request: Request) -> bool:
    """Have the first one open something; waits for one that is only just starting. Blocks.

    :returns: whether it has taken it; False where it doesn't answer
    """
    line = json.dumps(asdict(request)).encode("ascii") + b"\n"
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(max(0.1, deadline - time.monotonic()))
                client.connect(str(socket_path(folder)))
                client.sendall(line)
                return client.makefile("rb").readline(MOST_BYTES) == answer()
        except (FileNotFoundError, ConnectionError):
            time.sleep(0.05)  # it has the lock, but doesn't listen yet
        except (OSError, AttributeError):
            return False
    return False


def read_request(line: bytes) -> Request | None:
    """What was handed over; None where it makes no sense."""
    try:
        record = json.loads(line.decode("utf-8"))
        known = {item.name: record.get(item.name, "") for item in fields(Request)}
        if not all(isinstance(value, str) for value in known.values()):
            return None
        "".join(known.values()).encode("utf-8")
    except (ValueError, RecursionError, AttributeError):
        return None
    return Request(**known)


def answer() -> bytes:
    """What the first one replies to a request that it has taken."""
    return b'{"taken": true}\n'
