"""Uploads in chunks, as curl and browsers' streams send them, to frameworks that want a length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Command, serve
from wire import Wire, request

CHUNKED = ("Transfer-Encoding", "chunked")
FORM = ("Content-Type", "multipart/form-data; boundary=limit")
LARGE = 700_000  # more than is held in memory


def form(size: int) -> bytes:
    return (
        b'--limit\r\nContent-Disposition: form-data; name="title"\r\n\r\nA file\r\n'
        b'--limit\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + b"x" * size + b"\r\n--limit--\r\n"
    )


def in_chunks(target: str, body: bytes, *headers: tuple[str, str]) -> Iterator[bytes]:
    yield request("POST", target, [*headers, CHUNKED])
    for start in range(0, len(body), 30_000):
        part = body[start : start + 30_000]
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


@pytest.fixture(scope="module")
def frameworks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    file = tmp_path_factory.mktemp("frameworks") / "events"
    with serve("frameworks", "--events", file) as command:
        yield command


@pytest.mark.parametrize("name", ["flask", "django", "bottle"])
def test_a_form_in_chunks(frameworks: Command, name: str) -> None:
    with Wire(frameworks.port) as wire:
        for size in (10, LARGE):
            body = form(size)
            answer = wire.ask(in_chunks(f"/{name}", body, FORM), "POST")
            assert answer.status == 200, answer.body[:2000]
            assert json.loads(answer.body) == {
                "title": "A file", "length": len(body), "file": size
            }  # fmt: skip


def test_json_in_chunks(frameworks: Command) -> None:
    with Wire(frameworks.port) as wire:
        answer = wire.ask(in_chunks("/django/json", b'{"a": [1]}'), "POST")
        assert json.loads(answer.body) == {"a": [1]}


def test_streaming_is_an_option(tmp_path: Path) -> None:
    """The app then gets the body while it arrives: here, before the client has sent its end."""
    (tmp_path / "app.py").write_text(
        "def app(environ, start_response):\n"
        "    write = start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    shown = environ.get('CONTENT_LENGTH'), environ['HTTP_TRANSFER_ENCODING']\n"
        "    write(repr(shown).encode())\n"
        "    return [environ['wsgi.input'].read()]\n"
    )
    with serve("app", "--stream-chunked", cwd=tmp_path) as command, Wire(command.port) as wire:
        wire.sock.sendall(b"".join(in_chunks("/", b"end"))[:-5])
        begun = b""
        while b"chunked')" not in begun:
            begun += wire.sock.recv(65536)
        assert b"(None, 'chunked')" in begun
        wire.sock.sendall(b"0\r\n\r\n")
        rest = b""
        while b"0\r\n\r\n" not in rest:
            rest += wire.sock.recv(65536)
        assert b"end" in rest
