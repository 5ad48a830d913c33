"""Fills and reads a large history: ``python -m benchmarks.history_store fill|read FOLDER COUNT``.

Each in a process of its own, so that memory is that of the one thing. Prints a JSON object.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

from launcher.core.logs.history.conditions import (
    All,
    Any_,
    BodyHas,
    Compare,
    Condition,
    HeadersHave,
    Text,
)
from launcher.core.logs.history.files import file_of
from launcher.core.logs.history.history import History
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.store import Store
from launcher.core.logs.history.writer import Trouble
from server.events import (
    Body,
    Exchange,
    OutputWritten,
    RequestFinished,
    RequestStarted,
    ServerStopped,
)

from .kept import history_clock

__all__ = ["main"]

_AT_ONCE = 5_000
_BATCH, _BATCHES = 2_000, 100  # as many requests as come in while a batch is gathered
_SCREEN = 40
_PAGES = 500
_WAIT = 900.0
_LIMITS = Limits(total_bytes=1 << 40, output_bytes=1 << 40)

_SEARCHES: dict[str, tuple[str, Condition]] = {
    "status:5xx": ("request", Compare("status", ">=", 500)),
    "path:/items/77": ("request", Text("path", "has", "/items/77")),
    "method:POST dur:>0.9s": (
        "request",
        All((Text("method", "is", "post"), Compare("duration", ">", 0.9))),
    ),
    "type:json": ("request", Text("type", "has", "json")),
    "a word": ("request", Any_((Text("path", "has", "123"), Text("query", "has", "123")))),
    "header:": ("request", HeadersHave("x-shop: green")),
    "body:": ("request", BodyHas('"item": 77,')),
    "in the output": ("line", Text("text", "has", "item 77 ")),
    "one line of the output": ("line", Text("text", "has", "needle")),
}


def main(arguments: list[str]) -> int:
    """Do what is asked for."""
    what, folder, count = arguments
    act = {"fill": _fill, "read": _read}[what]
    print(json.dumps(act(Path(folder), int(count))))
    return 0


def _fill(folder: Path, count: int) -> dict[str, Any]:
    """Requests and lines of an app as it might be, each answer different from the others'."""
    rnd = random.Random(7)
    troubles: list[Trouble] = []
    history = History(folder, str(folder), troubles.append, _LIMITS)
    history.begin_run("shop:app")
    took = 0.0
    for start in range(0, count, _AT_ONCE):
        events = [_request(rnd, number) for number in range(start, start + _AT_ONCE)]
        began = time.perf_counter()
        history.take(events)
        assert history.flush(_WAIT)
        took += time.perf_counter() - began
    lines = 0.0
    for start in range(0, count, _AT_ONCE):
        text = "".join(_line(rnd, number, count) for number in range(start, start + _AT_ONCE))
        began = time.perf_counter()
        history.take([OutputWritten("stdout", text)])
        assert history.flush(_WAIT)
        lines += time.perf_counter() - began
    history.take([ServerStopped("stopped")])
    assert history.close(_WAIT)
    assert not troubles, troubles
    store = Store(history.file)
    sizes = _sizes(store)
    began = time.perf_counter()
    while store.fill_index({}):
        pass
    indexed = time.perf_counter() - began
    after = _sizes(store)
    store.close()
    alike = _alike(folder / "alike")
    bodies = sum(size for name, size in sizes.items() if "body" in name)
    output = sizes.get("line", 0)
    return {
        "us_per_request": took / count * 1e6,
        "us_per_alike": alike,
        "us_per_line": lines / count * 1e6,
        "bytes_per_request": (sum(sizes.values()) - bodies - output) / count,
        "bytes_per_line": output / count,
        "index_seconds": indexed,
        "index_bytes": sum(after.values()) - sum(sizes.values()),
        "bodies_bytes": bodies,
    }


