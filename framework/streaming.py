"""A response body that is produced while it is sent, and still sees its request.

Thread: the server's thread, after the view has returned; ``close`` is called there as well.
Source: Flask's documentation of "Streaming Contents"; PEP 3333 (``close`` of the result).
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator
from functools import update_wrapper

from .context import RequestContext, request_var


def stream_with_context(generator_or_function: t.Any) -> t.Any:
    """Keep the current request for a generator that is consumed after the view has returned.

    :param generator_or_function: a generator, or a generator function to decorate.
    :return: an iterator in which ``request``, ``session`` and ``g`` work; for a function, the
        function decorated. The teardown functions run when the iterator is closed.
    :raises RuntimeError: outside a request.
    """
    if not hasattr(generator_or_function, "__next__") and callable(generator_or_function):

        def decorator(*args: t.Any, **kwargs: t.Any) -> t.Any:
            return stream_with_context(generator_or_function(*args, **kwargs))

        return update_wrapper(decorator, generator_or_function)
    ctx = request_var.get(None)
    if ctx is None:
        raise RuntimeError(
            "'stream_with_context' keeps the current request, but there is none here. Call it"
            " inside a view, and return its result."
        )
    return ContextStream(ctx, generator_or_function)


class ContextStream(Iterator[t.Any]):
    """Iterates over a source, with a request current only while the source runs.

    Between two items the server's thread does other things, which must not see the request.

    :param ctx: the request; its teardown waits for :meth:`close`.
    :param source: what produces the body.
    """

    def __init__(self, ctx: RequestContext, source: Iterable[t.Any]) -> None:
        self._closed = True
        self._source = iter(source)
        self._preserved = ctx.preserved()
        self._ctx = ctx
        self._error: BaseException | None = None
        ctx.hold()
        self._closed = False

    def __next__(self) -> t.Any:
        with self._preserved:
            try:
                return next(self._source)
            except StopIteration:
                raise
            except BaseException as error:
                self._error = error
                raise

    def close(self) -> None:
        """Close the source and end the request; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            close = getattr(self._source, "close", None)
            if close is not None:
                with self._preserved:
                    close()
        finally:
            error, self._error = self._error, None
            self._ctx.release(error)

    def __del__(self) -> None:
        # A response that is thrown away before it is sent is never closed by the server.
        self.close()
