"""Keeps Python from taking an old compiled module for the new one.

A compiled file is taken for current where it holds the source's size and its time in whole seconds.
Somebody who corrects one letter right after another saves twice within a second, and a reload takes
but a fraction of one: the first save would be compiled, and served for good. So what was saved a
moment ago is compiled, but not kept. This belongs to the whole process; entered and left by the
session, on its thread.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from typing import Any

__all__ = ["careful_bytecode"]

_MOMENT = 2.0  # seconds; some file systems keep times in steps of two
_HEAD = 16


@contextlib.contextmanager
def careful_bytecode() -> Iterator[None]:
    """Keep no compiled file of a source that was saved a moment ago, while the block runs."""
    before: Any = SourceFileLoader.set_data

    def set_data(loader: SourceFileLoader, path: str, data: Any, **options: Any) -> None:
        if not _is_of_a_moment_ago(bytes(data[:_HEAD])):
            before(loader, path, data, **options)

    SourceFileLoader.set_data = set_data  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        if vars(SourceFileLoader)["set_data"] is set_data:
            SourceFileLoader.set_data = before  # type: ignore[method-assign]


def _is_of_a_moment_ago(head: bytes) -> bool:
    """Whether a compiled file's head (PEP 552) names a time that is only just over."""
    if len(head) < _HEAD or head[4:8] != b"\0\0\0\0":  # it is validated by the source's hash
        return False
    saved = int.from_bytes(head[8:12], "little")
    return (int(time.time()) - saved) & 0xFFFFFFFF <= _MOMENT
