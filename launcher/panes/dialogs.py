"""The window's few dialogs. None of them holds the event loop up; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMessageBox, QWidget

from launcher import APP_NAME, __version__


def ask_to_quit(parent: QWidget) -> QMessageBox:
    """Ask once whether to stop the server and quit; ``accepted`` means yes."""
    dialog = _box(parent, "quitDialog", f"Quit {APP_NAME}")
    dialog.setIconPixmap(parent.windowIcon().pixmap(48, 48))
    dialog.setText("Stop the server and quit?")
    dialog.setInformativeText("Requests that are running are finished first.")
    stop = dialog.addButton("Stop and Quit", QMessageBox.ButtonRole.AcceptRole)
    stop.setObjectName("quitConfirmButton")
    dialog.addButton(QMessageBox.StandardButton.Cancel).setIcon(QIcon())
    dialog.setDefaultButton(stop)
    dialog.open()
    return dialog


def about(parent: QWidget) -> QMessageBox:
    """Say what this program is."""
    dialog = _box(parent, "aboutDialog", f"About {APP_NAME}")
    dialog.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    dialog.setText(f"{APP_NAME} {__version__}")
    dialog.setInformativeText(
        "Runs Python web apps and shows every request and every error as it happens."
    )
    dialog.addButton(QMessageBox.StandardButton.Close).setIcon(QIcon())
    dialog.open()
    return dialog


def _box(parent: QWidget, name: str, title: str) -> QMessageBox:
    dialog = QMessageBox(parent)
    dialog.setObjectName(name)
    dialog.setWindowTitle(title)
    dialog.setTextFormat(Qt.TextFormat.PlainText)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
