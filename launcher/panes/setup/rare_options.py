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

_SWITCHES = {
    "restart": "restartCheck",
    "end_first": "endFirstCheck",
    "nostatic": "noStaticCheck",
    "stream_chunked": "streamChunkedCheck",
}
"""The options that are on or off, and the object names of their boxes; ``rows`` places them."""


class RareOptions(QWidget):
    """Their fields; the panel lays them out. It has no look of its own.

    :param panel: where the fields are shown
    :ivar fields: the fields by their options' names, in the order of Tab: that in which they stand
    :ivar switches: those of them that are on or off
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
        self.switches = {name: QCheckBox(self._options[name].label, panel) for name in _SWITCHES}
        on_top = {name: box for name, box in self.switches.items() if name != "stream_chunked"}
        self.fields: dict[str, QWidget] = {
            "root": self.root,
            **on_top,
            "chunked_memory": self.chunked_memory,
            "stream_chunked": self.switches["stream_chunked"],
        }
        names = {"root": "rootEdit", "chunked_memory": "chunkedMemorySpin", **_SWITCHES}
        for key, field in self.fields.items():
            present(field, self._options[key], names[key])
        for box in self.switches.values():
            box.toggled.connect(self.edited)
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
            **{name: box.isChecked() for name, box in self.switches.items()},
        }

    def set_values(self, config: ServerConfig) -> None:
        """Fill everything in; nothing was edited by that."""
        blockers = [QSignalBlocker(field) for field in self.fields.values()]
        self.root.setText(config.root)
        self.chunked_memory.setValue(config.chunked_memory)
        for name, box in self.switches.items():
            box.setChecked(getattr(config, name))
        for blocker in blockers:
            blocker.unblock()

    def set_reload(self, reload: bool) -> None:
        """Only the reloader looks at one of them."""
        end_first = self.switches["end_first"]
        end_first.setEnabled(reload)
        help = self._options["end_first"].help
        text = help if reload else f"{help} {_ONLY_RELOADING}"
        end_first.setToolTip(theme.plain_tooltip(text))

    def rows(self) -> list[tuple[QLabel | None, QLayout]]:
        """A label, or none, and what stands beside it, row by row."""
        root = label(self._options["root"], "Import root", self.root, self._panel)
        chunked = label(
            self._options["chunked_memory"], "Chunked bodies", self.chunked_memory, self._panel
        )
        switches = self.switches
        return [
            (root, beside(self.root)),
            (None, beside(switches["restart"])),
            (None, beside(switches["end_first"], switches["nostatic"])),
            (chunked, beside(self.chunked_memory, switches["stream_chunked"])),
        ]
