"""Environ, framing and the checks of what an app sends: tables, no sockets."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any
from wsgiref.validate import check_environ

import pytest

from server.protocol.parsing import Limits, parse_head
from server.protocol.wsgi import (
    AppBreach,
    FileWrapper,
    Framing,
    check_response,
    make_environ,
    response_framing,
)

BASE = {
    "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
    "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "1234",
}  # fmt: skip


def environ(head: str) -> dict[str, Any]:
    text = head.replace("\n", "\r\n") + "\r\n\r\n"
    made = make_environ(parse_head(text.encode("latin-1"), Limits()), BASE)
    check_environ({**made, "wsgi.input": io.BytesIO()})
    return made


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ""),
        ("/a/b?c=d&e", "/a/b", "c=d&e"),
        ("/%E4%BD%A0", "\xe4\xbd\xa0", ""),
        ("/a%2Fb%00c+d", "/a/b\0c+d", ""),
        ("//twice", "//twice", ""),
        ("/?", "/", ""),
        ("/?a?b", "/", "a?b"),
        ("/%zz%", "/%zz%", ""),
        ("http://else.where/x?y", "/x", "y"),
        ("http://else.where?y", "/", "y"),
    ],
)
def test_the_target(target: str, path: str, query: str) -> None:
    made = environ(f"GET {target} HTTP/1.1\nHost: a")
    assert (made["PATH_INFO"], made["QUERY_STRING"]) == (
        path if path.startswith("/") else "/" + path, query
    )  # fmt: skip
    assert made["REQUEST_URI"] == made["RAW_URI"] == target


def test_a_full_url_names_the_host() -> None:
    assert environ("GET http://b:81/ HTTP/1.1\nHost: a")["HTTP_HOST"] == "b:81"


def test_options_of_the_whole_server() -> None:
    made = environ("OPTIONS * HTTP/1.1\nHost: a")
    assert (made["PATH_INFO"], made["REQUEST_URI"]) == ("", "*")


def test_headers() -> None:
    made = environ(
        "POST / HTTP/1.1\nHost: a\nContent-Type: text/x\nContent-Length: 3\nX-One: 1\nx-one: 2\n"
        "Cookie: a=b\nCookie: c=d\nX_Real_IP: 6.6.6.6\nAccept:   */*  "
    )
    assert (made["CONTENT_TYPE"], made["CONTENT_LENGTH"]) == ("text/x", "3")
    assert made["HTTP_X_ONE"] == "1,2"
    assert made["HTTP_COOKIE"] == "a=b; c=d"
    assert made["HTTP_ACCEPT"] == "*/*"
    assert "HTTP_X_REAL_IP" not in made, "X_Real_IP must not pass for X-Real-IP"
    assert "HTTP_CONTENT_LENGTH" not in made
    assert made["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert "wsgi.input_terminated" not in made


def test_a_chunked_body_is_announced() -> None:
    made = environ("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked")
    assert made["wsgi.input_terminated"] is True
    assert (made["HTTP_TRANSFER_ENCODING"], "CONTENT_LENGTH" in made) == ("chunked", False)


def test_a_chunked_body_that_is_there_is_described_as_it_is_read() -> None:
    head = parse_head(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", Limits())
    for _ in range(2):  # what is remembered of the head is not changed
        made = make_environ(head, BASE, 5)
        assert (made["CONTENT_LENGTH"], made["wsgi.input_terminated"]) == ("5", True)
        assert "HTTP_TRANSFER_ENCODING" not in made
    assert make_environ(head, BASE)["HTTP_TRANSFER_ENCODING"] == "chunked"


def test_the_base_is_not_touched() -> None:
    before = dict(BASE)
    environ("GET / HTTP/1.1\nHost: a\nX-New: 1")
    assert before == BASE


# method, status, content length, version, keep alive → body, length, chunked, close
FRAMINGS = [
    (("GET", 200, 5, "1.1", True), Framing(True, 5, False, False)),
    (("GET", 200, 5, "1.1", False), Framing(True, 5, False, True)),
    (("GET", 200, 0, "1.0", True), Framing(True, 0, False, False)),
    (("GET", 200, None, "1.1", True), Framing(True, None, True, False)),
    (("GET", 200, None, "1.1", False), Framing(True, None, True, True)),
    (("GET", 200, None, "1.0", True), Framing(True, None, False, True)),
    (("HEAD", 200, 5, "1.1", True), Framing(False, 5, False, False)),
    (("HEAD", 200, None, "1.1", True), Framing(False, None, False, False)),
    (("GET", 304, 5, "1.1", True), Framing(False, 5, False, False)),
    (("GET", 204, 5, "1.1", True), Framing(False, None, False, False)),
    (("POST", 204, None, "1.0", False), Framing(False, None, False, True)),
    (("GET", 101, None, "1.1", True), Framing(False, None, False, False)),
]


@pytest.mark.parametrize(("given", "framing"), FRAMINGS)
def test_how_an_answer_is_framed(given: tuple[Any, ...], framing: Framing) -> None:
    assert response_framing(*given) == framing


def test_what_an_app_may_return() -> None:
    headers = [("Content-Length", "12"), ("X-A", "\xe9"), ("x-empty", "")]
    checked = check_response("404 Not Found", headers)
    assert (checked.status, checked.reason, checked.content_length) == (404, "Not Found", 12)
    assert checked.names == {"content-length": "12", "x-a": "\xe9", "x-empty": ""}
    assert check_response("200", []).reason == ""


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (b"200 OK", [], "must be a str"),
        (200, [], "must be a str"),
        ("OK", [], "is not a status"),
        ("20 OK", [], "is not a status"),
        ("200 O\r\nX: y", [], "is not a status"),
        ("200 OK", (("a", "b"),), "must be a list"),
        ("200 OK", [("a", "b", "c")], "pair"),
        ("200 OK", [5], "pair"),
        ("200 OK", [("a", 5)], "pair of str"),
        ("200 OK", [("a b", "c")], "not a header name"),
        ("200 OK", [("", "c")], "not a header name"),
        ("200 OK", [("a\r\nb", "c")], "not a header name"),
        ("200 OK", [("a", "b\r\nc: d")], "not allowed"),
        ("200 OK", [("a", "b\nc")], "not allowed"),
        ("200 OK", [("a", "b\0")], "not allowed"),
        ("200 OK", [("a", "\u2603")], "not allowed"),
        ("200 OK", [("Content-Length", "-1")], "not a number"),
        ("200 OK", [("Content-Length", "\u0663")], "not"),
        ("200 OK", [("Content-Length", "1"), ("content-length", "2")], "two different"),
    ],
)
def test_what_an_app_may_not_return(status: Any, headers: Any, expected: str) -> None:
    with pytest.raises(AppBreach, match=expected):
        check_response(status, headers)


def test_a_file_wrapper_over_what_is_no_real_file() -> None:
    wrapper = FileWrapper(io.BytesIO(b"abcdefg"), 3)
    assert not wrapper.is_real_file()
    assert list(wrapper) == [b"abc", b"def", b"g"]
    wrapper.close()
    assert wrapper.file.closed


def test_a_system_without_sendfile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with (tmp_path / "file").open("rb") as file:
        assert FileWrapper(file).is_real_file()
        monkeypatch.delattr(os, "sendfile")
        assert not FileWrapper(file).is_real_file()
        assert b"".join(FileWrapper(file)) == b"content"
