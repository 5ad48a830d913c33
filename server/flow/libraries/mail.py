"""Mail that the app sends: through ``smtplib``, and through Django, wherever its backend puts it.

Its text is the first part that is plain text, or else the first that is HTML; attachments are left
out. Only the beginning of a message is read, so that one with a large attachment costs no more.

Sources: the documentation of ``smtplib``; ``django.core.mail.EmailMessage.send``.
"""

from __future__ import annotations

from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.message import Message
from types import ModuleType
from typing import Any

from ...base import limits
from ...facts.span import MAIL
from ..patches import Patches
from ..shown import shown
from ..spans import OpenSpan
from .calls import record_calls
from .known import check_has

__all__ = ["DJANGO_MAIL", "SMTPLIB"]

_BEGINNING = 64 * 1024
_MOST_RECIPIENTS = 20


class _Smtplib:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "smtplib"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, "smtplib", "SMTP")
        record_calls(patches, library.SMTP, ("sendmail",), MAIL, _sendmail)


class _DjangoMail:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "django.core.mail.message"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, "Django", "EmailMessage")
        record_calls(patches, library.EmailMessage, ("send",), MAIL, _send)


SMTPLIB = _Smtplib()
DJANGO_MAIL = _DjangoMail()


def _sendmail(
    span: OpenSpan,
    client: Any,
    from_addr: Any = "",
    to_addrs: Any = (),
    msg: Any = "",
    *unused: Any,
    **named: Any,
) -> None:
    message = _parsed(msg)
    subject = str(make_header(decode_header(message.get("Subject", ""))))
    span.label = _label(to_addrs, subject)
    span.parameters = _bounded(_text(message))


def _send(span: OpenSpan, message: Any, *unused: Any, **named: Any) -> None:
    # Not by `recipients()`, which may be the app's own.
    found = [name for part in (message.to, message.cc, message.bcc) for name in part if name]
    span.label = _label(found, str(message.subject))
    span.parameters = _bounded(str(message.body))


def _label(recipients: Any, subject: str) -> str:
    if not issubclass(type(recipients), (list, tuple, set, frozenset)):
        recipients = (recipients if isinstance(recipients, str) else shown(recipients),)
    found = list(recipients)
    names = ", ".join([str(name) for name in found[:_MOST_RECIPIENTS]])
    more = f" and {len(found) - _MOST_RECIPIENTS} more" if len(found) > _MOST_RECIPIENTS else ""
    return f"to {names}{more}: {subject}"


def _parsed(message: Any) -> Message:
    """The beginning of a message as it is sent."""
    if isinstance(message, str):
        return message_from_string(message[:_BEGINNING])
    return message_from_bytes(bytes(message[:_BEGINNING]))


def _text(message: Message) -> str:
    """What a message has to say; "" where it is of attachments alone."""
    found = {
        part.get_content_type(): part
        for part in reversed(list(message.walk()))
        if not part.is_multipart() and part.get_content_disposition() != "attachment"
    }
    part = found.get("text/plain") or found.get("text/html")
    if part is None:
        return ""
    content: Any = part.get_payload(decode=True)
    try:
        return str(content, part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that Python doesn't know
        return str(content, "latin-1")


def _bounded(text: str) -> str:
    """A mail's text as a span keeps it."""
    text = text[: 2 * limits.SPAN_PARAMETERS].replace("\r\n", "\n").strip()
    if len(text) > limits.SPAN_PARAMETERS:
        return text[: limits.SPAN_PARAMETERS - 1] + "…"
    return text
