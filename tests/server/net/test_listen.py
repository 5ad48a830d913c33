"""Listening: which sockets a host means, and one clear sentence where there are none."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.errors import BindError, PortInUse
from server.net import listen
from server.net.listen import close_listeners, display_url, open_listeners


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    listeners: list[socket.socket] = []
    yield listeners
    close_listeners(listeners)


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_localhost_is_both_families_on_one_port(opened: list[socket.socket]) -> None:
    opened += open_listeners("localhost", 0)
    names = [listener.getsockname()[:2] for listener in opened]
    port = names[0][1]
    assert names[0] == ("127.0.0.1", port)
    assert names[1:] == ([("::1", port)] if has_ipv6() else [])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_an_address_is_one_socket(opened: list[socket.socket], host: str) -> None:
    opened += open_listeners(host, 0)
    (listener,) = opened
    with socket.create_connection(("127.0.0.1", listener.getsockname()[1]), 5):
        pass


def test_a_port_in_use_offers_one_that_is_free(opened: list[socket.socket]) -> None:
    opened += open_listeners("127.0.0.1", 0)
    port = opened[0].getsockname()[1]
    with pytest.raises(PortInUse) as caught:
        open_listeners("127.0.0.1", port)
    error = caught.value
    assert isinstance(error, OSError)
    assert error.port == port
    assert str(port) in error.message
    assert error.suggested_port is not None
    opened += open_listeners("127.0.0.1", error.suggested_port)


def test_localhost_is_all_or_nothing(opened: list[socket.socket]) -> None:
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    blocker = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with blocker:
        port = blocker.getsockname()[1]
        with pytest.raises(PortInUse):
            open_listeners("localhost", port)
        opened += open_listeners("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("no-such-host.invalid", "can't be found"),
        ("192.0.2.1", "not an address of this machine"),
        ("\udcff", "can't be found (no host can have this name)"),
        ("a" * 70 + ".b", "can't be found"),
    ],
)
def test_hosts_that_are_not_here(host: str, expected: str) -> None:
    with pytest.raises(BindError) as caught:
        open_listeners(host, 0)
    assert expected in caught.value.message


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
        ("unix:///tmp/s", "unix:///tmp/s"),
    ],
)
def test_the_url_to_open(host: str, url: str) -> None:
    assert display_url(host, 80) == url


# What a machine may say ---------------------------------------------------------------------------


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make listening fail for one family, or for both, as a system does."""

    def refuse(code: int, *families: int) -> None:
        original = listen._listen

        def fail(family: int, address: Any) -> socket.socket:
            if family in families:
                raise OSError(code, "the system's own words")
            return original(family, address)

        monkeypatch.setattr(listen, "_listen", fail)

    return refuse


@pytest.mark.parametrize("code", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_localhost_without_ipv6_is_still_localhost(
    refusing: Callable[..., None], opened: list[socket.socket], code: int
) -> None:
    refusing(code, socket.AF_INET6)
    opened += open_listeners("localhost", 0)
    assert [listener.family for listener in opened] == [socket.AF_INET]


def test_localhost_without_anything(refusing: Callable[..., None]) -> None:
    refusing(errno.EADDRNOTAVAIL, socket.AF_INET, socket.AF_INET6)
    with pytest.raises(BindError, match="'localhost' has no address on this machine"):
        open_listeners("localhost", 0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.EACCES, "needs administrator rights: use a port from 1024 on"),
        (errno.EADDRNOTAVAIL, "is not an address of this machine"),
        (errno.ENETDOWN, "can't be listened on: the system's own words"),
    ],
)
def test_why_an_address_cannot_be_had(
    refusing: Callable[..., None], code: int, expected: str
) -> None:
    refusing(code, socket.AF_INET)
    with pytest.raises(BindError, match=expected):
        open_listeners("127.0.0.1", 80)


@pytest.mark.parametrize("times", [1, 100])
def test_the_number_of_port_0_may_be_taken_in_the_other_family(
    monkeypatch: pytest.MonkeyPatch, opened: list[socket.socket], times: int
) -> None:
    """Then another number is tried; in the end the error is reported."""
    original = listen._listen
    left = [times]

    def fail(family: int, address: Any) -> socket.socket:
        if family == socket.AF_INET6 and left[0]:
            left[0] -= 1
            raise OSError(errno.EADDRINUSE, "in use")
        return original(family, address)

    monkeypatch.setattr(listen, "_listen", fail)
    monkeypatch.setattr(listen, "port_owner", lambda port: None)
    monkeypatch.setattr(listen, "next_free_port", lambda *args: None)
    if times > 1:
        with pytest.raises(PortInUse, match="by another program: choose another port"):
            open_listeners("localhost", 0)
    else:
        opened += open_listeners("localhost", 0)
        assert opened


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do it")
def test_a_port_that_needs_rights() -> None:
    with pytest.raises(BindError, match="administrator rights"):
        open_listeners("127.0.0.1", 1)


def test_a_host_with_addresses_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **options: [(socket.AF_UNIX, 1, 0, "", "/x")]
    )
    with pytest.raises(BindError, match="has no address that can be listened on"):
        open_listeners("strange", 80)


def test_a_system_without_unix_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows is: one sentence reports it; a port is listened on, but can not be shared."""
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(BindError, match="no Unix sockets: use a host and a port"):
        open_listeners("unix:///tmp/servedeck-test", 0)
    for listener in open_listeners("127.0.0.1", 0):
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0
        listener.close()


def test_a_unix_socket_that_does_not_answer_is_not_taken_for_a_stale_one(tmp_path: Path) -> None:
    """Another kind of socket holds the path: it is somebody's, and stays."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        with pytest.raises(BindError, match="Another server listens on"):
            open_listeners(f"unix://{path}", 0)
    assert path.exists()
