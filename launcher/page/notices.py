"""A new kind of error while the window isn't in front: once, on the desktop; GUI thread only.

The desktop shows it through its portal, whose message has plain text only and can be sent from here
without waiting for anybody; without one, the window asks for attention in the task bar.

Source: XDG Desktop Portal, ``org.freedesktop.portal.Notification``.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from launcher.core.display import one_line, plural
from launcher.core.logs.errors import ErrorLog
from launcher.models.error_groups import class_name, place_text

__all__ = ["ErrorNotices", "show_on_desktop"]

_SERVICE = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_INTERFACE = "org.freedesktop.portal.Notification"

Show = Callable[[str, str, str], bool]
"""Shows a message with an identity, a title and a text; whether that could be tried."""


class ErrorNotices(QObject):
    """Announces each new kind of error of one server, once.

    :param log: the server's errors
    :param page: what belongs to the window that may be behind others
    :param show: shows a message on the desktop
    :ivar enabled: whether the user wants it
    """

    def __init__(self, log: ErrorLog, page: QWidget, show: Show | None = None) -> None:
        super().__init__(page)
        self._log, self._page = log, page
        self._show = show_on_desktop if show is None else show
        self._known: set[str] = set()
        self.enabled = True

    @Slot()
    def look(self) -> None:
        """There may be new errors."""
        groups = {group.key: group for group in self._log.groups if group.unseen}
        new = [group for key, group in groups.items() if key not in self._known]
        # What was seen may be announced when it comes back after the list was cleared.
        self._known = {group.key for group in self._log.groups}
        window = self._page.window()
        if not new or not self.enabled or window.isActiveWindow():
            return
        error = new[0].newest
        name, _ = class_name(error.type)
        title = one_line(f"{name} in {window.windowTitle()}", 200)
        others = plural(len(new) - 1, "other kind")
        more = f" (and {others})" if len(new) > 1 else ""
        message = one_line(" ".join(error.message[:600].split()), 200)
        text = f"{message}  {place_text(error.place, error.function)}{more}".strip()
        self._show(f"error-{id(self)}", title, text)
        QApplication.alert(window)


def show_on_desktop(identity: str, title: str, text: str) -> bool:
    """Have the desktop show a message; returns at once, whether or not it will."""
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage
    except ImportError:  # not on every system
        return False
    if QGuiApplication.platformName() in ("offscreen", "minimal"):  # nobody sits there
        return False
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(_SERVICE, _PATH, _INTERFACE, "AddNotification")
    message.setArguments([identity, {"title": title, "body": text, "priority": "normal"}])
    return bus.send(message)
