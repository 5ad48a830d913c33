"""Commands that pymongo sends to MongoDB, by its monitoring.

A listener that is registered at the library is one of each client that is made afterwards; pymongo
has no way to take it back, so it looks itself whether it is still wanted. A command begins and ends
on the same thread, in the same context.

Source: ``pymongo.monitoring`` of 3.11 to 4.x.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..shown import shown
from ..spans import open_span, problem, span_of
from .known import check_has

__all__ = ["AFTER", "install"]

AFTER = "pymongo"

_ORIGIN = "pymongo"
_DATABASE = "mongodb"
_OF_THE_DRIVER = frozenset({"lsid", "$db", "$clusterTime", "$readPreference", "txnNumber"})


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    monitoring: Any = sys.modules.get("pymongo.monitoring")
    check_has(monitoring, "pymongo", "CommandListener", "register")
    listener = _listener_class(monitoring.CommandListener)()
    patches.call(listener.end)
    monitoring.register(listener)


def _listener_class(base: Any) -> Any:
    class Listener(base):  # type: ignore[misc]
        """Follows each command. Any thread."""

        is_wanted = True

        def end(self) -> None:
            """Nothing is recorded any more."""
            self.is_wanted = False

        def started(self, event: Any) -> None:
            """A command is about to be sent."""
            if not self.is_wanted:
                return
            try:
                _begin(event)
            except Exception as own:
                problem(own)

        def succeeded(self, event: Any) -> None:
            """It was answered."""
            span = open_span(_ORIGIN)
            if span is not None:
                span.end()
                count = event.reply.get("n") if isinstance(event.reply, dict) else None
                span.rows = count if type(count) is int else None

        def failed(self, event: Any) -> None:
            """It was refused, or the connection is gone."""
            span = open_span(_ORIGIN)
            if span is not None:
                span.end()
                failure = event.failure
                message = failure.get("errmsg", "") if isinstance(failure, dict) else failure
                span.error = f"{event.command_name}: {message}"

    return Listener


def _begin(event: Any) -> None:
    command = event.command
    target = command.get(event.command_name)
    where = f" {event.database_name}.{target}" if isinstance(target, str) else ""
    span = span_of(SQL, f"{event.command_name}{where}", _ORIGIN)
    if span is None:
        return
    if span.is_kept:
        span.database = _DATABASE
        span.parameters = shown(
            {
                key: value
                for key, value in command.items()
                if key not in _OF_THE_DRIVER and key != event.command_name
            }
        )
        span.connection = f"{_DATABASE}-{event.connection_id[0]}:{event.connection_id[1]}"
    span.start()
