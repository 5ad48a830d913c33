"""``static_files``: what is served, what never is; Werkzeug's middleware is a second opinion."""

from __future__ import annotations

import email.utils
import os
import sys
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.shared_data import SharedDataMiddleware

from server.app import static
from server.app.static import with_static_files
from server.protocol.channel import Channel


def the_app(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"the app's"]


APP = (404, b"the app's")


@pytest.fixture
def folder(tmp_path):
    """A folder to serve, inside one that must not be."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "public-too").mkdir()
    (tmp_path / "public-too" / "secret.txt").write_bytes(b"secret")
    folder = tmp_path / "public"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"a text")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "style.css").write_bytes(b"body {}")
    (folder / "code.js").write_bytes(b"let a")
    (folder / "data.json").write_bytes(b"{}")
    (folder / "drawing.svg").write_bytes(b"<svg/>")
    (folder / "noname").write_bytes(b"\0\1")
    (folder / "packed.tar.gz").write_bytes(b"\x1f\x8b")
    (folder / "sub" / "b.html").write_bytes(b"<p>")
    (folder / "sp ace+%41.txt").write_bytes(b"space")
    (folder / "übér☃.txt").write_bytes(b"unicode")
    (folder / "..dots").write_bytes(b"dots")
    (folder / ".hidden").write_bytes(b"hidden")
    return folder


def ask(app, path="/", method="GET", **more):
    """Call a WSGI app with a decoded path; status, headers and body."""
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path.encode().decode("latin-1"), **more}
    setup_testing_defaults(environ)
    seen = []

    def start_response(status, headers, exc_info=None):
        seen[:] = [int(status[:3]), dict(headers)]

    items = app(environ, start_response)
    try:
        body = b"".join(items)
    finally:
        getattr(items, "close", lambda: None)()
    return seen[0], seen[1], body


def plain(app, path, method="GET", **more):
    status, _, body = ask(app, path, method, **more)
    return status, body


# What may be given ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: {"/static": str(folder)},
        lambda folder: {"static": folder},
        lambda folder: {"/static/": str(folder) + os.sep},
        lambda folder: [("/static", str(folder))],
        lambda folder: iter([("/static", str(folder))]),
    ],
    ids=["mapping", "no slash", "slashes", "pairs", "iterator"],
)
def test_a_folder(folder, make):
    app = with_static_files(the_app, make(folder))
    for _ in range(2):
        assert plain(app, "/static/a.txt") == (200, b"a text")
    assert plain(app, "/static/sub/b.html") == (200, b"<p>")
    assert plain(app, "/other") == APP


def test_a_folder_at_the_root(folder):
    app = with_static_files(the_app, {"/": str(folder)})
    assert plain(app, "/a.txt") == (200, b"a text")
    assert plain(app, "/") == APP
    assert plain(app, "") == APP


def test_a_file(folder):
    app = with_static_files(the_app, {"/favicon.ico": str(folder / "a.txt")})
    assert plain(app, "/favicon.ico") == (200, b"a text")
    assert plain(app, "/favicon.ico/more") == APP
    assert plain(app, "/favicon.icon") == APP


def test_a_folder_of_a_package(tmp_path, monkeypatch):
    for name in ("in_a_package", "in_a_package/static"):
        (tmp_path / name).mkdir()
    (tmp_path / "in_a_package/__init__.py").write_text("raise RuntimeError('not to be run')")
    (tmp_path / "in_a_package/static/x.txt").write_text("x")
    monkeypatch.syspath_prepend(tmp_path)
    app = with_static_files(the_app, {"/s": ("in_a_package", "static")})
    assert plain(app, "/s/x.txt") == (200, b"x")
    assert plain(app, "/s/__init__.py") == APP
    assert plain(app, "/s/../__init__.py") == APP
    assert "in_a_package" not in sys.modules


@pytest.mark.parametrize("name", ["nosuchpackage", "nosuchpackage.sub", "sys", "__main__", ""])
def test_a_package_that_has_no_folder(name, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)  # as in a script
    with pytest.raises(ValueError, match="static_files: there is no package"):
        with_static_files(the_app, {"/s": (name, "static")})


def test_a_place_that_is_not_there_yet(folder):
    app = with_static_files(the_app, {"/new": folder / "new"})
    assert plain(app, "/new/x") == APP
    (folder / "new").mkdir()
    (folder / "new" / "x").write_bytes(b"x")
    assert plain(app, "/new/x") == (200, b"x")


def test_the_first_prefix_that_has_it(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_bytes(b"other a")
    (other / "c.txt").write_bytes(b"other c")
    app = with_static_files(the_app, [("/s", folder), ("/s", other), ("/", other)])
    assert plain(app, "/s/a.txt") == (200, b"a text")
    assert plain(app, "/s/c.txt") == (200, b"other c")
    assert plain(app, "/c.txt") == (200, b"other c")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_the_apps(folder, method):
    assert plain(with_static_files(the_app, {"/s": folder}), "/s/a.txt", method) == APP


# Nothing outside ------------------------------------------------------------------------------

OUTSIDE = [
    "/s/../secret.txt",
    "/s/sub/../../secret.txt",
    "/s/..",
    "/s/../public-too/secret.txt",
    "/s/../public",
    "/s-too/secret.txt",
    "/stoo/secret.txt",
    "/s/..\\secret.txt",
    "/s/a.txt\0",
    "/s/\0",
    "/s/a.txt\0/../../secret.txt",
    "/s/link.txt",
    "/s/out/secret.txt",
    "/s/loop",
    "/s/" + "x" * 300,
    "/s/" + "x/" * 3000,
    "/s",
    "/s/",
    "/s/sub",
    "/s/sub/",
    "/s/nothing",
    "/s/a.txt/more",
    "/s/pipe",
    "/s/~/a.txt",
    "/s/C:/a.txt",
    "s/a.txt",
]


@pytest.mark.parametrize("path", [*OUTSIDE, "absolute", "double absolute"])
def test_what_is_not_below_the_folder_is_the_apps(folder, tmp_path, path):
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    if path.endswith("absolute"):
        path = "/s/" + "/" * path.startswith("double") + str(tmp_path / "secret.txt")
    assert plain(with_static_files(the_app, {"/s": folder}), path) == APP


def test_links_that_stay_inside_are_followed(folder):
    (folder / "inside.txt").symlink_to("a.txt")
    (folder / "subtoo").symlink_to("sub")
    app = with_static_files(the_app, {"/s": folder})
    assert plain(app, "/s/inside.txt") == (200, b"a text")
    assert plain(app, "/s/subtoo/b.html") == (200, b"<p>")


def test_a_folder_that_is_itself_a_link(folder, tmp_path):
    (tmp_path / "current").symlink_to("public")
    app = with_static_files(the_app, {"/s": tmp_path / "current"})
    assert plain(app, "/s/a.txt") == (200, b"a text")


@pytest.mark.parametrize(
    "target",
    [
        "/s/../secret.txt",
        "/s/%2e%2e/secret.txt",
        "/s/%2e%2e%2fsecret.txt",
        "/s/..%5csecret.txt",
        "/s/%252e%252e/secret.txt",
        "/s//{}/secret.txt",
        "/s/%2f{}/secret.txt",
        "/s/a.txt%00",
        "/s/%ff%fe",
        "/s/a.txt%00.html",
    ],
)
def test_nothing_escapes_over_the_wire(serve, folder, tmp_path, target):
    server = serve(with_static_files(the_app, {"/s": folder}))
    answer = server.get(target.format(quote(str(tmp_path))))
    assert (answer.status, answer.body) == APP


# How it is served -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "sub/b.html", "sp ace+%41.txt", "übér☃.txt", "..dots"])
@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_over_the_wire(serve, folder, mode, name):
    server = serve(with_static_files(the_app, {"/s": folder}), mode=mode)
    answer = server.get(f"/s/{quote(name)}")
    assert (answer.status, answer.body) == (200, (folder / name).read_bytes())
    assert answer.headers["content-length"] == str(len(answer.body))


def test_not_modified(folder):
    file = folder / "a.txt"
    os.utime(file, (1_700_000_000.9, 1_700_000_000.9))
    app = with_static_files(the_app, {"/s": folder})
    status, headers, _ = ask(app, "/s/a.txt")
    modified = headers["Last-Modified"]
    assert (status, modified) == (200, "Tue, 14 Nov 2023 22:13:20 GMT")
    for since, expected in [
        (modified, 304),
        (email.utils.formatdate(1_700_000_001, usegmt=True), 304),
        (email.utils.formatdate(1_699_999_999, usegmt=True), 200),
        ("Tue, 14 Nov 2023 22:13:20 -0000", 304),
        ("yesterday", 200),
        ("", 200),
        ("Tue, 99 Nov 99999 22:13:20 GMT", 200),
    ]:
        status, headers, body = ask(app, "/s/a.txt", HTTP_IF_MODIFIED_SINCE=since)
        assert (since, status) == (since, expected)
        assert body == (b"" if expected == 304 else b"a text")
        assert headers["Last-Modified"] == modified
        assert ("Content-Length" in headers) == (expected == 200)


def test_a_changed_file_is_sent_anew(folder):
    app = with_static_files(the_app, {"/s": folder})
    _, headers, _ = ask(app, "/s/a.txt")
    (folder / "a.txt").write_bytes(b"a new text")
    os.utime(folder / "a.txt", (2_000_000_000, 2_000_000_000))
    since = headers["Last-Modified"]
    assert plain(app, "/s/a.txt", HTTP_IF_MODIFIED_SINCE=since) == (200, b"a new text")


def test_head(serve, folder):
    server = serve(with_static_files(the_app, {"/s": folder}))
    with server.connect() as client:
        for _ in range(2):
            client.send(b"HEAD /s/a.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = client.answer("HEAD")
            assert (answer.status, answer.body) == (200, b"")
            assert answer.headers["content-length"] == "6"
            assert "last-modified" in answer.headers


def test_not_modified_over_the_wire(serve, folder):
    server = serve(with_static_files(the_app, {"/s": folder}))
    first = server.get("/s/a.txt")
    again = server.get("/s/a.txt", f"If-Modified-Since: {first.headers['last-modified']}")
    assert (again.status, again.body) == (304, b"")
    assert again.headers["last-modified"] == first.headers["last-modified"]


def test_the_kernel_sends_it(serve, folder, monkeypatch):
    sent = []
    real = Channel.send_file

    def send_file(self, file, count):
        sent.append(count)
        return real(self, file, count)

    monkeypatch.setattr(Channel, "send_file", send_file)
    (folder / "big.bin").write_bytes(os.urandom(3_000_000))
    server = serve(with_static_files(the_app, {"/s": folder}))
    assert server.get("/s/big.bin").body == (folder / "big.bin").read_bytes()
    assert sent == [3_000_000]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_file_is_left_open(serve, folder, method, monkeypatch):
    opened = []
    real = type(folder).open

    def open_and_record(self, *args, **kwargs):
        file = real(self, *args, **kwargs)
        if self.is_relative_to(folder):  # others are open()ed meanwhile, too
            opened.append(file)
        return file

    monkeypatch.setattr(type(folder), "open", open_and_record)
    server = serve(with_static_files(the_app, {"/s": folder}))
    first = server.get("/s/a.txt", method=method)
    server.get("/s/a.txt", f"If-Modified-Since: {first.headers['last-modified']}", method=method)
    server.stop()
    assert len(opened) == 2
    assert all(stream.closed for stream in opened)


def test_a_file_that_goes_away_at_the_last_moment_is_the_apps(folder, monkeypatch):
    real = static._file_for

    def gone(*args):
        found = real(*args)
        if found is not None:
            found.unlink()
        return found

    monkeypatch.setattr(static, "_file_for", gone)
    assert plain(with_static_files(the_app, {"/s": folder}), "/s/a.txt") == APP


def test_validate_passes(serve, folder):
    server = serve(validator(with_static_files(the_app, {"/s": folder})))
    first = server.get("/s/a.txt")
    assert first.body == b"a text"
    assert server.get("/s/a.txt", method="HEAD").status == 200
    assert server.get("/s/empty.txt").body == b""
    since = f"If-Modified-Since: {first.headers['last-modified']}"
    assert server.get("/s/a.txt", since).status == 304


# A second opinion -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/s/a.txt",
        "/s/empty.txt",
        "/s/style.css",
        "/s/code.js",
        "/s/data.json",
        "/s/drawing.svg",
        "/s/noname",
        "/s/sub/b.html",
        "/s/sp ace+%41.txt",
        "/s/übér☃.txt",
        "/s/..dots",
        "/s/.hidden",
        "/s/./a.txt",
        "/s//a.txt",
        "/s/sub/../a.txt",
        "/s/sub",
        "/s/",
        "/s",
        "/s/../secret.txt",
        "/s/nothing",
        "/file",
        "/elsewhere",
    ],
)
def test_as_werkzeug_answers(folder, path, method):
    exports = {"/s": str(folder), "/file": str(folder / "a.txt")}
    ours = ask(with_static_files(the_app, exports), path, method)
    theirs = ask(SharedDataMiddleware(the_app, exports), path, method)
    assert ours[0] == theirs[0]
    if method == "GET" or ours[0] == 404:
        assert ours[2] == theirs[2]
    if ours[0] == 200:
        assert ours[1]["Content-Type"] == theirs[1]["Content-Type"]
        assert ours[1]["Content-Length"] == theirs[1]["Content-Length"]
        assert ours[1]["Last-Modified"] == theirs[1]["Last-Modified"]


def test_a_packed_file_is_a_file(folder):
    """Werkzeug's says application/x-tar, and clients would take the packed bytes for a tar."""
    app = with_static_files(the_app, {"/s": folder})
    status, headers, body = ask(app, "/s/packed.tar.gz")
    assert (status, body) == (200, b"\x1f\x8b")
    assert headers["Content-Type"] == "application/octet-stream"
    assert "Content-Encoding" not in headers
