"""What of an answer is the same each time that it is given."""

from __future__ import annotations

from collections.abc import Iterable

_CLOCKS = ("Date", "Expires")  # that they are there is what counts


def comparable_headers(
    headers: Iterable[tuple[str, str]], without: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """The headers of an answer without what differs from one time to the next.

    The methods of ``Allow`` are a set (RFC 9110, section 10.2.1), and Werkzeug sends them in the
    order of one, which is another with each seed of Python's hashes.

    :param without: names of headers that are left out
    """
    left_out = set(without)
    return [(name, _steady(name, value)) for name, value in headers if name not in left_out]


def _steady(name: str, value: str) -> str:
    if name == "Allow":
        return ", ".join(sorted(value.split(", ")))
    return "now" if name in _CLOCKS else value
