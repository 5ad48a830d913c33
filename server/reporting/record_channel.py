"""Records of requests, from a worker to its launcher, without most of the work of writing JSON.

The channel carries lines. What comes again is introduced once, by a line that gives it a number;
after that a request is a row of six numbers, or two where something came between its start and its
end. Many rows are one line: as they lie in memory, in base64. All else is an event's line, which is
also how anything is told the first time. Both ends are on one machine, so they agree on how a
number lies in memory.
"""

from __future__ import annotations

import binascii
import json
from array import array
from collections.abc import Sequence
from typing import Any, Optional, Union

from ..events import Event, event_from_values
from ..protocol.parsing import NO_HEAD, RequestHead
from .exchanges import Exchange, Record, StartedRecord
from .lines import LineEncoder

__all__ = ["RecordReader", "RecordWriter"]

_MOST = 1024  # numbers in use


class RecordWriter:
    """The worker's end. One thread at a time."""

    def __init__(self) -> None:
        self._encoder = LineEncoder()
        self._numbers: dict[Any, int] = {}  # 0: was told once, and is introduced the next time
        self._last = 0

    def lines(self, found: Sequence[Union[Event, Record]]) -> str:
        """Events and records as lines, in their order."""
        numbers = self._numbers
        lines: list[str] = []
        rows: list[int] = []
        waiting: Optional[StartedRecord] = None  # mostly its end comes next
        for item in found:
            if waiting is not None:
                if type(item) is tuple and item[1] == waiting[1]:
                    exchange, request, started, duration, app_duration, thread = item  # type: ignore[misc]
                    number, place = numbers.get(exchange), numbers.get(thread)
                    if number and place:
                        rows += (number, request, started, duration, app_duration, -place)
                        waiting = None
                        continue
                rows = self._add(waiting, rows, lines)
                waiting = None
            if type(item) is tuple and len(item) == 3:
                waiting = item
            else:
                rows = self._add(item, rows, lines)
        if waiting is not None:
            rows = self._add(waiting, rows, lines)
        if rows:
            lines.append(_block(rows))
        return "".join(lines)

    def _add(self, item: Union[Event, Record], rows: list[int], lines: list[str]) -> list[int]:
        """Add one as a row, where it can be one, else as lines, after the rows there are.

        :returns: the rows that come next
        """
        numbers = self._numbers
        if type(item) is tuple:
            if len(item) == 3:
                head, request, started = item
                number = numbers.get((head.method, head.target))
                if number:
                    rows += (-number, request, started, 0, 0, 0)
                    return rows
            else:
                exchange, request, started, duration, app_duration, thread = item
                number, place = numbers.get(exchange), numbers.get(thread)
                if number and place:
                    rows += (number, request, started, duration, app_duration, place)
                    return rows
        if rows:  # before anything gets a number anew
            lines.append(_block(rows))
        if type(item) is tuple:
            self._introduce(item, lines)
        lines.append(self._encoder.encode(item))
        return []

    def _introduce(self, record: Record, lines: list[str]) -> None:
        """Give what a record refers to a number, unless it may well be for this once."""
        if len(self._numbers) >= _MOST:  # those in use are introduced again
            self._numbers.clear()
            self._last = 0
        if len(record) == 3:
            head = record[0]
            self._number((head.method, head.target), "request", [head.method, head.target], lines)
            return
        exchange, thread = record[0], record[5]
        if exchange.repeats:
            self._number(exchange, "exchange", exchange, lines)
            self._number(thread, "thread", thread, lines)

    def _number(self, key: Any, kind: str, value: Any, lines: list[str]) -> None:
        known = self._numbers.get(key)
        if known is None:
            self._numbers[key] = 0
        elif not known:
            self._last += 1
            self._numbers[key] = self._last
            if isinstance(value, Exchange):
                text = self._encoder.encode((value, 0, 0, 0, 0, "")).rstrip()
            else:
                text = json.dumps(value)
            lines.append(f'{{"number":{self._last},"{kind}":{text}}}\n')


class RecordReader:
    """The launcher's end. One thread at a time."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def read(self, line: dict[str, Any]) -> list[Record]:
        """What a line says that isn't an event.

        :returns: the records in it; none where it introduces something
        :raises ValueError: it is none of :class:`RecordWriter`'s
        """
        try:
            if "requests" in line:
                return self._records(binascii.a2b_base64(line["requests"]))
            number = int(line["number"])
            if "request" in line:
                method, target = map(str, line["request"])
                self._known[number] = _head(method, target)
            elif "exchange" in line:
                values = vars(event_from_values(line["exchange"]))
                head = _head(values["method"], values["target"])
                self._known[number] = Exchange(values, (head,)), head
            else:
                self._known[number] = str(line["thread"])
        except (LookupError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError("not from a RecordWriter") from error
        return []

    def _records(self, block: bytes) -> list[Record]:
        rows = array("q")
        rows.frombytes(block)
        numbers = iter(rows)
        known = self._known
        records: list[Record] = []
        for number, request, started, duration, app_duration, place in zip(*[numbers] * 6):
            if number < 0:
                records.append((known[-number], request, started))
                continue
            exchange, head = known[number]
            if place < 0:
                place = -place
                records.append((head, request, started))
            records.append((exchange, request, started, duration, app_duration, known[place]))
        return records


def _head(method: str, target: str) -> RequestHead:
    return NO_HEAD._replace(method=method, target=target)


def _block(rows: list[int]) -> str:
    block = binascii.b2a_base64(array("q", rows).tobytes(), newline=False)
    return f'{{"requests":"{block.decode("ascii")}"}}\n'
