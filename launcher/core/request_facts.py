"""What is known of one request, in words and in spans of time. No Qt; pure; any thread."""

from __future__ import annotations

import time

from server.base.values import dataclass
from server.events import RequestFinished

from .answers import line_of_answer
from .bodies.forms import readable, readable_query
from .display import clock, duration, one_line, size
from .logs.flow_parties import is_library
from .logs.queries import queries_of
from .logs.requests import RequestRow
from .secrets import mask_query

__all__ = [
    "Span",
    "answer_place",
    "overview",
    "place_to_open",
    "readable_target",
    "spans",
    "view_place",
]


@dataclass(frozen=True)
class Span:
    """A part of a request's time.

    :param start: seconds from the beginning of the request
    :param length: seconds
    :param tone: a field of :class:`launcher.theme.Colours`
    :param depth: how far it is within others
    """

    name: str
    start: float
    length: float
    tone: str
    depth: int = 0


def readable_target(row: RequestRow, *, secrets: bool = False) -> tuple[str, str]:
    """Path and query for people, each on one line; the query with its question mark, or "".

    :param secrets: show those of the query
    """
    path, mark, query = row.target.partition("?")
    done = row.finished
    path = done.path if done is not None and done.path else readable(path)
    shown = readable_query(query if secrets else mask_query(query))
    return one_line(path), one_line(f"{mark}{shown}")


def view_place(done: RequestFinished) -> tuple[str, int] | None:
    """File and line of the view that answered, where they were recorded."""
    places = {stage: (file, line) for stage, file, line in done.flow_places}
    views = [places[stage] for stage, *_ in done.flow if stage in places and _is_view(stage)]
    own = [place for place in views if not is_library(place[0])]
    if views:  # what the template engine of a framework calls in a view is no view of the app's
        return own[-1] if own else views[-1]
    return next((place for stage, place in places.items() if _is_view(stage)), None)


def place_to_open(done: RequestFinished) -> tuple[str, int] | None:
    """File and line to look at first, of a request that has raised nothing: of the query that is
    certain to be in a loop, else of the view."""
    looped = queries_of(done.spans).looped
    if looped and looped[0].file:
        return looped[0].file, looped[0].line
    return view_place(done)


def answer_place(done: RequestFinished) -> tuple[str, int] | None:
    """The same, and of a view the statement that made the answer, where its source shows it. Reads
    the source."""
    place = place_to_open(done)
    if place is None or place != view_place(done):
        return place
    file, line = place
    return file, line_of_answer(file, line, done.status)


def _is_view(stage: str) -> bool:
    return stage.partition(" ")[0] == "view"


def overview(row: RequestRow) -> tuple[tuple[str, str], ...]:
    """Names and values, in the order in which one asks for them; each on one line.

    Nothing in it is secret: the query and the headers are not.
    """
    started = time.strftime("%Y-%m-%d ", time.localtime(row.started)) + clock(row.started)
    done = row.finished
    if done is None:
        return (("Started", started), ("State", row.outcome.value))
    status = f"{done.status} {done.reason}".strip() if done.status else "no answer"
    place = view_place(done)
    pairs = [
        ("Method", done.method),
        ("Path", readable_target(row)[0]),
        ("Status", status),
        ("Outcome", row.outcome.value),
        ("Endpoint", done.endpoint),
        *((f"  {name}", value) for name, value in done.view_args),
        ("View", "" if place is None else f"{place[0]}:{place[1]}"),
        ("Problem", done.problem),
        ("Upgrade", done.upgrade),
        ("Started", started),
        ("Took", f"{duration(done.duration)}, {duration(done.app_duration)} of it in the app"),
        ("Received", _moved(done.bytes_received, done.request_body.size)),
        ("Sent", _moved(done.bytes_sent, done.response_body.size)),
        ("Client", done.remote_addr),
        ("Protocol", done.http_version),
        ("Thread", done.thread),
        ("Process", str(done.pid) if done.pid else ""),
        ("Request", f"number {row.number + 1:,}"),
    ]
    return tuple((name, one_line(value, 2_000)) for name, value in pairs if value)


def _moved(whole: int, body: int) -> str:
    if not whole and not body:
        return ""
    return f"{size(whole)}, {size(body)} of it body" if body else size(whole)


def spans(done: RequestFinished) -> tuple[Span, ...]:
    """Where the time of a request went, as far as that is known.

    Without a recorded flow that is the whole, the app's own time, and the rest: what the server and
    the client needed to receive and to send. With one, the stages in the order of their beginning.
    """
    whole = Span("Request", 0.0, done.duration, "bar")
    if not done.flow:
        app = min(done.app_duration, done.duration)
        return (
            whole,
            Span("In the app", 0.0, app, "yours_bar", 1),
            Span("Receiving, sending and waiting", app, done.duration - app, "server_bar", 1),
        )
    first = min(start for _, start, _, _ in done.flow)
    found = [whole]
    for stage, start, length, depth in done.flow[:300]:
        at = (start - first) / 1_000_000
        tone = "yours_bar" if " " in stage else "framework_bar"
        if stage in (
            "app",
            "asgi",
            "write",
            "first byte",
            "last byte",
            "make_environ",
            "parse_request",
        ):
            tone = "server_bar"
        found.append(Span(one_line(stage, 120), at, length / 1_000_000, tone, depth + 1))
    return tuple(found)
