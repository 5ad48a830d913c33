"""server.worker.warm: what the process kept ready imports, when it may be forked, and its forks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import wait_until
from serverkit import SAFETY

from launcher.core.sentences import cold_cause
from server.config import ServerConfig
from server.events import Reason

BOOTSTRAP = Path(__file__).parents[3] / "server" / "_bootstrap.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks for threads in /proc")


class Warm:
    """A warm process, driven by hand."""

    def __init__(self, path: Path) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(SAFETY)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(BOOTSTRAP), "warm", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(path)},
                start_new_session=True,
            )
        self._lines = self.control.makefile("rb")
        self.workers: list[Forked] = []

    def ask(self, **command: Any) -> dict[str, Any]:
        self.control.sendall(json.dumps(command).encode() + b"\n")
        return self.next()

    def load(self, *names: str, project: str = "/nowhere", **more: Any) -> dict[str, Any]:
        """Have modules imported."""
        return self.ask(**{"import": names}, project=project, **more)

    def next(self) -> dict[str, Any]:
        line = self._lines.readline()
        assert line, "the process has ended"
        record: dict[str, Any] = json.loads(line)
        return record

    def fork(self, listener: socket.socket) -> Forked:
        worker = Forked()
        self.workers.append(worker)
        numbers = [*worker.theirs, listener.fileno()]
        socket.send_fds(self.control, [b'{"fork": true}\n'], numbers)
        for number in worker.theirs:
            os.close(number)
        worker.pid = self.next()["forked"]
        return worker

    def close(self) -> None:
        self._lines.close()
        self.control.close()
        self.process.wait(SAFETY)
        for worker in self.workers:
            worker.close()


class Forked:
    """A worker that was forked: its pipes."""

    def __init__(self) -> None:
        self.pid = 0
        commands, self._commands = os.pipe()
        self._events, events = os.pipe()
        self._output, output = os.pipe()
        self.handover, handover = socket.socketpair()
        given_input = os.open(os.devnull, os.O_RDONLY)
        errors = os.dup(output)  # one way for both is enough here
        self.theirs = [commands, events, output, errors, handover.detach(), given_input]
        self.events = os.fdopen(self._events, "rb")
        self.output = os.fdopen(self._output, "rb")

    def send(self, **command: Any) -> None:
        os.write(self._commands, json.dumps(command).encode() + b"\n")

    def until(self, key: str, value: Any = None) -> dict[str, Any]:
        """The next record with a key, and a value of it."""
        for line in self.events:
            record: dict[str, Any] = json.loads(line)
            if key in record and value in (None, record[key]):
                return record
        raise AssertionError(f"no {key} {value} until the end")

    def close(self) -> None:
        os.close(self._commands)
        self.handover.close()
        self.events.read()  # it ends by itself when the commands have ended
        self.events.close()
        self.output.close()


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


@pytest.fixture
def warm(packages: Path) -> Iterator[Warm]:
    warm = Warm(packages)
    yield warm
    warm.close()


def test_imports_and_reports_what_failed(warm: Warm, packages: Path) -> None:
    """Whatever a module does, even SystemExit; what is imported already isn't tried again."""
    for name, code in {
        "good": "import good_too",
        "good_too": "print('printed'); input",
        "bad": "1 / 0",
        "leaves": "raise SystemExit",
        "warns": "import warnings; warnings.warn('no', DeprecationWarning)",
    }.items():
        (packages / f"{name}.py").write_text(code)
    reported = warm.load("good", "bad", "missing", "leaves", "warns", "json", "not.there")
    assert reported["failed"] == ["bad", "missing", "leaves", "not.there"]
    assert reported["unsafe"] is None
    before = reported["imported"]
    assert warm.load("good_too", "colorsys")["imported"] > before


def test_nothing_of_the_project_is_found(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "shop.py").touch()
    assert warm.load("shop", project=str(tmp_path))["failed"] == ["shop"]


def test_variables_are_there_while_modules_are_imported(warm: Warm, packages: Path) -> None:
    (packages / "reads.py").write_text("import os\nassert os.environ['SERVEDECK_TEST'] == 'ü'\n")
    assert warm.load("reads")["failed"] == ["reads"]
    assert warm.load("reads", variables={"SERVEDECK_TEST": "ü"})["failed"] == []


NATIVE = """
import ctypes
libc = ctypes.CDLL(None)
thread = ctypes.c_void_p()
assert not libc.pthread_create(
    ctypes.byref(thread), None, ctypes.cast(libc.pause, ctypes.c_void_p), None)
"""

