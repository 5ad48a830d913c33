"""Heads of what is shown of a pin: its verdict, both answers' facts, a file; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import clock, duration, one_line, size
from launcher.core.watch.code import FileChange
from launcher.core.watch.diff import count_lines
from launcher.models.watch import NOT_SENT
from launcher.panes.controls.labels import ElidedLabel
from server.events import RequestFinished

from .entries import draw_shape

__all__ = ["AnswerFacts", "FileHead", "VerdictLabel", "let_grow"]


def let_grow(label: ElidedLabel) -> None:
    """Have a label as wide as its text, where there is room for it."""
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    label.setMinimumWidth(40)


class VerdictLabel(QWidget):
    """The verdict by shape, colour and word."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._word, self._shape, self._tone = "", *NOT_SENT

    def show_verdict(self, word: str, shape: str, tone: str) -> None:
        self._word, self._shape, self._tone = word, shape, tone
        self.setAccessibleName(word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = QFontMetrics(theme.font("strong"))
        return QSize(18 + metrics.horizontalAdvance(self._word) + 2, metrics.height() + 6)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if not self._word:
            return
        painter = QPainter(self)
        tone = theme.colour(self.palette(), self._tone)
        draw_shape(painter, self._shape, tone, theme.colour(self.palette(), "base"), self.rect(), 0)
        painter.setFont(theme.font("strong"))
        painter.setPen(tone)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(self.rect().adjusted(18, 0, 0, 0), flags, self._word)
        painter.end()


class AnswerFacts(QWidget):
    """What the two sides are: when, which status, how long, how large."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._texts = ("", "")
        self.setAccessibleName("Before and after")

    def show_sides(self, before: RequestFinished | None, after: RequestFinished | None) -> None:
        """Show the facts of both answers."""
        self._texts = (_facts(before), _facts(after))
        self.setAccessibleDescription(f"Before {self._texts[0]}; after {self._texts[1]}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, max(28, QFontMetrics(theme.font("second")).height() + 10))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(self.palette(), "panel"))
        line = theme.colour(self.palette(), "line")
        middle = self.width() // 2
        for top in (0, self.height() - 1):
            painter.fillRect(0, top, self.width(), 1, line)
        painter.fillRect(middle, 0, 1, self.height(), line)
        strong, second = theme.font("strong"), theme.font("second")
        strong.setPointSizeF(second.pointSizeF())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        used = QFontMetrics(strong).horizontalAdvance("Before") + 12
        for left, name, text in (
            (0, "Before", self._texts[0]),
            (middle + 1, "After", self._texts[1]),
        ):
            room = QRect(left + 19, 0, middle - 25, self.height())
            painter.setFont(strong)
            painter.setPen(theme.colour(self.palette(), "text"))
            painter.drawText(room, flags, name)
            painter.setFont(second)
            painter.setPen(theme.colour(self.palette(), "muted"))
            room.adjust(used, 0, 0, 0)
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, flags, shown)
        painter.end()


class FileHead(QWidget):
    """A file that was saved: its name, how many lines, and when."""

    def __init__(self, change: FileChange) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 6, 16, 4)
        row.setSpacing(18)
        name = ElidedLabel("watchFile", self)
        name.setText(one_line(PurePath(change.path).name, 200))
        name.setToolTip(theme.plain_tooltip(change.path))
        theme.set_font(name, "mono")
        let_grow(name)
        tinted = name.palette()
        tinted.setColor(name.foregroundRole(), theme.colour(self.palette(), "yours"))
        name.setPalette(tinted)
        row.addWidget(name)
        if change.after is None:
            counted = "deleted"
        elif not change.known:
            counted = "what it had before isn\u2019t known"
        else:
            added, removed = count_lines(change.before, change.after)
            counted = f"+{added:,} \u2212{removed:,}"
            if change.before is None:
                counted = f"new, {counted}"
        for text in (counted, f"saved {clock(change.saved)[:8]}, before this answer"):
            label = QLabel(text, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setObjectName("muted")
            theme.set_font(label, "second")
            row.addWidget(label)
        row.addStretch(1)


def _facts(done: RequestFinished | None) -> str:
    if done is None:
        return "no answer"
    parts = (
        clock(done.started)[:8], str(done.status or "no status"), duration(done.duration),
        size(done.response_body.size),
    )  # fmt: skip
    return "   ".join(parts)
