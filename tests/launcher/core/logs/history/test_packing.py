"""Bodies are compressed in the file where it pays, and read as they were."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from launcher.core.logs.history import files, schema
from launcher.core.logs.history.conditions import BodyHas
from launcher.core.logs.history.packing import pack, unpack
from server.events import Body

TEXT = b'{"item": 1, "name": "a thing"}, ' * 2000
NOISE = random.Random(1).randbytes(50_000)


@given(st.binary(max_size=3000), st.integers(1, 20))
def test_a_body_comes_back_as_it_was(data: bytes, times: int) -> None:
    assert unpack(*pack(data * times)) == data * times


def test_only_what_becomes_smaller_is_compressed() -> None:
    assert pack(TEXT)[1] == 1
    assert len(pack(TEXT)[0]) < len(TEXT) / 10
    assert pack(NOISE) == (NOISE, 0)
    assert pack(TEXT[:100])[1] == 0
    assert pack(TEXT[:4000] + NOISE * 4)[1] == 0


def test_a_damaged_body_is_empty() -> None:
    assert unpack(b"no zlib", 1) == b""


def test_the_file_is_smaller_and_bodies_are_found(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, body=TEXT), answer(2, body=NOISE), answer(3, body=b"short")])
    assert history.flush()
    with history.reader() as reader:
        extent = reader.extent("request")
        for position, body in enumerate((TEXT, NOISE, b"short")):
            found = reader.request(extent.number(position))
            assert found is not None
            assert found.event.response_body == Body(len(body), body)
        hits = [
            n for part in reader.search("request", BodyHas('"a thing"'), extent) for n in part[0]
        ]
        assert hits == [extent.number(0)]
        sizes = reader._contents.execute("SELECT length(data), packed FROM body ORDER BY id")
        assert [packed for _, packed in sizes.fetchall()] == [1, 0, 0]


def test_bodies_of_before_are_read(shop: Any, answer: Any, make_version_4: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, body=TEXT)])
    assert history.close()
    connection = sqlite3.connect(history.file, isolation_level=None)
    make_version_4(connection)
    connection.execute("UPDATE body SET data = ?", (TEXT,))
    connection.execute("ALTER TABLE body DROP COLUMN packed")
    for column in ("file", "place", "own"):
        connection.execute(f"ALTER TABLE line DROP COLUMN {column}")
    for column in ("sql_total", "sql_duplicates", "sql_time", "sql_looped", "spans"):
        connection.execute(f"ALTER TABLE request DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with history.reader() as reader:
        found = reader.request(reader.extent("request").number(0))
        assert found is not None
        assert found.event.response_body.data == TEXT
        assert reader._contents.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert files.size_of(history.file) > 0
