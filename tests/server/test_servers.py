"""server.servers and server.net.threads: stopping, and requests side by side."""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest
from bounds import PROMPT
from served import wait_until
from serverkit import SAFETY, descriptors, hello

from server import servers
from server.events import AppError, RequestFinished, RequestStarted
from server.handler import WSGIRequestHandler
from server.net import threads as workers
from server.net.loop import ConnectionLoop
from server.protocol.channel import Channel, Timeouts
from server.protocol.parsing import Limits
from server.serving import (
    ThreadedWSGIServer,
    make_server,
)

ROOT = Path(__file__).parents[2]
TEXT = ("Content-Type", "text/plain")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
# The test process has other threads, of the test's clients; the child only answers and exits.
forks_beside_threads = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*fork:DeprecationWarning"
)


class Gate:
    """An app whose requests wait inside until they are let go."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()
        self.inside = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/quick":
            return hello(environ, start_response)
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        try:
            assert self.go.wait(SAFETY)
        finally:
            with self._lock:
                self.inside -= 1
        start_response("200 OK", [TEXT, ("Content-Length", "4")])
        return [b"done"]

    def wait_entered(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.entered.acquire(timeout=SAFETY)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.go.set()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
        return True


# Stopping -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_shutdown_signal_wakes_an_idle_server(serve, mode):
    server = serve(mode=mode)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < PROMPT
    assert server.server.shutdown_signal
    assert server.failure is None
    assert port_is_free(server.port)
    server.stop()  # once more does no harm


def test_shutdown_signal_ends_a_server_that_has_gone_to_sleep(serve, monkeypatch):
    monkeypatch.setattr(workers, "_QUIET_TICKS", 0)
    asleep = threading.Event()
    monkeypatch.setattr(workers, "_TICK", 0.001)
    server = serve()
    watcher = server.server._pool
    deadline = time.monotonic() + SAFETY
    while not watcher._asleep:
        assert time.monotonic() < deadline
        asleep.wait(0.001)
    assert server.get().body == b"hello"
    server.stop()


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_a_stop_whose_wake_came_just_before_the_wait_is_seen(mode, monkeypatch):
    """As one from a signal that comes after Python's last look at signals."""
    monkeypatch.setattr(workers, "_QUIET_TICKS", 0)
    monkeypatch.setattr("server.base.native.LONGEST_WAIT", 0.02)
    monkeypatch.setattr("server.net.loop._SWEEP", 0.02)
    server = make_server(
        "127.0.0.1", 0, hello, threaded=mode == "threaded", processes=1 + (mode == "forking")
    )

    class LateAlarm(queue.SimpleQueue):
        def get(self, block=True, timeout=None):
            if server._pool._asleep:
                server._loop.stopping = True
            return super().get(block, timeout)

    def late_poll(seconds):
        server._loop.stopping = True
        return poll(seconds)

    poll = server._loop._poller.poll
    if isinstance(server, ThreadedWSGIServer):
        server._pool._alarm = LateAlarm()
    else:
        monkeypatch.setattr(server._loop._poller, "poll", late_poll)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    thread.join(SAFETY)
    assert not thread.is_alive()


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_false_is_no_signal(serve, mode):
    server = serve(mode=mode)
    server.server.shutdown_signal = False
    assert server.get().body == b"hello"
    assert not server.server.shutdown_signal


def test_idle_connections_are_closed(serve_each):
    server = serve_each()
    with server.connect() as used, server.connect() as fresh, server.connect() as half:
        used.send(GET)
        assert used.answer().body == b"hello"
        half.send(b"GET / HT")
        fresh.send(GET)
        fresh.answer()
        server.stop()
        for client in (used, fresh, half):
            with contextlib.suppress(ConnectionResetError):
                client.assert_closed()
    assert server.server.abandoned == 0


