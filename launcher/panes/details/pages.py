"""The tabs Overview and Output of a request; GUI thread only. Plain text throughout."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from launcher.core.bodies.fields import Field, Group
from launcher.core.bodies.layout import plain_page
from launcher.core.display import plural
from launcher.core.logs.request_output import RequestOutput
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import overview
from launcher.panes.details.code_view import CodeView
from launcher.panes.details.fields_view import FieldsView

__all__ = ["OutputPage", "OverviewPage"]

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


class OverviewPage(QScrollArea):
    """What a request was, how long it took, where in the code."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestOverview")
        self.setAccessibleName("Overview of the request")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        inside = QWidget()
        inside.setObjectName("detailsFields")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 8, 0, 0)
        self.view = FieldsView("requestFactsView", "Facts of the request")
        layout.addWidget(self.view)
        layout.addStretch()
        self.setWidget(inside)

    def show_request(self, row: RequestRow) -> None:
        """Show another request."""
        fields = tuple(Field(name, value) for name, value in overview(row))
        self.view.show_group(Group("overview", "Overview", fields))


class OutputPage(QWidget):
    """The lines that were printed and logged while a request ran."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestOutputPage")
        self._shown = RequestOutput()
        self.view = CodeView("requestOutput", "Output of this request")
        self.view.set_hint("No output", "This request has printed and logged nothing.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 0, 0)
        layout.addWidget(self.view)

    def show_output(self, output: RequestOutput) -> None:
        """Show another output, or more of the same."""
        if output is self._shown:
            return
        self._shown = output
        text = _COLOURS.sub("", output.text).removesuffix("\n")
        if output.left_out:
            text += f"\n\u2026 {plural(output.left_out, 'character')} more: see Output"
        self.view.show_page(plain_page(text))
