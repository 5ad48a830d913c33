"""launcher.hosts.process_host: what only a process of its own can do, and what may happen to it."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bounds import PROMPT
from hosting import Run, in_background, is_there, marked, saying, wait_gone
from recorder import GATED, WAIT, Gate, write_app
from served import wait_until
from wire import Wire, ask, request

from launcher.core.display import stopped_line
from launcher.hosts import hosted_worker, process_host, worker_starter
from launcher.hosts.process_host import ProcessHost
from launcher.hosts.warm_keeper import WarmKeeper
from server.events import (
    Importing,
    OutputWritten,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    Where,
)
from server.net.handover import Handover

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def run(run_in: Callable[..., Run]) -> Callable[..., Run]:
    """Starts a server in a process on an app's code; it is ended after the test."""
    return lambda *args, **options: run_in(ProcessHost, *args, **options)


def app(*lines: str, at_import: str = "") -> str:
    """An app that runs these lines for each request and answers with ``answer``."""
    body = textwrap.indent("\n".join(lines), "    ")
    return (
        f"import os, signal, sys, threading, time\n{at_import}\n"
        "def app(environ, start_response):\n"
        "    path, answer = environ['PATH_INFO'], b'hello'\n"
        f"{body}\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [answer]\n"
    )


def output(server: Run) -> str:
    return "".join(event.text for event in server.of(OutputWritten))


def wait_output(server: Run, text: str) -> None:
    server.events.wait_for(lambda: text in output(server))


# An app that ends its process


DEATHS = [
    ("import os\nos.write(2, b'last words\\n')\nos._exit(3)\n", "exit status 3"),
    (
        "import os, signal\nos.write(2, b'last words\\n')\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        "SIGSEGV",
    ),
    ("import os\nos.write(2, b'last words\\n')\nos._exit(0)\n", "exit status 0"),
]


@pytest.mark.parametrize(("code", "how"), DEATHS, ids=["exit", "segfault", "exit-0"])
def test_death_at_the_first_import(run: Callable[..., Run], code: str, how: str) -> None:
    """As with any broken app: a page, and the next save heals it. What it printed last is shown."""
    server = run(code, reload=True)
    server.events.started()
    failed = server.events.next(ReloadFailed)
    assert how in failed.error
    wait_output(server, "last words\n")
    assert ask(server.port).status == 500
    server.reload(saying("healed"))
    server.events.started()
    assert server.body() == b"healed"
    assert server.end().processes_left == 0


def fail(*unused: object, **options: object) -> None:
    raise GeneratorExit("injected")


@pytest.mark.parametrize(
    ("place", "name"),
    [(WarmKeeper, "close"), (Handover, "close"), (process_host, "end_leftovers")],
)
def test_a_fault_of_ours_hides_no_end(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, place: object, name: str
) -> None:
    server = run(saying("one"))
    server.events.started()
    monkeypatch.setattr(place, name, fail)
    stopped = server.end()
    assert stopped.processes_left is None
    monkeypatch.undo()
    assert server.of(ServerFailed) == []


