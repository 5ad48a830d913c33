"""Request handlers as people write them for Werkzeug: the same class body, the same effect here.

Each body is run under Werkzeug's threaded server and under ours, and what can be seen from outside
is compared: the answer, what the app found in its environ, what was recorded, the log's lines.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import types

import pytest
import werkzeug.serving
from serverkit import SAFETY, Client
from werkzeug.middleware.proxy_fix import ProxyFix

import server
from server.errors import ConfigError
from server.protocol.channel import Timeouts

LOGGERS = ("werkzeug", "servedeck")
GET = "GET /path?q=1 HTTP/1.1\r\nHost: x\r\n"
POST = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"


class Lines(logging.Handler):
    """The log's lines, without date, colour and size."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        text = re.sub(r"\[\d\d/\w+/\d+ [\d:]+\]", "[date]", record.getMessage().rstrip("\n"))
        text = re.sub(r"\x1b\[\d+m", "", text)
        self.lines.append(re.sub(r'" (\d+) [-\d]+$', r'" \1', text))


@pytest.fixture
def log():
    handler = Lines()
    before = {}
    for name in LOGGERS:
        logger = logging.getLogger(name)
        before[name] = logger.level
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    yield handler
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.removeHandler(handler)
        logger.setLevel(before[name])


@pytest.fixture
def run(log, nothing_left):
    """Serve one connection's requests under a server; what could be seen."""

    def run(package, body, request=GET + "\r\n", app=None, count=1):
        seen = []
        environs = []

        def default_app(environ, start_response):
            environs.append(environ)
            body = environ["wsgi.input"].read(5) if environ["PATH_INFO"] == "/echo" else b"hello"
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
            start_response("200 OK", [*headers, ("X-App", "yes"), ("X-Secret", "1")])
            return [body]

        def spied(environ, start_response):
            environs.append(environ)
            return app(environ, start_response)

        handler = body(package.WSGIRequestHandler, seen.append)
        log.lines.clear()
        http = package.make_server(
            "127.0.0.1", 0, spied if app else default_app, threaded=True, request_handler=handler
        )
        http.daemon_threads = False  # Werkzeug's: so that closing waits for them
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))  # Werkzeug's: a poll
        thread.start()
        answers = []
        try:
            for _ in range(count):
                with Client(socket.create_connection(http.server_address, SAFETY)) as client:
                    client.send(request.encode("latin-1"))
                    client.sock.shutdown(socket.SHUT_WR)
                    answers.append(client.rest())
        finally:
            http.shutdown()
            http.server_close()
            thread.join(SAFETY)
        head, _, content = answers[-1].partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        return types.SimpleNamespace(
            status=lines[0],
            headers={
                k.lower(): v.strip() for k, _, v in (line.partition(": ") for line in lines[1:])
            },
            body=content,
            seen=seen,
            environ=environs[-1] if environs else None,
            log=list(log.lines),
        )

    return run


@pytest.fixture
def compare(run):
    """Run a class body under both servers; the effect that ``show`` picks has to be the same."""

    def compare(body, show, **options):
        theirs = show(run(werkzeug.serving, body, **options))
        ours = show(run(server, body, **options))
        assert ours == theirs
        return ours

    return compare


def answer(result):
    return result.status, result.body, result.headers.get("x-app")


def test_nothing_overridden(compare):
    def body(base, keep):
        class Plain(base):
            pass

        return Plain

    shown = compare(body, lambda r: (answer(r), r.log))
    assert shown[1] == ['127.0.0.1 - - [date] "GET /path?q=1 HTTP/1.1" 200']


# Logging --------------------------------------------------------------------------------------


def silent(base, keep):
    class Silent(base):
        def log_request(*args, **kw):
            pass

    return Silent


def silent_log(base, keep):
    class Silent(base):
        def log(self, type, message, *args):
            pass

    return Silent


def without_health_checks(base, keep):
    class Filtered(base):
        def log_request(self, code="-", size="-"):
            if self.command == "HEAD" or "/health" in self.path:
                return
            super().log_request(code, size)

    return Filtered


def with_the_time(base, keep):
    class Timed(base):
        def log_request(self, code="-", size="-"):
            self.log("info", '"%s" %s timed', self.requestline, code)

    return Timed


def with_the_user_agent(base, keep):
    class Agent(base):
        def log_request(self, code="-", size="-"):
            agent = self.headers.get("User-Agent")
            keep((self.environ["PATH_INFO"], self.client_address[0], str(code)))
            self.log_message("%s", agent)

    return Agent


