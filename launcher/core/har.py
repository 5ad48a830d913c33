"""Requests as HAR 1.2, the HTTP Archive that browsers and other tools read, and back.

No Qt; any thread. Both ends work through one request after the other: :func:`har_parts` for writing
in pieces, :func:`read_har` with a report of how far it is.

Source: the HTTP Archive format, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/).
"""

from __future__ import annotations

import base64
import codecs
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlencode

from server.events import Body, Headers, RequestFinished
from server.facts.exchange import readable_path

from .bodies.reading import content_of, field_of
from .copies import BaseOf, copy_of
from .har_entries import NotHar, walk
from .replay.curl import target_of_url
from .replay.message import Message, Refusal
from .secrets import mask_headers

__all__ = ["LIMIT", "NotHar", "entry_of", "har_parts", "message_of_entry", "read_har"]

LIMIT = 200 * 1024 * 1024
"""Bytes of a file that is read."""
_CHUNK = 1024 * 1024
_BASE64 = "base64"
_NOT_HTTP = frozenset(
    ("about", "blob", "chrome", "chrome-extension", "data", "file", "moz-extension", "resource",
     "safari-web-extension", "view-source")
)  # fmt: skip
_WEBSOCKETS = {"ws://": "http://", "wss://": "https://"}


# Writing


def har_parts(
    requests: Iterable[RequestFinished],
    base_of: BaseOf,
    *,
    version: str = "",
    secrets: bool = False,
) -> Iterator[str]:
    """A HAR file, in pieces.

    :param version: of ServeDeck
    :param secrets: leave them in
    """
    creator = json.dumps({"name": "ServeDeck", "version": version})
    yield f'{{"log": {{"version": "1.2", "creator": {creator}, "pages": [], "entries": ['
    between = "\n"
    for done in requests:
        yield between + json.dumps(entry_of(done, base_of(done), secrets=secrets))
        between = ",\n"
    yield "\n]}}\n"


def entry_of(done: RequestFinished, base: str = "", *, secrets: bool = False) -> dict[str, Any]:
    """One request and its answer.

    :param secrets: leave them in; otherwise they are masked
    """
    copy = copy_of(done, base, secrets=secrets)
    headers = done.request_headers if secrets else mask_headers(done.request_headers)
    answered = done.response_headers if secrets else mask_headers(done.response_headers)
    wait = min(done.app_duration, done.duration)
    request: dict[str, Any] = {
        "method": done.method,
        "url": copy.url,
        "httpVersion": done.http_version,
        "cookies": _cookies(headers, "cookie"),
        "headers": _pairs(headers),
        "queryString": _query(copy.target),
        "headersSize": -1,
        "bodySize": done.request_body.size,
    }
    if done.request_body.size:
        request["postData"] = _post(copy.body, done)
    return {
        "startedDateTime": _moment(done.started),
        "time": round(done.duration * 1000, 3),
        "request": request,
        "response": {
            "status": done.status,
            "statusText": done.reason,
            "httpVersion": done.http_version,
            "cookies": _cookies(answered, "set-cookie"),
            "headers": _pairs(answered),
            "content": _content(done, secrets),
            "redirectURL": field_of(answered, "location"),
            "headersSize": -1,
            "bodySize": done.response_body.size,
        },
        "cache": {},
        "timings": {
            "send": 0,
            "wait": round(wait * 1000, 3),
            "receive": round((done.duration - wait) * 1000, 3),
        },
        "serverIPAddress": "",
        "_target": copy.target,
        "_endpoint": done.endpoint,
        "_replay": done.replay,
    }


def _moment(started: float) -> str:
    moment = datetime.fromtimestamp(started, timezone.utc).astimezone()
    return moment.isoformat(timespec="milliseconds")


def _pairs(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _query(target: str) -> list[dict[str, str]]:
    query = target.partition("?")[2]
    return _pairs(parse_qsl(query, keep_blank_values=True, max_num_fields=None))


def _cookies(headers: Headers, name: str) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    for known, value in headers:
        if known.lower() == name:
            parts = value.split(";") if name == "cookie" else value.split(";")[:1]
            found += [(key.strip(), content) for key, _, content in
                      (part.partition("=") for part in parts) if key.strip()]  # fmt: skip
    return _pairs(found)


def _post(body: bytes, done: RequestFinished) -> dict[str, Any]:
    kind = field_of(done.request_headers, "content-type")
    post: dict[str, Any] = {"mimeType": kind, "params": []}
    try:
        post["text"] = body.decode("utf-8")
    except UnicodeDecodeError:
        post["text"] = base64.b64encode(body).decode()
        post["_encoding"] = _BASE64  # HAR 1.2 has no place for it
    if done.request_body.truncated:
        post["comment"] = f"the first {len(body)} of {done.request_body.size} bytes"
    return post


def _content(done: RequestFinished, secrets: bool) -> dict[str, Any]:
    body = done.response_body
    found = content_of(body, done.response_headers, secrets=secrets)
    content: dict[str, Any] = {
        "size": body.size if body.truncated else len(found.data),
        "mimeType": field_of(done.response_headers, "content-type") or "x-unknown",
    }
    if found.text is not None:
        content["text"] = found.text
    elif found.data:
        content["text"] = base64.b64encode(found.data).decode()
        content["encoding"] = _BASE64
    if body.truncated:
        content["comment"] = f"the first {len(body.data)} of {body.size} bytes"
    return content


# Reading


def base_of_entry(entry: Mapping[str, Any]) -> str:
    """Scheme, host and port of an entry's URL."""
    scheme, _, rest = _http_url(entry["request"])[0].partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}"


