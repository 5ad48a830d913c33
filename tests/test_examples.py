"""The example apps: each is loaded and served by the real server, and used as a browser would."""

from __future__ import annotations

import json
import queue
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
import requests

from launcher.core.project.discovery import default_app
from launcher.core.resources import Example, examples
from server.config import ServerConfig
from server.events import AppError, OutputWritten, RequestFinished, ServerStarted, ServerStopped
from server.session import Session

WAIT = 20.0
EXAMPLES = {example.name: example for example in examples()}


class Served:
    """A running example and a browser that keeps its cookies."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.url = ""
        self.browser = requests.Session()
        self.browser.trust_env = False

    def emit(self, event: Any) -> None:
        self.events.append(event)
        self._news.put(event)

    def next(self, kind: type[Any]) -> Any:
        while True:
            event = self._news.get(timeout=WAIT)
            if isinstance(event, kind):
                return event

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.browser.request(method, f"{self.url}{path}", timeout=WAIT, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.ask("POST", path, **options)


@contextmanager
def serving(name: str) -> Iterator[Served]:
    """Serve an example as the launcher does, on a free port, and check that it ends cleanly."""
    example = EXAMPLES[name]
    served = Served()
    config = ServerConfig(app=example.app, project=str(example.project), port=0, mode="threaded")
    session = Session(config, served.emit)
    thread = threading.Thread(target=session.run, name="session")
    thread.start()
    try:
        served.url = served.next(ServerStarted).url.rstrip("/")
        with served.browser:
            yield served
    finally:
        session.stop()
        thread.join(WAIT)
        assert not thread.is_alive()
    (stopped,) = served.all(ServerStopped)
    assert stopped.abandoned == 0


# What they have in common


def test_examples_are_those_in_the_folder() -> None:
    folder = EXAMPLES["hello"].project
    found = {path.stem for path in folder.iterdir() if not path.name.startswith(("_", "."))}
    assert found == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_example_is_described_and_found(example: Example) -> None:
    assert example.name.isidentifier()
    assert example.title
    assert example.description.endswith(".")
    assert len(example.description) <= 80
    assert example.file.is_file()
    if example.name != "hello":  # whose folder holds all of them
        found = default_app(example.project)
        assert found is not None
        assert (found.spec, found.kind) == (f"{example.name}:app", "servedeck")


@pytest.mark.parametrize("name", EXAMPLES)
def test_front_page_and_what_it_links_to(name: str) -> None:
    with serving(name) as served:
        page = served.get("/")
        assert page.status_code == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
            answer = served.get(path)
            assert answer.status_code == 200
            if path.endswith(".css"):
                assert "prefers-color-scheme: dark" in answer.text
        assert "://" not in page.text.replace(served.url, ""), "nothing comes from elsewhere"
        assert served.get("/no/such/page").status_code == 404
        assert not served.all(AppError)


@pytest.mark.parametrize("name", EXAMPLES)
def test_source_is_short_and_needs_nothing_else(name: str) -> None:
    source = EXAMPLES[name].file.read_text("utf-8")
    assert len(source.splitlines()) <= 125
    imported = {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= {
        "framework", "werkzeug", "atexit", "itertools", "pathlib", "secrets", "shutil", "tempfile",
        "threading", "time",
    }  # fmt: skip


# hello


def test_hello() -> None:
    with serving("hello") as served:
        assert served.get("/").text == "Hello, World!"


# todo


def items(page: requests.Response) -> list[tuple[str, bool]]:
    rows = re.findall(r"<li (class=\"done\")?>.*?</span>\s*<span>(.*?)</span>", page.text, re.S)
    return [(unescape(text), bool(done)) for done, text in rows]


def alert(page: requests.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', page.text, re.S)
    return unescape(found[1]) if found else ""


def test_todo_keeps_the_list_in_the_browsers_cookie() -> None:
    with serving("todo") as served:
        assert items(served.get("/")) == []
        served.post("/add", data={"text": "  water   the <b>plants</b> "})
        page = served.post("/add", data={"text": "read"})
        assert page.history[0].status_code == 302
        assert "SameSite=Lax" in page.history[0].headers["Set-Cookie"]
        assert "HttpOnly" in page.history[0].headers["Set-Cookie"]
        assert items(page) == [("water the <b>plants</b>", False), ("read", False)]
        assert "2 of 2 still open" in page.text
        assert "<b>plants" not in page.text

        page = served.post("/toggle/0")
        assert items(page) == [("water the <b>plants</b>", True), ("read", False)]
        assert items(served.post("/toggle/0"))[0] == ("water the <b>plants</b>", False)
        served.post("/toggle/1")
        assert items(served.post("/clear")) == [("water the <b>plants</b>", False)]
        assert served.post("/toggle/7").status_code == 404

        served.browser.cookies.clear()
        assert items(served.get("/")) == []
        assert not served.all(AppError)


def test_todo_shows_what_is_wrong() -> None:
    with serving("todo") as served:
        assert alert(served.post("/add", data={"text": "   "})).startswith("Write down")
        assert alert(served.post("/add")).startswith("Write down")
        assert alert(served.get("/")) == ""
        assert "60 characters" in alert(served.post("/add", data={"text": "x" * 61}))
        assert served.get("/add").status_code == 405
        served.browser.cookies.set("session", "forged.or.broken")
        assert items(served.get("/")) == []


def test_todo_fits_into_a_cookie() -> None:
    """The longest list of the texts that take most room is still kept by a browser."""
    with serving("todo") as served:
        for _ in range(12):
            text = "".join(chr(0x4E00 + secrets.randbelow(20_000)) for _ in range(60))
            page = served.post("/add", data={"text": text})
            assert len(page.history[0].headers["Set-Cookie"]) < 4093
        assert len(items(page)) == 12
        page = served.post("/add", data={"text": "one more"})
        assert "12 things" in alert(page)
        assert len(items(page)) == 12


# uploads


def send(served: Served, name: str, content: bytes = b"content") -> requests.Response:
    return served.post("/", files={"file": (name, content)})


def test_uploads_come_in_and_go_out() -> None:
    content = bytes(range(256)) * 2000
    with serving("uploads") as served:
        page = send(served, "../../etc/pass wd<i>.html", content)
        assert page.status_code == 200
        name = "etc_pass_wdi.html"
        assert f"/files/{name}" in page.text
        assert "512.0 kB" in page.text
        got = served.get(f"/files/{name}")
        assert got.content == content
        assert got.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert got.headers["X-Content-Type-Options"] == "nosniff"

        again = send(served, "../../etc/pass wd<i>.html")
        assert again.status_code == 409
        assert "delete it first" in alert(again)
        assert served.get(f"/files/{name}").content == content

        assert name not in served.post(f"/files/{name}/delete").text
        assert served.get(f"/files/{name}").status_code == 404
        assert not served.all(AppError)


def test_uploads_refuses_what_it_should() -> None:
    with serving("uploads") as served:
        assert "Choose a file" in alert(served.post("/", files={"other": ("a", b"a")}))
        assert "Choose a file" in alert(served.post("/", data={"file": "a field"}))
        assert "letters or digits" in alert(send(served, "../.."))
        large = send(served, "large.bin", b"x" * (5 * 1024 * 1024 + 1))
        assert large.status_code == 413
        assert "5 MB are the limit" in alert(large)
        for path in ("/files/..%2fuploads.py", "/files/%2e%2e/delete", "/files/none.txt"):
            assert served.get(path).status_code in (404, 405)
        assert served.post("/files/..%2f..%2fx/delete").status_code == 404
        assert served.post("/files/none/delete").status_code == 404
        for number in range(20):
            assert send(served, f"{number}.txt").status_code == 200
        assert "20 files" in alert(send(served, "more.txt"))
        for number in range(20):
            served.post(f"/files/{number}.txt/delete")
        assert "No files yet" in served.get("/").text
        assert not served.all(AppError)


def test_uploads_of_one_name_at_once_give_one_file() -> None:
    with serving("uploads") as served:
        codes: list[int] = []

        def upload(number: int) -> None:
            with requests.Session() as browser:
                browser.trust_env = False
                file = {"file": ("same.txt", str(number) * 1000)}
                codes.append(browser.post(served.url, files=file, timeout=WAIT).status_code)

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        assert sorted(codes) == [200, 409, 409, 409, 409, 409]
        served.post("/files/same.txt/delete")


# json_api


def test_api_lists_adds_changes_and_removes() -> None:
    with serving("json_api") as served:
        first = served.get("/api/books")
        assert first.headers["Content-Type"] == "application/json"
        assert [book["id"] for book in first.json()] == [1, 2]
        made = served.post("/api/books", json={"title": "Düne <b>", "year": 1965})
        assert (made.status_code, made.headers["Location"]) == (201, "/api/books/3")
        assert made.json() == {"id": 3, "title": "Düne <b>", "year": 1965}
        assert served.get(made.headers["Location"]).json() == made.json()
        assert served.get("/api/books?title=DÜNE").json() == [made.json()]
        changed = served.ask("PATCH", "/api/books/3", json={"year": 1966})
        assert changed.json() == {"id": 3, "title": "Düne <b>", "year": 1966}
        gone = served.ask("DELETE", "/api/books/3")
        assert (gone.status_code, gone.content) == (204, b"")
        assert served.get("/api/books/3").status_code == 404
        assert not served.all(AppError)


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "words"),
    [
        ("GET", "/api/books/99", {}, 404, "no book 99"),
        ("GET", "/api/nothing", {}, 404, "not found"),
        ("DELETE", "/api/books/99", {}, 404, "no book 99"),
        ("PATCH", "/api/books/99", {"json": {"year": 1}}, 404, "no book 99"),
        ("PUT", "/api/books", {"json": {}}, 405, "not allowed"),
        ("POST", "/api/books", {"data": {"title": "x"}}, 415, "application/json"),
        (
            "POST",
            "/api/books",
            {"data": "{", "headers": {"Content-Type": "application/json"}},
            400,
            "",
        ),
        ("POST", "/api/books", {"json": []}, 422, "object"),
        ("POST", "/api/books", {"json": {"title": "x"}}, 422, "both needed"),
        ("POST", "/api/books", {"json": {"title": "", "year": 1}}, 422, "title is"),
        ("POST", "/api/books", {"json": {"title": 7, "year": 1}}, 422, "title is"),
        ("POST", "/api/books", {"json": {"title": "x", "year": True}}, 422, "whole number"),
        ("POST", "/api/books", {"json": {"title": "x", "year": 1, "id": 1}}, 422, "id"),
        ("PATCH", "/api/books/1", {"json": {"id": 7}}, 422, "not known: id"),
    ],
)
def test_api_errors_are_json(
    method: str, path: str, options: dict[str, Any], status: int, words: str
) -> None:
    with serving("json_api") as served:
        answer = served.ask(method, path, **options)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json().keys() == {"error", "message"}
        assert words in answer.json()["message"]
        if status == 405:
            assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        assert len(served.get("/api/books").json()) == 2
        assert not served.all(AppError)


def test_api_shelf_is_never_overfull() -> None:
    with serving("json_api") as served:
        codes = [
            served.post("/api/books", json={"title": "x", "year": 1}).status_code
            for _ in range(100)
        ]
        assert codes == [201] * 98 + [409] * 2


def test_api_page_shows_commands_that_name_this_server() -> None:
    with serving("json_api") as served:
        text = unescape(served.get("/").text)
        commands = re.findall(r"<pre>(curl .*?)</pre>", text)
        assert len(commands) == 3
        assert all(command.startswith(f"curl {served.url}/api/books") for command in commands)
        (body,) = re.findall(r"-d '(\{\"title.*?\})'", text)
        assert served.post("/api/books", json=json.loads(body)).status_code == 201


# streaming


def test_lines_arrive_one_by_one() -> None:
    with serving("streaming") as served:
        with served.get("/lines?count=4&pause=0.4", stream=True) as answer:
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
            lines = answer.iter_lines(chunk_size=1)
            assert next(lines).startswith(b"line 1 of /lines")
            assert not served.all(RequestFinished), "the rest is still to be made"
            times = [time.monotonic()]
            for number in (2, 3, 4):
                assert next(lines).startswith(f"line {number} ".encode())
                times.append(time.monotonic())
            assert times[-1] - times[0] > 0.7
            assert list(lines) == []
        finished = served.next(RequestFinished)
        assert (finished.status, finished.aborted) == (200, False)
        assert finished.duration >= 1.2
        assert any("has ended" in event.text for event in served.all(OutputWritten))


def test_events_can_be_resumed() -> None:
    with serving("streaming") as served:
        answer = served.get("/events?count=3&pause=0")
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert re.findall(r"^id: (\d+)$", answer.text, re.M) == ["1", "2", "3"]
        assert answer.text.endswith("event: done\ndata: that was all\n\n")
        rest = served.get("/events?count=3&pause=0", headers={"Last-Event-ID": "2"})
        assert re.findall(r"^id: (\d+)$", rest.text, re.M) == ["3"]
        assert not served.all(AppError)


def test_streamed_page_is_complete() -> None:
    with serving("streaming") as served:
        page = served.get("/table?count=5&pause=0")
        assert re.findall(r"<td>(\d+)</td></tr>", page.text) == ["1", "8", "27", "64", "125"]
        assert page.text.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("pause=0&count=100000", 40),
        ("pause=0&count=-1", 1),
        ("pause=0&count=x", 8),
        ("pause=nan&count=2", 2),
        ("pause=-inf&count=2", 2),
    ],
)
def test_streams_have_limits(query: str, count: int) -> None:
    with serving("streaming") as served:
        assert len(served.get(f"/lines?{query}").text.splitlines()) == count
        assert not served.all(AppError)


def test_client_that_goes_away_ends_the_stream() -> None:
    with serving("streaming") as served:
        with served.get("/lines?count=40&pause=0.1", stream=True) as answer:
            next(answer.iter_lines(chunk_size=1))
        served.browser.close()
        finished = served.next(RequestFinished)
        assert finished.aborted is True
        assert not served.all(AppError)


# failures


@pytest.mark.parametrize(
    ("path", "kind", "message", "function"),
    [
        ("/average", "TypeError", "'float' and 'str'", "average"),
        ("/colours", "TypeError", "The view 'failures.colours'", None),
        ("/invoice", "jinja2.exceptions.UndefinedError", "'customer'", "invoice"),
        ("/report", "TypeError", "The after_request hook 'failures.never_cached'", None),
    ],
)
def test_failure_is_reported(path: str, kind: str, message: str, function: str | None) -> None:
    with serving("failures") as served:
        assert served.get(path).status_code == 500
        finished = served.next(RequestFinished)
        error, *more = served.all(AppError)
        assert (error.type, error.request_id) == (kind, finished.id)
        assert message in error.message
        assert len(more) == (1 if path == "/report" else 0)
        own = [frame for frame in error.frames if frame.file.endswith("failures.py")]
        own = [frame for frame in own if "/examples/" in frame.file]
        assert [frame.function for frame in own] == ([function] if function else [])
        if path == "/average":
            found = dict(own[-1].locals)
            assert found["name"] == "'spoon'"
            assert "'spoon': '9.90'" in found["prices"]
            assert "total += prices[name]" in "".join(own[-1].source)
        if path == "/invoice":
            lines = [f.line for f in error.frames if f.file.endswith("invoice.html")]
            text = (EXAMPLES["failures"].project / "templates/invoice.html").read_text("utf-8")
            assert "order.customer.name" in text.splitlines()[lines[-1] - 1]


def test_broken_stream_is_cut_and_reported() -> None:
    with serving("failures") as served:
        received = []
        with served.get("/countdown", stream=True) as answer:
            assert answer.status_code == 200
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                for line in answer.iter_lines(chunk_size=1):
                    received.append(line)
        assert received == [
            b"20 miles an hour to arrive in 3 hours",
            b"30 miles an hour to arrive in 2 hours",
            b"60 miles an hour to arrive in 1 hours",
        ]
        served.next(RequestFinished)
        (error,) = served.all(AppError)
        assert error.type == "ZeroDivisionError"
        assert dict(error.frames[-1].locals)["left"] == "0"


def test_failures_page_explains_each_of_them() -> None:
    with serving("failures") as served:
        page = served.get("/").text
        links = re.findall(r'<h2><a href="([^"]+)">', page)
        assert links == ["/average", "/colours", "/invoice", "/report", "/countdown"]
        assert len(re.findall(r"<li>.*?<p>.{80,}?</p>.*?</li>", page, re.S)) == 5
