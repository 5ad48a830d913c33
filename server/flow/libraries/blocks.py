"""Functions of ours in front of a library's whose work lasts as long as the app uses their result:
a block, or a generator's rows. They do the same, recorded as a span.

What else the app asks for meanwhile are spans of their own, also of the same kind. A generator that
the app gives up ends there; one that it keeps until after the request is no span.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Optional

from ..places import own_line
from ..spans import OpenSpan, begin, problem
from ..steps import own_frames
from .calls import Closes, Describes, complete, hide

__all__ = [
    "recorded_async_block",
    "recorded_async_rows",
    "recorded_block",
    "recorded_rows",
]


class _Lasting:
    """One call, from its beginning to its end. Never raises."""

    __slots__ = ("_args", "_closes", "_describes", "_kind", "_kwargs", "_span")

    def __init__(
        self, kind: str, describes: Describes, closes: Optional[Closes], args: Any, kwargs: Any
    ) -> None:
        self._kind = kind
        self._describes = describes
        self._closes = closes
        self._args = args
        self._kwargs = kwargs
        self._span: Optional[OpenSpan] = None

    def begin(self) -> None:
        """The app begins to use it. Called right by the function that the app calls."""
        span = begin(self._kind)
        if span is None:
            return
        span.is_aside = True
        if span.is_kept:
            try:
                self._describes(span, *self._args, **self._kwargs)
                span.place = own_line(2, span.label)
            except Exception as own:
                problem(own)
        self._span = span
        span.start()

    def end(self, error: Optional[BaseException] = None) -> None:
        """It is over, perhaps by an exception."""
        span, self._span = self._span, None
        if span is None:
            return
        if error is None or isinstance(error, GeneratorExit):  # the rest isn't wanted
            span.end()
        else:
            span.fail(error)
        if self._closes is not None and span.is_kept:
            complete(span, self._closes, None, self._args, self._kwargs)


class _Block:
    """A context manager of a library's."""

    def __init__(self, inner: Any, lasting: _Lasting) -> None:
        self._inner = inner
        self._lasting = lasting

    def __enter__(self) -> Any:
        __traceback_hide__ = True
        self._lasting.begin()
        try:
            return self._inner.__enter__()
        except BaseException as error:
            self._lasting.end(error)
            hide(error)
            raise

    def __exit__(self, kind: Any, error: Any, tb: Any) -> Any:
        __traceback_hide__ = True
        try:
            result = self._inner.__exit__(kind, error, tb)
        except BaseException as raised:
            self._lasting.end(raised)
            hide(raised)
            raise
        self._lasting.end(error)
        return result


class _AsyncBlock:
    """An asynchronous one."""

    def __init__(self, inner: Any, lasting: _Lasting) -> None:
        self._inner = inner
        self._lasting = lasting

    async def __aenter__(self) -> Any:
        __traceback_hide__ = True
        self._lasting.begin()
        try:
            return await self._inner.__aenter__()
        except BaseException as error:
            self._lasting.end(error)
            hide(error)
            raise

    async def __aexit__(self, kind: Any, error: Any, tb: Any) -> Any:
        __traceback_hide__ = True
        try:
            result = await self._inner.__aexit__(kind, error, tb)
        except BaseException as raised:
            self._lasting.end(raised)
            hide(raised)
            raise
        self._lasting.end(error)
        return result


def recorded_block(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """A function that makes a context manager as ``call`` does, whose block is a span."""
    return _made(_Block, call, kind, describes, closes)


def recorded_async_block(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """As :func:`recorded_block`, for an asynchronous one."""
    return _made(_AsyncBlock, call, kind, describes, closes)


def _made(
    around: Callable[[Any, _Lasting], Any],
    call: Callable[..., Any],
    kind: str,
    describes: Describes,
    closes: Optional[Closes],
) -> Any:
    """A function that makes what ``call`` makes, with a context manager of ours around it."""

    @functools.wraps(call)
    def block(*args: Any, **kwargs: Any) -> Any:
        lasting = _Lasting(kind, describes, closes, args, kwargs)
        return around(call(*args, **kwargs), lasting)

    return block


def recorded_rows(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """A generator of rows as ``call`` is one, which is a span from its first row on to its last."""

    @functools.wraps(call)
    def rows(*args: Any, **kwargs: Any) -> Iterator[Any]:
        __traceback_hide__ = True
        lasting = _Lasting(kind, describes, closes, args, kwargs)
        lasting.begin()
        try:
            yield from call(*args, **kwargs)
        except BaseException as error:
            lasting.end(error)
            hide(error)
            raise
        lasting.end()

    return rows


def recorded_async_rows(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """As :func:`recorded_rows`, for an asynchronous one."""

    @functools.wraps(call)
    async def rows(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        __traceback_hide__ = True
        lasting = _Lasting(kind, describes, closes, args, kwargs)
        lasting.begin()
        found = call(*args, **kwargs)
        try:
            async for row in found:
                yield row
        except BaseException as error:
            lasting.end(error)
            hide(error)
            raise
        finally:
            await found.aclose()
        lasting.end()

    return rows


own_frames(globals())
