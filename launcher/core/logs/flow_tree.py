"""Stages and spans of one request as one tree: what ran in what, and whose time is left over.

Stages come with their depth. A span belongs to the innermost stage or span that had begun and had
not ended when it began; where it ends later than that, as a call on another thread may, it stands
beside it. Spans that repeat (the same statement from the same line, the same template, the same
log line) under one parent are one node with several parts, so a thousand queries of a loop are one
row.

A node's *own* time is what is left of its parts without those of the nodes in it.

Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from launcher.core.sql.shapes import statement_shape
from server.events import RequestFinished
from server.facts.span import LOG, SQL, Span

from .flow_parties import Flow, foreign_stages, is_bare, party_of, party_of_kind

__all__ = ["Node", "flow_tree"]

Part = tuple[int, int]


class Node:
    """A stage, or a span with all its repetitions, while the tree is being made.

    :ivar stage: the stage's name; "" of a span
    :ivar spans: the span, and those that repeat it; none of a stage
    :ivar index: of the stage in the recorded flow; -1 of a span
    :ivar parts: when it ran, from the beginning of the request, in microseconds
    :ivar inner: what ran in it
    :ivar depth: how far it is within others
    """

    __slots__ = ("depth", "index", "inner", "parts", "party", "spans", "stage")

    def __init__(
        self, stage: str, party: str, part: Part, index: int = -1, spans: Iterable[Span] = ()
    ) -> None:
        self.stage = stage
        self.party = party
        self.parts = [part]
        self.index = index
        self.spans = list(spans)
        self.inner: list[Node] = []
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
        if not self.inner:
            return [part for part in self.parts if part[1] > part[0]]
        taken = sorted(part for node in self.inner for part in node.parts)
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
    if event.spans:
        _put_in(roots, event.spans, min(start for _, start, _, _ in flow))
    return list(_flat(roots, 0))


def _stages(flow: Flow, foreign: frozenset[str]) -> list[Node]:
    first = min(start for _, start, _, _ in flow)
    bare = is_bare(flow)
    roots: list[Node] = []
    outer: list[Node] = []
    for index, (stage, start, length, depth) in enumerate(flow):
        # Without leaps: a step can only be inside of the one before it, or further out.
        del outer[max(0, min(depth, len(outer))) :]
        begin = start - first
        party = party_of(stage, bare=bare, foreign=foreign)
        node = Node(stage, party, (begin, begin + max(0, length)), index)
        (outer[-1].inner if outer else roots).append(node)
        outer.append(node)
    return roots


def _put_in(roots: list[Node], spans: Sequence[Span], first: int) -> None:
    """Put each span where it belongs."""
    last = max(node.end for node in roots)
    groups: dict[tuple[int, str, str, str, int], Node] = {}
    path: list[Node] = []  # the node that held the span before, and those around it
    for span in sorted(spans, key=_start):
        start = min(max(0, span.start - first), last)
        end = min(start + max(0, span.duration), last)
        while path and not _holds(path[-1], start, end):
            path.pop()
        if not path:
            path.append(_root(roots, start))
        _descend(path, start, end)
        host = path[-1]
        key = (id(host), span.kind, _what(span), span.file, span.line)
        known = groups.get(key)
        if known is not None and start >= known.end:
            known.spans.append(span)
            known.parts.append((start, end))
            continue
        node = Node("", party_of_kind(span.kind), (start, end), spans=[span])
        groups[key] = node
        _insert(host.inner, node)


def _start(span: Span) -> int:
    return span.start


def _what(span: Span) -> str:
    if span.kind == SQL:
        return statement_shape(span.label)
    return span.level if span.kind == LOG else span.label


def _root(roots: list[Node], start: int) -> Node:
    """That in which a span began; the last one where it is none."""
    return next((root for root in roots if root.start <= start <= root.end), roots[-1])


def _descend(path: list[Node], start: int, end: int) -> None:
    """Go on to the innermost node that holds a span."""
    while True:
        for inner in reversed(path[-1].inner):
            if _holds(inner, start, end):
                path.append(inner)
                break
        else:
            return


def _holds(node: Node, start: int, end: int) -> bool:
    begin, stop = node.parts[-1]
    if node.index >= 0:
        return begin <= start < stop or start == end == stop
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
