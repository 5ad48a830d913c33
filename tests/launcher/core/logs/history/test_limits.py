"""The oldest goes: by size, by age, by output; what is kept for good doesn't."""

from __future__ import annotations

import random
import time
from typing import Any

from launcher.core.logs.history.limits import Limits, step, used_bytes
from server.events import OutputWritten


def trim(history: Any, limits: Limits) -> None:
    def act(store: Any) -> int:
        count = 0
        while step(store.connection, limits, time.time(), set()):
            count += 1
            assert count < 1000
        return count

    assert history._writer.call(act).result(30) > 0


def fill(history: Any, answer: Any, run: int, count: int = 300, size: int = 2000) -> None:
    history.begin_run("shop:app")
    chance = random.Random(run)  # noise, since anything else would be compressed
    history.take(
        [
            answer(n, f"/{run}/{n}", body=b"%d %d " % (run, n) + chance.randbytes(size))
            for n in range(count)
        ]
    )
    assert history.flush()


def paths(history: Any) -> set[str]:
    with history.reader() as reader:
        extent = reader.extent("request")
        rows = reader.requests(extent, 0, len(extent))
        for row in rows:
            stored = reader.request(row.number)
            assert stored.event.response_body.data.startswith(
                b"%d " % int(row.path.split("/")[1])
            ), row
        return {row.path.split("/")[1] for row in rows}


def test_the_oldest_go_where_there_is_too_much(shop: Any, answer: Any) -> None:
    history = shop.open()
    for run in range(4):
        fill(history, answer, run)
    used = history._writer.call(lambda store: used_bytes(store.connection)).result(5)
    trim(history, Limits(total_bytes=used // 2))
    after = history._writer.call(lambda store: used_bytes(store.connection)).result(5)
    assert used // 4 < after <= used // 2
    left = paths(history)
    assert "3" in left
    assert "0" not in left
    with history.reader() as reader:
        assert [run.id for run in reader.runs()][-1] == 4
        assert len(reader.runs()) < 4
    fill(history, answer, 4, 10)  # ids of contents that went aren't used again
    assert "4" in paths(history)
    size = history._writer.call(
        lambda store: store.connection.execute("PRAGMA page_count").fetchone()[0] * 4096
    )
    assert size.result(5) <= used


def test_a_kept_run_stays_whole(shop: Any, answer: Any) -> None:
    history = shop.open()
    for run in range(4):
        fill(history, answer, run, 100)
        fill(history, answer, 9, 5)  # the same bodies in each run
    history.keep_run(1).result(5)
    trim(history, Limits(total_bytes=1))
    with history.reader() as reader:
        (run,) = reader.runs()
        assert (run.id, run.kept, run.requests) == (1, True, 100)
    assert paths(history) == {"0"}
    history.keep_run(1, kept=False).result(5)
    trim(history, Limits(total_bytes=1))
    with history.reader() as reader:
        assert not len(reader.extent("request"))
    bodies = history._writer.call(
        lambda store: store.connection.execute("SELECT count(*) FROM run").fetchone()
    )
    assert bodies.result(5) == (0,)


def test_age(shop: Any, answer: Any) -> None:
    history = shop.open()
    now = time.time()
    for age in (40, 31, 29):
        history.begin_run(f"old:{age}")
        history.take([answer(n, f"/{age}/{n}", started=now - age * 86400) for n in range(5)])
        assert history.flush()
    history._writer.call(
        lambda store: store.connection.execute("UPDATE run SET started = 5, ended = 6")
    ).result(5)
    trim(history, Limits(days=30))
    with history.reader() as reader:
        assert [run.app for run in reader.runs()] == ["old:29"]


def test_output_of_an_app_has_a_limit_of_its_own(shop: Any) -> None:
    history = shop.open()
    for app in ("loud:app", "quiet:app"):
        history.begin_run(app)
        count = 5000 if app == "loud:app" else 50
        history.take([OutputWritten("stdout", f"{n:>80}\n") for n in range(count)])
        assert history.flush()
    trim(history, Limits(output_bytes=100_000))
    with history.reader() as reader:
        loud, quiet = (reader.extent("line", app) for app in ("loud:app", "quiet:app"))
        assert len(quiet) == 50
        assert 0 < len(loud) < 1000
        rows = reader.lines(loud, 0, len(loud))
        assert [int(row.text) for row in rows] == [*range(5000 - len(loud), 5000)]
        assert loud.segments[0].first == 5000 - len(loud)  # "n lines dropped", the right n
