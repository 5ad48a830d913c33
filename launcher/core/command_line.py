"""The ``servedeck serve`` command that does the same as a set-up. Pure; any thread."""

from __future__ import annotations

import shlex
from dataclasses import fields

from server.config import ServerConfig, options

__all__ = ["serve_command"]


def serve_command(config: ServerConfig, *, masked: bool = False) -> str:
    """The command, as it is typed in a POSIX shell; what is as by default is left out.

    :param masked: for showing: without the values of variables, which may be secrets
    """
    known, default = options(), ServerConfig()
    words = ["servedeck", "serve", config.app or "APP"]
    for item in fields(ServerConfig):
        name, value = item.name, getattr(config, item.name)
        if name == "mode":
            words += {
                "single": ["--single"],
                "forking": ["--processes", str(config.processes)],
            }.get(value, [])
            continue
        flag = known[name].flag
        if not flag or value == getattr(default, name):
            continue
        if isinstance(value, bool):
            words += [flag] if value else []
        elif isinstance(value, tuple):
            for one in value:
                text = f"{one.partition('=')[0]}=\u2026" if masked and name == "env" else str(one)
                words += [flag, text]
        else:
            words += [flag, str(value)]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    return word if word.endswith("=\u2026") and " " not in word else shlex.quote(word)
