"""Hypothesis strategies: any event, and what it is made of."""

from __future__ import annotations

from hypothesis import strategies as st

from server.events import (
    AppError,
    Body,
    Exchange,
    Frame,
    Importing,
    OutputWritten,
    Paused,
    Reason,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    Resumed,
    Route,
    RoutesFound,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    Span,
    WatchChanged,
    Where,
)
from server.facts.span import KINDS, LeftOut

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)

NUMBER = st.integers(0, 2**40)

TIME = st.integers(0, 2 * 10**15).map(lambda number: number / 1e6)  # as a line has it

MAYBE = st.none() | NUMBER

BODIES = st.tuples(st.binary(max_size=30), st.integers(0, 5)).map(
    lambda pair: Body(len(pair[0]) + pair[1], pair[0])
)

FRAMES = st.builds(
    Frame, TEXT, NUMBER, TEXT, st.lists(TEXT, max_size=3).map(tuple), NUMBER,
    st.dictionaries(TEXT, TEXT, max_size=2).map(lambda found: tuple(found.items())),
)  # fmt: skip

SPANS = st.builds(
    Span, st.sampled_from(KINDS), TEXT, NUMBER, NUMBER, TEXT, NUMBER, TEXT, NUMBER, TEXT, MAYBE,
    TEXT, TEXT, NUMBER, TEXT, TEXT,
)  # fmt: skip

FACTS = {
    "method": TEXT,
    "target": TEXT,
    "path": TEXT,
    "query": TEXT,
    "http_version": TEXT,
    "status": NUMBER,
    "reason": TEXT,
    "bytes_received": NUMBER,
    "bytes_sent": NUMBER,
    "remote_addr": TEXT,
    "pid": NUMBER,
    "request_headers": HEADERS,
    "response_headers": HEADERS,
    "request_body": BODIES,
    "response_body": BODIES,
    "error_id": MAYBE,
    "aborted": st.booleans(),
    "flow": st.sampled_from([(), (("handle", 0, 5, 0), ("run_wsgi", 1, 3, 1))]),
    "problem": TEXT,
    "flow_places": st.sampled_from([(), (("view", "/a\u2603.py", 3),)]),
    "flow_failed": MAYBE,
    "endpoint": TEXT,
    "view_args": HEADERS,
    "spans": st.none() | st.lists(SPANS, max_size=2).map(tuple),
    "spans_left_out": st.lists(
        st.builds(LeftOut, TEXT, NUMBER, NUMBER, NUMBER, NUMBER), max_size=2
    ).map(tuple),
}

EXCHANGES = st.builds(Exchange, repeats=st.booleans(), **FACTS)

FINISHED = st.builds(RequestFinished, EXCHANGES, NUMBER, TIME, TIME, TIME, TEXT)

IDS = st.lists(NUMBER, max_size=2).map(tuple)

ROUTES = st.builds(Route, TEXT, st.lists(TEXT, max_size=3).map(tuple), TEXT, TEXT, NUMBER)

REASONS = st.none() | st.builds(
    Reason, TEXT,
    st.dictionaries(TEXT.filter(lambda name: name != "kind"), TEXT | NUMBER, max_size=2).map(
        lambda found: tuple(found.items())
    ),
)  # fmt: skip

EVENTS = st.one_of(
    st.builds(ServerStarted, TEXT, TEXT, NUMBER, NUMBER, TEXT, TEXT, TIME),
    st.builds(RequestStarted, NUMBER, TEXT, TEXT, TIME, NUMBER),
    FINISHED,
    st.builds(AppError, NUMBER, MAYBE, TEXT, TEXT, TEXT, st.lists(FRAMES, max_size=2).map(tuple),
              TIME),
    st.builds(OutputWritten, st.sampled_from(["stdout", "stderr"]), TEXT, MAYBE, TIME,
              st.sampled_from(["", "warning"]), TEXT, TEXT, NUMBER, st.booleans()),
    st.builds(Paused, NUMBER, MAYBE, TEXT, TEXT, NUMBER, TEXT,
              st.dictionaries(TEXT, TEXT, max_size=2).map(lambda found: tuple(found.items())),
              st.booleans(), st.booleans(), st.lists(TEXT, max_size=2).map(tuple), NUMBER, TIME),
    st.builds(Resumed, NUMBER, MAYBE, TIME),
    st.builds(ServerFailed, TEXT, TEXT, TEXT, MAYBE, TIME, TEXT, MAYBE, MAYBE, MAYBE, TEXT, TEXT,
              request_ids=IDS),
    st.builds(ReloadFailed, TEXT, TEXT, TIME, TEXT, TEXT, MAYBE, TEXT, MAYBE, MAYBE,
              request_ids=IDS),
    st.builds(Importing, TEXT, TIME, TEXT, st.none() | FRAMES,
              st.lists(FRAMES, max_size=2).map(tuple), REASONS, TIME),
    st.builds(Where, NUMBER, st.none() | FRAMES, st.lists(FRAMES, max_size=2).map(tuple), TIME),
    st.builds(RoutesFound, st.lists(ROUTES, max_size=3).map(tuple), TIME),
    st.builds(WatchChanged, NUMBER, TEXT, REASONS, TIME),
    st.builds(ServerStopped, TEXT, NUMBER, NUMBER, TIME),
)  # fmt: skip
