"""Everything that is known of one request; GUI thread only. Plain text throughout."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
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
from server.events import RequestFinished

from .controls.labels import ElidedLabel
from .controls.plain_view import PlainView

RESPONSE, REQUEST, ERROR = range(3)


class RequestDetails(QWidget):
    """One request: a summary, then response, request and error side by side in tabs."""

    closed = Signal()
    """The user wants the room back."""
    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see this error in its list."""
    flowRequested = Signal(int)  # noqa: N815
    """The user wants to see the way that the request with this number took."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestDetails")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Details of the selected request")
        self._shown: tuple[RequestRow, ErrorRow | None] | None = None

        self.summary = ElidedLabel("requestSummary", self)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.summary.setFont(font)
        self.facts = ElidedLabel("requestFacts", self)
        self.facts.setForegroundRole(self.facts.foregroundRole().PlaceholderText)
        self._close = QPushButton(self)
        self._close.setObjectName("closeDetailsButton")
        self._close.setProperty("look", "quiet")
        self._close.setAccessibleName("Close the details")
        self._close.setToolTip("Close the details (Esc)")
        self._close.setFixedWidth(34)
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
        self.tabs.addTab(
            _beside("response", self.response_headers, self.response_title, self.response_body),
            "Response",
        )
        self.tabs.addTab(
            _beside("request", self.request_headers, self.request_title, self.request_body),
            "Request",
        )
        self.tabs.addTab(self._error_page(), "Error")
        self.tabs.setTabVisible(ERROR, False)

        bar = QWidget(self)
        bar.setObjectName("detailsBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top = QHBoxLayout(bar)
        top.setContentsMargins(10, 4, 6, 4)
        top.setSpacing(12)
        top.addWidget(self.summary, 3)
        top.addWidget(self.facts, 2)
        top.addWidget(self.show_flow)
        top.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.tabs)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._close.setIcon(theme.icon("close", self.palette(), "muted"))
        self.show_flow.setIcon(theme.icon("flow", self.palette()))

    def show_request(self, row: RequestRow, error: ErrorRow | None) -> None:
        """Show a request; does nothing where it is shown as it is already.

        :param error: the error it caused, where that is known and still kept
        """
        if self._shown is not None and self._shown[0] is row and self._shown[1] is error:
            return
        another = self._shown is None or self._shown[0].number != row.number
        self._shown = (row, error)
        target = display.one_line(row.target, 2000)
        status = "" if row.finished is None else _status(row.finished)
        outcome = status or row.outcome.value
        self.summary.setText(f"{display.one_line(row.method, 40)} {target}  \u2192  {outcome}")
        done = row.finished
        self.facts.setText("" if done is None else _facts(done))
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
            line = f"{done.http_version} {_status(done)}"
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


def _status(done: RequestFinished) -> str:
    if not done.status:
        return "no answer"
    text = f"{done.status} {display.one_line(done.reason, 80)}".rstrip()
    return f"{text} (aborted)" if done.aborted else text


def _facts(done: RequestFinished) -> str:
    return "  \u00b7  ".join(
        (
            f"{display.duration(done.duration)} (app {display.duration(done.app_duration)})",
            f"{display.size(done.bytes_sent)} sent",
            f"{display.size(done.bytes_received)} received",
            display.one_line(done.remote_addr, 60),
        )
    )


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("sectionTitle")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _beside(name: str, headers: PlainView, body_title: QLabel, body: PlainView) -> QSplitter:
    """Headers at the left, body at the right, each under its title."""
    splitter = QSplitter(Qt.Orientation.Horizontal)
    splitter.setObjectName(f"{name}Splitter")
    splitter.setChildrenCollapsible(False)
    for title, view in ((_title("Headers"), headers), (body_title, body)):
        title.setContentsMargins(10, 4, 8, 0)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(title)
        layout.addWidget(view)
        splitter.addWidget(side)
    splitter.setSizes([450, 550])
    splitter.setStretchFactor(0, 4)
    splitter.setStretchFactor(1, 5)
    return splitter
