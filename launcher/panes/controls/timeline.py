"""The nested time line of one request: names at the left, bars on a common scale at the right.

GUI thread only. A pale bar is a step with all that is inside of it; its solid parts are the step's
own time. Colours show whose code it is, and come from the theme whenever something is painted.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core import learn
from launcher.core.display import one_line, round_time
from launcher.core.logs.flow import Step, Timeline
from launcher.core.logs.flow_parties import AFTER, YOURS
from launcher.models.flow import (
    BAR,
    NAME_LIMIT,
    SHARE,
    STEP,
    STEP_ROLE,
    TIME,
    TimelineModel,
    as_text,
)
from launcher.panes.controls.log_table import HEAD, LogTable
from launcher.panes.controls.shapes import draw

from .party_tones import ICONS, TONES

_INDENT = 13
_NARROW_INDENT = 8
_NARROW = 64
"""Digits of width below which the bars get the room of the shares, which they show as well."""
_MARGIN = 15  # so that the first sign stands below the first letter of the page
_PAD = 12
"""Pixels left free at either end of the time scale."""


def place_of(step: Step) -> tuple[str, int] | None:
    """Where the user's own function is written, or for a documented step, ours."""
    if step.place is not None:
        return step.place
    documented = learn.STEPS.get(step.key)
    found = None if documented is None else learn.find_source(documented)
    return None if found is None else (str(found[0]), found[1])


