"""What a table is painted with: fonts, colours and small pictures, each made once. GUI thread only.

A :class:`Look` holds for one palette, one text size and one resolution of the screen. Where one of
them changes, the table makes another; so nothing here has to be brought up to date.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPixmap

from launcher import theme
from launcher.theme.fonts import text_size

from ..controls.shapes import draw

__all__ = ["MARK_SIZE", "Face", "Look"]

MARK_SIZE = 12
"""Of a mark, in logical pixels at the usual text size."""


_LABELS = 500
"""Of short texts that are kept as pictures."""
_WIDTHS = 2_000
"""Texts of a face whose widths are kept: times, durations and sizes come again and again."""


class Face:
    """A font and its measures.

    :ivar metrics: its metrics
    """

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self._cap_height = self.metrics.capHeight()
        self._widths: dict[str, int] = {}

    def baseline(self, height: int) -> int:
        """Where the base line is in a row of that height: the text is centred on its cap height, so
        that fonts of several sizes stand on one line with the marks beside them."""
        return (height + self._cap_height + 1) // 2

    def width(self, text: str) -> int:
        """The width of a text, in logical pixels."""
        known = self._widths.get(text)
        if known is None:
            if len(self._widths) >= _WIDTHS:
                self._widths.clear()
            known = self._widths[text] = self.metrics.horizontalAdvance(text)
        return known

    def elided(self, text: str, width: int, middle: bool = False) -> str:
        """The text, with an ellipsis where it is longer than ``width``."""
        if self.width(text) <= width:
            return text
        how = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        return self.metrics.elidedText(text, how, max(0, width))


class Look:
    """Fonts, colours and pictures for one palette, text size and resolution.

    :param ratio: device pixels of the screen for each logical pixel
    :ivar scale: the factor of the text size, by which pictures and distances grow as well
    """

    def __init__(self, palette: QPalette, ratio: float) -> None:
        self.shades = theme.colours(palette)
        self.ratio = ratio
        self.scale = text_size()
        self._faces: dict[tuple[str, int], Face] = {}
        self._colours: dict[str, QColor] = {}
        self._pictures: dict[tuple[str, str, int, int], QPixmap] = {}
        self._labels: dict[tuple[Face, str, str, int], QPixmap] = {}

    def holds(self, palette: QPalette, ratio: float) -> bool:
        """Whether this is still what such a table is painted with."""
        return (
            ratio == self.ratio
            and self.scale == text_size()
            and theme.colours(palette) is self.shades
        )

    def px(self, pixels: float) -> int:
        """A distance at the chosen text size."""
        return round(pixels * self.scale)

    def face(self, role: str, weight: int = 0) -> Face:
        """The font of one of the theme's roles, with another weight where that isn't 0."""
        made = self._faces.get((role, weight))
        if made is None:
            font = theme.font(role)
            if weight:
                font.setWeight(QFont.Weight(weight))
            made = self._faces[role, weight] = Face(font)
        return made

    def colour(self, name: str) -> QColor:
        """One of the theme's colours."""
        made = self._colours.get(name)
        if made is None:
            made = self._colours[name] = QColor(getattr(self.shades, name))
        return made

    def mark(self, shape: str, tone: str, step: int = 0) -> QPixmap:
        """One of the shapes of :mod:`~launcher.panes.controls.shapes`.

        :param step: how far a ring has turned, in twelfths
        """
        key = (shape, tone, step, 0)
        made = self._pictures.get(key)
        if made is None:
            size = self.px(MARK_SIZE)
            made = self._blank(size, size)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(size / MARK_SIZE, size / MARK_SIZE)
            draw(painter, shape, self.colour(tone), self.colour("base"), step)
            painter.end()
            self._pictures[key] = made
        return made

    def label(
        self, face: Face, tone: str, text: str, height: int, plate: str = "", pad: int = 0
    ) -> QPixmap:
        """A short text that comes again and again, as a picture: that is drawn ten times as fast.

        :param height: of the picture, in which the text is centred as in a row
        :param plate: the tone of a box with round corners below it; "" for none
        :param pad: how far the box is wider at either side
        """
        key = (face, tone, text, height)
        made = self._labels.get(key)
        if made is None:
            if len(self._labels) >= _LABELS:
                self._labels.clear()
            made = self._blank(max(1, face.width(text)) + 2 * pad, height)
            painter = QPainter(made)
            if plate:
                box = self.plate(plate, face.width(text) + 2 * pad, height, self.px(4))
                painter.drawPixmap(0, 0, box)
            painter.setFont(face.font)
            painter.setPen(self.colour(tone))
            painter.drawText(pad, face.baseline(height), text)
            painter.end()
            self._labels[key] = made
        return made

    def plate(self, tone: str, width: int, height: int, radius: float) -> QPixmap:
        """A filled box with round corners: a chip, a bar."""
        key = ("", tone, width, height)
        made = self._pictures.get(key)
        if made is None:
            made = self._blank(width, height)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.colour(tone))
            painter.drawRoundedRect(QRectF(0, 0, width, height), radius, radius)
            painter.end()
            self._pictures[key] = made
        return made

    def _blank(self, width: int, height: int) -> QPixmap:
        made = QPixmap(round(width * self.ratio), round(height * self.ratio))
        made.setDevicePixelRatio(self.ratio)
        made.fill(Qt.GlobalColor.transparent)
        return made
