"""Lines for curl, also hostile ones: what they would send is what a real curl sends."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from raw_peer import OK, Peer

from launcher.core.copies import as_curl
from launcher.core.replay.curl import is_curl, read_curl
from launcher.core.replay.message import Message, Refusal, bytes_of, put_right
from launcher.core.replay.shell_words import Redirected, words_of
from server.events import Body, RequestFinished

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]),
        ("a'b'\"c\"d", ["abcd"]),
        ("'' \"\"", ["", ""]),
        ("'it'\\''s'", ["it's"]),
        ('"a\\"b\\\\c\\d"', ['a"b\\c\\d']),
        ("$'a\\'b\\n\\x41\\101\\u4e2d\\cA'", ["a'b\nAA\u4e2d\x01"]),
        ("a \\\n b", ["a", "b"]),
        ("a # comment", ["a"]),
        ("a#b", ["a#b"]),
        ("\"$(printf '\\141%%')\"", ["a%"]),
    ],
)
def test_words_as_bash_has_them(line: str, words: list[str]) -> None:
    assert [word.decode() for word in words_of(line)] == words


@needs_bash
@given(st.text(st.sampled_from("ab '\"\\\n\t$x1"), max_size=14))
def test_words_are_those_of_bash(text: str) -> None:
    # A backslash at the very end is itself to bash, but in a script of several lines it is nothing.
    assume(not ("\n" in text and text.endswith("\\")))
    try:
        found = words_of(f"w {text}")
    except (Refusal, Redirected):
        return
    script = f"printf '%s\\0' w {text}"
    real = subprocess.run(["bash", "-c", script], capture_output=True, timeout=20, check=False)
    if real.returncode == 0:
        assert found == real.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize(
    "line",
    [
        "curl http://a/ -H 'X: $(touch pwned)'",
        "curl 'http://a/`id`'",
    ],
)
def test_what_is_quoted_is_text(line: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    read_curl(line)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("curl http://a/ -H X:$(id)", "command"),
        ("curl http://a/`id`", "command"),
        ('curl "http://$HOST/"', "variable"),
        ("curl 'http://a/", "isn't closed"),
        ("curl", "no URL"),
        ("curl -X", "has no value"),
        ("curl ftp://a/", "isn't http"),
        ("curl http://a/ -H nothing", "no colon"),
        ("wget http://a/", "no line for curl"),
        ('curl ^"http://a/^"', "cmd.exe"),
        ('curl.exe -X POST -H ^"a: b^" ^"http://a/^"', "cmd.exe"),
        ("curl $'\\ud800'", "no character"),
    ],
)
def test_what_cannot_be_understood_has_its_sentence(line: str, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        read_curl(line)


def test_what_follows_the_command_is_not_part_of_it() -> None:
    for end in ("| sh", "; rm -rf /", "&& touch pwned", "> /etc/passwd", "\nrm x"):
        found = read_curl(f"curl http://a/x {end}")
        assert found.message.target == "/x"
        assert found.left_out == ()


def test_what_has_no_effect_is_named() -> None:
    line = "curl -sSLk --compressed -o x -x http://proxy --frobnicate http://a/ http://b/ -T f"
    assert read_curl(line).left_out == ("-x", "--frobnicate", "a second URL", "-T")


def test_files_are_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2")
    found = read_curl(f"curl http://a/ -d @{tmp_path}/a --data-binary @b")
    assert found.files == (f"{tmp_path}/a", "b")
    assert found.message.body == b""
    read = {f"{tmp_path}/a": b"1\r\n2", "b": b"\n"}
    assert found.with_files(read.__getitem__).message.body == b"12&\n"


def test_is_curl() -> None:
    assert is_curl(" $ curl http://a/")
    assert is_curl("curl \\\n  http://a/")
    assert not is_curl("curly")
    assert not is_curl("GET / HTTP/1.1")


LINES = [
    "curl http://HOST/a?b=c#d",
    "curl HOST/ -d a=b -d c=d",
    "curl http://HOST/ -d 'a=1' -G",
    "curl 'http://HOST/?x=1' -G --data-urlencode 'a=b c&d' --data-urlencode '=x y'",
    "curl -I http://HOST/",
    "curl -XPUT http://HOST/ -H 'X-A: 1' -H 'x-empty;' -H 'Accept:'",
    'curl http://HOST/ --json \'{"a": "b"}\'',
    "curl http://HOST/ -u me:secret -A Agent/1 -e http://ref/ -b 'a=b; c=d'",
    "curl http://HOST/ --data-raw '@x' -H 'Content-Type: text/plain'",
    "curl http://HOST/ --data-binary $'a\\nb\\x00c'",
    "curl http://HOST/ -H 'User-Agent: x' -0",
    "curl http://HOST/%zz/",
    "curl -sd a=b http://HOST/ --request-target '/other'",
    "printf 'a\\000b' | curl http://HOST/ --data-binary @-",
]


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = socket.create_server(("127.0.0.1", 0))
    made = Peer(server, lambda connection: connection.sendall(OK))
    yield made
    made.close()


@needs_bash
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_a_real_curl_sends_the_same(peer: Peer) -> None:
    port = peer.server.getsockname()[1]
    for line in LINES:
        line = line.replace("HOST", f"127.0.0.1:{port}")
        subprocess.run(["bash", "-c", line], capture_output=True, timeout=30, check=False)
        real = peer.caught.pop()
        ours = bytes_of(put_right(read_curl(line).message))
        assert _plain(ours) == _plain(real), line


def _plain(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """A request without the order of its headers, and without curl's version."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    agents = [b"User-Agent: curl" if b": curl/" in line else line for line in lines]
    return first, sorted(line.rstrip() for line in agents), body


@example("POST", "", [], b'^"')
@given(
    st.sampled_from(["GET", "POST", "PURGE"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12),
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=255,
                                   exclude_characters="\x7f"), max_size=12), max_size=3),
    st.binary(max_size=40),
)  # fmt: skip
def test_our_own_copies_come_back(method: str, target: str, values: list[str], body: bytes) -> None:
    headers = tuple((f"X-{n}", value.strip()) for n, value in enumerate(values))
    base = (("Host", "a:1"), ("User-Agent", "t"), ("Accept", "*/*"), ("Content-Type", "x/y"))
    done = RequestFinished.of(
        id=1, started=1.0, method=method, target=f"/{target}", request_headers=(*base, *headers),
        request_body=Body(len(body), body),
    )  # fmt: skip
    found = read_curl(as_curl(done, "http://a:1", secrets=True)).message
    expected = Message(method, f"/{target}", (*base, *headers), body)
    if "#" in target:
        return
    assert (found.method, found.target, found.body) == (
        expected.method, expected.target, expected.body)  # fmt: skip
    assert sorted(found.headers) == sorted(expected.headers)
