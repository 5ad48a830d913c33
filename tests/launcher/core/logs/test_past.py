"""The logs of a page with a history behind them."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from launcher.core.logs import archive
from launcher.core.logs.dividers import DividerKind
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history.conditions import All, Compare, Text
from launcher.core.logs.history.history import History
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.recording import OwnLine, UserMark
from launcher.core.logs.orders import Filter
from launcher.core.logs.past import NOTHING, Past, read_past, run_heading
from launcher.core.logs.request_orders import REQUEST_ORDERS, request_orders
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.logs.rows import Cancel
from launcher.core.logs.view import View
from server.config import ServerConfig
from server.events import Body, OutputWritten

APP = "shop:app"
CONFIG = ServerConfig(app=APP, project="/srv/shop")


class Inline:
    """A source that does everything at once, on the thread that asks."""

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self.open = open_reader
        self.reads = 0

    def read(self, job: Any, then: Any, missing: Any = None) -> None:
        self.reads += 1
        try:
            with self.open() as reader:
                result = job(reader)
        except FileNotFoundError:
            result = missing
        then(result)

    def search(self, job: Any, take: Any, done: Any) -> Cancel:
        with self.open() as reader:
            job(reader, take)
        done()
        return lambda: None


class Page:
    """What a page has: its logs, and what there is of before."""

    def __init__(self, data_dir: Path, capacity: int = 20) -> None:
        self.requests = RequestLog(capacity, block=5)
        self.errors = ErrorLog()
        self.past = Past(self.requests, self.errors)
        self.history = History(data_dir, CONFIG.project, lambda trouble: None)
        self.source = Inline(self.history.reader)
        self.ids = 0

    def start(self) -> None:
        self.requests.begin_session()
        run = self.history.begin_run(APP)
        self.past.begin_run(run, (self.requests.end, self.errors.end))

    def take(self, *events: Any) -> None:
        for event in events:
            self.requests.add_finished(event)
        self.history.take(events)

    def attach(self) -> None:
        assert self.history.flush()
        self.source.read(partial(read_past, APP), self.take_found, NOTHING)

    def take_found(self, found: Any) -> None:
        self.past.attach(self.source, found)

    def rows(self, view: View[RequestRow]) -> list[RequestRow]:
        view.sync()
        for position in range(len(view)):
            view.row(position)
        return [row for at in range(len(view)) if (row := view.row(at)) is not None]


@pytest.fixture
def open_page(tmp_path: Path) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open(**options: Any) -> Page:
        pages.append(Page(tmp_path, **options))
        return pages[-1]

    yield open
    for page in pages:
        assert page.history.close()


def paths(rows: list[RequestRow]) -> list[str]:
    return [row.finished.path for row in rows if row.finished is not None]


def test_the_rows_of_before_stand_in_front(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    for run in range(2):
        before.start()
        before.take(*[make.finished(n, f"/{run}/{n}") for n in range(1, 40)])
        before.history.take([make.stopped()])
    assert before.history.close()
    page = open_page()
    view = View(page.requests)
    page.attach()
    page.start()
    page.take(make.finished(1, "/new"))
    expected = [f"/{run}/{n}" for run in range(2) for n in range(1, 40)] + ["/new"]
    assert paths(page.rows(view)) == expected
    assert view.number(0) == page.requests.oldest == -78
    assert [d.before for d in page.requests.dividers if d.kind is DividerKind.RUN] == [-78, -39]


def test_what_memory_drops_is_read_again(open_page: Callable[..., Page], make: Any) -> None:
    page = open_page(capacity=10)
    page.start()
    page.take(*[make.finished(n, f"/{n}", request_body=Body(n, b"x" * n)) for n in range(1, 60)])
    page.attach()
    page.start()
    page.take(*[make.finished(n, f"/again/{n}") for n in range(1, 30)])
    assert page.history.flush()
    view = View(page.requests)
    expected = [f"/{n}" for n in range(1, 60)] + [f"/again/{n}" for n in range(1, 30)]
    assert page.requests.first > 59
    assert paths(page.rows(view)) == expected
    assert page.requests.dropped == 0
    got: list[Any] = []
    page.requests.load(4, got.append)
    assert len(got[0].finished.request_body.data) == 5
    assert not got[0].stored
    page.requests.load(page.requests.end - 1, got.append)
    assert got[1] is page.requests.get(page.requests.end - 1)


def test_a_refused_request_keeps_its_first_line(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    refused = make.finished(1, "hello", method="-", path="", status=400)
    before.take(refused, make.finished(2, "/%C3%A9?a=%20", path="/é", query="a=%20"))
    assert before.history.close()
    page = open_page()
    view = View(page.requests)
    page.attach()
    assert [row.target for row in page.rows(view)] == ["hello", "/%C3%A9?a=%20"]


def test_few_are_read_for_a_screen(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    before.take(*[make.finished(n) for n in range(1, 2000)])
    assert before.history.close()
    page = open_page()
    page.attach()
    page.source.reads = 0
    for number in range(-1000, -960):
        page.requests.get(number)
    assert page.source.reads <= 2
    assert page.requests.get(-980) is not None


@pytest.mark.parametrize("column", sorted(REQUEST_ORDERS))
@pytest.mark.parametrize("filtered", [False, True])
def test_orders_and_filters_are_the_same_in_memory_and_in_the_history(
    open_page: Callable[..., Page], make: Any, column: str, filtered: bool
) -> None:
    chance = random.Random(7)
    page = open_page(capacity=15)
    page.attach()
    events = [
        make.finished(
            n,
            chance.choice(["/a", "/B", "/é", "/c"]),
            status=chance.choice([200, 404, 500]),
            duration=chance.randrange(1, 10**9) / 1e9,
            started=1.7e9 + chance.randrange(50),
            query=chance.choice(["", "q=1"]),
            thread=chance.choice(["t-1", "t-2"]),
            http_version=chance.choice(["HTTP/1.1", "HTTP/1.0"]),
            problem=chance.choice(["", "Too long.", "Cut."]),
            upgrade=chance.choice(["", "websocket"]),
            samples_taken=chance.choice([0, 3, 20]),
            response_headers=chance.choice([(), (("Content-Type", "text/html; charset=x"),)]),
        )
        for n in range(1, 60)
    ]
    page.start()
    page.take(*events)
    assert page.history.flush()
    filter = None
    if filtered:
        condition = All((Compare("status", ">=", 400), Text("path", "is", "/a")))
        filter = Filter[RequestRow](
            lambda row: (
                row.finished is not None
                and row.finished.status >= 400
                and row.finished.path == "/a"
            ),
            condition,
        )
    order = REQUEST_ORDERS[column]
    plain = RequestLog(1000)
    for event in events:
        plain.add_finished(event)
    for wanted in (order, order.reversed):
        in_memory = synced(View(plain, filter, wanted))
        assert in_memory == synced(View(page.requests, filter, wanted))


def test_requests_are_sorted_by_the_class_of_their_error(
    open_page: Callable[..., Page], make: Any
) -> None:
    chance = random.Random(7)
    page, plain = open_page(capacity=15), RequestLog(1000)
    page.attach()
    page.start()
    for n in range(1, 60):
        done = make.finished(n, problem=chance.choice(["", "Cut."]))
        page.requests.add_finished(done)
        plain.add_finished(done)
        page.history.take([done])
        if chance.random() < 0.5:
            error = make.error(n, n, type=chance.choice(["ValueError", "KeyError", "abc.Error"]))
            for log in (page.requests, plain):
                log.link_error(n, page.errors.end)
            page.errors.add(error)
            page.history.take([error])
    assert page.history.flush()
    names = {number: page.errors.get(number).type for number in range(page.errors.end)}
    order = request_orders(names.__getitem__)["error"]
    for wanted in (order, order.reversed):
        assert synced(View(plain, None, wanted)) == synced(View(page.requests, None, wanted))


def test_the_first_of_many_rows_are_shown_before_all_are_sorted(
    open_page: Callable[..., Page], make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_MANY", 5)
    monkeypatch.setattr(archive, "_FIRST", 3)
    before = open_page()
    before.start()
    before.take(*[make.finished(n, f"/{n % 4}") for n in range(1, 13)])
    assert before.history.close()
    page = open_page()
    page.attach()
    reported: list[tuple[list[int], list[str]]] = []

    def take(numbers: array[int], keys: list[str]) -> None:
        reported.append(([*numbers], keys))

    by_path = REQUEST_ORDERS["path"]
    rows = page.requests.archive
    assert rows is not None
    rows.sort(None, by_path.reversed, -12, 0, [], take, take)
    first, done = reported
    assert first == ([-10, -6, -2], ["/3"] * 3)
    assert [done[0][-3:], done[1][-3:]] == [*first]
    reported.clear()
    rows.sort(Filter(lambda row: True, Text("path", "has", "2")), by_path, -12, 0, [], take, take)
    assert reported == [([-11, -7, -3], ["/2"] * 3)] * 2


def synced(view: View[RequestRow]) -> list[int]:
    for _ in range(100):
        view.sync()
    assert view.progress is None
    return view.numbers()


def test_a_filter_finds_rows_of_before_alone(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    before.take(*[make.finished(n, f"/{n % 2}") for n in range(1, 7)])
    assert before.history.close()
    page = open_page()
    page.attach()
    filter = Filter[RequestRow](lambda row: row.target == "/1", Text("path", "is", "/1"))
    assert synced(View(page.requests, filter)) == [-6, -4, -2]
    assert synced(View(page.requests, filter, REQUEST_ORDERS["started"].reversed)) == [-2, -4, -6]


def test_errors_and_requests_lead_to_each_other(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    message = "no user: password=hunter2"
    before.history.take([make.finished(1), make.request(2, "/bad")])
    before.history.take([make.error(1, 2, message=message)])
    before.history.take([make.finished(2, "/bad", status=500)])
    assert before.history.close()
    page = open_page()
    page.attach()
    page.requests.get(-1), page.errors.get(-1)
    request, error = page.requests.get(-1), page.errors.get(-1)
    assert request is not None
    assert error is not None
    assert (request.error, error.request) == (-1, -1)
    assert error.target == "/bad"
    assert error.text
    assert [group.errors for group in page.past.groups] == [1]
    (group,) = page.errors.groups.all_of_them()
    assert (group.newest.number, group.newest.type, group.unseen) == (-1, "KeyError", 0)
    assert group.newest.message == error.message == "no user: password=***"
    assert page.errors.get(group.newest.number) is error
    page.errors.add(make.error(2))  # the same one again, in this window
    assert [group.newest.number for group in page.errors.groups.all_of_them()] == [0]


def test_what_clear_has_hidden_stays_hidden(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    before.take(make.finished(1, "/1"), make.finished(2, "/2"))
    before.history.clear("request", APP).result(5)
    before.take(make.finished(3, "/3"))
    assert before.history.close()
    page = open_page()
    page.attach()
    view = View(page.requests)
    assert paths(page.rows(view)) == ["/3"]
    assert page.requests.hidden == 2
    assert page.requests.unhide() == 2
    assert paths(page.rows(view)) == ["/1", "/2", "/3"]


def test_marks_and_own_lines_are_kept(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    before.take(make.finished(1))
    before.history.take([UserMark("here"), OwnLine("Starting"), make.finished(2)])
    assert before.history.close()
    page = open_page()
    page.attach()
    found = [(d.heading, d.rest, d.before) for d in page.requests.dividers]
    assert found[1:] == [("Mark", "here", -1)]
    page.past.lines.get(-1)
    line = page.past.lines.get(-1)
    assert line is not None
    assert (line.stream, line.text) == ("servedeck", "Starting")


def test_a_row_that_was_deleted_is_said_to_be_gone(
    open_page: Callable[..., Page], make: Any
) -> None:
    before = open_page()
    before.start()
    before.take(make.finished(1))
    assert before.history.close()
    page = open_page()
    page.attach()
    page.history.delete().result(5)
    assert page.requests.absence(-1) == "reading"
    assert page.requests.get(-1) is None
    assert page.requests.absence(-1) == "gone"


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (28, "Today, 28 November"),
        (27, "Yesterday, 27 November"),
        (25, "Wednesday, 25 November"),
        (1, "1 November"),
    ],
)
def test_the_heading_of_a_run(day: int, title: str) -> None:
    started = datetime(2026, 11, day, 16, 8).timestamp()
    assert run_heading(started, date(2026, 11, 28)) == (title, "run of 16:08")
    assert run_heading(started, date(2027, 5, 1))[0] == f"{day} November 2026"


def test_output_of_before_is_lines_under_its_day(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    before.start()
    record = OutputWritten(
        "stderr", "\x1b[31mno\x1b[0m\n", 1, 2.0, "error", "shop", "/a.py", 3, True
    )
    before.history.take([OwnLine("Starting shop:app"), record])
    before.start()
    before.history.take([OutputWritten("stdout", "again\n")])
    assert before.history.close()
    page = open_page()
    page.attach()
    output = page.past.output
    assert output.oldest == -3
    output.get(-1)  # asks for it
    heading, logged, again = (output.get(number) for number in (-3, -2, -1))
    assert heading is not None
    assert logged is not None
    assert again is not None
    assert heading.text.startswith("── Today, ")
    assert heading.text.endswith(" ──  Starting shop:app")
    assert (logged.text, logged.source.level, logged.source.file) == ("no", "error", "/a.py")
    assert (logged.source.line, logged.source.own, logged.source.request) == (3, True, None)
    assert [run.style.fg for run in logged.runs] == [1]
    assert again.text.startswith("── Today, ")
    page.past.detach()
    assert output.oldest == 0


def test_a_request_of_before_has_its_output(open_page: Callable[..., Page], make: Any) -> None:
    before = open_page()
    for run in range(2):
        before.start()
        started = 1_000.0 + 100 * run
        for id in range(1, 6):
            now = started + 10 * id
            lines = [
                OutputWritten("stdout", f"\x1b[31m{run} {id}\x1b[0m a\n", id, now + 0.1),
                OutputWritten("stderr", "of nobody\n", None, now + 0.2),
                OutputWritten("stdout", f"{run} {id} b\n", id, now + 0.3),
            ]
            before.history.take(lines)
            before.take(make.finished(id, started=now, duration=0.5))
    assert before.history.close()
    page = open_page()
    page.attach()
    for number in range(-10, 0):
        run, id = divmod(number + 10, 5)
        whole: list[Any] = []
        page.requests.load(number, whole.append)
        assert whole[0].number == number
        name = f"{run} {id + 1}"
        printed = page.requests.outputs.get(number).text
        assert printed == f"\x1b[31m{name}\x1b[0m a\n{name} b\n"
        page.requests.load(number, whole.append)  # once
        assert page.requests.outputs.get(number).lines == 2


def test_a_request_and_what_repeats_it_are_found_from_either(
    open_page: Callable[..., Page], make: Any
) -> None:
    page = open_page()
    page.start()
    first = make.finished(1, "/a")
    page.take(first, make.finished(2, "/b"))
    page.take(make.finished(3, "/a", replay="same", replay_of=first.started))
    page.take(make.finished(4, "/a", replay="body", replay_of=first.started))
    page.take(make.finished(5, "/c", replay="same", replay_of=7.0))
    assert page.history.flush()

    again = open_page()
    again.attach()
    log, found = again.requests, []
    assert log.partner_finder is not None
    for number in range(-5, 0):
        log.partner_finder(number, found.append)
    assert found == [-2, None, -5, -5, None]
    again.past.detach()
    assert log.partner_finder is None
