"""What differs from the defaults, in a few words; for options that are out of sight. Pure."""

from __future__ import annotations

from pathlib import PurePath

from server.config import ServerConfig, options

from .display import plural

__all__ = ["RUN_IN_WORDS", "summary"]

RUN_IN_WORDS = {"auto": "Automatic", "thread": "This process", "process": "Separate process"}


def summary(config: ServerConfig) -> str:
    """The options behind "More options" that are not as they are by default; "" for none.

    Of the environment only the number of variables is given: their values are secrets.
    """
    labels = {name: option.label for name, option in options().items()}
    parts = []
    if config.ssl:
        certificate = PurePath(config.ssl.split(",")[0].strip()).name
        parts.append(f"{labels['ssl']}: {'ad hoc' if config.ssl == 'adhoc' else certificate}")
    if config.run_in != "auto":
        parts.append(RUN_IN_WORDS[config.run_in])
    if config.flow != "auto":
        parts.append(f"{labels['flow']}: {config.flow}")
    if config.cold_reload:
        parts.append(labels["cold_reload"])
    if config.extra_files:
        parts.append(plural(len(config.extra_files), "extra file"))
    if config.exclude_patterns:
        parts.append(plural(len(config.exclude_patterns), "excluded pattern"))
    if config.trusted_hosts:
        parts.append(plural(len(config.trusted_hosts), "trusted host"))
    if config.env:
        parts.append(plural(len(config.env), "variable"))
    if config.env_file:
        parts.append(PurePath(config.env_file).name)
    return "  \u00b7  ".join(parts)
