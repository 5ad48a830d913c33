"""server.worker.main: what goes over a worker's pipes, word by word, and lines that never mix."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bounds import PROMPT
from serverkit import SAFETY, Client

from server.config import ServerConfig
from server.events import (
    AppError,
    Event,
    OutputWritten,
    ReloadFailed,
    RequestFinished,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    event_from_values,
    values_of,
)
from server.reporting.lines import LINE_KINDS, LineReader
from server.worker.channel import EventWriter

SERVER = Path(__file__).parents[3] / "server"
ROOT = SERVER.parent

pytestmark = pytest.mark.skipif(os.name != "posix", reason="passes descriptors")


def bootstrap(*arguments: str) -> list[str]:
    return [sys.executable, str(SERVER / "_bootstrap.py"), *arguments]


class Worker:
    """A worker process, driven by hand."""

    def __init__(self, folder: Path, code: str, **options: Any) -> None:
        (folder / "app.py").write_text(code)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.config = ServerConfig(app="app", project=str(folder), port=0, **options)
        self.process = subprocess.Popen(
            bootstrap("worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[self.listener.fileno()],
            start_new_session=True,
        )
        self.records: list[dict[str, Any]] = []
        self._reader = LineReader()
        self._events: list[Event] = []  # read, and not asked for yet

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def start(self, *, serve: bool = True, **more: Any) -> None:
        config = self.config.to_json()
        self.send(start={"config": config, "listeners": [self.listener.fileno()], **more})
        if serve:
            self.send(serve=True)

    def next(self) -> dict[str, Any]:
        """The next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the worker has ended"
        self.records.append(json.loads(line))
        self._events += self.events_of(self.records[-1])
        return self.records[-1]

    def events_of(self, record: dict[str, Any]) -> list[Event]:
        return self._reader.read(record) if record.keys() & set(LINE_KINDS) else []

    def until(self, kind: type[Any]) -> Any:
        """The next event of a kind."""
        while True:
            while self._events:
                event = self._events.pop(0)
                if isinstance(event, kind):
                    return event
            self.next()

    def ask(self, target: str = "/") -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), SAFETY) as client:
            client.sendall(f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            data = b""
            while part := client.recv(65536):
                data += part
        return data.rpartition(b"\r\n\r\n")[2]

    @contextmanager
    def connected(self) -> Iterator[Client]:
        with socket.create_connection(("127.0.0.1", self.port), SAFETY) as sock:
            yield Client(sock)

    def rest(self) -> tuple[list[Any], str]:
        """Wait for the end; the events and the output until then."""
        out, err = self.process.communicate(timeout=SAFETY)
        lines = [json.loads(line) for line in out.splitlines() if line]
        return [event for line in lines for event in self.events_of(line)], err.decode()

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        self.process.wait(SAFETY)
        self.listener.close()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    workers: list[Worker] = []

    def make(code: str, **options: Any) -> Worker:
        workers.append(Worker(tmp_path, code, **options))
        return workers[-1]

    yield make
    for one in workers:
        one.close()


def test_interrupt_that_the_app_raises_is_its_own(worker: Callable[..., Worker]) -> None:
    """Where requests are answered on the main thread, too: Ctrl+C isn't delivered as one here."""
    one = worker("def app(environ, start_response):\n    raise KeyboardInterrupt\n", mode="single")
    one.start()
    one.until(ServerStarted)
    for _ in range(2):
        one.ask()
        assert one.until(AppError).type == "KeyboardInterrupt"
        one.until(RequestFinished)
    one.send(stop=True)
    assert one.until(ServerStopped).reason == "stopped"


AT_EXIT = """
import argparse, atexit, os, pathlib, sys
argparse.ArgumentParser().parse_args()
def leave():
    import late
    pathlib.Path("left").write_text(repr((os.environ["OWN"], late.ANSWER, sys.argv)))
    print("left", os.environ["FLASK_DEBUG"])
atexit.register(leave)
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str("MPLBACKEND" in os.environ).encode()]
"""


def test_what_the_app_does_at_its_exit_finds_its_surroundings(
    worker: Callable[..., Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    (tmp_path / "late.py").write_text("ANSWER = 'late'")
    one = worker(AT_EXIT)
    one.start(environ={"OWN": "mine"})
    one.until(ServerStarted)
    assert one.ask() == b"False"
    one.send(stop=True)
    one.until(ServerStopped)
    one.process.wait(SAFETY)
    _, output = one.rest()
    file = str(tmp_path / "app.py")
    assert "left 0\n" in output
    assert (tmp_path / "left").read_text() == repr(("mine", "late", [file]))
    assert "left 0\n" in output


HELLO = """
import os, sys, time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("slow", flush=True)
        time.sleep(0.3)
    if environ["PATH_INFO"] == "/stuck":
        print("stuck", flush=True)
        time.sleep(600)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""


def test_first_words(worker: Callable[..., Worker]) -> None:
    """Who it is comes first, before any command; then what it has imported."""
    one = worker(HELLO)
    assert one.next() == {"hello": 1, "pid": one.process.pid}
    one.start(first_request=500)
    started = one.until(ServerStarted)
    (imported,) = (item["imported"] for item in one.records if "imported" in item)
    files = [file for file in imported["files"] if Path(file).name != "covered.py"]
    assert files == [str(Path(one.config.project) / "app.py")]  # and, where it is measured, that
    assert "json" in imported["installed"]
    assert not any(name.startswith("_servedeck") for name in imported["installed"])
    assert (started.port, started.pid) == (one.port, one.process.pid)
    assert one.ask() == b"hello"
    assert one.until(RequestFinished).id == 500
    one.send(stop=True)
    events, err = one.rest()
    assert isinstance(events[-1], ServerStopped)
    assert err == ""


def test_end_of_the_commands_before_the_first(worker: Callable[..., Worker]) -> None:
    one = worker(HELLO)
    assert one.rest() == ([], "")
    assert one.process.returncode == 0


def test_end_of_the_commands_stops_it_within_the_grace_time(worker: Callable[..., Worker]) -> None:
    """A request gets its time; then the process ends, and all of its group."""
    one = worker("import subprocess; subprocess.Popen(['sleep', '600'])\n" + HELLO, grace=5.0)
    one.start()
    one.until(ServerStarted)
    with one.connected() as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        one.until(OutputWritten)
        assert one.process.stdin is not None
        one.process.stdin.close()
        assert client.answer().body == b"hello"
    events = []
    while not (events and isinstance(events[-1], ServerStopped)):
        record = one.next()
        events += one.events_of(record)
    # The sleeper holds the pipe of the output: its end shows that it is gone, too.
    assert one.process.stderr is not None
    assert one.process.stderr.read() == b""
    assert one.process.wait(SAFETY) in (0, -signal.SIGKILL)


def test_request_that_does_not_end_is_ended_with_the_launcher(
    worker: Callable[..., Worker],
) -> None:
    one = worker(HELLO, grace=0.2, mode="single")
    one.start()
    one.until(ServerStarted)
    with one.connected() as client:
        client.send(b"GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
        one.until(OutputWritten)
        assert one.process.stdin is not None
        begun = time.monotonic()
        one.process.stdin.close()
        assert client.rest() == b""
    one.process.wait(SAFETY)
    assert time.monotonic() - begun < PROMPT


def test_discarded_worker_ends_at_once(worker: Callable[..., Worker]) -> None:
    one = worker("import time; print('importing', flush=True); time.sleep(600)\n" + HELLO)
    one.start()
    one.until(OutputWritten)
    one.send(discard=True)
    assert one.process.wait(SAFETY) == -signal.SIGKILL


def test_nothing_is_accepted_before_the_permission(worker: Callable[..., Worker]) -> None:
    """A worker that is discarded although it has just become ready takes no client along."""
    one = worker(HELLO)
    one.start(serve=False)
    one.until(ServerStarted)
    with one.connected() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        one.send(discard=True)
        assert one.process.wait(SAFETY) == -signal.SIGKILL
        one.listener.settimeout(SAFETY)
        with one.listener.accept()[0] as sock:
            assert sock.recv(5) == b"GET /"


def test_stop_needs_no_permission(worker: Callable[..., Worker]) -> None:
    one = worker(HELLO)
    one.start(serve=False)
    one.until(ServerStarted)
    one.send(stop=True)
    assert one.until(ServerStopped).reason == "stopped"


CLOSES_THE_CHANNEL = """
import os
for number in range(3, 64):
    try:
        if os.fstat(number).st_ino == int(os.environ["CHANNEL"]):
            os.close(number)
    except OSError:
        pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="both ends of a pipe are one inode")
def test_worker_whose_commands_are_closed_serves_all_the_same(
    worker: Callable[..., Worker],
) -> None:
    one = worker(CLOSES_THE_CHANNEL + HELLO)
    assert one.process.stdin is not None
    channel = os.fstat(one.process.stdin.fileno()).st_ino
    one.start(serve=False, environ={"CHANNEL": str(channel)})
    one.until(ServerStarted)
    assert one.ask() == b"hello"
    one.process.send_signal(signal.SIGTERM)
    one.until(ServerStopped)


def test_worker_that_is_broken_on_purpose(worker: Callable[..., Worker]) -> None:
    """It says why there is no app, and doesn't look for one."""
    one = worker("raise SystemExit\n", debug=True)
    one.config = ServerConfig(
        app="app", project=one.config.project, port=0, debug=True, reload=True
    )
    broken = ReloadFailed("It can't be.", "Trace & back", kind="import-ended", status=3)
    one.start(broken=values_of(broken), changed_at=time.time())
    while "event" not in (record := one.next()):
        pass
    assert event_from_values(record) == broken
    assert b"Trace &amp; back" in one.ask()
    one.send(stop=True)
    events, _ = one.rest()
    assert not any(isinstance(event, ServerFailed) for event in events)


# Lines


FORKS = """
import os, signal, sys
from server.events import OutputWritten
from server.base.forks import fork
from server.worker.channel import EventWriter

writer = EventWriter(1)
writer.share_between_processes(True)
children = []
for child in range(6):
    pid = fork()
    if not pid:
        for number in range(60):
            writer.emit(OutputWritten("stdout", f"{child} {number} " + "x" * 9000))
        os._exit(0)
    children.append(pid)
torn = fork()
if not torn:
    with writer._alone():  # killed in the midst of a line: the lock goes, half of it stays
        os.write(1, b'{"event": "OutputWritten", "str')
        os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(torn, 0)
writer.emit(OutputWritten("stderr", "after the torn one"))
for pid in children:
    os.waitpid(pid, 0)
writer.write_message({"end": True})
"""


def test_lines_of_forked_processes_do_not_mix() -> None:
    """They are longer than what a pipe takes in one piece; a process that is killed in the midst
    of one spoils no other."""
    result = subprocess.run(
        [sys.executable, "-c", FORKS], capture_output=True, cwd=ROOT, timeout=SAFETY, check=True
    )
    assert result.stderr == b""
    whole, torn = [], []
    for line in filter(None, result.stdout.split(b"\n")):
        try:
            whole.append(json.loads(line))
        except ValueError:
            torn.append(line)
    assert torn == [b'{"event": "OutputWritten", "str']
    assert whole.pop() == {"end": True}
    texts = [record["text"] for record in whole]
    assert "after the torn one" in texts
    for child in range(6):
        mine = [text.split(" ")[1] for text in texts if text.startswith(f"{child} ")]
        assert mine == [str(number) for number in range(60)]
    assert all(text.endswith("x" * 9000) for text in texts if text[0].isdigit())


INTERRUPTED = """
import os, signal, sys, threading
from server.events import OutputWritten
from server.base.forks import fork
from server.worker.channel import EventWriter

writer = EventWriter(1)
signal.signal(signal.SIGALRM, lambda *unused: writer.emit(OutputWritten("stderr", "handler")))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for number in range(2000):
    writer.emit(OutputWritten("stdout", f"{number} " + "x" * 9000))
signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_signal_handler_that_prints_in_the_midst_of_a_line() -> None:
    """Neither waits for itself nor tears the line."""
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, cwd=ROOT, timeout=SAFETY,
        check=True,
    )  # fmt: skip
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]
    assert "handler" in texts
    assert [text.split(" ")[0] for text in texts if text != "handler"] == list(
        map(str, range(2000))
    )


def test_writer_outlives_the_reader() -> None:
    read, write = os.pipe()
    writer = EventWriter(write)
    os.close(read)
    writer.emit(ServerStopped("stopped"))
    writer.write_message({"hello": 1})
    os.close(write)
    writer.emit(ServerStopped("stopped"))


EMITTED_IN_CHILD = """
import os
from server.events import Exchange, RequestFinished
from server.base.forks import fork
from server.worker.channel import EventWriter

writer = EventWriter(1)
exchange = Exchange(repeats=True, method="GET", target="/", status=200)
for number in range(2):
    writer.emit(RequestFinished(exchange, number, 1e9, 0.1, 0.1, "t"))
child = fork()
if not child:
    writer.emit(RequestFinished(exchange, 2, 1e9, 0.1, 0.1, "t"))
    os._exit(0)
os.waitpid(child, 0)
writer.emit(RequestFinished(exchange, 3, 1e9, 0.1, 0.1, "t"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_of_the_server_reports_requests_in_full() -> None:
    """A row refers to what its process has written before."""
    result = subprocess.run(
        [sys.executable, "-c", EMITTED_IN_CHILD], capture_output=True, cwd=ROOT, timeout=SAFETY,
        check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines if "event" in line] == [2]
    assert [line["exchange"] for line in lines if "exchange" in line] == [1]
    assert [row[1] for line in lines for row in line.get("rows", ())] == [0, 1, 3]


# Apps that put others in the place of the standard library's threads and locks

PATCHED = """
import os, queue, select, threading, time, _thread

REAL_LOCK, REAL_SLEEP, KNOWN = _thread.allocate_lock, time.sleep, {_thread.get_ident()}

def look(what):
    if _thread.get_ident() not in KNOWN:
        os.write(2, f"{what} in a thread of the system's".encode())
        os._exit(7)

class Lock:
    "As one of greenlets: of no use to a thread that the app's world knows nothing of."
    def __init__(self):
        self._lock = REAL_LOCK()
        self.locked = self._lock.locked
    def acquire(self, *args, **options):
        look("lock")
        return self._lock.acquire(*args, **options)
    def release(self):
        look("lock")
        self._lock.release()
    def __enter__(self):
        self.acquire()
    def __exit__(self, *unused):
        self.release()
    def _at_fork_reinit(self):
        self._lock = REAL_LOCK()

def bootstrap(thread, real=threading.Thread._bootstrap):
    KNOWN.add(_thread.get_ident())
    real(thread)

def sleep(seconds):
    look("sleep")
    REAL_SLEEP(seconds)

threading.Thread._bootstrap = bootstrap
threading.Lock = threading._allocate_lock = _thread.allocate_lock = Lock
threading.RLock = threading._PyRLock
queue.SimpleQueue = queue._PySimpleQueue
time.sleep = sleep
del select.epoll, select.poll
"""


@pytest.mark.parametrize("mode", ["threaded", "single"])
def test_app_that_replaces_threads_and_locks(worker: Callable[..., Worker], mode: str) -> None:
    """It is imported before what serves it is made, so that all of that is its own; the channel
    goes on with what was there before. By commands and by signals."""
    one = worker(PATCHED + HELLO, mode=mode)
    one.start()
    one.until(ServerStarted)
    with one.connected() as client:
        for _ in range(300):  # so many that events are held for a while
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.answer().body == b"hello"
    one.send(retire=True)
    events, err = one.rest()
    assert err == ""
    assert isinstance(events[-1], ServerStopped)
    assert one.process.returncode in (0, -signal.SIGKILL)  # with the launcher


@pytest.mark.parametrize("mode", ["threaded", "single"])
def test_such_an_app_has_ended_when_the_launcher_leaves(
    worker: Callable[..., Worker], mode: str
) -> None:
    """A thread of the app's keeps the process for a while, of whose server nothing is touched."""
    one = worker(PATCHED + "threading.Thread(target=REAL_SLEEP, args=(0.7,)).start()\n" + HELLO)
    one.start()
    one.until(ServerStarted)
    one.send(stop=True)
    one.until(ServerStopped)
    one.send(stop=True)
    _, err = one.rest()
    assert err == ""


def test_signal_in_such_an_app(worker: Callable[..., Worker]) -> None:
    one = worker(PATCHED + HELLO)
    one.start()
    one.until(ServerStarted)
    assert one.ask() == b"hello"
    one.process.send_signal(signal.SIGINT)
    events, err = one.rest()
    assert err == ""
    assert isinstance(events[-1], ServerStopped)
