"""The requests with the dividers between them, whatever happens to either."""

from __future__ import annotations

import random
from typing import Any

import pytest

from launcher.core.logs.divided import DividedView
from launcher.core.logs.dividers import Divider, DividerKind
from launcher.core.logs.history.conditions import All
from launcher.core.logs.orders import Filter
from launcher.core.logs.request_orders import REQUEST_ORDERS
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.logs.view import Change, Kind, View


class Mirror:
    """Keeps a list in step by what is reported alone, as a Qt view does."""

    def __init__(self, view: DividedView[RequestRow]) -> None:
        self.view = view
        self.items = self.now()
        view.listen(self._before, self._after)

    def now(self) -> list[int]:
        """What the view says: a row's number, or one below 0 for a divider."""
        found = []
        for position in range(len(self.view)):
            number = self.view.number(position)
            divider = self.view.divider_number(position)
            assert (number is None) != (divider is None)
            found.append(~divider if number is None and divider is not None else number or 0)
        return found

    def _before(self, change: Change) -> None:
        assert len(self.view) == len(self.items)
        if change.kind is Kind.REMOVED:
            del self.items[change.start : change.stop]

    def _after(self, change: Change) -> None:
        now = self.now()
        if change.kind is Kind.ADDED:
            self.items[change.start : change.start] = now[change.start : change.stop]
        elif change.kind is Kind.RESET:
            self.items = now
        assert self.items == now


def divided(log: RequestLog, keep: Any = None) -> DividedView[RequestRow]:
    filter = None if keep is None else Filter(keep, All(()))
    return DividedView(log, View(log, filter), log.dividers)


def divide(log: RequestLog) -> None:
    log.dividers._rows.append(Divider(DividerKind.STARTED, log.end, 0.0))


def expected(log: RequestLog, keep: Any) -> list[int]:
    """The dividers and rows in the order in which they belong."""
    rows = [(row.number, 1, row.number) for row in log if keep is None or keep(row)]
    for number in range(log.dividers.first, log.dividers.end):
        divider = log.dividers.get(number)
        if divider is not None and divider.before >= log.first:
            rows.append((divider.before, 0, ~number))
    return [item for _, _, item in sorted(rows, key=lambda row: (row[0], row[1], abs(row[2])))]


def failed(row: RequestRow) -> bool:
    return row.finished is not None and row.finished.status >= 500


@pytest.mark.parametrize("keep", [None, failed], ids=["all", "filtered"])
@pytest.mark.parametrize("seed", range(4))
def test_both_stand_where_they_belong(make: Any, keep: Any, seed: int) -> None:
    chance = random.Random(seed)
    log = RequestLog(capacity=40, block=10)
    mirror = Mirror(divided(log, keep=keep))
    running: list[int] = []
    sent = 0
    for _ in range(300):
        for _ in range(chance.randrange(4)):
            action = chance.random()
            if action < 0.45:
                sent += 1
                log.add_started(make.request(sent))
                running.append(sent)
            elif action < 0.85 and running:
                number = running.pop(chance.randrange(len(running)))
                log.add_finished(make.finished(number, status=chance.choice((200, 500))))
            elif action < 0.98:
                divide(log)
            else:
                log.clear()
                running.clear()
        mirror.view.sync()
        got = mirror.now()
        assert got == mirror.items
        assert got == expected(log, keep)


def test_in_another_order_dividers_are_left_out(make: Any) -> None:
    log = RequestLog()
    mirror = Mirror(divided(log))
    divide(log)
    for number, duration in ((1, 0.3), (2, 0.1), (3, 0.2)):
        log.add_finished(make.finished(number, duration=duration))
    divide(log)
    mirror.view.sync()
    assert mirror.now() == [~0, 0, 1, 2, ~1]
    mirror.view.arrange(order=REQUEST_ORDERS["duration"])
    assert mirror.now() == [1, 2, 0]
    divide(log)
    mirror.view.sync()
    assert mirror.now() == [1, 2, 0]
    mirror.view.arrange()
    assert mirror.now() == [~0, 0, 1, 2, ~1, ~2]
    assert mirror.view.position(2) == 3
    assert mirror.view.rows == 3


def test_clearing_takes_the_dividers_as_well(make: Any) -> None:
    log = RequestLog()
    mirror = Mirror(divided(log))
    divide(log)
    mirror.view.sync()
    assert mirror.items == [~0]
    log.clear()
    assert [change.kind for change in mirror.view.sync()] == [Kind.RESET]
    assert mirror.items == []
