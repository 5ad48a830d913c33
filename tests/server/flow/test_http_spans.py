"""Outgoing calls: each exchange once, by whichever library it is made."""

from __future__ import annotations

import asyncio
import contextvars
import http.client
import socket
import urllib.request

import httpx
import pytest
import requests
import urllib3
from spankit import here, recorded_request

from server.facts.span import HTTP


def app(environ, start_response):
    if environ["PATH_INFO"] == "/moved":
        start_response("302 Found", [("Location", "/there"), ("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


@pytest.fixture
def url(serve):
    """The address of a server that answers."""
    return serve(app).url.rstrip("/")


@pytest.fixture
def nowhere():
    """An address where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def get_http_client(url):
    host, _, target = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/{target}")
    with connection.getresponse() as response:
        response.read()
    connection.close()


def get_urllib(url):
    with urllib.request.urlopen(url) as response:
        response.read()


def get_urllib3(url):
    with urllib3.PoolManager(retries=False) as pool:
        pool.request("GET", url)


def get_requests(url):
    requests.get(url, timeout=20)


def get_httpx(url):
    httpx.get(url)


def get_httpx_asynchronously(url):
    async def main():
        async with httpx.AsyncClient() as client:
            await client.get(url)

    asyncio.run(main())


WAYS = [
    get_http_client, get_urllib, get_urllib3, get_requests, get_httpx, get_httpx_asynchronously,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_one_span(url, way):
    with recorded_request() as found:
        way(f"{url}/a?b=c")
    (span,) = found.of(HTTP)
    assert (span.label, span.status, span.error) == (f"GET {url}/a?b=c", 200, "")
    assert span.file == __file__


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_gets_no_connection(nowhere, way):
    with recorded_request() as found, pytest.raises(Exception, match=r"(?i)refused|connect"):
        way(f"{nowhere}/")
    (span,) = found.of(HTTP)
    assert (span.label, span.status) == (f"GET {nowhere}/", 0)
    assert "Error" in span.error


def test_a_password_in_a_url_is_left_out(url):
    secret = url.replace("//", "//user:secret@")
    with recorded_request() as found:
        for way in (get_urllib3, get_requests, get_httpx):
            way(f"{secret}/a")
    assert found.labels(HTTP) == [f"GET {url}/a"] * 3


def test_each_step_of_a_redirect(url):
    with recorded_request() as found:
        line = here() + 1
        requests.get(f"{url}/moved", timeout=20)
    assert [(span.label, span.status) for span in found.of(HTTP)] == [
        (f"GET {url}/moved", 302), (f"GET {url}/there", 200),
    ]  # fmt: skip
    assert {span.line for span in found.of(HTTP)} == {line}


def test_two_calls_at_once(url):
    host = url.removeprefix("http://")
    first, second, third = (http.client.HTTPConnection(host) for _ in range(3))
    with recorded_request() as found:
        third.request("GET", "/never-asked-for")
        first.request("GET", "/first")
        second.request("POST", "/second")
        for connection in (first, second):
            connection.getresponse().read()
    for connection in (first, second, third):
        connection.close()
    assert found.labels(HTTP) == [f"GET {url}/first", f"POST {url}/second"]


def test_a_call_on_a_busy_connection_leaves_the_first_one_its_span(url):
    with recorded_request() as found:
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", "/first")
        with pytest.raises(http.client.CannotSendRequest):
            connection.request("GET", "/second")
        connection.getresponse().read()
        connection.close()
    first, second = sorted(found.of(HTTP), key=lambda span: span.start)
    assert first.label.endswith("/first")
    assert (first.status, first.error) == (200, "")
    assert second.label.endswith("/second")
    assert second.error.startswith("CannotSendRequest")


def test_what_goes_through_a_proxy_and_over_the_usual_port(url):
    """The URL is the one that is asked for."""
    host, _, port = url.removeprefix("http://").partition(":")
    with recorded_request() as found:
        proxy = http.client.HTTPConnection(host, int(port))
        usual = http.client.HTTPConnection("shop.example")
        usual.sock = socket.create_connection((host, int(port)))
        for connection, target in ((proxy, "http://other.example/a"), (usual, "/b")):
            connection.request("GET", target)
            connection.getresponse().read()
            connection.close()
    assert found.labels(HTTP) == ["GET http://other.example/a", "GET http://shop.example/b"]


@pytest.mark.parametrize("recording", [True, False])
def test_calls_that_fail_in_their_first_and_last_step(recording):
    def fail():
        ours, theirs = socket.socketpair()
        connection = http.client.HTTPConnection("shop.example")
        connection.sock = ours
        with pytest.raises(ValueError, match="method"):
            http.client.HTTPConnection("shop.example").request("GET\n", "/")
        connection.request("GET", "/")
        theirs.close()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()

    with recorded_request() as found:
        if recording:
            fail()
        else:
            contextvars.Context().run(fail)
    errors = [span.error.partition(":")[0] for span in found.of(HTTP)]
    assert len(errors) == (2 if recording else 0)
    assert errors[:1] == (["ValueError"] if recording else [])