UNSAFE = {
    "thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True, name='pump').start()",
        "starts a thread (pump)",
    ),
    "low thread": (
        "import _thread, time\n_thread.start_new_thread(lambda: time.sleep(600), ())",
        "starts",  # whether Python knows of it by then is a matter of luck
    ),
    "native thread": (NATIVE, "threads of a compiled library"),
    "gevent": ("import sys, types\nsys.modules['gevent'] = types.ModuleType('x')", "gevent"),
    "eventlet": ("import sys, types\nsys.modules['eventlet'] = types.ModuleType('x')", "eventlet"),
    "runtime": ("import sys, types\nsys.modules['grpc'] = types.ModuleType('x')", "grpc"),
    "project": ("import sys\nsys.path.append(PROJECT)\nimport settings", "settings.py"),
}


@pytest.mark.parametrize(("code", "expected"), UNSAFE.values(), ids=list(UNSAFE))
def test_what_makes_a_fork_unsafe(
    warm: Warm, packages: Path, tmp_path: Path, code: str, expected: str
) -> None:
    """A sentence says so."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "settings.py").touch()
    (packages / "package.py").write_text(f"PROJECT = {str(project)!r}\n{code}\n")
    assert warm.load("json", project=str(project))["unsafe"] is None
    reported = warm.load("package", project=str(project))
    assert reported["failed"] == []
    assert expected in cold_cause(Reason.from_json(reported["unsafe"]))


def test_packages_that_the_project_names_are_not_forked(warm: Warm, packages: Path) -> None:
    (packages / "driver.py").touch()
    (packages / "other.py").touch()
    cold = ["driver", "never.imported"]
    assert warm.load("other", cold=cold)["unsafe"] is None
    unsafe = Reason.from_json(warm.load("driver")["unsafe"])
    assert cold_cause(unsafe) == "driver must not be forked once it is imported"


def test_thread_that_has_ended_harms_nothing(warm: Warm, packages: Path) -> None:
    (packages / "package.py").write_text(
        "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\n"
    )
    assert warm.load("package")["unsafe"] is None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    return project


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def begin(worker: Forked, project: Path, code: str) -> None:
    (project / "app.py").write_text(code)
    config = ServerConfig(app="app", project=str(project), port=0, grace=0.5)
    worker.send(start={"config": config.to_json(), "environ": {}})
    worker.send(serve=True)


APP = """
import atexit, os, sys, threading, good
atexit.register(os.write, 2, b"at exit\\n")
threading.Thread(target=threading.Event().wait, args=(0.05,)).start()
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [b"good" if good.PID != os.getpid() and os.getpgrp() == os.getpid() else b"bad!"]
"""


def answer(listener: socket.socket) -> bytes:
    """What is answered on a socket, whole."""
    with socket.create_connection(listener.getsockname(), SAFETY) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: client.recv(4096), b""))


def test_fork_becomes_a_worker(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    """Several at a time; each ends as a process does, and its status is reported."""
    (packages / "good.py").write_text("import os\nPID = os.getpid()\n")
    assert warm.load("good")["failed"] == []
    for _ in range(2):
        worker = warm.fork(listener)
        assert worker.until("hello")["pid"] == worker.pid
        begin(worker, project, APP)
        assert worker.until("event", "ServerStarted")["pid"] == worker.pid
        assert answer(listener).endswith(b"good")
        worker.send(stop=True)
        assert worker.until("event", "ServerStopped")["reason"] == "stopped"
        assert warm.next() == {"exited": worker.pid, "status": 0}
        assert worker.output.read() == b"at exit\n"


def test_fork_reports_what_it_has_imported_itself(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    """The launcher knows of the rest, which the fork must not even touch."""
    (packages / "good.py").touch()
    (packages / "better.py").touch()
    warm.load("good")
    (project / "part.py").touch()
    worker = warm.fork(listener)
    begin(worker, project, "import good, part, better\ndef app(environ, start_response): ...\n")
    reported = worker.until("imported")["imported"]
    assert set(reported["files"]) == {str(project / "app.py"), str(project / "part.py")}
    assert "better" in reported["installed"]
    assert not {"good", "os", "json"} & set(reported["installed"])
    worker.send(stop=True)
    worker.until("event", "ServerStopped")


GENERATORS = """
import random, secrets, ssl, uuid
import numpy.random
import faker.generator
def app(environ, start_response):
    drawn = [random.random(), numpy.random.state, faker.generator.random.random(),
             ssl.RAND_bytes(8), secrets.token_hex(), uuid.uuid4()]
    start_response("200 OK", [])
    return [repr(drawn).encode()]