def test_a_running_request_is_finished(serve_each, gate):
    server = serve_each(gate, grace=SAFETY)
    with server.connect() as client:
        client.send(GET)
        gate.wait_entered()
        server.server.shutdown_signal = True
        with pytest.raises(OSError, match=r"refused|reset"):
            while True:  # as soon as the loop has seen it, nobody is let in any more
                server.connect().close()
                gate.go.set()
        answer = client.answer()
        assert answer.body == b"done"
        assert answer.headers["connection"] == "close"
        client.assert_closed()
    server.join()
    assert (server.server.drained, server.server.abandoned) == (1, 0)


def test_requests_that_have_arrived_are_answered_and_none_that_come_later(serve, gate):
    server = serve(gate, mode="single", grace=SAFETY)
    with server.connect() as first, server.connect() as second:
        first.send(GET)
        gate.wait_entered()
        second.send(GET)
        server.server.shutdown_signal = True
        gate.go.set()
        assert first.answer().body == b"done"
        with contextlib.suppress(ConnectionResetError):
            second.assert_closed()
    server.join()


def test_pipelined_requests_behind_the_stop_are_not_begun(serve_each, gate):
    """The answer says that the connection ends: the client knows what it may send again."""
    server = serve_each(gate, grace=SAFETY)
    with server.connect() as client:
        client.send(GET * 3)
        gate.wait_entered()
        server.server.shutdown_signal = True
        gate.go.set()
        assert client.answer().will_close
        client.assert_closed()
    server.join()
    assert len(server.events.of(RequestStarted)) == 1


def test_a_request_beyond_the_grace_time_is_abandoned(serve, gate):
    server = serve(gate, grace=0.05)
    with server.connect() as client, server.connect() as other:
        client.send(GET)
        other.send(GET)
        gate.wait_entered(2)
        server.stop()
        assert (server.server.drained, server.server.abandoned) == (0, 2)
        client.assert_closed()
        other.assert_closed()
        gate.go.set()


def test_an_abandoned_stream_ends(serve):
    """Its next write fails, so that its thread comes to an end."""
    ended = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [TEXT])
        try:
            while True:
                yield b"tick"
                time.sleep(0.001)
        finally:
            ended.set()

    server = serve(app, grace=0.05)
    with server.connect() as client:
        client.send(GET)
        client.until(b"tick")
        server.stop()
        assert ended.wait(SAFETY)
    assert server.server.abandoned == 1
    assert server.events.wait_kind(RequestFinished).aborted
    assert server.events.of(AppError) == []


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
@forks_beside_threads
def test_shutdown_from_within_a_request(serve, mode):
    def app(environ, start_response):
        environ["werkzeug.server.shutdown"]()
        start_response("200 OK", [TEXT])
        return [b"bye"]

    server = serve(app, mode=mode)
    with server.connect() as client:
        client.send(GET)
        answer = client.answer()
        assert answer.body == b"bye"
        assert answer.will_close
        client.assert_closed()
    server.join()
    assert server.failure is None
    assert port_is_free(server.port)


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_shutdown_blocks_until_the_end(serve, mode):
    server = serve(mode=mode)
    server.get() if mode != "forking" else None
    server.server.shutdown()
    assert server.server._ended.is_set()
    server.server.shutdown()
    server.join()


def test_shutdown_in_the_server_s_own_thread_does_not_block(serve):
    def app(environ, start_response):
        server.server.shutdown()
        return hello(environ, start_response)

    server = serve(app, mode="single")
    assert server.get().body == b"hello"
    server.join()


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_a_stop_before_the_start(mode):
    server = make_server(
        "127.0.0.1", 0, hello, threaded=mode == "threaded", processes=1 + (mode == "forking")
    )
    server.shutdown()
    server.shutdown_signal = True
    server.serve_forever()
    assert port_is_free(server.server_port)


