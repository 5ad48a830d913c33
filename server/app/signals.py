"""The errors that a framework announces by a signal of its own, where it has one.

Flask and Django catch a view's exception and log it, which is how it is mostly known; where the
app has switched that logging off, their signal is left. An exception that was reported before is
not reported again.

Nothing is imported: only a framework that the app has imported is asked. The signals come on the
request's thread.

Sources: ``flask.got_request_exception``, ``django.core.signals.got_request_exception``.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from ..reporting.output import is_client_error
from ..reporting.reporter import Reporter

__all__ = ["reported_signals"]

_MODULES = ("flask.signals", "django.core.signals", "framework.signals")
_SIGNAL = "got_request_exception"


@contextlib.contextmanager
def reported_signals(reporter: Reporter) -> Iterator[None]:
    """Report what the frameworks announce while the block runs."""

    def announced(sender: Any, **facts: Any) -> None:
        error = facts.get("exception") or sys.exc_info()[1]
        if isinstance(error, BaseException) and not is_client_error(error):
            reporter.error(error)

    signals = [getattr(sys.modules.get(name), _SIGNAL, None) for name in _MODULES]
    connected = []
    for signal in signals:
        with contextlib.suppress(Exception):  # without Blinker, Flask's can't be connected to
            if signal is not None:
                signal.connect(announced, weak=False)
                connected.append(signal)
    try:
        yield
    finally:
        for signal in connected:
            with contextlib.suppress(Exception):
                signal.disconnect(announced)
