"""Short texts of what goes with a span: a statement, its parameters, a log record's message.

They are made while the app waits, and must not do anything: an object's ``repr`` is code of the
app's, which may send a query of its own. So only what the standard library knows is asked; anything
else stands as its class. Any thread.
"""

from __future__ import annotations

import datetime
import decimal
import logging
import uuid
from itertools import islice
from types import WrapperDescriptorType
from typing import Any

from ..base import limits
from ..base.limits import cut
from ..reporting.tracebacks import message_of

__all__ = ["safe_message", "sentence", "shown", "shown_value", "statement_text"]

_ITEMS = 100
_DEPTH = 3
_FEW, _SHORT, _BITS = 10, 300, 64
_TEXTS = frozenset({str, bytes, int, type(None)})
_DIGITS = 4000  # bits of an int, whose decimal form takes its time
_SCALARS = frozenset({float, complex, bool, type(None)})
_ASKED = frozenset({
    datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal, uuid.UUID,
})  # fmt: skip


def shown(value: Any) -> str:
    """A bounded ``repr`` of a statement's parameters; "" where there are none."""
    if value is None:
        return ""
    if type(value) is tuple and len(value) <= _FEW:
        # Most parameters are few and plain: they may be asked as they are.
        for item in value:
            kind = type(item)
            if kind is str:
                if len(item) > _SHORT:
                    break
            elif kind is int:
                if item.bit_length() > _BITS:
                    break
            elif kind not in _SCALARS:
                break
        else:
            if len(value) == 1:
                return f"({item!r},)"
            return repr(value) if value else ""
    text = _shown(value, 0)
    if len(text) > limits.SPAN_PARAMETERS:
        return text[: limits.SPAN_PARAMETERS - 1] + "…"
    return text if text not in ("()", "[]", "{}") else ""


def shown_value(value: Any) -> str:
    """A short ``repr`` of one value."""
    return cut(_shown(value, 0), _FEW * _FEW)


def _is(value: Any, kinds: Any) -> bool:
    """As ``isinstance``, which would ask a proxy for its object's class, and so have it made."""
    return issubclass(type(value), kinds)


def statement_text(statement: Any) -> str:
    """A statement as text: drivers take bytes, too, and objects that make one."""
    if type(statement) is str:
        return statement
    if _is(statement, str):
        return str.__str__(statement)
    if _is(statement, (bytes, bytearray)):
        return str(statement[: 4 * limits.SPAN_LABEL], "utf-8", "replace")
    compose = getattr(statement, "as_string", None)  # psycopg's sql.Composable
    if compose is not None and type(statement).__module__.partition(".")[0].startswith("psycopg"):
        try:
            return str(compose(None))
        except Exception:  # psycopg2's needs a connection to quote a literal
            pass
    return f"<{type(statement).__qualname__}>"


def safe_message(record: logging.LogRecord) -> str:
    """A log record's message, without asking what is put into it."""
    message: Any = record.msg
    if not _is(message, str):
        return _shown(message, 0)
    template: str = str.__str__(message)
    args: Any = record.args
    if not args:
        return template
    try:
        if _is(args, dict):
            return template % {key: _plain(item) for key, item in args.items()}
        return template % tuple([_plain(item) for item in args])
    except Exception:  # a %d of what isn't a number
        return template


def sentence(error: BaseException) -> str:
    """``Type: message`` of an exception.

    A ``__str__`` written in Python is the app's or knows the app's objects, and so may take for
    ever. Of such an exception it is the texts that it was made with.
    """
    kind = type(error)
    if type(kind.__str__) is WrapperDescriptorType and _knows_plain(error):
        message = message_of(error)
    else:
        texts = [str.__str__(item) for item in _args(error) if _is(item, str)]
        message = cut(", ".join(texts), limits.ERROR_MESSAGE)
    return f"{kind.__name__}: {message}" if message else kind.__name__


def _knows_plain(error: BaseException) -> bool:
    """Whether its message is made of nothing that is code of the app's."""
    known = _args(error)
    if _is(error, OSError):
        slots: Any = vars(OSError)
        known += tuple([slots[name].__get__(error) for name in ("filename", "filename2")])
    return all(type(item) in _TEXTS or type(item) in _SCALARS for item in known)


_args: Any = vars(BaseException)["args"].__get__
"""Those of an exception, which a class may have given another meaning."""


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind in _SCALARS or kind in _ASKED:
        return value
    if _is(value, Exception):
        return _Text(_exception(value))
    return _Text(_shown(value, 1))


class _Text(str):
    """The same for ``%s`` and ``%r``."""

    def __repr__(self) -> str:
        return str(self)


def _exception(error: BaseException) -> str:
    texts = [str.__str__(item) for item in error.args if _is(item, str)]
    return ", ".join(texts) or type(error).__name__


def _shown(value: Any, depth: int) -> str:
    kind: type = type(value)
    if kind in _SCALARS or kind in _ASKED:
        return repr(value)
    if _is(value, str):
        return _text(str.__str__(value))
    if _is(value, int):
        bits = int.bit_length(value)
        return int.__repr__(value) if bits <= _DIGITS else f"<int of {bits:,} bits>"
    if _is(value, (bytes, bytearray)):
        return repr(bytes(value[: limits.SPAN_VALUE // 4])) + (
            f"… ({len(value):,} bytes)" if len(value) > limits.SPAN_VALUE // 4 else ""
        )
    if _is(value, (tuple, list, dict)) and depth < _DEPTH:
        return _container(value, depth + 1)
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _text(value: str) -> str:
    if len(value) <= limits.SPAN_VALUE:
        return repr(value)
    return f"{value[: limits.SPAN_VALUE]!r}… ({len(value):,} characters)"


def _container(value: Any, depth: int) -> str:
    more = ", …" if len(value) > _ITEMS else ""
    if _is(value, dict):
        pairs = islice(dict.items(value), _ITEMS)
        inner = ", ".join([f"{_shown(key, depth)}: {_shown(item, depth)}" for key, item in pairs])
        return f"{{{inner}{more}}}"
    if _is(value, list):
        return (
            f"[{', '.join([_shown(item, depth) for item in list.__iter__(value)][:_ITEMS])}{more}]"
        )
    items = [_shown(item, depth) for item in islice(tuple.__iter__(value), _ITEMS)]
    return f"({', '.join(items)}{',' if len(items) == 1 else ''}{more})"
