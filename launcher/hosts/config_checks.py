"""What is looked at in a configuration before its server starts. The supervisor's thread."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from launcher.core.project.interpreters import is_own
from server.config import ServerConfig
from server.errors import ConfigError, why_refused

__all__ = ["check_names", "interpreter_prefixes", "project_folder"]


def check_names(config: ServerConfig) -> None:
    """Refuse what can't be the name of a file, before anybody looks for it.

    :raises ConfigError: a setting has a NUL character in it, or half of a pair
    """
    one_each = ("app", "project", "python", "env_file", "unix", "ssl", "host")
    texts = [(name, str(getattr(config, name) or "")) for name in one_each]
    texts += [("extra_files", str(file)) for file in config.extra_files]
    for name, text in texts:
        try:
            usable = b"\0" not in os.fsencode(text)
        except UnicodeEncodeError:
            usable = False
        if not usable:
            shown = text.encode("unicode_escape").decode("ascii")
            message = f"{shown} can't be the name of a file: a character in it has no place there."
            raise ConfigError(name, message)
    try:
        if config.project:
            os.stat(os.path.join(config.project, "."))  # noqa: PTH116, PTH118 - it must be entered
    except OSError as error:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            message = f"The folder {config.project} can't be entered: {why_refused(error)}."
            raise ConfigError("project", message) from None


def project_folder(config: ServerConfig) -> Path:
    """The folder the app is imported from and runs in, whole."""
    return Path(config.project or ".").resolve()


def interpreter_prefixes(python: str) -> tuple[str, ...]:
    """Where the app's interpreter keeps what isn't the app's."""
    if is_own(python):
        return (sys.prefix, sys.base_prefix)
    path = Path(python).expanduser().absolute()
    return (str(path.parent.parent), str(path.resolve().parent.parent))
