"""What the watched files had in them before and after each save. Pure data without locks.

The texts are in memory only, and bounded: what is too large or too much is left out, the oldest
first. They are read by :func:`read_texts` on a thread for such work; everything else is the GUI
thread's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from server.base.values import dataclass

__all__ = ["CodeMemory", "FileChange", "read_texts"]

FILE_BYTES = 512 * 1024
"""Of one file; a larger one isn't kept."""
BASE_BYTES = 24 * 1024 * 1024
"""Of all files, as they were first seen."""
VERSION_BYTES = 16 * 1024 * 1024
"""Of all versions that were saved since."""

Texts = dict[str, "str | None"]
"""By path; None where there is no such file."""


@dataclass(frozen=True)
class FileChange:
    """How a file differs between two moments.

    :param before: its text then; None where it wasn't there, or isn't known
    :param after: its text later; None where it isn't there any more
    :param saved: when it was last saved in between, in unix seconds
    :param known: whether the text before is known
    """

    path: str
    before: str | None
    after: str | None
    saved: float
    known: bool = True


@dataclass(frozen=True)
class _Version:
    time: float
    text: str | None


class CodeMemory:
    """The texts of one server's files, version by version."""

    def __init__(self) -> None:
        self._bases: Texts = {}
        self._versions: dict[str, list[_Version]] = {}
        self._bytes = 0

    @property
    def is_empty(self) -> bool:
        """Whether no file was looked at yet."""
        return not self._bases and not self._versions

    def begin(self, texts: Mapping[str, str | None]) -> None:
        """The files as they are now; what is known already stays."""
        for path, text in texts.items():
            if path not in self._bases and path not in self._versions:
                self._bases[path] = text

    def save(self, time: float, texts: Mapping[str, str | None]) -> None:
        """Files were saved, or have gone.

        :param time: in unix seconds
        """
        for path, text in texts.items():
            self._versions.setdefault(path, []).append(_Version(time, text))
            self._bytes += len(text or "")
        while self._bytes > VERSION_BYTES:
            self._let_go()

    def between(self, start: float, end: float) -> tuple[FileChange, ...]:
        """What differs between two moments, the file that was saved last in front.

        :param start: in unix seconds; before the first look, the files as they were at that
        """
        found = []
        for path, versions in self._versions.items():
            later = [one for one in versions if start < one.time <= end]
            if not later:
                continue
            earlier = [one for one in versions if one.time <= start]
            known = bool(earlier) or path in self._bases
            before = earlier[-1].text if earlier else self._bases.get(path)
            if not known or before != later[-1].text:
                last = later[-1]
                found.append(FileChange(path, before, last.text, last.time, known))
        return tuple(sorted(found, key=lambda change: change.saved, reverse=True))

    def clear(self) -> None:
        """Forget everything."""
        self._bases.clear()
        self._versions.clear()
        self._bytes = 0

    def _let_go(self) -> None:
        """The oldest version of all becomes what its file was at first."""
        path = min(self._versions, key=lambda name: self._versions[name][0].time)
        oldest = self._versions[path].pop(0)
        self._bytes -= len(oldest.text or "")
        self._bases[path] = oldest.text
        if not self._versions[path]:
            del self._versions[path]


def read_texts(paths: Iterable[str], most: int = BASE_BYTES) -> Texts:
    """The texts of files; those that are no text, or too large, are left out.

    :param most: bytes of all of them
    """
    found: Texts = {}
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                data = file.read(FILE_BYTES + 1)
        except FileNotFoundError:
            found[path] = None
            continue
        except OSError:
            continue
        most -= len(data)
        if most < 0:
            break
        if len(data) > FILE_BYTES or b"\0" in data:
            continue
        found[path] = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return found
