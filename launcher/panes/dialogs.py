"""The window's few dialogs. None of them holds the event loop up; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QMessageBox, QSizePolicy, QSpacerItem, QWidget

from launcher import APP_NAME, __version__
from launcher.core.display import one_line

_LISTED = 12
_COLUMNS = 48
"""Characters that the lines of a dialog have room for, about."""


def ask_to_quit(parent: QWidget, running: Sequence[str]) -> QMessageBox:
    """Ask once whether to stop what runs and quit; ``accepted`` means yes.

    :param running: the names of the servers that run
    """
    many = len(running) > 1
    text = f"Stop {len(running)} servers and quit?" if many else "Stop the server and quit?"
    listed = "\n".join(f"\u2022 {one_line(name, 100)}" for name in running[:_LISTED])
    if len(running) > _LISTED:
        listed += f"\nand {len(running) - _LISTED} more"
    further = f"{listed}\n\n" if many else ""
    return _ask(parent, "quitDialog", f"Quit {APP_NAME}", text, further, "Stop and Quit")


def ask_to_close(parent: QWidget, name: str) -> QMessageBox:
    """Ask whether to stop a server and close its page; ``accepted`` means yes."""
    text = f"Stop {one_line(name, 100)} and close its page?"
    return _ask(parent, "closeDialog", "Close Page", text, "", "Stop and Close")


def ask_to_delete(parent: QWidget, name: str, further: str) -> QMessageBox:
    """Ask whether to delete a project's history; ``accepted`` means yes.

    :param further: how much that is
    """
    dialog = _box(parent, "deleteHistoryDialog", "Delete History")
    dialog.setIconPixmap(parent.windowIcon().pixmap(48, 48))
    dialog.setText(f"Delete the history of {one_line(name, 100)}?")
    dialog.setInformativeText(further)
    delete = dialog.addButton("Delete", QMessageBox.ButtonRole.AcceptRole)
    delete.setObjectName("deleteHistoryConfirmButton")
    cancel = dialog.addButton(QMessageBox.StandardButton.Cancel)
    cancel.setIcon(QIcon())
    dialog.setDefaultButton(QMessageBox.StandardButton.Cancel)
    return _opened(dialog)


def _ask(
    parent: QWidget, name: str, title: str, text: str, further: str, button: str
) -> QMessageBox:
    dialog = _box(parent, name, title)
    dialog.setIconPixmap(parent.windowIcon().pixmap(48, 48))
    dialog.setText(text)
    dialog.setInformativeText(f"{further}Requests that are running are finished first.")
    stop = dialog.addButton(button, QMessageBox.ButtonRole.AcceptRole)
    stop.setObjectName(name.replace("Dialog", "ConfirmButton"))
    dialog.addButton(QMessageBox.StandardButton.Cancel).setIcon(QIcon())
    dialog.setDefaultButton(stop)
    return _opened(dialog)


def about(parent: QWidget) -> QMessageBox:
    """Show what this program is."""
    dialog = _box(parent, "aboutDialog", f"About {APP_NAME}")
    dialog.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    dialog.setText(f"{APP_NAME} {__version__}")
    dialog.setInformativeText(
        "Runs Python web apps and shows every request and every error as it happens."
    )
    dialog.addButton(QMessageBox.StandardButton.Close).setIcon(QIcon())
    return _opened(dialog)


def _opened(dialog: QMessageBox) -> QMessageBox:
    """Show a dialog. All below its first text is wrapped at that one's width, however short it is,
    and no width that is set on the dialog holds: so the texts' column gets one."""
    layout = dialog.layout()
    if isinstance(layout, QGridLayout):
        width = dialog.fontMetrics().averageCharWidth() * _COLUMNS
        spacer = QSpacerItem(width, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        layout.addItem(spacer, layout.rowCount(), layout.columnCount() - 1)
    dialog.open()
    return dialog


def _box(parent: QWidget, name: str, title: str) -> QMessageBox:
    dialog = QMessageBox(parent)
    dialog.setObjectName(name)
    dialog.setWindowTitle(title)
    dialog.setTextFormat(Qt.TextFormat.PlainText)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
