"""The status bar: how much has happened, and what the server runs on; GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStatusBar,
    QStyle,
    QStyleOption,
    QWidget,
)

from launcher import APP_NAME, __version__, theme
from launcher.core.display import one_line, plural
from launcher.core.state import CAN_START, SessionState
from launcher.panes.controls.labels import SteadyLabel

if TYPE_CHECKING:
    from launcher.core.logs.groups import ErrorGroups
    from launcher.core.logs.reloads import ReloadLog
    from server.config import ServerConfig
    from server.events import ServerStarted

_SEPARATOR = "  \u00b7  "
_GAP = 12  # around the button
_MARGIN = 48  # around the three labels
_LEFT = 16  # of the counts, and of a sentence in their place


class StatusBar(QStatusBar):
    """Counts at the left, facts at the right. A sentence may take the place of the counts for some
    seconds; the facts leave where it needs their room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        theme.set_line_height(self, 24, 8)
        self.counts = SteadyLabel("countsLabel")
        self.reloads = _label("reloadsLabel")
        self.facts = _label("factsLabel")
        self.pin = QPushButton(self)
        self.pin.setObjectName("debuggerPin")
        self.pin.setProperty("look", "line")
        theme.set_line_height(self.pin, 20, 4)  # the bar is no higher for it
        self.pin.setToolTip("Copy what the debugger in the browser asks for")
        self.pin.clicked.connect(self._copy_pin)
        self.pin.hide()
        self._shown = ""
        self._pin = ""
        self.addWidget(self.counts)
        self.addPermanentWidget(self.reloads)
        self.addPermanentWidget(self.pin)
        self.addPermanentWidget(self.facts)
        self.messageChanged.connect(self._fit)
        self.show_counts(0, None)
        self.show_facts(SessionState.STOPPED, None, None)

    def show_counts(self, requests: int, errors: ErrorGroups | None, before: int = 0) -> None:
        """How many there have been; in the tooltip, how many kinds of errors.

        :param errors: None where nothing is known of errors
        :param before: how many requests of before are in the list
        """
        parts = [plural(requests, "request")] if requests or not before else []
        if before:
            count = f"{before:,}" if parts else plural(before, "request")
            parts.append(f"{count} from before")
        details = ""
        if errors is not None:
            total = plural(errors.total, "error")
            parts.append(total)
        if errors is not None and errors.total:
            unseen = f", {plural(errors.unseen, 'kind')} not seen yet" if errors.unseen else ""
            details = f"{total} of {plural(len(errors), 'kind')}{unseen}"
        self._show_counts(_SEPARATOR.join(parts), details)

    def _show_counts(self, text: str, details: str) -> None:
        width = self.counts.minimumWidth()
        self.counts.show_text(text)
        if details != self.counts.toolTip():
            self.counts.setToolTip(details)
            self.counts.setAccessibleDescription(details)
        if self.counts.minimumWidth() != width:
            self._fit()

    def show_servers(self, running: int) -> None:
        """How many servers run, where no page is in front."""
        text = f"{plural(running, 'server')} running" if running else "No server running"
        self._show_counts(text, "")

    def _show_pin(self, pin: str) -> None:
        """What the debugger in the browser asks for; "" where there is none."""
        self._pin = pin
        self.pin.setText(f"PIN {one_line(pin, 40)}")
        theme.set_icon(self.pin, "copy", "muted")
        self.pin.setAccessibleName(f"Copy the debugger's PIN {one_line(pin, 40)}")

    @Slot()
    def _copy_pin(self) -> None:
        QGuiApplication.clipboard().setText(self._pin)

    def show_reloads(self, log: ReloadLog) -> None:
        """What the reloader does; the details are in the tooltip."""
        self.reloads.setText(one_line(log.summary(), 100))
        details = log.details()
        self.reloads.setToolTip(theme.plain_tooltip(details) if details else "")
        self.reloads.setAccessibleDescription(details)
        self._fit()

    def show_facts(
        self,
        state: SessionState,
        config: ServerConfig | None,
        server: ServerStarted | None,
        ended: str = "",
    ) -> None:
        """What the server runs on, or what is going on instead.

        :param ended: how the last one ended
        """
        if server is None or config is None:
            idle = state in CAN_START
            text = (ended or f"{APP_NAME} {__version__}") if idle else f"{state.value}\u2026"
        else:
            facts = [server.mode.capitalize(), f"Python {server.python}", f"port {server.port}"]
            if config.debug:
                facts.append("debug")
            where = "own process" if server.runs_in == "process" else "this process"
            text = _SEPARATOR.join([*facts, where, f"pid {server.pid}"])
        self._shown = one_line(text, 200)
        self._show_pin(server.debugger_pin if server is not None else "")
        self._fit()
        why = ""
        if server is not None:
            from launcher.core.sentences import why_it_runs_there  # not before there is a server

            why = why_it_runs_there(server)
        self.facts.setToolTip(theme.plain_tooltip(why) if why else "")
        self.facts.setAccessibleDescription(why)

    def show_file(self, path: str) -> None:
        """Of which file the requests are; "" for none."""
        self.reloads.setText("")
        self.show_facts(SessionState.STOPPED, None, None, path)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        # What is shown follows the window's width; the window is not held open for it.
        return QSize(0, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()  # also when another text size is chosen
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own begins a sentence left of the counts, and cuts it off."""
        message = self.currentMessage()
        if not message:
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        others = (self.reloads, self.pin, self.facts)
        right = min((part.x() for part in others if not part.isHidden()), default=self.width())
        area = QRect(_LEFT, 0, right - _LEFT, self.height())
        painter.setFont(self.facts.font())
        elided = Qt.TextElideMode.ElideRight
        text = self.facts.fontMetrics().elidedText(message, elided, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.end()

    @Slot()
    def _fit(self) -> None:
        """Leave out the first facts where there is no room for all: the head has most of them. A
        sentence that stands alone ends in an ellipsis."""
        metrics, message = self.facts.fontMetrics(), self.currentMessage()
        left = metrics.horizontalAdvance(message) if message else self.counts.minimumWidth()
        room = self.width() - left - _MARGIN
        for part, words, gap in (
            (self.reloads, self.reloads.text(), 0),
            (self.pin, self._pin, _GAP),
        ):
            width = part.sizeHint().width() + gap
            there = bool(words) and width <= room
            room -= width if there else 0
            if part.isHidden() == there:  # else it would ask for another layout
                part.setVisible(there)
        parts = self._shown.split(_SEPARATOR)
        if len(parts) == 1:
            parts = [metrics.elidedText(self._shown, Qt.TextElideMode.ElideRight, max(0, room))]
        while parts and metrics.horizontalAdvance(_SEPARATOR.join(parts)) > room:
            parts.pop(0)
        text = _SEPARATOR.join(parts)
        if text != self.facts.text():  # which would ask for another layout
            self.facts.setText(text)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
