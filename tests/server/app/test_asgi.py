"""server.app.asgi: ASGI apps over the server, with the real a2wsgi."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import a2wsgi
import flask
import pytest
import starlette.applications
from loading import write
from serverkit import SAFETY
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from server.app import asgi
from server.app.asgi import is_asgi, served
from server.app.load import load_app
from server.errors import AppLoadError
from server.events import AppError, OutputWritten, RequestFinished
from server.net.event_loop import EventLoop
from server.reporting.output import captured_output

LIVE_APPS = Path(__file__).parents[2] / "live_apps"


@pytest.fixture
def start():
    """Starts an ASGI app up and gives it as WSGI; all end with the test."""
    with ExitStack() as ending:

        def up(app, report=lambda error: None, grace=SAFETY, places=()):
            loop = EventLoop()
            ending.callback(loop.close)
            return ending.enter_context(served(app, loop, report, grace, dict(places)))

        up.end = ending.close
        yield up


async def bare(scope, receive, send):
    assert scope["type"] == "http", scope
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"bare"})


class Instance:
    async def __call__(self, scope, receive, send):
        await bare(scope, receive, send)


class Plain:
    """As a framework that returns the coroutine of another app."""

    def __call__(self, scope, receive, send):
        return bare(scope, receive, send)

    async def method(self, scope, receive, send):
        await bare(scope, receive, send)


async def short(a, b):
    pass


@pytest.mark.parametrize(
    ("thing", "is_one"),
    [
        (bare, True),
        (Instance(), True),
        (Plain(), True),
        (Plain().method, True),
        (partial(bare), True),
        (starlette.applications.Starlette(), True),
        (Instance, False),
        (short, False),
        (flask.Flask("x"), False),
        (lambda environ, start_response: [], False),
        (a2wsgi.ASGIMiddleware, False),
        (dict.fromkeys, False),
        (3, False),
        (None, False),
    ],
)
def test_what_an_asgi_app_is(thing, is_one):
    assert is_asgi(thing) == is_one


@pytest.mark.parametrize("typed", ["asgi_app", "asgi_app:app", "asgi_app.py"])
def test_an_asgi_app_is_found_like_any_other(typed, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert is_asgi(load_app(typed, LIVE_APPS))


def test_an_asgi_app_of_another_name_is_found_where_it_is_the_only_one(project):
    write(
        project,
        "shop.py",
        "class Site:\n    async def __call__(self, scope, receive, send): pass\nsite = Site()\n",
    )
    assert is_asgi(load_app("shop", project))


def test_requests_and_lifespan(serve, events, start, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    with captured_output(events.emit):
        running = serve(start(load_app("asgi_app", LIVE_APPS)))
        with running.connect() as client:
            client.send(
                b"POST /caf%C3%A9?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
            )
            client.send(b"x" * 200_000)
            answer = client.answer("POST")
        assert json.loads(answer.body) == {
            "path": "/caf\u00e9",
            "query": "a=1",
            "state": {"began": "here"},
            "size": 200_000,
        }
        assert answer.headers["content-type"] == "application/json"
        events.wait_kind(RequestFinished)
        start.end()
    printed = "".join(event.text for event in events.of(OutputWritten))
    assert printed.split() == ["startup", "shutdown"]


@pytest.mark.parametrize("app", [bare, Instance(), Plain()])
def test_an_app_without_a_lifespan_is_served(serve, start, app):
    assert serve(start(app)).get("/").body == b"bare"


def test_an_error_before_the_answer_is_the_requests(serve, events, start, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    reported = []
    running = serve(start(load_app("asgi_app", LIVE_APPS), reported.append))
    assert running.get("/boom").status == 500
    error = events.wait_kind(AppError)
    assert (error.type, error.message, error.request_id) == ("ValueError", "boom", 1)
    assert error.frames[-1].file == str(LIVE_APPS / "asgi_app.py")
    assert not reported


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("sent", [0, 1, 2])
def test_an_app_that_returns_or_fails_too_early_is_an_error(serve, events, start, sent, reads):
    """Also when the error comes at the very moment at which a2wsgi isn't looking."""

    async def app(scope, receive, send):
        assert scope["type"] == "http"
        if reads:
            await receive()
        if sent > 0:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        if sent > 1:
            await send({"type": "http.response.body", "body": b"some", "more_body": True})
        if reads:
            raise ValueError("early")

    running = serve(start(app))
    for number in range(1, 21):
        with running.connect() as client:
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if sent < 2:
                assert client.answer().status == 500
            else:
                assert b"some" in client.rest()
        assert len(events.wait_count(AppError, number)) == number
    assert {error.type for error in events.of(AppError)} == {
        "ValueError" if reads else "RuntimeError"
    }


