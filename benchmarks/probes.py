"""What is measured without wrk: right answers, idle connections, and clients that dribble."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import statistics
import time
from dataclasses import dataclass

from .processes import RunningServer
from .servers import HOST
from .workloads import Workload

__all__ = ["Idle", "ends_by_closing", "idle_connections", "slow_heads"]

_REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
_HALF_A_REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\nX-Slow: "


def ends_by_closing(workload: Workload, port: int) -> bool:
    """Ask once, and see that the answer is right.

    :returns: whether its end is marked by nothing but the closed connection: wrk counts each such
        answer as a read error, though it is none
    :raises ValueError: the answer is wrong, or there is none
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        body = b"0123456789abcdef" * (workload.upload // 16)
        headers = {} if workload.keep_alive else {"Connection": "close"}
        connection.request("POST" if body else "GET", workload.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or content != workload.answer:
            raise ValueError(f"a wrong answer: {answer.status}, {len(content)} bytes")
        return answer.length is None and not answer.chunked
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(f"no answer: {type(error).__name__}: {error}") from None
    finally:
        connection.close()


@dataclass(frozen=True)
class Idle:
    """What connections cost that wait for their next request.

    :param asked: how many were opened
    :param kept: how many of them the server kept open
    :param bytes_each: memory per connection kept; None where none was
    """

    asked: int
    kept: int
    bytes_each: float | None


def idle_connections(running: RunningServer, count: int = 1000) -> Idle:
    """Open connections, make one request on each, and see what the server's memory has grown by."""
    with contextlib.ExitStack() as stack:
        for _ in range(200):  # what it needs once for all is there before it is measured
            with contextlib.suppress(OSError), _connect_to(running.port, 2.0) as warm:
                _ask(warm)
        time.sleep(0.3)
        before = running.usage().rss
        opened = []
        for _ in range(count):
            try:
                sock = stack.enter_context(_connect_to(running.port, 1.0))
                _ask(sock)
            except OSError:  # it takes no more of them
                break
            opened.append(sock)
        time.sleep(0.3)
        grown = running.usage().rss - before
        poller = select.poll()
        for sock in opened:
            poller.register(sock, select.POLLIN | select.POLLRDHUP)
        kept = len(opened) - len(poller.poll(0))
    return Idle(count, kept, grown / kept if kept else None)


def slow_heads(running: RunningServer, slow: int = 60, probes: int = 11) -> float | None:
    """While ``slow`` clients hold half-sent headers: the time to a new request's first byte.

    :returns: the median in seconds; None where more than half got nothing within two seconds
    """
    times: list[float] = []
    with contextlib.ExitStack() as stack:
        for _ in range(slow):
            sock = stack.enter_context(_connect_to(running.port, 2.0))
            sock.sendall(_HALF_A_REQUEST)
        time.sleep(0.3)
        failed = 0
        while len(times) < probes and failed <= probes // 2:
            start = time.perf_counter()
            try:
                with _connect_to(running.port, 2.0) as sock:
                    sock.sendall(_REQUEST)
                    if not sock.recv(1):
                        raise ConnectionResetError
            except OSError:
                failed += 1
                if not times and failed >= 3:
                    return None
                continue
            times.append(time.perf_counter() - start)
    return statistics.median(times) if len(times) > probes // 2 else None


def _connect_to(port: int, seconds: float) -> socket.socket:
    return socket.create_connection((HOST, port), seconds)


def _ask(sock: socket.socket) -> None:
    """One request, whose answer is a few bytes."""
    sock.sendall(_REQUEST)
    received = b""
    while b"Hello, World!" not in received:
        data = sock.recv(4096)
        if not data:
            raise ConnectionResetError
        received += data
