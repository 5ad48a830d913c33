"""Events as lines from a worker to its launcher: an exchange once, then short rows.

A line is a JSON object, and one of three:

- ``{"event": …}``, as :func:`server.events.encode` writes it: whatever is no request, and a request
  whose exchange is for this once, such as one with a body;
- ``{"exchange": NUMBER, …}``: the facts that the number stands for from now on;
- ``{"rows": [[…], …]}``: one for each event: ``[0, id, time, method, target]`` for a start, and
  ``[NUMBER, id, started, duration, app_duration, thread, port]`` for an end with the facts of
  NUMBER. Times are whole microseconds, which are written and read in half of the time of fractions.

Numbers count from 1, and again once ``_MOST`` are in use, so neither end remembers more. Both
ends are on this machine; what comes from a worker is checked all the same, as the app can write
into the pipe, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _text
from typing import Any

from ..events import (
    Event,
    Exchange,
    RequestFinished,
    RequestStarted,
    encode,
    event_from_values,
    read_fields,
)
from ..facts.exchange import FACTS

__all__ = ["LINE_KINDS", "LineReader", "LineWriter"]

LINE_KINDS = ("event", "exchange", "rows")
"""One of these is a member of each line of a :class:`LineWriter`."""

_MOST = 1024


class LineWriter:
    """The worker's end. One thread at a time."""

    def __init__(self) -> None:
        # By the exchange's id; it is kept with its number, so no other has that id.
        self._known: dict[int, tuple[int, Exchange]] = {}

    def lines(self, events: Sequence[Event]) -> str:
        """Events as lines, in their order."""
        lines: list[str] = []
        rows: list[str] = []
        for event in events:
            if isinstance(event, RequestStarted):
                rows.append(
                    f"[0,{event.id},{round(event.time * 1e6)},"
                    f"{_text(event.method)},{_text(event.target)},{event.remote_port}]"
                )
                continue
            if isinstance(event, RequestFinished) and event.exchange.repeats:
                exchange, number, started, duration, app_duration, thread, port = event
                known = self._known.get(id(exchange))
                if known is None:
                    _end_rows(rows, lines)  # before a number may get another meaning
                    known = self._introduce(exchange, lines)
                rows.append(
                    f"[{known[0]},{number},{round(started * 1e6)},{round(duration * 1e6)},"
                    f"{round(app_duration * 1e6)},{_text(thread)},{port}]"
                )
                continue
            _end_rows(rows, lines)
            lines.append(encode(event))
        _end_rows(rows, lines)
        return "".join(lines)

    def _introduce(self, exchange: Exchange, lines: list[str]) -> tuple[int, Exchange]:
        """Give an exchange a number."""
        if len(self._known) >= _MOST:  # those in use are introduced again
            self._known.clear()
        number = len(self._known) + 1
        known = self._known[id(exchange)] = number, exchange
        lines.append(f'{{"exchange":{number},{exchange.as_json()}}}\n')
        return known


class LineReader:
    """The launcher's end. One thread at a time."""

    def __init__(self) -> None:
        self._known: dict[int, Exchange] = {}

    def read(self, line: Any) -> list[Event]:
        """The events of a line.

        :param line: what JSON made of it
        :raises ValueError: no :class:`LineWriter` has written it
        """
        try:
            if "rows" in line:
                return [self._event_of(row) for row in line["rows"]]
            if "event" in line:
                return [event_from_values(line)]
            exchange = Exchange(repeats=True, **read_fields(line, FACTS))
            self._known[int(line["exchange"])] = exchange
        except (LookupError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not from a worker: {str(line)[:200]}") from error
        return []

    def _event_of(self, row: list[Any]) -> Event:
        if row[0]:
            number, id, started, duration, app_duration, thread, port = row
            return RequestFinished._make(
                (
                    self._known[number],
                    int(id),
                    int(started) / 1e6,
                    int(duration) / 1e6,
                    int(app_duration) / 1e6,
                    str(thread),
                    int(port),
                )
            )
        _, id, moment, method, target, port = row
        return RequestStarted._make(
            (int(id), str(method), str(target), int(moment) / 1e6, int(port))
        )


def _end_rows(rows: list[str], lines: list[str]) -> None:
    """Make one line of the rows there are."""
    if rows:
        lines.append(f'{{"rows":[{",".join(rows)}]}}\n')
        rows.clear()
