"""An ASGI app as a WSGI app: its requests by a2wsgi, its lifespan by ourselves.

ASGI apps (FastAPI, Starlette, ``async def app(scope, receive, send)``) run on an event loop. The
session gives one, on a thread of its own; a2wsgi carries each request there and its answer back, on
the thread of the request. What a2wsgi leaves out is done here:

- *Lifespan*: startup before the first request and shutdown after the last one, in one task that
  lives in between, with the ``state`` that each request gets a copy of. A startup that fails is a
  failed load. An app that raises instead of answering is served without, as the ASGI
  specification has it.
- *Errors*: an exception that leaves the app before its answer is raised on the request's thread, so
  it is handled like any other app's. One that comes after the answer (Starlette answers 500 and
  raises then) is reported.
- *Clients that leave*: the task of their request is cancelled.
- *WebSockets* can't be served through WSGI: a request for one is answered with a sentence.

a2wsgi needs not be installed for the app: it is loaded from where ServeDeck has it, under a private
name, so that neither side sees the other's.

:func:`is_asgi` is pure; :func:`served` is called on the session's thread; the rest runs on the
threads of the requests and, where it is ``async``, on the loop's.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Optional

from ..errors import AppLoadError
from ..protocol.wsgi import App
from ..reporting.scope import ENDPOINT
from ..reporting.tracebacks import one_line, traceback_text
from .early import standard_library_first
from .from_file import import_file

if TYPE_CHECKING:
    from ..net.event_loop import EventLoop

__all__ = ["EXPLANATION", "WebSocketRefusal", "is_asgi", "served"]

Message = MutableMapping[str, Any]

EXPLANATION = (
    "This is an ASGI app: it is served for HTTP, through a2wsgi. For WebSockets run it with an "
    "ASGI server such as uvicorn."
)
"""What a user should know about such an app."""

_PARAMETERS = ["scope", "receive", "send"]
_FAILED_SECONDS = 1.0  # for an app to raise what it has reported as a failed startup
_PRIVATE_NAME = f"{__package__}._a2wsgi"
_REQUEST = "servedeck.asgi_request"


def is_asgi(app: Any) -> bool:
    """Whether something is called as ASGI 3 has it, with (scope, receive, send), and awaited."""
    while isinstance(app, partial):
        app = app.func
    if inspect.isclass(app) or not callable(app):
        return False
    call = app if inspect.isroutine(app) else type(app).__call__
    try:
        parameters = list(inspect.signature(call if inspect.isroutine(app) else app).parameters)
    except (TypeError, ValueError):
        return False
    if parameters == _PARAMETERS:
        return True
    return inspect.iscoroutinefunction(call) and len(parameters) == len(_PARAMETERS)


@contextlib.contextmanager
def served(
    app: Any,
    loop: EventLoop,
    report: Callable[[BaseException], object],
    grace: float,
    places: Mapping[str, str],
) -> Iterator[App]:
    """Start an ASGI app up; shut it down at the end.

    :param app: the ASGI app
    :param loop: where it runs; stays the caller's
    :param report: is given errors that come after an answer
    :param grace: seconds that the shutdown gets
    :param places: where packages are lent from: the file of ``a2wsgi`` and ``typing_extensions``
    :returns: the WSGI app
    :raises AppLoadError: its startup fails, or a2wsgi can't be had
    """
    middleware = _a2wsgi(places).ASGIMiddleware
    lifespan = _Lifespan(app)
    loop.run(lifespan.startup())
    if lifespan.failure is not None:
        error = lifespan.error
        raise AppLoadError(
            "app-import",
            f"The app's startup failed: {lifespan.failure}",
            traceback_text(error) if error is not None else "",
        ) from error
    try:
        yield _ServedApp(app, loop, lifespan.state, middleware, report)
    finally:
        with contextlib.suppress(FutureTimeoutError):
            loop.run(lifespan.shutdown(), timeout=grace)
        if lifespan.failure is not None:
            print(f"The app's shutdown failed: {lifespan.failure}", file=sys.stderr)


class _Lifespan:
    """The lifespan protocol (ASGI specification, "Lifespan Protocol"), on the loop.

    :ivar state: what the app has put there, for its requests
    :ivar failure: why startup or shutdown failed, one line; else None
    :ivar error: the exception behind that, where there is one
    """

    def __init__(self, app: Any) -> None:
        self.state: dict[str, Any] = {}
        self.failure: Optional[str] = None
        self.error: Optional[BaseException] = None
        self._app = app
        self._is_up = False
        self._has_received = False
        self._task: Any = None

    async def startup(self) -> None:
        """Begin the app's lifespan, and wait until it has started, or can't."""
        import asyncio

        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())
        await self._answered.wait()
        if self.failure is not None:
            # Frameworks report the failure first and raise the exception after that.
            await asyncio.wait([self._task], timeout=_FAILED_SECONDS)
            self.failure = _last_line(self.failure, self.error)
        elif not self._is_up and self._has_received and self.error is not None:
            print(
                f"The app raised {one_line(self.error)} at its startup; it is served without.",
                file=sys.stderr,
            )

    async def shutdown(self) -> None:
        """End the app's lifespan, and wait until it has ended."""
        if not self._is_up or self._task.done():
            return
        self._answered.clear()
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        await self._answered.wait()
        if self.failure is not None:
            self.failure = _last_line(self.failure, self.error)

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            self.error = error
        finally:
            self._answered.set()

    async def _receive(self) -> Message:
        self._has_received = True
        return await self._messages.get()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._is_up = True
        elif kind in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            self.failure = str(message.get("message") or "")
        elif kind != "lifespan.shutdown.complete":
            raise RuntimeError(f"The lifespan protocol has no message {kind!r}.")
        self._answered.set()