def test_a_server_that_never_served_can_be_closed():
    for threaded in (False, True):
        with make_server("127.0.0.1", 0, hello, threaded=threaded) as server:
            assert not port_is_free(server.server_port)
        server.server_close()
        assert port_is_free(server.server_port)


@pytest.mark.parametrize("threaded", [False, True])
def test_cycles_leave_nothing(threaded):
    gc.collect()
    before, threads = descriptors(), threading.active_count()
    for cycle in range(40):
        server = make_server("127.0.0.1", 0, hello, threaded=threaded)
        runner = threading.Thread(target=server.serve_forever)
        runner.start()
        if cycle % 4 == 0:
            with socket.create_connection(("127.0.0.1", server.server_port)) as client:
                client.sendall(GET)
                assert client.recv(1000).startswith(b"HTTP/1.1 200")
        server.shutdown_signal = True
        runner.join(SAFETY)
        assert not runner.is_alive()
    assert descriptors() == before
    assert threading.active_count() == threads
    assert port_is_free(server.server_port)


SIGNALLED = """
import signal, sys, time
from server.serving import make_server
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("inside", flush=True)
        time.sleep(0.3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
server = make_server("127.0.0.1", 0, app, **{options})
def stop(*unused):
    server.shutdown_signal = True
if {handler}:
    signal.signal(signal.SIGTERM, stop)
print(server.server_port, flush=True)
server.serve_forever()
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [{}, {"threaded": True}, {"processes": 2}], ids=str)
def test_a_signal_ends_it_and_the_request_is_finished(number, options):
    """Ctrl+C, and a handler for SIGTERM that sets ``shutdown_signal``."""
    code = SIGNALLED.format(options=options, handler=number == signal.SIGTERM)
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=SAFETY) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert process.stdout.readline() == b"inside\n"
            process.send_signal(number)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while data := client.recv(1000):
                    answer += data
        out, err = process.communicate(timeout=SAFETY)
    assert (out, err, process.returncode) == (b"ended\n", b"", 0)
    # Ctrl+C reaches the one thread of the single server in the middle of the app.
    assert (
        answer.endswith(b"hello")
        or b"hello" in answer
        or (number, options)
        == (
            signal.SIGINT,
            {},
        )
    )


def test_a_signal_handler_may_stop_it_at_any_moment():
    """Whatever the main thread is doing just then: it must not wait for a lock of its own."""
    code = """
import os, signal, threading
from server.net import threads as workers
from server.serving import make_server
workers._TICK = 0.00001  # so that it is mostly between two waits
def app(environ, start_response):
    start_response("200 OK", [])
    return []
for _ in range(300):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    def stop(*unused):
        server.shutdown_signal = True
    signal.signal(signal.SIGUSR1, stop)
    timer = threading.Timer(0.0005 * (_ % 7), os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    server.serve_forever()
    timer.join()
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, b"")


# Side by side -------------------------------------------------------------------------------------


