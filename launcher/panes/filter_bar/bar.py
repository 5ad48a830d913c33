"""The bar above the list of requests: the field, the chips, and what is hidden; GUI thread only.

It shows what a :class:`~.filtering.RequestFiltering` decides and reports what the user wants; it
decides nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import plural
from launcher.theme.fonts import text_size

from .chip import Chip
from .field import FilterField, Seen
from .more_menu import MoreMenu

__all__ = ["FilterBar"]

HEIGHT = 34
_FIELD = 230  # the least width of the field, in pixels
_STEPS = ("endpoint", "words", "shown", "slow", "looped", "errors")
"""What leaves where there is little room, one after the other."""


class FilterBar(QWidget):
    """Field and chips in one line.

    :param seen: see :class:`~.field.FilterField`
    :param area: where the field's help may stand
    :ivar field: what is written
    :ivar errors, slow, looped, static, endpoint: the chips
    :ivar rules: how much the project's rules hide; its own menu lists them
    :ivar held: while the list is held, since when; ends that
    :ivar shown: how many of how many rows are shown; a click shows all of them
    :ivar more: opens the menu at the right end
    :ivar menu: that menu
    """

    rulesWanted = Signal(QMenu)  # noqa: N815
    """The menu of the rules is to be filled."""
    moreWanted = Signal(QMenu)  # noqa: N815
    """The part of the menu at the end that is made anew each time is to be filled."""

    def __init__(self, seen: Seen, area: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sign = QLabel(self)
        self.field = FilterField(seen, area, self)
        theme.set_font(self.field, "mono")
        self.errors = Chip("errorsChip", "Errors", "danger", self)
        self.slow = Chip("slowChip", "Slow", "warning", self)
        self.looped = Chip("loopedChip", "N+1", "warning", self)
        self.static = Chip("staticChip", "Static hidden", parent=self)
        self.static.setChecked(True)
        self.endpoint = Chip("endpointChip", "This endpoint", parent=self)
        self.rules = Chip("rulesChip", "Rules", parent=self)
        self.rules.setChecked(True)
        self.held = Chip("heldChip", "Held", parent=self)
        self.held.setChecked(True)
        self.shown = QPushButton(self)
        self.shown.setObjectName("shownButton")
        self.shown.setProperty("look", "line")
        self.shown.setAutoDefault(False)
        self.shown.setToolTip("Show all requests")
        self.more = QPushButton(self)
        self.more.setObjectName("filterMore")
        self.more.setProperty("look", "icon")
        self.more.setAutoDefault(False)
        self.more.setAccessibleName("More for the list")
        self.more.setToolTip("Where the details are, Clear, saved filters, and what is hidden")
        self.menu = MoreMenu(self)
        self.menu.wanted.connect(self.moreWanted)
        for chip, tip in (
            (self.errors, "Only requests that failed"),
            (self.slow, "Only slow requests"),
            (self.looped, "Only requests that make one query after the other in a loop"),
            (self.static, "Hide static files and the favicon; errors among them always show"),
            (self.endpoint, "Only what the view of the selected request answers"),
            (self.rules, "Hide what this project's rules name; a right click lists them"),
            (self.held, "The list is held; go on (Space)"),
        ):
            chip.setToolTip(tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 8, 0)
        layout.setSpacing(6)
        layout.addWidget(self.sign)
        layout.addWidget(self.field, 1)
        parts: tuple[QWidget, ...] = (*self.chips, self.held, self.shown)
        for part in parts:
            part.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            layout.addWidget(part)
        layout.addWidget(self.more)
        self.field.setMinimumWidth(100)
        for part in (self.looped, self.endpoint, self.rules, self.held, self.shown):
            part.hide()
        self.rules.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.rules.customContextMenuRequested.connect(self._open_rules)
        self.more.clicked.connect(self._open_more)
        self._endpoint_known = False
        self._rule_count = 0
        self._shown_long = self._shown_short = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.refresh_icons()

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Those that hide rows."""
        return self.errors, self.slow, self.looped, self.static, self.endpoint, self.rules

    def refresh_icons(self) -> None:
        """Make the icons, or make them again after a change of theme."""
        palette = self.palette()  # a window that isn't shown yet may have that of another theme
        self.sign.setPixmap(theme.pixmap("search", palette, "muted"))
        theme.set_icon(self.more, "more", "soft")

    def show_counts(self, failed: int, slow: int, looped: int, static: int, ruled: int) -> None:
        """How many rows each chip is about. That for loops is there once there is one."""
        appears = bool(looped) != bool(self.looped.count)
        self.looped.show_count(looped)
        if appears:
            self._fit()
        self.errors.show_count(failed)
        self.slow.show_count(slow)
        self.static.show_count(static)
        self.rules.show_count(ruled)

    def show_rules(self, count: int) -> None:
        """How many rules there are."""
        self._rule_count = count
        self._fit()

    def show_endpoint(self, endpoint: str) -> None:
        """Which view's requests the chip stands for; "" where none is known."""
        if self.endpoint.isChecked():
            self.endpoint.show_count(None, f"Only {_short(endpoint)}")
        else:
            self.endpoint.show_count(None, "This endpoint")
        self._endpoint_known = bool(endpoint)
        self._fit()

    def show_shown(self, shown: int, total: int, *, narrowed: bool, searching: str = "") -> None:
        """How many rows are shown.

        :param narrowed: something other than the usual hides rows
        :param searching: how far a search is, in a few words; or ""
        """
        more = f", {searching}" if searching else ""
        long, short = f"{shown:,} of {total:,} shown{more}", f"{shown:,} of {total:,}"
        visible = shown != total or narrowed
        if (long, visible) == (self._shown_long, not self.shown.isHidden()):
            return
        fits = len(long) == len(self._shown_long) and visible != self.shown.isHidden()
        was_short = self.shown.text() == self._shown_short
        self._shown_long, self._shown_short = long, short
        self.shown.setAccessibleName(f"{long}. Show all requests")
        if fits:  # digits are equally wide: there is nothing to lay out
            self.shown.setText(short if was_short else long)
            return
        self.shown.setVisible(visible)
        self._fit()

    def show_held(self, since: str, new: int) -> None:
        """Since when the list is held, and what has come meanwhile; "" where it isn't."""
        self.held.setVisible(bool(since))
        if since:
            self.held.setChecked(True)
            self.held.show_count(None, f"Held {since}, {new:,} new")

    # Qt's own

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, round(HEIGHT * text_size()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, round(HEIGHT * text_size()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.refresh_icons()

    def _fit(self) -> None:
        """Shorter words, and fewer chips, where there is little room. What hides rows stays."""
        room = self.width() - round(_FIELD * text_size())
        for step in range(len(_STEPS) + 1):
            done = frozenset(_STEPS[:step])
            self._show_parts(done)
            if self._needed() <= room:
                return

    def _show_parts(self, left: frozenset[str]) -> None:
        """Show the parts, without what is left out."""
        static = "Static" if "words" in left else "Static hidden"
        self.static.show_count(self.static.count, static)
        rules = plural(self._rule_count, "rule")
        self.rules.show_count(self.rules.count, rules if "words" in left else f"{rules}, hidden")
        self.rules.setVisible(self._rule_count > 0)
        on = self.endpoint.isChecked()
        self.endpoint.setVisible(on or (self._endpoint_known and "endpoint" not in left))
        self.slow.setVisible(self.slow.isChecked() or "slow" not in left)
        loops = self.looped.count and "looped" not in left
        self.looped.setVisible(self.looped.isChecked() or bool(loops))
        self.errors.setVisible(self.errors.isChecked() or "errors" not in left)
        text = self._shown_short if "shown" in left else self._shown_long
        if text != self.shown.text():
            self.shown.setText(text)
        # Of a fixed size, another text of the same length doesn't have the page laid out anew.
        self.shown.setFixedSize(self.shown.sizeHint())

    def _needed(self) -> int:
        """The width of all but the field."""
        layout = self.layout()
        assert layout is not None
        margins, spacing = layout.contentsMargins(), layout.spacing()
        parts = [self.sign, *self.chips, self.held, self.shown, self.more]
        widths = [part.sizeHint().width() + spacing for part in parts if not part.isHidden()]
        return sum(widths) + margins.left() + margins.right()

    @Slot()
    def _open_rules(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("rulesChipMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.rulesWanted.emit(menu)
        _popup(menu, self.rules)

    @Slot()
    def _open_more(self) -> None:
        _popup(self.menu, self.more)


def _popup(menu: QMenu, button: QWidget) -> None:
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def _short(endpoint: str) -> str:
    return endpoint if len(endpoint) <= 24 else "\u2026" + endpoint[-23:]
