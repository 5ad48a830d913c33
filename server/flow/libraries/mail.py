"""Mail that the app sends: through ``smtplib``, and through Django, wherever its backend puts it.

Sources: the documentation of ``smtplib``; ``django.core.mail.EmailMessage.send``.
"""

from __future__ import annotations

from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from types import ModuleType
from typing import Any

from ...facts.span import MAIL
from ..patches import Patches
from ..shown import shown
from ..spans import OpenSpan
from .calls import record_calls
from .known import check_has

__all__ = ["DJANGO_MAIL", "SMTPLIB"]

_HEAD = 64 * 1024
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
    span.label = _label(to_addrs, _subject(msg))


def _send(span: OpenSpan, message: Any, *unused: Any, **named: Any) -> None:
    # Not by `recipients()`, which may be the app's own.
    found = [name for part in (message.to, message.cc, message.bcc) for name in part if name]
    span.label = _label(found, str(message.subject))


def _label(recipients: Any, subject: str) -> str:
    if not issubclass(type(recipients), (list, tuple, set, frozenset)):
        recipients = (recipients if isinstance(recipients, str) else shown(recipients),)
    found = list(recipients)
    names = ", ".join([str(name) for name in found[:_MOST_RECIPIENTS]])
    more = f" and {len(found) - _MOST_RECIPIENTS} more" if len(found) > _MOST_RECIPIENTS else ""
    return f"to {names}{more}: {subject}"


def _subject(message: Any) -> str:
    """The Subject of a message as it is sent."""
    if isinstance(message, str):
        head = message_from_string(message[:_HEAD])
    else:
        head = message_from_bytes(bytes(message[:_HEAD]))
    return str(make_header(decode_header(head.get("Subject", ""))))
