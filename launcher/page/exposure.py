"""Debug on an address that others reach is asked about first; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from launcher.core.combinations import remarks
from launcher.core.messages import Action
from launcher.panes.message_line import MessageLine
from launcher.panes.setup.form import SetupForm
from server.config import ServerConfig

__all__ = ["Exposure"]

_KEY = "exposure"


class Exposure(QObject):
    """Asks once for each address, as long as the page is there.

    :param start: starts what is filled in, or restarts it
    """

    def __init__(
        self,
        line: MessageLine,
        form: SetupForm,
        start: Callable[[], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._line = line
        self._form = form
        self._start = start
        self._accepted: set[str] = set()

    def allows(self, config: ServerConfig) -> bool:
        """Whether it may be started so; where it may not, the message line asks."""
        why = [remark.text for remark in remarks(config) if remark.setting == "debug"]
        if not why or config.host in self._accepted:
            return True
        self._line.show_message(
            f"Debug on {config.host}?",
            detail=why[0],
            tone="warning",
            key=_KEY,
            actions=(
                Action("Start without Debug", self._without),
                Action("Start with Debug", lambda: self._accept(config.host)),
            ),
        )
        return False

    def _without(self) -> None:
        self._form.debug.setChecked(False)
        self._line.clear_key(_KEY)
        self._start()

    def _accept(self, host: str) -> None:
        self._accepted.add(host)
        self._line.clear_key(_KEY)
        self._start()