@pytest.mark.parametrize("place", ["interpreter_environ", "WorkerProcess"])
def test_a_fault_of_ours_before_there_is_a_worker_is_the_end(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(worker_starter, place, fail)
    server = run(saying("one"))
    assert server.events.next(ServerFailed).kind == "internal"
    assert server.host.join(WAIT)


def test_death_at_a_reload(run: Callable[..., Run]) -> None:
    code, how = DEATHS[1]
    server = run(saying("one"), reload=True, debug=True)
    server.events.started()
    with Wire(server.port) as kept_alive:
        assert kept_alive.ask(request("GET", "/")).body == b"one"
        server.reload(code)
        assert how in server.events.next(ReloadFailed).error
        wait_output(server, "last words\n")
        page = kept_alive.ask(request("GET", "/"))
        assert page.status == 500
        assert how.encode() in page.body
        server.reload(saying("healed"))
        server.events.started()
        assert kept_alive.ask(request("GET", "/")).body == b"healed"
    server.end()


def test_death_at_the_first_import_without_reload(run: Callable[..., Run]) -> None:
    server = run(DEATHS[0][0])
    failed = server.events.next(ServerFailed)
    assert failed.kind == "app-import"
    assert "exit status 3" in failed.message
    assert server.host.join(WAIT)
    assert "last words\n" in output(server)


CRASH = app(
    "if path == '/gate':", "    gate.wait_inside()",
    "if path == '/crash':", "    signal.raise_signal(signal.SIGSEGV)",
    at_import=GATED.partition("{at_import}")[0],
)  # fmt: skip


def test_crash_while_serving(run: Callable[..., Run], gate: Gate) -> None:
    """The window's own process goes on, and says which requests it has cost."""
    server = run(CRASH)
    pid = server.events.started().pid
    with in_background(server.port, "/gate?a=1") as wire:
        gate.wait_entered()
        with in_background(server.port, "/crash"):
            failed = server.events.next(ServerFailed)
        assert wire.at_end()
    assert failed.kind == "app-crashed"
    assert "SIGSEGV" in failed.message
    assert server.host.join(WAIT)
    lost = {event.target: event for event in server.of(RequestFinished)}
    assert set(lost) == {"/gate?a=1", "/crash"}
    for event in lost.values():
        assert (event.aborted, event.status, event.pid) == (True, 0, pid)
        assert "SIGSEGV" in event.problem
    assert (lost["/gate?a=1"].path, lost["/gate?a=1"].query) == ("/gate", "a=1")
    assert server.events.kinds()[-1] == "ServerFailed"


def test_crash_while_serving_is_repaired_by_a_save(run: Callable[..., Run]) -> None:
    """One that crashes as soon as it runs isn't started again and again."""
    server = run(CRASH, reload=True)
    server.events.started()
    with in_background(server.port, "/crash"):
        assert "SIGSEGV" in server.events.next(ReloadFailed).error
    wait_until(lambda: ask(server.port).status == 500, "the page")
    server.reload(saying("healed"))
    server.events.started()
    assert server.body() == b"healed"
    server.end()


@pytest.mark.parametrize("how", ["crash", "kill"])
def test_worker_that_has_served_for_a_while_is_started_again(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(process_host, "_QUICK_DEATH_SECONDS", 0.0)
    server = run(CRASH, reload=True)
    first = server.events.started()
    assert server.body() == b"hello"
    if how == "crash":
        in_background(server.port, "/crash").sock.close()
    else:
        os.kill(first.pid, signal.SIGKILL)
    assert "started again" in server.events.next(ReloadFailed).error
    again = server.events.started()
    assert again.pid != first.pid
    assert server.body() == b"hello"
    assert server.end().processes_left == 0


def test_crash_of_an_app_with_a_process_of_its_own_that_got_away(
    run: Callable[..., Run],
) -> None:
    """The crash is reported although somebody still holds the worker's pipes."""
    server = run(
        app(
            "if path == '/crash':", "    os._exit(4)",
            at_import="""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
""",
        )
    )  # fmt: skip
    server.events.started()
    with in_background(server.port, "/crash"):
        failed = server.events.next(ServerFailed, 5)
    assert "exit status 4" in failed.message
    assert server.host.join(WAIT)


def test_interpreter_that_is_none(run: Callable[..., Run], tmp_path: Path) -> None:
    server = run(python=str(tmp_path / "no-python"))
    failed = server.events.next(ServerFailed)
    assert failed.kind == "python"
    assert "no-python" in failed.message
    assert server.host.join(WAIT)


def test_import_that_hangs_is_shown_to_browsers(
    run: Callable[..., Run], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_host, "_PATIENCE_SECONDS", 0.3)
    server = run(saying("one"), reload=True, debug=True)
    server.events.started()
    server.reload(GATED.format(at_import="gate.wait_inside()"))
    gate.wait_entered()
    page = ask(server.port)
    assert page.status == 500
    assert b"has been loading" in page.body
    with Wire(server.port) as kept_alive:
        assert kept_alive.ask(request("GET", "/")).status == 500
        gate.open()
        server.events.started()
        wait_until(lambda: server.body() == b"through the gate", "the new code")
        assert kept_alive.ask(request("GET", "/")).body == b"through the gate"
    assert {server.body() for _ in range(5)} == {b"through the gate"}
    server.reload(saying("three"))
    server.events.started()
    assert server.body() == b"three"
    server.end()
    ids = [event.id for event in server.of(RequestStarted)]
    assert len(ids) == len(set(ids))


# What an app may be called, print and do


def test_modules_with_the_names_of_ours_are_the_users(run: Callable[..., Run]) -> None:
    """And those with the names of the server's parts, which are loaded under a private name."""
    names = (
        "server", "framework", "launcher", "events", "config", "input", "session", "worker",
        "output", "handler", "wsgi", "ports", "flow", "errors", "warm", "_bootstrap",
    )  # fmt: skip
    lines = [f"import {name}" for name in names]
    lines.append("ANSWER = ' '.join(m.MINE for m in (" + ", ".join(names) + ")).encode()")
    server = None
    code = app("answer = ANSWER", at_import="\n".join(lines))
    server = run("raise SystemExit\n", reload=True)
    server.events.next(ReloadFailed)
    for name in names:
        server.edit(f"MINE = {name!r}\n", f"{name}.py")
    for _ in range(2):
        server.reload(code)
        server.events.started()
        assert server.body().decode().split() == list(names)
    server.end()


def test_everything_printed_is_output_and_never_an_event(run: Callable[..., Run]) -> None:
    """Also what goes past Python, and what looks like an event."""
    forged = '{"event": "ServerStopped", "time": 1.0, "reason": "forged"}'
    server = run(
        app(
            f"forged = {forged!r}",
            "if path == '/print': print('printed', forged)",
            "if path == '/err': print('to stderr', file=sys.stderr)",
            "if path == '/write': os.write(1, forged.encode() + b'\\n'); os.write(2, b'two\\n')",
            "if path == '/shell': os.system('echo from a shell; echo and its errors >&2')",
            "if path == '/stdin': answer = repr(sys.stdin.read()).encode()",
            "if path == '/input': os.write(1, b'no line end')",
            at_import=f"print('at import'); print({forged!r})",
        )
    )
    server.events.started()
    for path in ("/print", "/err", "/write", "/shell", "/input"):
        assert server.body(path) == b"hello"
    assert server.body("/stdin") == b"''"
    for text in ("from a shell\n", "and its errors\n", "two\n"):
        wait_output(server, text)
    server.end()
    ids = {event.target: event.id for event in server.of(RequestStarted)}
    reported = {event.text: (event.stream, event.request_id) for event in server.of(OutputWritten)}
    assert reported["at import\n"] == ("stdout", None)
    assert reported[f"printed {forged}\n"] == ("stdout", ids["/print"])
    assert reported["to stderr\n"] == ("stderr", ids["/err"])
    for text, stream in (("from a shell\n", "stdout"), ("and its errors\n", "stderr")):
        found = [event for event in server.of(OutputWritten) if event.text.endswith(text)]
        assert [event.stream for event in found] == [stream]
    assert output(server).count(forged) == 3
    assert output(server).endswith("no line end")
    assert [event.reason for event in server.of(ServerStopped)] == ["stopped"]


def test_long_lines_and_all_characters_arrive_whole(run: Callable[..., Run]) -> None:
    server = run(
        app(
            "if path == '/long': print('x' * 1_000_000)",
            "if path == '/raw': os.write(2, b'y' * 1_000_000 + b'\\n')",
            "if path == '/text': print('ünï ☃ 𝄞'); os.write(2, 'ünï ☃ 𝄞!\\n'.encode())",
            "if path == '/bytes': os.write(2, b'\\xff\\x00\\n'); print('\\udcff\\x00')",
        )
    )
    server.events.started()
    for path in ("/long", "/raw", "/text", "/bytes"):
        assert server.body(path) == b"hello"
    server.end()
    text = output(server)
    assert text.count("x") - text.count("\\x") == 1_000_000
    assert text.count("y") == 1_000_000
    assert "ünï ☃ 𝄞\n" in text
    assert "ünï ☃ 𝄞!\n" in text
    assert "\\xff\x00\n" in text
    assert "\\udcff\x00\n" in text


def test_app_may_set_signal_handlers(run: Callable[..., Run]) -> None:
    """It is imported on the main thread; one that ignores SIGTERM can be stopped all the same."""
    server = run(
        app(
            "answer = threading.current_thread().name.encode()",
            at_import="signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "signal.signal(signal.SIGINT, lambda *unused: None)\n"
            "signal.signal(signal.SIGUSR1, lambda *unused: print('a signal'))\n"
            "assert threading.current_thread() is threading.main_thread()",
        ),
        reload=True,
    )
    first = server.events.started()
    os.kill(first.pid, signal.SIGUSR1)
    wait_output(server, "a signal\n")
    wait_until(lambda: bool(server.imported), "what is imported")
    server.reload()
    server.events.started()
    assert server.end().processes_left == 0


def test_view_that_blocks_every_signal_is_killed(run: Callable[..., Run]) -> None:
    server = run(
        app(
            "if path == '/stuck':",
            "    print('stuck', flush=True)",
            "    time.sleep(600)",
            at_import="signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))",
        ),
        grace=0.2,
        mode="single",
    )
    pid = server.events.started().pid
    with in_background(server.port, "/stuck"):
        wait_output(server, "stuck\n")
        begun = time.monotonic()
        server.host.stop()
        stopped = server.events.stopped()
    assert time.monotonic() - begun < PROMPT
    assert (stopped.abandoned, stopped.processes_left) == (1, 0)
    assert not is_there(pid)
    (cut,) = server.of(RequestFinished)
    assert cut.aborted
    assert "0.2 s" in cut.problem


def test_threads_and_independent_processes_of_the_app_are_ended(
    run: Callable[..., Run], mark: str
) -> None:
    """A thread that isn't a daemon, a subprocess, and a daemon that has left its parents."""
    server = run(
        app(
            at_import="""
import subprocess
threading.Thread(target=time.sleep, args=(600,)).start()
subprocess.Popen(["sleep", "601"])
subprocess.Popen([sys.executable, "-c", '''
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid(), flush=True)
        time.sleep(602)
    os._exit(0)
os.wait()
'''])
"""
        ),
        grace=0.5,
    )
    server.events.started()
    wait_output(server, "daemon ")
    pids = list(marked(mark))
    assert len(pids) >= 3
    begun = time.monotonic()
    stopped = server.end()
    assert time.monotonic() - begun < PROMPT
    assert stopped.processes_left == 0
    assert marked(mark) == {}
    assert not any(map(is_there, pids))


GETS_AWAY = """
import subprocess
child = subprocess.Popen(["/bin/sleep", "605"], env={}, start_new_session=True)
print("got away", child.pid, flush=True)
"""


FORKS_TWICE = """
import subprocess, sys, textwrap
code = textwrap.dedent('''
import os
if os.fork():
    os._exit(0)
os.setsid()
pid = os.fork()
if pid:
    print("got away", pid, flush=True)
    os._exit(0)
os.closerange(0, 64)
os.execve("/bin/sleep", ["sleep", "606"], {})
''')
subprocess.run([sys.executable, "-c", code], env={}, check=True)
"""


@pytest.mark.parametrize(
    ("mode", "code", "ends"),
    [
        ("threaded", GETS_AWAY, "stop"),
        ("single", FORKS_TWICE, "stop"),
        ("forking", FORKS_TWICE, "stop"),
        ("threaded", FORKS_TWICE, "kill"),
    ],
    ids=["session", "daemon", "daemon of a child", "daemon of a worker that is killed"],
)
def test_a_process_that_has_left_everything_is_ended(
    run: Callable[..., Run], mode: str, code: str, ends: str
) -> None:
    """Session, parents, descriptors and environment; however the worker ends."""
    server = run(app(*code.splitlines()), grace=0.5, mode=mode)
    worker = server.events.started().pid
    server.body()
    wait_output(server, "got away")
    pid = int(output(server).split()[-1])
    try:
        wait_until(lambda: "sleep" in Path(f"/proc/{pid}/comm").read_text(), "the daemon", WAIT)
        if ends == "stop":
            stopped = server.end()
            assert stopped.processes_left == 0
            assert "0 processes left" in stopped_line(stopped, 80)
        else:
            os.kill(worker, signal.SIGKILL)
            server.events.next(ServerFailed)
            assert server.host.join(WAIT)
        assert not is_there(pid)
    finally:
        if is_there(pid):
            os.kill(pid, signal.SIGKILL)


def test_after_a_warm_reload_it_is_ended_as_well(run: Callable[..., Run]) -> None:
    server = run(saying("one"), reload=True)
    server.events.started()
    server.reload(app(at_import=GETS_AWAY))
    server.events.started()
    wait_output(server, "got away")
    pid = int(output(server).split()[-1])
    assert server.end().processes_left == 0
    assert not is_there(pid)


def test_where_a_process_may_get_away_none_is_counted(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_starter, "mark_by_limit", lambda pid, mark: False)
    server = run(saying("one"))
    server.events.started()
    stopped = server.end()
    assert stopped.processes_left is None
    assert "left" not in stopped_line(stopped, 80)


def test_what_the_old_code_has_started_ends_with_it(run: Callable[..., Run], mark: str) -> None:
    """At a reload, the subprocesses of the old worker go, and those of the new one stay."""
    server = run(saying("0"), reload=True)
    server.events.started()
    for _ in range(3):
        server.reload(
            saying("1", at_import="import subprocess; subprocess.Popen(['sleep', '600'])")
        )
        server.events.started()

    def sleeping() -> int:
        return sum("sleep 600" in command for command in marked(mark).values())

    wait_until(lambda: sleeping() == 1, "the end of the old ones", 5)
    assert server.body() == b"1"
    assert server.end().processes_left == 0


# The process that is kept ready


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], None]:
    """Puts a module where an interpreter of the test finds it, as if it were installed."""
    place = tmp_path / "of the interpreter" / "site-packages"
    place.mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(place))
    return lambda name, code: write_app(place, code, f"{name}.py")


