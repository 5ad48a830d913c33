"""Real clients against one server, with ``wsgiref.validate`` around the app."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import subprocess
import threading
from urllib.parse import quote
from wsgiref.validate import validator

import pytest
import requests
from serverkit import SAFETY

from server.events import AppError, RequestFinished

MEGABYTE = bytes(range(256)) * 4096
SHA = hashlib.sha256(MEGABYTE).hexdigest()

curl_here = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def app(environ, start_response):
    """Reports what it got; ``/big`` and ``/stream`` answer with bodies of their own."""
    path = environ["PATH_INFO"].encode("latin-1").decode()
    stream = environ["wsgi.input"]
    digest, size = hashlib.sha256(), 0
    while part := stream.read(65536):
        digest.update(part)
        size += len(part)
    if path == "/big":
        headers = [("Content-Type", "application/octet-stream")]
        start_response("200 OK", [*headers, ("Content-Length", str(len(MEGABYTE)))])
        return [MEGABYTE]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"%d," % number * 1000 for number in range(100))
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": path,
        "query": environ["QUERY_STRING"],
        "size": size,
        "sha": digest.hexdigest(),
        "terminated": environ.get("wsgi.input_terminated", False),
        "type": environ.get("CONTENT_TYPE", ""),
    }
    body = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


STREAM = b"".join(b"%d," % number * 1000 for number in range(100))


@pytest.fixture(params=["single", "threaded"])
def server(request, serve):
    return serve(validator(app), mode=request.param)


def finished(server, count):
    """The requests, none of which broke a rule of WSGI."""
    events = server.events.wait_count(RequestFinished, count)
    assert server.events.of(AppError) == []
    assert [event.problem for event in events] == [""] * count
    return events


# curl -----------------------------------------------------------------------------------------


def curl(server, *arguments, data=None, target="/"):
    done = subprocess.run(
        ["curl", "-q", "-sS", "--noproxy", "*", "-m", str(SAFETY), *arguments]
        + [f"http://127.0.0.1:{server.port}{target}"],
        input=data,
        capture_output=True,
        timeout=SAFETY + 5,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@curl_here
@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
@pytest.mark.parametrize(
    ("arguments", "target", "expected"),
    [
        ([], "/?a=1&b=%20", {"method": "GET", "path": "/", "query": "a=1&b=%20"}),
        (["-d", "a=1"], "/", {"method": "POST", "size": 3}),
        (["-X", "PUT", "-d", "x"], "/p", {"method": "PUT", "path": "/p", "size": 1}),
        (["-X", "DELETE"], "/p", {"method": "DELETE", "size": 0}),
        (["-X", "OPTIONS", "--request-target", "*"], "/", {"method": "OPTIONS", "path": ""}),
        (["-F", "f=@-"], "/", {"method": "POST"}),
        ([], "/" + quote("ünïcode/☃ and space"), {"path": "/ünïcode/☃ and space"}),
        ([], "/%2F%2e%2e", {"path": "//.."}),
    ],
)
def test_curl(server, version, arguments, target, expected):
    seen = json.loads(curl(server, version, *arguments, target=target, data=b"file"))
    assert {name: seen[name] for name in expected} == expected
    finished(server, 1)


@curl_here
def test_curl_head(server):
    head = curl(server, "-I", target="/big").decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(MEGABYTE)}\r\n" in head
    finished(server, 1)


@curl_here
@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
def test_curl_downloads(server, version):
    assert curl(server, version, target="/big") == MEGABYTE
    assert curl(server, version, target="/stream") == STREAM
    finished(server, 2)


@curl_here
@pytest.mark.parametrize(
    "headers",
    [
        ["-H", "Expect: 100-continue"],
        ["-H", "Expect:"],
        ["-H", "Transfer-Encoding: chunked"],
        ["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"],
    ],
)
def test_curl_uploads(server, headers):
    arguments = ["-v", "--data-binary", "@-", "--expect100-timeout", str(SAFETY), *headers]
    seen = json.loads(curl(server, *arguments, data=MEGABYTE))
    assert (seen["size"], seen["sha"]) == (len(MEGABYTE), SHA)
    assert seen["terminated"] == ("Transfer-Encoding: chunked" in headers)
    (event,) = finished(server, 1)
    assert event.request_body.size == len(MEGABYTE)


@curl_here
def test_curl_puts_a_file_of_unknown_length(server):
    seen = json.loads(curl(server, "-T", "-", target="/put", data=MEGABYTE))
    assert (seen["method"], seen["path"], seen["sha"]) == ("PUT", "/put", SHA)


@curl_here
def test_curl_waits_for_permission_and_is_refused(serve):
    """The app answers without a look at the body, and curl sends none of it."""

    def refusing(environ, start_response):
        start_response("413 Content Too Large", [("Content-Type", "text/plain")])
        return [b"no"]

    server = serve(validator(refusing))
    out = curl(
        server, "-w", "%{http_code} %{size_upload}", "--data-binary", "@-",
        "-H", "Expect: 100-continue", "--expect100-timeout", str(SAFETY), data=MEGABYTE,
    )  # fmt: skip
    assert out == b"no413 0"


@curl_here
def test_curl_keeps_its_connection(server):
    url = f"http://127.0.0.1:{server.port}"
    out = curl(
        server, "-w", "%{num_connects} ", "-o", "/dev/null", f"{url}/big", "-o", "/dev/null",
        f"{url}/stream", "-o", "/dev/null", target="/",
    )  # fmt: skip
    assert out == b"1 0 0 "
    finished(server, 3)


@curl_here
def test_curl_over_a_unix_socket(nothing_left, events, tmp_path, monkeypatch):
    from serverkit import Running

    from server.serving import make_server

    monkeypatch.chdir(tmp_path)
    running = Running(make_server(f"unix://{tmp_path}/s", 0, validator(app)), events)
    try:
        seen = json.loads(curl(running, "--unix-socket", "s", "-d", "x"))
        assert seen["size"] == 1
    finally:
        running.close()


# http.client ----------------------------------------------------------------------------------


@pytest.fixture
def connection(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SAFETY)
    yield connection
    connection.close()


def ask(connection, method, target, *args, **kwargs):
    connection.request(method, target, *args, **kwargs)
    answer = connection.getresponse()
    return answer, answer.read()


def test_http_client_on_one_connection(server, connection):
    connection.connect()
    sock = connection.sock
    for method, target, body in [
        ("GET", "/?q", None),
        ("POST", "/a", b"abc"),
        ("PUT", "/b", MEGABYTE),
        ("PATCH", "/c", b""),
        ("DELETE", "/d", None),
        ("OPTIONS", "*", None),
    ]:
        answer, data = ask(connection, method, target, body)
        assert answer.status == 200
        seen = json.loads(data)
        assert (seen["method"], seen["size"]) == (method, len(body or b""))
    answer, data = ask(connection, "HEAD", "/big")
    assert (data, answer.headers["Content-Length"]) == (b"", str(len(MEGABYTE)))
    assert ask(connection, "GET", "/big")[1] == MEGABYTE
    assert ask(connection, "GET", "/stream")[1] == STREAM
    assert connection.sock is sock
    finished(server, 9)


def test_http_client_sends_chunks(server, connection):
    parts = [MEGABYTE[i : i + 100_000] for i in range(0, len(MEGABYTE), 100_000)]
    for _ in range(2):
        _, data = ask(connection, "POST", "/", iter(parts), encode_chunked=True)
        seen = json.loads(data)
        assert (seen["sha"], seen["terminated"]) == (SHA, True)
    finished(server, 2)


def test_http_client_reads_item_by_item(serve):
    """Each part of a stream is there before the next one is made."""
    go_on = threading.Semaphore(0)

    def slowly(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        for part in (b"one", b"two", b"three"):
            yield part
            assert go_on.acquire(timeout=SAFETY)

    server = serve(validator(slowly))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SAFETY)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        for part in (b"one", b"two", b"three"):
            assert answer.read1() == part
            go_on.release()
        assert answer.read() == b""
    finally:
        connection.close()


# requests -------------------------------------------------------------------------------------


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_requests_on_one_connection(server, session):
    url = server.url
    assert session.get(f"{url}/ünïcode ☃?ä=ö", timeout=SAFETY).json()["path"] == "/ünïcode ☃"
    form = session.post(url, data={"a": "1"}, timeout=SAFETY).json()
    assert (form["type"], form["size"]) == ("application/x-www-form-urlencoded", 3)
    assert session.post(url, json={"a": 1}, timeout=SAFETY).json()["type"] == "application/json"
    files = {"file": ("x.bin", MEGABYTE)}
    assert session.post(url, files=files, timeout=SAFETY).json()["size"] > len(MEGABYTE)
    assert session.put(url, data=MEGABYTE, timeout=SAFETY).json()["sha"] == SHA
    assert session.put(url, data=iter([MEGABYTE]), timeout=SAFETY).json()["terminated"]
    assert session.head(f"{url}/big", timeout=SAFETY).headers["Content-Length"] == "1048576"
    assert session.options(url, timeout=SAFETY).json()["method"] == "OPTIONS"
    assert session.get(f"{url}/big", timeout=SAFETY).content == MEGABYTE
    with session.get(f"{url}/stream", stream=True, timeout=SAFETY) as answer:
        assert b"".join(answer.iter_content(777)) == STREAM
    finished(server, 10)
    pools = session.get_adapter(url).poolmanager.pools
    (pool,) = (pools[key] for key in pools.keys())  # noqa: SIM118 - it can't be iterated over
    assert (pool.num_connections, pool.num_requests) == (1, 10)


def test_many_at_once(serve):
    server = serve(validator(app))
    results = []

    def work(number):
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(5):
                got = session.post(f"{server.url}/{number}", data=MEGABYTE, timeout=SAFETY).json()
                results.append((got["path"], got["sha"]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SAFETY)
    assert sorted(results) == sorted((f"/{number}", SHA) for number in range(8) for _ in range(5))
    finished(server, 40)
