"""Where the window is and how large, so that it fits the screen it opens on; GUI thread only.

What was saved may be from another screen: one that is gone, smaller now, or at another resolution.
The window manager puts a frame around the window, whose size isn't known before it is shown; so
there is room left for one.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMargins, QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

__all__ = ["FIRST_SIZE", "fitted", "packed", "place", "unpacked"]

FIRST_SIZE = QSize(1180, 760)
"""Of the first window, where the screen has room for it."""
_FRAME = QMargins(2, 36, 2, 2)
_NO_FRAME = QMargins()


def place(window: QMainWindow, saved: QByteArray) -> None:
    """Place a window that isn't shown yet.

    :param saved: what ``saveGeometry`` returned, or nothing at a first start
    """
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    if not screens:
        return
    if saved.isEmpty() or not window.restoreGeometry(saved):
        primary = QGuiApplication.primaryScreen().availableGeometry()
        wanted = QRect(QPoint(0, 0), FIRST_SIZE)
        wanted.moveCenter(primary.center())
        window.setGeometry(fitted(wanted, [primary], _FRAME))
    elif not (window.isMaximized() or window.isFullScreen()):
        window.setGeometry(fitted(window.geometry(), screens))


def fitted(wanted: QRect, screens: Sequence[QRect], frame: QMargins = _NO_FRAME) -> QRect:
    """The place nearest to the wanted one that lies within one of the screens.

    :param wanted: the window without its frame
    :param screens: what of each screen can be used, the first one for what is on none
    :param frame: the room that is left for one; what was saved has been placed with its frame
    """
    on = max(screens, key=lambda screen: _shared(screen, wanted))
    room = on.marginsRemoved(frame)
    size = QSize(min(wanted.width(), room.width()), min(wanted.height(), room.height()))
    if not _shared(on, wanted):  # its screen is gone
        placed = QRect(QPoint(0, 0), size)
        placed.moveCenter(room.center())
        return placed
    left = min(max(wanted.left(), room.left()), room.right() + 1 - size.width())
    top = min(max(wanted.top(), room.top()), room.bottom() + 1 - size.height())
    return QRect(QPoint(left, top), size)


def _shared(screen: QRect, window: QRect) -> int:
    common = screen.intersected(window)
    return max(0, common.width()) * max(0, common.height())


def packed(value: QByteArray) -> str:
    """A widget's own state as text, for the settings."""
    return bytes(value.toBase64().data()).decode()


def unpacked(text: str) -> QByteArray:
    """The other way round; a state that a widget doesn't understand it leaves alone."""
    return QByteArray.fromBase64(text.encode())