def wait_warm(server: Run, environ: dict[str, str] | None = None) -> ServerStarted:
    """Reload until it is by a fork; the event of it."""
    deadline = time.monotonic() + WAIT
    while True:
        server.reload(environ=environ)
        started = server.events.started()
        assert bool(started.why_cold) != started.warm
        if started.warm:
            return started
        assert time.monotonic() < deadline, started.why_cold
        time.sleep(0.05)


def test_reload_forks_a_process_that_has_the_packages(
    run: Callable[..., Run], install: Callable[[str, str], None]
) -> None:
    """What is installed isn't imported again; what is the project's own is."""
    install("package", "import os\nIMPORTED_IN = os.getpid()\n")
    code = app("answer = f'{package.IMPORTED_IN} {part.IMPORTED_IN} {os.getpid()}'.encode()",
        at_import="import package, part")  # fmt: skip
    server = run("raise SystemExit\n", reload=True)
    server.events.next(ReloadFailed)
    server.edit("import os\nIMPORTED_IN = os.getpid()\n", "part.py")
    server.reload(code)
    assert not server.events.started().warm
    package, part, here = server.body().split()
    assert package == part == here
    for _ in range(2):
        pid = wait_warm(server).pid
        package, part, here = server.body().split()
        assert package != here
        assert int(part) == int(here) == pid
    assert server.end().processes_left == 0


