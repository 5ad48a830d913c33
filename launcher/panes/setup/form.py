"""What to serve and how: the set-up form; GUI thread only.

Labels, explanations, limits and choices come from :func:`server.config.options`, so the form can't
offer anything else than the command line does. What most projects need is in view; the rest is in
``more_options``. While a server runs everything but its project can be changed; that takes effect
at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from launcher.core.combinations import Remark, remarks
from launcher.core.local_hosts import is_local
from launcher.core.profiles import Profile, Profiles
from launcher.core.project.app_argument import read_app_argument
from launcher.core.project.discovery import AppCandidate, Findings
from launcher.core.project.interpreters import Interpreter
from launcher.core.settings import Settings
from launcher.core.window_defaults import with_window_defaults
from launcher.panes.controls.segmented import Segmented
from launcher.panes.controls.switch import Switch
from server.config import ServerConfig, options
from server.errors import ConfigError

from .app_field import AppField
from .fields import (
    HostField,
    PathEdit,
    browse_button,
    mark,
    number_field,
    out_of_range,
    present,
)
from .form_layout import lay_out
from .interpreter_field import InterpreterField
from .more_options import MoreOptions
from .remark_label import RemarkLabel
from .sections import Section, title_width

HOSTS = ("127.0.0.1", "localhost", "0.0.0.0", "::1")
MODE_WORDS = {"threaded": "Threads", "single": "One by one", "forking": "Processes"}
_NUMBERS = ("port", "processes")


class SetupForm(QWidget):
    """Project folder, app and interpreter; host, port and concurrency; and the other options.

    :ivar project: the project folder
    :ivar elsewhere: opens a path in another page where that is its place; returns whether it did
    """

    projectChanged = Signal(str)  # noqa: N815
    """Another project folder was chosen; its apps are to be looked for."""
    interpretersWanted = Signal(str, str)  # noqa: N815
    """The interpreters of a project are to be looked for; the second path is to be among them."""
    aboutToRead = Signal()  # noqa: N815
    """App and interpreter are needed at once: a search for them may finish now."""
    submitted = Signal()
    """Enter was pressed in a line."""
    edited = Signal()
    """A value was changed by the user, or others were filled in."""
    changed = Signal()
    """What is shown of the values may be different now; once for all that are filled in."""
    problem = Signal(str)
    """An input can't be used; one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options()
        self._is_running = False
        self._is_stacked = False
        self._switches_chosen = False
        self._project = ""
        self._app = ""
        self._following = False
        self._filling = False
        self._bad_number: tuple[str, str] | None = None
        self._base = ServerConfig()
        self._drafted: tuple[Any, ServerConfig] | None = None  # what it was made of, and it
        self._shown: object = None  # what the fields' state was brought in step with
        self._profiles = Profiles()
        self.elsewhere: Callable[[str], bool] = lambda path: False
        self.findings = Findings()  # of the look at the project's folder that was the last
        self._filled: Profile | None = None  # as it was filled in or last kept
        self.project = PathEdit(self)
        self.project.setPlaceholderText("Choose a folder, or drop it here")
        self.project.setClearButtonEnabled(False)
        self.browse = browse_button("browseButton", "the project folder", self)
        self.browse.setToolTip("Choose the project folder (Ctrl+O)")
        self.app = AppField(self)
        self.python = InterpreterField(self)
        self.browse_python = browse_button(
            "pythonBrowse", "a Python interpreter", self, is_short=True
        )
        self.host = HostField(HOSTS, self)
        self.port = number_field(self._options["port"], self)
        self.mode = Segmented(self)
        for word in self._options["mode"].choices:
            self.mode.addItem(MODE_WORDS[word], word)
        self.processes = number_field(self._options["processes"], self)
        self.debug = Switch(f"&{self._options['debug'].label}", self)
        self.reload = Switch(f"&{self._options['reload'].label}", self)
        self.remark = RemarkLabel(self)
        self.more = MoreOptions(self)
        self.add_button = QPushButton("Add a variable", self)
        self.add_button.setObjectName("addVariableButton")
        self.add_button.setProperty("look", "link")
        self.add_button.setAutoDefault(False)

        self._fields: dict[str, QWidget] = {
            "project": self.project,
            "app": self.app,
            "python": self.python,
            "host": self.host,
            "port": self.port,
            "mode": self.mode,
            "processes": self.processes,
            "debug": self.debug,
            "reload": self.reload,
        }
        names = (
            "projectEdit appCombo pythonCombo hostEdit portSpin modeCombo processesSpin "
            "setupDebugCheck setupReloadCheck"
        )
        for (key, field), name in zip(self._fields.items(), names.split(), strict=True):
            present(field, self._options[key], name)
        self._fields |= self.more.fields
        self.processes_label, self.env_label = lay_out(self, self._options)
        self.set_values(ServerConfig())
        self._connect()

    def set_running(self, running: bool) -> None:
        """A server runs with these options now, or none does: a running one keeps its project."""
        self._is_running = running
        for part in (self.project, self.browse):
            part.setEnabled(not running)

    @property
    def is_running(self) -> bool:
        """Whether a server runs with these options."""
        return self._is_running

    @property
    def switches_chosen(self) -> bool:
        """Whether Debug or Reload were set by the user; otherwise they follow the host."""
        return self._switches_chosen

    def changes(self, config: ServerConfig) -> list[str]:
        """The options that are filled in otherwise than in a config, by their fields' names."""
        draft = self.draft()
        return [name for name in self._options if getattr(draft, name) != getattr(config, name)]

    # What is filled in

    def values(self) -> ServerConfig:
        """What is filled in, checked.

        :raises ConfigError: something can't be used; its field is marked and has the focus
        """
        self._mark("")
        for name in _NUMBERS:
            self._fields[name].interpretText()  # type: ignore[attr-defined]
        if not self.app.value() or (self.python.pending and not self.python.is_chosen):
            self.aboutToRead.emit()
        try:
            return self._checked()
        except ConfigError as error:
            self.more.reveal(error.setting)
            self._show_environment()
            self._mark(error.setting)
            raise

    def _checked(self) -> ServerConfig:
        if self._bad_number:
            (name, bad), self._bad_number = self._bad_number, None
            raise ConfigError(name, out_of_range(self._options[name], bad))
        project, app = self.project.text().strip(), self.app.value()
        if project and not Path(project).expanduser().is_dir():
            raise ConfigError(
                "project",
                f"There is no folder {project}: choose the folder that holds your app.",
            )
        if not app:
            text = "No app is chosen: fill in App, as in module:app or file.py."
            hints = () if self.findings.apps else self.findings.hints[:1]
            raise ConfigError("app", " ".join([text, *(hint.text for hint in hints)]))
        if self.python.pending and not self.python.is_chosen:
            raise ConfigError(
                "python", "The project's interpreters are still being looked for: try again."
            )
        python = self.python.current()
        if python is not None and python.problem:
            raise ConfigError("python", python.problem)
        typed = {**self._typed(), "project": str(Path(project).expanduser()) if project else ""}
        config = self.more.apply(replace(self._base, **typed))
        for remark in remarks(config):
            if remark.blocking:
                raise ConfigError(remark.setting, remark.text)
        return config

    def _typed(self) -> dict[str, Any]:
        """What is filled in in the fields that are in view."""
        return {
            "app": self.app.value(),
            "project": self.project.text().strip(),
            "host": self.host.text().strip(),
            "port": self.port.value(),
            "debug": self.debug.isChecked(),
            "reload": self.reload.isChecked(),
            "mode": self.mode.currentData(),
            "processes": self.processes.value(),
            "python": self.python.value(),
        }

    def draft(self) -> ServerConfig:
        """What is filled in, but for what can't be used: that is as it was."""
        filled = self._base, self._typed(), self.more.typed()
        if self._drafted is None or self._drafted[0] != filled:
            self._drafted = filled, self._make_draft()
        return self._drafted[1]

    def _make_draft(self) -> ServerConfig:
        config, typed = self._base, self._typed()
        try:
            config = replace(config, **typed)
        except ConfigError:  # one by one, to leave out what it is
            for name, value in typed.items():
                change: dict[str, Any] = {name: value}
                with suppress(ConfigError):
                    config = replace(config, **change)
        return self.more.draft(config)

    def width_beside(self) -> int:
        """The least width in pixels with the sections' titles beside their rows."""
        return self.minimumSizeHint().width() + (title_width() if self._is_stacked else 0)

    def set_stacked(self, stacked: bool) -> None:
        """Have the titles above their rows, where the width is too small for both."""
        if stacked == self._is_stacked:
            return
        self._is_stacked = stacked
        self.more.set_stacked(stacked)
        for section in self.findChildren(Section):
            section.set_stacked(stacked)

    def remember(self, settings: Settings) -> Settings:
        """The settings with what is filled in, checked or not."""
        self._keep(self.app.value())
        return replace(settings, options_open=self.more.is_open)

    def restore(self, settings: Settings, profiles: Profiles) -> None:
        """Take over what was remembered of each app; what is filled in stays."""
        self._profiles = profiles
        self.more.set_open(settings.options_open)

    def profile(self, project: str, app: str = "") -> Profile | None:
        """What was filled in for an app of a project, or None.

        :param app: "" for the one that was used last
        """
        return self._profiles.read(project, app)

    def _keep(self, app: str) -> None:
        """Remember what is filled in, as that app's."""
        project = self._project
        config = replace(self.draft(), project=project, app=app)
        profile = Profile(config, self.python.is_chosen, self._switches_chosen, self.app.kind())
        before = self._filled
        if before is not None and (before.config.project, before.config.app) != (project, app):
            before = None
        self._profiles.keep(profile, before)
        self._filled = profile

    def set_values(
        self,
        config: ServerConfig,
        *,
        python_chosen: bool | None = None,
        switches_chosen: bool | None = None,
    ) -> None:
        """Fill everything in, and ask for the apps and interpreters of the project.

        :param python_chosen: the user wants this interpreter and no other; by default where one
            is named
        :param switches_chosen: the user has set Debug or Reload; by default where they are not
            as the host asks for
        """
        if switches_chosen is None:
            switches_chosen = config != with_window_defaults(config)
        self._switches_chosen = switches_chosen
        self._project = config.project
        self._app = config.app
        self._base = config
        self._bad_number = None
        self._filling = True
        self.project.setText(config.project)
        self.app.setEditText(config.app)
        self.host.setText(config.host)
        self.port.setValue(config.port)
        self._following = True
        self.debug.setChecked(config.debug)
        self.reload.setChecked(config.reload)
        self._following = False
        self.mode.setCurrentIndex(max(0, self.mode.findData(config.mode)))
        self.processes.setValue(config.processes)
        chosen = bool(config.python) if python_chosen is None else python_chosen
        self.python.forget()
        self.python.set_value(config.python, chosen=chosen)
        self.more.set_values(config)
        self.more.env.setVisible(bool(config.env))
        self._show_environment()
        self._filling = False
        self._filled = self._profiles.read(config.project, config.app)
        self._depend()
        self.edited.emit()
        self._report_project()

    def _fill_in(self, known: Profile) -> None:
        chosen = {"python_chosen": known.python_chosen, "switches_chosen": known.switches_chosen}
        self.set_values(known.config, **chosen)

    @Slot()
    def look_again(self) -> None:
        """Ask for the interpreters once more: one may have been made meanwhile."""
        chosen = self.python.value() if self.python.is_chosen else ""
        self.interpretersWanted.emit(self._project, chosen)

    def _report_project(self) -> None:
        self.projectChanged.emit(self._project)
        self.look_again()

    @Slot()
    def choose_folder(self) -> None:
        """Choose the project folder in a dialog."""
        dialog = QFileDialog(self.window(), "Project Folder", self.project.text())
        dialog.setObjectName("projectDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open_path)
        dialog.open()

    @Slot(str)
    def open_path(self, path: str) -> None:
        """Take a folder as the project, or a file as the app of its project: here, or in another
        page where this one keeps what it has."""
        try:
            if self.elsewhere(path):
                return
        except ConfigError as error:
            self.problem.emit(error.message)
            return
        if self._is_running:
            self.problem.emit("Stop the server before you choose another project.")
            return
        self.edited.emit()
        chosen = read_app_argument(path)
        self.set_project(str(chosen.project))
        if chosen.app:
            self.set_app(chosen.app)

    # What others find out

    @Slot(object)
    def show_findings(self, found: Findings | None) -> None:
        """The apps of the project folder have been found, or could not be looked for."""
        self.findings = findings = found or Findings()
        self.set_candidates(findings.apps, choose=not self._is_running)
        if not self._is_running and not self.app.currentText():
            hints = [hint.text for hint in findings.hints[:1]]
            text = "No app was found in this folder: fill in App, as in module:app or file.py."
            self.problem.emit(" ".join([text, *hints]))

    @Slot(object)
    def show_interpreters(self, found: list[Interpreter] | None) -> None:
        """The interpreters of the project have been found."""
        self.python.show_found(found or [], choose=not self._is_running)
        self._depend()

    def set_project(self, folder: str) -> None:
        """Fill in another project folder, and ask for its apps."""
        self.project.setText(folder)
        self._project_edited()

    def set_app(self, app: str) -> None:
        """Fill in another app."""
        self.app.setEditText(app)
        self._mark("")

    def keep_found(self, root: str, ends_first: bool) -> None:
        """Remember what the server has found out, with what else is filled in for the app.

        :param root: the import root
        :param ends_first: a reload has to end the old code first
        """
        self._base = replace(self.draft(), root=root, end_first=ends_first)
        self.more.rare.set_values(self._base)

    def set_port(self, port: int) -> None:
        """Fill in another port."""
        self._bad_number = None
        self.port.setValue(port)
        self._mark("")

    def set_flow(self, flow: str) -> None:
        """Choose when the flow is recorded: ``"auto"``, ``"on"`` or ``"off"``."""
        self.more.flow.setCurrentIndex(self.more.flow.findData(flow))

    def set_candidates(self, found: Sequence[AppCandidate], *, choose: bool) -> None:
        """Offer the apps that were found.

        :param choose: take the first one where no app is filled in
        """
        self.app.set_candidates(found, choose=choose)
        self._depend()

    # What depends on what

    def _mark(self, setting: str) -> None:
        """Show which field is wrong, and go there."""
        for key, field in self._fields.items():
            mark(field, key == setting)
            if key == setting:
                field.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _depend(self) -> None:
        """Bring in step what depends on other fields, and show what doesn't go together."""
        if self._filling:
            return
        filled = self.draft(), self.app.candidate(), self.python.current(), self.findings
        if filled == self._shown:
            return
        self._shown = filled
        forking = self.mode.currentData() == "forking"
        self.processes.setEnabled(forking)
        for part in (self.processes_label, self.processes):
            part.setVisible(forking)
        self.more.set_reload(self.reload.isChecked())
        self.python.set_kind(self.app.kind())
        found = remarks(self.draft())
        python = self.python.current()
        if python is not None and python.problem:
            found.insert(0, Remark("python", python.problem, blocking=True))
        for key, field in self._fields.items():
            text = " ".join(remark.text for remark in found if remark.setting == key)
            field.setAccessibleDescription(f"{self._options[key].help} {text}".strip())
        self.remark.show_remarks(found)
        self.changed.emit()

    @Slot()
    def _project_edited(self) -> None:
        text = self.project.text().strip()
        if text == self._project:
            return
        self._keep(self.app.value())
        self._mark("")
        known = self.profile(text)
        if known is not None:
            self._fill_in(known)
            return
        # What is in view stays; nothing that is out of sight comes along from another project.
        seen = ("host", "port", "debug", "reload", "mode", "processes")
        draft = self.draft()
        kept: dict[str, Any] = {name: getattr(draft, name) for name in seen}
        self.set_values(ServerConfig(project=text, **kept), switches_chosen=self._switches_chosen)

    @Slot()
    def _switched(self) -> None:
        """Debug or Reload was set: by the user, but for those moments when it follows the host."""
        if not self._following:
            self._switches_chosen = True
        self._edited()

    @Slot()
    def _host_edited(self) -> None:
        """Without a choice of the user's, Debug and Reload are on for this machine alone."""
        if not self._switches_chosen:
            on = is_local(self.host.text().strip())
            self._following = True
            for switch in (self.debug, self.reload):
                switch.setChecked(on)
            self._following = False
        self._edited()

    @Slot()
    def add_variable(self) -> None:
        """Open the editor of the variables, with a line for one more."""
        text = self.more.env.text()
        if text and not text.endswith("\n"):
            self.more.env.setText(text + "\n")
        self.more.env.show()
        self.more.env.moveCursor(QTextCursor.MoveOperation.End)
        self.more.env.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_environment()

    def _show_environment(self) -> None:
        hidden = self.more.env.isHidden()
        self.add_button.setVisible(hidden)
        self.env_label.setVisible(not hidden)

    @Slot()
    def _app_chosen(self) -> None:
        """Another app of the project was chosen from the list: what is remembered of it comes."""
        app, before = self.app.value(), self._app
        if app != before:
            if before:
                self._keep(before)
            known = self.profile(self._project, app)
            if known is not None:
                self._fill_in(known)
        self._edited()

    @Slot()
    def _edited(self) -> None:
        if self._filling:
            return
        self._app = self.app.value()
        self._bad_number = None
        self._mark("")
        self._depend()
        self.edited.emit()

    @Slot(str)
    def _port_rejected(self, text: str) -> None:
        self._number_rejected("port", text)

    @Slot(str)
    def _processes_rejected(self, text: str) -> None:
        self._number_rejected("processes", text)

    def _number_rejected(self, name: str, text: str) -> None:
        if not text:
            return
        self._bad_number = (name, text)
        self._mark("")
        mark(self._fields[name], True)
        kept = self._fields[name].value()  # type: ignore[attr-defined]
        self.problem.emit(f"{out_of_range(self._options[name], text)} {kept} is kept.")

    # Putting it together

    def _connect(self) -> None:
        self.project.editingFinished.connect(self._project_edited)
        self.project.dropped.connect(self.open_path)
        for edit in (self.project, self.app.line()):
            edit.returnPressed.connect(self.submitted)
            edit.textEdited.connect(self._edited)
        self.host.returnPressed.connect(self.submitted)
        self.host.textEdited.connect(self._host_edited)
        self.app.activated.connect(self._app_chosen)
        self.mode.activated.connect(self._edited)
        self.port.rejected.connect(self._port_rejected)
        self.processes.rejected.connect(self._processes_rejected)
        for spin in (self.port, self.processes):
            spin.lineEdit().textEdited.connect(self._edited)
            spin.valueChanged.connect(self._edited)
            spin.lineEdit().returnPressed.connect(self.submitted)
        for box in (self.debug, self.reload):
            box.toggled.connect(self._switched)
        self.add_button.clicked.connect(self.add_variable)
        self.app.editTextChanged.connect(self._depend)
        self.mode.currentIndexChanged.connect(self._depend)
        self.python.edited.connect(self._edited)
        self.python.wanted.connect(self.look_again)
        self.browse_python.clicked.connect(self.python.browse)
        self.more.edited.connect(self._edited)
        self.more.submitted.connect(self.submitted)
