"""The app's standard streams are full text files, at each of their layers."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.events import Event, OutputWritten
from server.reporting.output import captured_output
from server.reporting.streams import OutputStream


@pytest.fixture
def texts() -> list[str]:
    return []


@pytest.fixture
def out(texts: list[str], tmp_path: Path) -> Iterator[Any]:
    def emit(event: Event) -> None:
        assert isinstance(event, OutputWritten)
        texts.append(event.text)

    with (tmp_path / "own").open("w") as original:
        yield OutputStream("stdout", emit, original)


def test_it_is_what_programs_check_for(out: Any) -> None:
    assert isinstance(out, io.TextIOWrapper)
    assert isinstance(out.buffer, io.BufferedWriter)
    assert isinstance(out.buffer.raw, io.RawIOBase)
    assert (out.name, out.mode, out.buffer.name, out.buffer.raw.name) == (
        "<stdout>", "w", "<stdout>", "<stdout>"
    )  # fmt: skip
    assert (out.encoding, out.errors) == ("utf-8", "backslashreplace")
    assert (out.line_buffering, out.isatty(), out.buffer.isatty()) == (True, False, False)
    assert out.fileno() == out.buffer.fileno() == out.buffer.raw.fileno()
    assert not out.readable()
    assert not out.seekable()
    assert out.buffer.writable()
    assert not out.closed
    with pytest.raises(io.UnsupportedOperation):
        out.read()


def test_a_detached_buffer_goes_on_and_so_does_the_stream_itself(
    out: Any, texts: list[str]
) -> None:
    """Scripts put a writer of their own over it; the server still has it for ``wsgi.errors``."""
    writer = codecs.getwriter("utf-8")(out.detach())
    writer.write("ä\n")
    out.write("from the server\n")
    out.flush()
    assert texts == ["ä\n", "from the server\n"]


def test_the_raw_file_takes_bytes(out: Any, texts: list[str]) -> None:
    wrapped = io.TextIOWrapper(out.buffer.raw, "utf-8", write_through=True)
    wrapped.write("over raw\n")
    assert out.buffer.raw.write(memoryview(b"raw\n")) == 4
    out.buffer.writelines([b"a\n", b"b\n"])
    assert texts == ["over raw\n", "raw\n", "a\n", "b\n"]


def test_options_can_be_asked_for_and_are_seen(out: Any, texts: list[str]) -> None:
    out.reconfigure(line_buffering=False, write_through=True)
    assert (out.line_buffering, out.write_through) == (False, True)
    out.reconfigure(encoding="latin-1", errors="replace")
    assert (out.encoding, out.errors) == ("latin-1", "replace")
    print("\u2603", file=out)
    assert texts == ["\u2603\n"], "it is reported as it is all the same"
    with pytest.raises(TypeError):
        out.reconfigure(no_such_option=True)


def test_a_print_in_the_midst_of_a_print(texts: list[str]) -> None:
    """As of a signal handler's: it must not be refused."""
    depth = []

    def emit(event: Event) -> None:
        assert isinstance(event, OutputWritten)
        texts.append(event.text)
        if not depth:
            depth.append(1)
            print("inner")
            sys.stdout.buffer.write(b"bytes\n")

    with captured_output(emit):
        sys.stdout.buffer.write(b"outer\n")
    assert texts == ["outer\n", "inner\n", "bytes\n"]


def test_streams_that_are_let_go_of_close_nothing(tmp_path: Path, texts: list[str]) -> None:
    with (tmp_path / "own").open("w") as original:
        stream = OutputStream("stderr", lambda event: None, original)
        stream.write("unfinished")
        del stream
        original.write("still open")
    assert (tmp_path / "own").read_text() == "still open"
