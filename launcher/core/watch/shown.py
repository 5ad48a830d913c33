"""What is shown of a pin's answer beside the one that is expected. Pure; any thread.

Secrets are masked. Bodies are laid out as the details of a request have them: JSON is indented,
what is no text is a dump.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from launcher.core.bodies.layout import Page
from launcher.core.bodies.reading import BodyView, is_heavy, read
from launcher.core.compare import Comparison
from launcher.core.display import duration, one_line, size
from launcher.core.secrets import mask_header, mask_text
from server.base.values import dataclass
from server.events import Headers, RequestFinished

from .code import FileChange
from .diff import Line, Pair, below, beside
from .pins import Pin, query_count

__all__ = ["Shown", "answers", "code_lines", "expected", "is_long"]

_VALUE = 2_000


@dataclass(frozen=True)
class Shown:
    """Two answers, part by part, line beside line.

    :param counts: how many differences there are in body and headers
    """

    body: tuple[Pair, ...] = ()
    headers: tuple[Pair, ...] = ()
    timing: tuple[Pair, ...] = ()
    counts: tuple[int, int] = (0, 0)


def is_long(pin: Pin, done: RequestFinished | None) -> bool:
    """Whether :func:`answers` may take longer than the window can be away."""
    sides = (pin.request, done or pin.request)
    return any(is_heavy(side.response_body, side.response_headers) for side in sides)


def answers(pin: Pin, done: RequestFinished, comparison: Comparison | None) -> Shown:
    """The expected answer and another one.

    :param comparison: of the two, without what is ignored
    """
    before = pin.request
    differing = () if comparison is None else comparison.headers
    names = {change.name.lower() for change in differing if not change.varies}
    body = () if comparison is None else comparison.body
    return Shown(
        body=beside(_body(before), _body(done)),
        headers=tuple(_headers(before.response_headers, done.response_headers, names)),
        timing=tuple(_timing(pin, done)),
        counts=(len(body), len(names)),
    )


def expected(pin: Pin) -> Shown:
    """The expected answer alone, as long as there is no other."""
    headers = _headers(pin.request.response_headers, (), set())
    return Shown(
        body=tuple(Pair(pair.before, None) for pair in beside(_body(pin.request), Page())),
        headers=tuple(headers),
        timing=tuple(Pair(pair.before, None) for pair in _timing(pin, pin.request)),
    )


def code_lines(change: FileChange) -> tuple[Pair, ...]:
    """What differs in a file, one line below the other; nothing where it isn't known."""
    pairs = below(change.before, change.after) if change.known else ()
    return tuple(
        replace(pair, before=_masked(pair.before), after=_masked(pair.after)) for pair in pairs
    )


def _masked(line: Line | None) -> Line | None:
    return None if line is None else replace(line, text=mask_text(line.text))


def _body(done: RequestFinished) -> Page:
    if not done.response_body.size:
        return Page()
    reading = read(done.response_body, done.response_headers)
    if reading.view is BodyView.PREVIEW:  # a picture has no lines
        reading = read(done.response_body, done.response_headers, BodyView.HEX)
    return reading.page


def _headers(before: Headers, after: Headers, differing: set[str]) -> Iterator[Pair]:
    first, second = _by_name(before), _by_name(after)
    for number, name in enumerate(sorted({*first, *second}), 1):
        yield Pair(
            _line(number, first.get(name)), _line(number, second.get(name)), name in differing
        )


def _by_name(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        text = one_line(f"{name}: {mask_header(name, value)}", _VALUE)
        known = name.lower()
        found[known] = f"{found[known]}; {text}" if known in found else text
    return found


def _timing(pin: Pin, done: RequestFinished) -> Iterator[Pair]:
    before = pin.request
    rows = [
        ("Time", duration(before.duration), duration(done.duration)),
        ("Size", size(before.response_body.size), size(done.response_body.size)),
    ]
    queries = (pin.queries, query_count(done))
    if queries != (None, None):
        shown = ["not recorded" if count is None else f"{count:,}" for count in queries]
        rows.append(("Queries", shown[0], shown[1]))
    for number, (name, one, other) in enumerate(rows, 1):
        yield Pair(_line(number, f"{name:<9}{one}"), _line(number, f"{name:<9}{other}"))


def _line(number: int, text: str | None) -> Line | None:
    return None if text is None else Line(number, text)
