"""Listening: which sockets a host means, and one clear sentence where there are none."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from server.errors import BindError, PortInUse
from server.listen import close_listeners, display_url, open_listeners


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
    ("host", "said"),
    [("no-such-host.invalid", "can't be found"), ("192.0.2.1", "not an address of this machine")],
)
def test_hosts_that_are_not_here(host: str, said: str) -> None:
    with pytest.raises(BindError) as caught:
        open_listeners(host, 0)
    assert said in caught.value.message


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
