"""A body with its views, its search, and what can be done with it; GUI thread only.

A body that is large, or packed, is read on a thread of the pool; beyond 300 ms that is shown, and
can be cancelled. Colours of a language come in afterwards, from a thread as well. What is
shown follows one switch for the whole request: whether secrets are masked.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.bodies.highlighting import highlighted
from launcher.core.bodies.layout import Page
from launcher.core.bodies.reading import BodyView, Reading, is_heavy, picture_type, read
from launcher.core.display import size
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.remark import remark
from launcher.panes.details.code_view import CodeView
from launcher.panes.details.find_bar import FindBar
from launcher.panes.details.preview import Preview
from launcher.panes.details.section import Section, icon_button
from launcher.pool import Background
from server.events import Body, Headers

__all__ = ["BodySection"]

_PATIENCE = 300  # milliseconds until reading is shown as something that takes time
_NO_BODY = Body()


class BodySection(Section):
    """The body of a request or of its answer.

    :param side: ``"request"`` or ``"response"``
    :ivar view: the text; its object name is ``requestBody`` or ``responseBody``
    """

    revealRequested = Signal()  # noqa: N815
    """The user wants the secrets of this request shown, or masked again."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        name = f"{side}Body"
        self.view = CodeView(name, f"{side.capitalize()} body")
        self._page = QWidget()
        super().__init__(f"{name}Section", "Body", self._page, parent)
        self._body, self._headers, self._secrets = _NO_BODY, Headers(), False
        self._file_name = name
        self._reading = read(_NO_BODY, ())
        self._wanted: BodyView | None = None
        self._everything = False
        self._is_stale = False

        self.views = QPushButton(self)
        self.views.setObjectName(f"{name}View")
        self.views.setProperty("look", "line")
        self.views.setAccessibleName("View of the body")
        self._menu = QMenu(self.views)
        self.views.setMenu(self._menu)
        self.wrap = icon_button(f"{name}Wrap", "Wrap long lines", self)
        self.wrap.setCheckable(True)
        self.finder = icon_button(f"{name}FindButton", "Find in this body (Ctrl+F)", self)
        self.eye = icon_button(f"{name}Eye", "Show the secrets of this request", self)
        self.copy = icon_button(f"{name}Copy", "Copy this body", self)
        self.save = icon_button(f"{name}Save", "Save this body\u2026", self)
        for button in (self.views, self.wrap, self.finder, self.eye, self.copy, self.save):
            self.buttons.addWidget(button)
        self.bar = FindBar(self.view, name, self._page)
        self.problem = QLabel(self._page)
        self.problem.setObjectName(f"{name}Problem")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setContentsMargins(34, 2, 12, 4)
        self.preview = Preview(name, self._page)
        self.stack = QStackedWidget(self._page)
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.preview)
        self._more, self._left_out, self.show_all = self._line("Show all")
        self._wait, self._waits_for, self.cancel = self._line("Cancel")
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.problem, self.bar, self._wait):
            layout.addWidget(widget)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self._more)

        self._reader = Background(self)
        self._reader.finished.connect(self._read_done)
        self._colourer = Background(self)
        self._colourer.finished.connect(self._coloured)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._show_progress)
        self.wrap.toggled.connect(self._wrap)
        self.finder.clicked.connect(self.bar.open_search)
        self.eye.clicked.connect(self.revealRequested)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save)
        self.show_all.clicked.connect(self._show_all)
        self.cancel.clicked.connect(self._cancel)
        self.view.installEventFilter(self)
        self._update(self._reading)

    # What is shown

    def show_body(self, body: Body, headers: Headers, file_name: str, *, secrets: bool) -> None:
        """Show another body, or the same with its secrets shown or masked.

        :param headers: those it came with
        :param file_name: what it is called when it is saved
        """
        same = body is self._body and headers is self._headers
        if same and secrets == self._secrets:
            return
        if not same:
            self._everything = False
        self._body, self._headers, self._secrets = body, headers, secrets
        self._file_name = file_name
        self._read()

    def show_nothing(self, why: str) -> None:
        """There is no body yet; ``why`` explains it in a few words."""
        self.show_body(_NO_BODY, (), self._file_name, secrets=self._secrets)
        self.remark.setText(why)

    @property
    def reading(self) -> Reading:
        """What is shown, or was until what is being read is there."""
        return self._reading

    @property
    def is_reading(self) -> bool:
        """Whether the body is still being read, on another thread."""
        return self._is_stale

    def choose(self, view: BodyView) -> None:
        """Show this view, here and for bodies to come that have it."""
        self._wanted = view
        self._read()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        palette = self.palette()
        for button, icon in (
            (self.wrap, "wrap"), (self.finder, "search"), (self.copy, "copy"), (self.save, "save"),
            (self.eye, "eye-off" if self._secrets else "eye"),
        ):  # fmt: skip
            theme.set_icon(button, icon, "soft")
        tones = self.problem.palette()
        tones.setColor(self.problem.foregroundRole(), theme.colour(palette, "warning"))
        self.problem.setPalette(tones)
        self.bar.refresh_icons()
        self.view.recolour()

    def _read(self) -> None:
        job = partial(
            read,
            self._body,
            self._headers,
            self._wanted,
            secrets=self._secrets,
            everything=self._everything,
        )
        if is_heavy(self._body, self._headers, self._everything):
            self._is_stale = True
            self._patience.start()
            self._reader.run(job)
        else:
            self._reader.run(_nothing)  # what is on its way is for another body
            self._read_done(job())

    @Slot(object)
    def _read_done(self, reading: Reading | None) -> None:
        if reading is None:
            return
        self._is_stale = False
        self._patience.stop()
        self._wait.hide()
        self._update(reading)
        if reading.language:
            self._colourer.run(partial(_in_colours, reading.page, reading.language))

    def _update(self, reading: Reading) -> None:
        self._reading = reading
        self.remark.setText(reading.title)
        self.remark.setToolTip(theme.plain_tooltip(reading.title))
        self.problem.setText(reading.problem)
        self.problem.setVisible(bool(reading.problem))
        has_body = bool(self._body.size)
        is_preview = reading.view is BodyView.PREVIEW
        for button in (self.views, self.wrap, self.finder, self.copy, self.save):
            button.setVisible(has_body)
        self.finder.setEnabled(not is_preview)
        self.wrap.setEnabled(not is_preview)
        self.views.setText(reading.view.value)
        self._menu.clear()
        for view in reading.views:
            action = self._menu.addAction(view.value)
            action.setCheckable(True)
            action.setChecked(view is reading.view)
            action.triggered.connect(partial(self._chosen, view))
        self.eye.setVisible(has_body and (reading.content.masked or self._secrets))
        words = "Mask the secrets again" if self._secrets else "Show the secrets of this request"
        self.eye.setAccessibleName(words)
        self.eye.setToolTip(words)
        self.stack.setCurrentWidget(self.preview if is_preview else self.view)
        self.stack.setVisible(has_body)
        if is_preview:
            self.preview.show_content(reading.content)
        self.view.show_page(reading.page, numbered=reading.view is BodyView.PRETTY)
        self._left_out.setText(reading.page.left_out)
        self._more.setVisible(bool(reading.page.left_out) and not is_preview)
        self.bar.search()
        self.refresh_icons()

    def _chosen(self, view: BodyView, _checked: bool = False) -> None:
        self.choose(view)

    @Slot(object)
    def _coloured(self, done: tuple[Page, Page] | None) -> None:
        if done is not None and done[0] is self._reading.page:
            self.view.show_page(done[1], numbered=self._reading.view is BodyView.PRETTY)

    # While it is read

    @Slot()
    def _show_progress(self) -> None:
        if self._is_stale:
            self._waits_for.setText(f"Reading {size(len(self._body.data))}\u2026")
            self._wait.show()

    @Slot()
    def _cancel(self) -> None:
        """Show what was read before, and how to go on."""
        self._reader.run(_nothing)
        self._patience.stop()
        self._wait.hide()
        self._is_stale = False
        self._everything = False
        self.view.show_page(Page())
        self.remark.setText("Not read")
        self._left_out.setText(f"{size(self._body.size)} not shown")
        self._more.show()

    @Slot()
    def _show_all(self) -> None:
        self._everything = True
        self._read()

    # What the user does

    @Slot(bool)
    def _wrap(self, wrapped: bool) -> None:
        mode = QPlainTextEdit.LineWrapMode
        self.view.setLineWrapMode(mode.WidgetWidth if wrapped else mode.NoWrap)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        remark(self, f"Copied: body{self._masked_words()}")

    @property
    def text(self) -> str:
        """The body as text: as it was sent, without its codings, masked as it is shown."""
        content = self._reading.content
        if content.text is not None:
            return content.text
        return content.data.decode("utf-8", "backslashreplace")

    @Slot()
    def _save(self) -> None:
        dialog = QFileDialog(self, "Save the body")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(self._file_name)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    @Slot(str)
    def save_to(self, file: str) -> None:
        """Write the body to a file, masked as it is shown; a failure is shown above the body."""
        try:
            Path(file).write_bytes(self._reading.content.data)
        except OSError as error:
            self.problem.setText(f"It can't be saved: {error.strerror or error}.")
            self.problem.show()
        else:
            remark(self, f"Saved: {file}{self._masked_words()}")

    def _masked_words(self) -> str:
        return ", secrets masked" if self._reading.content.masked else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is not self.view or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        wanted = event.matches(QKeySequence.StandardKey.Find)
        if event.type() == QEvent.Type.ShortcutOverride and wanted:
            event.accept()  # here it is the body's, elsewhere the list's filter
            return True
        if event.type() == QEvent.Type.KeyPress:
            if wanted and self._body.size:
                self.bar.open_search()
                return True
            if event.key() == Qt.Key.Key_F3 and not self.bar.isHidden():
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                (self.bar.step_back if back else self.bar.step)()
                return True
        return super().eventFilter(watched, event)

    def _line(self, words: str) -> tuple[QWidget, ElidedLabel, QPushButton]:
        """A line with a remark and a button, hidden at first."""
        line = QWidget(self._page)
        label = ElidedLabel(f"{self.view.objectName()}{words.replace(' ', '')}Remark", line)
        label.setForegroundRole(label.foregroundRole().PlaceholderText)
        button = QPushButton(words, line)
        button.setProperty("look", "line")
        layout = QHBoxLayout(line)
        layout.setContentsMargins(34, 2, 10, 4)
        layout.addWidget(label, 1)
        layout.addWidget(button)
        line.hide()
        return line, label, button


def _nothing() -> None:
    return None


def _in_colours(page: Page, language: str) -> tuple[Page, Page]:
    return page, highlighted(page, language)


def file_name(path: str, data_name: str, data: bytes = b"") -> str:
    """What a body is called when it is saved: the end of its path, as far as that is a name."""
    last = path.rstrip("/").rpartition("/")[2]
    safe = "".join(char for char in last if char.isalnum() or char in "._-")[:80].lstrip(".")
    kind = picture_type(data).lower()
    return (safe or data_name) + (f".{kind}" if kind and "." not in safe else "")