def test_a_slow_request_does_not_block_others(serve, gate):
    server = serve(gate)
    with server.connect() as slow:
        slow.send(GET)
        gate.wait_entered()
        for _ in range(3):
            assert server.get("/quick").body == b"hello"
        with server.connect() as kept:
            for _ in range(5):
                kept.send(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
                assert kept.answer().body == b"hello"
            gate.go.set()
            assert slow.answer().body == b"done"
            slow.send(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
            assert slow.answer().body == b"hello"


def test_sixty_four_slow_requests_run_at_once(serve, gate):
    server = serve(gate)
    clients = [server.connect() for _ in range(64)]
    for client in clients:
        client.send(GET)
    gate.wait_entered(64)
    assert gate.inside == 64
    gate.go.set()
    for client in clients:
        assert client.answer().body == b"done"


def test_the_limit_of_threads_holds(serve, gate):
    server = serve(gate, max_threads=3)
    clients = [server.connect() for _ in range(8)]
    for client in clients:
        client.send(GET)
    gate.wait_entered(3)
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("request-")]
    assert len(names) == 3
    gate.go.set()
    for client in clients:
        assert client.answer().body == b"done"
    assert gate.most == 3


def test_a_stop_while_every_thread_is_taken(serve, gate):
    server = serve(gate, max_threads=2, grace=SAFETY)
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.send(GET)
    gate.wait_entered(2)
    server.server.shutdown_signal = True
    gate.go.set()
    for client in clients:
        assert client.answer().body == b"done"
    server.join()
    assert server.server.abandoned == 0


def test_quick_requests_need_one_thread(serve):
    server = serve()
    with server.connect() as client:
        client.send(GET)
        client.answer()
        for _ in range(50):
            client.send(GET * 4)
            for _ in range(4):
                client.answer()
    threads = {event.thread for event in server.events.wait_count(RequestFinished, 201)}
    assert len(threads) < 10  # a slow moment of the machine may bring in another


def test_threads_are_used_again(serve, gate):
    server = serve(gate)
    gate.go.set()
    for _ in range(5):
        clients = [server.connect() for _ in range(4)]
        for client in clients:
            client.send(GET)
        for client in clients:
            assert client.answer().body == b"done"
            client.close()
    started = server.server._pool._started
    assert started <= 20


def test_idle_threads_end(serve, gate, monkeypatch):
    monkeypatch.setattr(workers, "_IDLE_SECONDS", 0.02)
    server = serve(gate)
    clients = [server.connect() for _ in range(12)]
    for client in clients:
        client.send(GET)
    gate.wait_entered(12)
    gate.go.set()
    for client in clients:
        assert client.answer().body == b"done"
    deadline = time.monotonic() + SAFETY
    while len(server.server._pool._threads) > workers._SPARE_THREADS + 2:
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)
    assert server.get("/quick").body == b"hello"


def test_requests_go_on_without_another_thread(serve, gate, monkeypatch):
    """Where the system gives no thread, those that are there take turns."""
    server = serve(gate)
    assert server.get("/quick").body == b"hello"

    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(workers.threading, "Thread", NoThread)
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.send(GET)
    gate.wait_entered()
    gate.go.set()
    for client in clients:
        assert client.answer().body == b"done"
    monkeypatch.undo()