def read_har(
    path: Path,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    left_out: Callable[[], None] = lambda: None,
) -> list[tuple[str, RequestFinished]]:
    """The requests of a HAR file, in their order, each with where it was sent.

    :param progress: takes how much is done, and of how much
    :param is_cancelled: asked now and then
    :param left_out: called for each entry that was no request over HTTP, such as a ``data:`` URL
    :raises NotHar: it isn't one, or it was cancelled
    :raises OSError: it can't be read
    """
    size = path.stat().st_size
    if size > LIMIT:
        raise NotHar(f"{path.name} has {size / 1024**2:,.0f} MB: up to 200 MB can be opened.")
    requests: list[tuple[str, RequestFinished]] = []

    def take(entry: Any) -> None:
        number = len(requests) + 1
        if _is_elsewhere(entry):
            left_out()
            return
        try:
            requests.append((base_of_entry(entry), request_of(entry, number)))
        except (Refusal, LookupError, TypeError, ValueError, AttributeError, OverflowError):
            raise NotHar(f"Entry {number:,} of {path.name} isn't one of HAR 1.2.") from None

    with path.open("rb") as file:
        parts = _text_of(file, path.name, lambda done: progress(min(done, size), size))
        walk(parts, path.name, take, lambda: _look(is_cancelled))
    _look(is_cancelled)
    progress(size, size)
    return requests


def _text_of(file: BinaryIO, name: str, progress: Callable[[int], None]) -> Iterator[str]:
    """A file's text, in parts."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    count = 0
    try:
        while part := file.read(_CHUNK):
            count += len(part)
            if count > LIMIT:
                raise NotHar(f"{name} grows while it is read.")
            yield decoder.decode(part)
            progress(count)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise NotHar(f"{name} isn't JSON: it isn't UTF-8.") from None


def _look(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise NotHar("It was cancelled.")


def _is_elsewhere(entry: Any) -> bool:
    """Whether a browser has got it otherwise than over HTTP or a websocket."""
    try:
        scheme, colon, _ = str(entry["request"]["url"])[:40].partition(":")
    except (LookupError, TypeError):
        return False
    return bool(colon) and scheme.lower() in _NOT_HTTP


def request_of(entry: Mapping[str, Any], number: int) -> RequestFinished:
    """A request of a HAR file.

    :raises Refusal: its URL is none; other errors where fields are missing or of another type
    """
    message = message_of_entry(entry)
    response = entry["response"]
    path, _, query = message.target.partition("?")
    headers = _read_pairs(response.get("headers", ()))
    content = response.get("content") or {}
    body = _read_text(content.get("text") or "", content.get("encoding"))
    codings = field_of(headers, "content-encoding")
    if codings:  # the text is what they were undone to
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    size = int(content.get("size") or 0)
    timings = entry.get("timings") or {}
    sent = int(entry["request"].get("bodySize") or 0)
    duration = max(0.0, float(entry.get("time") or 0.0)) / 1000
    return RequestFinished.of(
        id=number,
        started=_seconds(str(entry.get("startedDateTime", ""))),
        duration=duration,
        app_duration=min(duration, max(0.0, float(timings.get("wait") or 0.0)) / 1000),
        method=message.method,
        target=message.target,
        path=readable_path(path),
        raw_path=path,
        query=query,
        http_version=message.version,
        status=int(response.get("status") or 0),
        reason=str(response.get("statusText") or ""),
        bytes_received=max(0, sent),
        bytes_sent=max(0, int(response.get("bodySize") or 0)),
        request_headers=message.headers,
        response_headers=headers,
        request_body=Body(max(sent, len(message.body)), message.body),
        response_body=Body(max(size, len(body)), body),
        endpoint=str(entry.get("_endpoint") or ""),
        upgrade=_http_url(entry["request"])[1],
    )


def _http_url(request: Mapping[str, Any]) -> tuple[str, str]:
    """The URL by which it was asked for, and what the connection became; that of a websocket begins
    as HTTP."""
    url = str(request["url"])
    for begin, http in _WEBSOCKETS.items():
        if url.lower().startswith(begin):
            return http + url[len(begin) :], "websocket"
    return url, ""


def message_of_entry(entry: Mapping[str, Any]) -> Message:
    """What was sent, of an entry.

    :raises Refusal: its URL is none
    """
    request = entry["request"]
    url, _ = _http_url(request)
    host, target = target_of_url(url.encode("utf-8", "surrogatepass").decode("latin-1"))
    if isinstance(entry.get("_target"), str) and "***" not in entry["_target"]:
        target = entry["_target"]
    headers = tuple(pair for pair in _read_pairs(request.get("headers", ())) if pair[0][:1] != ":")
    if host and not field_of(headers, "host"):
        headers = (("Host", host), *headers)
    post = request.get("postData") or {}
    body = _read_text(post.get("text") or "", post.get("_encoding") or post.get("encoding"))
    if not body and isinstance(post.get("params"), list):
        body = _form(post["params"])
    return Message(str(request["method"]), target, headers, body)


def _form(params: list[Any]) -> bytes:
    pairs = [(str(one["name"]), str(one.get("value") or "")) for one in params]
    return urlencode(pairs).encode()


def _read_pairs(pairs: Iterable[Mapping[str, Any]]) -> Headers:
    found = []
    for pair in pairs:
        name, value = str(pair["name"]), str(pair["value"])
        if not value.isascii() and any(ord(char) > 255 for char in value):
            value = value.encode("utf-8", "replace").decode("latin-1")
        found.append((name, value))
    return tuple(found)


def _read_text(text: str, encoding: str | None) -> bytes:
    if encoding == _BASE64:
        return base64.b64decode(text)
    return str(text).encode("utf-8", "surrogateescape")


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return time.time()
