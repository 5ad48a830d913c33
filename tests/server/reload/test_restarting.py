"""The reloader of ``run_simple`` and ``App.run``, in real processes of their own."""

from __future__ import annotations

import compileall
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from served import ROOT, clean_environ, wait_until
from serverkit import SAFETY

from server.reload import restarting

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sockets can't be passed on")

URL = re.compile(r"Running on (?:https?://[^ ]*:(\d+)|unix://(\S+))")

RUN_SIMPLE = """
import json, os, subprocess, sys, time
{extra}
VALUE = "{value}"

def stopping(environ):
    return environ["werkzeug.server.shutdown"].__self__.shutdown_signal

def respond(environ):
    path = environ["PATH_INFO"]
    if path == "/pid":
        return str(os.getpid())
    if path in ("/until-stopped", "/a-while"):
        print("busy", flush=True)
    if path == "/until-stopped":
        deadline = time.monotonic() + 20
        while not stopping(environ) and time.monotonic() < deadline:
            time.sleep(0.01)
        return VALUE
    if path == "/a-while":  # another process doesn't know
        time.sleep(0.3)
    if path == "/shutdown":
        environ["werkzeug.server.shutdown"]()
    if path == "/exit":
        os._exit(5)
    if path == "/environ":
        import werkzeug.serving
        code = "import os, json; print(json.dumps([os.listdir('/proc/self/fd'), dict(os.environ)]))"
        child = subprocess.run([sys.executable, "-c", code], close_fds=False, capture_output=True)
        sockets, names = json.loads(child.stdout)
        ours = ("WERKZEUG", "SERVEDECK")
        return json.dumps({{
            "own": {{k: v for k, v in os.environ.items() if k.startswith(ours)}},
            "child": {{k: v for k, v in names.items() if k.startswith(ours)}},
            "from_reloader": werkzeug.serving.is_running_from_reloader(),
            "argv": sys.argv, "listeners": listeners(), "inherited": sockets,
        }})
    return VALUE

def listeners():
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + number).startswith("socket:"):
                found.append([number, os.get_inheritable(int(number))])
        except OSError:
            pass
    return found

def app(environ, start_response):
    body = respond(environ).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

if __name__ == "__main__":
    from server import run_simple
    run_simple("{host}", 0, app, use_reloader=True, reloader_interval=0.1, {options})
    print("after run_simple", flush=True)
"""

