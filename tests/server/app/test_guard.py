"""Answers that may show a traceback, for hosts that aren't trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import create_environ

from server.app import guard as module
from server.app.guard import guarded

TRACEBACK = b"Traceback (most recent call last)"


def answered(app: Callable[..., Any], trusted: bool = False) -> tuple[list[Any], bytes]:
    """The heads that the server gets, and the body."""
    heads: list[Any] = []
    hosts: Any = SimpleNamespace(allow=lambda environ: trusted)
    items = guarded(app, hosts)(create_environ(), lambda *head: heads.append(head))
    try:
        return heads, b"".join(items)
    finally:
        if hasattr(items, "close"):
            items.close()


def app_with(status: str, *parts: bytes, written: bytes = b"") -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        write = start_response(status, [])
        if written:
            write(written)
        yield from parts

    return app


def test_an_answer_that_is_no_error_goes_through_as_it_comes() -> None:
    heads, body = answered(app_with("200 OK", b"a", TRACEBACK))
    assert heads == [("200 OK", [])]
    assert body == b"a" + TRACEBACK


@pytest.mark.parametrize("written", [b"", b"written "])
def test_an_error_without_a_traceback_is_the_apps_own(written: bytes) -> None:
    heads, body = answered(app_with("404 Not Found", b"no ", b"such", written=written))
    assert heads == [("404 Not Found", [])]
    assert body == written + b"no such"


@pytest.mark.parametrize("parts", [(b"Trace", TRACEBACK[5:]), (b"x" * 20, b"y" * 20)])
def test_a_traceback_and_what_is_too_long_to_be_read_are_hidden(
    parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LIMIT", 35 if parts[0].startswith(b"x") else 1000)
    heads, body = answered(app_with("500 Oops", *parts))
    assert [head[0] for head in heads] == ["500 INTERNAL SERVER ERROR"]
    assert b"Internal Server Error" in body
    assert parts[0] not in body
    assert answered(app_with("500 Oops", *parts), trusted=True)[1] == b"".join(parts)


def test_a_second_head_is_the_servers_to_refuse() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [])
        start_response("200 OK", [])
        return [b"both"]

    heads, body = answered(app)
    assert [head[0] for head in heads] == ["404 Not Found", "200 OK"]
    assert body == b"both"