def ticks(total: int, width: int, apart: int = 84) -> list[int]:
    """Round times, in microseconds, for the marks of a scale of that many pixels."""
    wanted = max(2 if width >= 120 else 1, width // apart)
    power = before = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if total / step <= wanted:
                # A scale with nothing but its zero shows nothing.
                fitting = before if step > total and width >= 120 else step
                return list(range(0, total + 1, fitting))
            before = step
        power *= 10


def scale(area: QRect, total: int, at: int) -> float:
    """Where a time is, in pixels."""
    return area.left() + _PAD + (area.width() - 2 * _PAD) * at / max(1, total)


class ScaleHeader(QHeaderView):
    """A header that shows the time scale over the bars."""

    def __init__(self, model: TimelineModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802
        total = self._model.line.total
        if section != BAR or not total:
            super().paintSection(painter, rect, section)
            return
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, theme.colour(self.palette(), "base"))
        painter.setPen(theme.colour(self.palette(), "line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(theme.colour(self.palette(), "muted"))
        metrics = painter.fontMetrics()
        for at in ticks(total, rect.width() - 2 * _PAD):
            text = round_time(at)
            x = scale(rect, total, at)
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, rect.left() + 2), rect.right() - width - 2)
            painter.drawText(
                QRectF(left, rect.top(), width + 2, rect.height()),
                Qt.AlignmentFlag.AlignVCenter,
                text,
            )
        painter.restore()


class TimelineDelegate(QStyledItemDelegate):
    """Paints a step's name with its depth, and its bar."""

    def __init__(self, view: TimelineView) -> None:
        super().__init__(view)
        self._view = view

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.state &= ~QStyle.StateFlag.State_MouseOver
        step: Step | None = index.data(STEP_ROLE)
        if step is None:
            return
        if step.failed:
            tone = theme.colour(option.palette, self._view.alarm)
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                option.palette.setColor(role, tone)
        if index.column() >= TIME and step is self._view.line.heaviest:
            option.font.setWeight(QFont.Weight.DemiBold)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        step: Step | None = index.data(STEP_ROLE)
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        if step is None:
            return
        if not own.state & QStyle.StateFlag.State_Selected:
            if step.failed:
                painter.fillRect(own.rect, theme.colour(own.palette, f"{self._view.alarm}_ground"))
            elif index.row() == self._view.hovered:
                painter.fillRect(own.rect, theme.colour(own.palette, "hover"))
        if index.column() in (STEP, BAR):
            own.text = ""
        style = own.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget)
        painter.save()
        painter.setClipRect(own.rect)
        if index.column() == STEP:
            self._paint_name(painter, own, step)
        elif index.column() == BAR:
            self._paint_bar(painter, own, step)
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, step: Step) -> None:
        box, palette = option.rect, option.palette
        indent = _INDENT if box.width() >= 22 * _INDENT else _NARROW_INDENT
        painter.setPen(theme.colour(palette, "line"))
        for level in range(step.depth):
            x = box.left() + _MARGIN + level * indent + 4
            painter.drawLine(x, box.top(), x, box.bottom())
        left: int = box.left() + _MARGIN + step.depth * indent
        middle = box.center().y() + 0.5
        alarm = self._view.alarm
        tone = theme.colour(palette, alarm if step.failed else TONES[step.party])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if step.key in ICONS:
            picture = theme.pixmap(f"span-{step.key}", palette, _tone(step), 12)
            painter.drawPixmap(QPointF(left - 1, middle - 6), picture)
        elif step.failed:
            shape = "cross" if alarm == "danger" else "triangle"
            painter.save()
            painter.translate(QPointF(left - 1.5, middle - 6))
            draw(painter, shape, tone, theme.colour(palette, f"{alarm}_ground"))
            painter.restore()
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            painter.drawRoundedRect(QRectF(left + 1, middle - 3.5, 7, 7), 2, 2)
        left += 15
        muted = theme.colour(palette, "muted")
        yours = step.name and step.party == YOURS
        text = theme.colour(palette, alarm if step.failed else "yours" if yours else "text")
        kind = f"{step.key} " if step.name else ""
        name = one_line(function_name(step.name) or step.label, NAME_LIMIT)
        under = theme.monospace()
        under.setUnderline(self._view.is_link(step))
        strong = QFont(option.font)
        strong.setWeight(QFont.Weight.DemiBold)
        repeated = f"{len(step.spans):,}\u00d7 " if len(step.spans) > 1 else ""
        for words, font, colour in (
            (kind, option.font, muted),
            (repeated, strong, theme.colour(palette, "warning" if step.key == "sql" else "muted")),
            (name, under, text),
            (_remark(step), option.font, muted),
        ):
            if not words or left >= box.right() - 8:
                continue
            metrics = QFontMetrics(font)
            room = box.right() - 6 - left
            if words is name and step.name:
                shown = elided_name(metrics, words, room)
            else:
                shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.setFont(font)
            painter.setPen(colour)
            painter.drawText(
                QRect(left, box.top(), room, box.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
                shown,
            )
            left += metrics.horizontalAdvance(shown)

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, step: Step) -> None:
        box, palette, line = option.rect, option.palette, self._view.line
        painter.setPen(theme.colour(palette, "line"))
        for at in ticks(line.total, box.width() - 2 * _PAD):
            x = round(scale(box, line.total, at))
            painter.drawLine(x, box.top(), x, box.bottom())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = theme.colour(palette, self._view.alarm if step.failed else _tone(step))
        height = min(14.0, box.height() - 8.0)
        top = box.center().y() + 0.5 - height / 2

        def bar(start: int, end: int) -> QRectF:
            left, right = scale(box, line.total, start), scale(box, line.total, end)
            return QRectF(left, top, max(right - left, 2.0), height)

        shade = QColor(tone)
        shade.setAlpha(pale(palette))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        if step.is_point:
            painter.setBrush(tone)
            for start, _ in step.runs:
                painter.drawEllipse(bar(start, start).center(), 3.5, 3.5)
        elif step.party == AFTER:  # not counted
            painter.setPen(QPen(theme.colour(palette, "edge"), 1))
            painter.setBrush(QBrush(theme.colour(palette, "muted"), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(bar(step.start, step.end), 2.5, 2.5)
        else:
            for start, end in step.runs:
                painter.drawRoundedRect(bar(start, end), 2.5, 2.5)
            painter.setBrush(tone)
            for start, end in step.pieces or ((step.start, step.start),):
                painter.drawRoundedRect(bar(start, end), 2.5, 2.5)
        if line.failed_at is not None:
            # Where it ended: across all rows, so that it is seen what came before and after.
            at_end = scale(box, line.total, line.failed_at)
            pen = QPen(theme.colour(palette, self._view.alarm), 1.2)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(at_end, box.top()), QPointF(at_end, box.bottom() + 1))


def pale(palette: QPalette) -> int:
    """How much of its colour a bar has where steps inside of it run."""
    return 95 if palette.color(QPalette.ColorRole.Base).lightness() < 128 else 60


def _tone(step: Step) -> str:
    """The colour of a step: points have their own."""
    if step.key == "error":
        return "danger"
    if step.key == "log":
        return "warning" if step.spans[0].level in ("WARNING", "ERROR", "CRITICAL") else "muted"
    return TONES[step.party]


def function_name(name: str) -> str:
    """A function's name without what only says that it is defined in another one."""
    return name.replace(".<locals>", "")


def elided_name(metrics: QFontMetrics, name: str, room: int) -> str:
    """A function's name that is cut in its middle: what it is called stays, and so does where the
    name begins."""
    if metrics.horizontalAdvance(name) <= room:
        return name
    before, dot, last = name.rpartition(".")
    left = room - metrics.horizontalAdvance(f"{dot}{last}")
    if not dot or left < metrics.horizontalAdvance("m\u2026"):
        return metrics.elidedText(last, Qt.TextElideMode.ElideMiddle, room)
    return metrics.elidedText(before, Qt.TextElideMode.ElideRight, left) + dot + last


def _remark(step: Step) -> str:
    """What stands behind a step's name."""
    if step.party == AFTER:
        return "  by ServeDeck, not counted"
    status = step.spans[0].status if len(step.spans) == 1 else 0
    return f"  {status}" if status else _arguments(step)


def _arguments(step: Step) -> str:
    """How a view was called, as far as its name doesn't show it."""
    endpoint, _, values = step.detail.partition("(")
    if not endpoint:
        return ""
    if endpoint not in (step.name, step.name.rpartition(".")[2]):
        return "  " + one_line(step.detail, NAME_LIMIT)
    return "" if values == ")" else one_line(f"({values}", NAME_LIMIT)


class TimelineView(LogTable):
    """The table of steps: the arrows move the current step, Enter or a click open its source.

    Ctrl+C copies the whole time line as text.

    :ivar hovered: the row under the mouse, or -1
    """

    chosen = Signal(object)
    """The user wants to see this :class:`~launcher.core.logs.flow.Step` in the editor."""
    touched = Signal()
    """The user has turned to this time line: it should stay."""
    pointed = Signal(object)
    """The step under the mouse; without one the current step; or None."""
    turned = Signal(int)
    """The user wants the request before (-1) or after (1) this one."""

    def __init__(self, model: TimelineModel, parent: QWidget | None = None) -> None:
        self._dividing = self._divided_by_hand = False
        super().__init__("flowView", (38, 10, 8, 0), parent, margin=6)
        self._model = model
        self._double = False
        self.hovered = -1
        self.setAccessibleName("Time line of the request")
        self.setHorizontalHeader(ScaleHeader(model, self))
        self.horizontalHeader().setAccessibleName(HEAD)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(40)
        self.horizontalHeader().setSectionsClickable(False)
        self.setModel(model)
        self.setItemDelegate(TimelineDelegate(self))
        self.arrange_columns()
        self.horizontalHeader().sectionResized.connect(self._resized)
        self.setMouseTracking(True)
        self.clicked.connect(self._clicked)
        self.opened.connect(self._entered)
        self.selectionModel().currentRowChanged.connect(self._point)

    @property
    def line(self) -> Timeline:
        """What is shown."""
        return self._model.line

    @property
    def alarm(self) -> str:
        """The colour of a step that failed: an error in red, a 404 that is meant in amber."""
        return "warning" if self.line.meant else "danger"

    @property
    def current(self) -> Step | None:
        """The step that the arrow keys have led to."""
        return self._model.step(self.currentIndex())

    def is_link(self, step: Step) -> bool:
        """Whether a click on what is under the mouse opens this step's source."""
        return step.index == self.hovered and place_of(step) is not None

    def go_to(self, row: int) -> None:
        """Make a step the current one, and see to it that it can be seen."""
        index = self._model.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._divide()
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def _divide(self) -> None:
        """Give names and bars their parts of the width, unless the user has done so."""
        if self._divided_by_hand:
            return
        unit, header = self.digit_width(), self.horizontalHeader()
        width = self.viewport().width()
        self._dividing = True
        header.resizeSection(STEP, min(max(width * 44 // 100, 24 * unit), 46 * unit))
        header.resizeSection(TIME, 8 * unit + 16)
        header.resizeSection(SHARE, 8 * unit + 14)
        header.setSectionHidden(SHARE, width < _NARROW * unit)
        header.length()  # what Qt has put off until it is asked happens now
        self._dividing = False

    def _fit_columns(self) -> None:
        self._dividing = True
        super()._fit_columns()
        self._dividing = False
        self._divide()

    @Slot(int, int, int)
    def _resized(self, section: int, _old: int, _new: int) -> None:
        if not self._dividing and section != BAR:
            self._divided_by_hand = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        self._hover(event.position().toPoint())

    def leaveEvent(self, event: object) -> None:  # noqa: N802
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(QPoint(-1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._double = False
        self.touched.emit()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        # The first click has opened it already.
        super().mouseDoubleClickEvent(event)
        self._double = True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.turned.emit(-1 if key == Qt.Key.Key_Left else 1)
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(as_text(self.line))
            return
        if key in _MOVING:
            self.touched.emit()
        super().keyPressEvent(event)

    def _hover(self, at: QPoint) -> None:
        index = self.indexAt(at)
        row = index.row() if index.isValid() else -1
        if row == self.hovered:
            return
        self.hovered = row
        step = self._model.step(index)
        pointing = step is not None and place_of(step) is not None
        shape = Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        self.viewport().update()
        self._point()

    @Slot()
    def _point(self) -> None:
        under = self._model.step(self._model.index(self.hovered, 0)) if self.hovered >= 0 else None
        self.pointed.emit(under or self.current)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        double, self._double = self._double, False
        step = self._model.step(index)
        if step is not None and not double:
            self.chosen.emit(step)

    @Slot()
    def _entered(self) -> None:
        if self.current is not None:
            self.chosen.emit(self.current)


_MOVING = frozenset(
    (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
    )
)