"""


def test_no_fork_draws_what_another_one_has_drawn(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    """Two packages that draw once per process, in the form that the real ones have."""
    (packages / "numpy").mkdir()
    (packages / "numpy" / "__init__.py").touch()
    (packages / "numpy" / "random.py").write_text(
        "import os\nstate = 0\ndef seed():\n    global state\n    state = os.urandom(8)\n"
    )
    (packages / "faker").mkdir()
    (packages / "faker" / "__init__.py").touch()
    (packages / "faker" / "generator.py").write_text(
        "import random as random_module\nrandom = random_module.Random(1)\n"
    )
    names = ["random", "secrets", "ssl", "uuid", "numpy.random", "faker.generator"]
    assert warm.load(*names)["failed"] == []
    drawn: list[str] = []
    for _ in range(2):
        worker = warm.fork(listener)
        begin(worker, project, GENERATORS)
        worker.until("event", "ServerStarted")
        drawn += answer(listener).rpartition(b"\r\n\r\n")[2].decode().strip("[]").split(", ")
        worker.send(stop=True)
        worker.until("event", "ServerStopped")
        warm.next()
    assert len(drawn) == len(set(drawn)) == 12


# The child in reserve


def reserve_of(warm: Warm, not_one: int = 0) -> int:
    """The child that is forked in advance, once it is there."""
    children = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children")
    workers = {not_one, *(worker.pid for worker in warm.workers)}
    found: set[int] = set()

    def is_there() -> bool:
        found.clear()
        found.update(set(map(int, children.read_text().split())) - workers)
        return len(found) == 1

    wait_until(is_there, "the child in reserve")
    return found.pop()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_fork_is_the_child_in_reserve_and_another_one_follows(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    (packages / "good.py").write_text("import os\nPID = os.getpid()\n")
    warm.load("good")
    for _ in range(2):
        reserve = reserve_of(warm)
        worker = warm.fork(listener)
        assert worker.pid == reserve
        begin(worker, project, APP)
        worker.until("event", "ServerStarted")
        assert answer(listener).endswith(b"good")
        worker.send(stop=True)
        assert worker.until("event", "ServerStopped")["reason"] == "stopped"
        assert warm.next() == {"exited": worker.pid, "status": 0}


def test_child_in_reserve_that_was_killed_is_not_missed(
    warm: Warm, project: Path, listener: socket.socket
) -> None:
    """Another one is forked when it is needed, and its end is not reported."""
    warm.load("json")
    reserve = reserve_of(warm)
    os.kill(reserve, signal.SIGKILL)
    wait_until(lambda: is_gone(reserve), "the end of the child in reserve")
    worker = warm.fork(listener)
    assert worker.pid != reserve
    begin(worker, project, "def app(environ, start_response): ...\n")
    worker.until("event", "ServerStarted")
    worker.send(stop=True)
    assert warm.next() == {"exited": worker.pid, "status": 0}


def test_child_in_reserve_has_what_was_imported_last(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    (packages / "good.py").write_text("import os\nPID = os.getpid()\n")
    warm.load("json")
    before = reserve_of(warm)
    warm.load("good")
    assert is_gone(before)
    assert reserve_of(warm, before) != before
    worker = warm.fork(listener)
    begin(worker, project, APP)
    worker.until("event", "ServerStarted")
    worker.send(stop=True)
    worker.until("event", "ServerStopped")


@pytest.mark.parametrize("killed", [False, True])
def test_child_in_reserve_ends_with_the_process_it_comes_from(warm: Warm, killed: bool) -> None:
    warm.load("json")
    reserve = reserve_of(warm)
    if killed:
        warm.process.kill()
    else:
        warm.control.shutdown(socket.SHUT_RDWR)
    warm.process.wait(SAFETY)
    wait_until(lambda: is_gone_or_zombie(reserve), "the end of the child in reserve")


def is_gone_or_zombie(pid: int) -> bool:
    """Ended, though it may be listed for ever where nobody collects the orphans."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
    ],
)
def test_status_of_a_fork_that_dies(
    warm: Warm, project: Path, listener: socket.socket, code: str, status: int
) -> None:
    worker = warm.fork(listener)
    begin(worker, project, code)
    assert warm.next() == {"exited": worker.pid, "status": status}
    assert warm.load("json")["unsafe"] is None


def test_forks_go_on_when_it_ends(
    warm: Warm, packages: Path, project: Path, listener: socket.socket
) -> None:
    (packages / "good.py").write_text("import os\nPID = os.getpid()\n")
    warm.load("good")
    worker = warm.fork(listener)
    begin(worker, project, APP)
    worker.until("event", "ServerStarted")
    warm.control.shutdown(socket.SHUT_RDWR)
    assert warm.process.wait(SAFETY) == 0
    assert answer(listener).endswith(b"good")
    worker.send(stop=True)
    worker.until("event", "ServerStopped")


def test_ctrl_c_does_not_end_it(warm: Warm) -> None:
    warm.load("json")
    os.kill(warm.process.pid, signal.SIGINT)
    assert warm.load("json")["failed"] == []
