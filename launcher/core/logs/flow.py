"""The way of a request through server, framework and app, as a time line.

Pure data without locks. What comes in are the recorded stages of
:class:`~server.events.RequestFinished`: name, start and duration in microseconds, and depth, in the
order in which they began; and its spans, which :mod:`.flow_tree` puts into them.

A step's *own* time is what is left of its duration without the steps inside of it. Own times add
up to the whole, so they, not the durations, show where the time goes.
"""

from __future__ import annotations

from collections import Counter

from server.base.values import dataclass
from server.events import RequestFinished
from server.facts.span import Span

from .flow_parties import AFTER, label, parse_stage
from .flow_tree import Node, flow_tree
from .queries import can_be_opened
from .span_labels import span_label

__all__ = ["MAX_STEPS", "Step", "Timeline", "call", "timeline", "why_no_flow"]

MAX_STEPS = 5000


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a time line; times are in microseconds from the beginning of the request.

    :param stage: the recorded stage; of a span its kind and what it is called
    :param key: the documented step, such as ``"hook"`` for ``"hook log_in"``; of a span its kind
    :param name: the name of the user's function, or ""
    :param detail: for a view, its endpoint and the values from the URL
    :param party: whose time it is, one of :data:`~launcher.core.logs.flow_parties.PARTIES`, or
        :data:`~launcher.core.logs.flow_parties.AFTER`
    :param end: when it was over; of repeated spans the last one
    :param duration: of all its runs
    :param own: the part of the duration that isn't in the steps inside of it
    :param share: the duration as a part of the whole, 0 to 1
    :param pieces: the spans that make up the own time
    :param failed: an exception came out of this step and out of none inside of it
    :param place: file and line of the function, or of the line that asked, where they are known
    :param spans: the span, with those that repeat it; () of a stage
    :param runs: when it ran
    """

    index: int
    stage: str
    key: str
    name: str
    detail: str
    party: str
    depth: int
    start: int
    end: int
    duration: int
    own: int
    share: float
    own_share: float
    pieces: tuple[tuple[int, int], ...]
    failed: bool
    place: tuple[str, int] | None
    spans: tuple[Span, ...] = ()
    runs: tuple[tuple[int, int], ...] = ()

    @property
    def label(self) -> str:
        """The step as it is written in the time line."""
        return span_label(self.spans[0]) if self.spans else label(self.stage)

    @property
    def is_point(self) -> bool:
        """Whether it is a moment, as a line of the log."""
        return bool(self.spans) and not self.duration


@dataclass(frozen=True, slots=True)
class Timeline:
    """One request's way, ready to be drawn.

    :param total: the length of the common time scale in microseconds
    :param failed: the index of the step that failed, or None
    :param failed_at: when it did
    :param left_out: how many steps there were beyond the first :data:`MAX_STEPS`
    :param heaviest: the step with the most own time
    :param parties: whose time it is: each with its microseconds, the longest first
    :param counted: their sum: the request without what ServeDeck does after a failure
    :param spans_left_out: how many spans weren't recorded one by one
    :param meant: what failed was answered as the app means it, with a 404 for instance
    """

    steps: tuple[Step, ...] = ()
    total: int = 0
    failed: int | None = None
    failed_at: int | None = None
    left_out: int = 0
    heaviest: Step | None = None
    meant: bool = False
    parties: tuple[tuple[str, int], ...] = ()
    counted: int = 0
    spans_left_out: int = 0


def timeline(event: RequestFinished) -> Timeline:
    """Lay out one request's recorded stages and spans; an empty time line where there are none."""
    nodes = flow_tree(event, MAX_STEPS)
    if not nodes:
        return Timeline()
    total = max(1, max(node.end for node in nodes))
    places = {stage: (file, line) for stage, file, line in event.flow_places}
    steps = []
    times: Counter[str] = Counter()
    failed: int | None = None
    for index, node in enumerate(nodes):
        own = tuple(node.own_parts())
        fails = node.index >= 0 and node.index == event.flow_failed
        if fails:
            failed = index
        step = _step(event, node, index, own, total, fails, places)
        steps.append(step)
        times[step.party] += step.own
    del times[AFTER]
    counted = [step for step in steps if step.party != AFTER]
    return Timeline(
        steps=tuple(steps),
        total=total,
        failed=failed,
        failed_at=None if failed is None else steps[failed].end,
        left_out=max(0, len(event.flow) - MAX_STEPS),
        heaviest=max(counted or steps, key=_own),
        meant=failed is not None and event.error_id is None and 200 <= event.status < 500,
        parties=tuple(sorted(((p, t) for p, t in times.items() if t), key=_time, reverse=True)),
        counted=sum(times.values()),
        spans_left_out=sum(one.calls for one in event.spans_left_out),
    )


def why_no_flow(event: RequestFinished | None, *, others: bool) -> str:
    """Why a request that is over has no steps, in a sentence or two.

    :param event: its end; None where the server ended before it
    :param others: the flow of other requests was recorded
    """
    if event is None:
        return "The server ended before the request did."
    # Nobody but who saw its process end could report it.
    if event.aborted and event.problem and not event.status:
        return f"It was cut off before its flow was reported:\n{event.problem}."
    if others:
        return "When very many requests come at once, the server records a part of them."
    return "Turn on Debug, or set Record flow to Always, and send the request again."


def _step(
    event: RequestFinished,
    node: Node,
    index: int,
    own: tuple[tuple[int, int], ...],
    total: int,
    failed: bool,
    places: dict[str, tuple[str, int]],
) -> Step:
    duration = sum(end - start for start, end in node.parts)
    own_time = sum(end - start for start, end in own)
    span = node.spans[0] if node.spans else None
    if span is not None:
        stage, key, name = f"{node.kind} {span.label}", node.kind, ""
        place = (span.file, span.line) if can_be_opened(span.file) else None
    elif node.kind:
        stage, key, name, place = node.stage, node.kind, "", None
    else:
        stage = node.stage
        key, name = parse_stage(stage)
        place = places.get(stage)
    return Step(
        index=index,
        stage=stage,
        key=key,
        name=name,
        detail=call(event) if key == "view" else "",
        party=node.party,
        depth=node.depth,
        start=node.start,
        end=node.end,
        duration=duration,
        own=own_time,
        share=duration / total,
        own_share=own_time / total,
        pieces=own,
        failed=failed,
        place=place,
        spans=tuple(node.spans),
        runs=tuple(node.parts),
    )


def _own(step: Step) -> int:
    return step.own


def _time(item: tuple[str, int]) -> int:
    return item[1]


def call(event: RequestFinished) -> str:
    """What answered and with which values from the URL: ``shop.product(slug='tea')``; or ""."""
    if not event.endpoint:
        return ""
    return f"{event.endpoint}({', '.join(f'{name}={value}' for name, value in event.view_args)})"
