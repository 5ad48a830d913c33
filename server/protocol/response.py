"""One answer on its way to the client: framing, head, body, in as few writes as can be.

Used by ``WSGIRequestHandler.run_wsgi`` in the request's thread.
"""

from __future__ import annotations

import time
from typing import Any, Optional, Union

from ..events import Headers
from .channel import Channel
from .parsing import RequestHead
from .sent_head import SentHead
from .wsgi import CheckedResponse, FramedHead, Framing, OwnHeaders, require_bytes

__all__ = ["ResponseWriter"]

_BY_APP = Framing(False, None, False, True)
_COPIED = 64 * 1024  # bytes up to which a second call costs more than a copy of the body


class ResponseWriter:
    """Sends one answer.

    :param keep: how many of the body's first bytes to keep for display
    :ivar framed: the head that is sent, and ``own`` the headers the server adds to it; None until
        they are on their way
    :ivar status: the code sent; 0 until then
    :ivar size: bytes of the body the app gave
    :ivar kept: the first of them
    :ivar send_time: nanoseconds spent waiting for the client to take the bytes
    :ivar problem: what the app did wrong that did not stop the answer
    """

    framing = Framing(True, None, False, True)
    framed: Optional[FramedHead] = None
    own: Optional[OwnHeaders] = None
    started = False
    status = 0
    reason = ""
    size = 0
    kept: Union[bytes, bytearray] = b""
    send_time = 0
    problem = ""

    # All of the above are set where they change: one of these is made for each request.
    def __init__(self, channel: Channel, head: RequestHead, keep: int) -> None:
        self._channel = channel
        self._head = head
        self._keep = keep

    def begin(self, checked: CheckedResponse, framed: FramedHead, own: OwnHeaders) -> bytes:
        """Start the answer; the caller sends the head with the first data.

        :param own: added where the app has none of that name (Server, Date)
        :returns: the head
        """
        names = checked.names
        if "server" in names or "date" in names:
            own = own.without(names)
        self.framing = framed.framing
        self.started = True
        self.status, self.reason = checked.status, checked.reason
        self.framed, self.own = framed, own
        return framed.start + own.end

    @property
    def headers(self) -> Headers:
        """All headers as sent."""
        if self.framed is None or self.own is None:
            return ()
        return self.framed.headers + self.own.headers

    def record(self, head: SentHead) -> None:
        """The app has answered by itself, over the socket: with this head."""
        self.status, self.reason = head.status, head.reason
        self.framed, self.own = FramedHead(_BY_APP, head.headers, b""), OwnHeaders.of()

    def body(self, data: bytes) -> bytes:
        """Frame the next part of the body; empty where nothing of it may be sent.

        :raises AppBreach: the app gave no bytes
        """
        if type(data) is not bytes:  # a call would take longer
            require_bytes(data)
        framing = self.framing
        count = len(data)
        if not framing.body:
            if self._head.method != "HEAD" and count:
                self.problem = f"the app sent a body with status {self.status}, which has none"
            return b""
        fitting = self._fitting(count)
        if fitting < count:
            data = data[:fitting]
        self.size += fitting
        if self._keep and fitting:
            if self.kept or fitting > self._keep:
                self._keep_some(data)
            else:  # mostly it is the only part, and kept as it is
                self.kept = data
        if framing.chunked:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        return data

    def send_part(self, head: bytes, data: bytes) -> None:
        """Put the next part of the body on the wire.

        :param head: what :meth:`begin` returned, with the first part; else empty
        :param data: the part as the app gave it
        """
        body = self.body(data)
        if head and len(body) >= _COPIED:
            self.send(head)
            head = b""
        self.send(head + body)

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if data:
            before = time.perf_counter_ns()
            try:
                self._channel.send(data)
            finally:
                self.send_time += time.perf_counter_ns() - before

    def send_file(self, file: Any, count: int) -> None:
        """Send a file's next ``count`` bytes; only where the body is not chunked."""
        count = self._fitting(count)
        missing = min(self._keep - len(self.kept), count)
        if missing > 0:
            position = file.tell()
            self._keep_some(file.read(missing))
            file.seek(position)
        before = time.perf_counter_ns()
        try:
            self.size += self._channel.send_file(file, count)
        finally:
            self.send_time += time.perf_counter_ns() - before

    def _keep_some(self, data: bytes) -> None:
        """Keep what there is room for."""
        kept = self.kept
        room = self._keep - len(kept)
        if room > 0:
            if not isinstance(kept, bytearray):
                kept = self.kept = bytearray(kept)
            kept += data[:room]

    def _fitting(self, count: int) -> int:
        """How many of the next ``count`` bytes the Content-Length has room for."""
        length = self.framing.length
        if length is None or self.size + count <= length:
            return count
        self.problem = (
            f"the app sent more than its Content-Length of {length} bytes; the rest was cut off"
        )
        return length - self.size

    def end(self) -> bool:
        """Complete the answer once the app has given all of it.

        :returns: whether the connection is fit for another request
        """
        framing = self.framing
        if framing.chunked:
            self.send(b"0\r\n\r\n")
        elif framing.body and framing.length is not None and self.size < framing.length:
            self.problem = (
                f"the app sent {self.size} bytes, but its Content-Length is {framing.length}"
            )
            return False
        return not framing.close
