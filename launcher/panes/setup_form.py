"""What to serve and how: the set-up form; GUI thread only.

Labels, explanations, limits and choices come from :func:`server.config.options`, so the form can't
say anything else than the command line does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
    QValidator,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.app_argument import read_app_argument
from launcher.core.discovery import AppCandidate
from launcher.core.display import one_line
from launcher.core.settings import Settings
from server.config import ServerConfig, options
from server.errors import ConfigError

HOSTS = ("127.0.0.1", "localhost", "0.0.0.0", "::1")
KINDS = {
    "flask": "Flask",
    "django": "Django",
    "bottle": "Bottle",
    "falcon": "Falcon",
    "pyramid": "Pyramid",
    "dash": "Dash",
    "servedeck": "ServeDeck",
    "wsgi": "WSGI",
}
_KIND_ROLE = Qt.ItemDataRole.UserRole


class PathEdit(QLineEdit):
    """A line for a path that also takes a folder or file dropped on it."""

    dropped = Signal(str)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.dropped.emit(urls[0].toLocalFile())
        else:
            super().dropEvent(event)


class PortSpin(QSpinBox):
    """A port number that says so when it is out of range, instead of swallowing the digits."""

    rejected = Signal(str)
    """A text that is no port was put aside; the last valid port is shown again."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if text.isascii() and text.isdigit() and len(text) < 12:
            fits = self.minimum() <= int(text) <= self.maximum()
            state = QValidator.State.Acceptable if fits else QValidator.State.Intermediate
            return state, text, position
        if not text:
            return QValidator.State.Intermediate, text, position
        return QValidator.State.Invalid, text, position

    def fixup(self, text: str) -> str:
        self.rejected.emit(text)
        return str(self.value())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.ShortcutFocusReason):
            self.selectAll()


