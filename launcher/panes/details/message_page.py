"""The Request tab and the Response tab: a body, and what stands beside it by name; GUI thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.bodies.fields import Group, files_of, request_groups, response_groups
from launcher.core.bodies.forms import Part
from launcher.core.display import one_line, size
from launcher.core.logs.requests import RequestRow
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.details.body_section import BodySection, file_name
from launcher.panes.details.fields_view import FieldsView
from launcher.panes.details.section import Section, icon_button

__all__ = ["MessagePage"]

SIDE_BY_SIDE, WIDE = 640, 900
"""Pixels of width from which on body and headers are beside each other: where the page is low, and
in any case."""
LOW = 400
"""Pixels of height below which a page is low."""
_KEYS = {
    "request": ("headers", "query", "cookies", "form"),
    "response": ("headers", "cookies"),
}
_AS_HIGH_AS_NEEDED = (QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
_TITLES = {"headers": "Headers", "query": "Query", "cookies": "Cookies", "form": "Form"}


class FieldsSection(Section):
    """Fields under their title, with their number, an eye where there are secrets, and Copy."""

    revealRequested = Signal()  # noqa: N815
    """The user wants the secrets of this request shown, or masked again."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        self.view = FieldsView(name, title)
        super().__init__(f"{name}Section", title, self.view, parent)
        self._group: Group | None = None
        self._secrets = False
        self.eye = icon_button(f"{name}Eye", "Show the secrets of this request", self)
        self.copy = icon_button(f"{name}Copy", f"Copy the {title.lower()}", self)
        for button in (self.eye, self.copy):
            self.buttons.addWidget(button)
        self.eye.clicked.connect(self.revealRequested)
        self.copy.clicked.connect(self._copy)

    def show_group(self, group: Group | None, *, secrets: bool) -> None:
        """Show other fields; None for none.

        :param secrets: they are shown
        """
        self._group, self._secrets = group, secrets
        self.view.show_group(group)
        self.remark.setText(f"{len(group.fields):,}" if group is not None else "")
        self.eye.setVisible(group is not None and group.has_secrets)
        self.copy.setVisible(group is not None)
        words = "Mask the secrets again" if secrets else "Show the secrets of this request"
        self.eye.setAccessibleName(words)
        self.eye.setToolTip(words)
        self._show_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._show_icons()
        self.view.recolour()

    def _show_icons(self) -> None:
        theme.set_icon(self.copy, "copy", "soft")
        eye = "eye-off" if self._secrets else "eye"
        theme.set_icon(self.eye, eye, "soft")

    @Slot()
    def _copy(self) -> None:
        if self._group is not None:
            lines = [field.line for field in self._group.fields]
            QGuiApplication.clipboard().setText("\n".join(lines))


