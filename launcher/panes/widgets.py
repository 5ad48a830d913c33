"""Small widgets the panes share; GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QFrame,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QTableView,
    QWidget,
)

from launcher import theme
from launcher.core.display import plural
from server.state import SessionState


class ActionButton(QPushButton):
    """A button that is one face of a :class:`QAction`, as the menu entry is another.

    :param look: ``"primary"``, ``"quiet"`` or ""
    """

    def __init__(self, action: QAction, name: str, look: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", look)
        self.setAutoDefault(False)
        self._action = action
        action.changed.connect(self._update)
        self.clicked.connect(action.trigger)
        self._update()

    @Slot()
    def _update(self) -> None:
        action = self._action
        plain = action.text().replace("&", "").removesuffix("\u2026")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = action.statusTip() or plain
        self.setText(action.iconText())
        self.setIcon(action.icon())
        self.setEnabled(action.isEnabled())
        self.setAccessibleName(plain)
        self.setAccessibleDescription(action.statusTip())
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))


class StatePill(QLabel):
    """The state as a word, a shape and a colour, so that any one of them is enough."""

    _TONES = {
        SessionState.STOPPED: "muted",
        SessionState.STARTING: "info",
        SessionState.RUNNING: "good",
        SessionState.RELOADING: "info",
        SessionState.BROKEN: "danger",
        SessionState.STOPPING: "warning",
        SessionState.FAILED: "danger",
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateLabel")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.state = SessionState.STOPPED
        self.show_state(SessionState.STOPPED)

    def show_state(self, state: SessionState) -> None:
        """Show another state."""
        self.state = state
        self.setText(state.value)
        self.setAccessibleName(f"Server state: {state.value}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(state.value) for state in SessionState)
        return QSize(widest + 42, metrics.height() + 12)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        tone = theme.colour(self.palette(), self._TONES[self.state])
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = QColor(tone)
        ground.setAlpha(34)
        painter.setBrush(ground)
        edge = QColor(tone)
        edge.setAlpha(110)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left = (self.width() - 18 - self.fontMetrics().horizontalAdvance(self.text())) // 2
        self._paint_shape(painter, QPointF(left + 5, box.center().y()), tone)
        painter.setPen(tone)
        painter.drawText(
            self.rect().adjusted(left + 18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        painter.end()

    def _paint_shape(self, painter: QPainter, at: QPointF, tone: QColor) -> None:
        painter.setPen(QPen(tone, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QRectF(at.x() - 4, at.y() - 4, 8, 8)
        if self.state is SessionState.RUNNING:
            painter.setBrush(tone)
            painter.drawEllipse(ring)
        elif self.state is SessionState.STOPPED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            painter.drawRoundedRect(ring, 1.5, 1.5)
        elif self.state is SessionState.FAILED:
            painter.drawLine(ring.topLeft(), ring.bottomRight())
            painter.drawLine(ring.topRight(), ring.bottomLeft())
        elif self.state is SessionState.BROKEN:
            painter.drawLine(QPointF(at.x(), ring.top()), QPointF(at.x(), at.y() + 1))
            painter.drawPoint(QPointF(at.x(), ring.bottom()))
        elif self.state in (SessionState.STARTING, SessionState.RELOADING):
            painter.drawArc(ring, 30 * 16, 240 * 16)
        else:
            painter.drawArc(ring, 120 * 16, 120 * 16)
            painter.drawArc(ring, 300 * 16, 120 * 16)


class LinkLabel(QLabel):
    """An address to click, or to open with the keyboard; its text is plain and stays plain."""

    activated = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._link = False
        self.show_link("", False)

    def show_link(self, text: str, link: bool) -> None:
        """Show a text, and whether there is something to open."""
        self._link = link
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if link else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor)
        font = self.font()
        font.setUnderline(link)
        self.setFont(font)
        self.setForegroundRole(QPalette.ColorRole.Link if link else QPalette.ColorRole.WindowText)

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
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour(self.palette(), "accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()


class ElidedLabel(QLabel):
    """One line of plain text that ends in an ellipsis where there isn't room for all of it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.end()


