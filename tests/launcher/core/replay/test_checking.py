"""``servedeck replay``, with each of its exit statuses."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from launcher.core.har import har_parts
from launcher.core.logs.history.history import History
from launcher.core.replay.checking import replay
from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.pin_files import PinFiles
from launcher.core.watch.pins import pin_of
from server.events import Body, RequestFinished, RequestStarted, ServerStarted, ServerStopped


class Handler(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, bytes]] = {}

    def do_GET(self) -> None:
        status, body = self.answers.get(self.path, (404, b"{}"))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is the standard library's

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[tuple[str, dict[str, tuple[int, bytes]]]]:
    made = type("Own", (Handler,), {"answers": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), made)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", made.answers
    server.shutdown()
    server.server_close()
    thread.join(10)


def request(number: int, target: str, method: str = "GET", body: bytes = b"") -> RequestFinished:
    path, _, query = target.partition("?")
    return RequestFinished.of(
        id=number, started=1_700_000_000.0 + number, method=method, target=target, path=path,
        query=query, status=200, reason="OK", request_headers=(("Host", "127.0.0.1:1"),),
        request_body=Body(len(body), body),
        response_headers=(("Content-Type", "application/json"),),
        response_body=Body(15, b'{"token": "abc"}'[:15] + b"}"[:0]),
    )  # fmt: skip


ROOT = Path(__file__).resolve().parents[4]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(source: Path, **options: Any) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        values = {"against": "", "query": "", "unsafe": False, "data_dir": tmp_path / "data"}
        status = replay(str(source), **{**values, **options}, out=out, err=err)
        return status, out.getvalue(), err.getvalue()

    return call


ANSWER = b'{"token": "abc"}'


def har(folder: Path, base: str, *requests: RequestFinished) -> Path:
    path = folder / "a.har"
    text = "".join(har_parts(requests, lambda _: base, secrets=True))
    path.write_text(text)
    return path


def test_the_same_is_0(tmp_path: Path, run: Run, peer: Any) -> None:
    base, answers = peer
    answers["/a"] = answers["/b"] = (200, ANSWER[:15])
    status, out, err = run(har(tmp_path, base, request(1, "/a"), request(2, "/b")))
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "2 same"


def test_different_is_1_and_shows_no_secret(tmp_path: Path, run: Run, peer: Any) -> None:
    base, answers = peer
    answers["/a"] = (500, b'{"token": "hunter2"}')
    path = har(tmp_path, "http://127.0.0.1:1", request(1, "/a?password=hunter2"))
    answers["/a?password=hunter2"] = answers["/a"]
    status, out, _ = run(path, against=base)
    assert status == 1
    assert "\u2260 status" in out
    assert "Status: 200 \u2192 500" in out
    assert "hunter2" not in out


def test_unsafe_methods_are_sent_only_when_asked_for(tmp_path: Path, run: Run, peer: Any) -> None:
    base, answers = peer
    answers["/a"] = (200, ANSWER[:15])
    path = har(tmp_path, base, request(1, "/a", "POST", b"x"))
    status, out, err = run(path)
    assert status == 2
    assert "only with --unsafe" in out
    assert "nothing to send" in err
    assert run(path, unsafe=True)[0] == 0


def test_no_answer_is_2(tmp_path: Path, run: Run) -> None:
    status, out, _ = run(har(tmp_path, "http://127.0.0.1:1", request(1, "/a")))
    assert status == 2
    assert "can't be reached" in out


def test_without_pins_and_filter_it_is_2(tmp_path: Path, run: Run) -> None:
    status, _, err = run(tmp_path)
    assert status == 2
    assert "No requests are pinned" in err


def test_pins_are_sent_and_judged_by_what_is_expected(tmp_path: Path, run: Run, peer: Any) -> None:
    base, answers = peer
    files = PinFiles(tmp_path / "data")
    good = pin_of(request(1, "/a"), base).ignoring(Ignored("json", "id"))
    body = b'{"id": 1, "price": 5}'
    good = good.expecting(request(1, "/a").replace(response_body=Body(len(body), body)))
    broken = pin_of(request(2, "/b").replace(status=500), base)
    posted = pin_of(request(3, "/c", "POST", b"x"), base)
    for pin in (good, broken, posted):
        assert files.add(str(tmp_path), pin) == ""
    answers["/a"] = (200, b'{"id": 2, "price": 5}')
    answers["/b"] = (200, b"{}")
    status, out, err = run(tmp_path)
    assert (status, err) == (0, "")
    assert "answered well; it was 500" in out
    assert "only with --unsafe" in out
    assert out.splitlines()[-1] == "2 same, 1 skipped"
    answers["/a"] = (200, b'{"id": 2, "price": 6}')
    status, out, _ = run(tmp_path, unsafe=True)
    assert status == 1
    assert "price: 5 \u2192 6" in out
    assert "failed      POST    /c" in out
    assert run(tmp_path, against="http://127.0.0.1:1")[0] == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"against": "nowhere"}, "is no URL"),
        ({"query": "status:"}, "filter can't be used"),
    ],
)
def test_bad_input_is_2(tmp_path: Path, run: Run, options: dict[str, str], sentence: str) -> None:
    path = har(tmp_path, "http://127.0.0.1:1", request(1, "/a"))
    status, _, err = run(path, **options)
    assert status == 2
    assert sentence in err
    path.write_text("no")
    assert run(path)[0] == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_its_exit_status_decides_a_pipeline(tmp_path: Path, peer: Any) -> None:
    base, answers = peer
    answers["/a"] = (200, ANSWER[:15])
    answers["/b"] = (500, b"{}")
    files = {}
    for name, chosen in {
        "same": [request(1, "/a")],
        "different": [request(1, "/a"), request(2, "/b")],
        "nothing": [],
        "many": [request(number, "/a") for number in range(1, 60)],
    }.items():
        (tmp_path / name).mkdir()
        files[name] = har(tmp_path / name, "http://127.0.0.1:1", *chosen)
    command = f"{shlex.quote(sys.executable)} -m launcher replay"
    script = "\n".join(
        [
            f"{command} {files['same']} --against {base} | tee {tmp_path}/log && echo passed",
            f"{command} {files['different']} --against {base} | tee -a {tmp_path}/log; echo $?",
            f"{command} {files['nothing']} --against {base} | cat; echo $?",
            f"{command} {files['same']} | cat; echo $?",  # nobody answers there
            f"{command} {files['many']} --against {base} | head -n 1; echo $?",
        ]
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[1:3] == ["1 same", "passed"]
    assert [line for line in lines if line in ("0", "1", "2")] == ["1", "2", "2", "0"]
    assert (tmp_path / "log").read_text().splitlines()[-1] == "1 same, 1 different"
    assert "Traceback" not in done.stderr
    assert done.stderr.count("nothing to send") == 1


def test_a_filter_chooses_of_a_file_and_of_a_history(tmp_path: Path, run: Run, peer: Any) -> None:
    base, answers = peer
    answers["/a"] = (200, ANSWER[:15])
    requests = [request(1, "/a"), request(2, "/b")]
    status, out, _ = run(har(tmp_path, base, *requests), query="path:/a")
    assert (status, out.splitlines()[-1]) == (0, "1 same")
    project = tmp_path / "shop"
    project.mkdir()
    history = History(tmp_path / "data", str(project), lambda _trouble: None)
    history.begin_run("shop:app")
    started = ServerStarted(f"{base}/", "127.0.0.1", 1, 1, "threaded", "3.11")
    heads = [RequestStarted(done.id, done.method, done.target, done.started) for done in requests]
    history.take([started, *heads, *requests, ServerStopped("stopped")])
    assert history.close(10)
    status, out, err = run(project, query="path:/a")
    assert (status, out.splitlines()[-1:], err) == (0, ["1 same"], "")
    assert run(project, query="path:/b")[0] == 1
    assert json.dumps(run(project, query="path:/c")[0]) == "2"
