"""The line above the pins: what was reloaded, and how many are how; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import clock, one_line, plural
from launcher.core.watch.judging import Verdict
from launcher.core.watch.rounds import WatchLog
from launcher.models.watch import VERDICTS
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.switch import Switch
from server.base.values import dataclass

from .entries import draw_shape

__all__ = ["WatchStrip"]

_HEIGHT = 40
_WORDS_FROM = 760  # pixels of width


@dataclass(frozen=True)
class _Part:
    text: str
    role: str = "text"
    tone: str = "muted"
    shape: str = ""
    gap: int = 0


class WatchStrip(QWidget):
    """What the last round has shown, and how pins are sent.

    :ivar automatic: they are sent after each reload
    :ivar send: sends all of them now
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paneBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.summary = _Summary(self)
        self.automatic = Switch("After each reload", self)
        self.automatic.setObjectName("watchAutomatic")
        self.automatic.setToolTip("Send the pinned requests after each reload")
        self.send = KeyButton("watchSendButton", "Send all again", "Shift R", "", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 12, 4)
        row.setSpacing(12)
        row.addWidget(self.summary, 1)
        row.addWidget(self.automatic)
        row.addWidget(self.send)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().sizeHint().width(), max(_HEIGHT, super().sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.automatic.set_shows_text(event.size().width() >= _WORDS_FROM)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.send, "restart", "soft")

    def refresh(self, log: WatchLog, *, automatic: bool, refusal: str) -> None:
        """Show what the log has by now.

        :param refusal: why nothing can be sent, in a sentence; "" where it can
        """
        self.summary.show_parts(_parts(log))
        self.automatic.setChecked(automatic)
        self.send.setEnabled(not refusal)
        tip = refusal or "Send all pinned requests now (Shift+R in the list)"
        self.send.setToolTip(theme.plain_tooltip(tip))


class _Summary(QWidget):
    """Texts and shapes in a row; what there is no room for leaves from the front."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parts: list[_Part] = []
        self.setObjectName("watchSummary")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def text(self) -> str:
        """All of it, as one text."""
        return "".join(("  " if part.shape else "") + part.text for part in self._parts)

    def show_parts(self, parts: list[_Part]) -> None:
        self._parts = parts
        self.setAccessibleName(self.text)
        self.setToolTip(theme.plain_tooltip(self.text))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, QFontMetrics(theme.font("text")).height() + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        parts = self._fitting()
        left = 0
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        for part in parts:
            left += part.gap if left else 0
            tone: QColor = theme.colour(self.palette(), part.tone)
            if part.shape:
                room = QRect(left, 0, 16, self.height())
                ground = theme.colour(self.palette(), "panel")
                draw_shape(painter, part.shape, tone, ground, room, 0)
                left += 20
                continue
            font = _font(part)
            painter.setFont(font)
            painter.setPen(tone)
            painter.drawText(QRect(left, 0, self.width() - left, self.height()), flags, part.text)
            left += QFontMetrics(font).horizontalAdvance(part.text)
        painter.end()

    def _fitting(self) -> list[_Part]:
        """All parts, or where there is no room only the counts."""
        width = sum(
            part.gap
            + (20 if part.shape else QFontMetrics(_font(part)).horizontalAdvance(part.text))
            for part in self._parts
        )
        first = next((n for n, part in enumerate(self._parts) if part.shape), 0)
        return self._parts if width <= self.width() else self._parts[first:]


def _font(part: _Part) -> QFont:
    return theme.font(part.role)


def _parts(log: WatchLog) -> list[_Part]:
    parts: list[_Part] = []
    rounds = log.rounds
    if not log.pins:
        return parts
    if not rounds:
        return [_Part("Pinned requests are sent again after each reload")]
    last = rounds[-1]
    when = clock(last.time)[:8]
    if last.cause:
        name = one_line(PurePath(last.cause[0]).name, 60)
        more = f" and {plural(len(last.cause) - 1, 'other file')}" if len(last.cause) > 1 else ""
        how = "failed to reload" if last.failed else "reloaded"
        parts += [
            _Part("After " if not last.failed else ""),
            _Part(name, "mono", "yours"),
            _Part(f"{more} {how} at {when}"),
        ]
    else:
        parts.append(_Part(f"{'Failed to reload' if last.failed else 'Sent'} at {when}"))
    counts = log.counts()
    for verdict in Verdict:
        if counts[verdict]:
            shape, tone = VERDICTS[verdict]
            parts += [
                _Part("", shape=shape, tone=tone, gap=18),
                _Part(f"{counts[verdict]:,} ", "strong", "text"),
                _Part(verdict.value),
            ]
    return parts
