"""The desktop app: reads the arguments, makes the objects, connects them. GUI thread.

This is the one place where objects are made and given to each other; everything else gets what it
needs as a constructor's argument.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from launcher import APP_ID, APP_NAME
from launcher.core import resources
from launcher.core.commands import BAD_INPUT, window_parser
from launcher.core.data_folder import default_data_dir
from launcher.core.instance import Request, activation, become_first, hand_over
from launcher.core.project.app_argument import read_app_argument
from launcher.core.project.boundary import chosen_path
from launcher.core.settings import SettingsFolder, glance
from launcher.garbage import Collector
from launcher.main_window import MainWindow
from launcher.opening.har_files import HarFiles, is_har
from launcher.opening.servers import Servers
from launcher.pool import Background
from launcher.theme import Theme
from launcher.tools.failures import Failures
from launcher.tools.instance import Instance
from launcher.tools.tools import Tools
from launcher.window.preferences import Preferences
from server.base.forks import handle_signal, set_wakeup_fd
from server.config import ServerConfig
from server.errors import ConfigError

if TYPE_CHECKING:
    from launcher.controller import Supervisor
    from launcher.server_page import ServerPage
    from server.events import Emit

CLOSE_SECONDS = 8.0
_LISTEN_MS = 50
"""After which later starts are listened for: the window can be seen by then."""
SWITCH_SECONDS = 0.0003
"""How long another thread may keep the interpreter's lock while the window waits for it. Each call
into Qt gives it up, a hundred times in a frame; five milliseconds for each, Python's own choice,
held the window up in a flood."""


def _supervisor(emit: Emit) -> Supervisor:
    """What runs the servers of a window. Their apps read what is typed there."""
    from launcher.hosts import own_descriptors
    from launcher.hosts import supervisor as real

    return real.Supervisor(emit, descriptors=own_descriptors.shared, input_kind="channel")


def build(
    argv: Sequence[str], make_supervisor: Callable[[Emit], Supervisor] = _supervisor
) -> MainWindow:
    """Make the whole window, and a QApplication if there is none, without entering the loop.

    :param argv: ``[APP] [--project DIR] [--python PY] [--data-dir DIR] [--new-window]``
    :param make_supervisor: makes what runs the servers; it gets where its events go
    :raises ConfigError: the arguments name a project folder that isn't there
    :raises SystemExit: the arguments can't be read (status 2)
    """
    arguments = window_parser().parse_args(list(argv))
    chosen = _chosen(arguments)
    app = _application()
    folder = SettingsFolder(_data_folder(arguments))
    settings = folder.load()
    look = Theme.of(app)
    preferences = Preferences(settings, look)
    window = MainWindow(look, lambda now: folder.save(preferences.added_to(now)), folder.folder)
    preferences.setParent(window)
    Failures(window, folder.folder)
    window.keeps_pages = not arguments.new_window
    files = HarFiles(window, preferences)
    servers = Servers(window, folder, lambda: add_server(window, make_supervisor), files)
    Tools(window, servers, preferences)
    window.restore(settings)
    servers.restore(replace(settings, pages=()) if arguments.new_window else settings)
    python = chosen_path(arguments.python) if arguments.python else ""
    if chosen is not None and is_har(chosen.app):
        files.open(chosen.app)
    elif chosen is not None:
        servers.open(chosen, python)
    elif not window.pages.servers:
        servers.open_last(python)
    if window.page is None:
        window.pages.show_start()
    QTimer.singleShot(0, servers, servers.start_chosen)
    return window


def add_server(
    window: MainWindow,
    make_supervisor: Callable[[Emit], Supervisor] = _supervisor,
) -> ServerPage:
    """Make a server with all that belongs to it, and its page in front of the window.

    Nothing is filled in and nothing runs yet. GUI thread.

    :param make_supervisor: makes what runs the server; it gets where its events go
    """
    # Not at the top: half of all imports, without which the start page is there at once.
    from launcher.bridge import EventBridge
    from launcher.controller import SessionController
    from launcher.core.watch.pin_files import PinFiles
    from launcher.opening.history_commands import HistoryCommands
    from launcher.opening.pinning import Pinning
    from launcher.page.history_keeper import HistoryKeeper
    from launcher.page.watching import Watching
    from launcher.server_page import ServerPage

    bridge = EventBridge()
    controller = SessionController(make_supervisor(bridge.post))
    page = ServerPage(controller, window.pages)
    keeper = HistoryKeeper(
        window.data_dir, controller.requests, controller.errors, controller.output
    )
    for part in (bridge, controller, keeper):
        part.setParent(page)
    page.destroyed.connect(bridge.close)
    page.destroyed.connect(keeper.close)
    bridge.events.connect(controller.take)
    controller.recorded.connect(keeper.take)
    page.historyWanted.connect(keeper.open)
    keeper.troubled.connect(page.warn)
    keeper.linesCame.connect(page.output.refresh)
    for preferences in window.findChildren(Preferences):
        page.links.editorChosen.connect(preferences.set_editor)
        for follow in (page.apply, keeper.apply):
            follow(preferences.values)
            preferences.changed.connect(follow)
    HistoryCommands(page, keeper)
    pins = PinFiles(window.data_dir)
    Pinning(page, Watching(controller, pins, page.line, lambda: page.project, page))
    window.add_page(page)
    return page


def main(argv: Sequence[str]) -> int:
    """Show the window and run it until it is closed.

    Where a window is open already for this user and data folder, that one shows what is named here.
    SIGINT and SIGTERM stop the servers and close the window without asking; a second one waits for
    nothing.

    :returns: the process's exit status
    """
    instance = None
    try:
        arguments = window_parser().parse_args(list(argv))
        chosen = _chosen(arguments)
        if not arguments.new_window and _hands_over(_data_folder(arguments)):
            lock = _first(_data_folder(arguments))
            if lock is None and _hand_over(arguments, chosen):
                return 0
        else:
            lock = None
        window = build(argv)
    except ConfigError as error:
        print(f"servedeck: {error.message}", file=sys.stderr)
        return BAD_INPUT
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else BAD_INPUT
    if lock is not None:
        instance = Instance(_data_folder(arguments), lock, window)
        instance.requested.connect(partial(_open_request, window))
    signals = _Signals(window)
    collector = Collector(window)
    hearing = ExitStack()
    for failures in window.findChildren(Failures):
        hearing.enter_context(failures.log.installed())
    window.show()
    if instance is not None:
        QTimer.singleShot(_LISTEN_MS, instance, instance.listen)
    status = _run()
    collector.close()
    if instance is not None:
        instance.close()
    has_ended = shut_down(window)
    signals.close()
    hearing.close()
    if not has_ended or _has_threads():
        # Something of an app's is still in this process, and the interpreter would wait for it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _hands_over(folder: Path) -> bool:
    """Whether a further start shows in the open window, as the user prefers."""
    return glance(folder).new_windows == "hand-over"


def _first(folder: Path) -> BinaryIO | None:
    """Be the window that others hand over to; None where another one is, or where none can be."""
    try:
        return become_first(folder)
    except OSError:
        return None


def _hand_over(arguments: argparse.Namespace, chosen: ServerConfig | None) -> bool:
    """Have the window that is open show what was named, and report that in one line."""
    python = str(Path(chosen_path(arguments.python)).absolute()) if arguments.python else ""
    named = chosen or ServerConfig()
    request = Request(named.project, named.app, python, activation())
    if not hand_over(_data_folder(arguments), request):
        return False
    what = named.app or named.project
    shown = f"it shows {what} now" if what else "it is in front now"
    print(f"ServeDeck is open already: {shown}. --new-window opens another one.")
    return True


def _open_request(window: MainWindow, request: Request) -> None:
    """Another start has handed over what it was to open."""
    if request.project or request.app:
        named = ServerConfig(project=request.project, app=request.app)
        for servers in window.findChildren(Servers):
            if is_har(request.app):
                servers.open_path(request.app)
            else:
                servers.open(named, request.python)
    if request.activation:
        os.environ["XDG_ACTIVATION_TOKEN"] = request.activation  # Qt looks there
    window.come_to_front()


def _has_threads() -> bool:
    """Whether threads are left for which the interpreter would wait at its end."""
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    return any(thread.is_alive() and not thread.daemon for thread in others)


def _data_folder(arguments: argparse.Namespace) -> Path:
    return Path(arguments.data_dir).expanduser() if arguments.data_dir else default_data_dir()


def shut_down(window: MainWindow) -> bool:
    """End all that runs beside the GUI thread; bounded. For after the event loop, and for tests.

    :returns: whether all of it has ended
    """
    for files in window.findChildren(HarFiles):
        files.cancel()
    if window.findChild(QWidget, "serverPage") is None:
        workers = window.findChildren(Background)
        return all([worker.close() for worker in workers])  # noqa: C419 - all of them end
    from launcher.bridge import EventBridge
    from launcher.controller import SessionController
    from launcher.page.history_keeper import HistoryKeeper
    from launcher.page.replaying import Replaying
    from launcher.page.watching import Watching

    for bridge in window.findChildren(EventBridge):
        bridge.flush()  # so that the history has it
        bridge.close()
    ended = [worker.close() for worker in window.findChildren(Background)]
    ended += [replaying.close() for replaying in window.findChildren(Replaying)]
    ended += [watching.close() for watching in window.findChildren(Watching)]
    deadline = monotonic() + CLOSE_SECONDS
    controllers = window.findChildren(SessionController)  # also of a page that was just closed
    for controller in controllers:
        controller.stop()  # all of them end at the same time
    for controller in controllers:
        ended.append(controller.close(max(1.0, deadline - monotonic())))
    ended += [keeper.close() for keeper in window.findChildren(HistoryKeeper)]
    return all(ended)


class _Signals(QObject):
    """Turns SIGINT and SIGTERM into the window's own way to quit."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._is_second = False  # the first signal waits for requests, the second for nothing
        # Python runs its handlers between two bytecodes of the main thread, which sits in Qt's
        # loop: the byte that the interpreter writes here at once is what wakes it.
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        self._old_fd = set_wakeup_fd(self._write.fileno())
        self._old = {number: handle_signal(number, self._ignore) for number in _SIGNALS}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._arrived)

    def close(self) -> None:
        """Put everything back as it was."""
        self._notifier.setEnabled(False)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._read.close()
        self._write.close()

    @staticmethod
    def _ignore(_number: int, _frame: FrameType | None) -> None:
        """What counts is the byte in the socket."""

    @Slot()
    def _arrived(self) -> None:
        self._read.recv(64)
        if self._is_second:
            self._window.quitting.quit_now()
        else:
            self._is_second = True
            self._window.quitting.quit()


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _run() -> int:
    """Run the event loop, with threads that take turns as it needs it; its exit status."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return QApplication.exec()
    finally:
        sys.setswitchinterval(before)


def _chosen(arguments: argparse.Namespace) -> ServerConfig | None:
    """What the command line names, or None where it leaves the choice to the settings."""
    if is_har(arguments.app):
        return ServerConfig(app=str(Path(arguments.app).absolute()))
    if not arguments.app and arguments.project is None:
        return None
    named = read_app_argument(arguments.app, arguments.project)
    return ServerConfig(app=named.app, project=str(named.project))


def _application() -> QApplication:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    app = QApplication(["servedeck"])
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName("")
    app.setDesktopFileName(APP_ID)
    icon = QIcon()
    for size in resources.ICON_SIZES:
        icon.addFile(str(resources.icon_file(size)))
    app.setWindowIcon(icon)
    return app
