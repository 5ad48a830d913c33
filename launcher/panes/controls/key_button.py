"""A button that shows the key that does the same; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QIcon, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from launcher import theme
from launcher.theme.icons import WIDTH_BESIDE_WORDS

__all__ = ["KeyButton"]

_NARROW, _WIDEST = 40, 400  # pixels of one without words, and of one with them


class KeyButton(QPushButton):
    """A button that shows the key that does the same in the list.

    :param keys: as they are shown, such as ``C``
    """

    def __init__(self, name: str, text: str, keys: str, tip: str, parent: QWidget | None = None):
        super().__init__(text, parent)
        self.setObjectName(name)
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))
        self.setAutoDefault(False)
        self._words, self._all_keys = text, keys
        self._icon: tuple[str, str] | None = None
        self._keys = keys

    def show_icon(self, name: str = "", tone: str = "soft") -> None:
        """Show an icon, whether there are words or not; "" for none."""
        self._icon = (name, tone) if name else None
        if self._icon is None:
            self.setIcon(QIcon())
        else:
            theme.set_icon(self, *self._icon)

    def show_parts(self, *, words: bool, keys: bool, narrow: int = 0) -> None:
        """Leave out the key, or the words with it: the icon is left then, and the name.

        :param narrow: pixels of its width without words; 0 for the usual ones
        """
        narrow = narrow or _NARROW
        self._keys = self._all_keys if words and keys else ""
        self.setText(self._words if words else "")
        if self._icon is not None:
            theme.set_icon(self, *self._icon)
        self.setAccessibleName(self._words)
        self.setMinimumWidth(0 if words else narrow)
        self.setMaximumWidth(_WIDEST if words else narrow)
        self.updateGeometry()

    def width_with(self, *, words: bool, keys: bool, narrow: int = 0) -> int:
        """The pixels that it would need so; see :meth:`show_parts`."""
        if not words:
            return narrow or _NARROW
        advance = self.fontMetrics().horizontalAdvance
        bare = super().sizeHint().width() - advance(self.text())
        if self._icon is not None:
            bare += WIDTH_BESIDE_WORDS - self.iconSize().width()
        return bare + advance(self._words) + (_room(self._all_keys) if keys else 0)

    def sizeHint(self) -> QSize:  # noqa: N802
        hint = super().sizeHint()
        hint.setWidth(hint.width() + _room(self._keys))
        return hint

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self._keys:
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        option.rect = self.rect().adjusted(0, 0, -_room(self._keys), 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        painter.setFont(theme.font("caption"))
        is_primary = self.property("look") == "primary"
        painter.setPen(
            theme.colour(self.window().palette(), "on_accent" if is_primary else "muted")
        )
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, flags, self._keys)
        painter.end()


def _room(keys: str) -> int:
    """The pixels that keys take beside the words."""
    return round(QFontMetricsF(theme.font("caption")).horizontalAdvance(keys)) + 8 if keys else 0
