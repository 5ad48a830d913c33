"""Who listens on a port, and which port is free: what a person needs when a port is taken.

The owner is found through ``/proc``, as Linux shows it: the server runs in the project's own
interpreter, where only the standard library is sure to be there. Where the system doesn't report
it, the answer is None and the message does without it.

Thread: any; nothing is kept. Both functions are quick, and meant for the moment of a failed bind.
"""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Any, Optional

from ..errors import PortOwner

__all__ = ["next_free_port", "port_owner"]

_PROC = Path("/proc")
_LISTEN = "0A"
_TRIES = 100


def port_owner(port: int) -> Optional[PortOwner]:
    """Name the process that listens on a TCP port of this machine, on any address.

    Of several that share the socket, as a server and its forked children do, it is the parent.

    :param port: the port's number
    :returns: the process; None where nobody listens or where it can't be
        known: another user's process, another container's, another system than Linux
    """
    try:
        sockets = _listening_sockets(port)
        holders = _holders(sockets) if sockets else []
    except (OSError, ValueError, TypeError):
        return None
    parents = [pid for pid in holders if _parent(pid) not in holders]
    if not parents:
        return None
    pid = min(parents)
    return PortOwner(_name(pid), pid)


def next_free_port(host: str, port: int, family: int) -> Optional[int]:
    """Find the next port above ``port`` on which a server could listen now.

    A port counts as free only where nobody listens on it on *any* address of IPv4 and IPv6:
    else one browser would reach the one server, and another browser the other.

    :param host: the address to listen on
    :param port: the port that is taken; at most the hundred above it are tried
    :param family: ``socket.AF_INET`` or ``socket.AF_INET6``
    :returns: the port, or None where there is none or the address can't be listened on. Another
        program may take it before the caller does.
    """
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        found = socket.getaddrinfo(
            host or None, 0, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
        )
    except (OSError, UnicodeError):
        return None
    address = found[0][4]
    for candidate in range(max(port + 1, 1), min(port + _TRIES, 65535) + 1):
        problem = _try_bind(family, (address[0], candidate, *address[2:]))
        if problem in (errno.EADDRINUSE, errno.EACCES):
            continue
        if problem:
            return None
        others = (
            _try_bind(socket.AF_INET, ("0.0.0.0", candidate)),
            _try_bind(socket.AF_INET6, ("::", candidate, 0, 0)),
        )
        if errno.EADDRINUSE not in others:
            return candidate
    return None


def _try_bind(family: int, address: tuple[Any, ...]) -> int:
    """Bind a socket for a moment, without listening: 0, or the number of the error."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Windows would share the port otherwise; elsewhere not to ask for reuse is strict.
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            if exclusive is not None:
                probe.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        code = error.errno or errno.EINVAL
        windows = {10013: errno.EACCES, 10048: errno.EADDRINUSE}
        return windows.get(code, code)
    return 0


def _listening_sockets(port: int) -> set[str]:
    """The inodes of the sockets that listen on a port, of both address families."""
    inodes: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / table).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        for line in lines[1:]:
            fields = line.split()
            if len(fields) < 10 or fields[3] != _LISTEN or fields[9] == "0":
                continue
            if int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


def _holders(inodes: set[str]) -> list[int]:
    """The processes that hold one of the sockets, as far as we may look into them."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    return [
        int(process.name)
        for process in _PROC.iterdir()
        if process.name.isdigit() and _holds(process, wanted)
    ]


def _holds(process: Path, links: set[str]) -> bool:
    try:
        for descriptor in (process / "fd").iterdir():
            try:
                if str(descriptor.readlink()) in links:
                    return True
            except OSError:  # closed in between
                continue
    except OSError:  # ended in between, or not ours to look into
        return False
    return False


def _parent(pid: int) -> int:
    """The process id of the parent, or 0."""
    try:
        status = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
        return int(status.rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _name(pid: int) -> str:
    """What the process calls itself, on one line."""
    try:
        name = (_PROC / str(pid) / "comm").read_text("utf-8", "replace")
    except OSError:
        name = ""
    name = "".join(c if c.isprintable() else "?" for c in name.rstrip("\n"))
    return name or "a process"
