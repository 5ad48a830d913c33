"""An ASGI app is a step, and so is the view of Starlette, in whatever way that is put together."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import ExitStack

import pytest
from serverkit import SAFETY
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from server.app.asgi import served
from server.facts.span import SQL
from server.flow.apps import record_flow
from server.flow.libraries import recorded_libraries
from server.flow.recording import Recording
from server.net.event_loop import EventLoop


def ask_database(number):
    connection = sqlite3.connect(":memory:")
    try:
        return connection.execute("SELECT ?", (number,)).fetchone()
    finally:
        connection.close()


async def index(request):
    ask_database(1)
    await asyncio.to_thread(ask_database, 2)
    await run_in_threadpool(ask_database, 3)
    return PlainTextResponse("index")


def item(request):
    return PlainTextResponse(request.path_params["name"])


async def fails(request):
    raise ValueError("broken")


async def streams(request):
    async def parts():
        for number in range(3):
            yield f"{number}\n"
            await asyncio.sleep(0)

    return StreamingResponse(parts())


class Page(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("page")


async def passes(request, call_next):
    return await call_next(request)


def make_app(**options):
    return Starlette(
        routes=[
            Route("/", index),
            Route("/fails", fails),
            Route("/streams", streams),
            Route("/page", Page),
            Mount("/shop", routes=[Route("/items/{name}", item)]),
        ],
        **options,
    )


@pytest.fixture
def recorded(serve, events):
    """Asks a served app for paths, and gives their events."""
    with ExitStack() as ending:

        def ask(app, *paths):
            loop = EventLoop()
            ending.callback(loop.close)
            wsgi = ending.enter_context(served(app, loop, lambda error: None, SAFETY, {}))
            ending.enter_context(recorded_libraries())
            around, undo = record_flow(wsgi)
            ending.callback(undo)
            running = serve(around)
            running.server.recording = Recording()
            for path in paths:
                running.get(path)
            return events.wait_finished(len(paths))

        yield ask


def names(event):
    return [row[0] for row in event.flow]


def view_of(function):
    return f"view {__name__}.{function.__qualname__}"


@pytest.mark.parametrize(
    "options", [{}, {"middleware": [Middleware(BaseHTTPMiddleware, dispatch=passes)]}]
)
def test_the_view_is_a_step(recorded, options):
    events = recorded(make_app(**options), "/", "/shop/items/tea", "/streams", "/page", "/nowhere")
    views = [[name for name in names(event) if name.startswith("view ")] for event in events]
    assert views == [
        [view_of(index)], [view_of(item)], [view_of(streams)], [view_of(Page)], [],
    ]  # fmt: skip
    for event in events[:4]:
        listed = names(event)
        place = listed.index(next(name for name in listed if name.startswith("view ")))
        assert event.flow[place][3] == event.flow[listed.index("asgi")][3] + 1
        assert listed.index("app") < listed.index("asgi") < place < listed.index("write")
        assert event.flow_failed is None
    assert events[1].view_args == (("name", "'tea'"),)


def test_queries_in_threads_that_work_for_a_view_are_its(recorded):
    (event,) = recorded(make_app(), "/")
    spans = [span for span in event.spans if span.kind == SQL]
    assert [span.parameters for span in spans] == ["(1,)", "(2,)", "(3,)"]
    assert {(span.file, span.function) for span in spans} == {(__file__, "ask_database")}


def test_a_view_that_fails(recorded):
    (event,) = recorded(make_app(), "/fails")
    assert event.status == 500
    assert names(event)[event.flow_failed] == view_of(fails)


def test_an_app_without_a_framework(recorded):
    async def plain(scope, receive, send):
        ask_database(1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"plain"})

    (event,) = recorded(plain, "/")
    listed = names(event)
    assert event.flow[listed.index("asgi")][3] == event.flow[listed.index("app")][3]
    assert not [name for name in listed if name.startswith("view ")]
    places = {name: (file, line) for name, file, line in event.flow_places}
    assert places["asgi"] == (__file__, plain.__code__.co_firstlineno)
    assert places["app"][0].endswith("asgi.py")
    assert places["app"][0] != __file__


def test_all_is_taken_back(recorded):
    app = make_app()
    before = [route.app for route in app.routes]
    undo = record_flow(app)[1]
    assert [route.app for route in app.routes[:4]] != before[:4]
    undo()
    assert [route.app for route in app.routes] == before
