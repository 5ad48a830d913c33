"""Copies of a request, for the details' menu and the list's; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from launcher.core.bodies.reading import content_of
from launcher.core.copies import COPIES, BaseOf, as_curl, as_markdown, url_of
from launcher.core.display import plural
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestRow
from launcher.pool import Background
from server.events import RequestFinished

__all__ = ["Copier"]

_Write = Callable[..., str]
_Form = tuple[str, Callable[[], None]]
_Made = tuple[str, str]  # what it is, and the text
_AT_ONCE = 64 * 1024  # bytes of bodies


def _text(name: str) -> str:
    return f"Copy {name}" if name == "URL" else f"Copy as {name}"


class Copier(QObject):
    """Puts a request onto the clipboard in one of its forms.

    To mask secrets takes a second for 10 MB. Where bodies are long, that is done beside the GUI
    thread, and the text is on the clipboard as soon as it is made.

    :param row: returns the request that is meant, or None
    :ivar base_of: returns the address of a request's server
    """

    copied = Signal(str)
    """What was copied, in a sentence."""

    def __init__(
        self, errors: ErrorLog, row: Callable[[], RequestRow | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._errors, self._row = errors, row
        self._maker = Background(self)
        self._maker.finished.connect(self._made)
        self.base_of: BaseOf = lambda _done: ""

    def has_request(self) -> bool:
        """Whether there is one that can be copied."""
        row = self._row()
        return row is not None and row.finished is not None

    def curl(self) -> None:
        """Copy it as a command for curl, without secrets."""
        self._copy("cURL", as_curl)

    def body(self) -> None:
        """Copy the body of its answer as text, without secrets."""
        done = self._done()
        if done is not None:
            self._make(partial(_body_of, done), done)

    def markdown(self) -> None:
        """Copy request and answer for an issue; never with secrets."""
        row = self._row()
        if row is not None:
            error = None if row.error is None else self._errors.get(row.error)
            view = "" if row.finished is None else row.finished.endpoint
            base = "" if row.finished is None else self.base_of(row.finished)
            message = "" if error is None else error.text
            self._make(partial(_markdown_of, row, base, message, view), row.finished)

    def fill(self, menu: QMenu) -> None:
        """Put all forms into a menu."""
        for text, run in self.forms():
            action = menu.addAction(text)
            action.setEnabled(self.has_request() or run == self.markdown)
            action.triggered.connect(lambda _=False, run=run: run())
        menu.addSeparator()
        for text, run in self.forms_with_secrets():
            action = menu.addAction(text)
            action.setEnabled(self.has_request())
            action.triggered.connect(lambda _=False, run=run: run())

    def commands(self) -> tuple[tuple[str, Callable[[], None], tuple[str, ...]], ...]:
        """All forms for a list's table of commands: name, what does it, keys."""
        keys = {"Copy as cURL": ("C",), "Copy URL": ("U",)}
        forms = (*self.forms(), *self.forms_with_secrets())
        return tuple((text, run, keys.get(text, ())) for text, run in forms)

    def forms(self) -> tuple[_Form, ...]:
        """The forms without secrets, by their names."""
        return (
            *((_text(name), partial(self._copy, name, write)) for name, write in COPIES),
            ("Copy response body", self.body),
            ("Copy as Markdown", self.markdown),
        )

    def forms_with_secrets(self) -> tuple[_Form, ...]:
        """The forms with secrets, by their names."""
        return tuple(
            (f"{_text(name)} with secrets", partial(self._copy, name, write, secrets=True))
            for name, write in COPIES
        )

    def _done(self) -> RequestFinished | None:
        row = self._row()
        return None if row is None else row.finished

    def _copy(self, what: str, write: _Write, *, secrets: bool = False) -> None:
        done = self._done()
        if done is None:
            return
        base = self.base_of(done)
        self._make(partial(_written, write, done, base, what, secrets=secrets), done)

    def _make(self, job: Callable[[], _Made], done: RequestFinished | None) -> None:
        """Have a text made, and put it onto the clipboard."""
        bodies = () if done is None else (done.request_body, done.response_body)
        if sum(len(body.data) for body in bodies) > _AT_ONCE:
            self._maker.run(job)
        else:
            self._maker.run(_nothing)  # what is on its way is of another request
            self._made(job())

    @Slot(object)
    def _made(self, made: _Made | None) -> None:
        if made is not None:
            self._put(*made)

    def _put(self, what: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(f"Copied: {what}")


def _nothing() -> None:
    return None


def _body_of(done: RequestFinished) -> _Made:
    content = content_of(done.response_body, done.response_headers)
    text = content.text
    if text is None:
        text = content.data.decode("utf-8", "backslashreplace")
    return "Response body", text


def _markdown_of(row: RequestRow, base: str, error: str, view: str) -> _Made:
    return "Markdown", as_markdown(row, base, error=error, view=view)


def _written(write: _Write, done: RequestFinished, base: str, what: str, *, secrets: bool) -> _Made:
    text = write(done, base, secrets=secrets)
    body = done.request_body
    if body.truncated and write is not url_of:
        kept = plural(len(body.data), "byte")
        what = f"{what}, with the first {kept} of its body: the rest wasn't kept"
    elif secrets:
        what = f"{what} with its secrets"
    elif text != write(done, base, secrets=True):
        what = f"{what}, secrets masked"
    return what, text
