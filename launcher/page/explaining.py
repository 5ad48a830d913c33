"""What a page does with the plans of queries: questions go to the server, the answers to the tab
that has asked; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from launcher.controller import SessionController
from launcher.core.sql.plans import plan_text
from launcher.panes.details.queries_page import QueriesPage
from server.events import Explained

__all__ = ["Explaining"]

_NOT_RUNNING = "There is no plan while the server isn't running."


class Explaining(QObject):
    """See the module.

    :param page: the Queries tab of the selected request
    """

    def __init__(
        self, controller: SessionController, page: QueriesPage, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._questions = controller.questions
        self._page = page
        self._wanted: int | None = None
        self._secrets: tuple[str, ...] = ()
        page.explainRequested.connect(self._ask)
        self._questions.explained.connect(self._take)

    @Slot(str, str, object)
    def _ask(self, connection: str, statement: str, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._wanted = self._questions.explain(connection, statement)
        if self._wanted is None:
            self._page.show_plan(_NOT_RUNNING)

    @Slot(object)
    def _take(self, event: Explained) -> None:
        if event.number == self._wanted:
            self._wanted = None
            self._page.show_plan(plan_text(event, self._secrets))