def log_taken_over(base, keep):
    class Own(base):
        def log(self, type, message, *args):
            keep((type, re.sub(r" [-\d]+$", "", message % args)))

    return Own


def error_and_message(base, keep):
    class Both(base):
        def run_wsgi(self):
            self.log_error("error %d%%", 1)
            self.log_message("message %s", "x")
            super().run_wsgi()

    return Both


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        (silent, GET + "\r\n"),
        (silent_log, GET + "\r\n"),
        (without_health_checks, GET + "\r\n"),
        (without_health_checks, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"),
        (without_health_checks, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"),
        (with_the_time, GET + "\r\n"),
        (with_the_user_agent, GET + "User-Agent: me\r\n\r\n"),
        (log_taken_over, GET + "\r\n"),
        (error_and_message, GET + "\r\n"),
    ],
)
def test_logging(compare, body, request_):
    # Without the body: Werkzeug sends one with an answer to HEAD.
    compare(body, lambda r: (r.status, r.log, r.seen), request=request_)


def test_log_is_asked_where_nobody_listens(compare):
    """Their own log may be anywhere: whether the server's is switched on doesn't matter."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    shown = compare(log_taken_over, lambda r: r.seen)
    assert shown == [("info", '"GET /path?q=1 HTTP/1.1" 200')]


# Who the client is ----------------------------------------------------------------------------


def address_fixed(base, keep):
    class Fixed(base):
        def address_string(self):
            return "10.9.8.7"

    return Fixed


def address_from_a_header(base, keep):
    class Proxied(base):
        def address_string(self):
            return self.headers.get("X-Real-IP", self.client_address[0])

    return Proxied


def address_in_make_environ(base, keep):
    class Proxied(base):
        def make_environ(self):
            environ = super().make_environ()
            environ["REMOTE_ADDR"] = environ.get("HTTP_X_REAL_IP", environ["REMOTE_ADDR"])
            return environ

    return Proxied


@pytest.mark.parametrize(
    "body",
    [address_fixed, address_from_a_header, address_in_make_environ],
    ids=lambda b: b.__name__,
)
def test_addresses(compare, body):
    def show(r):
        return r.environ["REMOTE_ADDR"], r.log

    compare(body, show, request=GET + "X-Real-IP: 10.1.1.1\r\n\r\n")


def test_the_address_behind_a_proxy_is_logged(compare):
    """The app's ProxyFix corrects the environ; the log has the address from there."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["REMOTE_ADDR"].encode()]

    shown = compare(
        lambda base, keep: type("Plain", (base,), {}),
        lambda r: r.log,
        request=GET + "X-Forwarded-For: 10.2.2.2\r\n\r\n",
        app=ProxyFix(app),
    )
    assert shown == ['10.2.2.2 - - [date] "GET /path?q=1 HTTP/1.1" 200']


def test_each_request_of_a_connection_has_its_own_address(serve):
    """With Werkzeug, every request is a connection and a handler of its own."""

    def app(environ, start_response):
        body = environ["REMOTE_ADDR"].encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    for body in (address_from_a_header, address_in_make_environ):
        handler = body(server.WSGIRequestHandler, None)
        with serve(app, request_handler=handler).connect() as client:
            for address in ("10.1.1.1", "10.2.2.2"):
                client.send(f"{GET}X-Real-IP: {address}\r\n\r\n".encode())
                assert client.answer().body == address.encode()
            client.send(f"{GET}\r\n".encode())
            assert client.answer().body == b"127.0.0.1"


# The environ ----------------------------------------------------------------------------------


def more_keys(base, keep):
    class More(base):
        def make_environ(self):
            environ = super().make_environ()
            environ["my.connection"] = self.connection.fileno() >= 0
            environ["my.user"] = self.headers.get("X-User")
            environ["my.command"] = (self.command, self.path, self.request_version)
            return environ

    return More


def wrapped_input(base, keep):
    class Wrapped(base):
        def make_environ(self):
            environ = super().make_environ()
            environ["wsgi.input"] = Upper(environ["wsgi.input"])
            return environ

    class Upper:
        def __init__(self, stream):
            self._stream = stream

        def read(self, *args):
            return self._stream.read(*args).upper()

    return Wrapped


def keys_removed(base, keep):
    class Removed(base):
        def make_environ(self):
            environ = super().make_environ()
            environ.pop("HTTP_X_USER")
            environ["SCRIPT_NAME"] = "/prefix"
            return environ

    return Removed


