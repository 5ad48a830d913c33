"""Functions of ours in front of a library's: they do the same, recorded as a span.

Their frames must not show. From Python 3.11 on a function can take itself out of the traceback of
what it raises on, and so do these; before that, the steps around a view do it
(:func:`~server.flow.steps.forget_frames`). Pages of errors skip them by ``__traceback_hide__``.

They run on whatever thread or loop calls the library.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Optional

from ..patches import Patches
from ..places import own_line
from ..spans import OpenSpan, begin, problem, silence
from ..steps import own_frames

__all__ = [
    "Closes",
    "Describes",
    "complete",
    "hide",
    "is_recorded",
    "record_calls",
    "recorded",
    "recorded_coroutine",
    "unrecorded",
]

Describes = Callable[..., Optional[bool]]
"""Takes a span and what the function is called with, and fills in what is known before the call;
False where there is none after all."""

Closes = Callable[..., None]
"""Takes the span that has ended, the result, and what the function was called with."""


def recorded(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """A function that does the same as ``call``, recorded as a span where its request is."""

    @functools.wraps(call)
    def recorded_call(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            span = _opened(kind, describes, args, kwargs)
            if span is None:
                return call(*args, **kwargs)
            span.start()
            try:
                result = call(*args, **kwargs)
            except BaseException as error:
                span.fail(error)
                raise
            span.end()
        except BaseException as error:
            hide(error)
            raise
        if closes is not None and span.is_kept:
            complete(span, closes, result, args, kwargs)
        return result

    return recorded_call


def recorded_coroutine(
    call: Callable[..., Any], kind: str, describes: Describes, closes: Optional[Closes] = None
) -> Any:
    """As :func:`recorded`, for a function whose result is awaited: only the call differs."""

    @functools.wraps(call)
    async def recorded_call(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            span = _opened(kind, describes, args, kwargs)
            if span is None:
                return await call(*args, **kwargs)
            span.start()
            try:
                result = await call(*args, **kwargs)
            except BaseException as error:
                span.fail(error)
                raise
            span.end()
        except BaseException as error:
            hide(error)
            raise
        if closes is not None and span.is_kept:
            complete(span, closes, result, args, kwargs)
        return result

    return recorded_call


def unrecorded(call: Callable[..., Any], kind: str) -> Any:
    """A function that does the same as ``call``, with no spans of a kind inside of it: what it asks
    for is the library's own affair."""

    @functools.wraps(call)
    def silent_call(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        silent = silence(kind)
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if silent is not None:
                silent.end()

    return silent_call


def record_calls(
    patches: Patches,
    owner: Any,
    names: tuple[str, ...],
    kind: str,
    describes: Describes,
    closes: Optional[Closes] = None,
    around: Callable[..., Any] = recorded,
) -> None:
    """Record functions of a class or a module, each that there is, also those it inherits.

    :param around: :func:`recorded` or :func:`recorded_coroutine`
    """
    for name in names:
        call = getattr(owner, name, None)
        if call is not None:
            patches.attribute(owner, name, around(call, kind, describes, closes))


def is_recorded(function: Any) -> bool:
    """Whether a function is one of those that are made here."""
    return getattr(function, "__globals__", None) is globals()


def hide(error: BaseException) -> None:
    """Take the caller, which has caught an exception and raises it on, out of its traceback."""
    tb = error.__traceback__
    if tb is not None:
        error.__traceback__ = tb.tb_next


def _opened(kind: str, describes: Describes, args: Any, kwargs: Any) -> Optional[OpenSpan]:
    """The span of the call that is about to be made, with what is known of it and its line; None
    where there is none. Called by what stands in front of the call, as the line is the next one."""
    span = begin(kind)
    if span is None or not span.is_kept:
        return span
    try:
        if describes(span, *args, **kwargs) is not False:
            span.place = own_line(3, span.label)
            return span
    except Exception as own:
        problem(own)
    span.recorder.give_room_back(span.kind)
    return None


def complete(span: OpenSpan, closes: Closes, result: Any, args: Any, kwargs: Any) -> None:
    """Fill in what is known of a span when its call is over."""
    try:
        closes(span, result, *args, **kwargs)
    except Exception as own:
        problem(own)


own_frames(globals())
