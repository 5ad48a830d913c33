"""How a row of the request list looks; GUI thread only.

Shape and colour of the mark show how a request went, a chip that its method writes, a bar on a log
scale how long it took. Numbers of 2xx are neutral, so that the eye finds the others.
"""

from __future__ import annotations

from collections.abc import Callable

from launcher.core.display import duration
from launcher.core.logs.dividers import DividerKind
from launcher.core.logs.requests import Outcome
from launcher.models.requests import (
    COLUMNS,
    DURATION,
    METHOD,
    PATH,
    QUERIES,
    STATUS,
    TIME,
    AbsentCells,
    Cells,
    DividerCells,
    RequestCells,
    bar_share,
)

from .controls.shapes import RING_STEPS
from .table.look import MARK_SIZE, Look
from .table.painting import Picture, Placed, Span, Spans, Text

__all__ = ["MARKS", "RequestPainter"]

# How each outcome is marked: its shape and its colour, and those of the status beside it.
MARKS: dict[Outcome, tuple[str, str, str]] = {
    Outcome.PENDING: ("ring", "accent", "muted"),
    Outcome.OK: ("dot", "good", "soft"),
    Outcome.REDIRECT: ("arrow", "info", "info"),
    Outcome.CLIENT_ERROR: ("triangle", "warning", "warning"),
    Outcome.SERVER_ERROR: ("cross", "danger", "danger"),
    Outcome.ABORTED: ("slash", "muted", "muted"),
    Outcome.LOST: ("dash", "muted", "muted"),
}
_DIVIDERS: dict[DividerKind, tuple[str, str, str]] = {
    DividerKind.STARTED: ("play", "muted", "text"),
    DividerKind.STOPPED: ("square", "muted", "text"),
    DividerKind.RELOADED: ("reload", "muted", "text"),
    DividerKind.RELOAD_FAILED: ("cross", "danger", "danger"),
    DividerKind.FAILED: ("cross", "danger", "danger"),
    DividerKind.CRASHED: ("cross", "danger", "danger"),
    DividerKind.MARKED: ("dash", "accent", "link"),
    DividerKind.RUN: ("play", "muted", "text"),
}

WITH_MILLISECONDS = "23:59:58.888"
SECONDS = len("23:59:58")
"""Characters of a time without its milliseconds."""
BAR_WIDTH, BAR_HEIGHT = 34, 4
CHIP_HEIGHT, CHIP_PAD = 18, 5
MARK_ROOM = 18
"""From the left of a mark to the text beside it."""
_LEAST_QUERY = 24
_BOLD = 600


