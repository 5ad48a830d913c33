"""The Overview tab of a request; GUI thread only. Plain text throughout."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from launcher.core.bodies.fields import Field, Group
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import overview
from launcher.panes.details.fields_view import FieldsView

__all__ = ["OverviewPage"]


class OverviewPage(QScrollArea):
    """What a request was, how long it took, where in the code."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestOverview")
        self.setAccessibleName("Overview of the request")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        inside = QWidget(self.viewport())
        inside.setObjectName("detailsFields")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 8, 0, 0)
        self.view = FieldsView("requestFactsView", "Facts of the request", left=12)
        layout.addWidget(self.view)
        layout.addStretch()
        self.setWidget(inside)

    def show_request(self, row: RequestRow) -> None:
        """Show another request."""
        fields = tuple(Field(name, value) for name, value in overview(row))
        self.view.show_group(Group("overview", "Overview", fields))