def test_forked_worker_is_as_one_that_was_started(run: Callable[..., Run]) -> None:
    """The same arguments, path, priority, signals, folder and streams."""
    facts = (
        "import json",
        "answer = json.dumps({"
        "'argv': sys.argv, 'path': sys.path, 'nice': os.nice(0), 'folder': os.getcwd(),"
        "'signals': [str(signal.getsignal(n)).partition(' at ')[0] for n in (2, 13, 15, 17)],"
        "'group': os.getpgrp() == os.getpid(), 'session': os.getsid(0) == os.getpid(),"
        "'stdin': os.readlink('/proc/self/fd/0'), 'name': sys.stdout.name,"
        "'policy': os.sched_getscheduler(0), 'mask': os.umask(18),"
        "'variables': sorted(os.environ), 'filters': sys.warnoptions,"
        "'blocked': sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, [])))}).encode()",
    )
    server = run(app(*facts), reload=True)
    server.events.started()
    cold = json.loads(server.body())
    wait_warm(server)
    assert json.loads(server.body()) == cold
    server.end()


def test_package_that_reads_variables_at_import_reads_the_projects(
    run: Callable[..., Run], install: Callable[[str, str], None]
) -> None:
    """Also in the process that is kept ready, and after the variables have changed."""
    install("reads_early", "import os\nTEXT = os.environ.get('SERVEDECK_TEST_TEXT', 'none')\n")
    server = run(
        app("answer = reads_early.TEXT.encode()", at_import="import reads_early"), reload=True
    )
    server.events.started()
    assert server.body() == b"none"
    wait_warm(server)
    for text in ("first", "second"):
        variables = {"SERVEDECK_TEST_TEXT": text}
        server.reload(environ=variables)
        server.events.started()
        assert server.body() == text.encode()
        wait_warm(server, variables)
        assert server.body() == text.encode()
    server.end()


