"""Calls that last as long as their result is used: blocks, and generators of rows."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from spankit import here, request

from server.facts.span import SQL
from server.flow.libraries.blocks import (
    recorded_async_block,
    recorded_async_rows,
    recorded_block,
    recorded_rows,
)
from server.flow.spans import span_of


def describe(span, label):
    span.label = label
    if label == "odd":
        raise LookupError


def close(span, result, label):
    span.rows = 3


@contextlib.contextmanager
def block(label):
    if label == "refused":
        raise OSError(label)
    yield label


@contextlib.asynccontextmanager
async def async_block(label):
    with block(label) as found:
        yield found


def rows(label):
    yield from range(3)
    if label == "broken":
        raise OSError(label)


async def async_rows(label):
    for row in rows(label):
        yield row


def described(found):
    return [(span.label, span.error, span.rows) for span in found.spans]


EXPECTED = [
    ("copy", "", 3), ("inner", "", None), ("refused", "OSError: refused", 3),
    ("left", "ZeroDivisionError", 3), ("all", "", 3), ("some", "", 3),
    ("broken", "OSError: broken", 3),
]  # fmt: skip


def inner():
    span = span_of(SQL, "inner")
    span.start()
    span.end()


def test_blocks_and_rows():
    copy, stream = (
        recorded_block(block, SQL, describe, close),
        recorded_rows(rows, SQL, describe, close),
    )
    with request() as found:
        with copy("copy") as label:  # the span of this line
            inner()
        line = here() - 2
        with pytest.raises(OSError, match="refused") as refused, copy("refused"):
            raise AssertionError
        with pytest.raises(ZeroDivisionError), copy("left"):
            raise ZeroDivisionError
        assert list(stream("all")) == [0, 1, 2]
        some = stream("some")
        next(some)
        some.close()
        with pytest.raises(OSError, match="broken"):
            list(stream("broken"))
        stream("never begun")
    assert label == "copy"
    assert described(found) == EXPECTED
    assert (found.spans[0].file, found.spans[0].line) == (__file__, line)
    assert found.spans[0].duration >= found.spans[1].duration
    assert [entry.name for entry in refused.traceback][1:] == ["__enter__", "block"]  # contextlib's
    with copy("outside of a request"):
        assert list(stream("outside of a request")) == [0, 1, 2]


def test_asynchronous_ones():
    copy = recorded_async_block(async_block, SQL, describe, close)
    stream = recorded_async_rows(async_rows, SQL, describe, close)

    async def main():
        async with copy("copy"):
            inner()
        with pytest.raises(OSError, match="refused"):
            async with copy("refused"):
                raise AssertionError
        with pytest.raises(ZeroDivisionError):
            async with copy("left"):
                raise ZeroDivisionError
        assert [row async for row in stream("all")] == [0, 1, 2]
        some = stream("some")
        await anext(some)
        await some.aclose()
        with pytest.raises(OSError, match="broken"):
            [row async for row in stream("broken")]

    with request() as found:
        asyncio.run(main())
    assert described(found) == EXPECTED


def test_what_we_do_wrong_is_not_the_apps(caplog):
    copy = recorded_block(block, SQL, describe)
    with request() as found, copy("odd"):
        pass
    assert [span.label for span in found.spans] == ["odd"]
    assert "could not be recorded" in caplog.text