class Hint:
    """What an empty pane says: what it is for, and what to do next."""

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text

    def paint(self, area: QAbstractScrollArea) -> None:
        """Paint it into the middle of an empty view."""
        port = area.viewport()
        painter = QPainter(port)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        box = port.rect().adjusted(24, 0, -24, 0)
        title_font = QFont(port.window().font())
        title_font.setPointSizeF(title_font.pointSizeF() * 1.25)
        title_font.setWeight(QFont.Weight.DemiBold)
        top = max(8, int(box.height() * 0.38) - 24)
        painter.setFont(title_font)
        painter.setPen(theme.colour(port.palette(), "text"))
        used = painter.drawText(box.adjusted(0, top, 0, 0), flags, self.title)
        below = (used.bottom() if used is not None else top + 24) + 8
        painter.setFont(port.window().font())
        painter.setPen(theme.colour(port.palette(), "muted"))
        painter.drawText(box.adjusted(0, below, 0, 0), flags, self.text)
        painter.end()


class LogTable(QTableView):
    """A list of rows as the logs have them, with a hint while it is empty.

    :param name: the object name
    :param widths: each column's width in digits; 0 for the one that stretches
    """

    opened = Signal()
    """Enter or a double click on the current row."""
    left = Signal()
    """Escape."""

    def __init__(self, name: str, widths: tuple[int, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.hint = Hint("", "")
        self._widths = widths
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(40)

    def digit_width(self) -> int:
        """The width of a digit, in pixels: in some fonts more than that of an average character,
        and times, sizes and shares are made of digits."""
        metrics = self.fontMetrics()
        return max(metrics.averageCharWidth(), metrics.horizontalAdvance("0"))

    def arrange_columns(self) -> None:
        """Give the columns their widths; call it once the model is set."""
        header = self.horizontalHeader()
        unit = self.digit_width()
        for column, width in enumerate(self._widths):
            if width:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(column, width * unit + 18)
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def let_go(self) -> None:
        """Have no current row, without a signal: the row is about to go, not the user.

        Otherwise Qt would make the row that takes its place the current one.
        """
        selection = self.selectionModel()
        with QSignalBlocker(selection):
            selection.clear()
        self.viewport().update()

    def set_hint(self, title: str, text: str) -> None:
        """Say something else while there are no rows."""
        self.hint = Hint(title, text)
        self.setAccessibleDescription(f"{title}. {text}")
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        model = self.model()
        if model is None or model.rowCount() == 0:
            self.hint.paint(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.model().rowCount():
            # QTableView would only move along the row.
            last = self.model().rowCount() - 1
            self.setCurrentIndex(self.model().index(0 if key == Qt.Key.Key_Home else last, 0))
        else:
            super().keyPressEvent(event)


class PlainView(QPlainTextEdit):
    """Read-only text in a monospace font, with a hint while it is empty. Never rich text."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.hint = Hint("", "")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(theme.monospace())
        self.document().setDocumentMargin(8)

    def set_hint(self, title: str, text: str) -> None:
        """Say something else while there is no text."""
        self.hint = Hint(title, text)
        self.viewport().update()

    def show_text(self, text: str) -> None:
        """Show another text from its beginning; the same text is left where it was scrolled to."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def show_traceback(self, text: str) -> None:
        """Show a traceback from its end: what happened, and where in the user's own code."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.document().isEmpty() and self.hint.title:
            self.hint.paint(self)


class Follower(QObject):
    """Keeps a view at its end while rows come, until the user scrolls up.

    Then a button over the view tells how much is new; it, the end of the scroll bar, or the End
    key resume.

    :param noun: what the new things are called
    """

    changed = Signal(bool)

    def __init__(self, view: QAbstractScrollArea, noun: str) -> None:
        super().__init__(view)
        self._view = view
        self._noun = noun
        self._new = 0
        self._moving = False
        self.following = True
        self.button = QPushButton(view)
        self.button.setObjectName(f"{view.objectName()}Follow")
        self.button.setProperty("look", "float")
        self.button.setAccessibleName(f"Show the newest {noun}s")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.hide()
        self.button.clicked.connect(self.resume)
        bar = view.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._grown)
        view.installEventFilter(self)

    @property
    def new(self) -> int:
        """How many have come since following stopped."""
        return self._new

    def added(self, count: int) -> None:
        """More has come at the end."""
        if not self.following and count:
            self._new += count
            self._show_button()

    def shifted(self, gone: int) -> None:
        """So much, in steps of the scroll bar, has gone at the top: what is seen stays in place."""
        if not self.following:
            self._move(max(0, self._view.verticalScrollBar().value() - gone))

    @contextmanager
    def rewriting(self, gone: int) -> Iterator[None]:
        """All is written anew meanwhile; afterwards the view is where it was.

        :param gone: how much, in steps of the scroll bar, is missing at the top afterwards
        """
        place = max(0, self._view.verticalScrollBar().value() - gone)
        self._moving = True
        try:
            yield
        finally:
            self._moving = False
        if self.following:
            self._to_end()
        else:
            self._move(place)

    def reset(self) -> None:
        """Everything is gone: follow again."""
        self._set(True)

    @Slot()
    def pause(self) -> None:
        """Stop following: the user has turned to something that isn't at the end."""
        self._set(False)

    @Slot()
    def resume(self) -> None:
        """Go to the end and follow again."""
        self._set(True)
        self._to_end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and watched is self._view:
            self._place(event)
        return False

    @Slot(int)
    def _moved(self, value: int) -> None:
        if not self._moving:
            self._set(value >= self._view.verticalScrollBar().maximum())

    @Slot(int, int)
    def _grown(self, _low: int, _high: int) -> None:
        if self.following:
            self._to_end()

    def _to_end(self) -> None:
        self._move(self._view.verticalScrollBar().maximum())

    def _move(self, value: int) -> None:
        """Scroll without taking it for the user's doing."""
        self._moving = True
        self._view.verticalScrollBar().setValue(value)
        self._moving = False

    def _set(self, following: bool) -> None:
        if following:
            self._new = 0
        was, self.following = self.following, following
        self._show_button()
        if was != following:
            self.changed.emit(following)

    def _show_button(self) -> None:
        if self.following or not self._new:
            self.button.hide()
            return
        self.button.setText(f"\u2193 {self._new:,} new")
        self.button.setAccessibleName(f"Show {plural(self._new, 'new ' + self._noun)}")
        self._place(None)
        self.button.show()
        self.button.raise_()

    def _place(self, _event: QEvent | QResizeEvent | None) -> None:
        self.button.adjustSize()
        view = self._view
        self.button.move(
            (view.width() - self.button.width()) // 2, view.height() - self.button.height() - 14
        )


def paint_mark(painter: QPainter, at: QPointF, kind: str, tone: QColor, ground: QColor) -> None:
    """One of the small shapes that tell how a request went, 9 pixels wide.

    :param ground: the colour it stands on
    :param kind: ``dot``, ``arrow``, ``triangle``, ``octagon``, ``ring``, ``slash`` or ``dash``
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = at.x(), at.y()
    painter.setPen(QPen(tone, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind == "dot":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        painter.drawEllipse(at, 3.6, 3.6)
    elif kind == "arrow":
        painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
        painter.drawLine(QPointF(x + 1, y - 3), QPointF(x + 4, y))
        painter.drawLine(QPointF(x + 1, y + 3), QPointF(x + 4, y))
    elif kind == "triangle":
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - 4), QPointF(x + 4.4, y + 3.6), QPointF(x - 4.4, y + 3.6)])
        )
    elif kind == "octagon":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        a, b = 5.6, 2.3
        corners = ((b, a), (a, b), (a, -b), (b, -a), (-b, -a), (-a, -b), (-a, b), (-b, a))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
        painter.setPen(QPen(ground, 1.5))
        painter.drawLine(QPointF(x - 2, y - 2), QPointF(x + 2, y + 2))
        painter.drawLine(QPointF(x - 2, y + 2), QPointF(x + 2, y - 2))
    elif kind == "ring":
        painter.drawArc(QRectF(x - 3.8, y - 3.8, 7.6, 7.6), 20 * 16, 250 * 16)
    elif kind == "slash":
        painter.drawEllipse(at, 4, 4)
        painter.drawLine(QPointF(x - 2.8, y + 2.8), QPointF(x + 2.8, y - 2.8))
    else:
        painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
    painter.restore()
