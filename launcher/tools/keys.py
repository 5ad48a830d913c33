"""The sheet of keys, made from the tables of commands; GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from launcher.actions import PageActions, WindowActions, plain_text
from launcher.panes.controls.list_keys import ListKeys, native_keys
from launcher.panes.key_sheet import Section

__all__ = ["LISTS", "key_sections", "shown_keys"]

LISTS = Section(
    "Every list",
    (
        ("One row up or down", "\u2191 \u2193"),
        ("A page up or down", "PgUp PgDown"),
        ("First row, or the last one and follow", "Home End"),
        ("Leave the selection", "Esc"),
        ("Menu of the row", "Menu"),
    ),
)
"""What each of the painted lists has by itself."""


def key_sections(
    window: WindowActions, page: PageActions | None, root: QWidget | None
) -> list[Section]:
    """All keys there are now.

    :param root: what contains the lists of the page in front
    """
    sections = []
    if page is not None:
        sections.append(_of_actions("This server", (action for _, action in page)))
        lists = [] if root is None else root.findChildren(ListKeys)
        sections += [_of_list(keys) for keys in lists if any(c.keys for c in keys.commands)]
        sections.append(LISTS)
    sections.append(_of_actions("Everywhere", (action for _, action in window)))
    return [section for section in sections if section.rows]


def shown_keys(keys: Iterable[QKeySequence]) -> str:
    """Keys as this system writes them, such as ``Ctrl+K``."""
    return ", ".join(one.toString(QKeySequence.SequenceFormat.NativeText) for one in keys)


def _of_actions(title: str, actions: Iterable[QAction]) -> Section:
    rows = [
        (plain_text(action).removesuffix("\u2026"), shown_keys(action.shortcuts()))
        for action in actions
        if action.shortcuts() and action.isVisible() and action.text()
    ]
    return Section(title, tuple(rows))


def _of_list(keys: ListKeys) -> Section:
    rows = [
        (command.text, ", ".join(native_keys(one) for one in command.keys))
        for command in keys.commands
        if command.keys
    ]
    return Section(f"Selected row in {keys.title}", tuple(rows))
