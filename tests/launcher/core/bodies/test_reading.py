"""Bodies as they are read: their views, what they are called, and what is shown of them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import brotli
import pytest
import zstandard

from launcher.core.bodies.reading import BodyView, is_heavy, read
from server.events import Body

PRETTY, RAW, HEX, PREVIEW = BodyView
JSON_TYPE = (("Content-Type", "application/json"),)


def of(data: bytes, kind: str = "", size: int = 0, **fields: str) -> tuple[Body, Any]:
    headers = [("Content-Type", kind)] if kind else []
    headers += [(name.replace("_", "-"), value) for name, value in fields.items()]
    return Body(size or len(data), data), tuple(headers)


def test_json_is_pretty_and_raw_and_hex() -> None:
    data = b'{"a":1,"a":2,"price":1.10,"big":1e400}'
    body, headers = of(data, "application/json")
    found = read(body, headers)
    assert (found.views, found.view) == ((PRETTY, RAW, HEX), PRETTY)
    assert found.page.text == '{\n  "a": 1,\n  "a": 2,\n  "price": 1.10,\n  "big": 1e400\n}'
    assert found.title == "JSON, 38 B"
    assert read(body, headers, RAW).page.text == data.decode()
    assert read(body, headers, HEX).page.lines[0].startswith("00000000  7b 22")
    assert read(body, headers, PREVIEW).view is PRETTY


def test_what_claims_to_be_json_and_isnt_says_where() -> None:
    found = read(*of(b'{"a" 1}', "application/json"))
    assert (found.view, found.page.text) == (RAW, '{"a" 1}')
    assert found.problem == "This is not JSON: line 1, column 6."
    assert read(*of(b"[not json", "text/plain")).problem == ""


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)],
)
def test_codings_are_undone_and_that_is_said(coding: str, pack: Any) -> None:
    plain = b'{"a":1}' + b" " * 1000
    data = pack(plain)
    found = read(*of(data, "application/json", Content_Encoding=coding))
    assert found.page.text == '{\n  "a": 1\n}'
    assert f"{coding} undone: 1.01 kB" in found.title
    spoilt = read(*of(b"\0\xff", "application/json", Content_Encoding=coding))
    assert "the bytes as sent" in spoilt.problem or "ends too early" in spoilt.problem
    marked = read(*of(b"\xff\xfe no", "text/plain", Content_Encoding=coding))
    assert marked.page.text == "\u2039FF\u203a\u2039FE\u203a no"  # not UTF-16


def test_text_in_other_charsets_and_with_spoilt_bytes() -> None:
    assert read(*of("caf\u00e9".encode("latin-1"), "text/plain; charset=latin-1")).page.text == (
        "caf\u00e9"
    )
    assert read(*of(b"a\xffb", "text/plain")).page.text == "a\u2039FF\u203ab"
    assert read(*of(b"a\xffb")).view is HEX
    assert read(*of("\u4e2d".encode("utf-16"), "text/plain")).page.text == "\u4e2d"
    assert read(*of("\u4e2d".encode()[:2] + b"", "", 10)).title.startswith("text, 10 B")
    assert read(*of(b"a\0b", "text/plain")).page.text == "a\u2400b"
    assert read(*of(b"abc", "text/plain; charset=nonsense")).page.text == "abc"


def test_binary_data_is_a_hex_dump() -> None:
    found = read(*of(bytes(range(256)) * 100))
    assert (found.views, found.title) == ((HEX,), "binary, 25.6 kB \u00b7 the beginning shown")
    assert found.page.left_out == "9,216 bytes not shown"
    whole = read(*of(bytes(range(256)) * 100), everything=True)
    assert len(whole.page.lines) == 1600


def test_pictures_and_pages_have_a_preview() -> None:
    assert read(*of(b"\x89PNG\r\n\x1a\n\0", "image/png")).views == (PREVIEW, HEX)
    assert read(*of(b"RIFF\0\0\0\0WEBPVP8 ")).title.startswith("WebP, ")
    html = read(*of(b"<p>hi", "text/html"))
    assert (html.views, html.view, html.language) == ((PRETTY, RAW, HEX, PREVIEW), PRETTY, "html")
    assert read(*of(b"<svg/>", "image/svg+xml")).views == (PRETTY, RAW, HEX, PREVIEW)


def test_secrets_are_masked_in_every_view_until_they_are_asked_for() -> None:
    data = json.dumps({"password": "hunter2", "n": 1}).encode()
    body, headers = of(data, "application/json")
    for view in (PRETTY, RAW, HEX):
        found = read(body, headers, view)
        assert "hunter2" not in found.page.text.replace("\n", "")
        assert "68 75 6e 74 65 72" not in found.page.text
        assert "secrets masked" in found.title
    assert '"password": "hunter2"' in read(body, headers, secrets=True).page.text


def test_what_was_cut_says_so() -> None:
    body = Body(1_200_000, b'{"a": [1, 2')
    found = read(body, JSON_TYPE)
    assert found.title == "JSON, 1.20 MB \u00b7 11 of 1,200,000 bytes kept"
    assert found.page.text == '{\n  "a": [\n    1,\n    2'
    assert read(Body(), ()).title == "No body"


def test_large_and_coded_bodies_are_for_another_thread() -> None:
    assert not is_heavy(Body(1000, b"x" * 1000), ())
    assert is_heavy(Body(10_000, b"x" * 10_000), (("Content-Encoding", "br"),))
    assert is_heavy(Body(100_000, b"x" * 100_000), ())
