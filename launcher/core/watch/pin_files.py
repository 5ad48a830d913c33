"""The pins of each project, in a file of its own that only the user can read. Any thread.

Several windows may have the same project: a change is made to what the file has at that moment,
under the lock of :class:`~launcher.core.documents.Documents`, so a pin that another window has
made stays. Reading is cheap where the file hasn't changed since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from launcher.core.documents import Documents, Record
from launcher.core.profiles import file_name, project_key
from server.base.values import dataclass

from .pins import MOST_PINS, Pin

__all__ = ["FOLDER", "Kept", "PinFiles"]

FOLDER = "watch"
"""In the data folder."""
_MOST_BYTES = 12 * 1024 * 1024
"""Of a file: some less than :class:`Documents` reads."""

_Pins = tuple[Pin, ...]


@dataclass(frozen=True)
class Kept:
    """What is kept of a project.

    :param pins: in the order in which they were made
    :param automatic: they are sent after each reload
    """

    pins: _Pins = ()
    automatic: bool = True


class _Refused(Exception):
    """The change can't be made; the text is a sentence."""


class PinFiles:
    """Reads and changes the pins of projects.

    :param data_dir: the data folder
    """

    def __init__(self, data_dir: Path) -> None:
        self._files = Documents(data_dir / FOLDER)
        self._read: tuple[Path, Any, Kept] | None = None

    def read(self, project: str) -> Kept:
        """What is kept of a project.

        :param project: its folder
        """
        if not project:
            return Kept()
        name = file_name(project_key(project))
        file = self._files.folder / name
        stamp = _stamp(file)
        if self._read is None or self._read[:2] != (file, stamp):
            record = {} if stamp is None else self._files.read(name)
            kept = Kept(_pins(record), record.get("automatic") is not False)
            self._read = (file, stamp, kept)
        return self._read[2]

    def add(self, project: str, pin: Pin) -> str:
        """Pin a request; does nothing where it is pinned already.

        :returns: why it can't be, in a sentence; else ""
        """

        def change(pins: _Pins) -> _Pins:
            if any(known.key == pin.key for known in pins):
                return pins
            if len(pins) >= MOST_PINS:
                raise _Refused(f"{MOST_PINS} requests are pinned already: take one off first.")
            return (*pins, pin)

        return self._change(project, change)

    def remove(self, project: str, key: str) -> str:
        """Take a pin off; returns why it can't be, or ""."""
        return self._change(project, lambda pins: tuple(p for p in pins if p.key != key))

    def update(self, project: str, key: str, change: Callable[[Pin], Pin]) -> str:
        """Change one pin as it is by now; does nothing where another window has taken it off.

        :returns: why it can't be, or ""
        """

        def changed(pins: _Pins) -> _Pins:
            return tuple(replace(change(p), key=key) if p.key == key else p for p in pins)

        return self._change(project, changed)

    def set_automatic(self, project: str, on: bool) -> str:
        """Send the pins after each reload, or don't; returns why that can't be kept, or ""."""
        key = project_key(project)
        return self._files.change(
            file_name(key), lambda record: {**record, "project": key, "automatic": on}
        )

    def take_notices(self) -> list[str]:
        """What became of files that could not be used, a sentence each."""
        return self._files.take_notices()

    def _change(self, project: str, change: Callable[[_Pins], _Pins]) -> str:
        def changed(record: Record) -> Record:
            before = _pins(record)
            after = change(before)
            if after == before:
                return record
            made = [pin.to_json() for pin in after]
            size = sum(len(json.dumps(one)) for one in made)
            if size > _MOST_BYTES and len(after) >= len(before):
                raise _Refused(
                    "The pinned requests and answers are too large together: take one off first."
                )
            return {**record, "project": project_key(project), "pins": made}

        self._read = None
        try:
            return self._files.change(file_name(project_key(project)), changed)
        except _Refused as error:
            return str(error)


def _pins(record: Record) -> _Pins:
    """What can be used of a file; of two with one key the first."""
    found: dict[str, Pin] = {}
    pins: Sequence[Any] = record.get("pins") or ()
    if isinstance(pins, list):
        for value in pins[:MOST_PINS]:
            pin = Pin.from_json(value)
            if pin is not None:
                found.setdefault(pin.key, pin)
    return tuple(found.values())


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """Differs when the file does; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
