"""The options that few projects need, behind a disclosure; GUI thread only.

Closed, it shows in a few words what differs from the defaults, so that nothing works unseen.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
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

FILES = "files"
_FLOW_WORDS = {"auto": "In debug mode", "on": "Always", "off": "Never"}


class _Scroll(QScrollArea):
    """Shows all of a panel where there is room for it, and can be scrolled where there isn't."""

    def __init__(self, panel: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("optionsScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(panel)
        self._panel = panel

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._panel.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, 3 * self._panel.sizeHint().height() // 5)


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
        self._labels: list[QLabel] = []
        self.disclosure = QPushButton("&More options", self)
        self.disclosure.setObjectName("optionsButton")
        self.disclosure.setProperty("look", "disclosure")
        self.disclosure.setCheckable(True)
        self.disclosure.setAutoDefault(False)
        self.summary = ElidedLabel("optionsSummary", self)
        self.panel = QWidget(self)
        self.panel.setObjectName("optionsPanel")
        self.scroller = _Scroll(self.panel, self)

        self.ssl = self._combo((("", "None"), ("adhoc", "Ad hoc certificate"), (FILES, "Files")))
        self.certificate = PathEdit(self.panel)
        self.certificate.setObjectName("sslFilesEdit")
        self.certificate.setPlaceholderText("cert.pem, key.pem")
        self.certificate.setAccessibleName("Certificate file and key file")
        self.browse_ssl = self._browse("sslBrowse", "the certificate's and the key's file")
        self.run_in = self._combo(tuple(RUN_IN_WORDS.items()))
        self.flow = self._combo(tuple(_FLOW_WORDS.items()))
        self.cold_reload = QCheckBox(self._options["cold_reload"].label, self.panel)
        self.extra_files = ListEdit(self.panel)
        self.extra_files.setPlaceholderText("templates, settings.toml")
        self.browse_extra = self._browse("extraFilesBrowse", "files that reload the app")
        self.exclude_patterns = ListEdit(self.panel)
        self.exclude_patterns.setPlaceholderText("*/migrations/*, *.log")
        self.trusted_hosts = ListEdit(self.panel)
        self.trusted_hosts.setPlaceholderText("beside localhost: dev.example, .dev.example")
        self.env = LinesEdit(self.panel)
        self.env.setPlaceholderText("NAME=value, one to a line")
        self.env_file = PathEdit(self.panel)
        self.env_file.setPlaceholderText("beside .flaskenv and .env")
        self.browse_env = self._browse("envFileBrowse", "the environment file")

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
        names = (
            "sslCombo runInCombo flowCombo coldReloadCheck extraFilesEdit excludeEdit "
            "trustedHostsEdit envEdit envFileEdit"
        )
        for (key, field), name in zip(self.fields.items(), names.split(), strict=True):
            present(field, self._options[key], name)
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

    def reveal(self, setting: str) -> None:
        """Make sure that an option's field can be seen."""
        if setting in self.fields and not self.is_open:
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

    def draft(self, config: ServerConfig) -> ServerConfig:
        """As :meth:`apply`, but what can't be used is as in ``config``."""
        ssl = self.ssl.currentData()
        try:
            env = parse_variables(self.env.text())
        except ConfigError:
            env = config.env
        with suppress(ConfigError):  # half-typed
            config = replace(config, trusted_hosts=self.trusted_hosts.items())
        return replace(
            config,
            ssl=self.certificate.text().strip() if ssl == FILES else ssl,
            run_in=self.run_in.currentData(),
            flow=self.flow.currentData(),
            cold_reload=self.cold_reload.isChecked(),
            extra_files=self.extra_files.items(),
            exclude_patterns=self.exclude_patterns.items(),
            env=env,
            env_file=self.env_file.text().strip(),
        )

    def set_values(self, config: ServerConfig) -> None:
        """Fill everything in."""
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

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_arrow()
        super().changeEvent(event)

    @Slot()
    def _edited(self) -> None:
        self._show_certificate()
        self._summarise()
        self.edited.emit()

    @Slot()
    def _toggled(self) -> None:
        self.scroller.setVisible(self.is_open)
        self.summary.setVisible(not self.is_open)
        self._summarise()
        self._draw_arrow()

    def _draw_arrow(self) -> None:
        name = "chevron" if self.is_open else "chevron-right"
        self.disclosure.setIcon(theme.icon(name, self.palette(), "muted"))

    def _summarise(self) -> None:
        text = summary(self.draft(ServerConfig()))
        self.summary.setText(text)
        self.summary.setToolTip(theme.plain_tooltip(text))
        state = "shown" if self.is_open else "hidden"
        self.disclosure.setAccessibleName(f"More options, {state}")
        self.disclosure.setAccessibleDescription(text or "All are as they are by default.")

    def _show_certificate(self) -> None:
        files = self.ssl.currentData() == FILES
        self.certificate.setVisible(files)
        self.browse_ssl.setVisible(files)

    @Slot()
    def _choose_files(self) -> None:
        """One slot for the three buttons; which one it was decides where the answer goes."""
        button = self.sender()
        several = button is not self.browse_env
        dialog = QFileDialog(self.window(), "Choose Files" if several else "Environment File")
        dialog.setObjectName("fileDialog")
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.ExistingFiles if several else mode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if button is self.browse_ssl:
            dialog.filesSelected.connect(self._take_certificate)
        elif button is self.browse_extra:
            dialog.filesSelected.connect(self._take_extra)
        else:
            dialog.fileSelected.connect(self._take_env_file)
        dialog.open()

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

    def _browse(self, name: str, what: str) -> QPushButton:
        button = browse_button(name, what, self.panel)
        button.setText("\u2026")
        button.setFixedWidth(36)
        button.clicked.connect(self._choose_files)
        return button

    def _connect(self) -> None:
        self.disclosure.toggled.connect(self._toggled)
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
        self.grid = grid = QGridLayout(self.panel)
        grid.setContentsMargins(0, 2, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        https = QHBoxLayout()
        https.setSpacing(8)
        https.addWidget(self.ssl)
        https.addWidget(self.certificate, 1)
        https.addWidget(self.browse_ssl)
        https.addStretch(0)
        flow = QHBoxLayout()
        flow.setSpacing(16)
        flow.addWidget(self.flow)
        flow.addWidget(self.cold_reload)
        flow.addStretch(1)
        for row, (key, text, content) in enumerate(
            (
                ("ssl", "H&TTPS", https),
                ("run_in", "Run i&n", self._beside(self.run_in)),
                ("flow", "Record flo&w", flow),
                ("extra_files", "E&xtra files", self._beside(self.extra_files, self.browse_extra)),
                ("exclude_patterns", "Excl&uded files", self._beside(self.exclude_patterns)),
                ("trusted_hosts", "Trusted hosts", self._beside(self.trusted_hosts)),
            )
        ):
            self._labels.append(self._label(key, text))
            grid.addWidget(self._labels[-1], row, 0)
            grid.addLayout(content, row, 1)
        environment = self._label("env", "&Environment")
        environment.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        environment.setContentsMargins(0, 6, 0, 0)
        grid.addWidget(environment, 0, 3)
        grid.addWidget(self.env, 0, 4, 5, 1)
        grid.addWidget(self._label("env_file", "Environment file"), 5, 3)
        grid.addLayout(self._beside(self.env_file, self.browse_env), 5, 4)
        grid.setColumnMinimumWidth(2, 12)
        combos = (self.ssl, self.run_in, self.flow)
        for combo in combos:
            combo.setMinimumWidth(max(combo.sizeHint().width() for combo in combos))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(4, 1)
        self.env.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.panel.setMinimumHeight(self.panel.sizeHint().height())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.scroller)

    def _label(self, key: str, text: str) -> QLabel:
        return label(self._options[key], text, self.fields[key], self.panel)

    @staticmethod
    def _beside(*parts: QWidget) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        for part in parts:
            line.addWidget(part)
        if isinstance(parts[0], QComboBox):
            line.addStretch(1)
        return line

    def label_width(self) -> int:
        """How wide the labels of the first column are."""
        return max(label.sizeHint().width() for label in self._labels)

    def tab_order(self) -> list[QWidget]:
        """The fields in the order in which Tab goes through them."""
        return [
            self.disclosure, self.ssl, self.certificate, self.browse_ssl, self.run_in, self.flow,
            self.cold_reload, self.extra_files, self.browse_extra, self.exclude_patterns,
            self.trusted_hosts, self.env, self.env_file, self.browse_env,
        ]  # fmt: skip
