"""The line below the fields that shows what doesn't go together; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from launcher.core.combinations import Remark
from launcher.core.display import one_line


class RemarkLabel(QLabel):
    """Shows the gravest remarks; the others have to wait until these are put right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldRemark")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """Show other remarks, or go where there are none."""
        tone, shown = "danger", [remark for remark in remarks if remark.blocking]
        if not shown:
            tone, shown = "warning", [remark for remark in remarks if remark.caution]
        if not shown:
            tone, shown = "plain", list(remarks)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setText(one_line("  ".join(remark.text for remark in shown), 600))
        self.setVisible(bool(shown))
