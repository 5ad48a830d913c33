"""``servedeck replay``: sends requests again, one after the other, and shows what is different.

For the terminal and for pipelines. Secrets are masked in all that is printed, and nothing of an
answer can act on the terminal. The main thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO

from launcher.core.compare import Comparison, compare
from launcher.core.comparison import rows_of
from launcher.core.data_folder import default_data_dir
from launcher.core.display import duration, one_line, plural
from launcher.core.errors.report import plain
from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import read_filter
from launcher.core.filters.mistakes import FilterError
from launcher.core.filters.predicates import predicate
from launcher.core.har import NotHar, read_har
from launcher.core.http_methods import SAFE
from launcher.core.logs.history.printing import select_requests
from launcher.core.logs.requests import RequestRow
from launcher.core.secrets import mask_target
from launcher.core.watch.judging import Reply, Verdict, as_reported, judge
from launcher.core.watch.pin_files import PinFiles
from launcher.core.watch.pins import Pin
from server.errors import why_refused
from server.events import RequestFinished

from .message import Refusal, is_local, message_of, why_not
from .sending import Answer, Destination, NoAnswer, Sending, destination_of

__all__ = ["DIFFERENT", "NOTHING", "SAME", "replay"]

SAME, DIFFERENT, NOTHING = 0, 1, 2
"""Exit statuses; the last one also where there was no answer."""
_ROWS = 20  # differences that are printed of one answer


class _Chosen(NamedTuple):
    """A request that is to be sent.

    :ivar base: the address of its server
    :ivar pin: what is expected; None where that is the same answer
    """

    base: str
    done: RequestFinished
    pin: Pin | None = None


def replay(
    source: str,
    *,
    against: str,
    query: str,
    unsafe: bool,
    data_dir: Path | None,
    out: TextIO,
    err: TextIO,
) -> int:
    """Send requests again and compare the answers with those of the first time.

    :param source: a project's folder, or a HAR file
    :param against: the address that they are sent to; "" for where each was sent
    :param query: a filter; "" for the pinned ones of a project, or all of a HAR file
    :param unsafe: send other methods than :data:`SAFE`, too
    :returns: the exit status
    """
    try:
        if against:
            _destination(against)
    except Refusal as error:
        err.write(f"servedeck: {plain(error.message)}\n")
        return NOTHING
    chosen = _choose(source, query, data_dir, err)
    if chosen is None:
        return NOTHING
    counts: Counter[str] = Counter()
    lines = _Lines(out)
    for one in chosen:
        counts[_one(one, against, unsafe, lines)] += 1
    sent = counts["same"] + counts["different"] + counts["no answer"]
    names = ("same", "different", "no answer", "skipped")
    parts = [f"{counts[name]:,} {name}" for name in names if counts[name] or name == "same"]
    lines.write(", ".join(parts))
    if not sent:
        err.write("servedeck: There is nothing to send.\n")
    if not sent or counts["no answer"]:
        return NOTHING
    return DIFFERENT if counts["different"] else SAME


def _choose(
    source: str, query: str, data_dir: Path | None, err: TextIO
) -> Sequence[_Chosen] | None:
    path = Path(source).expanduser()
    if path.is_file():
        return _of_file(path, query, err)
    if query:
        found = select_requests(source, data_dir, query, err)
        return None if found is None else [_Chosen(*pair) for pair in found]
    files = PinFiles(data_dir or default_data_dir())
    pins = files.read(source).pins
    for notice in files.take_notices():
        err.write(f"servedeck: {plain(notice)}\n")
    if not pins:
        err.write(
            f"servedeck: No requests are pinned in {plain(str(path.resolve()))}: pin some in the "
            "window (P), or select some by --filter, such as --filter method:GET.\n"
        )
        return None
    return [_Chosen(pin.base or _host_of(pin.request), pin.request, pin) for pin in pins]


def _host_of(done: RequestFinished) -> str:
    """Where a request was sent, by its Host header."""
    hosts = (value for name, value in done.request_headers if name.lower() == "host")
    return f"http://{next(hosts, '')}"


def _of_file(path: Path, query: str, err: TextIO) -> Sequence[_Chosen] | None:
    try:
        wanted = predicate(read_filter(query, REQUESTS).condition)
        found = read_har(path)
    except FilterError as error:
        place = f"at its character {error.start + 1:,}"
        err.write(f"servedeck: The filter can't be used, {place}: {error.message}\n")
        return None
    except NotHar as error:
        err.write(f"servedeck: {plain(str(error))}\n")
        return None
    except OSError as error:
        err.write(f"servedeck: {plain(str(path))} can't be read: {why_refused(error)}.\n")
        return None
    return [_Chosen(*pair) for number, pair in enumerate(found) if wanted(_row(number, pair[1]))]


def _row(number: int, done: RequestFinished) -> RequestRow:
    return RequestRow(number, done.id, done.method, done.target, done.started, done)


class _Lines:
    """What is printed, each line at once. Where nobody reads it any more, as behind ``| head``, the
    exit status is still that of all requests."""

    def __init__(self, out: TextIO) -> None:
        self._out: TextIO | None = out

    def write(self, line: str) -> None:
        """Print a line."""
        if self._out is None:
            return
        try:
            self._out.write(f"{line}\n")
            self._out.flush()
        except BrokenPipeError:
            with suppress(OSError):  # or it is written once more when the process ends
                self._out.close()
            self._out = None


def _one(chosen: _Chosen, against: str, unsafe: bool, out: _Lines) -> str:
    """Send one; returns what it counts as."""
    base, done, pin = chosen
    name = f"{plain(one_line(done.method, 20)):<7} {plain(one_line(mask_target(done.target), 200))}"
    reason = why_not(_row(0, done))
    if not reason and not unsafe and done.method not in SAFE:
        reason = "It may change something: it is sent only with --unsafe."
    if reason:
        _print(out, "skipped", name, plain(reason))
        return "skipped"
    try:
        to = _destination(against or base)
        answer = Sending(message_of(done, to.authority), to).run()
    except (Refusal, NoAnswer) as error:
        _print(out, "no answer", name, plain(str(error)))
        return "no answer"
    facts = f"{answer.status}  {duration(answer.duration)}"
    if pin is not None:
        return _judge(pin, answer, name, facts, out)
    found = compare(done, _Answered(answer))
    _print(out, found.verdict, name, facts)
    if not found.difference:
        return "same"
    _print_differences(out, found)
    return "different"


def _judge(pin: Pin, answer: Answer, name: str, facts: str, out: _Lines) -> str:
    """Compare with what is expected of a pin. To be slower is shown, but is no difference: the
    machine of a pipeline is another one."""
    judgement = judge(pin, Reply(as_reported(pin, answer)))
    words = f"  {plain(judgement.words)}" if judgement.words else ""
    _print(out, judgement.verdict.value, name, f"{facts}{words}")
    if judgement.verdict in (Verdict.SAME, Verdict.SLOWER):
        return "same"
    if judgement.comparison is not None:
        _print_differences(out, judgement.comparison)
    return "different"


def _print_differences(out: _Lines, found: Comparison) -> None:
    for line in _differences(found):
        out.write(f"{'':12}{plain(line)}")


def _print(out: _Lines, verdict: str, name: str, rest: str) -> None:
    out.write(f"{verdict:<11} {name}  {rest}")


def _differences(found: Comparison) -> Iterable[str]:
    rows = [row for row in rows_of(found) if row.differs]
    for row in rows[:_ROWS]:
        before, after = one_line(row.before, 120), one_line(row.after, 120)
        yield f"{row.name}: {before} \u2192 {after}"
    if len(rows) > _ROWS:
        yield f"\u2026 {plural(len(rows) - _ROWS, 'more difference')}"


def _destination(url: str) -> Destination:
    """Where an address leads; a server of this machine may have made its certificate itself."""
    to = destination_of(url)
    return destination_of(url, own=True) if to.host and is_local(to.host) else to


class _Answered:
    """An answer, as the first one was reported."""

    def __init__(self, answer: Answer) -> None:
        self.status, self.reason = answer.status, answer.reason
        self.response_headers, self.response_body = answer.headers, answer.body
        self.duration = answer.duration
