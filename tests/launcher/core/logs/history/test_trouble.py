"""What can be wrong with a history's file: it is reported once, and stops nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from launcher.core.logs.history import files, schema, writer
from launcher.core.logs.history.files import Damaged
from launcher.core.logs.history.schema import Refused
from launcher.core.logs.history.store import Store

ROOT = Path(__file__).resolve().parents[5]


def paths(history: Any) -> list[str]:
    with history.reader() as reader:
        return [row.path for row in reader.requests(reader.extent("request"), 0, 999)]


def test_a_file_that_is_no_database_is_put_aside(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.file.parent.mkdir(parents=True)
    history.file.write_bytes(b"not a database" * 1000)
    history.begin_run("shop:app")
    history.take([answer(1, "/a")])
    assert history.flush()
    assert paths(history) == ["/a"]
    (trouble,) = shop.troubles
    assert trouble.kind == "damaged"
    (aside,) = history.file.parent.glob("*.damaged-*")
    assert str(aside) in trouble.message
    assert aside.read_bytes().startswith(b"not a database")


def test_a_damaged_page_is_put_aside(shop: Any, answer: Any) -> None:
    first = shop.open()
    first.begin_run("shop:app")
    first.take([answer(n, f"/{n}", body=b"%d" % n * 500) for n in range(300)])
    assert first.close(20)
    content = bytearray(first.file.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = os.urandom(200)
    first.file.write_bytes(content)
    history = shop.open()
    with pytest.raises((Damaged, sqlite3.DatabaseError)):
        paths(history)
    history.begin_run("shop:app")
    for n in range(3):
        history.take([answer(n, f"/new/{n}", body=b"%d" % n)])
        assert history.flush()
    assert paths(history) == ["/new/0", "/new/1", "/new/2"]
    assert [trouble.kind for trouble in shop.troubles] == ["damaged"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (f"PRAGMA user_version = {schema.VERSION + 1}", "newer"),
        ("PRAGMA application_id = 77", "foreign"),
    ],
)
def test_what_is_not_ours_is_left_alone(shop: Any, answer: Any, statement: str, kind: str) -> None:
    first = shop.open()
    first.begin_run("shop:app")
    first.take([answer(1)])
    assert first.close(20)
    connection = sqlite3.connect(first.file)
    connection.execute(statement)
    connection.close()
    before = first.file.read_bytes()
    history = shop.open()
    run = history.begin_run("shop:app")
    for n in range(3):
        history.take([answer(n)])
        assert history.flush()
    with pytest.raises(Refused):
        history.reader()
    assert [trouble.kind for trouble in shop.troubles] == [kind]
    assert history.file.read_bytes() == before
    assert run.number("request", 0) is None


def test_a_file_whose_tables_another_window_makes_right_now_is_ours(tmp_path: Path) -> None:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(tmp_path / "new.sqlite3", timeout=0, isolation_level=None)

    others: list[str] = []

    def interfere(statement: str) -> None:
        if "user_version" in statement and not others:
            others.append(statement)
            with contextlib.closing(connect()) as other, contextlib.suppress(sqlite3.Error):
                schema.prepare(other)

    with contextlib.closing(connect()) as connection:
        connection.set_trace_callback(interfere)
        assert schema.version_of(connection) in (0, schema.VERSION)
        assert others
        connection.set_trace_callback(None)
        schema.prepare(connection)
        assert schema.version_of(connection) == schema.VERSION


def test_another_programs_database_is_left_alone(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.file.parent.mkdir(parents=True)
    connection = sqlite3.connect(history.file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert [trouble.kind for trouble in shop.troubles] == ["foreign"]


def test_an_older_schema_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "history" / "old.sqlite3"
    files.open_for_writing(file)[0].close()
    old = schema.VERSION
    monkeypatch.setattr(schema, "VERSION", old + 1)
    connection = sqlite3.connect(file, isolation_level=None)

    def step(old: sqlite3.Connection) -> None:
        old.execute("ALTER TABLE run ADD COLUMN more")

    def broken(old: sqlite3.Connection) -> None:
        old.execute("DROP TABLE run")
        raise sqlite3.OperationalError("in the midst")

    with pytest.raises(sqlite3.OperationalError):
        schema.prepare(connection, {old: broken})
    assert schema.version_of(connection) == old
    schema.prepare(connection, {old: step})
    assert schema.version_of(connection) == old + 1
    assert connection.execute("SELECT more FROM run").fetchall() == []
    connection.close()
    monkeypatch.setattr(schema, "VERSION", old)
    with pytest.raises(Refused):
        files.open_for_reading(file)


def test_an_older_schema_is_waited_for_while_another_brings_it_up_to_date(
    shop: Any, answer: Any, make_version_4: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/1")])
    assert history.close(20)
    file = history.file
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    make_version_4(connection)
    monkeypatch.setattr(files, "_BUSY_MS", 1)
    connection.execute("BEGIN IMMEDIATE")  # as the other one has it meanwhile
    asked = threading.Event()
    prepare = schema.prepare

    def ask(given: sqlite3.Connection) -> None:
        asked.set()
        prepare(given)

    monkeypatch.setattr(files, "prepare", ask)
    found: list[list[str]] = []
    reading = threading.Thread(target=lambda: found.append(paths(history)))
    reading.start()
    assert asked.wait(20)
    reading.join(0.2)  # far longer than it would wait for a file that is only locked
    connection.execute("COMMIT")
    reading.join(20)
    connection.close()
    assert found == [["/1"]]


def test_an_older_schema_is_read_where_nothing_can_be_written(
    shop: Any, answer: Any, make_version_4: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/1")])
    assert history.close(20)
    with contextlib.closing(sqlite3.connect(history.file, isolation_level=None)) as connection:
        make_version_4(connection)
    before = history.file.read_bytes()

    def refuse(file: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(file))

    monkeypatch.setattr(files, "open_for_writing", refuse)
    assert paths(history) == ["/1"]
    assert history.file.read_bytes() == before


def test_a_locked_file_is_waited_for(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BUSY_MS", 1)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/1")])
    assert history.flush()
    other = sqlite3.connect(history.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history.take([answer(2, "/2")])
    assert history.flush(20)
    assert paths(history) == ["/1"]
    other.execute("COMMIT")
    other.close()
    history.take([answer(3, "/3")])
    assert history.flush(20)
    assert paths(history) == ["/1", "/2", "/3"]
    assert not shop.troubles


def test_a_file_that_stays_locked_is_given_up(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LOCKED_SECONDS", 0.0)
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(files, "_BUSY_MS", 1)
    history = shop.open()
    run = history.begin_run("shop:app")
    history.take([answer(1, "/1")])
    assert history.flush()
    other = sqlite3.connect(history.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history.take([answer(2, "/2")])
    assert history.flush(20)
    history.take([answer(3, "/3")])
    assert history.flush(20)
    assert [trouble.kind for trouble in shop.troubles] == ["locked"]
    other.execute("COMMIT")
    other.close()
    history.take([answer(4, "/4")])
    assert history.flush(20)
    assert paths(history) == ["/1", "/4"]
    # What was kept is found by its place; what wasn't is known not to be there.
    with history.reader() as reader:
        assert reader.request(run.number("request", 3)).event.path == "/4"
        assert reader.request(run.number("request", 1)) is None


def test_a_folder_that_cannot_be_written_to(shop: Any, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands in the way")
    history = shop.open()
    history.begin_run("shop:app")
    for n in range(3):
        history.take([answer(n)])
        assert history.flush()
    assert [trouble.kind for trouble in shop.troubles] == ["failed"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(shop: Any, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert [trouble.kind for trouble in shop.troubles] == ["denied"]


def test_a_read_only_file_system(shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(file))

    monkeypatch.setattr(files, "open_for_writing", refuse)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    (trouble,) = shop.troubles
    assert trouble.kind == "denied"
    assert f"Read-only file system ({history.file})" in trouble.message


def test_a_folder_that_cannot_lock_files(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: Path) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_RDLOCK"  # Python 3.10 has no such names
        raise error

    monkeypatch.setattr(files, "open_for_writing", refuse)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert [trouble.kind for trouble in shop.troubles] == ["no-locks"]


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_a_file_that_is_being_written_is_not_read_past_its_lock(
    shop: Any, answer: Any, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.close(20)
    history.file.with_name(history.file.name + suffix).write_bytes(b"something")
    refuse_to_write(history.file, monkeypatch, "database is locked")
    with pytest.raises(Damaged, match="locked"):
        history.reader()


FULL = """
import resource, signal, sys
sys.path[:0] = [{root!r}]
from pathlib import Path
from launcher.core.logs.history.history import History
from server.events import OutputWritten
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
troubles = []
history = History(Path({data!r}), "/srv/shop", troubles.append)
history.begin_run("shop:app")
history.take([OutputWritten("stdout", "first" + chr(10))])
assert history.flush(20)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
for n in range(20):
    history.take([OutputWritten("stdout", "x" * 100_000 + chr(10))])
    assert history.flush(20)
