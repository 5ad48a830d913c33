"""The options that hardly any project needs, the last ones of the panel; GUI thread only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QLayout, QWidget

from launcher import theme
from server.config import ServerConfig, options

from .fields import PathEdit, label, number_field, present
from .sections import beside

_ONLY_RELOADING = "Switch Reload on to use it."


class RareOptions(QWidget):
    """Their fields; the panel lays them out. It has no look of its own.

    :param panel: where the fields are shown
    :ivar fields: the fields by their options' names, in the order of Tab
    """

    edited = Signal()
    submitted = Signal()
    """Enter was pressed in a line."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.hide()
        self._panel = panel
        self._options = options()
        self.root = PathEdit(panel)
        self.root.setPlaceholderText("the one that works")
        self.chunked_memory = number_field(self._options["chunked_memory"], panel)
        self.chunked_memory.setGroupSeparatorShown(True)
        self.chunked_memory.setSuffix(" B")
        self.chunked_memory.setMaximumWidth(130)  # a GB, with its separators
        self.stream_chunked = self._check("stream_chunked")
        self.restart = self._check("restart")
        self.end_first = self._check("end_first")
        self.nostatic = self._check("nostatic")
        self.fields: dict[str, QWidget] = {
            "root": self.root,
            "chunked_memory": self.chunked_memory,
            "stream_chunked": self.stream_chunked,
            "restart": self.restart,
            "end_first": self.end_first,
            "nostatic": self.nostatic,
        }
        names = (
            "rootEdit chunkedMemorySpin streamChunkedCheck restartCheck endFirstCheck noStaticCheck"
        )
        for (key, field), name in zip(self.fields.items(), names.split(), strict=True):
            present(field, self._options[key], name)
        for check in (self.stream_chunked, self.restart, self.end_first, self.nostatic):
            check.toggled.connect(self.edited)
        self.chunked_memory.valueChanged.connect(self.edited)
        self.root.textEdited.connect(self.edited)
        self.root.returnPressed.connect(self.submitted)
        self.root.dropped.connect(self.root.setText)
        self.root.dropped.connect(self.edited)

    def typed(self) -> dict[str, Any]:
        """What is filled in here, by the options' names."""
        return {
            "root": self.root.text().strip(),
            "chunked_memory": self.chunked_memory.value(),
            "stream_chunked": self.stream_chunked.isChecked(),
            "restart": self.restart.isChecked(),
            "end_first": self.end_first.isChecked(),
            "nostatic": self.nostatic.isChecked(),
        }

    def set_values(self, config: ServerConfig) -> None:
        """Fill everything in; nothing was edited by that."""
        blockers = [QSignalBlocker(field) for field in self.fields.values()]
        self.root.setText(config.root)
        self.chunked_memory.setValue(config.chunked_memory)
        self.stream_chunked.setChecked(config.stream_chunked)
        self.restart.setChecked(config.restart)
        self.end_first.setChecked(config.end_first)
        self.nostatic.setChecked(config.nostatic)
        for blocker in blockers:
            blocker.unblock()

    def set_reload(self, reload: bool) -> None:
        """Only the reloader looks at one of them."""
        self.end_first.setEnabled(reload)
        help = self._options["end_first"].help
        text = help if reload else f"{help} {_ONLY_RELOADING}"
        self.end_first.setToolTip(theme.plain_tooltip(text))

    def rows(self) -> list[tuple[QLabel | None, QLayout]]:
        """A label, or none, and what stands beside it, row by row."""
        root = label(self._options["root"], "Import root", self.root, self._panel)
        chunked = label(
            self._options["chunked_memory"], "Chunked bodies", self.chunked_memory, self._panel
        )
        return [
            (root, beside(self.root)),
            (None, beside(self.restart)),
            (None, beside(self.end_first, self.nostatic)),
            (chunked, beside(self.chunked_memory, self.stream_chunked)),
        ]

    def _check(self, name: str) -> QCheckBox:
        return QCheckBox(self._options[name].label, self._panel)