class CandidateDelegate(QStyledItemDelegate):
    """Writes the framework at the right of each proposed app."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(theme.colour(option.palette, "muted"))
        painter.drawText(
            option.rect.adjusted(0, 0, -10, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            str(index.data(_KIND_ROLE) or ""),
        )
        painter.restore()


class SetupForm(QWidget):
    """Project folder, app, host, port, debug and concurrency.

    :ivar project: the project folder
    """

    projectChanged = Signal(str)  # noqa: N815
    """Another project folder was chosen; its apps are to be looked for."""
    submitted = Signal()
    """Enter was pressed in a line."""
    edited = Signal()
    """A value was changed by the user."""
    problem = Signal(str)
    """An input can't be used; one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options()
        self._project = ""
        self._bad_port = ""
        self.project = PathEdit(self)
        self.project.setPlaceholderText("Choose a folder, or drop it here")
        self.project.setClearButtonEnabled(False)
        self.browse = QPushButton("Browse\u2026", self)
        self.browse.setObjectName("browseButton")
        self.browse.setAutoDefault(False)
        self.app = QComboBox(self)
        self.app.setEditable(True)
        self.app.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.app.setModel(QStandardItemModel(self.app))
        self.app.setItemDelegate(CandidateDelegate(self.app))
        self.app.setMinimumContentsLength(16)
        line = self.app.lineEdit()
        assert line is not None
        line.setPlaceholderText("module:app or file.py")
        self.host = QLineEdit(self)
        completer = QCompleter(list(HOSTS), self.host)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.host.setCompleter(completer)
        self.host.setMinimumWidth(110)
        self.port = PortSpin(self)
        self.port.setKeyboardTracking(False)
        limits = self._options["port"]
        self.port.setRange(int(limits.minimum or 0), int(limits.maximum or 65535))
        self.mode = QComboBox(self)
        for word in self._options["mode"].choices:
            self.mode.addItem(word.capitalize(), word)
        self.debug = QCheckBox(f"&{self._options['debug'].label}", self)

        self._fields: dict[str, QWidget] = {
            "project": self.project,
            "app": self.app,
            "host": self.host,
            "port": self.port,
            "mode": self.mode,
            "debug": self.debug,
        }
        names = ("projectEdit", "appCombo", "hostEdit", "portSpin", "modeCombo", "debugCheck")
        for (key, field), name in zip(self._fields.items(), names, strict=True):
            field.setObjectName(name)
            field.setAccessibleName(self._options[key].label)
            field.setAccessibleDescription(self._options[key].help)
            field.setToolTip(theme.plain_tooltip(self._options[key].help))
        self.browse.setAccessibleName("Browse for the project folder")
        self.browse.setToolTip("Choose the project folder (Ctrl+O)")
        self._lay_out()
        self.set_values(ServerConfig())

        self.project.editingFinished.connect(self._project_edited)
        self.project.dropped.connect(self.open_path)
        for edit in (self.project, line, self.host):
            edit.returnPressed.connect(self.submitted)
            edit.textEdited.connect(self._edited)
        self.app.activated.connect(self._edited)
        self.port.rejected.connect(self._port_rejected)
        self.port.lineEdit().textEdited.connect(self._edited)
        self.port.valueChanged.connect(self._edited)
        self.port.lineEdit().returnPressed.connect(self.submitted)

    def values(self) -> ServerConfig:
        """What is filled in, checked.

        :raises ConfigError: something can't be used; its field is marked and has the focus
        """
        self._mark("")
        self.port.interpretText()
        try:
            if self._bad_port:
                bad, self._bad_port = self._bad_port, ""
                limits = self._options["port"]
                raise ConfigError(
                    "port",
                    f"Port {bad} is out of range: "
                    f"use a number from {limits.minimum} to {limits.maximum}.",
                )
            project, app = self.project.text().strip(), self.app.currentText().strip()
            if project and not Path(project).expanduser().is_dir():
                raise ConfigError(
                    "project",
                    f"There is no folder {project}: choose the folder that holds your app.",
                )
            if not app:
                raise ConfigError(
                    "app", "No app is chosen: fill in App, as in module:app or file.py."
                )
            return ServerConfig(
                app=app,
                project=str(Path(project).expanduser()) if project else "",
                host=self.host.text().strip(),
                port=self.port.value(),
                debug=self.debug.isChecked(),
                mode=self.mode.currentData(),
            )
        except ConfigError as error:
            self._mark(error.setting)
            raise

    def remember(self, settings: Settings) -> Settings:
        """The settings with what is filled in, checked or not."""
        return replace(
            settings,
            project=self.project.text().strip(),
            app=self.app.currentText().strip(),
            host=self.host.text().strip(),
            port=self.port.value(),
            debug=self.debug.isChecked(),
            mode=self.mode.currentData(),
        )

    def set_values(self, config: ServerConfig) -> None:
        """Fill everything in, and ask for the apps of the project."""
        self._project = config.project
        self.project.setText(config.project)
        self.app.setEditText(config.app)
        self.host.setText(config.host)
        self.port.setValue(config.port)
        self.debug.setChecked(config.debug)
        self.mode.setCurrentIndex(max(0, self.mode.findData(config.mode)))
        self.projectChanged.emit(config.project)

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
        """Take a folder as the project, or a file as the app of its project."""
        if not self.isEnabled():
            self.problem.emit("Stop the server before you choose another project.")
            return
        self.edited.emit()
        chosen = read_app_argument(path)
        self.set_project(str(chosen.project))
        if chosen.app:
            self.set_app(chosen.app)

    @Slot(object)
    def show_candidates(self, found: list[AppCandidate] | None) -> None:
        """The apps of the project folder have been found, or could not be looked for."""
        self.set_candidates(found or [], choose=self.isEnabled())
        if self.isEnabled() and not self.app.currentText():
            self.problem.emit(
                "No app was found in this folder: fill in App, as in module:app or file.py."
            )

    def set_project(self, folder: str) -> None:
        """Fill in another project folder, and ask for its apps."""
        self.project.setText(folder)
        self._project_edited()

    def set_app(self, app: str) -> None:
        """Fill in another app."""
        self.app.setEditText(app)
        self._mark("")

    def set_port(self, port: int) -> None:
        """Fill in another port."""
        self._bad_port = ""
        self.port.setValue(port)
        self._mark("")

    def set_candidates(self, found: Sequence[AppCandidate], *, choose: bool) -> None:
        """Offer the apps that were found.

        :param choose: take the first one where no app is filled in
        """
        text = self.app.currentText()
        model = self.app.model()
        assert isinstance(model, QStandardItemModel)
        model.clear()
        for candidate in found:
            item = QStandardItem(one_line(candidate.spec, 300))
            item.setData(KINDS.get(candidate.kind, candidate.kind), _KIND_ROLE)
            item.setToolTip(theme.plain_tooltip(candidate.reason))
            item.setData(one_line(candidate.reason, 300), Qt.ItemDataRole.AccessibleDescriptionRole)
            model.appendRow(item)
        if choose and not text and found:
            text = found[0].spec
        self.app.setCurrentIndex(self.app.findText(text))
        self.app.setEditText(text)

    def _mark(self, setting: str) -> None:
        """Show which field is wrong, and go there."""
        for key, field in self._fields.items():
            wrong = key == setting
            if bool(field.property("invalid")) != wrong:
                field.setProperty("invalid", wrong)
                field.style().unpolish(field)
                field.style().polish(field)
            if wrong:
                field.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _project_edited(self) -> None:
        text = self.project.text().strip()
        if text != self._project:
            self._project = text
            self.app.setEditText("")
            self._mark("")
            self.projectChanged.emit(text)

    @Slot()
    def _edited(self) -> None:
        self._bad_port = ""
        self._mark("")
        self.edited.emit()

    @Slot(str)
    def _port_rejected(self, text: str) -> None:
        if not text:
            return
        self._bad_port = text
        limits = self._options["port"]
        self._mark("")
        self.port.setProperty("invalid", True)
        self.problem.emit(
            f"Port {text} is out of range: use a number from {limits.minimum} to {limits.maximum}. "
            f"{self.port.value()} is kept."
        )

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        self.host.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid.addWidget(self._label("project", "Project &folder", self.project), 0, 0)
        grid.addWidget(self.project, 0, 1)
        grid.addWidget(self.browse, 0, 2)
        grid.addWidget(self._label("host", "&Host", self.host), 0, 3)
        grid.addWidget(self.host, 0, 4)
        grid.addWidget(self._label("port", "&Port", self.port), 0, 5)
        grid.addWidget(self.port, 0, 6)
        grid.addWidget(self._label("app", "&App", self.app), 1, 0)
        grid.addWidget(self.app, 1, 1, 1, 2)
        grid.addWidget(self._label("mode", "&Concurrency", self.mode), 1, 3)
        grid.addWidget(self.mode, 1, 4)
        grid.addWidget(self.debug, 1, 6)
        self.port.setFixedHeight(self.host.sizeHint().height())
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(3, 24)
        for before, after in zip(
            (self.project, self.browse, self.app, self.host, self.port, self.mode),
            (self.browse, self.app, self.host, self.port, self.mode, self.debug),
            strict=True,
        ):
            self.setTabOrder(before, after)

    def _label(self, key: str, text: str, buddy: QWidget) -> QLabel:
        """A field's label. Its text is the option's, with the letter that Alt reaches it by."""
        assert text.replace("&", "") == self._options[key].label, f"label of {key}"
        label = QLabel(text, self)
        label.setObjectName("formLabel")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setBuddy(buddy)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label
