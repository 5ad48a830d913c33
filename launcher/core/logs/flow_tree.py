"""Stages and spans of one request as one tree: what ran in what, and whose time is left over.

Stages come with their depth. A span belongs to the innermost stage or span that had begun and had
not ended when it began; where it ends later than that, as a call on another thread may, it stands
beside it, as does one of the same kind: no query is part of another one. Spans that repeat (the
same statement from the same line, the same template, the same log line) under one parent are one
node with several parts, so a thousand queries of a loop are one row; those that overlap are as many
rows as there were at a time.

A node's *own* time is what is left of its parts without those of the nodes in it, and without what
a span beside it has already taken, so that own times add up.

What an app's generator does while its answer is sent lies between the pieces of ``write``: the
server reports how long it sent, and the rest is the app's. It is a step of its own where there is
enough of it to be sure.

Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from launcher.core.sql.shapes import statement_shape
from server.events import RequestFinished
from server.facts.span import LOG, SQL, TEMPLATE, LeftOut, Span

from .flow_parties import (
    AFTER,
    BODY,
    ERROR_PAGE,
    Flow,
    foreign_stages,
    is_bare,
    party_of,
    party_of_kind,
)

__all__ = ["Node", "flow_tree", "has_body"]

Part = tuple[int, int]

_AROUND, _WRITE, _FIRST_BYTE = "run_wsgi", "write", "first byte"
_APPS = ("app", "asgi")
_SURE = 1000  # microseconds; below, it may as well be the server's own loop


class Node:
    """A stage, or a span with all its repetitions, or those of a kind that were counted only, while
    the tree is being made.

    :ivar stage: the stage's name; "" of a span
    :ivar kind: of a span, or of those that were counted; "" of a stage
    :ivar spans: the span, and those that repeat it; none of a stage
    :ivar index: of the stage in the recorded flow; -1 of a span
    :ivar parts: when it ran, from the beginning of the request, in microseconds
    :ivar inner: what ran in it
    :ivar beside: when a span beside it was already running
    :ivar depth: how far it is within others
    """

    __slots__ = ("beside", "depth", "index", "inner", "kind", "parts", "party", "spans", "stage")

    def __init__(
        self,
        stage: str,
        party: str,
        part: Part,
        index: int = -1,
        spans: Iterable[Span] = (),
        kind: str = "",
    ) -> None:
        self.stage = stage
        self.kind = kind
        self.party = party
        self.parts = [part]
        self.index = index
        self.spans = list(spans)
        self.inner: list[Node] = []
        self.beside: list[Part] = []
        self.depth = 0

    @property
    def start(self) -> int:
        """When it began first."""
        return self.parts[0][0]

    @property
    def end(self) -> int:
        """When it was over at last."""
        return self.parts[-1][1]

    def own_parts(self) -> list[Part]:
        """Its parts without those in which something in it ran."""
        if not self.inner and not self.beside:
            return [part for part in self.parts if part[1] > part[0]]
        taken = sorted([*self.beside, *(part for node in self.inner for part in node.parts)])
        found: list[Part] = []
        for start, end in self.parts:
            at = start
            for begin, stop in taken:
                if stop <= at:
                    continue
                if begin >= end:
                    break
                if begin > at:
                    found.append((at, begin))
                at = max(at, stop)
            if at < end:
                found.append((at, end))
        return found


def flow_tree(event: RequestFinished, limit: int) -> list[Node]:
    """The nodes in the order of their beginning, each before what is in it.

    :param limit: how many stages are looked at; spans are bounded where they are recorded
    """
    flow = event.flow[:limit]
    if not flow:
        return []
    roots = _stages(flow, foreign_stages(event.flow_places))
    first = min(start for _, start, _, _ in flow)
    if event.spans:
        _put_in(roots, event.spans, first)
    for left_out in event.spans_left_out:
        if left_out.duration:
            _put_sum_in(roots, left_out, first)
    if has_body(event):
        _put_body_in(roots, event)
    return list(_flat(roots, 0))


def has_body(event: RequestFinished) -> bool:
    """Whether the app may have taken time to make the parts of its answer's body."""
    if event.flow_failed is not None:
        return False
    writing = sum(length for stage, _, length, _ in event.flow if stage == _WRITE)
    waiting = _waiting_for_parts(event.flow)
    return waiting >= _SURE or writing - _sending(event) >= _SURE


def _sending(event: RequestFinished) -> int:
    """Microseconds of a request in which the app's code didn't run: what it sent, mostly."""
    return max(0, round((event.duration - event.app_duration) * 1e6))


def _waiting_for_parts(flow: Flow) -> int:
    """Microseconds from when the app had returned until its answer began to be sent."""
    returned = None
    for stage, start, length, _ in flow:
        if stage in _APPS:
            returned = start + length
        elif stage == _WRITE and returned is not None:
            return start - returned
    return 0


def _put_body_in(roots: list[Node], event: RequestFinished) -> None:
    """Put the app's own part of ``write``, and what came before it, into the tree."""
    nodes = list(_flat(roots, 0))
    around = next((node for node in nodes if node.stage == _AROUND), None)
    if around is None:
        return
    sending = _sending(event)
    returned: int | None = None
    for node in list(around.inner):
        if node.stage in _APPS:
            returned = node.end
        if node.stage != _WRITE:
            continue
        if returned is not None:
            _add_body(around, [_between(part, returned, node.start) for part in around.own_parts()])
        own = node.own_parts()
        whole = sum(end - start for start, end in own)
        first = sum(inner.end - inner.start for inner in node.inner if inner.stage == _FIRST_BYTE)
        left = max(0, sending - first)
        # Where in each part it sent isn't known: at its end, and in all of them as much.
        if whole > left:
            share = 1 - left / whole
            _add_body(node, [(start, start + round((end - start) * share)) for start, end in own])
        return


