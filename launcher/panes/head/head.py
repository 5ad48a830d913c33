"""The head of a page: menu, state, address, Start or Stop, switches; GUI thread only.

It is the same in every state of the server, so that every command keeps its place. Where it is
narrow, its parts leave one after the other, those first that can be found elsewhere; never the
state, Stop and the port.
"""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QSizePolicy, QWidget

from launcher import theme
from launcher.actions import PageActions
from launcher.core.display import one_line
from launcher.core.local_hosts import is_local
from launcher.core.project.interpreters import Interpreter
from launcher.core.state import CAN_START, CAN_STOP, IS_UP, SessionState
from launcher.panes.controls.action_button import ActionButton
from launcher.panes.controls.labels import LinkLabel
from launcher.panes.controls.switch import Switch
from launcher.panes.controls.window_menu_button import WindowMenuButton
from server.config import options
from server.events import ServerStarted

from .address import short_url
from .search_button import SearchButton
from .state import StateLabel, StateShape

__all__ = ["HEIGHT", "Head", "environment"]

HEIGHT = 44
_NAME_WIDTH = 170
_LAST_STEP = 6
_OPEN = "Open to the network"


class Head(QWidget):
    """What the server is, what it is doing, and the commands for it.

    :ivar debug: the switch for the debug mode; what it changes takes effect at the next start
    :ivar reload: the one for the reloader
    """

    urlActivated = Signal()  # noqa: N815
    """The address was clicked, or Enter pressed on it."""
    menuRequested = Signal(QPoint)  # noqa: N815
    """The menu is to be opened at this point of the screen."""
    searchRequested = Signal()  # noqa: N815
    """The palette is to be opened."""

    def __init__(self, actions: PageActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.set_line_height(self, HEIGHT, 20)
        self._actions = actions
        self._url = ""
        self._deadline: float | None = None
        self._sets_up = False
        self._paused = ""
        self._words = ""
        self._crash = ""
        self._state = SessionState.STOPPED
        self.menu = WindowMenuButton("menuButton", self)
        self.menu.menuRequested.connect(self.menuRequested)
        self.shape = StateShape(self)
        self.name = QLabel(self)
        self.name.setObjectName("nameLabel")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.name, "name")
        self.state = StateLabel(self)
        self.url = LinkLabel("urlLabel", self)
        theme.set_font(self.url, "mono")
        self.url.activated.connect(self.urlActivated)
        self.copy = ActionButton(actions.copy_url, "copyUrlButton", "icon", self)
        self.browser = ActionButton(actions.open_browser, "openBrowserButton", "icon", self)
        self.start = ActionButton(actions.start, "startButton", "primary", self)
        self.stop = ActionButton(actions.stop, "stopButton", parent=self)
        self.restart = ActionButton(actions.restart, "restartButton", parent=self)
        known = options()
        self.debug = Switch(known["debug"].label, self)
        self.debug.setObjectName("debugCheck")
        self.debug.setToolTip(theme.plain_tooltip(known["debug"].help))
        self.reload = Switch(known["reload"].label, self)
        self.reload.setObjectName("reloadCheck")
        self.reload.setToolTip(theme.plain_tooltip(known["reload"].help))
        self.exposure = QLabel(_OPEN, self)
        self.exposure.setAccessibleName(_OPEN)
        self.exposure.setTextFormat(Qt.TextFormat.PlainText)
        self.exposure.setObjectName("exposureLabel")
        self.exposure.setToolTip("Other machines can reach this address.")
        self.exposure.hide()
        self.environment = QLabel(self)
        self.environment.setObjectName("environmentLabel")
        self.environment.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.environment, "second")
        self.search = SearchButton(self)
        self.search.clicked.connect(self.searchRequested)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._count_down)
        self._lay_out()
        self.refresh_icons()
        self.show_server(SessionState.STOPPED, None)

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme or text size."""
        self.menu.refresh_icon()
        self._fit()

    # What is shown

    @property
    def has_command_focus(self) -> bool:
        """Whether Start, Stop or Restart has the focus of the window, which may not be active; it
        loses that when it is disabled."""
        return self.window().focusWidget() in (self.start, self.stop, self.restart)

    def focus_command(self) -> None:
        """Put the focus on what stands in Start's place now."""
        button = self.stop if self.start.isHidden() else self.start
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_server(
        self,
        state: SessionState,
        server: ServerStarted | None,
        *,
        expected: str = "",
        deadline: float | None = None,
        crash: str = "",
    ) -> None:
        """Show where the server is, and its address.

        :param expected: its address at the next start, while it has none
        :param deadline: until when its requests may finish, on the monotonic clock
        :param crash: how the app's process ended by itself, where that is why it is in this state
        """
        self._state = state
        self._crash = crash
        self._show_word()
        startable = state in CAN_START
        self.start.setVisible(startable)
        self.stop.setVisible(not startable)
        self._url = expected if server is None else server.url
        self._show_url(short=False)
        if server is None:
            self.url.setAccessibleName("No address: the server isn't running")
            self.url.setToolTip("")
        else:
            self.url.setAccessibleName(f"Address {server.url}; press Enter to open it")
            self.url.setToolTip("Open this address in the browser (Ctrl+B)")
        self.exposure.setVisible(server is not None and not is_local(server.host))
        self._deadline = deadline if state is SessionState.STOPPING else None
        if self._deadline is None:
            self._clock.stop()
        else:
            self._clock.start()
        self._count_down()
        self._fit()

    def show_pause(self, text: str) -> None:
        """Show that the app waits for a person, and where; "" where it doesn't."""
        self._paused = text
        self._show_word()
        self._fit()

    def show_words(self, words: str) -> None:
        """Show something instead of the state's own word; "" for that."""
        self._words = words
        self._show_word()
        self._fit()

    def _show_word(self) -> None:
        paused = self._paused if self._state in CAN_STOP else ""
        self.shape.show_state(self._state, paused=bool(paused))
        waits = paused or self._words
        self.state.show_state(self._state, waits or self._crash, "link" if waits else "")

    def show_name(self, name: str) -> None:
        """Show what the server is called."""
        text = one_line(name, 80)
        metrics = self.name.fontMetrics()
        self.name.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, _NAME_WIDTH))
        self.name.setToolTip(theme.plain_tooltip(text))
        self._fit()

    def show_environment(self, interpreter: Interpreter | None, kind: str) -> None:
        """Show what the app runs on.

        :param kind: the kind of the app, as in ``AppCandidate.kind``
        """
        self.environment.setText(environment(interpreter, kind))
        path = "" if interpreter is None else interpreter.path
        self.environment.setToolTip(theme.plain_tooltip(one_line(path, 400)))
        self._fit()

    def set_set_up_in_front(self, in_front: bool) -> None:
        """The set-up, which has the same switches and a larger Start, is in front, or not."""
        self._sets_up = in_front
        self.start.set_look("tinted" if in_front else "primary")
        self._fit()

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below its button."""
        self.menu.open_menu()

    @Slot()
    def _count_down(self) -> None:
        """Show on Stop what its next press does, and how long that may take otherwise."""
        if self._state is not SessionState.STOPPING:
            text = "Stop"
        elif self._deadline is None:
            text = "Stop now"
        else:
            text = f"Stop now, {max(0, round(self._deadline - monotonic()))} s"
        self._actions.stop.setIconText(text)

    # Where it is narrow

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "environment"):
            self.search.updateGeometry()
            self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(600, self.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, self.height())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out as little as there is room for; while nobody sees it, that waits."""
        if not self.isVisible():
            return
        layout = self.layout()
        assert layout is not None
        for step in range(_LAST_STEP + 1):
            self._leave(step)
            if layout.minimumSize().width() <= self.width():
                break
        layout.activate()  # what is clicked next is where it is painted next

    def _leave(self, step: int) -> None:
        """Leave out what leaves in this step and in those before."""
        switches = not (self._sets_up and self._state in CAN_START)
        for switch in (self.debug, self.reload):
            switch.setVisible(switches)
            switch.set_shows_text(step < 3)
        self.environment.setVisible(step < 1 and bool(self.environment.text()))
        self.search.set_shows_text(step < 2)
        self.name.setVisible(step < 4)
        self.exposure.setText(_OPEN if step < 5 else _OPEN.partition(" ")[0])
        self.restart.set_shows_text(step < 5)
        self._show_url(short=step >= 6)
        layout = self.layout()
        assert layout is not None
        layout.invalidate()

    def _show_url(self, *, short: bool) -> None:
        """The label's text is always the whole address; only what is painted may be short."""
        self.url.show_link(one_line(self._url, 2000), self._state in IS_UP)
        self.url.set_short(short_url(self._url) if short else "")

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # parts leave instead
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(6)
        layout.addWidget(self.menu)
        layout.addSpacing(6)
        layout.addWidget(self.shape)
        layout.addWidget(self.name)
        layout.addWidget(self.state)
        layout.addSpacing(4)
        layout.addWidget(self.url)
        layout.addWidget(self.copy)
        layout.addWidget(self.browser)
        layout.addWidget(self.exposure, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addSpacing(6)
        layout.addWidget(self.start)
        layout.addWidget(self.stop)
        layout.addWidget(self.restart)
        layout.addSpacing(8)
        layout.addWidget(self.debug)
        layout.addSpacing(6)
        layout.addWidget(self.reload)
        layout.addStretch(1)
        layout.addWidget(self.environment)
        layout.addSpacing(8)
        layout.addWidget(self.search)


def environment(interpreter: Interpreter | None, kind: str) -> str:
    """An interpreter and the app's framework in a few words, such as ``.venv 3.12 · Flask 3.1``."""
    if interpreter is None:
        return ""
    version = ".".join(interpreter.version.split(".")[:2])
    source = interpreter.source.rstrip("/").rpartition("/")[2]
    words = [f"{source} {version}".strip()]
    framework = interpreter.framework(kind)
    if framework and interpreter.has(kind):
        name, _, number = framework.rpartition(" ")
        words.append(f"{name} {'.'.join(number.split('.')[:2])}".strip())
    return one_line(" \u00b7 ".join(words), 80)
