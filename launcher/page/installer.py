"""Offers to install the module whose absence stopped the app, and does it; GUI thread.

What is missing where, and the command, are worked out on a thread of Qt's pool, and the command
runs on another one; its output comes back line by line, and goes to the controller's output.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from launcher.controller import SessionController
from launcher.core.logs.output import OWN
from launcher.core.messages import Action
from launcher.core.project.install import (
    TIMEOUT,
    Installation,
    InstallPlan,
    InstallResult,
    plan_install,
)
from launcher.core.state import CAN_RESTART, CAN_START
from launcher.panes.message_line import MessageLine
from launcher.pool import Background
from server.events import ReloadFailed, ServerFailed

_KEY = "installation"


class _Runner(Background):
    """Runs one installation; closing it ends the command."""

    installation: Installation | None = None

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.deadline = QTimer(self)
        self.deadline.setSingleShot(True)
        self.deadline.setInterval(round(TIMEOUT * 1000))
        self.deadline.timeout.connect(self._time_out)
        self.finished.connect(self.deadline.stop)

    def begin(self, installation: Installation, on_line: Callable[[str], None]) -> None:
        """Run it soon; its :class:`InstallResult` comes in ``finished``."""
        self.installation = installation
        self.deadline.start()
        self.run(lambda: installation.run(on_line))

    @Slot()
    def _time_out(self) -> None:
        if self.installation is not None:
            self.installation.time_out()

    @Slot()
    def cancel(self) -> None:
        """End the command."""
        if self.installation is not None:
            self.installation.cancel()

    def close(self, timeout: int = 2000) -> bool:
        """See ``Background``."""
        self.cancel()
        return super().close(timeout)


class Installer(QObject):
    """Adds its offer to the message line's message about a failure."""

    outputWanted = Signal()  # noqa: N815
    """The output of an installation is to be shown."""
    startWanted = Signal()  # noqa: N815
    """The server is to be started, with what is filled in."""
    interpreterWanted = Signal(str)  # noqa: N815
    """The app is to be run with this interpreter instead."""
    _printed = Signal(str)
    """A line of the command, from the pool's thread."""
    began = Signal(str)
    """A command runs: what it does."""
    ended = Signal()
    """It has ended."""
    installed = Signal()
    """Something has been installed: what is known of the interpreters no longer holds."""

    def __init__(
        self,
        controller: SessionController,
        line: MessageLine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._line = line
        self._message = -1
        self._plan: InstallPlan | None = None
        self._is_running = False
        self._planner = Background(self)
        self._planner.finished.connect(self._offer)
        self._runner = _Runner(self)
        self.deadline = self._runner.deadline
        self._runner.finished.connect(self._done)
        self._printed.connect(self._show_line)
        # Connected after what reports the failure, so that there is a message to add to.
        controller.failed.connect(self.consider)
        controller.reloadFailed.connect(self.consider)

    @Slot(object, object)
    def consider(self, event: ServerFailed | ReloadFailed, _error: object) -> None:
        """A server failed: if a module is missing, look up how to get it."""
        config = self._controller.config
        if not event.missing_module or config is None:
            return
        self._message = self._line.number
        module, python = event.missing_module, config.python
        project = Path(config.project).expanduser().absolute() if config.project else Path.cwd()
        traceback = event.traceback
        self._planner.run(lambda: plan_install(module, python, project, traceback=traceback))

    @Slot(object)
    def _offer(self, plan: InstallPlan | None) -> None:
        message = self._line.messages.get(self._message)
        if plan is None or message is None or self._is_running:
            return
        self._plan = plan
        is_there = plan.module in message.text and plan.python in message.text
        explanation = "" if is_there else plan.explanation
        if is_there:
            self._line.shorten(self._message, plan.python, plan.where)
        if plan.better:
            self._offer_better(plan, explanation)
        elif plan.argv:
            what = f"Run {plan.tool}" if plan.tool else f"Install {plan.name} into {plan.where}"
            text = f"{explanation} {plan.warning}"
            self._line.add(self._message, text, plan.command, Action(what, self.install))
        else:
            copy = Action("Copy the command", self.copy) if plan.command else None
            self._line.add(self._message, f"{explanation} {plan.refusal}", plan.command, copy)

    def _offer_better(self, plan: InstallPlan, explanation: str) -> None:
        text = f"{explanation} {plan.better_where} has it"
        if self._controller.state in CAN_START:
            action = Action(f"Use {plan.better_where}", self.use_better)
            self._line.add(self._message, f"{text}.", "", action)
        else:
            self._line.add(self._message, f"{text}: stop the server and choose it as Interpreter.")

    @Slot()
    def use_better(self) -> None:
        """Start with the interpreter that was offered."""
        if self._plan is not None and self._plan.better and self._controller.state in CAN_START:
            self.interpreterWanted.emit(self._plan.better)
            self.startWanted.emit()

    @Slot()
    def copy(self) -> None:
        """Put the command that was shown on the clipboard."""
        if self._plan is not None:
            QGuiApplication.clipboard().setText(self._plan.command)

    @Slot()
    def install(self) -> None:
        """Run the command that was offered."""
        plan = self._plan
        if plan is None or not plan.argv or self._is_running:
            return
        self._is_running = True
        what = f"Running {plan.tool}" if plan.tool else f"Installing {plan.name} into {plan.where}"
        self._line.clear_key(_KEY)
        self._line.remove(self._message)
        self.began.emit(what)
        self._controller.write_output(OWN, f"$ {plan.command}\n")
        self.outputWanted.emit()
        self._runner.begin(Installation(plan), self._printed.emit)

    @Slot()
    def cancel(self) -> None:
        """End the command that runs."""
        self._runner.cancel()

    @Slot(str)
    def _show_line(self, line: str) -> None:
        self._controller.write_output("stdout", line + "\n")

    @Slot(object)
    def _done(self, result: InstallResult | None) -> None:
        self._is_running = False
        self.ended.emit()
        if result is None:
            self._line.show_message(
                "The installation failed by an error of ServeDeck's own.", key=_KEY
            )
            return
        self._controller.write_output(OWN, f"{result.message}\n")
        if not result.succeeded:
            self._line.show_message(result.message, "Show output", self.outputWanted.emit, key=_KEY)
            return
        self.installed.emit()
        controller = self._controller
        if result.plan.tool and controller.state in CAN_RESTART:
            hint = "Stop and start the server to use it."
            self._line.show_message(f"{result.message} {hint}", tone="good")
        elif controller.state in CAN_RESTART and controller.config is not None:
            controller.restart(controller.config)
            self._line.show_message(
                f"{result.message} The app is started anew.", tone="good", key=_KEY
            )
        elif controller.state in CAN_START:
            self._line.show_message(
                result.message, "Start", self.startWanted.emit, tone="good", key=_KEY
            )
        else:
            self._line.show_message(result.message, tone="good", key=_KEY)