def _last_line(message: str, error: Optional[BaseException]) -> str:
    """The reason in one line: Starlette's message is a whole traceback."""
    if error is not None:
        return one_line(error)
    lines = message.strip().splitlines()
    return lines[-1] if lines else "it gives no reason."


class _ServedApp:
    """The WSGI app.

    :ivar __wrapped__: the ASGI app
    :ivar asgi_app: what is called for it: itself, or what times it
    """

    def __init__(
        self,
        app: Any,
        loop: EventLoop,
        state: Mapping[str, Any],
        middleware: Any,
        report: Callable[[BaseException], object],
    ) -> None:
        self.__wrapped__ = app
        self.asgi_app = app
        self._loop = loop
        self._state = state
        self._carry = middleware(self._handle, loop=loop.loop)
        self._report = report
        self._refuse = WebSocketRefusal()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request (PEP 3333). The request's thread."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._refuse(environ, start_response)
        request = environ[_REQUEST] = _Request()

        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            if exc_info:  # a2wsgi would answer by itself; the server shows more
                request.is_raised = True
                raise exc_info[1].with_traceback(exc_info[2])
            return start_response(status, headers)

        return _Body(self._carry(environ, start), request, self._loop, self._report)

    async def _handle(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """What a2wsgi takes for the app. The loop's thread."""
        import asyncio

        request: _Request = scope["wsgi_environ"].pop(_REQUEST)
        request.task = asyncio.current_task()
        scope["state"] = dict(self._state)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":  # the request may be over before the app
                scope["wsgi_environ"][ENDPOINT] = scope.get("endpoint")
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                request.is_complete = True

        try:
            await self.asgi_app(scope, receive, watched)
            if not request.is_complete:  # a2wsgi would wait for the rest for ever
                raise RuntimeError("The app returned before its answer was complete.")
        except Exception as error:
            request.error = error
            raise


class _Request:
    """One request on its way through the loop.

    :ivar task: the one that answers it
    :ivar error: what the app has raised
    :ivar is_raised: the error was raised on the request's thread
    :ivar is_complete: the app has sent the end of its answer
    """

    def __init__(self) -> None:
        self.task: Any = None
        self.is_complete = False
        self.error: Optional[Exception] = None
        self.is_raised = False


class _Body:
    """The answer's body, with what is to be done when it ends early or has an error behind it."""

    def __init__(
        self,
        chunks: Any,
        request: _Request,
        loop: EventLoop,
        report: Callable[[BaseException], object],
    ) -> None:
        self._chunks = chunks
        self._request = request
        self._loop = loop
        self._report = report

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        request = self._request
        try:
            chunk: bytes = next(self._chunks)
        except StopIteration:
            # a2wsgi loses an error that comes while it answers the app's receive().
            if request.error is None or request.is_raised or request.is_complete:
                raise
            request.is_raised = True
            raise request.error from None
        except BaseException:
            request.is_raised = True
            raise
        return chunk

    def close(self) -> None:
        """End the request (PEP 3333); what still runs for it is cancelled."""
        self._chunks.close()
        request = self._request
        if request.task is not None and not request.task.done():
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.loop.call_soon_threadsafe(request.task.cancel)
        if request.error is not None and not request.is_raised:
            self._report(request.error)


class WebSocketRefusal:
    """Answers a request for a WebSocket, which can't be served here; prints so once."""

    _TEXT = (
        "This app is served for HTTP only, without WebSockets: run it with an ASGI server, "
        "such as uvicorn, to use them."
    )

    def __init__(self) -> None:
        self._is_printed = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer 501 (PEP 3333)."""
        if not self._is_printed:
            self._is_printed = True
            print(self._TEXT, file=environ["wsgi.errors"])
        body = f"{self._TEXT}\n".encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        start_response("501 Not Implemented", headers)
        return [body]


def _a2wsgi(places: Mapping[str, str]) -> ModuleType:
    """The package a2wsgi: the one that is lent, under a private name; else the one installed.

    :raises AppLoadError: there is none
    """
    known = sys.modules.get(_PRIVATE_NAME)
    if known is not None:
        return known
    try:
        with standard_library_first(), _lent_typing_extensions(places):
            if "a2wsgi" in places:
                return import_file(_PRIVATE_NAME, places["a2wsgi"])
            import a2wsgi

            return a2wsgi
    except ImportError as error:
        raise AppLoadError(
            "app-import",
            "This is an ASGI app, which is served through a2wsgi, and that can't be imported: "
            f"{one_line(error)}. Install it with 'pip install a2wsgi'.",
        ) from None


@contextlib.contextmanager
def _lent_typing_extensions(places: Mapping[str, str]) -> Iterator[None]:
    """What a2wsgi needs below Python 3.11: the app's own where it has it. It is there for a2wsgi
    alone: an app that looks whether it is installed is given the right answer."""
    name = "typing_extensions"
    if sys.version_info >= (3, 11) or name not in places or importlib.util.find_spec(name):
        yield
        return
    try:
        import_file(name, places[name])
        yield
    finally:
        sys.modules.pop(name, None)