class FilesSection(Section):
    """The files of a form, each with a button to save it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        self._list = QWidget()
        super().__init__(name, "Files", self._list, parent)
        self._lines = QVBoxLayout(self._list)
        self._lines.setContentsMargins(38, 0, 12, 6)
        self._lines.setSpacing(2)
        self._files: tuple[Part, ...] = ()

    def show_files(self, files: tuple[Part, ...]) -> None:
        """Show other files; the section is hidden where there are none."""
        self.setVisible(bool(files))
        if files == self._files:
            return
        self._files = files
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.remark.setText(f"{len(files):,}" if files else "")
        for part in files:
            self._lines.addWidget(_FileLine(part, self._list))


class _FileLine(QWidget):
    """One file: its name, its type and size, and Save."""

    def __init__(self, part: Part, parent: QWidget) -> None:
        super().__init__(parent)
        self._part = part
        cut = "" if part.complete else ", the beginning only"
        facts = ", ".join(filter(None, (part.content_type, size(len(part.data)) + cut)))
        self.label = ElidedLabel("uploadedFile", self, Qt.TextElideMode.ElideMiddle)
        theme.set_font(self.label, "mono")
        self.label.setText(one_line(f"{part.filename or '(no name)'}  {facts}", 300))
        self.label.setToolTip(theme.plain_tooltip(self.label.text()))
        self.save = QPushButton("Save\u2026", self)
        self.save.setProperty("look", "line")
        self.save.clicked.connect(self._save)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.save)

    @Slot()
    def _save(self) -> None:
        dialog = QFileDialog(self.window(), "Save the file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(file_name(self._part.filename or "", "file", self._part.data))
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    @Slot(str)
    def save_to(self, file: str) -> None:
        """Write it to a file; a failure is shown in its line."""
        try:
            Path(file).write_bytes(self._part.data)
        except OSError as error:
            self.label.setText(f"It can't be saved: {error.strerror or error}.")


class MessagePage(QWidget):
    """One side of an exchange.

    :param side: ``"request"`` or ``"response"``
    :ivar body: its body
    :ivar sections: what else it carries, by key
    """

    revealRequested = Signal()  # noqa: N815
    """The user wants the secrets of this request shown, or masked again."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{side}Page")
        self._side = side
        self.setMinimumSize(200, 80)  # it scrolls; so the list keeps its room
        self._sized_by_user = False
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.body = BodySection(side, self.splitter)
        self.body.revealRequested.connect(self.revealRequested)
        self.sections: dict[str, FieldsSection] = {}
        self._shown: tuple[object, bool] | None = None
        self.side = QScrollArea(self.splitter)
        inside = QWidget(self.side.viewport())
        inside.setObjectName("detailsFields")
        self._fields = QVBoxLayout(inside)
        self._fields.setContentsMargins(0, 0, 0, 0)
        self._fields.setSpacing(0)
        for key in _KEYS[side]:
            name = f"{side}{key.capitalize()}"
            title = "Cookies set" if (side, key) == ("response", "cookies") else _TITLES[key]
            section = self.sections[key] = FieldsSection(name, title)
            section.revealRequested.connect(self.revealRequested)
            section.folded.connect(self._balance)
            section.set_folded(key == "cookies")  # the headers have them as well
            section.setSizePolicy(*_AS_HIGH_AS_NEEDED)
            self._fields.addWidget(section)
        self.files = FilesSection(f"{side}Files")
        self.files.setSizePolicy(*_AS_HIGH_AS_NEEDED)
        self.files.hide()
        self._fields.addWidget(self.files)
        self._fields.addStretch()
        self.side.setObjectName("detailsScroll")
        self.side.setAccessibleName(f"Headers and more of the {side}")
        self.side.setWidgetResizable(True)
        self.side.setWidget(inside)
        self.side.setFrameShape(QScrollArea.Shape.NoFrame)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.splitter.setObjectName(f"{side}Splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.body)
        self.splitter.addWidget(self.side)
        self.splitter.splitterMoved.connect(self._moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self._balancing = QTimer(self)
        self._balancing.setSingleShot(True)
        self._balancing.setInterval(0)
        self._balancing.timeout.connect(self._balance)
        self.body.folded.connect(self._balance)

    def show_request(self, row: RequestRow, *, secrets: bool) -> None:
        """Show this side of a request, as far as it is known.

        :param secrets: show them
        """
        done = row.finished
        key: object = row.outcome if done is None else done.exchange
        if self._shown is not None and self._shown[0] is key and self._shown[1] == secrets:
            return
        self._shown = (key, secrets)
        if done is None:
            words = "in progress" if row.outcome.value == "in progress" else "unfinished"
            self.body.show_nothing(words)
            groups: tuple[Group, ...] = ()
            files: tuple[Part, ...] = ()
        else:
            is_request = self._side == "request"
            groups = (request_groups if is_request else response_groups)(done, secrets=secrets)
            files = files_of(done) if is_request else ()
            body = done.request_body if is_request else done.response_body
            headers = done.request_headers if is_request else done.response_headers
            name = file_name(done.path, f"{self._side}-body", body.data)
            self.body.show_body(body, headers, name, secrets=secrets)
        found = {group.key: group for group in groups}
        for name, section in self.sections.items():
            section.show_group(found.get(name), secrets=secrets)
            section.setVisible(name in found or name == "headers")
        self.files.show_files(files)
        self._balancing.start()

    @property
    def texts(self) -> tuple[PlainView, ...]:
        """What there is to read in it."""
        return (self.body.view, *(section.view for section in self.sections.values()))

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.body.refresh_icons()
        for section in self.sections.values():
            section.refresh_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        size = event.size()
        wide = size.width() >= (SIDE_BY_SIDE if size.height() < LOW else WIDE)
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)
            self._sized_by_user = False
        self._balancing.start()

    @Slot()
    def _moved(self) -> None:
        self._sized_by_user = True

    @Slot()
    def _balance(self) -> None:
        """Give the body what the rest doesn't need, as long as the user hasn't chosen."""
        has_body = self.body.reading.views != () and bool(self.body.reading.page.lines)
        shows_body = has_body or self.body.is_reading or not self.body.preview.isHidden()
        if self.splitter.orientation() == Qt.Orientation.Horizontal:
            if not self._sized_by_user:
                self.splitter.setSizes([470 * self.width() // 900, 430 * self.width() // 900])
            return
        if self._sized_by_user and shows_body:
            return
        inside = self.side.widget()
        needed = inside.sizeHint().height() if inside is not None else 0
        room = self.height()
        least = self.body.minimumSizeHint().height()
        if self.body.is_folded or not shows_body:
            title = self.body.minimumSizeHint().height()
            self.splitter.setSizes([title, room - title])
        else:
            rest = min(needed + 4, max(room * 45 // 100, room - 400))
            self.splitter.setSizes([max(least, room - rest), rest])
