"""What is wrong in a filter's text, and where."""

from __future__ import annotations

__all__ = ["FilterError"]


class FilterError(ValueError):
    """A filter that can't be understood, or isn't complete.

    :param message: what is wrong, or what is expected, in one sentence
    :param start: the first character of what is wrong
    :param stop: one more than the last one; the same as ``start`` where something is missing
    """

    def __init__(self, message: str, start: int = 0, stop: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.stop = start if stop is None else stop

    def moved(self, by: int) -> FilterError:
        """The same mistake in a text in which it stands so many characters further on."""
        return FilterError(self.message, self.start + by, self.stop + by)