def peer_certificate(base, keep):
    class PeerCert(base):
        def make_environ(self):
            environ = super().make_environ()
            try:
                environ["peercert"] = self.connection.getpeercert(True)
            except AttributeError:
                environ["peercert"] = None
            return environ

    return PeerCert


@pytest.mark.parametrize(
    "body", [more_keys, wrapped_input, keys_removed, peer_certificate], ids=lambda b: b.__name__
)
def test_environs(compare, body):
    def show(r):
        mine = {k: v for k, v in r.environ.items() if k.startswith(("my.", "HTTP_X", "peer"))}
        return answer(r), mine, r.environ["SCRIPT_NAME"]

    compare(body, show, request=POST.replace("\r\n\r\n", "\r\nX-User: me\r\n\r\n"))


def test_wrapped_input_is_what_the_app_reads(compare):
    shown = compare(wrapped_input, lambda r: r.body, request=POST)
    assert shown == b"HELLO"


def test_rfile_has_the_body(compare):
    def body(base, keep):
        class Reads(base):
            def run_wsgi(self):
                super().run_wsgi()
                keep(self.environ["wsgi.input"] is self.rfile)

        return Reads

    compare(body, lambda r: (answer(r), r.seen), request=POST)


# Heads ----------------------------------------------------------------------------------------


def header_added(base, keep):
    class Cors(base):
        def end_headers(self):
            self.send_header("X-Frame-Options", "DENY")
            super().end_headers()

    return Cors


def header_filtered(base, keep):
    class Filtered(base):
        def send_header(self, keyword, value):
            if keyword.lower() not in ("x-secret", "server"):
                super().send_header(keyword, value)

    return Filtered


def response_counted(base, keep):
    class Counted(base):
        def send_response(self, code, message=None):
            keep((code, message))
            super().send_response(code, message)

    return Counted


def version_named(base, keep):
    class Named(base):
        def version_string(self):
            return "Apache"

    return Named


def server_version_named(base, keep):
    class Named(base):
        server_version = "Mine/2"

    return Named


def server_version_alone(base, keep):
    class Named(base):
        server_version = "Mine/2"
        sys_version = ""

    return Named


def server_version_property(base, keep):
    class Named(base):
        @property
        def server_version(self):
            return "Mine/" + self.command

    return Named


def date_fixed(base, keep):
    class Dated(base):
        def date_time_string(self, timestamp=None):
            return "Thu, 01 Jan 1970 00:00:00 GMT"

    return Dated


HEADS = [
    header_added,
    header_filtered,
    response_counted,
    version_named,
    server_version_named,
    server_version_alone,
    server_version_property,
    date_fixed,
]


@pytest.mark.parametrize("body", HEADS, ids=lambda body: body.__name__)
def test_heads(compare, body):
    def show(r):
        picked = ["x-frame-options", "x-secret", "x-app", "content-length", "connection"]
        if "version" in body.__name__ or body is header_filtered:
            picked.append("server")
        if body is date_fixed:
            picked.append("date")
        software = r.environ["SERVER_SOFTWARE"] if "server_version" in body.__name__ else ""
        headers = [r.headers.get(name) for name in picked if name != "connection"]
        return answer(r), headers, software, r.log, r.seen

    compare(body, show, request=GET + "Connection: close\r\n\r\n")


def test_without_the_python_version(run):
    """Who hides it wants nothing of it in the header."""
    result = run(server, lambda base, keep: type("Hidden", (base,), {"sys_version": ""}))
    assert result.headers["server"] == f"ServeDeck/{server.__version__}"


# Steps ----------------------------------------------------------------------------------------


def run_wsgi_wrapped(base, keep):
    class Timed(base):
        def run_wsgi(self):
            keep(("before", self.command, self.path, self.headers["Host"]))
            super().run_wsgi()
            keep(("after", self.environ["PATH_INFO"], self.environ["QUERY_STRING"]))

    return Timed


def one_request_wrapped(base, keep):
    class Wrapped(base):
        def handle_one_request(self):
            keep("before")
            super().handle_one_request()
            keep("after")

    return Wrapped


def one_request_as_in_old_werkzeug(base, keep):
    class Old(base):
        def handle_one_request(self):
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline:
                self.close_connection = True
            elif self.parse_request():
                keep(self.raw_requestline)
                self.run_wsgi()

    return Old


def own_method(base, keep):
    class Own(base):
        def do_GET(self):  # noqa: N802
            keep("do_GET")
            self.run_wsgi()

    return Own