def test_packages_of_earlier_workers_stay_ready(
    run: Callable[..., Run], install: Callable[[str, str], None]
) -> None:
    """A forked worker reports those alone that it has imported itself; when the process that is
    kept ready begins again, it has them all."""
    install("package", "import os\nIMPORTED_IN = os.getpid()\n")
    install("second", "import os\nIMPORTED_IN = os.getpid()\n")
    counted = "answer = str([name.IMPORTED_IN == os.getpid() for name in {}]).encode()".format
    server = run(app(counted("[package]"), at_import="import package"), reload=True)
    server.events.started()
    wait_warm(server)
    assert server.body() == b"[False]"
    server.edit(app(counted("[package, second]"), at_import="import package, second"))
    wait_warm(server)
    variables = {"SERVEDECK_TEST_TEXT": "new"}
    server.reload(environ=variables)
    assert not server.events.started().warm
    wait_warm(server, variables)
    assert server.body() == b"[False, False]"
    server.end()


UNSAFE = {
    "thread": (
        "import threading, time\n"
        "threading.Thread(\n"
        "    target=time.sleep, args=(600,), daemon=True, name='of-a-package'\n"
        ").start()",
        "of-a-package",
    ),
    "own": ("import app_settings", "app_settings.py"),
    "gevent": ("import sys, types\nsys.modules['gevent'] = types.ModuleType('gevent')", "gevent"),
}


