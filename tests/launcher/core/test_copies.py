"""What is copied is run: by real shells with a real curl, by requests and by httpx."""

from __future__ import annotations

import contextlib
import io
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from launcher.core import copies
from launcher.core.logs.requests import RequestRow
from server.events import Body, RequestFinished

SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh") if shutil.which(shell)]
PLANTED = "hunter2"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HOSTILE = "$(touch pwned) `id` \"'\\!history; a & b | c > d %s %n <b>"
BROWSER = (("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", "Test/1"))


class Catcher:
    """Takes what is sent to a socket, a connection at a time, to the byte."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._caught: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                self._caught.append(self._read(connection))
                connection.sendall(ANSWER)

    def _read(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def take(self) -> tuple[bytes, set[bytes], bytes]:
        """The last request: its first line, its headers, its body."""
        head, _, body = self._caught.pop().partition(b"\r\n\r\n")
        assert not self._caught
        line, *headers = head.split(b"\r\n")
        return line, {_normal(header) for header in headers}, body

    def close(self) -> None:
        # Windows and Linux wake an accept() when the listener is shut down, not when it is closed.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def _normal(header: bytes) -> bytes:
    name, _, value = header.partition(b":")
    return name.lower() + b": " + value.strip()


@pytest.fixture(scope="module")
def catcher() -> Iterator[Catcher]:
    catcher = Catcher()
    yield catcher
    catcher.close()


def finished(target: str = "/", body: bytes = b"", **facts: Any) -> RequestFinished:
    path, _, query = target.partition("?")
    facts.setdefault("request_headers", BROWSER)
    facts.setdefault("method", "POST" if body else "GET")
    return RequestFinished.of(
        id=1, started=1_700_000_000.0, target=target, path=path, query=query, status=200,
        reason="OK", request_body=Body(len(body), body), **facts,
    )  # fmt: skip


def expected(done: RequestFinished, catcher: Catcher) -> tuple[bytes, set[bytes], bytes]:
    line = f"{done.method} {done.target} HTTP/1.1".encode("latin-1")
    headers = {f"{name.lower()}: {value}".encode("latin-1") for name, value in done.request_headers}
    headers.add(f"host: 127.0.0.1:{catcher.port}".encode())
    if done.request_body.data:
        headers.add(f"content-length: {len(done.request_body.data)}".encode())
    return line, headers, done.request_body.data


def run_shell(shell: str, command: str, folder: Any = None) -> None:
    """As it is pasted: a shell reads it, so that its length is no matter."""
    script = command.encode() + b"\n"
    done = subprocess.run(
        [shell], input=script, capture_output=True, timeout=30, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr


def run_python(code: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "copied", "exec"), {"__name__": "__main__"})


TARGETS = [
    "/",
    "/a/b?x=1&y=2",
    "/%E4%B8%AD%e6%96%87?q=%41%7e",
    "/a/../b/./c",
    "//double?",
    "/x?a[]=1&b={2}&c=it's;d=$(id)!&`id`",
    '/a\\b"c<d>e^f|g',
    "/\xe4\xb8\xad?q=\xff",
    "*",
    "http://elsewhere.test/path?x=1",
    "/a?q=" + "x" * 6000,
]


@pytest.mark.parametrize("target", TARGETS)
def test_curl_sends_every_target_as_it_was(catcher: Catcher, target: str) -> None:
    done = finished(target)
    run_shell(SHELLS[0], copies.as_curl(done, catcher.base, secrets=True))
    assert catcher.take() == expected(done, catcher)


BODIES = [
    b'{"a": "it\'s $(touch pwned) `id` !! \\\\n", "b": "\xe4\xb8\xad"}',
    bytes(range(256)) * 3,
    b"-n %s\\n\n\n",
    b"@/etc/passwd",
    b"@",
    "\u202eevil\x1b[201~\x07\u2028".encode(),
    b"x" * 200_000,
    b"a=1&b=2",
    HOSTILE.encode(),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_curl_sends_every_body_as_it_was(catcher: Catcher, shell: str, tmp_path: Any) -> None:
    headers = (
        *BROWSER,
        ("Content-Type", "text/plain"),
        ("X-Hostile", HOSTILE),
        ("X-Bytes", "\xe4\xff\t\xa0"),
        ("X-Empty", ""),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
    )
    for method in ("POST", "PUT", "GET", "IT'S"):
        done = finished("/in?x=1", BODIES[0], method=method, request_headers=headers)
        run_shell(shell, copies.as_curl(done, catcher.base, secrets=True), tmp_path)
        assert catcher.take() == expected(done, catcher)
    for body in BODIES[1:]:
        done = finished("/in", body, request_headers=headers)
        command = copies.as_curl(done, catcher.base, secrets=True)
        assert all(char in "\n" or char.isprintable() for char in command)
        assert command.count("\n") == command.count(" \\\n")
        run_shell(shell, command, tmp_path)
        assert catcher.take() == expected(done, catcher)
    assert not list(tmp_path.iterdir())


def test_curl_sends_no_header_that_the_client_had_not(catcher: Catcher) -> None:
    done = finished("/", b"x", request_headers=())
    run_shell(SHELLS[0], copies.as_curl(done, catcher.base))
    assert catcher.take() == expected(done, catcher)
    done = finished("/", method="HEAD")
    run_shell(SHELLS[0], copies.as_curl(done, catcher.base))
    assert catcher.take() == expected(done, catcher)
    done = finished("/", request_headers=(*BROWSER, ("Host", "shop.test")))
    run_shell(SHELLS[0], copies.as_curl(done, catcher.base))
    assert b"host: shop.test" in catcher.take()[1]


@pytest.mark.parametrize("shell", SHELLS)
@given(text=st.text(st.characters(max_codepoint=255)))
@example(text="-e \\0 %d")
@example(text="--")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_word_of_a_shell_is_one_word(shell: str, text: str) -> None:
    data = text.encode("latin-1").replace(b"\0", b"")
    script = f"printf '[%s]' {copies.shell_word(text)}"
    done = subprocess.run([shell, "-c", script], capture_output=True, timeout=30, check=True)
    # A shell drops line ends at the end of what a command prints; no part of a request has any.
    assert done.stdout in (b"[" + data + b"]", b"[" + data.rstrip(b"\n") + b"]")


def test_an_interactive_bash_has_no_history_in_it(tmp_path: Any) -> None:
    if "bash" not in SHELLS:
        pytest.skip("there is no bash")
    words = [copies.shell_word(text) for text in ("!ls !!", "!!\x01!ls", "'!x'")]
    script = f"set -H\nprintf '[%s]' {' '.join(words)}\n"
    done = subprocess.run(
        ["bash", "--norc", "-i"], input=script.encode(), capture_output=True, timeout=30,
        check=False, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "HISTFILE": ""},
        start_new_session=True,
    )  # fmt: skip
    assert b"[!ls !!][!!\x01!ls]['!x']" in done.stdout


@pytest.mark.parametrize("write", [copies.as_requests, copies.as_httpx])
@pytest.mark.parametrize("body", BODIES)
def test_python_sends_every_body_as_it_was(catcher: Catcher, write: Any, body: bytes) -> None:
    headers = (
        *BROWSER, ("Connection", "keep-alive"), ("Content-Type", "text/plain"),
        ("X-Hostile", HOSTILE), ("X-Bytes", "\xe4\xff"),
    )  # fmt: skip
    done = finished("/in?x=1&y=%20", body, request_headers=headers)
    code = write(done, catcher.base, secrets=True)
    assert code.isascii()
    run_python(code)
    assert catcher.take() == expected(done, catcher)


def test_httpx_sends_every_target_as_it_was(catcher: Catcher) -> None:
    headers = (*BROWSER, ("Connection", "keep-alive"))
    for target in TARGETS:
        if any(ord(char) > 126 for char in target):
            continue  # h11, below httpx, refuses to send what isn't ASCII
        done = finished(target, request_headers=headers)
        run_python(copies.as_httpx(done, catcher.base, secrets=True))
        assert catcher.take() == expected(done, catcher)


@pytest.mark.parametrize("target", ["/", "/a/b?x=1&y=2", "/%E4%B8%AD?q=%41%7E", "/a/../b/./c"])
def test_requests_sends_a_target_as_it_was(catcher: Catcher, target: str) -> None:
    done = finished(target, request_headers=(*BROWSER, ("Connection", "keep-alive")))
    run_python(copies.as_requests(done, catcher.base, secrets=True))
    assert catcher.take() == expected(done, catcher)


FIREFOX = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "de,en-US;q=0.7,en;q=0.3"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Referer", "http://127.0.0.1:5000/?a=1&b='2'"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Origin", "http://127.0.0.1:5000"),
    ("DNT", "1"),
    ("Connection", "keep-alive"),
    ("Cookie", 'a=1; b="x y"; c={1}'),
    ("Upgrade-Insecure-Requests", "1"),
    ("sec-ch-ua", '"Chromium";v="130", "Not?A_Brand";v="99"'),
    ("Priority", "u=0, i"),
)


def test_what_a_browser_sends_arrives_the_same(catcher: Catcher) -> None:
    done = finished("/login?next=%2F", b"user=ada&note=it%27s", request_headers=FIREFOX)
    run_shell(SHELLS[0], copies.as_curl(done, catcher.base, secrets=True))
    assert catcher.take() == expected(done, catcher)
    for write in (copies.as_requests, copies.as_httpx):
        run_python(write(done, catcher.base, secrets=True))
        assert catcher.take() == expected(done, catcher)


def test_a_url_is_plain_and_safe() -> None:
    done = finished("/\xe4\xb8\xad/$(id);'x'?q=`id`&r=\"a b\"#f", request_headers=())
    assert copies.url_of(done, "https://127.0.0.1:5443/") == (
        "https://127.0.0.1:5443/%E4%B8%AD/%24%28id%29%3B%27x%27?q=%60id%60&r=%22a%20b%22%23f"
    )
    assert copies.url_of(finished("/a%20b", request_headers=(("Host", "shop.test:81"),))) == (
        "http://shop.test:81/a%20b"
    )
    hostile = finished("/a", request_headers=(("Host", "x; rm -rf /"),))
    assert copies.url_of(hostile) == "http://127.0.0.1:5000/a"


def secret_request(**facts: Any) -> RequestFinished:
    headers = (
        ("Host", "localhost"), ("Authorization", f"Bearer {PLANTED}"),
        ("Cookie", f"sid={PLANTED}; b={PLANTED}"), ("X-Api-Key", PLANTED),
    )  # fmt: skip
    return finished(
        f"/in?token={PLANTED}&page=2",
        request_headers=(*headers, ("Content-Type", facts.pop("kind", "application/json"))),
        response_headers=(("Set-Cookie", f"sid={PLANTED}; Path=/"),),
        response_body=Body(40, b'{"access_token": "%s"}' % PLANTED.encode()),
        body=facts.pop("body", b'{"password":"%s","a":1}' % PLANTED.encode()),
        **facts,
    )


@pytest.mark.parametrize("name", [name for name, _ in copies.COPIES])
def test_secrets_are_in_no_copy_unless_asked_for(name: str) -> None:
    write = dict(copies.COPIES)[name]
    multipart = (
        b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n\0\xff\r\n--B--\r\n'
    ) % PLANTED.encode()
    bodies = [
        ("application/json", b'{"password":"%s","a":1}' % PLANTED.encode()),
        ("application/json", b'{"password":"%s","a":"\xff\0"}' % PLANTED.encode()),
        ("application/x-www-form-urlencoded", b"pwd=%s&x=%%ff\xff" % PLANTED.encode()),
        ("multipart/form-data; boundary=B", multipart),
        ("application/json; charset=utf-16", f'{{"token":"{PLANTED}"}}'.encode("utf-16")),
    ]
    for kind, body in bodies:
        done = secret_request(kind=kind, body=body)
        masked = write(done, "http://127.0.0.1:1")
        assert PLANTED not in masked.replace("\\000", "").replace("\\x00", "")
        assert PLANTED in write(done, "http://127.0.0.1:1", secrets=True)
        assert "page=2" in masked


def test_a_coded_body_with_secrets_is_sent_plain(catcher: Catcher) -> None:
    import gzip

    for plain in (b'{"password":"hunter2"}', b'{"page":2}'):
        data = gzip.compress(plain)
        headers = (*BROWSER, ("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
        done = finished("/", data, request_headers=headers)
        run_shell(SHELLS[0], copies.as_curl(done, catcher.base))
        _, sent, body = catcher.take()
        if b"password" in plain:
            assert body == b'{"password":"***"}'
            assert b"content-encoding: gzip" not in sent
        else:
            assert body == data


def test_what_is_not_secret_is_copied_to_the_byte() -> None:
    picture = b"\x89PNG\0\xff pin=1 key: abc"
    done = finished("/", picture, request_headers=(("Content-Type", "image/png"),))
    assert copies.copy_of(done).body == picture


def test_markdown_has_request_answer_and_error_and_no_secrets() -> None:
    row = RequestRow(0, 1, "POST", "/in", 1_700_000_000.0, secret_request())
    text = copies.as_markdown(row, error=f"KeyError: password={PLANTED}\n```\n", view="shop.view`s")
    assert PLANTED not in text
    assert "**`POST /in?token=***&page=2`: 200 OK**" in text
    assert "``shop.view`s``" in text
    assert "```http\nPOST /in?token=***&page=2 HTTP/1.1\n" in text
    assert '{"access_token": "***"}' in text
    assert "````pytb\nKeyError: password=***\n```\n````" in text
    pending = RequestRow(0, 1, "GET", f"/x?token={PLANTED}", 0.0)
    assert copies.as_markdown(pending) == "`GET /x?token=***`: in progress\n"


def test_raw_http_is_what_goes_over_the_wire() -> None:
    done = finished("/in", b"a\xff", request_headers=(("X-A", "1"),))
    assert copies.as_raw(done, "http://127.0.0.1:81") == (
        "POST /in HTTP/1.1\r\nHost: 127.0.0.1:81\r\nX-A: 1\r\nContent-Length: 2\r\n\r\na\\xff"
    )
