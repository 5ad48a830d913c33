"""The output as a file. Any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from launcher.core.display import clock
from launcher.core.logs.line_store import Block
from launcher.core.saved_files import save_parts

__all__ = ["save_blocks", "save_text"]


def save_blocks(
    path: str, blocks: Iterable[Block], whole: Mapping[int, Sequence[str]], first: int = 0
) -> str:
    """Write lines to a file, each with its time.

    :param first: the number of the first one that is written
    :param whole: all of the lines that are longer than what blocks have of them, by their number
    :returns: what went wrong, a sentence; "" where nothing did
    """
    return save_parts(path, _parts(blocks, whole, first))


def save_text(path: str, text: str) -> str:
    """Write a text to a file; the result is that of :func:`save_blocks`."""
    return save_parts(path, (text,))


def _parts(
    blocks: Iterable[Block], whole: Mapping[int, Sequence[str]], first: int
) -> Iterator[str]:
    for block in blocks:
        times = [f"{clock(source.time)} " if source.time else "" for source in block.sources]
        if not block.lengths and block.first >= first:
            lines = zip(times, block.texts(), strict=True)
            yield "".join([f"{time}{text}\n" for time, text in lines])
            continue
        for number, text in enumerate(block.texts(), block.first):
            if number < first:
                continue
            yield times[number - block.first]
            yield from whole.get(number, (text,))
            yield "\n"