print([trouble.kind for trouble in troubles], flush=True)
print(history.close(20))
"""


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: writing fails in the midst of a transaction."""
    code = FULL.format(root=str(ROOT), data=str(tmp_path / "data"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    kinds, closed = done.stdout.splitlines()
    assert kinds in ("['full']", "['failed']"), done.stdout
    assert closed == "True"
    with files.open_for_reading(files.file_of(tmp_path / "data", "/srv/shop")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT text FROM line LIMIT 1").fetchone() == ("first",)
    connection.close()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 400_000


def test_a_file_system_without_a_write_ahead_log(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoWal(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if "journal_mode = WAL" in sql:
                sql = "PRAGMA journal_mode"
            return super().execute(sql, *arguments)

    connect = sqlite3.connect

    def plain(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **options, factory=NoWal)

    monkeypatch.setattr(files.sqlite3, "connect", plain)
    history = shop.open()
    history.begin_run("shop:app")
    for n in range(3):
        history.take([answer(n, f"/{n}")])
        assert history.flush()
    assert paths(history) == ["/0", "/1", "/2"]
    assert [trouble.kind for trouble in shop.troubles] == ["no-wal"]


def test_what_shows_troubles_may_fail(tmp_path: Path, answer: Any) -> None:
    from launcher.core.logs.history.history import History

    def fail(trouble: object) -> None:
        raise RuntimeError(trouble)

    (tmp_path / "data").write_text("")
    history = History(tmp_path / "data", "/srv/shop", fail)
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert history.close(5)


def test_a_history_is_read_where_nothing_can_be_written(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/a")])
    assert history.close(20)
    history.file.parent.chmod(0o500)
    try:
        assert paths(history) == ["/a"]
    finally:
        history.file.parent.chmod(0o700)


def refuse_to_write(
    file: Path, monkeypatch: pytest.MonkeyPatch, reason: str = "unable to open database file"
) -> None:
    """As where neither the log's companion can be made, nor a journal be used."""
    connect = files._connect

    def refuse(which: Path, way: str) -> sqlite3.Connection:
        if which == file and way == "mode=rw":
            raise sqlite3.OperationalError(reason)
        return connect(which, way)

    monkeypatch.setattr(files, "_connect", refuse)


def test_what_is_only_in_the_log_is_read_where_nothing_can_be_written(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "settle", lambda store: None)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/a")])
    assert history.flush(20)
    parts = {part.name: part.read_bytes() for part in history.file.parent.iterdir()}
    assert history.close(20)
    for part in history.file.parent.iterdir():
        part.unlink()
    for name, content in parts.items():  # as after a kill
        if not name.endswith("-shm"):
            (history.file.parent / name).write_bytes(content)
    assert parts[f"{history.file.name}-wal"]
    refuse_to_write(history.file, monkeypatch)
    assert paths(history) == ["/a"]
    assert {part.name for part in history.file.parent.iterdir()} == parts.keys() - {
        f"{history.file.name}-shm"
    }
    assert history.file.read_bytes() == parts[history.file.name]


@pytest.mark.parametrize("may_write", [True, False])
def test_what_a_kill_has_left_in_a_journal_is_taken_back(
    shop: Any, answer: Any, may_write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no write-ahead log, the file itself is half written then."""
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/a")])
    assert history.close(20)
    journal = history.file.with_name(f"{history.file.name}-journal")
    with contextlib.closing(sqlite3.connect(history.file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE exchange SET path = '/b'")
        for number in range(300):
            connection.execute("INSERT INTO meta VALUES (?, ?)", (f"m{number}", "x" * 1000))
        left = {part: part.read_bytes() for part in (history.file, journal)}
        connection.execute("ROLLBACK")
    for part, content in left.items():
        part.write_bytes(content)
    assert b"x" * 400 in left[history.file]
    if not may_write:
        refuse_to_write(history.file, monkeypatch)
    assert paths(history) == ["/a"]


def test_the_last_to_close_a_history_leaves_the_file_alone(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1, "/a")])
    assert history.flush()
    with history.reader() as reader:
        assert history.close(20)
        assert len(reader.runs()) == 1
        assert len(list(history.file.parent.iterdir())) == 3
    assert list(history.file.parent.iterdir()) == [history.file]


def wait_until_it_rests(writer: Any) -> None:
    """Fails where the writer goes round and round with nothing to do."""
    deadline = time.monotonic() + 20
    while writer._patience() < 0.2:
        assert time.monotonic() < deadline, "the writer is busy with nothing"
        time.sleep(0.01)


def test_a_history_without_a_file_rests(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    assert history.flush()
    wait_until_it_rests(history._writer)
    history._writer.pause(paused=True)
    history.take([answer(1)])
    assert history.flush()
    wait_until_it_rests(history._writer)


def test_a_history_that_cannot_be_tidied_rests_in_between(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def locked(_store: Store, _settled: Any) -> bool:
        tried.set()
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(Store, "fill_index", locked)
    monkeypatch.setattr(writer, "_QUIET", 0.5)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert tried.wait(20)
    wait_until_it_rests(history._writer)
    assert not shop.troubles
