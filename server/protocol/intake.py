"""Takes a request's body in while other requests are answered.

Where one thread answers everybody, or a few processes do, an app that waits for a client's slow
body keeps all the others waiting: a few such clients are enough. So those servers give the app its
turn when the body is there. The loop reads on as the parts come, for as many clients as there are,
into memory and, beyond a limit, into a temporary file; it waits for none of them. How long a body
may take is limited as it is where the app waits for it: see :class:`~.channel.Timeouts`.

What is kept is what came over the connection, chunked where it is chunked: the request's
:class:`~.input.RequestBody` reads it off here as it would off the socket, with the same checks.

Not taken in are bodies beyond ``Limits.chunked_body``, which an app is to refuse by their length;
what an app is to have as a stream; and what belongs to another protocol. The loop's thread until
the request is answered, then that of the request.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from typing import Any, Optional, Union

from ..errors import why_refused
from .channel import TOO_SLOW, Channel, ClientDisconnected, Timeouts
from .parsing import BadRequest, ChunkedDecoder, HeadCache, RequestHead, parse_head

__all__ = ["Intake"]

_FRAMING = (b"content-length", b"transfer-encoding")


class Intake:
    """The bodies of one connection, one after the other.

    :param cache: the server's
    :param stream_chunked: a chunked body is the app's to wait for
    :ivar is_taking: the body of the request at the head of the buffer isn't whole yet
    :ivar deadline: until when its next part has to be there, on ``time.monotonic``'s clock
    :ivar unread: bytes that were taken in and not read yet
    :ivar asked: the client was sent ``100 Continue``
    :ivar ended_by: why the rest was given up, raised for what comes after the unread bytes; None
        where nothing was, or where it may still be waited for
    """

    __slots__ = (
        "_began",
        "_cache",
        "_decoder",
        "_file",
        "_left",
        "_request",
        "_size",
        "_stream_chunked",
        "_whole_by",
        "asked",
        "deadline",
        "ended_by",
        "is_taking",
        "unread",
    )

    def __init__(self, cache: HeadCache, stream_chunked: bool) -> None:
        self._cache = cache
        self._stream_chunked = stream_chunked
        self._request = -1
        self._file: Any = None
        self._decoder: Optional[ChunkedDecoder] = None
        self._left = self._size = 0
        self._began = self._whole_by = self.deadline = 0.0
        self.is_taking = self.asked = False
        self.unread = 0
        self.ended_by: Union[BadRequest, ClientDisconnected, None] = None

    def is_through(self, channel: Channel) -> bool:
        """Take in what has come, where the buffer begins with a complete head.

        :returns: whether the request may be answered
        """
        if self._request != channel.requests:
            self._request = channel.requests
            self._begin(channel)
        if self.is_taking:
            self._take(channel)
        return not self.is_taking

    def end(self, why: Union[BadRequest, ClientDisconnected, None] = None) -> None:
        """Wait no longer for the rest of the body.

        :param why: what is wrong; None where it is whole, or where the app is to wait for the rest
        """
        self.is_taking = False
        self.ended_by = why
        if self._file is not None:
            self._file.seek(0)

    def grant(self, seconds: float) -> None:
        """Put the deadlines off."""
        self._began += seconds
        self._whole_by += seconds
        self.deadline += seconds

    def end_late(self, silence: float) -> None:
        """The deadline is over.

        :param silence: seconds that a client may do nothing
        """
        if self.deadline < self._whole_by:
            self.end(ClientDisconnected(f"the client did nothing for {silence:g} seconds"))
        else:
            self.end(BadRequest(408, TOO_SLOW))

    def read(self, size: int) -> bytes:
        """Up to so many of the bytes that were taken in; ``b""`` where there are no more."""
        if not self.unread:
            return b""
        data: bytes = self._file.read(size)
        self.unread -= len(data)
        if not self.unread:
            self.close()
        return data

    def peek(self) -> bytes:
        """All of them, without taking them away."""
        if not self.unread:
            return b""
        place = self._size - self.unread
        self._file.seek(place)
        data: bytes = self._file.read()
        self._file.seek(self._size if self.is_taking else place)
        return data

    def is_in_memory(self) -> bool:
        """Whether what was taken in hasn't become too much for that."""
        return self._file is None or self._size <= self._cache.limits.chunked_in_memory

    def close(self) -> None:
        """Let go of what is left."""
        self.unread = 0
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what could not be written is written once more
                file.close()

    def _begin(self, channel: Channel) -> None:
        self.close()
        self.is_taking = self.asked = False
        self.ended_by = None
        raw = bytes(channel.buffer[: channel.head_length])
        lower = raw.lower()
        if not any(name in lower for name in _FRAMING):
            return
        try:
            head = parse_head(raw, self._cache.limits, self._cache)
        except BadRequest:  # which is answered when it is read
            return
        arrived = len(channel.buffer) - len(raw)
        if not self._is_taken_in(head) or arrived >= (head.content_length or arrived + 1):
            return
        self.is_taking = True
        self._decoder = ChunkedDecoder(self._cache.limits) if head.chunked else None
        self._left, self._size = head.content_length or 0, 0
        in_memory = max(1, self._cache.limits.chunked_in_memory)  # 0 would be: without a limit
        self._file = tempfile.SpooledTemporaryFile(in_memory)  # noqa: SIM115 - closed by close()
        self._began = time.monotonic()
        self._set_deadline(channel.timeouts)
        if head.expect_continue and not arrived:
            self.asked = True
            channel.ask_for_body()

    def _is_taken_in(self, head: RequestHead) -> bool:
        if not head.has_body or "upgrade" in head.block.connection:
            return False
        if head.chunked:
            return not self._stream_chunked
        return (head.content_length or 0) <= self._cache.limits.chunked_body

    def _take(self, channel: Channel) -> None:
        buffer, length = channel.buffer, channel.head_length
        data = bytes(buffer[length:])
        if not data:
            return
        del buffer[length:]
        decoder = self._decoder
        if decoder is None:
            data, rest = data[: self._left], data[self._left :]
            self._left -= len(data)
            ended = not self._left
        else:
            try:
                decoder.feed(data)
                ended, rest = decoder.done, decoder.leftover() if decoder.done else b""
            except BadRequest:  # the request's own decoder will find the same
                ended, rest = True, b""
            data = data[: len(data) - len(rest)]
        buffer += rest  # the next request
        try:
            self._file.write(data)
        except OSError as error:
            self.close()
            reason = f"the body finds no room in a temporary file: {why_refused(error)}"
            self.end(BadRequest(507, reason))
            return
        self._size += len(data)
        self.unread += len(data)
        if ended or self._size > self._cache.limits.chunked_body:
            self.end()
        self._set_deadline(channel.timeouts)

    def _set_deadline(self, timeouts: Timeouts) -> None:
        self._whole_by = self._began + timeouts.body + self._size / timeouts.least_rate
        self.deadline = min(time.monotonic() + timeouts.body, self._whole_by)