def test_a_slow_request_after_many_quick_ones_and_back(serve, gate):
    """Handing over is eager for a while after a slow request, and ends by itself."""
    server = serve(gate)
    for _ in range(3):
        with server.connect() as slow, server.connect() as quick:
            gate.go.clear()
            slow.send(GET)
            gate.wait_entered()
            for _ in range(30):
                quick.send(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
                assert quick.answer().body == b"hello"
            gate.go.set()
            assert slow.answer().body == b"done"
    pool = server.server._pool
    deadline = time.monotonic() + SAFETY
    while time.monotonic() < pool._cautious_until:
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)
    with server.connect() as client:
        for _ in range(100):
            client.send(b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
            client.answer()
    assert pool._cautious_until == 0.0


def test_many_clients_at_once_under_load(serve):
    """Every answer belongs to its request, whichever thread leads."""

    def app(environ, start_response):
        number = int(environ["QUERY_STRING"])
        if number % 7 == 0:
            time.sleep(0.006)
        body = str(number).encode()
        start_response("200 OK", [TEXT])
        return [body]

    server = serve(app, reporter=False)
    wrong = []

    def use(first):
        with server.connect() as client:
            for number in range(first, first + 60):
                client.send(b"GET /?%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
                if client.answer().body != b"%d" % number:
                    wrong.append(number)

    users = [threading.Thread(target=use, args=(first * 1000,)) for first in range(10)]
    for user in users:
        user.start()
    for user in users:
        user.join(SAFETY)
        assert not user.is_alive()
    assert wrong == []


# Errors that end the server -----------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, ConnectionRefusedError, TimeoutError])
@pytest.mark.parametrize("slow", [False, True])
def test_passthrough_errors_ends_the_server_and_raises(serve_each, error, slow):
    def app(environ, start_response):
        if slow:  # so that another thread has taken the lead meanwhile
            time.sleep(0.05)
        raise error("through")

    server = serve_each(app, passthrough_errors=True, grace=SAFETY)
    with server.connect() as client:
        client.send(GET)
        assert client.answer().status == 500
        client.assert_closed()
    began = time.monotonic()
    server.join()
    assert time.monotonic() - began < 5.0
    assert isinstance(server.failure, error)
    server.failure = None


def test_an_error_that_passes_is_not_handed_over_as_a_request_that_runs(serve, monkeypatch):
    def app(environ, start_response):
        raise RuntimeError("through")

    server = serve(app, passthrough_errors=True, grace=SAFETY)
    pool = server.server._pool
    close = Channel.close

    def look_and_close(channel):  # as the watching thread may, at this very moment
        pool._look(pool._serial)
        close(channel)

    monkeypatch.setattr(Channel, "close", look_and_close)
    began = time.monotonic()
    with server.connect() as client:
        client.send(GET)
        assert client.answer().status == 500
    server.join()
    assert time.monotonic() - began < SAFETY / 2
    assert server.server.abandoned == 0
    server.failure = None


def test_passthrough_errors_is_not_for_clients_that_leave(serve_each):
    def app(environ, start_response):
        environ["wsgi.input"].read()
        return hello(environ, start_response)

    server = serve_each(app, passthrough_errors=True)
    with server.connect() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        client.reset()
    assert server.events.wait_kind(RequestFinished).aborted
    assert server.get().body == b"hello"


# Processes ----------------------------------------------------------------------------------------


@forks
@forks_beside_threads
def test_forking_answers_each_request_in_a_child(serve):
    def app(environ, start_response):
        assert environ["wsgi.multiprocess"]
        body = f"{os.getpid()} {environ['wsgi.input'].read().decode()}".encode()
        start_response("200 OK", [TEXT])
        return [body]

    server = serve(app, mode="forking", reporter=False)
    pids = set()
    for number in range(5):
        with server.connect() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d" % number)
            answer = client.answer()
            assert answer.will_close
            pid, text = answer.body.split()
            assert text == b"%d" % number
            pids.add(int(pid))
            client.assert_closed()
    assert len(pids) == 5
    assert os.getpid() not in pids


@forks
@forks_beside_threads
def test_forking_answers_several_at_once_and_keeps_to_its_limit(serve):
    read, write = os.pipe()
    reached, reach = os.pipe()

    def app(environ, start_response):
        os.write(reach, b"x")
        os.read(read, 1)
        start_response("200 OK", [TEXT])
        return [b"done"]

    server = serve(app, mode="forking", reporter=False)
    server.server.max_children = 2
    try:
        clients = [server.connect() for _ in range(3)]
        for client in clients:
            client.send(GET)
        assert os.read(reached, 1) + os.read(reached, 1) == b"xx"
        # The child may have written before its parent has recorded it.
        wait_until(lambda: len(server.server._children) == 2, "both children are recorded")
        os.write(write, b"x")  # one ends, whichever it is, and the third begins
        assert os.read(reached, 1) == b"x"
        os.write(write, b"xx")
        for client in clients:
            assert client.answer().body == b"done"
        server.stop()
        assert len(server.server._children) == 0
    finally:
        for descriptor in (read, write, reached, reach):
            os.close(descriptor)


@forks
@forks_beside_threads
def test_forking_stops_although_every_child_is_busy(serve):
    """The limit is reached, another request waits, and a stop must still come through."""
    read, write = os.pipe()
    reached, reach = os.pipe()

    def app(environ, start_response):
        os.write(reach, b"x")
        os.read(read, 1)
        return hello(environ, start_response)

    server = serve(app, mode="forking", reporter=False, grace=0.1)
    server.server.max_children = 1
    try:
        with server.connect() as first, server.connect() as second:
            first.send(GET)
            assert os.read(reached, 1) == b"x"
            second.send(GET)
            began = time.monotonic()
            server.stop()
            assert time.monotonic() - began < 5.0
        assert server.server.abandoned >= 1
    finally:
        for descriptor in (read, write, reached, reach):
            os.close(descriptor)


@forks
@forks_beside_threads
def test_forking_lets_the_client_read_the_answer_to_a_refused_upload(serve):
    """One that is too long to be taken in before the app runs."""
    timeouts, limits = Timeouts(linger=SAFETY), Limits(chunked_body=1000)
    server = serve(mode="forking", reporter=False, timeouts=timeouts, limits=limits)
    with server.connect() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
        client.send(b"x" * 4_999_999)
        assert client.answer().body == b"hello"
        # The child has been forked off this process, so it holds the client's socket, too.
        client.sock.shutdown(socket.SHUT_WR)


@forks
@forks_beside_threads
def test_forking_survives_a_child_that_fails(serve, capfd):
    class Handler(WSGIRequestHandler):
        def handle_one_request(self):
            if self.server.app is not hello:
                raise KeyboardInterrupt
            super().handle_one_request()

    server = serve(lambda *args: [], mode="forking", reporter=False, request_handler=Handler)
    with server.connect() as client:
        client.send(GET)
        client.assert_closed()
    server.server.app = hello
    assert server.get().body == b"hello"
    server.stop()
    capfd.readouterr()


def test_forking_where_the_system_cannot(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(ValueError, match="can't fork: use threads"):
        make_server("127.0.0.1", 0, hello, processes=2)


def test_forking_when_somebody_else_has_reaped_the_children(serve, monkeypatch):
    server = serve(mode="forking", reporter=False)

    def gone(pid, options):
        raise ChildProcessError

    monkeypatch.setattr(servers.os, "waitpid", gone)
    channel = types.SimpleNamespace(
        buffer=b"", head_length=-1, limits=server.server.limits, address=("127.0.0.1", 1)
    )
    server.server._children.add(999_999_999, 1, channel)
    server.stop()
    assert len(server.server._children) == 0


# The loop -----------------------------------------------------------------------------------------


def test_no_descriptors_left(serve, monkeypatch):
    """Accepting pauses, and goes on; both listeners of localhost may run out at once."""
    out_of_them = threading.Event()
    original = ConnectionLoop._pause_accepting

    def pause(loop):
        original(loop)
        original(loop)
        out_of_them.set()
        ConnectionLoop._accept = accept

    def no_descriptors(loop, listener):
        raise_from = OSError(24, "Too many open files")

        class Listener:
            def accept(self):
                raise raise_from

        accept(loop, Listener())

    accept = ConnectionLoop._accept
    monkeypatch.setattr("server.net.loop._SWEEP", 0.02)
    monkeypatch.setattr(ConnectionLoop, "_pause_accepting", pause)
    monkeypatch.setattr(ConnectionLoop, "_accept", no_descriptors)
    server = serve()
    with server.connect() as client:
        assert out_of_them.wait(SAFETY)
        client.send(GET)
        assert client.answer().body == b"hello"


@forks
def test_an_interrupt_in_the_midst_of_a_fork_is_not_lost():
    """Python passes over what is raised in the functions that it calls around a fork."""
    program = (
        "import os, signal\n"
        "from server import make_server\n"
        "os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'answered']\n"
        "server = make_server('127.0.0.1', 0, app, processes=2)\n"
        "print(server.port, flush=True)\n"
        "server.serve_forever()\n"
        "print('ended', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            port = int(process.stdout.readline())
            with socket.create_connection(("127.0.0.1", port), 20) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert client.makefile("rb").read().endswith(b"answered")
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, b"ended\n", b"")