def _put_sum_in(roots: list[Node], left_out: LeftOut, first: int) -> None:
    """Put the time of those that were counted only where they ran: into the step around them all.

    When each of them ran isn't known: their time is spread over what nothing else has taken.
    """
    start, end = max(0, left_out.start - first), left_out.end - first
    host: Node | None = None
    nodes = roots
    while True:
        inside = [node for node in nodes if _spans(node, left_out.kind, start, end)]
        if not inside:
            break
        host, nodes = inside[0], inside[0].inner
    if host is None:
        return
    free = [_between(part, start, end) for part in host.own_parts()]
    free = [part for part in free if part[1] > part[0]]
    whole = sum(stop - begin for begin, stop in free)
    if not whole:
        return
    share = min(1.0, left_out.duration / whole)
    parts = [(begin, begin + round((stop - begin) * share)) for begin, stop in free]
    name = f"{left_out.calls:,} more, counted only"
    node = Node(name, party_of_kind(left_out.kind), parts[0], kind=left_out.kind)
    node.parts = parts
    _insert(host.inner, node)


def _spans(node: Node, kind: str, start: int, end: int) -> bool:
    """Whether a stretch of time lies in one run of a node, which is no call of this kind."""
    return node.kind != kind and any(begin <= start and end <= stop for begin, stop in node.parts)


def _between(part: Part, start: int, end: int) -> Part:
    return max(part[0], start), min(part[1], end)


def _add_body(host: Node, parts: list[Part]) -> None:
    parts = [part for part in parts if part[1] > part[0]]
    if sum(end - start for start, end in parts) >= _SURE:
        node = Node(BODY, party_of(BODY), parts[0])
        node.parts = parts
        _insert(host.inner, node)


def _stages(flow: Flow, foreign: frozenset[str]) -> list[Node]:
    first = min(start for _, start, _, _ in flow)
    bare = is_bare(flow)
    roots: list[Node] = []
    outer: list[Node] = []
    page = -1  # the depth of ServeDeck's own error page, from which on it is that which is sent
    for index, (stage, start, length, depth) in enumerate(flow):
        # Without leaps: a step can only be inside of the one before it, or further out.
        del outer[max(0, min(depth, len(outer))) :]
        begin = start - first
        if stage == ERROR_PAGE:
            page = depth
        sends_page = 0 <= page <= depth
        party = AFTER if sends_page else party_of(stage, bare=bare, foreign=foreign)
        node = Node(stage, party, (begin, begin + max(0, length)), index)
        (outer[-1].inner if outer else roots).append(node)
        outer.append(node)
    return roots


def _put_in(roots: list[Node], spans: Sequence[Span], first: int) -> None:
    """Put each span where it belongs."""
    last = max(node.end for node in roots)
    groups: dict[tuple[int, str, str, str, int], list[Node]] = {}
    hosts: dict[int, Node] = {}
    path: list[Node] = []  # the node that held the span before, and those around it
    for span in sorted(spans, key=_start):
        start = min(max(0, span.start - first), last)
        end = min(start + max(0, span.duration), last)
        while path and not _holds(path[-1], span.kind, start, end):
            path.pop()
        if not path:
            path.append(_root(roots, start))
        _descend(path, span.kind, start, end)
        host = hosts[id(path[-1])] = path[-1]
        alike = groups.setdefault((id(host), span.kind, _what(span), span.file, span.line), [])
        known = next((node for node in alike if start >= node.end), None)
        if known is not None:
            known.spans.append(span)
            known.parts.append((start, end))
            continue
        node = Node("", party_of_kind(span.kind), (start, end), spans=[span], kind=span.kind)
        alike.append(node)
        _insert(host.inner, node)
    for host in hosts.values():
        _see_overlaps(host.inner)


def _see_overlaps(nodes: Sequence[Node]) -> None:
    """Have each span know of its parts what others beside it have taken already."""
    parts = [(*part, node) for node in nodes if node.spans for part in node.parts]
    parts.sort(key=_begin)
    reach = -1
    for start, end, node in parts:
        if start < reach:
            node.beside.append((start, min(end, reach)))
        reach = max(reach, end)


def _begin(part: tuple[int, int, Node]) -> int:
    return part[0]


def _start(span: Span) -> int:
    return span.start


def _what(span: Span) -> str:
    if span.kind == SQL:
        return statement_shape(span.label)
    return span.level if span.kind == LOG else span.label


def _root(roots: list[Node], start: int) -> Node:
    """That in which a span began; the last one where it is none."""
    return next((root for root in roots if root.start <= start <= root.end), roots[-1])


def _descend(path: list[Node], kind: str, start: int, end: int) -> None:
    """Go on to the innermost node that holds a span."""
    while True:
        for inner in reversed(path[-1].inner):
            if _holds(inner, kind, start, end):
                path.append(inner)
                break
        else:
            return


def _holds(node: Node, kind: str, start: int, end: int) -> bool:
    begin, stop = node.parts[-1]
    if node.index >= 0:
        return begin <= start < stop or start == end == stop
    if kind != TEMPLATE and node.spans[0].kind == kind:
        return False
    return begin <= start < stop and end <= stop


def _insert(nodes: list[Node], node: Node) -> None:
    """In the order of the beginnings; mostly at the end."""
    at = len(nodes)
    while at and nodes[at - 1].start > node.start:
        at -= 1
    nodes.insert(at, node)


def _flat(nodes: Iterable[Node], depth: int) -> Iterator[Node]:
    for node in nodes:
        node.depth = depth
        yield node
        if node.inner:
            yield from _flat(node.inner, depth + 1)
