"""Everything that is known of one request; GUI thread only. Plain text throughout."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core import display
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.requests import RequestRow

from .controls.labels import ElidedLabel
from .controls.plain_view import PlainView
from .request_head import RequestStatus, RequestTitle, facts_of, status_of

RESPONSE, REQUEST, ERROR = range(3)
_SIDE_BY_SIDE = 640  # pixels of width from which on body and headers are beside each other


class RequestDetails(QWidget):
    """One request: its head, then response, request and error in tabs."""

    closed = Signal()
    """The user wants the room back."""
    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see this error in its list."""
    positionToggled = Signal()  # noqa: N815
    """The user wants the details on the other side of the list."""
    flowRequested = Signal(int)  # noqa: N815
    """The user wants to see the way that the request with this number took."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestDetails")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Details of the selected request")
        self._is_beside = False
        self._shown: tuple[RequestRow, ErrorRow | None] | None = None

        self.title = RequestTitle(self)
        self.status = RequestStatus(self)
        self.facts = ElidedLabel("requestFacts", self)
        self.facts.setFont(theme.font("second"))
        self.facts.setForegroundRole(self.facts.foregroundRole().PlaceholderText)
        self.endpoint = ElidedLabel("requestEndpoint", self)
        self.endpoint.setFont(theme.font("datum"))
        self.position = QPushButton(self)
        self.position.setObjectName("detailsPosition")
        self.position.setProperty("look", "icon")
        self.position.clicked.connect(self.positionToggled)
        self._close = QPushButton(self)
        self._close.setObjectName("closeDetailsButton")
        self._close.setProperty("look", "icon")
        self._close.setAccessibleName("Close the details")
        self._close.setToolTip("Close the details (Esc)")
        self._close.clicked.connect(self.closed)

        self.show_flow = QPushButton("Show Flow", self)
        self.show_flow.setObjectName("showFlowButton")
        self.show_flow.setToolTip("Show the way that this request took, step by step")
        self.show_flow.clicked.connect(self._flow_wanted)
        self.show_flow.hide()

        self.response_headers = PlainView("responseHeaders", "Response headers")
        self.response_body = PlainView("responseBody", "Response body")
        self.request_headers = PlainView("requestHeaders", "Request headers")
        self.request_body = PlainView("requestBody", "Request body")
        self.error_text = PlainView("requestError", "Traceback of this request")
        self.response_title = _title("Body")
        self.request_title = _title("Body")
        self.error_title = ElidedLabel("requestErrorTitle")
        self.error_title.setForegroundRole(self.error_title.foregroundRole().BrightText)
        self.show_error = QPushButton("Show in Errors")
        self.show_error.setObjectName("showErrorButton")
        self.show_error.clicked.connect(self._error_wanted)

        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("requestDetailsTabs")
        self.tabs.setAccessibleName("Parts of the request")
        self.tabs.setDocumentMode(True)
        self._splitters = (
            _parts("response", self.response_headers, self.response_title, self.response_body),
            _parts("request", self.request_headers, self.request_title, self.request_body),
        )
        for splitter, name in zip(self._splitters, ("Response", "Request"), strict=True):
            self.tabs.addTab(splitter, name)
        self.tabs.addTab(self._error_page(), "Error")
        self.tabs.setTabVisible(ERROR, False)

        bar = QWidget(self)
        bar.setObjectName("detailsBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        first = QHBoxLayout()
        first.setSpacing(12)
        first.addWidget(self.title, 1)
        first.addWidget(self.status)
        first.addWidget(self.position)
        first.addWidget(self._close)
        second = QHBoxLayout()
        second.setSpacing(12)
        second.addWidget(self.facts, 3)
        second.addWidget(self.endpoint, 2)
        second.addWidget(self.show_flow)
        top = QVBoxLayout(bar)
        top.setContentsMargins(10, 6, 8, 6)
        top.setSpacing(2)
        top.addLayout(first)
        top.addLayout(second)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.tabs)
        self.show_position(beside=False)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._close.setIcon(theme.icon("close", self.palette(), "muted"))
        self.show_flow.setIcon(theme.icon("flow", self.palette()))
        yours = self.endpoint.palette()
        yours.setColor(self.endpoint.foregroundRole(), theme.colour(self.palette(), "yours"))
        self.endpoint.setPalette(yours)
        side = "bottom-panel" if self._is_beside else "right-panel"
        self.position.setIcon(theme.icon(side, self.palette(), "muted"))

    def show_position(self, *, beside: bool) -> None:
        """Show where the details would go."""
        self._is_beside = beside
        words = "Show the details below the list" if beside else "Show the details at the right"
        self.position.setAccessibleName(words)
        self.position.setToolTip(words)
        self.refresh_icons()

    def show_request(self, row: RequestRow, error: ErrorRow | None) -> None:
        """Show a request; does nothing where it is shown as it is already.

        :param error: the error it caused, where that is known and still kept
        """
        if self._shown is not None and self._shown[0] is row and self._shown[1] is error:
            return
        another = self._shown is None or self._shown[0].number != row.number
        self._shown = (row, error)
        target = display.one_line(row.target, 2000)
        done = row.finished
        self.title.show_request(row)
        self.status.show_request(row)
        self.facts.setText("" if done is None else facts_of(done))
        self.endpoint.setText("" if done is None else display.one_line(done.endpoint, 200))
        self.endpoint.setVisible(bool(self.endpoint.text()))
        self.endpoint.setToolTip(theme.plain_tooltip(self.endpoint.text()))
        self.show_flow.setVisible(done is not None and bool(done.flow))
        facts = "in progress" if row.outcome.value == "in progress" else "unfinished"
        if done is None:
            for view in (self.response_headers, self.response_body):
                view.show_text("")
            for view in (self.request_headers, self.request_body):
                view.show_text("")
            self.response_title.setText(f"Body \u00b7 {facts}")
            self.request_title.setText(f"Body \u00b7 {facts}")
        else:
            line = f"{done.http_version} {status_of(done)}"
            self.response_headers.show_text(
                display.shown(f"{line}\n{display.headers(done.response_headers)}")
            )
            line = f"{display.one_line(done.method, 40)} {target} {done.http_version}"
            self.request_headers.show_text(
                display.shown(f"{line}\n{display.headers(done.request_headers)}")
            )
            text, facts = display.body(done.response_body, done.response_headers)
            self.response_body.show_text(text)
            self.response_title.setText(f"Body \u00b7 {facts}")
            text, facts = display.body(done.request_body, done.request_headers)
            self.request_body.show_text(text)
            self.request_title.setText(f"Body \u00b7 {facts}")
        self._show_error(row, error, another)

    def _show_error(self, row: RequestRow, error: ErrorRow | None, another: bool) -> None:
        problem = row.finished.problem if row.finished is not None else ""
        there = row.error is not None or bool(problem)
        appeared = there and not self.tabs.isTabVisible(ERROR)
        self.tabs.setTabVisible(ERROR, there)
        self.show_error.setVisible(error is not None)
        if error is not None:
            head = f"{error.type}: {error.message}" if error.message else error.type
            self.error_title.setText(display.one_line(head, 500))
            self.error_text.show_traceback(display.shown(error.text, middle=True))
        elif there:
            self.error_title.setText(display.one_line(problem, 500) or "An error of the app")
            kept = "" if row.error is None else "The traceback is no longer kept."
            self.error_text.show_traceback(kept or display.shown(problem))
        if there and (another or appeared):
            self.tabs.setCurrentIndex(ERROR)
        elif not there and self.tabs.currentIndex() == ERROR:
            self.tabs.setCurrentIndex(RESPONSE)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        wide = event.size().width() >= _SIDE_BY_SIDE
        direction = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        for splitter in self._splitters:
            splitter.setOrientation(direction)

    def _error_page(self) -> QWidget:
        page = QWidget()
        top = QHBoxLayout()
        top.setContentsMargins(10, 5, 8, 5)
        top.addWidget(self.error_title, 1)
        top.addWidget(self.show_error)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.error_text)
        return page

    @Slot()
    def _flow_wanted(self) -> None:
        if self._shown is not None:
            self.flowRequested.emit(self._shown[0].number)

    @Slot()
    def _error_wanted(self) -> None:
        if self._shown is not None and self._shown[1] is not None:
            self.errorRequested.emit(self._shown[1].number)


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("sectionTitle")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _parts(name: str, headers: PlainView, body_title: QLabel, body: PlainView) -> QSplitter:
    """Body and headers, each under its title."""
    splitter = QSplitter()
    splitter.setObjectName(f"{name}Splitter")
    splitter.setChildrenCollapsible(False)
    for title, view in ((body_title, body), (_title("Headers"), headers)):
        title.setContentsMargins(8, 4, 8, 0)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(title)
        layout.addWidget(view)
        splitter.addWidget(side)
    splitter.setSizes([550, 450])
    splitter.setStretchFactor(0, 5)
    splitter.setStretchFactor(1, 4)
    return splitter
