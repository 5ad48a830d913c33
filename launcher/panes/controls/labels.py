"""Labels of plain text: one that is an address, one that is cut to its room, and one whose text
changes all the time; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from launcher import theme


class LinkLabel(QLabel):
    """An address to click, or to open with the keyboard; its text is plain and stays plain."""

    activated = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._link = False
        self._short = ""
        self.show_link("", False)

    def show_link(self, text: str, link: bool) -> None:
        """Show a text, and whether there is something to open."""
        self._link = link
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if link else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor)
        role = QPalette.ColorRole
        self.setForegroundRole(role.Link if link else role.PlaceholderText)

    def set_short(self, text: str) -> None:
        """Paint this instead of the text, where there is little room; "" for the text itself."""
        if text != self._short:
            self._short = text
            self.updateGeometry()
            self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        if not self._short:
            return super().minimumSizeHint()
        return QSize(
            self.fontMetrics().horizontalAdvance(self._short) + 2, super().sizeHint().height()
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSizeHint() if self._short else super().sizeHint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        inside = self.rect().contains(event.position().toPoint())
        if self._link and event.button() == Qt.MouseButton.LeftButton and inside:
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._link and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._short:
            painter = QPainter(self)
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self._short)
            painter.end()
        else:
            super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour(self.palette(), "accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()


class ElidedLabel(QLabel):
    """One line of plain text with an ellipsis where there isn't room for all of it.

    :param elide: where the ellipsis stands
    """

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._elide, area.width())
        side = self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        flags = side | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, flags | Qt.TextFlag.TextSingleLine, text)
        painter.end()


class FittingLabel(ElidedLabel):
    """Takes the room of its text where that is there."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        hint = super().minimumSizeHint()
        hint.setWidth(min(hint.width(), 60))
        return hint


class WrappedLabel(QLabel):
    """Plain text in as many lines as it needs; where there is little height, in one that ends in an
    ellipsis, with the whole in its tooltip."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.whole = ""

    def show_text(self, text: str) -> None:
        """Show another text."""
        self.whole = text
        self.setAccessibleName(text)
        self._fit()

    def set_low(self, low: bool) -> None:
        """Whether there is room for one line only."""
        if low != self.wordWrap():
            return
        self.setWordWrap(not low)
        across = QSizePolicy.Policy.Ignored if low else QSizePolicy.Policy.Preferred
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed if low else across)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "whole"):
            self._fit()

    def _fit(self) -> None:
        shown = self.whole
        if not self.wordWrap():
            room, right = self.contentsRect().width(), Qt.TextElideMode.ElideRight
            shown = self.fontMetrics().elidedText(shown, right, room - 2 * max(0, self.indent()))
        if shown != self.text():
            self.setText(shown)
        self.setToolTip("" if shown == self.whole else theme.plain_tooltip(self.whole))


class SteadyLabel(QLabel):
    """One line of plain text that changes all the time, such as numbers.

    Its size is fixed, so that another text doesn't have all of the page laid out and painted anew,
    and its width grows and shrinks in steps.
    """

    STEP = 24
    """Pixels of a step."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setIndent(0)  # the style gives it one where it has a padding, beyond its contents
        self._fit()

    def show_text(self, text: str) -> None:
        """Show another text."""
        if text != self.text():
            self.setText(text)
            self._fit()

    def _fit(self) -> None:
        # Not its size hint: that is never narrower than it is fixed to be.
        metrics, width = self.fontMetrics(), self.minimumWidth()
        needed = metrics.horizontalAdvance(self.text())
        if needed:
            needed += self.width() - self.contentsRect().width()
        if not needed or needed > width or needed < width - 2 * self.STEP:
            width = -(-needed // self.STEP) * self.STEP
        self.setFixedSize(width, metrics.height())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
