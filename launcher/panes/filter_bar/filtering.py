"""What decides which requests the list shows, and in which order; GUI thread only.

The one place that puts together what is written, the chips, the project's rules and the column that
is sorted by, and hands it to the list as a condition. The bar and the header only show it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from launcher.core.display import one_line, plural
from launcher.core.filters.cells import added
from launcher.core.filters.language import EVERYTHING, WrittenFilter
from launcher.core.filters.predicates import TEXTS, predicate
from launcher.core.filters.quick import Narrowing
from launcher.core.filters.tally import Tally
from launcher.core.logs.orders import ARRIVAL, Filter, Order
from launcher.core.logs.request_orders import request_orders
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.core.profiles import ProjectFilters
from launcher.models.requests import NAMES, QUERIES, RequestModel
from launcher.panes.controls.pace import Pace
from launcher.panes.table.view import PaintedTable

from .bar import FilterBar

__all__ = ["RequestFiltering"]

_PROPOSED_OF = 2_000
"""Rows, the newest, of which values are proposed."""
_NOTHING_FITS = ("No request fits", "What is chosen above the list hides all of them.")
_COUNTS_MS = 1000
"""Between two times at which the counts are shown: to lay out the bar takes longer than a row."""
_MORE_MS = 20
"""Between two portions of a count."""


class RequestFiltering(QObject):
    """Narrows and orders the list of requests.

    :param log: the requests
    :param model: what the list shows
    :param view: the list
    :param bar: where it is chosen
    :ivar scope: where its rules hold: in a ``"project"``, for which they are kept, or in a
        ``"file"`` while it is open
    :ivar narrowing: what is chosen now
    :ivar filters: the rules and the saved filters of the project
    """

    kept = Signal()
    """The rules or the saved filters of the project are others now."""

    def __init__(
        self, log: RequestLog, model: RequestModel, view: PaintedTable, bar: FilterBar
    ) -> None:
        super().__init__(bar)
        self._log = log
        self._model = model
        self._view = view
        self._bar = bar
        self.scope = "project"
        self.narrowing = Narrowing()
        self.filters = ProjectFilters()
        self._orders = request_orders(model.error_name)
        self._order: Order[RequestRow] = ARRIVAL
        self._tally = Tally(log, self.refresh)
        self._endpoint = ""
        self._hint: tuple[str, str, Sequence[QAction]] = ("", "", ())
        self._reset = QAction("Show all", self)
        self._reset.setStatusTip("Show all requests that there are")
        self._reset.triggered.connect(self.reset)
        self._nothing_fits = False
        self._held_at = -1
        self._held_since = ""
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_MORE_MS)
        self._counting.timeout.connect(self._count_on)
        self._pace = Pace(_COUNTS_MS, self.count, self)
        bar.field.used.connect(self._use_written)
        for chip in bar.chips:
            chip.toggled.connect(self._use_chips)
        bar.held.clicked.connect(self.release)
        bar.shown.clicked.connect(self.reset)
        bar.rulesWanted.connect(self._fill_rules)
        bar.moreWanted.connect(self._fill_more)
        view.columns.sortWanted.connect(self.sort)
        view.caughtUp.connect(self.refresh)
        self._apply()

    # What is shown

    @Slot()
    def refresh(self) -> None:
        """Something has been recorded, or looked at: count it, once a second at most."""
        self._pace.ask()

    @Slot()
    def count(self) -> None:
        """Show the counts as they are now."""
        if self._tally.sync():
            self._counting.start()
        self._show_counts()

    @Slot()
    def _count_on(self) -> None:
        """The next portion; what comes of it is shown when it is the last one."""
        if self._tally.sync():
            self._counting.start()
        else:
            self._show_counts()

    def _show_counts(self) -> None:
        tally = self._tally
        self._bar.show_counts(tally.failed, tally.slow, tally.looped, tally.static, tally.ruled)
        if tally.querying:
            self._view.columns.offer(QUERIES)
        if self._held_since:
            self._bar.show_held(self._held_since, self._log.end - self._held_at)
        self._show_shown()

    @property
    def narrowed(self) -> bool:
        """Whether something hides rows that isn't there from the beginning."""
        now = self.narrowing
        chips = now.errors or now.slow or now.looped or bool(now.endpoint)
        return chips or now.filter.condition != EVERYTHING

    @Slot()
    def _show_shown(self) -> None:
        progress = self._model.progress
        searching = ""
        if progress is not None and progress.total:
            searching = f"{progress.done * 100 // progress.total} % looked at"
        elif self.narrowing.filter.gave_up:
            searching = "an expression takes too long"
        shown, total = self._model.shown, self._model.total
        nothing = bool(total) and not shown and progress is None
        if nothing != self._nothing_fits:
            self._nothing_fits = nothing
            self._show_hint()
        self._bar.show_shown(shown, total, narrowed=self.narrowed, searching=searching)

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """The text of the list while there is no request, and what can be done."""
        self._hint = (title, text, actions)
        self._show_hint()

    def _show_hint(self) -> None:
        if self._nothing_fits:
            self._view.set_hint(*_NOTHING_FITS, (self._reset,))
        else:
            self._view.set_hint(*self._hint)

    def _apply(self) -> None:
        """Have the list show what is chosen now."""
        condition = self.narrowing.condition()
        everything = condition == EVERYTHING
        wanted = None if everything else Filter(predicate(condition), condition)
        self._view.arrange(wanted, self._order)
        self._show_shown()

    # What is chosen

    def write(self, text: str) -> None:
        """Look for something else."""
        self._bar.field.set_filter(text)

    def add(self, term: str, *, without: bool = False) -> None:
        """Look for one thing more, or leave one thing out."""
        self.write(added(self._bar.field.text(), term, without=without))

    @Slot()
    def reset(self) -> None:
        """Show all requests: no filter, no chip."""
        for chip in self._bar.chips:
            chip.blockSignals(True)
            chip.setChecked(False)
            chip.blockSignals(False)
            chip.update()
        self._bar.field.set_filter("")
        self._use_chips()

    @property
    def hides_or_sorts(self) -> bool:
        """Whether the list is another one than that from the beginning."""
        return self.narrowed or self._order is not ARRIVAL

    def show_all(self) -> None:
        """Show all requests in the order of arrival."""
        self.release()
        self.sort(-1, False)
        self.reset()

    def set_endpoint(self, endpoint: str) -> None:
        """The selected request's view is another one."""
        if not self._bar.endpoint.isChecked():
            self._endpoint = endpoint
        self._bar.show_endpoint(self._endpoint)

    @Slot(object)
    def _use_written(self, written: WrittenFilter) -> None:
        if written != self.narrowing.filter:
            self.narrowing = replace(self.narrowing, filter=written)
            self._apply()

    @Slot()
    def _use_chips(self) -> None:
        bar = self._bar
        now = replace(
            self.narrowing,
            errors=bar.errors.isChecked(),
            slow=bar.slow.isChecked(),
            looped=bar.looped.isChecked(),
            hides_static=bar.static.isChecked(),
            endpoint=self._endpoint if bar.endpoint.isChecked() else "",
            rules=self.filters.hidden if bar.rules.isChecked() else (),
        )
        bar.show_endpoint(self._endpoint)
        if now != self.narrowing:
            self.narrowing = now
            self._apply()

    # The order

    @Slot(int, bool)
    def sort(self, column: int, descending: bool) -> None:
        """Sort by a column; -1 for the order of arrival."""
        name = NAMES[column] if column >= 0 else ""
        order = self._orders.get(name, ARRIVAL)
        self._order = order.reversed if descending and order is not ARRIVAL else order
        self._view.columns.show_sort(column if order is not ARRIVAL else -1, descending)
        self._apply()

    # The project's own

    def set_filters(self, filters: ProjectFilters) -> None:
        """Take over the rules and the saved filters of a project."""
        rules_are_others = filters.hidden != self.filters.hidden
        self.filters = filters
        if rules_are_others:
            self._tally.set_rules(filters.hidden)
            self._bar.show_rules(len(filters.hidden))
            self._use_chips()
            self.count()

    def hide(self, rule: str) -> None:
        """Hide something in this project from now on."""
        self._bar.rules.setChecked(True)
        if rule not in self.filters.hidden:
            self._keep(replace(self.filters, hidden=(*self.filters.hidden, rule)))

    def unhide(self, rule: str) -> None:
        """Show it again."""
        self._keep(replace(self.filters, hidden=tuple(r for r in self.filters.hidden if r != rule)))

    @Slot()
    def save(self) -> None:
        """Have what is written among the saved filters."""
        text = self.narrowing.filter.text.strip()
        if text:
            others = tuple(one for one in self.filters.saved if one != text)
            self._keep(replace(self.filters, saved=(text, *others)))

    def forget(self, text: str) -> None:
        """Take a filter off the saved ones."""
        self._keep(replace(self.filters, saved=tuple(t for t in self.filters.saved if t != text)))

    def _keep(self, filters: ProjectFilters) -> None:
        self.set_filters(filters)
        self.kept.emit()

    @Slot(QMenu)
    def _fill_rules(self, menu: QMenu) -> None:
        """Each rule, to be undone."""
        menu.addSection(f"Hidden in this {self.scope}")
        for rule in self.filters.hidden:
            menu.addAction(f"Show {_shown(rule)} again", partial(self.unhide, rule))

    @Slot(QMenu)
    def _fill_more(self, menu: QMenu) -> None:
        """The saved filters, and what else there is."""
        text = self.narrowing.filter.text.strip()
        for saved in self.filters.saved:
            action = QAction(_shown(saved), menu)
            action.setCheckable(True)
            action.setChecked(saved == text)
            action.triggered.connect(partial(self._choose_saved, saved))
            menu.addAction(action)
        if self.filters.saved:
            menu.addSeparator()
        if self.scope == "project":
            save = menu.addAction("Save this filter", self.save)
            save.setEnabled(bool(text) and text not in self.filters.saved)
        if text in self.filters.saved:
            menu.addAction("Forget this filter", partial(self.forget, text))
        if self.filters.hidden:
            rows = plural(self._tally.ruled, "row")
            self._fill_rules(menu.addMenu(f"Hidden in this {self.scope} ({rows})"))
        menu.addSeparator()
        hold = "Go on" if self.is_held else "Hold the list"
        menu.addAction(f"{hold}\tSpace", self.toggle_hold)

    def _choose_saved(self, text: str, _checked: bool = False) -> None:
        self.write(text)

    # Holding

    @property
    def is_held(self) -> bool:
        """Whether the list takes over nothing for now."""
        return bool(self._held_since)

    @Slot()
    def toggle_hold(self) -> None:
        """Hold the list as it is, or let it go on."""
        if self._held_since:
            self.release()
            return
        self._view.catch_up()
        self._held_at, self._held_since = self._log.end, time.strftime("%H:%M")
        self._view.hold("held")
        self._bar.show_held(self._held_since, 0)

    @Slot()
    def release(self) -> None:
        """Let the list go on."""
        if self._held_since:
            self._held_since = ""
            self._bar.show_held("", 0)
            self._view.release("held")

    # What is remembered, and proposed

    def choice(self) -> dict[str, Any]:
        """What is chosen, for the page's memory."""
        now, order = self.narrowing, self._order
        return {
            "filter": now.filter.text,
            "errors": now.errors,
            "slow": now.slow,
            "looped": now.looped,
            "static": now.hides_static,
            "rules": self._bar.rules.isChecked(),
            "endpoint": now.endpoint,
            "sort": order.column,
            "descending": order.descending,
            "columns": self._view.columns.choice(),
        }

    def restore(self, choice: Mapping[str, Any]) -> None:
        """The other way round; what makes no sense is left out."""
        bar = self._bar
        columns = choice.get("columns")
        if isinstance(columns, dict):
            self._view.columns.restore(columns)
        endpoint = choice.get("endpoint")
        self._endpoint = endpoint if isinstance(endpoint, str) else ""
        bar.errors.setChecked(choice.get("errors") is True)
        bar.slow.setChecked(choice.get("slow") is True)
        bar.looped.setChecked(choice.get("looped") is True)
        bar.static.setChecked(choice.get("static") is not False)
        bar.rules.setChecked(choice.get("rules") is not False)
        bar.endpoint.setChecked(bool(self._endpoint))
        text, sort = choice.get("filter"), choice.get("sort")
        if isinstance(text, str):
            self.write(text)
        if isinstance(sort, str) and sort in self._orders:
            self.sort(NAMES.index(sort), choice.get("descending") is True)

    def seen(self) -> dict[str, list[str]]:
        """Values of the newest requests, by column, the most frequent first."""
        rows = self._log.since(max(self._log.oldest, self._log.end - _PROPOSED_OF))
        found: dict[str, list[str]] = {}
        for column, read in TEXTS.items():
            counts = Counter(map(read, rows))
            found[column] = [value for value, _ in counts.most_common(50) if value]
        statuses = Counter(str(row.finished.status) for row in rows if row.finished is not None)
        found["status"] = [value for value, _ in statuses.most_common(20)]
        return found


def _shown(text: str) -> str:
    """A filter as a menu shows it."""
    return one_line(text, 60).replace("&", "&&")
