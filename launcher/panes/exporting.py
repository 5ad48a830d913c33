"""Saves requests of the list as files; GUI thread only, but for the writing.

What is in memory is taken at once. What is only in the history is read one request after the other,
so that the window goes on meanwhile; then all of it is written on a thread of the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from launcher.core.copies import BaseOf
from launcher.core.display import plural
from launcher.core.exports import FORMS, Form
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.saved_files import save_parts
from launcher.panes.controls.remark import remark
from launcher.pool import Background
from server.events import RequestFinished

__all__ = ["Exporter"]

MOST = 20_000
"""Requests of one file."""
_AT_ONCE = 200  # that are taken before the window goes on


class Exporter(QObject):
    """Saves what the filter shows, or one request.

    :param shown: returns the numbers of the requests that are shown
    :param base_of: returns the address of a request's server
    """

    def __init__(
        self,
        log: RequestLog,
        shown: Callable[[], Sequence[int]],
        base_of: BaseOf,
        pane: QWidget,
    ) -> None:
        super().__init__(pane)
        self._log, self._shown, self._base_of, self._pane = log, shown, base_of, pane
        self._waiting: list[int] = []
        self._found: list[RequestFinished] = []
        self._left_out = 0
        self._done = ""
        self._target: tuple[str, Form, bool] | None = None
        self._saving = Background(self)
        self._saving.finished.connect(self._saved)

    def fill(self, menu: QMenu, numbers: Callable[[], Sequence[int]] | None = None) -> None:
        """Put the forms into a menu.

        :param numbers: returns the requests that are meant; by default all that are shown
        """
        for secrets in (False, True):
            for form in FORMS.values():
                more = " with secrets" if secrets else ""
                action = menu.addAction(f"{form.name}{more}\u2026")
                action.setEnabled(self._target is None)
                choose = partial(self._choose, form, numbers or self._shown, secrets=secrets)
                action.triggered.connect(lambda _=False, choose=choose: choose())
            menu.addSeparator()

    def _choose(self, form: Form, numbers: Callable[[], Sequence[int]], *, secrets: bool) -> None:
        found = numbers()
        name = f"requests{form.suffix}"
        path, _ = QFileDialog.getSaveFileName(
            self._pane, "Save requests as", name, f"{form.name} (*{form.suffix});;All (*)"
        )
        if path and self._target is None:
            self.save(str(path), form, found, secrets=secrets)

    def save(self, path: str, form: Form, numbers: Sequence[int], *, secrets: bool) -> None:
        """Save requests; what comes of it is shown in the status bar.

        :param numbers: the newest of them are taken where there are more than :data:`MOST`
        """
        self._target = (path, form, secrets)
        self._left_out = max(0, len(numbers) - MOST)
        self._waiting = list(numbers[-MOST:])[::-1]
        self._found = []
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        for _ in range(_AT_ONCE):
            if not self._waiting:
                self._write()
                return
            number = self._waiting.pop()
            row = self._log.get(number)
            if row is None or row.stored:
                self._log.load(number, self._loaded)
                return
            self._add(row)
        QTimer.singleShot(0, self, self._go_on)

    def _loaded(self, row: RequestRow | None) -> None:
        self._add(row)
        QTimer.singleShot(0, self, self._go_on)

    def _add(self, row: RequestRow | None) -> None:
        if row is None or row.finished is None:
            self._left_out += 1
        else:
            self._found.append(row.finished)

    def _write(self) -> None:
        if self._target is None:
            return
        path, form, secrets = self._target
        found, base_of = self._found, self._base_of
        self._found = []
        self._done = plural(len(found), "request")
        self._saving.run(lambda: save_parts(path, form.write(found, base_of, secrets)))

    @Slot(object)
    def _saved(self, mistake: str | None) -> None:
        target, self._target = self._target, None
        name = "" if target is None else Path(target[0]).name
        text = f"{self._done} saved as {name}"
        if self._left_out:
            text += f"; {plural(self._left_out, 'request')} left out: not over, or too many"
        remark(self._pane, text if mistake == "" else mistake or "The requests can't be saved.")