def method_answered(base, keep):
    class Own(base):
        def do_GET(self):  # noqa: N802
            self.send_response(418, "Teapot")
            self.send_header("Content-Length", "3")
            self.send_header("X-App", "no")
            self.end_headers()
            self.wfile.write(b"tea")

    return Own


def methods_of_others(base, keep):
    class Own(base):
        def do_OPTIONS(self):  # noqa: N802
            raise AssertionError

    return Own


def handle_wrapped(base, keep):
    class Wrapped(base):
        def handle(self):
            try:
                super().handle()
            finally:
                keep("handled")

    return Wrapped


def set_up_and_finished(base, keep):
    class Life(base):
        timeout = 30

        def setup(self):
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            keep("set up")

        def finish(self):
            super().finish()
            keep("finished")

    return Life


def socket_timeout(base, keep):
    class Timed(base):
        def setup(self):
            base.setup(self)
            self.request.settimeout(30)

    return Timed


def blocking_socket(base, keep):
    class Blocking(base):
        def setup(self):
            base.setup(self)
            self.connection.setblocking(True)

    return Blocking


def made_with_extras(base, keep):
    class Extras(base):
        def __init__(self, *args, **kwargs):
            self.extra = "extra"
            super().__init__(*args, **kwargs)

        def run_wsgi(self):
            keep(self.extra)
            super().run_wsgi()

    return Extras


def protocol_named(base, keep):
    class Kept(base):
        protocol_version = "HTTP/1.1"

    return Kept


STEPS = [
    run_wsgi_wrapped,
    one_request_wrapped,
    one_request_as_in_old_werkzeug,
    own_method,
    method_answered,
    methods_of_others,
    handle_wrapped,
    set_up_and_finished,
    socket_timeout,
    blocking_socket,
    made_with_extras,
    protocol_named,
]


@pytest.mark.parametrize("body", STEPS, ids=lambda body: body.__name__)
@pytest.mark.parametrize("request_", [GET + "Connection: close\r\n\r\n", POST], ids=["get", "post"])
def test_steps(compare, body, request_):
    compare(body, lambda r: (answer(r), r.seen, r.log), request=request_)


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
@pytest.mark.parametrize("who", ["client", "server"])
def test_finish_is_called_once_whichever_side_ends_the_connection(serve, capfd, mode, who):
    class Handler(server.WSGIRequestHandler):
        def finish(self):
            os.write(1, b"finished\n")  # from a child process, too
            raise RuntimeError("ignored but logged")

    running = serve(request_handler=Handler, mode=mode)
    with running.connect() as client:
        close = "Connection: close\r\n" if who == "server" else ""
        client.send(f"{GET}{close}\r\n".encode())
        assert client.answer().status == 200
    running.stop()
    assert capfd.readouterr().out == "finished\n"


def test_a_dropped_connection(run):
    """Werkzeug sees it when it writes again; what a subclass is passed is the same."""

    def body(base, keep):
        class Recording(base):
            def connection_dropped(self, error, environ=None):
                keep((isinstance(error, ConnectionError), environ is not None))

        return Recording

    def app(environ, start_response):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("200 OK", [("Content-Type", "text/plain")])
        for _ in range(1000):
            yield b"x" * 1000

    theirs = run(werkzeug.serving, body, app=app)
    ours = run(server, body, app=app)
    assert ours.seen == theirs.seen == [(True, True)]


@pytest.mark.parametrize("how", ["attribute", "setup", "request"])
def test_a_time_out_of_a_subclass_is_kept(serve, often, how):
    """``timeout`` is socketserver's: here, too, it drops a client that says nothing."""

    class Handler(server.WSGIRequestHandler):
        timeout = 0.2 if how == "attribute" else None

        def setup(self):
            super().setup()
            if how != "attribute":
                {"setup": self.connection, "request": self.request}[how].settimeout(0.2)

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "0")])
        return [environ["wsgi.input"].read()]

    running = serve(app, request_handler=Handler, timeouts=Timeouts(body=SAFETY, idle=SAFETY))
    with running.connect() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        client.assert_closed()
    with running.connect() as client:
        client.send(f"{GET}\r\n".encode())
        assert client.answer().status == 200
        client.assert_closed()  # idle


def test_a_subclass_of_werkzeug_s_own_is_refused(serve):
    class Handler(werkzeug.serving.WSGIRequestHandler):
        pass

    with pytest.raises(ConfigError, match="Handler must be a subclass of this server's own"):
        server.make_server("127.0.0.1", 0, app=lambda *_: [], request_handler=Handler)
