"""Mutated requests against the live server: ``make fuzz``, or ``python tests/fuzz/fuzz_server.py``.

Each round opens a connection, sends a broken or odd request, or several, in random pieces, and
reads to the end. Checked is that the server answers or closes in time, that every answer is
well-formed (h11 reads it), that what follows is not taken for an answer, that no error of the
server's own is logged, and that at the end no thread and no descriptor is left. A finding is
printed with the bytes that were sent and ends the run with status 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import h11  # noqa: E402

from server import make_server  # noqa: E402
from server.events import Event, RequestFinished, RequestStarted  # noqa: E402
from server.protocol.channel import Timeouts  # noqa: E402
from server.reporting.reporter import Reporter  # noqa: E402

ANSWER_SECONDS = 10.0
TIMEOUTS = Timeouts(idle=0.5, head=0.5, body=0.5, send=2.0, linger=0.2)

CORPUS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /stream HTTP/1.1\r\nHost: a:80\r\nUser-Agent: x/1 (y)\r\nAccept: */*\r\n\r\n",
    b"HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /nothing HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a/b?c=d HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n",
    b"PUT /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    b"POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    b"GET /raise HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /%e4%bd%a0?%00 HTTP/1.1\r\nHost: [::1]:5000\r\nX-Long: " + b"v" * 300 + b"\r\n\r\n",
]
PIECES = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b"\0", b" ", b"\t", b":", b"\x7f", b"\xff",
    b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"Content-Length: 0x5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n", b"Host: b\r\n", b" folded\r\n", b"Name : v\r\n",
    b"Connection: close\r\n", b"Connection: keep-alive, TE\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: h2c\r\n", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.11", b"0\r\n\r\n",
    b"ffffffffffffffff\r\n", b"00000000005\r\n", b"5 ;a\r\n", b"GET ", b"PRI * HTTP/2.0\r\n\r\nSM",
    b"%2e%2e/", b"?", b"#", b"\\", b"\x16\x03\x01\x02\x00", b"A" * 9000, b"X: y\r\n" * 120,
]  # fmt: skip


def app(environ: dict[str, Any], start_response: Any) -> Any:
    """Answers in as many ways as apps do, by the path."""
    path = environ["PATH_INFO"]
    if path == "/raise":
        raise LookupError("as asked")
    body = environ["wsgi.input"].read() if path == "/echo" else b"plain"
    headers = [("Content-Type", "application/octet-stream")]
    if path == "/nothing":
        start_response("204 No Content", [])
        return []
    if path == "/stream":
        start_response("200 OK", headers)
        return iter([b"one", b"", b"two"])
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def mutated(rng: random.Random) -> bytes:
    """One to three requests of the corpus, with up to six changes."""
    data = bytearray(b"".join(rng.choice(CORPUS) for _ in range(rng.choice((1, 1, 2, 3)))))
    for _ in range(rng.randrange(7)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.randrange(1, 12))
        change = rng.randrange(7)
        if change == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif change == 1:
            data[at:at] = rng.choice(PIECES)
        elif change == 2:
            del data[at:end]
        elif change == 3:
            data[at:at] = data[at:end] * rng.randrange(1, 4)
        elif change == 4:
            data[at:end] = rng.choice(PIECES)
        elif change == 5:
            del data[at:]
        else:
            data[at:at] = rng.choice(CORPUS)[: rng.randrange(60)]
    return bytes(data)


def pieces(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """``data`` whole, or cut at random."""
    if rng.random() < 0.6:
        yield data
        return
    while data:
        size = rng.randrange(1, 1 + max(1, len(data) // rng.randrange(1, 6)))
        yield data[:size]
        data = data[size:]


def converse(address: tuple[str, int], data: bytes, rng: random.Random) -> bytes:
    """Send, and read until the server closes.

    :raises TimeoutError: it doesn't in time
    """
    answer = bytearray()
    with socket.create_connection(address, timeout=ANSWER_SECONDS) as client:
        try:
            for piece in pieces(data, rng):
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError, OSError):
            pass  # it has refused already: what it sent may still be there
        try:
            while part := client.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    return bytes(answer)


def finished_requests(events: list[Event]) -> list[RequestFinished]:
    """The ends of the requests, in order; those with an error are reported after the answer."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        so_far = list(events)
        finished = [event for event in so_far if isinstance(event, RequestFinished)]
        begun = {event.id for event in so_far if isinstance(event, RequestStarted)}
        if begun <= {event.id for event in finished} or time.monotonic() > deadline:
            return sorted(finished, key=attrgetter("id"))
        time.sleep(0.001)


def fault_of(answer: bytes, finished: list[RequestFinished]) -> str:
    """What is wrong with the bytes answered to these requests; "" for nothing."""
    rest = answer
    for event in finished:
        if event.aborted and not event.status:
            rest = rest.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
            continue
        method = event.method if event.method not in ("-", "CONNECT") else "GET"
        connection = h11.Connection(h11.CLIENT)
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        connection.receive_data(rest)
        if not rest:
            # The client's reset may have taken the answer with it.
            return "" if event.aborted or event.status >= 400 else f"no answer to {event.target!r}"
        try:
            while True:
                step = connection.next_event()
                if isinstance(step, h11.EndOfMessage):
                    break
                if step is h11.NEED_DATA:
                    connection.receive_data(b"")
                    if event.aborted:
                        return ""
        except h11.RemoteProtocolError as error:
            return f"{error}: {rest[:200]!r}"
        rest = connection.trailing_data[0]
    return f"bytes after the last answer: {rest[:200]!r}" if rest else ""


def fuzz(mode: str, seconds: float, rng: random.Random, complaints: list[str]) -> str:
    """Run against one kind of server; what was found, "" for nothing."""
    descriptors = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    events: list[Event] = []
    threaded = mode == "threaded"
    server = make_server("127.0.0.1", 0, app, threaded=threaded, timeouts=TIMEOUTS, grace=1.0)
    server.reporter = Reporter(events.append, 1024)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    rounds = refused = 0
    finding = ""
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not finding:
            rounds += 1
            data = mutated(rng)
            events.clear()
            try:
                answer = converse(("127.0.0.1", server.server_port), data, rng)
            except TimeoutError:
                finding = f"no end within {ANSWER_SECONDS} s\nsent: {data!r}"
                break
            finished = finished_requests(events)
            refused += sum(event.method == "-" for event in finished)
            fault = fault_of(answer, finished) or (complaints and complaints[0]) or ""
            if fault:
                finding = f"{fault}\nsent: {data!r}\nanswered: {answer!r}"
    finally:
        server.shutdown_signal = True
        thread.join(10.0)
    if not finding and thread.is_alive():
        finding = "the server does not stop"
    left = [item.name for item in threading.enumerate() if item is not threading.main_thread()]
    if not finding and left:
        finding = f"threads left: {left}"
    if not finding and descriptors:
        more = len(os.listdir("/proc/self/fd")) - descriptors
        finding = f"{more} descriptors left" if more > 0 else ""
    print(f"{mode}: {rounds} rounds, {refused} requests refused", flush=True)
    return finding


def main() -> int:
    """Run for a while; 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}", flush=True)

    complaints: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: complaints.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("servedeck").addHandler(handler)
    for mode in ("threaded", "single"):
        finding = fuzz(mode, options.seconds / 2, random.Random(f"{seed} {mode}"), complaints)
        if finding:
            print(f"FOUND (seed {seed}, {mode}): {finding}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
