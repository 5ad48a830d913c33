"""What can be measured, one module each; ``make bench GROUP=NAME`` runs one of them.

A group's module has ``TITLE``, one line for ``--list``, and ``run(options, show)``, which measures
and returns a :class:`Result`. Nothing else has to be changed to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..report import Table

__all__ = ["Group", "Options", "Result", "Show", "load", "names"]

Show = Callable[[str], None]
"""Shows one line of progress."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    :param rounds: how often each thing is measured
    :param seconds: how long each time
    :param servers: names of those to be measured; none for all
    :param workloads: the same
    """

    rounds: int = 3
    seconds: float = 3.0
    servers: Sequence[str] = ()
    workloads: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What a group has measured.

    :param tables: to be shown
    :param data: every single value, for the JSON
    """

    tables: Sequence[Table]
    data: dict[str, Any]


class Group(Protocol):
    """A module of this package."""

    TITLE: str

    def run(self, options: Options, show: Show) -> Result:
        """Measure."""
        ...


def names() -> list[str]:
    """The groups there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Group:
    """Import a group's module."""
    module: Any = importlib.import_module(f"{__name__}.{name}")
    return module  # type: ignore[no-any-return]
