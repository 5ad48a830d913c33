"""What the user prefers, for all pages of the window; GUI thread only.

The values are fields of the settings, described in :mod:`launcher.core.preferences`. What they
change is reported by one signal with all of them: the look follows here, pages and histories by
themselves.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core.palette.entries import SETTINGS, Entry
from launcher.core.preferences import PREFERENCES, text_size_beside
from launcher.core.settings import Settings
from launcher.theme import Theme

__all__ = ["Preferences"]

_NAMES = (*(preference.name for preference in PREFERENCES), "editor", "lately")


class Preferences(QObject):
    """Holds them, changes them, and has them applied.

    :param settings: as they were kept
    :ivar values: the settings, of which only the preferences count
    """

    changed = Signal(object)
    """``Settings``: other values than before."""

    def __init__(self, settings: Settings, look: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = settings
        self._look = look
        self._apply()

    def set(self, name: str, value: Any) -> None:
        """Prefer something else.

        :param name: a preference's, ``"editor"`` or ``"lately"``
        """
        if getattr(self.values, name) != value:
            self.values = replace(self.values, **{name: value})
            self._apply()
            self.changed.emit(self.values)

    @Slot(str)
    def set_editor(self, command: str) -> None:
        """Prefer another editor; "" for the one that is found."""
        self.set("editor", command)

    def change_text_size(self, step: int) -> None:
        """Have larger (1), smaller (-1) or usual (0) text."""
        self.set("text_size", text_size_beside(self.values.text_size, step))

    def added_to(self, settings: Settings) -> Settings:
        """Settings with these preferences."""
        chosen: dict[str, Any] = {name: getattr(self.values, name) for name in _NAMES}
        return replace(settings, **chosen)

    def entries(self) -> list[Entry]:
        """Each value of each preference, for the palette."""
        return [
            Entry(
                f"setting:{preference.name}={choice.value}",
                SETTINGS,
                f"{preference.label}: {choice.text}",
                partial(self.set, preference.name, choice.value),
                detail=preference.help,
                icon="settings",
                state=getattr(self.values, preference.name) == choice.value,
            )
            for preference in PREFERENCES
            for choice in preference.choices
        ]

    def _apply(self) -> None:
        self._look.set_appearance(self.values.appearance)
        self._look.set_text_size(self.values.text_size)