FRAMEWORK = """
import os
{extra}
from framework import App

app = App(__name__)

@app.route("/")
def index():
    return "{value}"

@app.route("/pid")
def pid():
    return str(os.getpid())

if __name__ == "__main__":
    app.run("{host}", port=0, debug=True, reloader_interval=0.1)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A copy of the packages, so that nobody's work on them is a change to the programs.

    It is compiled here, as no program keeps what it compiles.
    """
    folder = tmp_path_factory.mktemp("library")
    for name in ("server", "framework"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert compileall.compile_dir(folder, quiet=1)
    return folder


class Program:
    """A script that runs in a session of its own, and what it writes."""

    def __init__(self, folder, library, template, command=None, **values):
        self.file = folder / "program.py"
        self._template = template
        self._values = {"host": "127.0.0.1", "options": "threaded=True", "extra": "", **values}
        self.save("one")
        self._changed = threading.Condition()
        self._text = ""
        self.process = subprocess.Popen(
            [sys.executable, *(command or ["program.py"])],
            cwd=folder,
            env=clean_environ(PYTHONPATH=str(library), PYTHONDONTWRITEBYTECODE="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while data := os.read(self.process.stdout.fileno(), 65536):
            with self._changed:
                self._text += data.decode("utf-8", "replace")
                self._changed.notify_all()

    @property
    def text(self):
        with self._changed:
            return self._text

    def wait_for(self, text, count=1):
        with self._changed:
            there = self._changed.wait_for(lambda: self._text.count(text) >= count, SAFETY)
        assert there, f"no {text!r} in {self.text}"

    @property
    def port(self):
        self.wait_for("press Ctrl+C")
        return int(URL.search(self.text)[1])

    def save(self, value, **values):
        """Write the program as editors do: another file, moved over the old one."""
        self.write(self._template.format(**{**self._values, "value": value, **values}))

    def write(self, text):
        other = self.file.with_name("program.py~")
        other.write_text(text)
        other.replace(self.file)

    def get(self, target="/", host="127.0.0.1"):
        connection = http.client.HTTPConnection(host, self.port, timeout=SAFETY)
        try:
            connection.request("GET", target, headers={"Connection": "close"})
            answer = connection.getresponse()
            assert answer.status == 200
            return answer.read().decode()
        finally:
            connection.close()

    def until(self, value, host="127.0.0.1"):
        """Ask again and again; every single request has to be answered."""
        deadline = time.monotonic() + SAFETY
        answers = [self.get(host=host)]
        while answers[-1] != value:
            assert time.monotonic() < deadline, f"{set(answers)} {self.text}"
            answers.append(self.get(host=host))
        return answers

    def family(self):
        """The processes of the session that are left."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self.process.pid and fields[0] != "Z":
                        found.append(int(entry.name))
        return found

    def wait(self, seconds=SAFETY):
        return self.process.wait(seconds)

    def assert_all_gone(self, seconds=3.0):
        """No process, and the port can be taken."""
        wait_until(lambda: not self.family(), f"the end of {self.family()}", seconds)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", self.port))
            probe.listen()

    def close(self):
        for pid in self.family():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(SAFETY)
        self._reader.join(SAFETY)
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path, library, nothing_left):
    programs = []

    def start(template=RUN_SIMPLE, **values):
        programs.append(Program(tmp_path, library, template, **values))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


@contextlib.contextmanager
def in_thread(function, *args, **kwargs):
    """Run it beside the block; what it returned is there after the block."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function(*args, **kwargs)), daemon=True)
    thread.start()
    yield result
    thread.join(SAFETY)
    assert not thread.is_alive()
    assert result, "it failed"


# A change -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "options"),
    [
        (RUN_SIMPLE, "threaded=True"),
        (RUN_SIMPLE, "threaded=False"),
        (RUN_SIMPLE, "processes=3"),
        (FRAMEWORK, ""),
    ],
    ids=["threaded", "single", "forking", "App.run"],
)
def test_every_request_is_answered_while_it_reloads(start, template, options):
    program = start(template, options=options)
    port = program.port
    assert program.get() == "one"
    with in_thread(program.until, "two") as first, in_thread(program.until, "two") as second:
        program.save("two")
    for answers in (*first, *second):
        assert answers == ["one"] * (len(answers) - 1) + ["two"]
    program.save("three")
    program.until("three")
    assert program.port == port
    assert program.text.count("Detected change in") == 2
    assert "Traceback" not in program.text


def test_a_running_request_ends_on_the_old_code(start):
    program = start()
    program.get()
    with in_thread(program.get, "/until-stopped") as old:
        program.wait_for("busy")
        program.save("two")
        assert "two" in program.until("two")
    assert old == ["one"]


def test_a_syntax_error_is_waited_out(start):
    program = start()
    assert program.get() == "one"
    program.write("def broken(:\n")
    program.wait_for("waiting for a change")
    assert "SyntaxError" in program.text
    assert program.process.poll() is None
    with in_thread(program.get) as answer:  # it waits, it isn't refused
        program.save("fixed")
    assert answer == ["fixed"]


@pytest.mark.parametrize(
    ("extra", "sign"),
    [
        ("raise RuntimeError('not today')", "RuntimeError: not today"),
        ("sys.exit(7)", "waiting for a change"),
        ("import no_such_module", "ModuleNotFoundError"),
    ],
)
def test_an_error_on_import_is_waited_out(start, extra, sign):
    program = start()
    program.get()
    program.save("two", extra=extra)
    program.wait_for("waiting for a change")
    assert sign in program.text
    program.save("three")
    assert program.get() == "three"


def test_an_app_that_kills_its_process(start):
    program = start()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        program.get("/exit")
    program.wait_for("waiting for a change")
    program.save("two")
    assert program.get() == "two"


def test_an_extra_file_counts_and_an_excluded_one_does_not(start, tmp_path):
    (tmp_path / "excluded.py").write_text("")
    extra = tmp_path / "page.html"
    program = start(options=f"extra_files=[{str(extra)!r}], exclude_patterns=['*excluded.py']")
    first = program.get("/pid")
    (tmp_path / "excluded.py").write_text("changed")
    extra.write_text("page")
    program.wait_for("Detected change in")
    assert program.get("/pid") != first
    assert "page.html" in program.text
    assert "excluded.py" not in program.text


def test_localhost_keeps_both_families(start):
    program = start(host="localhost")
    hosts = ["127.0.0.1", "::1"]
    try:
        program.get(host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    assert [program.get(host=host) for host in hosts] == ["one", "one"]
    with in_thread(program.until, "two", "::1"), in_thread(program.until, "two"):
        program.save("two")
    assert [program.get(host=host) for host in hosts] == ["two", "two"]


def test_a_unix_socket(start, tmp_path, monkeypatch):
    path = tmp_path / "s"

    def get():
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(SAFETY)
            sock.connect(str(path))
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            data = b""
            while part := sock.recv(65536):
                data += part
            return data.rpartition(b"\r\n")[2]

    program = start(host=f"unix://{path}")
    program.wait_for("press Ctrl+C")
    assert get() == b"one"
    program.save("two")
    # Unlike a port's, the kernel doesn't keep its clients back until they have spoken.
    program.wait_for("press Ctrl+C", 2)
    assert get() == b"two"
    os.killpg(program.process.pid, signal.SIGINT)
    assert program.wait() == 0
    assert not path.exists()


# The end --------------------------------------------------------------------------------------


def end_by(program, how):
    pid = program.process.pid
    if how == "SIGINT to the group":
        os.killpg(pid, signal.SIGINT)
    elif how == "SIGINT to the parent":
        os.kill(pid, signal.SIGINT)
    elif how == "SIGTERM to the parent":
        os.kill(pid, signal.SIGTERM)
    elif how == "SIGTERM to the group":
        os.killpg(pid, signal.SIGTERM)


ENDS = [
    "SIGINT to the group",
    "SIGINT to the parent",
    "SIGTERM to the parent",
    "SIGTERM to the group",
]


@pytest.mark.parametrize("options", ["threaded=True", "threaded=False", "processes=2"])
@pytest.mark.parametrize("how", ENDS)
def test_each_signal_ends_both(start, how, options):
    program = start(options=options)
    program.get()
    end_by(program, how)
    assert program.wait() == 0
    program.assert_all_gone(0.5)
    assert "Traceback" not in program.text
    program.wait_for("after run_simple")


@pytest.mark.parametrize("options", ["threaded=True", "processes=3"])
@pytest.mark.parametrize("how", ENDS)
def test_a_running_request_is_finished_first(start, how, options):
    program = start(options=options)
    target = "/a-while" if "processes" in options else "/until-stopped"
    with in_thread(program.get, target) as answer:
        program.wait_for("busy")
        end_by(program, how)
    assert answer == ["one"]
    assert program.wait() == 0
    program.assert_all_gone()


@pytest.mark.parametrize("how", ENDS)
def test_a_signal_while_a_broken_app_waits_for_a_change(start, how):
    program = start()
    program.get()
    program.write("def broken(:\n")
    program.wait_for("waiting for a change")
    end_by(program, how)
    assert program.wait() == 0
    program.assert_all_gone(0.5)


@pytest.fixture
def gate(tmp_path):
    """A pipe that the program's child waits at while it is imported."""
    os.mkfifo(tmp_path / "gate")
    extra = (
        "if os.environ.get('WERKZEUG_RUN_MAIN'):\n"
        "    print('at the gate', flush=True)\n"
        "    open('gate').read()\n"
    )
    return extra, lambda: (tmp_path / "gate").write_text("go")


@pytest.mark.parametrize("how", ENDS)
def test_a_signal_while_the_app_is_imported(start, how, gate):
    program = start(extra=gate[0])
    program.wait_for("at the gate")
    end_by(program, how)
    assert program.wait() == 0
    wait_until(lambda: not program.family(), "the end of the child", 3.0)


def test_the_parent_is_killed(start):
    program = start()
    child = int(program.get("/pid"))
    assert child != program.process.pid
    program.process.kill()
    assert program.wait() == -signal.SIGKILL
    program.assert_all_gone(3.0)


def test_the_parent_is_killed_while_the_app_is_imported(start, gate):
    extra, open_gate = gate
    program = start(extra=extra)
    program.wait_for("at the gate")
    program.process.kill()
    program.wait()
    open_gate()
    wait_until(lambda: not program.family(), "the end of the child", 3.0)


@pytest.mark.parametrize("options", ["threaded=True", "threaded=False", "processes=2"])
def test_a_request_ends_both(start, options):
    program = start(options=options)
    assert program.get("/shutdown") == "one"
    assert program.wait() == 0
    program.assert_all_gone()
    program.wait_for("after run_simple", 2)


# What the app sees ----------------------------------------------------------------------------


def test_the_environment_of_the_app(start):
    program = start()
    seen = json.loads(program.get("/environ"))
    expected = {
        "WERKZEUG_RUN_MAIN": "true",
        "SERVEDECK_STRICT": "1",
    }  # strict: tests are
    assert seen["own"] == expected
    assert seen["child"] == expected
    assert seen["from_reloader"] is True
    assert seen["listeners"]
    assert not any(inheritable for _, inheritable in seen["listeners"])
    # Asked for everything inheritable, its subprocess got nothing but the standard streams and
    # what it opened itself.
    assert not {number for number, _ in seen["listeners"]} & set(seen["inherited"]) - {"3"}


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (["program.py", "--name", "a b"], ["program.py", "--name", "a b"]),
        (["-X", "utf8", "-m", "program", "x"], ["{}/program.py", "x"]),
        (["-Wignore", "{}/program.py"], ["{}/program.py"]),
    ],
    ids=["script", "module", "path"],
)
def test_it_is_started_as_it_was(start, tmp_path, command, argv):
    program = start(command=[part.format(tmp_path) for part in command])
    seen = json.loads(program.get("/environ"))
    assert seen["argv"] == [part.format(tmp_path) for part in argv]


@pytest.mark.parametrize(
    ("spec", "command"),
    [
        (None, ["app.py", "x"]),
        ("package.__main__", ["-m", "package", "x"]),
        ("package.module", ["-m", "package.module", "x"]),
    ],
)
def test_the_command_where_python_does_not_keep_it(monkeypatch, spec, command):
    main = type(sys)("__main__")
    main.__spec__ = spec and type("Spec", (), {"name": spec})
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.delattr(sys, "orig_argv")
    monkeypatch.setattr(sys, "argv", ["app.py", "x"])
    assert restarting._same_command() == [sys.executable, *command]


@pytest.mark.parametrize("environ", [{}, {"WERKZEUG_RUN_MAIN": "true"}])
def test_nothing_is_handed_over_where_there_is_no_parent(monkeypatch, environ):
    monkeypatch.delenv("WERKZEUG_SERVER_FD", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert restarting.handed_over_listeners() == []


def test_a_second_ctrl_c_does_not_wait_for_a_request_that_will_not_end(start):
    hang = (
        'if path == "/hang":\n'
        '        print("asked", flush=True)\n'
        "        while not stopping(environ): time.sleep(0.01)\n"
        '        print("asked to stop", flush=True)\n'
        "        time.sleep(60)\n"
        '    if path == "/exit":'
    )
    program = start(RUN_SIMPLE.replace('if path == "/exit":', hang))
    with socket.create_connection(("127.0.0.1", program.port), SAFETY) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
        program.wait_for("asked\n")
        end_by(program, "SIGINT to the parent")
        program.wait_for("asked to stop")
        began = time.monotonic()
        end_by(program, "SIGINT to the parent")
        assert program.wait() == 0
    assert time.monotonic() - began < 5.0  # as long as the request would have had
    program.assert_all_gone()
    assert "Traceback" not in program.text


def test_a_program_s_own_handler_for_sigterm_stays(start):
    """It is the program's affair then how it ends."""
    own = (
        "import signal\nsignal.signal(signal.SIGTERM, lambda *unused: print('mine', flush=True))\n"
    )
    program = start(extra=own)
    program.get()
    os.kill(program.process.pid, signal.SIGTERM)
    program.wait_for("mine")
    assert program.get() == "one"
    end_by(program, "SIGINT to the group")
    assert program.wait() == 0


# WERKZEUG_SERVER_FD, as documented ----------------------------------------------------------------

GIVEN = """
import os, sys
from server import run_simple
def app(environ, start_response):
    environ["werkzeug.server.shutdown"]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ.get("WERKZEUG_SERVER_FD", "gone").encode()]
run_simple("127.0.0.1", 0, app, threaded=True)
"""


@pytest.mark.parametrize("main", [True, False])
def test_the_descriptor_in_the_environment(main):
    """It is served from in a reloader's child only: elsewhere it may be somebody else's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        names = {"WERKZEUG_SERVER_FD": str(listener.fileno())}
        if main:
            names["WERKZEUG_RUN_MAIN"] = "true"
        with subprocess.Popen(
            [sys.executable, "-c", GIVEN], cwd=ROOT, env=clean_environ(**names),
            pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stderr is not None
            own = int(URL.search(process.stderr.readline())[1])
            assert (own == port) is main
            with socket.create_connection(("127.0.0.1", own), SAFETY) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                data = b""
                while part := client.recv(65536):
                    data += part
            process.communicate(timeout=SAFETY)
        assert data.startswith(b"HTTP/1.1 200 ")
        # The app's own children must not take it for theirs.
        assert data.endswith(b"gone" if main else str(listener.fileno()).encode())
        assert process.returncode == 0


def test_elsewhere_than_on_the_main_thread_no_signal_is_handled(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def use():
        with restarting._on_sigterm(lambda *unused: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join(SAFETY)
    assert seen == [before]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "without descriptors"])
def test_a_signal_that_does_not_wake_the_parent_is_handled_all_the_same(elsewhere, monkeypatch):
    """As one that comes just before the wait; here another thread of the system gets it."""
    if elsewhere:  # as where it isn't Linux
        monkeypatch.delattr(os, "pidfd_open", raising=False)

    class Handled(Exception):
        pass

    def handle(*unused):
        raise Handled

    begun = threading.Event()

    def send():
        begun.wait(SAFETY)
        time.sleep(0.2)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    sender = threading.Thread(target=send)
    sender.start()
    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
            try:
                begun.set()
                with pytest.raises(Handled):
                    restarting._status_of(child)
            finally:
                child.kill()
    finally:
        sender.join(SAFETY)
        signal.signal(signal.SIGUSR1, before)