@pytest.mark.parametrize(("code", "expected"), UNSAFE.values(), ids=list(UNSAFE))
def test_package_that_must_not_be_forked(
    run: Callable[..., Run], install: Callable[[str, str], None], code: str, expected: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """Each reload then starts a new interpreter, and the reason is reported."""
    install("package", code)
    monkeypatch.setenv("PYTHONPATH", os.environ["PYTHONPATH"] + os.pathsep + str(tmp_path))
    write_app(tmp_path, "", "app_settings.py")
    server = run(app(at_import="import package"), reload=True)
    server.events.started()
    deadline = time.monotonic() + WAIT
    while True:
        server.reload()
        started = server.events.started()
        assert not started.warm
        if expected in started.why_cold:
            break
        assert time.monotonic() < deadline, started.why_cold
        time.sleep(0.05)
    assert server.body() == b"hello"
    server.end()


def test_module_that_cannot_be_imported_alone_is_left_out(
    run: Callable[..., Run], install: Callable[[str, str], None]
) -> None:
    """The others are kept ready all the same."""
    install("package", "import os\nIMPORTED_IN = os.getpid()\n")
    install("needs_settings", "import builtins\nbuiltins.servedeck_test_settings\n")
    server = run(
        app(
            "answer = f'{package.IMPORTED_IN != os.getpid()}'.encode()",
            at_import="import builtins\nbuiltins.servedeck_test_settings = 1\n"
            "import needs_settings, package",
        ),
        reload=True,
    )
    server.events.started()
    wait_warm(server)
    assert server.body() == b"True"
    server.end()


def test_cold_reload_is_a_choice(run: Callable[..., Run], mark: str) -> None:
    server = run(reload=True, cold_reload=True)
    server.events.started()
    server.reload()
    assert server.events.started().why_cold == "cold reloads are chosen"
    assert not any("warm" in command for command in marked(mark).values())
    server.end()


def test_end_of_the_process_that_is_kept_ready_harms_nobody(
    run: Callable[..., Run], mark: str
) -> None:
    server = run(reload=True)
    server.events.started()
    forked = wait_warm(server).pid
    (warm,) = [
        pid for pid, command in marked(mark).items() if " warm " in command and pid != forked
    ]
    os.kill(warm, signal.SIGKILL)
    wait_gone([warm], WAIT)
    assert server.body() == b"hello"
    server.reload(saying("two"))
    server.events.started()
    assert server.body() == b"two"
    assert server.end().processes_left == 0


# What comes before the first event of the worker, and descriptors that the app closes


WORDS = [
    "1", "null", '{"hello": 1, "pid": 1}', '{"hello": 1, "pid": "x"}', '{"event": "ServerStopped"}',
    '{"rows": 1}', '{"imported": 3}', '{"exited": 1, "forked": 1}', "[" * 5000, '"\\ud800"',
]  # fmt: skip


def test_words_of_others_before_the_worker_speaks(
    run: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sitecustomize prints whatever it wants: that is output, and nothing else."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        f"import os, sys\nfor word in {WORDS!r}:\n    print(word, flush=True)\n"
        "os.write(2, repr(sys.stdin.read(1)).encode())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    server = run(saying("first"), reload=True)
    server.events.started()
    assert server.body() == b"first"
    wait_output(server, "[[[")
    assert all(word in output(server) for word in WORDS)
    server.end()


CLOSES = """
import os
stolen = []
def steal(folder):
    for number in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("pipe:"):
                os.close(number)
        except OSError:
            continue
    stolen.extend(open(f"{folder}/stolen{number}", "w+b") for number in range(40))
"""


def test_files_of_the_app_where_the_channel_was(run: Callable[..., Run], tmp_path: Path) -> None:
    """The app has closed the pipes that it doesn't know, and opened files: nothing of ours is
    written into these, the launcher says so, the server goes on, and it ends with a stop."""
    server = run(
        app(
            "for _ in range(3): print('line')",
            f"if path == '/steal': steal({str(tmp_path)!r})",
            at_import=CLOSES,
        ),
        grace=0.5,
    )
    server.events.started()
    pid = server.of(ServerStarted)[0].pid
    wire = in_background(server.port, "/steal")
    server.events.wait_for(lambda: "has closed the descriptors" in output(server))
    wire.sock.close()
    assert server.body() == b"hello"
    stolen = sorted(tmp_path.glob("stolen*"))
    server.end()
    wait_gone([pid], 5)
    assert len(stolen) == 40
    assert [file.read_bytes() for file in stolen] == [b""] * 40


def test_descriptors_that_are_closed_at_import(run: Callable[..., Run], tmp_path: Path) -> None:
    """No news will come of such a start: it has failed, and the reason is reported."""
    server = run(app(at_import=CLOSES + f"steal({str(tmp_path)!r})"), grace=0.5)
    failed = server.events.next(ServerFailed)
    assert "descriptors" in failed.message
    assert all(file.read_bytes() == b"" for file in tmp_path.glob("stolen*"))


def test_sigterm_to_the_worker_alone(run: Callable[..., Run]) -> None:
    """Nobody asked the host for a stop: it is a crash like others, also twice in a row."""
    server = run(saying("hello"), reload=True)
    server.events.started()
    for _ in range(2):
        workers = server.host._workers  # type: ignore[attr-defined]
        (pid,) = [process.pid for process in workers]
        os.kill(pid, signal.SIGTERM)
        wait_gone([pid], WAIT)
        server.events.wait_for(lambda: bool(server.of(ReloadFailed)))
        assert ask(server.port, "/").status in (200, 500)
    assert "SIGTERM" in server.of(ReloadFailed)[0].error
    assert not server.of(ServerStopped)
    assert not server.of(ServerFailed)
    server.reload(saying("healed"))
    wait_until(lambda: server.body() == b"healed", "the new code")
    server.end()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_while_it_loads(
    run: Callable[..., Run], gate: Gate, number: int
) -> None:
    """The first load, a reload, and the page that is about to say so: the server stays up."""
    server = run(GATED.format(at_import="gate.wait_inside()"), reload=True)
    gate.wait_entered()
    (process,) = server.host._workers  # type: ignore[attr-defined]
    os.kill(process.pid, number)
    gate.open()
    failed = server.events.next(ReloadFailed)
    assert failed.kind == "import-ended"
    assert ask(server.port).status == 500
    server.reload(saying("healed"))
    wait_until(lambda: server.body() == b"healed", "the new code")
    assert not server.of(ServerFailed)
    server.end()


@pytest.mark.parametrize("times", [2, 100])
def test_a_page_that_is_killed_before_it_is_shown(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """It comes again, as long as that isn't for ever."""
    real = ProcessHost._load
    killed: list[int] = []

    def load(host: ProcessHost, *, broken: ReloadFailed | None, stand_in: bool = False) -> None:
        real(host, broken=broken, stand_in=stand_in)
        if broken is not None and len(killed) < times:
            (process,) = host._workers
            killed.append(process.pid)
            process.kill()

    monkeypatch.setattr(ProcessHost, "_load", load)
    server = run("import os\nos._exit(3)\n", reload=True)
    end = server.events.next((ReloadFailed, ServerFailed))
    assert isinstance(end, ReloadFailed if times == 2 else ServerFailed)
    if times == 2:
        assert ask(server.port).status == 500
        server.end()


def test_sigterm_to_the_worker_without_the_reloader(run: Callable[..., Run]) -> None:
    server = run(saying("hello"))
    pid = server.events.started().pid
    os.kill(pid, signal.SIGTERM)
    assert "SIGTERM" in server.events.next(ServerFailed).message


def test_sigterm_to_a_worker_whose_request_goes_on(run: Callable[..., Run], gate: Gate) -> None:
    """In the mode whose main thread answers it ends in time, too, and by this signal."""
    server = run(GATED.format(at_import=""), mode="single", grace=0.2)
    pid = server.events.started().pid
    with in_background(server.port, "/gate"):
        gate.wait_entered()
        os.kill(pid, signal.SIGTERM)
        assert "SIGTERM" in server.events.next(ServerFailed).message


def test_request_in_which_nothing_else_runs_is_reported(
    run: Callable[..., Run], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process doesn't answer: here as it is stopped, which has the same look."""
    monkeypatch.setattr(hosted_worker, "_ANSWER_SECONDS", 0.1)
    server = run(GATED.format(at_import=""))
    pid = server.events.started().pid
    with in_background(server.port, "/gate"):
        gate.wait_entered()
        number = server.events.next(RequestStarted).id

        def ask() -> Where | None:
            server.host.ask_where(number)
            return next(reversed(server.of(Where)), None)

        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: (report := ask()) and report.unanswered, "the report", WAIT)
        os.kill(pid, signal.SIGCONT)
        wait_until(lambda: (report := ask()) and report.frames, "the answer", WAIT)
        gate.open()


STALLED = """
import os, sys, threading
late = b"Timeout (0:00:03)!\\n"
stack = f'  File "{__file__}", line 9 in <module>\\n'
os.write(2, b"printed first\\n")
os.write(2, f"Timeout (0:00:03)!\\nThread 0x1 (most recent call first):\\n{stack}".encode())
"""


def test_import_in_which_nothing_else_runs_is_reported(run: Callable[..., Run], gate: Gate) -> None:
    """By what faulthandler prints of it; once the app is loaded, that is its own output."""
    at_import = f"{STALLED}gate.wait_inside()\nthreading.Timer(0, os.write, (2, late)).start()\n"
    server = run(GATED.format(at_import=at_import))
    gate.wait_entered()
    report = server.events.next(Importing)
    assert report.hint is not None
    assert report.hint.kind == "lock-held"
    assert [frame.line for frame in report.frames] == [9]
    assert "Thread 0x" not in output(server)
    gate.open()
    server.events.started()
    wait_output(server, "Timeout (0:00:03)!\n")
