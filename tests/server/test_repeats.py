"""What the server remembers of requests and answers must never show in the next one."""

from __future__ import annotations

import hashlib
import json
import random
import select
import socket
import sys
import threading
import time

import pytest
from serverkit import SAFETY

from server.net.loop import ConnectionLoop
from server.net.polling import EpollPoller, SelectorPoller, new_poller
from server.net.threads import WorkerPool, _is_asleep
from server.protocol.channel import Channel, Timeouts
from server.protocol.parsing import BadRequest, HeadCache, Limits, parse_head
from server.protocol.wsgi import AnswerHeads, AppBreach, make_environ

LIMITS = Limits()
TEXT = ("Content-Type", "text/plain")


def echo(environ, start_response):
    """Answer with the request as the app sees it."""
    body = environ["wsgi.input"].read()
    seen = {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))}
    for key in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL", "RAW_URI"):
        seen[key] = environ[key]
    seen["terminated"] = environ.get("wsgi.input_terminated", False)
    seen["body"] = body.decode()
    # What an app does to its environ is its own business, and nobody else's.
    environ["HTTP_COOKIE"] = environ["HTTP_INJECTED"] = "left behind"
    environ.pop("HTTP_HOST", None)
    start_response("200 OK", [TEXT])
    return [json.dumps(seen).encode()]


