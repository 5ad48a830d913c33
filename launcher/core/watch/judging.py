"""How an answer compares with what is expected of a pin. Pure; any thread.

The worst comes first: it failed, it is another answer, it took longer. What is slower once may
have been the first after a load, which warms up: what sends them asks :func:`is_slower` and sends a
safe request a second time before it is judged.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from pathlib import PurePath

from launcher.core.compare import Comparison, compare
from launcher.core.display import duration, one_line, plural
from launcher.core.logs.errors import own_place
from launcher.core.replay.sending import Answer
from server.base.values import dataclass
from server.events import AppError, RequestFinished

from .ignoring import paths, without
from .pins import Pin, failed, query_count

__all__ = ["Judgement", "Reply", "Verdict", "as_reported", "count_verdicts", "is_slower", "judge"]

SLOWER_TIMES = 2.0
SLOWER_SECONDS = 0.030
"""Slower is what takes so many times as long as expected, and so many seconds longer."""
_ERROR = 400


class Verdict(enum.Enum):
    """How an answer compares, the worst first; the value names it."""

    FAILED = "failed"
    CHANGED = "changed"
    SLOWER = "slower"
    SAME = "same"


@dataclass(frozen=True)
class Reply:
    """What came of sending a pin.

    :param done: the answer as the server reports it; None where there was none
    :param problem: why there was none, in a sentence
    :param error: the app's error behind it, as far as it is known yet
    """

    done: RequestFinished | None = None
    problem: str = ""
    error: AppError | None = None

    @property
    def size(self) -> int:
        """Bytes of the bodies that it holds."""
        done = self.done
        return 0 if done is None else len(done.response_body.data) + len(done.request_body.data)


@dataclass(frozen=True)
class Judgement:
    """How a reply compares.

    :param words: in what, in a few words; "" where there is nothing to add
    :param place: file and line in the user's code of what failed
    :param comparison: with the expected answer; None where there was no answer
    :param status: of the answer; 0 for none
    :param duration: of the answer, in seconds
    """

    verdict: Verdict
    words: str = ""
    place: tuple[str, int] | None = None
    comparison: Comparison | None = None
    status: int = 0
    duration: float = 0.0


def is_slower(pin: Pin, done: RequestFinished) -> bool:
    """Whether an answer took much longer than is expected."""
    before, after = pin.request.duration, done.duration
    return after > before * SLOWER_TIMES and after - before > SLOWER_SECONDS


def as_reported(pin: Pin, answer: Answer | None) -> RequestFinished | None:
    """An answer that was read, as the server would have reported it; None for none."""
    if answer is None:
        return None
    return pin.request.replace(
        started=answer.started,
        duration=answer.duration,
        status=answer.status,
        reason=answer.reason,
        response_headers=answer.headers,
        response_body=answer.body,
        error_id=None,
    )


def judge(pin: Pin, reply: Reply) -> Judgement:
    """Compare a reply with what is expected."""
    done = reply.done
    if done is None:
        return Judgement(Verdict.FAILED, reply.problem or "There was no answer.")
    found = compare(pin.request, done, paths(pin.ignored))
    found = without(found, pin.ignored)
    made = Judgement(Verdict.SAME, "", None, found, done.status, done.duration)
    if failed(done):
        return _failure(made, reply)
    if pin.awaits_success:
        return _with(made, Verdict.SAME, f"answered well; it was {pin.request.status or 'lost'}")
    if found.status[0] != found.status[1]:
        worse = done.status >= _ERROR > pin.request.status
        verdict = Verdict.FAILED if worse else Verdict.CHANGED
        return _with(made, verdict, "the status is another")
    if found.difference:
        return _with(made, Verdict.CHANGED, _differences(found))
    if is_slower(pin, done):
        return _with(made, Verdict.SLOWER, _slower(pin, done))
    names = [one.title for one in pin.ignored]
    if not names:
        return made
    verb = "is" if len(names) == 1 else "are"
    return _with(made, Verdict.SAME, one_line(f"{', '.join(names)} {verb} ignored", 200))


def count_verdicts(judgements: Iterable[Judgement]) -> dict[Verdict, int]:
    """How many there are of each, the worst first; also of those that there are none of."""
    counts = dict.fromkeys(Verdict, 0)
    for judgement in judgements:
        counts[judgement.verdict] += 1
    return counts


def _with(
    made: Judgement, verdict: Verdict, words: str, place: tuple[str, int] | None = None
) -> Judgement:
    return Judgement(verdict, words, place, made.comparison, made.status, made.duration)


def _failure(made: Judgement, reply: Reply) -> Judgement:
    error, done = reply.error, reply.done
    if error is None:
        words = "no answer was sent" if done is not None and not done.status else ""
        return _with(made, Verdict.FAILED, words)
    place = own_place(error.frames, error.text)
    name = one_line(error.type.rpartition(".")[2], 80)
    where = f" in {PurePath(place[0]).name}:{place[1]}" if place is not None else ""
    return _with(made, Verdict.FAILED, f"{name}{where}", place)


def _differences(found: Comparison) -> str:
    parts = []
    if found.body:
        count = len(found.body)
        more = "more than " if found.more else ""
        match found.kind:
            case "json":
                parts.append(f"{more}{plural(count, 'value')} in the body")
            case "text":
                parts.append(f"{more}{plural(count, 'line')} in the body")
            case _:
                parts.append("the body")
    headers = sum(not change.varies for change in found.headers)
    if headers:
        parts.append(plural(headers, "header"))
    return ", ".join(parts)


def _slower(pin: Pin, done: RequestFinished) -> str:
    words = f"was {duration(pin.request.duration)}"
    before, after = pin.queries, query_count(done)
    if before is None or after is None or before == after:
        return words
    more = "more" if after > before else "fewer"
    count = abs(after - before)
    return f"{words}, {count:,} {'query' if count == 1 else 'queries'} {more}"
