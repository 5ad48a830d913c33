"""Searches: what is found, in which order, with and without the index; secrets are not."""

from __future__ import annotations

import sqlite3
import threading
from itertools import pairwise
from typing import Any

import pytest

from launcher.core.filters.quick import Narrowing
from launcher.core.logs.history import index, search
from launcher.core.logs.history.conditions import BodyHas, Compare, HeadersHave, Passes, Text
from launcher.core.logs.history.search import Search
from server.events import AppError, Body, OutputWritten, ServerStopped

PLANTED = "hunter2"


def fill_index(history: Any) -> None:
    def act(store: Any) -> None:
        while store.fill_index({}):
            pass

    history._writer.call(act).result(30)


def found(history: Any, kind: str, condition: Any) -> list[int]:
    with history.reader() as reader:
        extent = reader.extent(kind)
        parts = [*reader.search(kind, condition, extent)]
        assert parts[-1].done == parts[-1].total == len(extent)
        return [extent.position(n) for part in reversed(parts) for n in part.numbers]  # type: ignore[misc]


def test_the_newest_are_found_first(shop: Any, answer: Any) -> None:
    history = shop.open()
    for run in range(3):
        history.begin_run("shop:app")
        history.take([answer(n, f"/{run}/{n}") for n in range(3000)])
        assert history.flush(30)
    with history.reader() as reader:
        parts = [*reader.search("request", Text("path", "ends", "7"), reader.extent("request"))]
    numbers = [[*part.numbers] for part in parts]
    assert len(numbers) > 1
    assert all(part == sorted(part) for part in numbers)
    assert all(a[0] > b[-1] for a, b in pairwise(numbers))
    assert sum(map(len, numbers)) == 900


def test_the_list_from_the_beginning_is_compared_by_sqlite_alone(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    make = Search._function

    def counted(self: Search, count: int, function: Any) -> str:
        return make(self, count, lambda *values: calls.append(str(values)) or function(*values))

    monkeypatch.setattr(Search, "_function", counted)
    history = shop.open()
    history.begin_run("shop:app")
    paths = ("/a", "/static/app.css", "/x.json", "/favicon.ico", "/\u00e4.js.map", "/A.PNG")
    history.take([answer(n, paths[n % len(paths)], endpoint="shop.view" if n % 3 else "")
                  for n in range(600)])  # fmt: skip
    assert history.flush(30)
    shown = found(history, "request", Narrowing().condition())
    hidden = (3, 4)  # what a view made is shown, whatever it is called
    assert shown == [n for n in range(600) if n % 6 not in hidden]
    assert len(calls) < 50, "the words are looked at, but no row"


def test_a_search_can_be_stopped_from_another_thread(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(n) for n in range(2000)])
    assert history.flush()
    with history.reader() as reader:
        inside, stopped = threading.Event(), threading.Event()

        def test(path: str) -> bool:
            inside.set()
            assert stopped.wait(20)
            return False

        def stop() -> None:
            assert inside.wait(20)
            reader.interrupt()
            stopped.set()

        thread = threading.Thread(target=stop)
        thread.start()
        with pytest.raises(sqlite3.OperationalError):
            list(reader.search("request", Passes("path", test), reader.extent("request")))
        thread.join()
        assert len(reader.requests(reader.extent("request"), 0, 9)) == 9


@pytest.mark.parametrize("indexed", [True, False])
def test_lines(shop: Any, indexed: bool) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    text = "".join(f"line {n} says {'Wörld' if n % 50 == 7 else 'hello'}\n" for n in range(500))
    history.take([OutputWritten("stdout", text), ServerStopped("stopped")])
    assert history.flush()
    if indexed:
        fill_index(history)
    expected = [*range(7, 500, 50)]
    assert found(history, "line", Text("text", "has", "WÖRLD")) == expected
    assert found(history, "line", Text("text", "has", "w")) == expected
    assert found(history, "line", Text("text", "has", "line 499 s")) == [499]
    assert found(history, "line", Text("stream", "is", "stderr")) == []


