"""Writes a request, or edits one, and sends it; GUI thread only. Plain text throughout.

What is wrong stands at its field. Ctrl+Enter sends, Esc goes back to the details; what is written
stays as it is, so it can be sent again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPalette, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line, plural
from launcher.core.http_methods import METHODS
from launcher.core.logs.requests import RequestRow
from launcher.core.replay.curl import Pasted
from launcher.core.replay.draft import Draft, draft_of, make
from launcher.core.replay.message import Message, Refusal, message_of
from launcher.core.replay.pasted import is_request, read_pasted
from launcher.core.replay.rule import method_of, parameters_of, path_of
from launcher.core.replay.sending import destination_of
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.details.head import facts_of, status_of
from launcher.panes.rule_fields import RuleFields
from server.events import Route

__all__ = ["Composer"]

FILE_LIMIT = 16 * 1024 * 1024
"""Bytes of a file that becomes a body."""
_STOPPED = "The server isn't running: it is sent when it does."


class _UrlField(QLineEdit):
    """A field for a URL; a whole request that is pasted into it is taken apart."""

    requestPasted = Signal(str)  # noqa: N815

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Paste):
            text = QGuiApplication.clipboard().text()
            if is_request(text):
                self.requestPasted.emit(text)
                return
        super().keyPressEvent(event)


class Composer(QWidget):
    """A request that is being written.

    :ivar original: what it was made of; None for a new one
    :ivar rule: the parameters of the URL rule that it is for
    """

    sendWanted = Signal(object, object)  # noqa: N815
    """This ``Message`` is to be sent; and the ``RequestRow`` that it was made of, or None."""
    closed = Signal()
    """The user wants the details back."""
    answerWanted = Signal(int)  # noqa: N815
    """The user wants to see the request with this number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Write a request")
        self.original: RequestRow | None = None
        self._base = ""
        self._draft = Draft()
        self._pasted: Pasted | None = None
        self._answer: int | None = None
        self._sent: Message | None = None

        self.title = QLabel("New request", self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.title, "name")
        self.paste = QPushButton("Paste", self)
        self.paste.setObjectName("composerPaste")
        self.paste.setToolTip("Paste a line for curl, raw HTTP, an entry of a HAR file, or a URL")
        self.back = QPushButton("Back", self)
        self.back.setObjectName("composerBack")
        self.back.setToolTip("Back to the details (Esc)")
        self.send_button = KeyButton("composerSend", "Send", "Ctrl+Enter", "Send it to the server")
        self.send_button.setProperty("look", "primary")
        self.send_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.method = QLineEdit(self)
        self.method.setObjectName("composerMethod")
        self.method.setAccessibleName("Method")
        self.method.setFixedWidth(92)
        completer = QCompleter(list(METHODS), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.method.setCompleter(completer)
        self.url = _UrlField(self)
        self.url.setObjectName("composerUrl")
        self.url.setAccessibleName("URL")
        self.url.setMaxLength(100_000)
        self._seen = QStringListModel(self)
        paths = QCompleter(self._seen, self)
        paths.setFilterMode(Qt.MatchFlag.MatchContains)
        paths.activated.connect(self._proposed)
        self.url.setCompleter(paths)
        self._paths: list[str] = []
        self._rules: dict[str, Route] = {}
        self.rule = RuleFields(self)
        self.rule.changed.connect(self._fill_in)
        self.headers = self._text("composerHeaders", "Headers, one on each line")
        self.body = self._text("composerBody", "Body")
        self.remark = self._label("composerRemark", "muted")
        self.ask = QPushButton("Read the file", self)
        self.ask.setObjectName("composerReadFile")
        self.ask.hide()
        self.problems = {
            name: self._label(f"composer{name.title()}Problem", "danger")
            for name in ("method", "url", "headers", "body")
        }
        self.answer = self._label("composerAnswer", "text")
        self.show_answer = QPushButton("Show answer", self)
        self.show_answer.setObjectName("composerShowAnswer")
        self.show_answer.hide()
        self._lay_out()

        self.paste.clicked.connect(self._paste)
        self.back.clicked.connect(self.closed)
        self.send_button.clicked.connect(self.send)
        self.ask.clicked.connect(self._read_files)
        self.show_answer.clicked.connect(self._show_answer)
        self.url.requestPasted.connect(self.take_text)
        self.url.textEdited.connect(self._leave_rule)
        for field in (self.method, self.url):
            field.textEdited.connect(self._forget_problems)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.send)

    # What is written

    def set_server(self, url: str) -> None:
        """The address of the running server; "" while there is none."""
        if url and self._base and url != self._base:
            text = self.url.text()
            if text.startswith(self._base.rstrip("/")):
                self.url.setText(url.rstrip("/") + text[len(self._base.rstrip("/")) :])
        self._base = url or self._base
        self.send_button.setEnabled(bool(url))
        self.send_button.setToolTip("Send it to the server (Ctrl+Enter)" if url else _STOPPED)

    def set_paths(self, paths: list[str]) -> None:
        """The paths that were asked for lately, to be proposed beside the app's rules."""
        self._paths = paths
        self._propose()

    def set_rules(self, routes: Sequence[Route]) -> None:
        """The app's URL rules; they are proposed, their parameters to be filled in."""
        self._rules = {path_of(route.rule): route for route in reversed(routes)}
        self._propose()

    def begin_copy(self, row: RequestRow, base: str) -> None:
        """Begin with a request that was sent to another server; it becomes a new one.

        :param base: the address of that one
        """
        self.begin(row)
        self.original = None
        self._show_replaced(base.partition("://")[2])

    def begin_rule(self, route: Route) -> None:
        """Begin with a request for a rule, whose parameters are to be filled in."""
        self.begin(None)
        self.method.setText(method_of(route))
        self._show_rule(route)

    def begin(self, row: RequestRow | None) -> None:
        """Begin with a request, or with nothing."""
        self.original = row
        done = None if row is None else row.finished
        if row is None or done is None:
            self.title.setText("New request")
            message = Message("GET", "/", (("Host", self._authority()), ("Accept", "*/*")))
            self._show(message)
        else:
            self.title.setText(one_line(f"Edit {row.method} {done.path}", 80))
            self._show(message_of(done, self._authority()))
            if done.request_body.truncated:
                kept = plural(len(done.request_body.data), "byte")
                self.problems["body"].setText(f"Only the first {kept} were kept.")
                self.problems["body"].show()
        self.url.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def take_text(self, text: str) -> None:
        """Take apart what was pasted."""
        try:
            pasted = read_pasted(text)
        except Refusal as error:
            self._forget_problems()
            self._show_problem(error)
            return
        self.original = None
        self.title.setText("New request")
        self._pasted = pasted if pasted.files else None
        self._show(pasted.message)
        remarks = []
        if pasted.left_out:
            remarks.append(f"Left out: {', '.join(pasted.left_out)}.")
        if pasted.files:
            names = ", ".join(pasted.files)
            remarks.append("The body is not complete: it is in a file.")
            self.ask.setText(one_line(f"Read {names}", 60))
            self.ask.setToolTip(theme.plain_tooltip(one_line(names, 500)))
        self.ask.setVisible(bool(pasted.files))
        self._show_replaced(pasted.host, *remarks)

    def show_failed(self, message: Message, problem: str) -> None:
        """There was no answer to a request; shown where it was sent from here."""
        if message is self._sent:
            self.answer.setText(one_line(problem, 300))

    def show_sent(self, message: Message, number: int, row: RequestRow | None) -> None:
        """A request has its row; shown where it was sent from here."""
        done = None if row is None else row.finished
        if done is None or message is not self._sent:
            return
        self._answer = number
        self.answer.setText(f"{status_of(done)}  \u00b7  {facts_of(done)}")
        self.answer.show()
        self.show_answer.show()

    @Slot()
    def send(self) -> None:
        """Send what is written; what is wrong is shown at its field."""
        self._forget_problems()
        if not self.send_button.isEnabled():
            self._show_problem(Refusal(_STOPPED, "url"))
            return
        if self._pasted is not None:
            self._show_problem(Refusal("The file of the body isn't read yet.", "body"))
            return
        if self.rule.missing:
            self._show_problem(Refusal(f"Fill in {self.rule.missing}.", "url"))
            self.rule.focus_missing()
            return
        draft = Draft(
            self.method.text(), self.url.text(), self.headers.toPlainText(),
            self.body.toPlainText(), self._draft.data, self._draft.version,
        )  # fmt: skip
        try:
            made = make(draft, self._authority())
        except Refusal as error:
            self._show_problem(error)
            return
        if made.replaced:
            self._show_replaced(made.replaced)
            self.url.setText(f"{self._shown_base()}{made.message.target}")
        self._answer, self._sent = None, made.message
        self.show_answer.hide()
        self.answer.setText("Sent: no answer yet\u2026")
        self.answer.show()
        self.sendWanted.emit(made.message, self.original)

    # Inside

    def _propose(self) -> None:
        known = dict.fromkeys((*self._paths, *sorted(self._rules)))
        self._seen.setStringList([f"{self._shown_base()}{path}" for path in known])

    @Slot(str)
    def _proposed(self, text: str) -> None:
        """One of the proposed URLs was chosen; of a rule, the parameters are filled in next."""
        route = self._rules.get(text.removeprefix(self._shown_base()))
        if route is not None and parameters_of(route.rule):
            # The field takes the text over after this.
            QTimer.singleShot(0, self, partial(self._show_rule, route))

    def _show_rule(self, route: Route) -> None:
        self.rule.show_rule(route.rule)
        self._fill_in(path_of(route.rule))
        self._recolour()
        if self.rule.fields:
            self.rule.focus_missing()
        else:
            self.url.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _fill_in(self, path: str) -> None:
        self._forget_problems()
        self.url.setText(f"{self._shown_base()}{path}")

    @Slot()
    def _leave_rule(self) -> None:
        """The URL is written by hand: it follows no rule any more."""
        self.rule.show_rule("")

    def _authority(self) -> str:
        return destination_of(self._base, own=True).authority if self._base else ""

    def _shown_base(self) -> str:
        if not self._base or self._base.startswith("unix://"):
            return "http://localhost"
        return self._base.rstrip("/")

    def _show(self, message: Message) -> None:
        self._draft = draft_of(message, self._shown_base())
        self.method.setText(self._draft.method)
        self.url.setText(self._draft.url)
        self.url.setCursorPosition(len(self._draft.url))
        self.headers.setPlainText(self._draft.headers)
        self.body.setPlainText(self._draft.body)
        is_text = self._draft.is_text
        self.body.setReadOnly(not is_text)
        count = plural(len(self._draft.data), "byte")
        self.body.setPlaceholderText(
            "No body" if is_text else f"{count}, not text: sent as they are"
        )
        self._leave_rule()
        self.ask.hide()
        self.remark.hide()
        self.answer.hide()
        self.show_answer.hide()
        self._answer = None
        self._forget_problems()

    @Slot()
    def _paste(self) -> None:
        self.take_text(QGuiApplication.clipboard().text())

    @Slot()
    def _read_files(self) -> None:
        """The user has agreed that the files of the line are read."""
        pasted, self._pasted = self._pasted, None
        if pasted is None:
            return
        try:
            whole = pasted.with_files(_read)
        except OSError as error:
            self._pasted = pasted
            reason = error.strerror or type(error).__name__
            self._show_problem(Refusal(f"The file can't be read: {reason}.", "body"))
            return
        self._show(whole.message)

    @Slot()
    def _show_answer(self) -> None:
        if self._answer is not None:
            self.answerWanted.emit(self._answer)

    def _show_replaced(self, host: str, *remarks: str) -> None:
        """Show that it goes to this server instead of another one, and what else there is."""
        authority = self._authority()
        if host and authority and host != authority:
            remarks = (f"{host} was replaced by {authority}.", *remarks)
        self.remark.setText(one_line(" ".join(remarks), 600))
        self.remark.setVisible(bool(remarks))

    @Slot()
    def _forget_problems(self) -> None:
        for label in self.problems.values():
            label.hide()

    def _show_problem(self, error: Refusal) -> None:
        label = self.problems.get(error.field, self.problems["url"])
        label.setText(one_line(error.message, 400))
        label.show()
        fields = {"method": self.method, "headers": self.headers, "body": self.body}
        fields.get(error.field, self.url).setFocus(Qt.FocusReason.OtherFocusReason)

    def _text(self, name: str, words: str) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(words)
        field.setTabChangesFocus(True)
        field.setMinimumHeight(36)  # below the list, the list keeps its height
        theme.set_font(field, "mono")
        field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        field.textChanged.connect(self._forget_problems)
        return field

    def _label(self, name: str, tone: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("tone", tone)
        _colour(label, self.palette())
        label.hide()
        return label

    def _caption(self, text: str) -> QLabel:
        label = QLabel(text, self)
        theme.set_font(label, "strong")
        return label

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.paste)
        top.addWidget(self.back)
        line = QHBoxLayout()
        line.addWidget(self.method)
        line.addWidget(self.url, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.send_button)
        bottom.addStretch()
        bottom.addWidget(self.show_answer)
        asked = QHBoxLayout()
        asked.addWidget(self.remark, 1)
        asked.addWidget(self.ask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 12, 12)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addLayout(line)
        layout.addWidget(self.rule)
        for name in ("method", "url"):
            layout.addWidget(self.problems[name])
        layout.addLayout(asked)
        layout.addWidget(self._caption("Headers"))
        layout.addWidget(self.headers, 2)
        layout.addWidget(self.problems["headers"])
        layout.addWidget(self._caption("Body"))
        layout.addWidget(self.body, 3)
        layout.addWidget(self.problems["body"])
        layout.addWidget(self.answer)  # a line of its own: beside the buttons it would be three
        layout.addLayout(bottom)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._recolour()  # it may have missed a change of theme while it was hidden

    def _recolour(self) -> None:
        for label in self.findChildren(QLabel):
            _colour(label, self.window().palette())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _colour(label: QLabel, ground: QPalette) -> None:
    tone = label.property("tone")
    if isinstance(tone, str):
        palette = label.palette()
        palette.setColor(label.foregroundRole(), theme.colour(ground, tone))
        label.setPalette(palette)


def _read(path: str) -> bytes:
    file = Path(path).expanduser()
    if file.stat().st_size > FILE_LIMIT or not file.is_file():
        raise OSError(0, "it is no file of up to 16 MB")
    return file.read_bytes()