def request(target, *headers, method="GET", body="", version="1.1"):
    """The bytes of a request, and what the app is to see of it."""
    lines = [f"{method} {target} HTTP/{version}", *headers]
    wanted = {"REQUEST_METHOD": method, "RAW_URI": target, "SERVER_PROTOCOL": f"HTTP/{version}",
              "body": body, "terminated": False}  # fmt: skip
    wanted["PATH_INFO"], _, wanted["QUERY_STRING"] = target.partition("?")
    for line in headers:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        key = key if key.startswith("CONTENT_") else "HTTP_" + key
        if key in wanted:
            value = wanted[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        if name == "Transfer-Encoding":  # the app gets it decoded, and with its length
            wanted["terminated"] = True
            key, value = "CONTENT_LENGTH", str(len(body))
        wanted[key] = value
    if wanted["terminated"]:
        body = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    return "\r\n".join([*lines, "", body]).encode(), wanted


CONVERSATION = [
    request("/", "Host: a"),
    request("/", "Host: a"),
    request("/other?x=1", "Host: a"),
    request("/", "Host: b"),
    request("/", "Host: a", "Cookie: a=1"),
    request("/", "Host: a", "Cookie: a=2"),
    request("/", "Host: a", "Cookie: a=1", "Cookie: b=2"),
    request("/", "Host: a"),
    request("/p", "Host: a", "Content-Length: 3", method="POST", body="abc"),
    request("/p", "Host: a", "Content-Length: 3", method="POST", body="xyz"),
    request("/p", "Host: a", "Content-Length: 3", method="PUT", body="GET"),
    request("/p", "Host: a", "Content-Length: 5", method="POST", body="hello"),
    request("/p", "Host: a", "Transfer-Encoding: chunked", method="POST", body="in chunks"),
    request("/p", "Host: a", "Transfer-Encoding: chunked", method="POST", body="others"),
    request("/old", "Host: a", "Connection: keep-alive", version="1.0"),
    request("/new", "Host: a", "Connection: keep-alive"),
    request("/", "Host: a", "X-Long: " + "x" * 5000),
    request("/", "Host: a", "X-Long: " + "x" * 5000),
    request("/", "Host: a"),
]


@pytest.mark.parametrize(
    "way", ["one by one", "shuffled", "pipelined", "byte by byte", "in halves"]
)
def test_every_request_is_seen_as_it_was_sent(serve_each, way):
    server = serve_each(echo)
    conversation = list(CONVERSATION)
    if way == "shuffled":
        random.Random(5).shuffle(conversation)
    for _ in range(2):  # on a second connection everything is known
        with server.connect() as client:
            if way == "pipelined":
                client.send(b"".join(data for data, _ in conversation))
            for data, wanted in conversation:
                if way == "byte by byte" and len(data) < 1000:
                    client.send_slowly(data)
                elif way == "in halves":
                    client.send(data[: len(data) // 2])
                    time.sleep(0.002)
                    client.send(data[len(data) // 2 :])
                elif way != "pipelined":
                    client.send(data)
                seen = json.loads(client.answer().body)
                assert seen == wanted


REFUSED_LATER = [
    (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", "requires a Host"),
    (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "not part of HTTP/1.0",
    ),
    (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
        "no proxy",
    ),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "fragment"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET x HTTP/1.1\r\nHost: a\r\n\r\n", "neither"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "not spoken"),
]


@pytest.mark.parametrize(("good", "bad", "reason"), REFUSED_LATER)
def test_a_known_block_doesn_t_excuse_the_request_line(good, bad, reason):
    cache = HeadCache(LIMITS)
    for _ in range(2):
        parse_head(good, LIMITS, cache)
        with pytest.raises(BadRequest, match=reason):
            parse_head(bad, LIMITS, cache)


@pytest.mark.parametrize(
    "block",
    [b"Host: a\r\nHost: b\r\n", b"Host: a\r\nX : y\r\n", b"Host: a b\r\n",
     b"Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n", b"Host: a\r\nExpect: tea\r\n"],
)  # fmt: skip
def test_a_refused_block_is_refused_each_time(block):
    cache = HeadCache(LIMITS)
    for _ in range(3):
        with pytest.raises(BadRequest):
            parse_head(b"GET / HTTP/1.1\r\n" + block + b"\r\n", LIMITS, cache)
    assert not cache.heads
    assert not cache.blocks


def test_few_blocks_are_kept_and_no_long_ones():
    cache = HeadCache(LIMITS)
    for number in range(1000):
        parse_head(b"GET / HTTP/1.1\r\nHost: a%d\r\n\r\n" % number, LIMITS, cache)
        assert len(cache.blocks) <= HeadCache._COUNT
        assert len(cache.heads) <= HeadCache._COUNT
    known = len(cache.heads), len(cache.blocks)
    parse_head(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 4096 + b"\r\n\r\n", LIMITS, cache)
    assert (len(cache.heads), len(cache.blocks)) == known


def test_a_head_that_comes_again_is_not_read_again():
    cache = HeadCache(LIMITS)
    data = b"GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n"
    assert parse_head(data, LIMITS, cache) is parse_head(data, LIMITS, cache)
    other = parse_head(data.replace(b"/a", b"/c"), LIMITS, cache)
    assert (other.path, other.query) == ("/c", "b")
    assert other.block is parse_head(data, LIMITS, cache).block


def test_the_environ_can_be_changed():
    cache = HeadCache(LIMITS)
    data = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    first = parse_head(data, LIMITS, cache)
    make_environ(first, {})["HTTP_X"] = "y"
    second = parse_head(data, LIMITS, cache)
    assert "HTTP_X" not in make_environ(second, {})


# Answers ------------------------------------------------------------------------------------------


class Shouting(str):
    """A str that looks different when it is formatted."""

    __slots__ = ()

    def __format__(self, spec):
        return "loud"


def test_answers_follow_what_the_app_returns_now(serve_each):
    """The same headers under other conditions, other headers, and headers changed at the end."""
    headers = [TEXT, ("X-A", "1")]

    def app(environ, start_response):
        path = environ["PATH_INFO"]
        mine = list(headers)
        if path == "/sized":
            mine.append(("Content-Length", "2"))
        if path == "/own":
            mine += [("Server", "mine"), ("Date", "then")]
        if path == "/close":
            mine.append(("Connection", "close"))
        status = "204 No Content" if path == "/none" else "200 OK"
        start_response(status, mine)
        if path == "/late":
            mine[1] = ("X-A", "2")
        if path == "/later":
            mine.append(("X-B", "3"))
        if path == "/none":
            return []
        return iter([b"ok"]) if path == "/stream" else [b"ok"]

    server = serve_each(app)
    for _ in range(3):
        with server.connect() as client:

            def ask(path, method="GET", version="1.1", client=client):
                keep = "Connection: keep-alive\r\n" if version == "1.0" else ""
                client.send(f"{method} {path} HTTP/{version}\r\nHost: x\r\n{keep}\r\n".encode())
                answer = client.answer(method)
                assert answer.headers["content-type"] == "text/plain"
                return answer

            plain = ask("/")
            assert (plain.body, plain.headers["content-length"]) == (b"ok", "2")
            assert ask("/", "HEAD").headers["content-length"] == "2"
            assert ask("/stream").headers["transfer-encoding"] == "chunked"
            assert "content-length" not in ask("/stream", "HEAD").headers
            assert ask("/sized").body == b"ok"
            assert ask("/none").headers.keys() & {"content-length", "transfer-encoding"} == set()
            own = ask("/own")
            assert (own.headers["server"], own.headers["date"]) == ("mine", "then")
            assert ask("/").headers["server"] != "mine"
            assert ask("/late").headers["x-a"] == "2"
            assert ask("/later").headers["x-b"] == "3"
            assert ask("/").headers.items() >= {"x-a": "1"}.items()
            assert ask("/", version="1.0").headers["connection"] == "keep-alive"
            assert "connection" not in ask("/").headers
            assert ask("/close").will_close
            client.assert_closed()


def test_lists_in_place_of_pairs_may_be_changed_later(serve_each):
    def app(environ, start_response):
        pair = ["X-A", "1"]
        start_response("200 OK", [TEXT, pair])
        pair[1] = environ["QUERY_STRING"]
        return [b""]

    server = serve_each(app)
    for value in ("2", "3"):
        assert server.get(f"/?{value}").headers["x-a"] == value


def test_only_what_can_t_change_is_kept():
    heads = AnswerHeads()

    def answer(status, headers):
        checked = heads.check(status, headers)
        return heads.frame(checked, status, headers, "GET", "1.1", True, 2)

    answer("200 OK", [["X", "1"]])
    answer("200 OK", [("X", Shouting("1"))])
    answer("200 OK", [("X", "x" * 3000)])
    assert not heads._checked
    assert answer("200 OK", [("X", "1")]) is answer("200 OK", [("X", "1")])
    assert len(heads._checked) == 1
    with pytest.raises(AppBreach):
        answer("200 OK", [("X", "1\r\nY: 2")])
    for number in range(1000):
        answer("200 OK", [("X", str(number))])
        assert len(heads._checked) <= AnswerHeads._COUNT
        assert len(heads._framed) <= AnswerHeads._COUNT


def test_a_breach_stays_one_after_a_good_answer():
    heads = AnswerHeads()
    for _ in range(2):
        good = [("X", "1")]
        heads.frame(heads.check("200 OK", good), "200 OK", good, "GET", "1.1", True, 0)
        for status, headers in [
            ("200 OK", (("X", "1"),)),
            (b"200 OK", good),
            ("200 OK", [("X", 1)]),
            ("200", [("X", "1", "")]),
            ("200 OK\n", good),
        ]:
            with pytest.raises(AppBreach):
                heads.check(status, headers)


# Watching sockets ---------------------------------------------------------------------------------


def without_epoll(monkeypatch):
    """As on macOS and Windows."""
    monkeypatch.delattr(select, "epoll", raising=False)


@pytest.mark.parametrize(
    "change", [lambda monkeypatch: None, without_epoll], ids=["epoll", "other"]
)
def test_pollers_agree(monkeypatch, change):
    change(monkeypatch)
    poller = new_poller()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        number = poller.add(ours, "ours")
        assert poller.poll(0) == []
        theirs.send(b"x")
        assert poller.poll(1) == ["ours"]
        assert poller.poll(1) == ["ours"]  # still there
        poller.remove(number)
        poller.remove(number)
        assert poller.poll(0) == []
        assert poller.add(ours, "again") == number
        assert poller.poll(1) == ["again"]
    poller.remove(number)  # closed already
    with pytest.raises((OSError, ValueError)):
        poller.add(ours, "closed")
    poller.close()
    poller.close()
    poller.remove(number)


def test_both_pollers_are_there_on_linux():
    assert isinstance(new_poller(), EpollPoller if hasattr(select, "epoll") else SelectorPoller)


@pytest.mark.parametrize(
    "change", [lambda monkeypatch: None, without_epoll], ids=["epoll", "other"]
)
def test_views_that_wait_side_by_side(serve, monkeypatch, change):
    """Each connection comes back to the loop from another thread, and is used again."""
    change(monkeypatch)

    def app(environ, start_response):
        time.sleep(0.02)
        start_response("200 OK", [TEXT])
        return [environ["PATH_INFO"].encode()]

    server = serve(app)
    failures = []

    def visit(number):
        try:
            with server.connect() as client:
                for turn in range(10):
                    client.send(f"GET /{number}/{turn} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    assert client.answer().body == f"/{number}/{turn}".encode()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=visit, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SAFETY)
    assert not failures


def test_a_channel_given_back_is_closed_in_time(often):
    """Also where the loop was waiting with nothing to look after."""
    loop = ConnectionLoop([], lambda sock, address: None)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(SAFETY)
    channel = Channel(ours, None, LIMITS, Timeouts(idle=0.05))
    thread = threading.Thread(target=loop.next_ready)
    thread.start()
    time.sleep(0.05)
    loop.give_back(channel)
    assert theirs.recv(1) == b""  # the server's close
    loop.stop()
    thread.join(SAFETY)
    loop.close()
    theirs.close()
    assert channel.closed


def test_a_closed_channel_can_be_given_back():
    loop = ConnectionLoop([], lambda sock, address: None)
    ours, theirs = socket.socketpair()
    channel = Channel(ours, None, LIMITS, Timeouts())
    channel.close()
    loop.give_back(channel)
    assert not loop._parked
    loop.close()
    theirs.close()


def test_caution_lasts_longer_where_it_was_needed_again(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    loop = ConnectionLoop([], lambda sock, address: None)
    pool = WorkerPool(loop, lambda channel: True, 4, "test")
    lasted = []
    for pause in (0.0, 0.01, 0.01, 0.01, 0.01, 0.01, 5.0):
        now += pause
        pool._be_cautious()
        lasted.append(round(pool._cautious_until - now, 3))
        now = pool._cautious_until
    assert lasted == [0.05, 0.1, 0.2, 0.4, 0.8, 0.8, 0.05]
    monkeypatch.undo()
    loop.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports it")
def test_a_thread_that_wants_a_processor_is_not_taken_for_one_that_waits():
    go, stop = threading.Event(), threading.Event()

    def compute():
        while not stop.is_set():
            hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000)  # without the interpreter's lock

    waiting = threading.Thread(target=go.wait)
    computing = threading.Thread(target=compute)
    waiting.start()
    computing.start()
    time.sleep(0.05)
    try:
        assert _is_asleep(waiting)
        assert not all(_is_asleep(computing) for _ in range(100))
    finally:
        stop.set()
        go.set()
        computing.join()
        waiting.join()
    assert _is_asleep(waiting), "it has ended, and the system knows nothing of it"