def test_with_an_index_little_is_read(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(n, body=b"body number %d." % n) for n in range(500)])
    assert history.flush()
    fill_index(history)
    read = []
    original = index.body_text
    monkeypatch.setattr(index, "body_text", lambda data: read.append(data) or original(data))
    assert found(history, "request", BodyHas("number 123.")) == [123]
    assert len(read) == 1


def test_without_fts5_searches_find_the_same(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from launcher.core.logs.history import reading, store

    monkeypatch.setattr(store, "has_full_text", lambda connection: False)
    monkeypatch.setattr(reading, "has_full_text", lambda connection: False)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(n, body=b"body number %d." % n) for n in range(50)])
    assert history.flush()
    fill_index(history)
    assert found(history, "request", BodyHas("number 12.")) == [12]
    with history.reader() as reader:
        assert not reader.full_text  # so that the search can say so


def test_secrets_are_in_no_index_and_found_by_no_search(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    plain = f'{{"user": "visible", "password": "{PLANTED}"}}'.encode()
    form = f"user=visible&token={PLANTED}".encode()
    history.take(
        [
            answer(
                1,
                query=f"visible=1&token={PLANTED}&page=2",
                request_headers=(
                    ("Cookie", f"a={PLANTED}"),
                    ("Authorization", f"Basic {PLANTED}"),
                    ("X-Visible", "visible"),
                ),
                response_headers=(("Set-Cookie", f"sid={PLANTED}"), ("X-Api-Key", PLANTED)),
                request_body=Body(len(form), form),
                response_body=Body(len(plain), plain),
            ),
            OutputWritten("stdout", f"visible password={PLANTED}\n" * index.BLOCK),
            AppError(1, 1, "ValueError", f"visible password={PLANTED}", f"token={PLANTED}"),
            ServerStopped("stopped"),
        ]
    )
    assert history.flush()
    fill_index(history)

    def trigrams(store: Any) -> set[str]:
        terms: set[str] = set()
        for table in ("headers", "body", "line"):
            store.connection.execute(
                f"CREATE VIRTUAL TABLE temp.{table}_terms "
                f"USING fts5vocab(main, {table}_index, 'row')"
            )
            terms |= {row[0] for row in store.connection.execute(f"SELECT term FROM {table}_terms")}
        return terms

    terms = history._writer.call(trigrams).result(5)
    assert "vis" in terms
    assert not {PLANTED[at : at + 3] for at in range(len(PLANTED) - 2)} & terms
    for needle, count in (("visible", 1), (PLANTED, 0), (PLANTED[1:4], 0)):
        assert len(found(history, "request", BodyHas(needle))) == count
        assert len(found(history, "request", HeadersHave(needle))) == count
        lines = found(history, "line", Text("text", "has", needle))
        assert len(lines) == count * index.BLOCK
        for kind, column in (("request", "query"), ("error", "message")):
            assert len(found(history, kind, Text(column, "has", needle))) == count
            passes = Passes(column, lambda text, needle=needle: needle in text)
            assert len(found(history, kind, passes)) == count
    for whole in ("visible=1&token=***&page=2", "token=***", "***&p"):
        way = "is" if whole.startswith("v") else "has"
        assert len(found(history, "request", Text("query", way, whole))) == 1
    with history.reader() as reader:  # but they are kept as they were sent
        event = reader.request(reader.extent("request").number(0)).event
    assert event.response_body.data == plain


def test_a_number_that_is_not_known_meets_no_comparison(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, status=404), answer(2)])
    assert history.flush()
    assert found(history, "request", Compare("duration", ">=", 0.25)) == [0, 1]
    assert found(history, "request", Compare("duration", ">", 0.25)) == []
    assert found(history, "request", Text("app", "has", "SHOP")) == [0, 1]


def test_what_is_whole_beside_a_damaged_page_is_found(
    shop: Any, fill_and_damage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_FIRST_PART", 100)
    monkeypatch.setattr(search, "_SMALLEST_PART", 5)
    history = shop.open()
    fill_and_damage(history, 600)
    found: list[int] = []
    with history.reader() as reader:
        extent = reader.extent("request")
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            for part in reader.search("request", Text("path", "has", "item"), extent):
                found += part.numbers
    assert 400 < len(found) < 600
    assert {extent.number(0), extent.number(599)} <= set(found)
    assert len(set(found)) == len(found)
