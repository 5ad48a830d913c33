"""An app's URL rules, as they are reported. Immutable; any thread.

Readers and writers of events import it from :mod:`server.events`.
"""

from __future__ import annotations

import time as _time
from dataclasses import field
from typing import Any

from ..base.values import dataclass

__all__ = ["Route", "RoutesFound"]


@dataclass(frozen=True)
class Route:
    """One of an app's URL rules.

    :param rule: what it matches, in the framework's own form
    :param methods: those it answers; none where it answers all of them, or that isn't known
    :param endpoint: what answers, as ``RequestFinished.endpoint`` has it, where that has one
    :param file: where the function or class that answers is written; "" where that isn't known
    :param line: of its definition; 0 where that isn't known
    """

    rule: str
    methods: tuple[str, ...] = ()
    endpoint: str = ""
    file: str = ""
    line: int = 0

    def to_json(self) -> dict[str, Any]:
        """The route as one JSON object."""
        return {**vars(self), "methods": list(self.methods)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Route:
        """Read what :meth:`to_json` wrote."""
        return cls(
            str(value["rule"]),
            tuple(map(str, value.get("methods", ()))),
            str(value.get("endpoint", "")),
            str(value.get("file", "")),
            int(value.get("line", 0)),
        )


@dataclass(frozen=True)
class RoutesFound:
    """The URL rules of the app that has just been loaded; it follows ``ServerStarted``.

    :param routes: in the order in which they are tried; none where the app shows none
    """

    routes: tuple[Route, ...] = ()
    time: float = field(default_factory=_time.time)
