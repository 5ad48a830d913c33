"""Options that don't go together, or have an effect nobody would expect: reported before Start.

Pure; any thread. The form shows each remark at its field while it is filled in; the server itself
refuses what can't be, too.
"""

from __future__ import annotations

import os

from launcher.core.local_hosts import is_local
from launcher.core.project.interpreters import is_own
from server.base.values import dataclass
from server.config import ServerConfig

__all__ = ["Remark", "remarks"]


@dataclass(frozen=True)
class Remark:
    """A message about an option.

    :param setting: the field of ``ServerConfig`` it is shown at
    :param text: one sentence
    :param blocking: whether the server can't start like this
    :param caution: whether it is a warning, as opposed to an explanation
    """

    setting: str
    text: str
    blocking: bool = False
    caution: bool = False


def remarks(config: ServerConfig) -> list[Remark]:
    """All messages about a config, the most important first."""
    found = [*_place(config), *_forking(config), *_debug(config)]
    return sorted(found, key=lambda remark: (not remark.blocking, not remark.caution))


def _place(config: ServerConfig) -> list[Remark]:
    if config.run_in != "thread":
        return []
    if config.mode == "forking":
        text = "This process must not fork: choose Automatic or Separate process."
    elif not is_own(config.python):
        text = (
            "This process runs on ServeDeck's own Python: choose Automatic or Separate process "
            "for another interpreter."
        )
    else:
        return []
    return [Remark("run_in", text, blocking=True)]


def _forking(config: ServerConfig) -> list[Remark]:
    if config.mode != "forking":
        return []
    if not hasattr(os, "fork"):
        return [
            Remark("mode", "This system can't fork: choose another concurrency.", blocking=True)
        ]
    text = "Forking takes the place of threads: each request runs in a process of its own"
    if not config.debug:
        return [Remark("mode", f"{text}.")]
    return [Remark("mode", f"{text}, and the in-browser debugger does not work.", caution=True)]


def _debug(config: ServerConfig) -> list[Remark]:
    if not config.debug or config.unix or is_local(config.host):
        return []
    text = (
        "With Debug, everyone who can reach this address sees the app's code and data: "
        "use 127.0.0.1 unless you trust the network."
    )
    return [Remark("debug", text, caution=True)]
