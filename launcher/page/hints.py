"""What the panes show while they are empty: what they are for, and what to do next; GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction

from launcher.actions import ICON, PageActions
from launcher.controller import SessionController
from launcher.core.display import plural
from launcher.core.state import CAN_RESTART, CAN_START, SessionState
from launcher.panes.errors import ErrorsPane
from launcher.panes.flow.pane import FlowPane
from launcher.panes.output.pane import OutputPane
from launcher.panes.requests import RequestsPane
from launcher.panes.routes import RoutesPane
from server.config import ServerConfig
from server.events import ServerStarted

__all__ = [
    "Hints",
    "Words",
    "errors_hint",
    "flow_hint",
    "output_hint",
    "requests_hint",
    "routes_hint",
]

Words = tuple[str, str]
_WAIT: Words = ("One moment", "The server is on its way.")
_ON_ITS_WAY = (SessionState.STARTING, SessionState.STOPPING, SessionState.RELOADING)


def _cleared(noun: str, hidden: int) -> Words:
    """For a list from which Clear has taken all there was.

    :param noun: what it lists
    :param hidden: how many of them
    """
    return (
        f"{plural(hidden, noun)} cleared",
        f"Nothing is lost: \u201cShow {hidden:,} cleared\u201d beside the tabs brings them back.\n"
        "What comes next appears here.",
    )


def requests_hint(
    state: SessionState, server: ServerStarted | None, hidden: int = 0, *, crashed: bool = False
) -> Words:
    """For the list of requests.

    :param hidden: how many Clear has hidden
    :param crashed: the app's process has ended by itself, and nothing was loaded since
    """
    if hidden:
        return _cleared("request", hidden)
    if server is not None and state is SessionState.RUNNING:
        return (
            "Waiting for the first request",
            f"Open {server.url} in a browser (Ctrl+B), or send a request to it.",
        )
    if state in _ON_ITS_WAY:
        return _WAIT
    if state is SessionState.BROKEN and crashed:
        return (
            "The app has crashed",
            "The message below has how its process ended. It is loaded again when you save a "
            "change.",
        )
    if state is SessionState.BROKEN:
        return (
            "The app can't be loaded",
            "The message below explains why. It is loaded again when you save a change.",
        )
    if state is SessionState.CRASHED:
        return (
            "The app has crashed",
            "The message below has how its process ended. Press Start (F5) to run it again.",
        )
    if state is SessionState.FAILED:
        return (
            "The server didn't start",
            "The message below explains why. Put it right and press Start (F5).",
        )
    return (
        "No requests yet",
        "Choose a project folder and its app, then press Start (F5).\n"
        "Every request appears here as it happens.",
    )


def errors_hint(state: SessionState, hidden: int = 0) -> Words:
    """For the list of errors; see :func:`requests_hint`."""
    if hidden:
        return _cleared("error", hidden)
    if state is SessionState.RUNNING:
        return ("No errors", "When your app raises one, its traceback appears here at once.")
    return ("No errors", "Tracebacks of your app are listed here, each with its request.")


def output_hint(state: SessionState, hidden: int = 0) -> Words:
    """For the output; see :func:`requests_hint`."""
    if hidden:
        return _cleared("line", hidden)
    if state is SessionState.RUNNING:
        return ("No output yet", "What your app prints or logs appears here.")
    return ("No output", "Start the server to see here what your app prints and logs.")


def routes_hint(state: SessionState, *, known: bool) -> Words:
    """For the list of rules.

    :param known: the app has reported its rules, perhaps none
    """
    if known and state is not SessionState.STOPPED:
        return (
            "This app shows no URL rules",
            "Rules are known of Flask, Django, Bottle, Falcon, Pyramid, Starlette, FastAPI\n"
            "and ServeDeck's own framework. A filter here may also hide them all.",
        )
    if state in _ON_ITS_WAY:
        return _WAIT
    return (
        "No rules yet",
        "Press Start (F5). The app's URL rules then stand here, with how often each\n"
        "was asked for and how it went.",
    )


def flow_hint(state: SessionState, config: ServerConfig | None, *, crashed: bool = False) -> Words:
    """For the time line; see :func:`requests_hint`."""
    if config is not None and state is not SessionState.STOPPED and not config.records_flow:
        return (
            "The flow is not being recorded",
            "Turn on Debug, or set Record flow to Always, and restart the server.",
        )
    if state is SessionState.RUNNING:
        return (
            "Waiting for the first request",
            "Each request's way through server, framework and app appears here, step by step.",
        )
    if config is not None and state is not SessionState.STOPPED:
        return _WAIT if state in _ON_ITS_WAY else requests_hint(state, None, crashed=crashed)
    return (
        "No flow yet",
        "With Debug on, or Record flow, each request's way through server, framework and app\n"
        "appears here, step by step, with its times. Press Start (F5).",
    )


class Hints(QObject):
    """Gives the panes of one server their words, and the buttons below these."""

    flowWanted = Signal()  # noqa: N815
    """The server is to record the flow, and to be restarted for that."""

    def __init__(
        self,
        controller: SessionController,
        commands: PageActions,
        requests: RequestsPane,
        errors: ErrorsPane,
        output: OutputPane,
        flow: FlowPane,
        routes: RoutesPane,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._commands = commands
        self._requests = requests
        self._errors = errors
        self._output = output
        self._flow = flow
        self._routes = routes
        self._record_flow = QAction("Record flow and restart", self)
        self._record_flow.setStatusTip("Set Record flow to Always, and restart the server")
        self._record_flow.setProperty(ICON, "restart")
        self._record_flow.triggered.connect(self.flowWanted)
        controller.routesFound.connect(self.show_routes)

    def refresh(self) -> None:
        """Show what is right in the server's state."""
        self.show_lists()
        state, config = self._controller.state, self._controller.config
        words = flow_hint(state, config, crashed=bool(self._controller.crash))
        silent = state in CAN_RESTART and config is not None and not config.records_flow
        self._flow.set_hint(*words, (self._record_flow,) if silent else self._next_steps(0))
        self.show_routes()

    @Slot()
    def show_lists(self) -> None:
        """Show what the lists say that Clear can empty."""
        controller, hidden = self._controller, self._controller.hiding.count
        state, crashed = controller.state, bool(controller.crash)
        words = requests_hint(state, controller.server, hidden("requests"), crashed=crashed)
        self._requests.set_hint(*words, self._next_steps(hidden("requests")))
        self._errors.set_hint(*errors_hint(state, hidden("errors")))
        self._output.set_hint(*output_hint(state, hidden("output")))

    @Slot()
    def show_routes(self) -> None:
        """Show the rules of the app, or why there are none."""
        controller = self._controller
        if controller.config is not None:
            self._routes.set_project(controller.config.project)
        start = (self._commands.start,) if controller.state in CAN_START else ()
        known = controller.routes.known
        self._routes.set_hint(*routes_hint(controller.state, known=known), start)
        self._routes.refresh()

    def _next_steps(self, hidden: int) -> tuple[QAction, ...]:
        """What can be done where there is no request yet.

        :param hidden: how many Clear has hidden
        """
        state = self._controller.state
        if state is SessionState.RUNNING and not hidden:
            return (self._commands.open_browser, self._requests.replays.new)
        return (self._commands.start,) if state in CAN_START and not hidden else ()
