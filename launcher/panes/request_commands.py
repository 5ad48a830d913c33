"""What can be done with the current request of a list: where it leads, and its copies; GUI thread.

What is sent again stands in :mod:`launcher.panes.replays`, the forms to copy a whole request in,
in :mod:`launcher.panes.details.copying`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from launcher.core.display import one_line
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestRow
from launcher.core.request_facts import answer_place, place_to_open
from launcher.core.secrets import mask_target
from launcher.models.requests import DURATION, METHOD, STATUS, RequestModel
from server.events import RequestFinished

from .controls.list_keys import ListCommand

__all__ = ["RequestCommands"]

_COPY_ROOM = 10_000  # characters by which a target may grow where its secrets are masked


class RequestCommands(QObject):
    """See the module.

    :param model: has the texts of a row
    :param current: returns the current request; with True all of it, None until that was read
    """

    errorRequested = Signal(int)  # noqa: N815
    """The error with this number is to be seen in its list."""
    flowRequested = Signal(int)  # noqa: N815
    """The way that the request with this number took is to be seen."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """This file is to be seen at this line."""
    whereRequested = Signal(int)  # noqa: N815
    """Where the running request with this number stands is to be seen."""
    consoleRequested = Signal()  # noqa: N815
    """A console in the frame of the request's error is wanted."""

    def __init__(
        self,
        errors: ErrorLog,
        model: RequestModel,
        current: Callable[[bool], RequestRow | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._errors = errors
        self._model = model
        self._whole_or_not = current

    def leading(self) -> tuple[ListCommand, ...]:
        """Those that lead elsewhere."""
        return (
            ListCommand("Show flow", self._show_flow, group="show", is_there=self._has_flow),
            ListCommand("Show in Errors", self._show_error, group="show", is_there=self._has_error),
            ListCommand(
                "Console in the frame",
                self.consoleRequested.emit,
                ("I",),
                group="show",
                is_there=self._has_error,
            ),
            ListCommand("Where is it?", self._ask_where, ("W",), "show", self._is_running),
            ListCommand(
                "Open in editor",
                self._open_source,
                ("F4", "Return"),
                group="show",
                is_there=self.has_source,
            ),
        )

    def copying(self) -> tuple[ListCommand, ...]:
        """Those that copy a part of what the list shows."""
        return (
            ListCommand("Copy path", self._copy_path, group="copy", is_there=self.has_request),
            ListCommand(
                "Copy row", self._copy_row, ("Ctrl+C",), group="copy", is_there=self.has_request
            ),
        )

    def has_request(self) -> bool:
        """Whether there is a current request."""
        return self._current() is not None

    def has_source(self) -> bool:
        """Whether it is known which line of the app it leads to."""
        return self._source(place_to_open) is not None

    def _current(self) -> RequestRow | None:
        return self._whole_or_not(False)

    def _source(
        self, without_error: Callable[[RequestFinished], tuple[str, int] | None]
    ) -> tuple[str, int] | None:
        """Where the current request failed.

        :param without_error: has the place of one that hasn't
        """
        row = self._current()
        if row is None or row.finished is None:
            return None
        error = None if row.error is None else self._errors.get(row.error)
        if error is not None and error.place is not None:
            return error.place
        return without_error(row.finished)

    def _open_source(self) -> None:
        place = self._source(answer_place)
        if place is not None:
            self.sourceRequested.emit(*place)

    def _has_flow(self) -> bool:
        row = self._whole_or_not(True)
        return row is not None and row.finished is not None and bool(row.finished.flow)

    def _show_flow(self) -> None:
        if (row := self._current()) is not None:
            self.flowRequested.emit(row.number)

    def _has_error(self) -> bool:
        row = self._current()
        return row is not None and row.error is not None and self._errors.get(row.error) is not None

    def _show_error(self) -> None:
        if (row := self._current()) is not None:
            self.errorRequested.emit(row.error)

    def _is_running(self) -> bool:
        row = self._current()
        return row is not None and row.is_running

    def _ask_where(self) -> None:
        if (row := self._current()) is not None:
            self.whereRequested.emit(row.number)

    def _copy_path(self) -> None:
        if (row := self._current()) is not None:
            _copy(mask_target(row.target))

    def _copy_row(self) -> None:
        """Method, target, status and duration: the target whole, secrets in it masked."""
        row = self._current()
        texts = None if row is None else self._model.texts(row.number)
        if row is not None and texts:
            target = one_line(mask_target(row.target), len(row.target) + _COPY_ROOM)
            _copy("\t".join((texts[METHOD], target, texts[STATUS], texts[DURATION])))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