class RequestPainter:
    """Lays out requests and the dividers between them."""

    def place(self, cells: Cells, look: Look, spans: Spans, height: int) -> Placed:
        """Lay out a row; of one that is running, all but what goes on changing."""
        if isinstance(cells, DividerCells):
            return _divider(cells, look, spans, height)
        if isinstance(cells, AbsentCells):
            return _absent(cells, look, spans, height)
        return _request(cells, look, spans, height)

    def live(
        self, cells: Cells, look: Look, spans: Spans, height: int, now: float
    ) -> Placed | None:
        """The ring and the clock of a request that is running."""
        if not isinstance(cells, RequestCells) or not cells.started:
            return None
        seconds = max(0.0, now - cells.started)
        pictures: list[Picture] = []
        texts: list[Text] = []
        if STATUS in spans:
            ring = look.mark("ring", "accent", int(now * RING_STEPS) % RING_STEPS)
            pictures.append((spans[STATUS].left, (height - look.px(MARK_SIZE)) // 2, ring))
        if DURATION in spans:
            pictures.append(_bar(look, spans[DURATION], height, bar_share(seconds), "accent"))
            # Not more digits than change: a second has tenths, and a minute seconds.
            shown = f"{seconds:.1f} s" if 1 <= seconds < 59.95 else duration(seconds)
            texts.append(_at_right(look, spans[DURATION], height, shown, "link", _BOLD))
        return Placed(cells, False, tuple(texts), tuple(pictures))


def _request(cells: RequestCells, look: Look, spans: Spans, height: int) -> Placed:
    texts: list[Text] = []
    pictures: list[Picture] = []
    shown = cells.texts
    failed = cells.outcome is Outcome.SERVER_ERROR
    if TIME in spans:
        texts.append(_time(look, spans[TIME], height, shown[TIME]))
    if METHOD in spans:
        pictures.append(_method(cells, look, spans[METHOD], height))
    if PATH in spans:
        span = spans[PATH]
        if cells.replay:
            mark = look.mark("reload", "accent")
            pictures.append((span.left, (height - look.px(MARK_SIZE)) // 2, mark))
            span = Span(span.left + look.px(MARK_ROOM), span.right)
        texts += _path(cells, look, span, height)
    if STATUS in spans:
        span = spans[STATUS]
        shape, tone, words = MARKS[cells.outcome]
        if not cells.started:
            mark = look.mark(shape, tone)
            pictures.append((span.left, (height - look.px(MARK_SIZE)) // 2, mark))
        word = not shown[STATUS][:1].isdigit()
        face = look.face("second") if word else look.face("datum", _BOLD if failed else 0)
        left = span.left + look.px(MARK_ROOM)
        text = face.elided(shown[STATUS] if word else shown[STATUS][:3], span.right - left)
        pictures.append((left, 0, look.label(face, words, text, height)))
    if DURATION in spans and shown[DURATION]:
        span = spans[DURATION]
        tone = "danger" if failed else "warning" if cells.slow else "bar"
        pictures.append(_bar(look, span, height, cells.share, tone))
        slow = cells.slow and not failed
        texts.append(
            _at_right(
                look,
                span,
                height,
                shown[DURATION],
                "warning" if slow else "soft",
                _BOLD if slow else 0,
            )
        )
    if QUERIES in spans:
        texts += _queries(look, spans[QUERIES], height, cells.queries)
    for column, span in spans.items():
        if column not in _LAID_OUT and shown[column]:
            place, tone = _PLACES[column]
            texts.append(place(look, span, height, shown[column], tone))
    return Placed(cells, failed, tuple(texts), tuple(pictures))


def _absent(cells: AbsentCells, look: Look, spans: Spans, height: int) -> Placed:
    face = look.face("second")
    texts: tuple[Text, ...] = ()
    if PATH in spans:
        span = spans[PATH]
        text = face.elided(cells.texts[PATH], span.width)
        texts = (Text(face, look.colour("muted"), span.left, face.baseline(height), text),)
    return Placed(cells, False, texts)


def _method(cells: RequestCells, look: Look, span: Span, height: int) -> Picture:
    face = look.face("small_mono", _BOLD if cells.writes else 0)
    text = face.elided(cells.texts[METHOD], span.width)
    if not cells.writes:
        return span.left, 0, look.label(face, "muted", text, height)
    pad, tall = look.px(CHIP_PAD), look.px(CHIP_HEIGHT)
    return span.left - pad, (height - tall) // 2, look.label(face, "link", text, tall, "tint", pad)


def _path(cells: RequestCells, look: Look, span: Span, height: int) -> list[Text]:
    """The path, elided in its middle; after it as much of the query as there is room for. Behind
    both, of a request that was sent again, how its answer compares."""
    face, second = look.face("datum"), look.face("mono")
    verdict: list[Text] = []
    if cells.replay:
        words, gap = look.face("second"), look.px(10)
        taken = face.width(cells.path) + second.width(cells.query) + gap
        wide = words.width(cells.replay)
        if wide + look.px(_LEAST_QUERY) < span.width:
            left = span.left + min(taken, span.width - wide)
            tone = look.colour("muted" if cells.replay in ("same", "edited") else "text")
            verdict = [Text(words, tone, left, words.baseline(height), cells.replay)]
            span = Span(span.left, left - gap)
    path = face.elided(cells.path, span.width, middle=True)
    texts = [Text(face, look.colour("text"), span.left, face.baseline(height), path)]
    left = span.left + face.width(path)
    if cells.query and path is cells.path and span.right - left >= look.px(_LEAST_QUERY):
        query = second.elided(cells.query, span.right - left)
        texts.append(Text(second, look.colour("muted"), left, second.baseline(height), query))
    return texts + verdict


def _queries(look: Look, span: Span, height: int, parts: tuple[str, str, str]) -> list[Text]:
    """How many, how many of them repeat, and their time; what there is no room for is left out.

    Where that is how many repeat, the number is marked instead.
    """
    second, bold = look.face("second"), look.face("second", _BOLD)
    total, repeated, time = parts
    between = " \u00b7 "
    pairs = [(total, second, "soft"), (repeated, bold, "warning"), (time, second, "muted")]
    both = second.width(total + between) + bold.width(repeated)
    if repeated and span.left + both > span.right:
        pairs[:2] = [(total, bold, "warning")]
    found: list[Text] = []
    left = span.left
    for text, face, tone in pairs:
        before = between if found else ""
        if not text or left + second.width(before) + face.width(text) > span.right:
            continue
        if before:
            muted = look.colour("muted")
            found.append(Text(second, muted, left, second.baseline(height), before))
            left += second.width(before)
        found.append(Text(face, look.colour(tone), left, face.baseline(height), text))
        left += face.width(text)
    return found


def _divider(cells: DividerCells, look: Look, spans: Spans, height: int) -> Placed:
    divider = cells.divider
    shape, tone, colour = _DIVIDERS[divider.kind]
    texts = [_time(look, spans[TIME], height, cells.texts[TIME])] if TIME in spans else []
    # The words stand from the second column on, whichever that is.
    begins = sorted(span.left for span in spans.values())
    left = begins[1] if len(begins) > 1 else look.px(14)
    right = max((span.right for span in spans.values()), default=left)
    mark = look.mark(shape, tone)
    pictures = ((left, (height - look.px(MARK_SIZE)) // 2, mark),)
    left += look.px(MARK_ROOM)
    gap = look.px(6)
    for text, face, name in (
        (divider.heading, look.face("second", _BOLD), colour),
        (divider.place, look.face("mono"), "yours"),
        (divider.rest, look.face("second"), "muted"),
    ):
        if text and left < right:
            text = face.elided(text, right - left)
            texts.append(Text(face, look.colour(name), left, face.baseline(height), text))
            left += face.width(text) + gap
    left += gap
    line = (left, right, look.colour("line")) if left < right else None
    return Placed(cells, False, tuple(texts), pictures, line)


def _time(look: Look, span: Span, height: int, text: str) -> Text:
    face = look.face("mono")
    if face.width(WITH_MILLISECONDS) > span.width:  # all of them are as wide
        text = text[:SECONDS]
    return Text(face, look.colour("muted"), span.left, face.baseline(height), text)


def _mono(look: Look, span: Span, height: int, text: str, tone: str) -> Text:
    face = look.face("mono")
    text = face.elided(text, span.width)
    return Text(face, look.colour(tone), span.left, face.baseline(height), text)


def _second(look: Look, span: Span, height: int, text: str, tone: str) -> Text:
    face = look.face("second")
    text = face.elided(text, span.width)
    return Text(face, look.colour(tone), span.left, face.baseline(height), text)


def _at_right(look: Look, span: Span, height: int, text: str, tone: str, weight: int = 0) -> Text:
    face = look.face("second", weight)
    text = face.elided(text, span.width)
    left = span.right - face.width(text)
    return Text(face, look.colour(tone), left, face.baseline(height), text)


def _bar(look: Look, span: Span, height: int, share: float, tone: str) -> Picture:
    tall = look.px(BAR_HEIGHT)
    width = max(look.px(3), round(look.px(BAR_WIDTH) * share))
    return span.left, (height - tall) // 2, look.plate(tone, width, tall, tall / 2)


_LAID_OUT = frozenset({TIME, METHOD, PATH, STATUS, DURATION, QUERIES})
"""The columns that are more than a text; of all others the text is shown, muted."""
_Place = Callable[[Look, Span, int, str, str], Text]
# How it is placed, and its colour, where they are others; texts may also end at the right.
_OTHERS: dict[str, tuple[_Place, str]] = {
    "endpoint": (_mono, "yours"),
    "client": (_mono, "muted"),
    "query": (_mono, "muted"),
    "host": (_mono, "muted"),
    "error": (_second, "danger"),
}
_PLACES = tuple(
    _OTHERS.get(column.name, (_at_right if column.right else _second, "muted"))
    for column in COLUMNS
)
