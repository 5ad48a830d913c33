"""HAR files: read by another reader, and what was written comes back."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import haralyzer
import pytest

from launcher.core import har
from launcher.core.har import NotHar, entry_of, har_parts, read_har
from launcher.core.har_contents import contents_of
from launcher.core.replay.message import why_not
from server.events import Body, RequestFinished

BASE = "http://127.0.0.1:5000"


def request(**changes: Any) -> RequestFinished:
    facts: dict[str, Any] = {
        "method": "POST", "target": "/a%2Fb?x=1&token=hunter2&x=", "path": "/a/b",
        "query": "x=1&token=hunter2&x=", "status": 201, "reason": "Created",
        "request_headers": (("Host", "127.0.0.1:5000"), ("X-Twice", "1"), ("x-twice", "2"),
                            ("Cookie", "sid=hunter2; a=b"), ("Content-Type", "application/json")),
        "response_headers": (("Content-Type", "application/json"),
                             ("Set-Cookie", "sid=hunter2; HttpOnly")),
        "request_body": Body(22, b'{"password":"hunter2"}'),
        "response_body": Body(16, b'{"caf\xc3\xa9":[1.10]}'),
        **changes,
    }  # fmt: skip
    return RequestFinished.of(
        id=1, started=1_700_000_000.25, duration=0.5, app_duration=0.4, **facts
    )


def write(folder: Path, *requests: RequestFinished, secrets: bool = True) -> Path:
    path = folder / "a.har"
    text = "".join(har_parts(requests, lambda _: BASE, version="1", secrets=secrets))
    path.write_text(text, encoding="utf-8")
    return path


def test_another_reader_opens_it(tmp_path: Path) -> None:
    picture = request(
        method="GET", target="/p.png", response_headers=(("Content-Type", "image/png"),),
        response_body=Body(4, b"\x89PNG"), request_body=Body(), status=200,
    )  # fmt: skip
    parser = haralyzer.HarParser(json.loads(write(tmp_path, request(), picture).read_text()))
    first, second = parser.har_data["entries"]
    assert parser.har_data["version"] == "1.2"
    entries = [haralyzer.HarEntry(entry) for entry in (first, second)]
    assert entries[0].request.method == "POST"
    assert entries[0].url == f"{BASE}/a%2Fb?x=1&token=hunter2&x="
    assert entries[0].status == 201
    assert entries[0].startTime.timestamp() == 1_700_000_000.25
    assert entries[0].time == 500
    assert entries[0].request.text == '{"password":"hunter2"}'
    assert entries[0].response.text == '{"caf\u00e9":[1.10]}'
    assert entries[0].request.get_header_value("X-Twice") == "1"
    assert base64.b64decode(entries[1].response.text) == b"\x89PNG"
    assert entries[1].response.textEncoding == "base64"


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    done = request()
    ((base, again),) = read_har(write(tmp_path, done))
    assert base == BASE
    same = ("method", "target", "path", "query", "status", "reason", "request_headers",
            "response_headers", "request_body", "response_body")  # fmt: skip
    assert {name: getattr(again, name) for name in same} == {
        name: getattr(done, name) for name in same
    }
    assert (again.started, again.duration) == (done.started, done.duration)


def test_secrets_stay_here_unless_asked_for(tmp_path: Path) -> None:
    assert "hunter2" not in write(tmp_path, request(), secrets=False).read_text()
    assert "hunter2" in write(tmp_path, request()).read_text()


def test_a_body_that_is_no_text_and_one_that_was_cut(tmp_path: Path) -> None:
    done = request(request_body=Body(9, b"\xff\0"))
    ((_, again),) = read_har(write(tmp_path, done))
    assert again.request_body == Body(9, b"\xff\0")


def test_a_browser_s_entry() -> None:
    entry = {
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "time": 12.5,
        "request": {
            "method": "GET", "url": "https://a.b:8443/x?y", "headers": [
                {"name": ":path", "value": "/x"}, {"name": "accept", "value": "*/*"}]},
        "response": {"status": 200, "statusText": "", "headers": [
            {"name": "content-encoding", "value": "br"}], "content": {"size": 2, "text": "ok"}},
    }  # fmt: skip
    done = har.request_of(entry, 1)
    assert done.request_headers == (("Host", "a.b:8443"), ("accept", "*/*"))
    assert (done.target, done.response_body.data, done.duration) == ("/x?y", b"ok", 0.0125)
    assert har.base_of_entry(entry) == "https://a.b:8443"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "isn't JSON"),
        ("<html>", "isn't JSON"),
        ("[" * 100_000, "isn't JSON"),
        ("[]", "no HAR file"),
        ('{"log": {}}', "no HAR file"),
        ('{"log": {"version": "2.0", "entries": []}}', "HAR 2.0"),
        ('{"log": {"version": "1.2", "entries": [5]}}', "Entry 1 of"),
        ('{"log": {"entries": [1]}', "Entry 1 of"),
        ('{"log": {"entries": []}', "isn't JSON: Expecting"),
        ('{"log": {"entries": [],}}', "isn't JSON: Illegal trailing comma"),
        ('{"log": {"entries": [ ] }} x', "isn't JSON: Extra data"),
        ('{"log": {entries: []}}', "isn't JSON: Expecting property name"),
        ('{"log": {"entries" []}}', "isn't JSON: Expecting ':'"),
        ('{"entries": []}', "no HAR file"),
        ('{"log": {"entries": {}}}', "no HAR file"),
        ('{"log": {"version": "1.2", "entries": [{"request": {}}]}}', "Entry 1 of"),
    ],
)
def test_what_is_no_har_file_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "a.har"
    path.write_text(text)
    with pytest.raises(NotHar, match=sentence):
        read_har(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    with path.open("wb") as file:
        file.truncate(har.LIMIT + 1)
    with pytest.raises(NotHar, match="200 MB"):
        read_har(path)


def test_it_can_be_cancelled_and_reports_how_far_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, *[request()] * 200)
    seen: list[tuple[int, int]] = []
    read_har(path, lambda done, of: seen.append((done, of)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1] == path.stat().st_size
    with pytest.raises(NotHar, match="cancelled"):
        read_har(path, is_cancelled=lambda: True)


def test_what_was_no_http_is_left_out_and_a_websocket_is_one(tmp_path: Path) -> None:
    def entry(url: str) -> dict[str, Any]:
        return {"request": {"method": "GET", "url": url, "headers": []},
                "response": {"status": 101, "headers": [], "content": {}}}  # fmt: skip

    urls = (
        "data:text/css,a",
        "http://a.b/",
        "wss://a.b:1/chat?x",
        "blob:https://a.b/1",
        "about:blank",
    )
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [*map(entry, urls)]}}))
    contents = contents_of(path)
    assert contents.bases == ("http://a.b", "https://a.b:1")
    assert "3 left out: not HTTP" in contents.facts
    socket = contents.requests.get(1)
    assert socket is not None
    assert socket.finished is not None
    assert (socket.target, socket.finished.upgrade) == ("/chat?x", "websocket")
    assert "another connection (websocket)" in why_not(socket)


def test_an_entry_says_what_was_cut(tmp_path: Path) -> None:
    entry = entry_of(request(response_body=Body(99, b"abc")), BASE)
    assert entry["response"]["content"]["comment"] == "the first 3 of 99 bytes"
