"""The options that few projects need, behind a disclosure; GUI thread only.

Closed, it shows in a few words what differs from the defaults, so that nothing works unseen.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.option_summary import RUN_IN_WORDS, summary
from launcher.core.project.env_files import format_variables, parse_variables
from launcher.panes.controls.labels import ElidedLabel
from server.config import ServerConfig, options
from server.errors import ConfigError

from .fields import LinesEdit, ListEdit, PathEdit, browse_button, label, present
from .rare_options import RareOptions
from .sections import beside, set_columns

FILES = "files"
_USUAL = "HTTPS, flow, watched files, trusted hosts"
_FLOW_WORDS = {"auto": "In debug mode", "on": "Always", "off": "Never"}


class MoreOptions(QWidget):
    """A line that opens and closes a panel of fields.

    :ivar fields: the fields by their options' names
    """

    edited = Signal()
    submitted = Signal()
    """Enter was pressed in a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options()
        self._filling = False
        self._is_stacked = False
        self.disclosure = QPushButton("Ad&vanced", self)
        self.disclosure.setObjectName("optionsButton")
        self.disclosure.setProperty("look", "disclosure")
        self.disclosure.setCheckable(True)
        self.disclosure.setAutoDefault(False)
        self.summary = ElidedLabel("optionsSummary", self)
        self.panel = QWidget(self)
        self.panel.setObjectName("optionsPanel")

        self.ssl = self._combo((("", "None"), ("adhoc", "Ad hoc certificate"), (FILES, "Files")))
        self.certificate = PathEdit(self.panel)
        self.certificate.setObjectName("sslFilesEdit")
        self.certificate.setPlaceholderText("cert.pem, key.pem")
        self.certificate.setAccessibleName("Certificate file and key file")
        self.browse_ssl = browse_button(
            "sslBrowse", "the certificate's and the key's file", self.panel, is_short=True
        )
        self.run_in = self._combo(tuple(RUN_IN_WORDS.items()))
        self.flow = self._combo(tuple(_FLOW_WORDS.items()))
        self.cold_reload = QCheckBox(self._options["cold_reload"].label, self.panel)
        self.extra_files = ListEdit(self.panel)
        self.extra_files.setPlaceholderText("templates, settings.toml")
        self.browse_extra = browse_button(
            "extraFilesBrowse", "files that reload the app", self.panel, is_short=True
        )
        self.exclude_patterns = ListEdit(self.panel)
        self.exclude_patterns.setPlaceholderText("*/migrations/*, *.log")
        self.trusted_hosts = ListEdit(self.panel)
        self.trusted_hosts.setPlaceholderText("beside localhost: dev.example, .dev.example")
        self.env = LinesEdit(self.panel)
        self.env.setPlaceholderText("NAME=value, one to a line")
        self.env_file = PathEdit(self.panel)
        self.env_file.setPlaceholderText("beside .flaskenv and .env")
        self.browse_env = browse_button(
            "envFileBrowse", "the environment file", self.panel, is_short=True
        )
        self.rare = RareOptions(self.panel)

        self.fields: dict[str, QWidget] = {
            "ssl": self.ssl,
            "run_in": self.run_in,
            "flow": self.flow,
            "cold_reload": self.cold_reload,
            "extra_files": self.extra_files,
            "exclude_patterns": self.exclude_patterns,
            "trusted_hosts": self.trusted_hosts,
            "env": self.env,
            "env_file": self.env_file,
        }
        self.panel_fields = frozenset(self.fields) - {"env", "env_file", "run_in"}
        names = (
            "sslCombo runInCombo flowCombo coldReloadCheck extraFilesEdit excludeEdit "
            "trustedHostsEdit envEdit envFileEdit"
        )
        for (key, field), name in zip(self.fields.items(), names.split(), strict=True):
            present(field, self._options[key], name)
        self.fields |= self.rare.fields
        self.panel_fields |= self.rare.fields.keys()
        self._lay_out()
        self._connect()
        self.set_values(ServerConfig())
        self.set_open(False)

    @property
    def is_open(self) -> bool:
        """Whether the fields are shown."""
        return self.disclosure.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the fields."""
        self.disclosure.setChecked(is_open)
        self._toggled()

    def set_stacked(self, stacked: bool) -> None:
        """Leave no room at the left, where the sections' titles stand above their rows."""
        if stacked != self._is_stacked:
            self._is_stacked = stacked
            self._fit()
            for part in (self.panel, self):
                part.updateGeometry()  # at once, as in Section.set_stacked

    def reveal(self, setting: str) -> None:
        """Make sure that an option's field can be seen."""
        if setting == "env":
            self.env.show()
        elif setting in self.panel_fields and not self.is_open:
            self.set_open(True)

    def apply(self, config: ServerConfig) -> ServerConfig:
        """A config with what is filled in here.

        :raises ConfigError: something can't be used
        """
        if self.ssl.currentData() == FILES and "," not in self.certificate.text():
            raise ConfigError(
                "ssl", "HTTPS with files needs two: name the certificate's and the key's file."
            )
        parse_variables(self.env.text())
        replace(config, trusted_hosts=self.trusted_hosts.items())
        return self.draft(config)

    def typed(self) -> dict[str, Any]:
        """What is filled in here, by the options' names; without variables that can't be read."""
        ssl = self.ssl.currentData()
        typed: dict[str, Any] = {
            **self.rare.typed(),
            "ssl": self.certificate.text().strip() if ssl == FILES else ssl,
            "run_in": self.run_in.currentData(),
            "flow": self.flow.currentData(),
            "cold_reload": self.cold_reload.isChecked(),
            "extra_files": self.extra_files.items(),
            "exclude_patterns": self.exclude_patterns.items(),
            "trusted_hosts": self.trusted_hosts.items(),
            "env_file": self.env_file.text().strip(),
        }
        with suppress(ConfigError):  # half-typed
            typed["env"] = parse_variables(self.env.text())
        return typed

    def draft(self, config: ServerConfig) -> ServerConfig:
        """As :meth:`apply`, but what can't be used is as in ``config``."""
        typed = self.typed()
        try:
            return replace(config, **typed)
        except ConfigError:  # half-typed
            return replace(config, **typed | {"trusted_hosts": config.trusted_hosts})

    def set_values(self, config: ServerConfig) -> None:
        """Fill everything in; nothing was edited by that."""
        self._filling = True
        files = config.ssl not in ("", "adhoc")
        self.ssl.setCurrentIndex(self.ssl.findData(FILES if files else config.ssl))
        self.certificate.setText(config.ssl if files else "")
        self.run_in.setCurrentIndex(self.run_in.findData(config.run_in))
        self.flow.setCurrentIndex(self.flow.findData(config.flow))
        self.cold_reload.setChecked(config.cold_reload)
        self.extra_files.set_items(config.extra_files)
        self.exclude_patterns.set_items(config.exclude_patterns)
        self.trusted_hosts.set_items(config.trusted_hosts)
        self.env.setText(format_variables(config.env))
        self.env_file.setText(config.env_file)
        self.rare.set_values(config)
        self._filling = False
        self._show_certificate()
        self._summarise()

    def set_reload(self, reload: bool) -> None:
        """Only the reloader looks at some of the options."""
        for key in ("extra_files", "exclude_patterns", "cold_reload"):
            field, help = self.fields[key], self._options[key].help
            field.setEnabled(reload)
            text = help if reload else f"{help} Switch Reload on to use it."
            field.setToolTip(theme.plain_tooltip(text))
        self.browse_extra.setEnabled(reload)
        self.rare.set_reload(reload)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_arrow()
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.layout() is not None:
            self._fit()

    @Slot()
    def _edited(self) -> None:
        if self._filling:
            return
        self._show_certificate()
        self._summarise()
        self.edited.emit()

    @Slot()
    def _toggled(self) -> None:
        self.panel.setVisible(self.is_open)
        self.summary.setVisible(not self.is_open)
        self._summarise()
        self._draw_arrow()

    def _draw_arrow(self) -> None:
        name = "chevron" if self.is_open else "chevron-right"
        theme.set_icon(self.disclosure, name, "muted")

    def _summarise(self) -> None:
        text = summary(self.draft(ServerConfig()))
        self.summary.setText(text or _USUAL)
        self.summary.setToolTip(theme.plain_tooltip(text))
        state = "shown" if self.is_open else "hidden"
        self.disclosure.setAccessibleName(f"Advanced options, {state}")
        self.disclosure.setAccessibleDescription(text or "All are as they are by default.")

    def _show_certificate(self) -> None:
        files = self.ssl.currentData() == FILES
        self.certificate.setVisible(files)
        self.browse_ssl.setVisible(files)

    def _choose_files(self) -> QFileDialog:
        return self._open_dialog("Choose Files", QFileDialog.FileMode.ExistingFiles)

    @Slot()
    def _choose_certificate(self) -> None:
        self._choose_files().filesSelected.connect(self._take_certificate)

    @Slot()
    def _choose_extra(self) -> None:
        self._choose_files().filesSelected.connect(self._take_extra)

    @Slot()
    def _choose_env_file(self) -> None:
        chooser = self._open_dialog("Environment File", QFileDialog.FileMode.ExistingFile)
        chooser.fileSelected.connect(self._take_env_file)

    def _open_dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self.window(), title)
        dialog.setObjectName("fileDialog")
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    @Slot("QStringList")
    def _take_certificate(self, files: list[str]) -> None:
        chosen = sorted(files, key=lambda file: "key" in file.rpartition("/")[2].lower())[:2]
        self.certificate.setText(", ".join(chosen))
        self._edited()

    @Slot("QStringList")
    def _take_extra(self, files: list[str]) -> None:
        self.extra_files.set_items(tuple(dict.fromkeys((*self.extra_files.items(), *files))))
        self._edited()

    @Slot(str)
    def _take_env_file(self, file: str) -> None:
        self.env_file.setText(file)
        self._edited()

    def _combo(self, choices: tuple[tuple[str, str], ...]) -> QComboBox:
        combo = QComboBox(self.panel)
        for value, text in choices:
            combo.addItem(text, value)
        return combo

    def _connect(self) -> None:
        self.disclosure.toggled.connect(self._toggled)
        self.rare.edited.connect(self._edited)
        self.rare.submitted.connect(self.submitted)
        self.browse_ssl.clicked.connect(self._choose_certificate)
        self.browse_extra.clicked.connect(self._choose_extra)
        self.browse_env.clicked.connect(self._choose_env_file)
        for combo in (self.ssl, self.run_in, self.flow):
            combo.activated.connect(self._edited)
        self.cold_reload.toggled.connect(self._edited)
        self.env.textChanged.connect(self._edited)
        for line in (
            self.certificate,
            self.extra_files,
            self.exclude_patterns,
            self.trusted_hosts,
            self.env_file,
        ):
            line.textEdited.connect(self._edited)
            line.returnPressed.connect(self.submitted)
        self.certificate.dropped.connect(self._drop_certificate)
        self.env_file.dropped.connect(self._take_env_file)

    @Slot(str)
    def _drop_certificate(self, file: str) -> None:
        there = self.certificate.text().strip()
        self._take_certificate([*([there] if there and "," not in there else []), file])

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.disclosure)
        line.addWidget(self.summary, 1)
        line.addStretch(0)
        self._grid = grid = QGridLayout(self.panel)
        grid.setContentsMargins(0, 6, 0, 0)
        grid.setHorizontalSpacing(0)
        grid.setVerticalSpacing(6)
        for row, (key, text, content) in enumerate(
            (
                ("ssl", "H&TTPS", beside(self.ssl, self.certificate, self.browse_ssl)),
                ("flow", "Record flo&w", beside(self.flow, self.cold_reload)),
                ("extra_files", "E&xtra files", beside(self.extra_files, self.browse_extra)),
                ("exclude_patterns", "Excl&uded files", beside(self.exclude_patterns)),
                ("trusted_hosts", "Trusted hosts", beside(self.trusted_hosts)),
            )
        ):
            grid.addWidget(self._label(key, text), row, 1)
            grid.addLayout(content, row, 2)
        for made, fields in self.rare.rows():
            row = grid.rowCount()
            if made is not None:
                grid.addWidget(made, row, 1)
            grid.addLayout(fields, row, 1 if made is None else 2, 1, 2 if made is None else 1)
        self._fit()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.panel)

    def _fit(self) -> None:
        """Give the columns the room that their texts need."""
        set_columns(self._grid, stacked=self._is_stacked)
        columns = self._grid.columnMinimumWidth(0) + self._grid.columnMinimumWidth(1)
        self.disclosure.setFixedWidth(max(self.disclosure.sizeHint().width(), columns - 8))

    def _label(self, key: str, text: str) -> QLabel:
        return label(self._options[key], text, self.fields[key], self.panel)

    def tab_order(self) -> list[QWidget]:
        """The fields of the panel in the order in which Tab goes through them."""
        return [
            self.disclosure, self.ssl, self.certificate, self.browse_ssl, self.flow,
            self.cold_reload, self.extra_files, self.browse_extra, self.exclude_patterns,
            self.trusted_hosts, *self.rare.fields.values(),
        ]  # fmt: skip
