"""Descriptors that are the worker's own, in a process whose app may close any of them.

A number alone identifies nothing: ``os.closerange(3, 64)`` closes the channel, and the next file
that the app opens gets its number. So each is looked at before it is used (its device and inode, as
``fstat`` gives them); one that isn't the same any more is lost, and never touched again. Any
thread.
"""

from __future__ import annotations

import contextlib
import os

__all__ = ["OwnDescriptor"]


class OwnDescriptor:
    """A descriptor, and what it stood for when it was given.

    :param number: it becomes this object's
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._identity = _identity(number)
        os.set_inheritable(number, False)

    @property
    def number(self) -> int:
        """The descriptor.

        :raises OSError: it is lost: the app has closed it, and may have another file there
        """
        if self.is_lost():
            raise OSError("the descriptor was closed by somebody else")
        return self._number

    def is_lost(self) -> bool:
        """Whether it stands for something else by now, or for nothing."""
        if self._identity is not None and _identity(self._number) != self._identity:
            self._identity = None
        return self._identity is None

    def close(self) -> None:
        """Close it, unless it is lost."""
        if not self.is_lost():
            self._identity = None
            with contextlib.suppress(OSError):
                os.close(self._number)


def _identity(number: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino
