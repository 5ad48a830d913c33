"""What a right click on a cell offers: only this, all but this, never again; GUI thread only."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu

from launcher.core.display import one_line
from launcher.core.filters.cells import term_of
from launcher.core.filters.predicates import TEXTS
from launcher.core.filters.quick import rule_for_path
from launcher.core.logs.requests import RequestRow

from .filtering import RequestFiltering

__all__ = ["fill_cell_menu"]


def fill_cell_menu(menu: QMenu, filtering: RequestFiltering, row: RequestRow, column: str) -> None:
    """Add what can be done with a cell.

    :param column: one of ``launcher.models.requests.NAMES``
    """
    term = term_of(column, row) or term_of("path", row)
    path = TEXTS["path"](row)
    if not term:
        return
    menu.addSeparator()
    shown = _shown(term)
    menu.addAction(f"Only {shown}", partial(filtering.add, term))
    menu.addAction(f"All but {shown}", partial(filtering.add, term, without=True))
    if path:
        hide = menu.addAction(f"Hide {_shown(path)} in this {filtering.scope}")
        hide.triggered.connect(partial(_hide, filtering, rule_for_path(path)))


def _hide(filtering: RequestFiltering, rule: str, _checked: bool = False) -> None:
    filtering.hide(rule)


def _shown(text: str) -> str:
    return one_line(text, 50).replace("&", "&&")
