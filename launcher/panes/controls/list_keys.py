"""What can be done with the current row of a list, by key and by menu; GUI thread only.

One table of :class:`ListCommand` for each list: its keys, its context menu and the sheet of keys
are made from it, so none of them can promise what another doesn't do. A list keeps its keys to
itself: a letter does something only while the list has the focus, never while one types into a
field, and none of them reaches the search for what is typed that Qt's lists have.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QKeyCombination, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from server.base.values import dataclass

__all__ = ["ListCommand", "ListKeys", "native_keys"]


def _always() -> bool:
    return True


@dataclass(frozen=True)
class ListCommand:
    """Something that can be done with the current row.

    :param text: what it is called in the menu and in the sheet of keys
    :param run: does it; called on the GUI thread, without arguments
    :param keys: each as ``QKeySequence`` writes it (``"R"``, ``"F4"``, ``"Return"``, ``"Ctrl+C"``);
        the first one is shown
    :param group: commands of one group stand together in the menu, with a line around them
    :param is_there: whether it can be done with the row that is current now; otherwise it isn't in
        the menu, and its keys do nothing
    :param in_menu: False for what only keys do
    :param under: the submenu that it stands in; "" for the menu itself
    """

    text: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    group: str = ""
    is_there: Callable[[], bool] = _always
    in_menu: bool = True
    under: str = ""


class ListKeys(QObject):
    """The commands of one list.

    A table that asks for its menu by ``menuWanted`` is connected to :meth:`fill`; for any other
    item view, call :meth:`open_menus`.

    :param view: the list, which has the focus
    :param title: what the list is called in the sheet of keys
    :ivar commands: the table, in the order of the menu
    """

    def __init__(self, view: QWidget, title: str, *commands: ListCommand) -> None:
        super().__init__(view)
        self.title = title
        self.commands: list[ListCommand] = list(commands)
        self._view = view
        view.installEventFilter(self)

    @property
    def view(self) -> QWidget:
        """The list."""
        return self._view

    def add(self, *commands: ListCommand) -> None:
        """Add commands; those of a group that is there already stand behind its last one."""
        for command in commands:
            same = [n for n, one in enumerate(self.commands) if one.group == command.group]
            self.commands.insert(same[-1] + 1 if same else len(self.commands), command)

    def fill(self, menu: QMenu) -> None:
        """Put what can be done with the current row into a menu."""
        group = None
        under: dict[str, QMenu] = {}
        for command in self.commands:
            if not command.in_menu or not command.is_there():
                continue
            if group is not None and command.group != group:
                menu.addSeparator()
            group = command.group
            keys = native_keys(command.keys[0]) if command.keys else ""
            # A shortcut of its own would compete with the list's key; behind a tab it is shown.
            text = command.text.replace("&", "&&")
            if command.under and command.under not in under:
                under[command.under] = menu.addMenu(command.under)
            action = under.get(command.under, menu).addAction(f"{text}\t{keys}" if keys else text)
            action.triggered.connect(lambda _=False, run=command.run: run())

    def open_menus(self) -> None:
        """Have a right click, or the menu key, select a row and open its menu."""
        assert isinstance(self._view, QAbstractItemView)
        self._view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QContextMenuEvent):
            return watched is not self._view and self._open_menu(event)
        if not isinstance(event, QKeyEvent) or watched is not self._view:
            return False
        command = self._found(event)
        if event.type() == QEvent.Type.ShortcutOverride:
            if command is not None:
                event.accept()  # the list's own key, whatever it does elsewhere
            return False
        if event.type() != QEvent.Type.KeyPress:
            return False
        if command is not None:
            if not event.isAutoRepeat():
                command.run()
            return True
        if _is_typed(event):
            event.ignore()  # for the widgets around it; not for the search by letters
            return True
        return False

    def _found(self, event: QKeyEvent) -> ListCommand | None:
        pressed = QKeySequence(_pressed(event))
        return next(
            (
                command
                for command in self.commands
                if any(pressed == QKeySequence(keys) for keys in command.keys)
                and command.is_there()
            ),
            None,
        )

    def _open_menu(self, event: QContextMenuEvent) -> bool:
        view = self._view
        assert isinstance(view, QAbstractItemView)
        index, at = view.currentIndex(), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = view.indexAt(event.pos())
        else:
            corner = view.visualRect(index).bottomLeft() + QPoint(24, 0)
            at = view.viewport().mapToGlobal(corner)
        if not index.isValid() or not index.flags() & Qt.ItemFlag.ItemIsSelectable:
            return True
        view.setCurrentIndex(index)
        menu = QMenu(view)
        menu.setObjectName(f"{view.objectName()}Menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(at)
        return True


def native_keys(keys: str) -> str:
    """Keys as they are shown on this system: ``Ctrl+K``, ``Enter``."""
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return "Enter" if native == "Return" else native


def _pressed(event: QKeyEvent) -> QKeyCombination:
    """The keys of an event as a table has them: both Enters are one, and a sign such as ``?`` is
    itself, with whichever other key it is typed."""
    key, modifiers = Qt.Key(event.key()), event.modifiers()
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_Enter:
        key = Qt.Key.Key_Return
    text = event.text()
    if text and text.isprintable() and not text.isalnum() and not text.isspace():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeyCombination(modifiers, key)


def _is_typed(event: QKeyEvent) -> bool:
    """Whether the key writes something: Qt's lists search for that."""
    others = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    return bool(text) and text.isprintable() and not event.modifiers() & others
