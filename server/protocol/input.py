"""``wsgi.input``: the body of one request as a file (PEP 3333, "Input and Error Streams").

Reads from the client as the app asks for it, in the app's thread, and ends where the body ends:
an app that reads too much gets ``b""`` and doesn't wait for ever.

A body whose length the client didn't give (``Transfer-Encoding: chunked``) can be taken in first
(:meth:`RequestBody.take_in`): most frameworks read as much as ``CONTENT_LENGTH`` announces, and
without it nothing. Waitress does the same.
"""

from __future__ import annotations

import io
import tempfile
import time
from typing import Any, Optional

from ..errors import why_refused
from .channel import CONTINUE, TOO_SLOW, Channel, ClientDisconnected
from .parsing import BadRequest, ChunkedDecoder

__all__ = ["InputFile", "RequestBody"]

_PART = 64 * 1024


class RequestBody(io.RawIOBase):
    """The raw stream below ``wsgi.input``.

    :param length: of the body in bytes; None for a chunked one
    :param keep: how many of the first bytes to keep for display
    :param expect_continue: the client waits for ``100 Continue`` before it sends
    :ivar size: bytes of the body read so far
    :ivar kept: the first of them
    :ivar fault: why the body was refused, once it was
    :ivar lost: the client left before the body's end
    """

    def __init__(
        self, channel: Channel, length: Optional[int], keep: int, expect_continue: bool
    ) -> None:
        super().__init__()
        self._channel = channel
        self._decoder = ChunkedDecoder(channel.limits) if length is None else None
        self._left = length or 0
        self._pending = b""
        self._keep = keep
        intake = channel.intake
        self._awaits_continue = expect_continue and not (intake is not None and intake.asked)
        self._hurries = length is not None  # a streamed one may last as long as the app wants it
        self._waited = 0.0
        self._received = 0
        self.size = 0
        self.kept = bytearray()
        self.fault: Optional[BadRequest] = None
        self.lost = False

    @property
    def complete(self) -> bool:
        """Whether the whole body has been taken off the connection."""
        if self._decoder is not None:
            return self._decoder.done and not self._pending
        return not self._left

    def forget_continue(self) -> None:
        """The final answer is on its way: ``100 Continue`` would come too late."""
        self._awaits_continue = False

    def readable(self) -> bool:
        """As every input stream."""
        return True

    def readinto(self, target: Any) -> int:
        """Read up to ``len(target)`` bytes into ``target``.

        :raises ClientDisconnected: the client left before the end, or sent a malformed body
        """
        data = self._next(len(target))
        target[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        if self.fault is not None:  # nothing after it can be distinguished from the next request
            raise self._refused(self.fault)
        if self._awaits_continue:
            self._awaits_continue = False
            self._channel.send(CONTINUE)
        if self._decoder is not None:
            data = self._next_chunked(size)
        elif self._left:
            data = self._receive(min(size, self._left))
            self._left -= len(data)
        else:
            return b""
        self.size += len(data)
        if len(self.kept) < self._keep:
            self.kept += data[: self._keep - len(self.kept)]
        return data

    def _next_chunked(self, size: int) -> bytes:
        decoder = self._decoder
        assert decoder is not None
        while not self._pending and not decoder.done:
            try:
                self._pending = decoder.feed(self._receive(_PART))
            except BadRequest as fault:
                raise self._refused(fault) from None
            if decoder.done:
                # What follows the body is the next request.
                self._channel.buffer[:0] = decoder.leftover()
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def _refused(self, fault: BadRequest) -> ClientDisconnected:
        """Remember why the body is refused, for the answer; what a reader of it gets instead."""
        self.fault = fault
        return ClientDisconnected(f"the body was refused: {fault.reason}")

    def _receive(self, size: int) -> bytes:
        intake = self._channel.intake
        if intake is not None and intake.ended_by is not None and not intake.unread:
            if isinstance(intake.ended_by, BadRequest):
                raise self._refused(intake.ended_by)
            self.lost = True
            raise intake.ended_by
        before = time.monotonic()
        try:
            data = self._channel.read(size)
            if not data:
                raise ClientDisconnected("the client left before the body's end")
        except ClientDisconnected:
            self.lost = True
            raise
        # Only what was waited for the client counts: an app may take its time.
        self._waited += time.monotonic() - before
        self._received += len(data)
        timeouts = self._channel.timeouts
        if self._hurries and self._waited > timeouts.body + self._received / timeouts.least_rate:
            raise self._refused(BadRequest(408, TOO_SLOW))
        return data

    def take_in(self) -> io.IOBase:
        """Read the whole body, before the app runs. The request's thread.

        :returns: what it can be read from, from its beginning: memory, or a temporary file where
            it is longer than ``Limits.chunked_in_memory``
        :raises ClientDisconnected: the client left before the end, or the body was refused: it is
            malformed or longer than ``Limits.chunked_body``, or there is no room for it
        """
        self._hurries = True
        limits = self._channel.limits
        target: Any = io.BytesIO()
        try:
            while not self.complete:
                data = self._next(_PART)
                if self.size > limits.chunked_body:
                    most = f"{limits.chunked_body:,} bytes"
                    raise self._refused(BadRequest(413, f"the body is longer than {most}"))
                try:
                    target.write(data)
                    if self.size > limits.chunked_in_memory and isinstance(target, io.BytesIO):
                        target = _moved_to_file(target)
                except OSError as error:
                    reason = f"the body finds no room in a temporary file: {why_refused(error)}"
                    raise self._refused(BadRequest(507, reason)) from None
            target.seek(0)
        except BaseException:
            target.close()
            raise
        return target  # type: ignore[no-any-return]

    def drain(self, limit: int) -> bool:
        """Read what the app left, so that the next request can follow.

        :param limit: bytes to read at most
        :returns: whether the body's end was reached
        """
        if self._awaits_continue:
            return self.complete
        try:
            while limit > 0 and not self.complete:
                limit -= len(self._next(min(limit, _PART)))
        except ClientDisconnected:
            return False
        return self.complete


def _moved_to_file(memory: io.BytesIO) -> Any:
    """A temporary file with what was kept in memory so far."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the request's end
    try:
        file.write(memory.getbuffer())
    except BaseException:
        file.close()
        raise
    return file


class InputFile(io.BufferedReader):
    """``wsgi.input`` itself: what PEP 3333 asks of it, over a :class:`RequestBody`, or over what
    :meth:`RequestBody.take_in` has made of it.

    :ivar over_read: the app went on reading after it had got ``b""``
    """

    def __init__(self, body: Any) -> None:
        super().__init__(body)
        self.over_read = False
        self._at_end = False

    def read(self, size: Optional[int] = -1, /) -> bytes:
        """Read up to ``size`` bytes, or to the end of the body.

        :raises ClientDisconnected: the client left before the end, or sent a malformed body
        """
        data = super().read(size)
        if not data and size != 0:
            self.over_read = self._at_end
            self._at_end = True
        return data
