"""Which lines of the output are shown: by level, logger, request and whose code it was.

A line has these facts by its log record. Of one without a record, the level is what its own words
say. Filtering runs on the thread that searches, block by block. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.base.values import dataclass

from .levels import LEVELS, level_of
from .line_store import Block, Source

__all__ = ["EVERYTHING", "LineFilter", "loggers_of", "passing", "with_context"]


@dataclass(frozen=True)
class LineFilter:
    """What a line must be; an empty part lets everything through.

    :param level: the least level
    :param logger: a logger; those below it pass, too
    :param request: the number of a request's row
    :param own: only what the project's own code has logged
    """

    level: str = ""
    logger: str = ""
    request: int | None = None
    own: bool = False

    @property
    def active(self) -> bool:
        """Whether it hides anything."""
        return self != EVERYTHING

    def of_source(self, source: Source) -> bool | None:
        """Whether lines of a source pass; None where each line's own words decide."""
        if self.request is not None and source.request != self.request:
            return False
        if self.own and not source.own:
            return False
        if self.logger and not f"{source.logger}.".startswith(f"{self.logger}."):
            return False
        if not self.level:
            return True
        return _rank(source.level) >= _rank(self.level) if source.level else None


EVERYTHING = LineFilter()


def passing(wanted: LineFilter, block: Block) -> list[int]:
    """The numbers of the lines of a block that pass."""
    found: list[int] = []
    texts: Sequence[str] = ()
    last: Source | None = None
    verdict: bool | None = False
    least = _rank(wanted.level)
    for index, source in enumerate(block.sources):
        if source is not last:
            last, verdict = source, wanted.of_source(source)
        if verdict is None:
            texts = texts or block.texts()
            if _rank(level_of(texts[index])) < least:
                continue
        elif not verdict:
            continue
        found.append(block.first + index)
    return found


def loggers_of(blocks: Iterable[Block], most: int = 40) -> list[str]:
    """The loggers that lines are from, by name; of very many, those that come first."""
    found: set[str] = set()
    for block in blocks:
        found.update(source.logger for source in block.sources if source.logger)
        if len(found) >= most:
            break
    return sorted(found)[:most]


def with_context(numbers: Sequence[int], count: int, first: int, end: int) -> list[int]:
    """The numbers of lines with those around each.

    :param numbers: ascending
    :param count: so many before and behind each
    :param first: the number of the first line that is there, and ``end`` one more than the last's
    """
    if not count:
        return list(numbers)
    found: list[int] = []
    next = first
    for number in numbers:
        found.extend(range(max(next, number - count), min(end, number + count + 1)))
        next = max(next, number + count + 1)
    return found


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1