@asynccontextmanager
async def lifespan(app):
    yield {"texts": ["from the lifespan"]}


async def texts(request: Request):
    return JSONResponse(request.state.texts)


async def fails(request):
    raise ValueError("boom")


async def endless(request):
    async def ticks():
        try:
            while True:
                yield "tick\n"
                await asyncio.sleep(0.001)
        finally:
            request.app.left.set()

    return StreamingResponse(ticks())


def make_starlette():
    app = starlette.applications.Starlette(
        routes=[
            Route("/texts", texts),
            Route("/fails", fails),
            Route("/endless", endless),
            Route("/sync", lambda request: PlainTextResponse("sync")),
        ],
        lifespan=lifespan,
    )
    app.left = threading.Event()
    return app


def test_starlette(serve, events, start):
    reported = []
    app = make_starlette()
    running = serve(start(app, reported.append))
    assert running.get("/texts").body == b'["from the lifespan"]'
    assert running.get("/sync").body == b"sync"
    assert running.get("/nowhere").status == 404
    # It answers by itself, and raises afterwards.
    assert running.get("/fails").status == 500
    events.wait_count(RequestFinished, 4)
    assert [repr(error) for error in reported] == ["ValueError('boom')"]


def test_a_client_that_leaves_ends_its_task(serve, start):
    app = make_starlette()
    running = serve(start(app))
    with running.connect() as client:
        client.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        client.until(b"tick")
    assert app.left.wait(SAFETY)


def test_a_request_for_a_websocket_gets_a_sentence(serve, events, start):
    running = serve(start(bare))
    head = (
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    for _ in range(2):
        with running.connect() as client:
            client.send(head)
            answer = client.answer()
        assert answer.status == 501
        assert b"such as uvicorn" in answer.body


async def fails_to_start(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})


async def gives_no_reason(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed"})


@asynccontextmanager
async def broken_lifespan(app):
    raise ConnectionError("no database")
    yield


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (fails_to_start, "no database"),
        (gives_no_reason, "it gives no reason."),
        (
            starlette.applications.Starlette(lifespan=broken_lifespan),
            "ConnectionError: no database",
        ),
    ],
)
def test_a_startup_that_fails_is_a_failed_load(start, app, reason):
    with pytest.raises(AppLoadError, match="startup failed: ") as caught:
        start(app)
    assert caught.value.message == f"The app's startup failed: {reason}"
    if "ConnectionError" in reason:
        assert isinstance(caught.value.__cause__, ConnectionError)
        assert "broken_lifespan" in caught.value.traceback


def test_an_app_that_raises_at_its_startup_is_served_without(serve, start, capsys):
    async def app(scope, receive, send):
        message = await receive()
        if message["type"] != "http.request":
            raise KeyError(message["type"])
        await bare(scope, receive, send)

    assert serve(start(app)).get("/").body == b"bare"
    assert "raised KeyError: 'lifespan.startup' at its startup" in capsys.readouterr().err


def test_an_app_that_answers_the_lifespan_with_something_else(serve, start):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"any"})

    assert serve(start(app)).get("/").body == b"any"


def test_a_shutdown_that_fails_or_never_ends_is_bounded(start, capsys):
    async def fails_at_the_end(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "not saved"})

    async def never_ends(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await asyncio.Event().wait()

    start(fails_at_the_end)
    start(never_ends, grace=0.05)
    start.end()
    assert "shutdown failed: not saved" in capsys.readouterr().err


def test_what_is_lent_is_loaded_under_a_private_name(start, monkeypatch):
    """As in an interpreter that has neither, below Python 3.11."""
    import typing_extensions

    private = asgi._PRIVATE_NAME
    for name in [name for name in sys.modules if name.startswith(private)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "typing_extensions")
    monkeypatch.setattr(asgi.sys, "version_info", (3, 9))
    monkeypatch.setattr(asgi.importlib.util, "find_spec", lambda name: None)
    places = {"a2wsgi": a2wsgi.__file__, "typing_extensions": typing_extensions.__file__}
    app = start(bare, places=places)
    assert "typing_extensions" not in sys.modules
    assert type(app._carry).__module__ == f"{private}.asgi"
    assert sys.modules[private] is not a2wsgi
    assert type(start(bare, places=places)._carry) is type(app._carry)  # loaded once
    for name in [name for name in sys.modules if name.startswith(private)]:
        del sys.modules[name]


def test_without_a2wsgi_it_shows_what_to_install(start, monkeypatch):
    monkeypatch.setitem(sys.modules, "a2wsgi", None)
    for name in [name for name in sys.modules if name.startswith(asgi._PRIVATE_NAME)]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(AppLoadError, match="pip install a2wsgi"):
        start(bare)
