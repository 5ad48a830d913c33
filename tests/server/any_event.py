"""Hypothesis strategies: any event, and what it is made of."""

from __future__ import annotations

from hypothesis import strategies as st

from server.events import (
    AppError,
    Body,
    Frame,
    OutputWritten,
    Reason,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)

NUMBER = st.integers(0, 2**40)

TIME = st.floats(0, 2e9)

MAYBE = st.none() | NUMBER

BODIES = st.tuples(st.binary(max_size=30), st.integers(0, 5)).map(
    lambda pair: Body(len(pair[0]) + pair[1], pair[0])
)

FRAMES = st.builds(
    Frame, TEXT, NUMBER, TEXT, st.lists(TEXT, max_size=3).map(tuple), NUMBER,
    st.dictionaries(TEXT, TEXT, max_size=2).map(lambda found: tuple(found.items())),
)  # fmt: skip

FINISHED = st.builds(
    RequestFinished, NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER, TEXT, TIME, TIME, TIME,
    NUMBER, NUMBER, TEXT, TEXT, NUMBER, HEADERS, HEADERS, BODIES, BODIES, MAYBE, st.booleans(),
    st.just((("handle", 0, 5, 0), ("run_wsgi", 1, 3, 1))), TEXT, TIME,
)  # fmt: skip

REASONS = st.none() | st.builds(
    Reason, TEXT,
    st.dictionaries(TEXT.filter(lambda name: name != "kind"), TEXT | NUMBER, max_size=2).map(
        lambda found: tuple(found.items())
    ),
)  # fmt: skip

EVENTS = st.one_of(
    st.builds(ServerStarted, TEXT, TEXT, NUMBER, NUMBER, TEXT, TEXT, TIME),
    st.builds(RequestStarted, NUMBER, TEXT, TEXT, TIME),
    FINISHED,
    st.builds(AppError, NUMBER, MAYBE, TEXT, TEXT, TEXT, st.lists(FRAMES, max_size=2).map(tuple),
              TIME),
    st.builds(OutputWritten, st.sampled_from(["stdout", "stderr"]), TEXT, MAYBE, TIME),
    st.builds(ServerFailed, TEXT, TEXT, TEXT, MAYBE, TIME, TEXT, MAYBE, MAYBE, MAYBE, TEXT, TEXT),
    st.builds(ReloadFailed, TEXT, TEXT, TIME, TEXT, TEXT, MAYBE, TEXT, MAYBE, MAYBE),
    st.builds(WatchChanged, NUMBER, TEXT, REASONS, TIME),
    st.builds(ServerStopped, TEXT, NUMBER, NUMBER, TIME),
)  # fmt: skip
