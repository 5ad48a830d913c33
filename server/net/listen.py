"""Listening sockets: which addresses a host name means, and why one can't be had.

Called before anything runs, in the thread that starts the server; errors are raised there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import BindError, PortInUse, PortOutOfRange, WrongType, why_refused
from .ports import next_free_port, port_owner

__all__ = [
    "UNIX", "close_listeners", "display_url", "listener_of", "open_listeners", "port_error",
    "port_number",
]  # fmt: skip

UNIX = "unix://"
_BACKLOG = 1024
_TRIES = 20
_NO_FAMILY = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}

Address = tuple[int, Any]


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """Bind and listen.

    ``localhost`` is both loopback addresses, on one port number: browsers try either.

    :param host: a name, an address, or ``unix://`` and the path of a socket
    :param port: 0 lets the system choose; not used for ``unix://``
    :returns: at least one listening socket
    :raises PortInUse: another process has the port
    :raises BindError: the host is unknown, isn't this machine's, or the port isn't allowed
    """
    if not 0 <= port <= 65535:  # some systems would quietly take it modulo 65536
        raise PortOutOfRange(f"Port {port} is out of range: use a number from 0 to 65535.")
    if host.startswith(UNIX):
        return [_listen_unix(host[len(UNIX) :])]
    addresses = _resolve(host, port)
    for attempt in range(_TRIES):
        try:
            return _bind_all(addresses, host, port)
        except PortInUse:
            # With port 0 the number chosen for one family may be taken in the other.
            if port != 0 or attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")  # pragma: no cover


def listener_of(fd: int) -> socket.socket:
    """A listening socket of our own on a descriptor that was given.

    :raises BindError: it is none
    """
    try:
        return socket.socket(fileno=os.dup(fd))
    except OSError as error:
        raise BindError(
            f"The descriptor {fd} is no listening socket: {why_refused(error)}."
        ) from None


def close_listeners(listeners: Iterable[socket.socket]) -> None:
    """Close listening sockets; a Unix socket's file goes with it."""
    for listener in listeners:
        path = ""
        if listener.fileno() >= 0 and listener.family == getattr(socket, "AF_UNIX", None):
            path = listener.getsockname()
        listener.close()
        if path:
            with contextlib.suppress(OSError):
                Path(path).unlink()


def display_url(host: str, port: int, scheme: str = "http") -> str:
    """The URL under which a browser on this machine reaches the server."""
    if host.startswith(UNIX):
        return host
    if host in ("0.0.0.0", ""):
        host = "127.0.0.1"
    elif host == "::":
        host = "[::1]"
    elif ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}:{port}"


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise BindError(
            f"The host {host!r} can't be found ({_why(error)}): "
            "use 127.0.0.1 for this machine only, or an address of this machine."
        ) from None
    addresses: list[Address] = []
    for family, _, _, _, address in found:
        if family in (socket.AF_INET, socket.AF_INET6) and (family, address) not in addresses:
            addresses.append((family, address))
    if not addresses:
        raise BindError(f"The host {host!r} has no address that can be listened on.")
    if host.lower() == "localhost":
        both: list[Address] = [
            (socket.AF_INET, ("127.0.0.1", port)),
            (socket.AF_INET6, ("::1", port, 0, 0)),
        ]
        return both
    return addresses[:1]


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeError):  # its text is about a codec
        return "no host can have this name"
    return (error.args[1] if len(error.args) > 1 else str(error)).lower()


def _bind_all(addresses: list[Address], host: str, port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    try:
        for family, address in addresses:
            if listeners and port == 0:
                address = (address[0], listeners[0].getsockname()[1], *address[2:])
            try:
                listeners.append(_listen(family, address))
            except OSError as error:
                if error.errno in _NO_FAMILY and len(addresses) > 1:
                    continue  # a machine without IPv6 still has a localhost
                raise _bind_error(error, host, address[1], family) from None
        if not listeners:
            raise BindError(f"The host {host!r} has no address on this machine.")
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _listen(family: int, address: Any) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # On Windows this option would let two servers share the port.
        if hasattr(socket, "AF_UNIX"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # A client that has sent nothing yet stays with the kernel, for the process that listens
        # next: so a server that stops while the socket stays open cuts off nobody who is about to
        # ask.
        if hasattr(socket, "TCP_DEFER_ACCEPT") and family != getattr(socket, "AF_UNIX", None):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _listen_unix(path: str) -> socket.socket:
    """Listen on a Unix socket; a file left behind by a server that is gone is replaced."""
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise BindError("This system has no Unix sockets: use a host and a port.")
    if not path:
        raise BindError("unix:// needs a path, as in unix:///tmp/app.sock.")
    if "\0" in path:
        raise BindError(f"The Unix socket {path!r} can't be made: its path has a NUL.")
    # The app may change the folder before the file is to be removed.
    path = os.path.abspath(path)  # noqa: PTH100 - links are to stay as they are
    if os.path.lexists(path) and not _is_socket(path):
        raise BindError(f"{path} is there already and is no socket: use another path.")
    if _is_stale(path, family):
        Path(path).unlink()
    try:
        return _listen(family, path)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BindError(
                f"Another server listens on {path}: stop it, or use another path."
            ) from None
        why = why_refused(error)
        raise BindError(f"The Unix socket {path} can't be made: {why}.") from None


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_stale(path: str, family: int) -> bool:
    """Whether there is a socket's file that nobody listens on."""
    if not _is_socket(path):
        return False
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(path)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _bind_error(error: OSError, host: str, port: int, family: int) -> BindError:
    if error.errno == errno.EADDRINUSE:
        owner = port_owner(port)
        suggested = next_free_port(host, port, family)
        by = f" by {owner}" if owner else " by another program"
        instead = f": stop it, or use port {suggested}" if suggested else ": choose another port"
        return PortInUse(
            f"Port {port} is in use{by}{instead}.",
            port=port,
            owner=owner,
            suggested_port=suggested,
        )
    if error.errno == errno.EACCES:
        return BindError(
            f"Port {port} needs administrator rights: use a port from 1024 on, such as 5000."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return BindError(
            f"{host} is not an address of this machine: "
            "use 127.0.0.1, or 0.0.0.0 for every address it has."
        )
    return BindError(f"{host} port {port} can't be listened on: {why_refused(error)}.")


def port_number(port: Any) -> int:
    """A port as a number, also where it is given as text, as from an environment variable.

    :raises WrongType: it is none
    """
    try:
        return int(port)
    except (TypeError, ValueError, OverflowError):
        raise port_error(port) from None


def port_error(port: Any) -> WrongType:
    """What to raise where a port is none."""
    return WrongType("port", f"port must be an integer, not {port!r}.")
