"""Lines of two texts, painted beside each other or one below the other; GUI thread only.

A line that is too long for its side is shown from where it differs. Plain text throughout: what is
painted comes from answers and files.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from launcher import theme
from launcher.core.watch.diff import Line, Pair
from launcher.panes.controls.code_tones import CODE_TONES

__all__ = ["LinesView"]

_HEIGHT, _CODE_HEIGHT = 20, 19
_NUMBER, _SIGN, _TEXT = 34, 42, 56
_SIDES = ("before", "after")
_GROUNDS = {"before": "selection_blurred", "after": "tint"}
_PATCHES = {"before": ("muted", 0.28), "after": ("accent", 0.28)}
_SIGNS = {"before": "-", "after": "+"}
_KEPT = 24  # characters before the first difference in a line that is too long
_MOST = 4_000


class LinesView(QWidget):
    """Pairs of lines.

    :param beside: one beside the other; else one below the other
    :ivar numbered: whether the lines have numbers
    """

    def __init__(self, *, beside: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._beside = beside
        self.numbered = True
        self.pairs: tuple[Pair, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_pairs(self, pairs: tuple[Pair, ...], *, numbered: bool = True) -> None:
        """Show other lines."""
        self.pairs, self.numbered = pairs, numbered
        self.updateGeometry()
        self.update()

    def top_of(self, index: int) -> int:
        """Where a pair begins, in pixels."""
        return index * self.line_height

    @property
    def line_height(self) -> int:
        """Pixels of a line."""
        least = _HEIGHT if self._beside else _CODE_HEIGHT
        return max(least, round(QFontMetricsF(theme.font("mono")).height()) + 3)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, len(self.pairs) * self.line_height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        height = self.line_height
        first = max(0, event.rect().top() // height)
        for index in range(first, min(len(self.pairs), event.rect().bottom() // height + 1)):
            room = QRect(0, index * height, self.width(), height)
            if self.pairs[index].is_gap:
                self._paint_gap(painter, room)
            elif self._beside:
                self._paint_beside(painter, self.pairs[index], room)
            else:
                self._paint_below(painter, self.pairs[index], room)
        if self._beside:
            middle = self.width() // 2
            painter.fillRect(middle, 0, 1, self.height(), self._colour("line"))
        painter.end()

    def _paint_beside(self, painter: QPainter, pair: Pair, room: QRect) -> None:
        middle = self.width() // 2
        halves = (
            QRect(0, room.top(), middle, room.height()),
            QRect(middle + 1, room.top(), self.width() - middle - 1, room.height()),
        )
        for side, half, line in zip(_SIDES, halves, (pair.before, pair.after), strict=True):
            if line is None:
                brush = QBrush(self._colour("line"), Qt.BrushStyle.BDiagPattern)
                painter.fillRect(half, brush)
            else:
                self._paint_line(painter, line, side if pair.differs else "", half)

    def _paint_below(self, painter: QPainter, pair: Pair, room: QRect) -> None:
        line = pair.after or pair.before
        if line is not None:
            side = "" if not pair.differs else "before" if pair.after is None else "after"
            self._paint_line(painter, line, side, room)

    def _paint_gap(self, painter: QPainter, room: QRect) -> None:
        painter.setFont(theme.font("mono"))
        painter.setPen(self._colour("muted"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room.adjusted(_TEXT, 0, 0, 0), flags, "\u22ef")

    def _paint_line(self, painter: QPainter, line: Line, side: str, room: QRect) -> None:
        painter.save()
        painter.setClipRect(room)
        if side:
            painter.fillRect(room, self._colour(_GROUNDS[side]))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        if self.numbered:
            painter.setFont(theme.font("small_mono"))
            painter.setPen(self._colour("muted"))
            number = QRect(room.left(), room.top(), _NUMBER, room.height())
            painter.drawText(number, flags | Qt.AlignmentFlag.AlignRight, f"{line.number}")
        left = _TEXT if self.numbered else 34
        font = theme.font("mono")
        if side:
            strong = QFont(font)
            strong.setWeight(QFont.Weight.DemiBold)
            painter.setFont(strong)
            painter.setPen(self._colour("link" if side == "after" else "muted"))
            sign = QRect(
                room.left() + (_SIGN if self.numbered else 18), room.top(), 12, room.height()
            )
            painter.drawText(sign, flags, _SIGNS[side])
        self._paint_text(painter, line, side, room.adjusted(left, 0, -6, 0), font)
        painter.restore()

    def _paint_text(
        self, painter: QPainter, line: Line, side: str, room: QRect, font: QFont
    ) -> None:
        metrics = QFontMetricsF(font)
        text, shift = _in_room(line, room.width() / max(1.0, metrics.horizontalAdvance("0")))
        tones = [""] * len(text)
        for start, length, kind in line.runs:
            for at in range(max(0, start - shift), min(len(text), start + length - shift)):
                tones[at] = kind
        patched = [False] * len(text)
        for start, length in line.differing if side else ():
            for at in range(max(0, start - shift), min(len(text), start + length - shift)):
                patched[at] = True
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        begin, x = 0, float(room.left())
        while begin < len(text):
            end = begin + 1
            while end < len(text) and (tones[end], patched[end]) == (tones[begin], patched[begin]):
                end += 1
            part = text[begin:end]
            width = metrics.horizontalAdvance(part)
            if patched[begin]:
                name, alpha = _PATCHES[side]
                patch = self._colour(name)
                patch.setAlphaF(alpha)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(patch)
                painter.drawRoundedRect(
                    QRectF(x - 1, room.top() + 2, width + 2, room.height() - 4), 3, 3
                )
            painter.setFont(strong if patched[begin] else font)
            tone = CODE_TONES.get(tones[begin], "text")
            painter.setPen(self._colour("text" if patched[begin] else tone))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
            painter.drawText(QRectF(x, room.top(), width + 20, room.height()), flags, part)
            begin, x = end, x + width
            if x > room.right():
                break

    def _colour(self, name: str) -> QColor:
        return theme.colour(self.palette(), name)


def _in_room(line: Line, characters: float) -> tuple[str, int]:
    """What is shown of a line, and how many characters are left out before it."""
    text = line.text
    if len(text) <= characters or not line.differing:
        return text[:_MOST], 0
    start = line.differing[0][0]
    if start + line.differing[0][1] <= characters:
        return text[:_MOST], 0
    shift = max(0, start - _KEPT)
    return f"\u2026{text[shift + 1 :]}"[:_MOST], shift
