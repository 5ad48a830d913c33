"""One answer on its way to the client: framing, head, body, in as few writes as can be.

Used by ``WSGIRequestHandler.run_wsgi`` in the request's thread.
"""

from __future__ import annotations

import time
from typing import Any, Optional

from .channel import Channel
from .parsing import RequestHead
from .wsgi import HOP_BY_HOP, AppBreach, CheckedResponse, Framing, response_framing, response_head

__all__ = ["ResponseWriter"]

Headers = list[tuple[str, str]]


class ResponseWriter:
    """Sends one answer.

    :param keep: how many of the body's first bytes to keep for display
    :ivar status: the code sent; 0 until the head is on its way
    :ivar headers: all headers as sent
    :ivar size: bytes of the body the app gave
    :ivar kept: the first of them
    :ivar send_time: seconds spent waiting for the client to take the bytes
    :ivar problem: what the app did wrong that did not stop the answer
    """

    __slots__ = (
        "_channel",
        "_head",
        "_keep",
        "framing",
        "headers",
        "kept",
        "problem",
        "reason",
        "send_time",
        "size",
        "started",
        "status",
    )

    def __init__(self, channel: Channel, head: RequestHead, keep: int) -> None:
        self._channel = channel
        self._head = head
        self._keep = keep
        self.started = False
        self.framing = Framing(True, None, False, True)
        self.status = 0
        self.reason = ""
        self.headers: Headers = []
        self.size = 0
        self.kept = bytearray()
        self.send_time = 0.0
        self.problem = ""

    def begin(
        self,
        checked: CheckedResponse,
        app_headers: Headers,
        own_headers: Headers,
        keep_alive: bool,
        only_item: Optional[bytes],
    ) -> bytes:
        """Choose the framing and build the head; the caller sends it with the first data.

        :param own_headers: added where the app has none of that name (Server, Date)
        :param only_item: the whole body where it is known, so that its length can be given
        """
        head = self._head
        status, length = checked.status, checked.content_length
        if status < 200:
            raise AppBreach(f"start_response: {status} is no final status")
        headers = [item for item in app_headers if item[0].lower() not in HOP_BY_HOP]
        if status == 204 and length is not None:
            headers = [item for item in headers if item[0].lower() != "content-length"]
            length = None
        known = only_item if head.method != "HEAD" else only_item or None
        if length is None and known is not None and status not in (204, 304):
            # PEP 3333, "Handling the Content-Length Header"
            length = len(known)
            headers.append(("Content-Length", str(length)))
        framing = self.framing = response_framing(
            head.method, status, length, head.version, keep_alive
        )
        headers += [item for item in own_headers if item[0].lower() not in checked.names]
        if framing.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        if framing.close:
            headers.append(("Connection", "close"))
        elif head.version == "1.0":
            headers.append(("Connection", "keep-alive"))
        self.started = True
        self.status, self.reason, self.headers = status, checked.reason, headers
        return response_head(f"HTTP/1.1 {status} {checked.reason}", headers)

    def body(self, data: bytes) -> bytes:
        """Frame the next part of the body; empty where nothing of it may be sent."""
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
        if len(self.kept) < self._keep:
            self.kept += data[: self._keep - len(self.kept)]
        if framing.chunked:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        return data

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if data:
            before = time.perf_counter()
            try:
                self._channel.send(data)
            finally:
                self.send_time += time.perf_counter() - before

    def send_file(self, file: Any, count: int) -> None:
        """Send a file's next ``count`` bytes; only where the body is not chunked."""
        count = self._fitting(count)
        missing = min(self._keep - len(self.kept), count)
        if missing > 0:
            position = file.tell()
            self.kept += file.read(missing)
            file.seek(position)
        before = time.perf_counter()
        try:
            self.size += self._channel.send_file(file, count)
        finally:
            self.send_time += time.perf_counter() - before

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
                f"the app sent {self.size} bytes, but its Content-Length says {framing.length}"
            )
            return False
        return not framing.close
