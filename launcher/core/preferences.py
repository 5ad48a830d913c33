"""What the user can choose for the whole window, as one table. No Qt.

Page of preferences, palette and settings file are made from it. Each preference is a field of
:class:`~launcher.core.settings.Settings` with a few values to choose from; so nothing that can be
typed has to be refused, and whatever else stands in the file counts as the default. (The editor is
the one that can also be typed; it is no row of the table.)
"""

from __future__ import annotations

from server.base.limits import BODY
from server.base.values import dataclass

__all__ = ["PREFERENCES", "TEXT_SIZES", "Choice", "Preference", "find", "text_size_beside"]

TEXT_SIZES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""The factors that a user can choose for all text."""

Value = str | int | float


@dataclass(frozen=True)
class Choice:
    """One of the values.

    :param text: how it is shown
    """

    value: Value
    text: str


@dataclass(frozen=True)
class Preference:
    """A row of the table.

    :param name: the field of ``Settings``
    :param section: where it stands on the page
    :param label: what it is called
    :param help: what it does, one sentence; "" where the label says it
    :param default: one of the values
    """

    name: str
    section: str
    label: str
    choices: tuple[Choice, ...]
    default: Value
    help: str = ""

    def allows(self, value: object) -> bool:
        """Whether that is one of the values."""
        return any(type(value) is type(one.value) and value == one.value for one in self.choices)


def _numbers(unit: str, *values: int) -> tuple[Choice, ...]:
    return tuple(Choice(value, f"{value:,} {unit}".strip()) for value in values)


def _sizes(*values: int) -> tuple[Choice, ...]:
    return tuple(
        Choice(value, f"{value >> 20} MB" if value >= 1 << 20 else f"{value >> 10} KB")
        for value in values
    )


LOOK, WINDOWS, LIMITS = "Look", "Windows", "Limits"

PREFERENCES = (
    Preference(
        "appearance",
        LOOK,
        "Appearance",
        (Choice("system", "As the system"), Choice("light", "Light"), Choice("dark", "Dark")),
        "system",
    ),
    Preference(
        "text_size",
        LOOK,
        "Text size",
        tuple(Choice(size, f"{size:.0%}".replace("%", " %")) for size in TEXT_SIZES),
        1.0,
        "Also by Ctrl and +, \u2212 or 0.",
    ),
    Preference(
        "rows", LOOK, "Rows", (Choice("normal", "Normal"), Choice("compact", "Compact")), "normal"
    ),
    Preference(
        "new_windows",
        WINDOWS,
        "A further start",
        (Choice("hand-over", "Opens in this window"), Choice("new", "Opens another window")),
        "hand-over",
        "What happens where ServeDeck is started while it is open.",
    ),
    Preference(
        "notify",
        WINDOWS,
        "A new kind of error",
        (Choice(True, "Is announced"), Choice(False, "Isn't announced")),
        True,
        "While the window isn't in front.",
    ),
    Preference(
        "kept_requests",
        LIMITS,
        "Requests in memory",
        _numbers("", 5_000, 20_000, 50_000, 100_000),
        20_000,
        "Of each server; older ones are in the history.",
    ),
    Preference(
        "body_limit",
        LIMITS,
        "Kept of each body",
        _sizes(16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20),
        BODY,
        "In projects that are opened for the first time; in others it is an option of the set-up.",
    ),
    Preference(
        "history_days", LIMITS, "Days in the history", _numbers("days", 1, 7, 30, 90, 365), 30
    ),
    Preference(
        "history_megabytes",
        LIMITS,
        "Size of a history",
        _numbers("MB", 256, 1024, 4096, 16384),
        1024,
        "Of each project; the oldest goes first.",
    ),
)


def find(name: str) -> Preference:
    """The preference with a name.

    :raises KeyError: there is none
    """
    return {preference.name: preference for preference in PREFERENCES}[name]


def text_size_beside(size: float, step: int) -> float:
    """The next larger (1) or smaller (-1) text size; the usual one for 0."""
    if not step:
        return 1.0
    at = min(range(len(TEXT_SIZES)), key=lambda number: abs(TEXT_SIZES[number] - size))
    return TEXT_SIZES[min(max(at + step, 0), len(TEXT_SIZES) - 1)]