def _alike(folder: Path) -> float:
    """Requests of a flood, nearly all of which are the same.

    :returns: the processor time of the history's thread for each, in µs: the least of the batches,
        as other work on the machine only adds to it
    """
    history = History(folder, str(folder), lambda trouble: None, _LIMITS)
    history.begin_run("shop:app")
    clock = history_clock()
    exchange = Exchange(repeats=True, **_request(random.Random(7), 1).exchange.facts())
    took = []
    for start in range(0, _BATCHES * _BATCH, _BATCH):
        events: list[RequestStarted | RequestFinished] = []
        for id in range(start + 1, start + _BATCH + 1):
            began = 1.7e9 + id / 10_000
            events.append(RequestStarted(id, "GET", "/", began))
            events.append(RequestFinished(exchange, id, began, id / 1e6, id / 2e6, f"t-{id % 8}"))
        before = time.clock_gettime(clock)
        history.take(events)
        assert history.flush(_WAIT)
        took.append(time.clock_gettime(clock) - before)
    assert history.close(_WAIT)
    return min(took) / _BATCH * 1e6


def _request(rnd: random.Random, number: int) -> RequestFinished:
    item = rnd.randrange(20_000)
    body = b'{"item": %d, "name": "thing %d", "price": 1.10}' % (item, rnd.randrange(10))
    path = f"/api/items/{item}"
    query = f"page={number % 50}"
    stages = ("handle", "handle_one_request", "run_wsgi", "wsgi_app", "dispatch_request", "write")
    return RequestFinished.of(
        id=number + 1,
        started=1.7e9 + number / 10,
        duration=rnd.random(),
        app_duration=0.01,
        thread=f"request-{number % 8}",
        method="POST" if number % 5 == 0 else "GET",
        target=f"{path}?{query}",
        path=path,
        query=query,
        status=500 if number % 97 == 0 else 404 if number % 31 == 0 else 200,
        reason="OK",
        bytes_received=400,
        bytes_sent=300 + len(body),
        remote_addr="127.0.0.1",
        pid=4711,
        request_headers=(
            ("Host", "127.0.0.1:5000"),
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
            ),
            ("Accept", "*/*"),
            ("Cookie", "session=0123456789abcdef"),
            ("X-Shop", "green" if number % 50_000 == 3 else "blue"),
        ),
        response_headers=(
            ("Server", "ServeDeck"),
            ("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(1.7e9 + number / 10))),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ),
        response_body=Body(len(body), body),
        flow=tuple(
            (name, depth * 3, int(9000 * rnd.random()), depth) for depth, name in enumerate(stages)
        ),
        flow_places=(("dispatch_request", "/srv/shop/app.py", 12),),
        endpoint="shop.item",
    )


def _line(rnd: random.Random, number: int, count: int) -> str:
    word = "needle" if number == count // 2 else "hay"
    return f"INFO shop: request {number} asked for item {rnd.randrange(20_000)} of the {word}\n"


def _sizes(store: Store) -> dict[str, int]:
    """Bytes by table and index, as far as this SQLite can say; else of the file."""
    try:
        return dict(
            store.connection.execute(
                "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
            ).fetchall()
        )
    except Exception:
        pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
        return {"all": pages * 4096}


def _read(folder: Path, count: int) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: dict[str, Any] = {"searches": {}}
    began = time.perf_counter()
    reader = Reader(file_of(folder, str(folder)))
    extent = reader.extent("request")
    assert len(extent) == count
    assert len(reader.requests(extent, count - _SCREEN, count)) == _SCREEN
    found["open"] = time.perf_counter() - began
    began = time.perf_counter()
    lines = reader.extent("line")
    assert len(reader.lines(lines, len(lines) - _SCREEN, len(lines))) == _SCREEN
    found["open_lines"] = time.perf_counter() - began
    found["scroll"] = _scroll(lambda at: reader.requests(extent, at, at + _SCREEN), count)
    found["scroll_lines"] = _scroll(lambda at: reader.lines(lines, at, at + _SCREEN), count)
    for name, (kind, condition) in _SEARCHES.items():
        rows = extent if kind == "request" else lines
        first, total, longest = 0.0, 0, 0.0
        began = last = time.perf_counter()
        for part in reader.search(kind, condition, rows):
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            total += len(part.numbers)
            if not first and total:
                first = now - began
        found["searches"][name] = {
            "first": first, "all": time.perf_counter() - began, "found": total, "part": longest,
        }  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found["memory"] = (after - before) * 1024
    return found


def _scroll(page: Any, count: int) -> float:
    rnd = random.Random(3)
    longest = 0.0
    for _ in range(_PAGES):
        at = rnd.randrange(max(1, count - _SCREEN))
        began = time.perf_counter()
        page(at)
        longest = max(longest, time.perf_counter() - began)
    return longest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
