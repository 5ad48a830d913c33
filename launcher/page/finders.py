"""What a project folder holds: looked up on the pool's threads, shown in the form. GUI thread.

The apps and the interpreters each have a finder of their own: a large project whose apps take a
while to find must not hold up the interpreters, which are there in some milliseconds.
"""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from launcher.core.project.discovery import look_at
from launcher.core.project.interpreters import find_interpreters
from launcher.panes.setup.form import SetupForm
from launcher.pool import Background

_AT_ONCE = 1500
"""How many milliseconds Start waits for a look-up; most take some tens."""


class _Finder(Background):
    """Looks something up, and can be waited for where it is needed at once."""

    @Slot()
    def settle(self) -> None:
        """Deliver what is being looked up now, if it takes no longer than a moment."""
        self.wait(_AT_ONCE)


class AppFinder(_Finder):
    """Looks for the apps of a project folder."""

    began = Signal(str)
    """It is looked at: the folder's name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()  # of what is looked at now; each has its own

    @Slot(str)
    def find(self, project: str) -> None:
        """Look there; the answer, ``Findings``, comes in ``finished``."""
        folder = Path(project).expanduser()
        if project and folder.is_dir():
            self.began.emit(folder.name or project)
            self._cancelled.set()
            self._cancelled = cancelled = threading.Event()
            self.run(lambda: look_at(folder, lambda: not cancelled.is_set()))

    @Slot()
    def cancel(self) -> None:
        """Look at nothing more: what has been found by now is the answer."""
        self._cancelled.set()


class InterpreterFinder(_Finder):
    """Looks for the Pythons that a project could be run with."""

    def __init__(self, form: SetupForm, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._form = form

    @Slot(str, str)
    def find(self, project: str, chosen: str) -> None:
        """Look there; the answer, a list of ``Interpreter``, comes in ``finished``.

        :param chosen: a path that is to be among them; "" for none
        """
        folder = Path(project).expanduser() if project else Path.cwd()
        self._form.python.expect()
        self.run(lambda: find_interpreters(folder, chosen=chosen))

    @Slot(Qt.ApplicationState)
    def follow(self, state: Qt.ApplicationState) -> None:
        """Look again when the user comes back: an environment may have been made elsewhere."""
        if state == Qt.ApplicationState.ApplicationActive and not self._form.is_running:
            self._form.look_again()


def connect_finders(form: SetupForm, parent: QObject) -> AppFinder:
    """Make the finders of a form, and have them answer it.

    :returns: the one that looks for apps
    """
    apps = AppFinder(parent)
    form.projectChanged.connect(apps.find)
    apps.finished.connect(form.show_findings)
    form.aboutToRead.connect(apps.settle)
    interpreters = InterpreterFinder(form, parent)
    form.interpretersWanted.connect(interpreters.find)
    form.aboutToRead.connect(interpreters.settle)
    interpreters.finished.connect(form.show_interpreters)
    app = QGuiApplication.instance()
    if isinstance(app, QGuiApplication):
        app.applicationStateChanged.connect(interpreters.follow)
    return apps
