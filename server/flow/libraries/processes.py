"""Processes that the app starts through ``subprocess``, asynchronous ones as well.

A process's span lasts from its start to the last time that the request has waited for it; of one
that isn't waited for, it is the start alone. All ways to start one go through ``Popen``, whose
methods are the class's; the module's functions stay as they are. gevent puts a class of its own in
its place.

Source: the documentation of ``subprocess``.
"""

from __future__ import annotations

import functools
import os
from types import ModuleType
from typing import Any

from ...base import limits
from ...facts.span import PROCESS
from ..patches import Patches
from ..shown import shown
from ..spans import OpenSpan
from ..steps import own_frames
from .calls import hide, recorded
from .objects import ByObject

__all__ = ["PROCESSES"]

_MOST_WORDS = 100


class _Processes:
    """See :class:`~server.flow.libraries.Library`."""

    def __init__(self, after: str) -> None:
        self.AFTER = after

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        popen: Any = vars(module)["Popen"]
        spans: ByObject[OpenSpan] = ByObject()

        def started(span: OpenSpan, result: Any, process: Any, *unused: Any, **named: Any) -> None:
            spans.put(process, span)

        patches.attribute(popen, "__init__", recorded(popen.__init__, PROCESS, _starting, started))
        for name in ("wait", "communicate"):
            patches.attribute(popen, name, _waiting(getattr(popen, name), spans))


PROCESSES = (_Processes("subprocess"), _Processes("gevent.subprocess"))


def _waiting(call: Any, spans: ByObject[OpenSpan]) -> Any:
    @functools.wraps(call)
    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            return call(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            span = spans.get(self)
            if span is not None:
                span.prolong()

    return wait


def _starting(span: OpenSpan, process: Any, args: Any = "", *unused: Any, **named: Any) -> None:
    span.label = _command(args)


def _command(args: Any) -> str:
    """What is started, as one line. An iterator of words is not gone through: it is the call's."""
    if not issubclass(type(args), (list, tuple)):
        return _word(args)
    words = [_word(word) for word in args[:_MOST_WORDS]]
    return " ".join([word if word and " " not in word else repr(word) for word in words])[
        : limits.SPAN_LABEL
    ]


def _word(word: Any) -> str:
    return os.fsdecode(word) if issubclass(type(word), (str, bytes, os.PathLike)) else shown(word)


own_frames(globals())
