"""Writes the requests of a batch: a short row for each, and the exchanges that aren't there yet.

A flood is mostly one exchange again and again, so the time goes into the short rows. They are made
by column, with functions of the interpreter alone: a loop of ours over each request would cost more
than SQLite takes to write it.

Which exchange is shared. One that may come again (``Exchange.repeats``), of requests that have
begun and ended in the same batch: it is written with the first of them, and referred to by those
that come, :data:`~launcher.core.logs.history.schema.REACH` places on at most; see ``schema.py``. A
request that isn't over has an exchange of its own, as little is known of it. When it is over it
refers to one that was shared meanwhile, or else gets its own in place of that.

The writer's thread only. What is remembered of the file is forgotten when a batch fails, and when
contents were deleted.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import field
from operator import sub
from typing import Any, NamedTuple

from server.base.values import dataclass
from server.events import Exchange, RequestFinished, RequestStarted

from .contents import Pool, insert, insert_columns
from .numbers import number_of
from .recording import Batch
from .rows import EXCHANGE, LOST, REFERENCES, Part, part_of, started_part
from .schema import REACH, SHARED

__all__ = ["Gathered", "RequestWriter"]

_MOST_KNOWN = 2000
_SPAN = REACH // 2
_ID, _STARTED, _DURATION, _APP_DURATION, _THREAD = map(
    RequestFinished._fields.index, ("id", "started", "duration", "app_duration", "thread")
)


class _Named(NamedTuple):
    """A :class:`Part` whose contents the pools know."""

    part: Part
    keys: tuple[bytes | None, ...]


@dataclass
class _Known:
    """An exchange that may come again; kept, so that no other has its id.

    :ivar place: that of the request that it was written with
    """

    exchange: Exchange
    named: _Named
    place: int


@dataclass
class Gathered:
    """The requests of a batch, before their contents have ids.

    :ivar exchanges: those that are to be written, by their numbers
    :ivar places: of the requests that are over
    :ivar columns: the values of ``ends``, which are tuples, by column
    :ivar backs: where the exchange of each was written, None for its own
    :ivar threads: the words that are the names of threads
    :ivar replaced: the numbers of exchanges that nothing refers to any more
    """

    starts: Mapping[int, RequestStarted] = field(default_factory=dict)
    exchanges: dict[int, _Named] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    ends: list[RequestFinished] = field(default_factory=list)
    columns: Sequence[Sequence[Any]] = ()
    backs: list[int | None] = field(default_factory=list)
    threads: dict[str, bytes] = field(default_factory=dict)
    replaced: list[int] = field(default_factory=list)


class RequestWriter:
    """Writes requests.

    :param pools: those of what exchanges refer to, by table
    """

    def __init__(self, connection: sqlite3.Connection, pools: Mapping[str, Pool]) -> None:
        self._connection = connection
        self._words = pools["word"]
        self._columns = [pools[table] for table in REFERENCES.values()]
        self._known: dict[int, _Known] = {}
        self._run = 0

    def forget(self) -> None:
        """What was written may not be in the file, or not any more."""
        self._known.clear()

    def gather(self, run: int, batch: Batch, first: int) -> Gathered:
        """Find out what is to be written, and name the contents that it refers to.

        :param first: the place of the run's first request; those below it aren't in this run
        """
        if run != self._run:
            self._run = run
            self.forget()
        found = Gathered()
        starts = {
            place: start
            for place, start in (batch.lost | batch.starts).items()
            if place >= batch.firsts[0] and place not in batch.ends
        }
        found.starts = starts
        for place, start in starts.items():
            found.exchanges[number_of(run, place)] = self._name(started_part(start))
        places = sorted(batch.ends)
        at = bisect_left(places, batch.firsts[0])
        for place in places[bisect_left(places, first) : at]:
            self._gather_late(found, place, batch.ends[place])
        while at < len(places):
            stop = bisect_left(places, places[at] + _SPAN)
            self._gather_new(found, places[at:stop], batch.ends)
            at = stop
        found.columns = tuple(zip(*found.ends, strict=True))
        threads = set(found.columns[_THREAD]) if found.ends else ()
        found.threads = {name: self._words.want(name) for name in threads if name}
        return found

    def write(self, run: int, found: Gathered, batch: Batch) -> None:
        """Write what was gathered; the contents have their ids."""
        connection = self._connection
        if found.replaced:
            numbers = ",".join(map(str, found.replaced))
            connection.execute(f"DELETE FROM exchange WHERE home IN ({numbers})")
        insert(
            connection,
            "exchange",
            ("home", *EXCHANGE),
            [
                (home, *named.part.plain, *self._ids(named))
                for home, named in sorted(found.exchanges.items())
            ],
        )
        errors = batch.errors_of
        insert(
            connection,
            "request",
            ("number", "id", "started", "error"),
            [
                (number_of(run, place), start.id, start.time, errors.get(place))
                for place, start in sorted(found.starts.items())
            ],
        )
        self._write_ends(run, found, errors)
        for place in errors.keys() - found.starts.keys() - set(found.places) if errors else ():
            connection.execute(
                "UPDATE request SET error = ? WHERE number = ?",
                (errors[place], number_of(run, place)),
            )
        lost = [number_of(run, place) for place in batch.lost if place not in batch.ends]
        if lost:
            numbers = ",".join(map(str, lost))
            connection.execute(
                f"UPDATE exchange SET flags = flags | {LOST} WHERE home IN ({numbers})"
            )

    def _gather_late(self, found: Gathered, place: int, end: RequestFinished) -> None:
        """A request that has begun in a batch before, and so has an exchange of its own."""
        known = self._known.get(id(end.exchange))
        number = number_of(self._run, place)
        if known is None or place - known.place > REACH:
            found.exchanges[number] = self._name(part_of(end.exchange))
            found.backs.append(None)
        else:
            self._name_again(known.named)
            found.backs.append(place - known.place)
            found.replaced.append(number)
        found.places.append(place)
        found.ends.append(end)

    def _gather_new(
        self, found: Gathered, places: Sequence[int], by_place: Mapping[int, RequestFinished]
    ) -> None:
        """Requests that have begun in this batch, so few that all of them can share an exchange."""
        ends = [by_place[place] for place in places]
        exchanges = [end.exchange for end in ends]
        keys = list(map(id, exchanges))
        firsts = dict(zip(reversed(keys), reversed(places), strict=True))
        homes = {
            key: self._home(found, by_place[first].exchange, first, places[-1])
            for key, first in firsts.items()
            if by_place[first].exchange.repeats
        }
        if len(homes) == len(firsts):
            found.backs += map(sub, places, map(homes.__getitem__, keys))
        else:
            for place, key, exchange in zip(places, keys, exchanges, strict=True):
                home = homes.get(key)
                found.backs.append(None if home is None else place - home)
                if home is None:
                    found.exchanges[number_of(self._run, place)] = self._name(part_of(exchange))
        found.places += places
        found.ends += ends

    def _home(self, found: Gathered, exchange: Exchange, first: int, last: int) -> int:
        """Where an exchange was, or is to be, written.

        :param first: the place of the first request that refers to it now
        :param last: that of the last one, or one behind it
        """
        known = self._known.get(id(exchange))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = _Known(exchange, self._name(part_of(exchange)), first)
            self._known[id(exchange)] = known
        else:
            self._name_again(known.named)
            if last - known.place <= REACH:
                return known.place
            known.place = first
        found.exchanges[number_of(self._run, first) + SHARED] = known.named
        return first

    def _name(self, part: Part) -> _Named:
        return _Named(
            part,
            tuple(
                None if data is None else pool.want(data)
                for pool, data in zip(self._columns, part.references, strict=True)
            ),
        )

    def _name_again(self, named: _Named) -> None:
        """Its contents are still referred to."""
        for pool, key, data in zip(self._columns, named.keys, named.part.references, strict=True):
            if key is not None and data is not None:
                pool.want_again(key, data)

    def _ids(self, named: _Named) -> tuple[int | None, ...]:
        return tuple(
            None if key is None else pool.id(key)
            for pool, key in zip(self._columns, named.keys, strict=True)
        )

    def _write_ends(self, run: int, found: Gathered, errors: Mapping[int, int]) -> None:
        if not found.ends:
            return
        base = number_of(run, 0)
        columns = found.columns
        words = {name: self._words.id(key) for name, key in found.threads.items()}
        insert_columns(
            self._connection,
            "request",
            {
                "number": [base + place for place in found.places],
                "id": columns[_ID],
                "started": columns[_STARTED],
                "duration": columns[_DURATION],
                "app_duration": columns[_APP_DURATION],
                "thread": list(map(words.get, columns[_THREAD])),
                "error": list(map(errors.get, found.places)) if errors else (),
                "back": found.backs,
            },
        )
