"""How a session's start and its failure are reported: the events, made of what it knows then."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING, Optional

from ..config import ServerConfig
from ..events import Reason, ServerFailed, ServerStarted
from ..reporting.reporter import Reporter
from ..reporting.tracebacks import has_own_frames, one_line, traceback_text, type_name
from . import asgi
from .loader import AppLoader

if TYPE_CHECKING:
    from ..servers import BaseWSGIServer

__all__ = ["failed", "started"]


def started(
    config: ServerConfig, server: BaseWSGIServer, loader: AppLoader, since: float
) -> ServerStarted:
    """The event of a server that answers from now on.

    :param since: when the start, or the change that caused a reload, was; in unix seconds
    """
    remark, reason = _remark(config, is_asgi=loader.is_asgi)
    return ServerStarted(
        url=server.url,
        host=config.unix or config.host,
        port=server.server_port,
        pid=os.getpid(),
        mode=config.mode,
        python=platform.python_version(),
        load_seconds=round(time.time() - since, 4),
        note=remark,
        note_reason=reason,
        root=loader.root,
        ends_first=config.end_first,
        debugger_pin=loader.debugger_pin,
    )


def _remark(config: ServerConfig, *, is_asgi: bool) -> tuple[str, Optional[Reason]]:
    """What the user should know about this server: a sentence, and the same for programs."""
    if is_asgi:
        return asgi.EXPLANATION, Reason("asgi")
    if config.debug and config.mode == "forking":
        sentence = (
            "The debugger in the browser is off: it can't work where each request runs in a "
            "process of its own. Choose threaded to use it."
        )
        return sentence, Reason("no-debugger")
    return "", None


def failed(
    error: BaseException, reporter: Reporter, *, passes_errors: bool, passed: Optional[int]
) -> ServerFailed:
    """What ended the server: the app's error, or ours where none of its code was involved.

    Never raises, though the error may be of a class of the app's, whose methods can.

    :param passes_errors: errors of the app are passed through, and end the server
    :param passed: the id of the first one that was reported
    """
    kind, sentence = "internal", f"The server failed: {one_line(error)}"
    if has_own_frames(error):
        kind, sentence = "app-error", f"The app ended the server: {one_line(error)}"
    elif isinstance(error, MemoryError):
        kind, sentence = "app-error", "There was no memory left for the app."
    try:
        reporter.close()
        if passes_errors:  # reported already, with its request
            sentence = f"The app raised {type_name(error)}, and errors are passed through."
            text = traceback_text(error)
            return ServerFailed("app-error", sentence, text, error_id=passed)
        number = reporter.error(error)
        return ServerFailed(kind, sentence, traceback_text(error), error_id=number)
    except BaseException:
        return ServerFailed(kind, sentence)
