"""What differs from the defaults, in a few words; for options that are out of sight. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from server.config import ServerConfig, options

from .display import plural

__all__ = ["RUN_IN_WORDS", "describe_changes", "summary"]

RUN_IN_WORDS = {"auto": "Automatic", "thread": "This process", "process": "Separate process"}

_IN_SIGHT = ("debug", "reload")
"""What is on or off, and is seen without opening anything."""


def summary(config: ServerConfig) -> str:
    """The options behind *Advanced* that are not as they are by default; "" for none."""
    labels = {name: option.label for name, option in options().items()}
    parts = []
    if config.ssl:
        certificate = PurePath(config.ssl.split(",")[0].strip()).name
        parts.append(f"{labels['ssl']}: {'ad hoc' if config.ssl == 'adhoc' else certificate}")
    if config.flow != "auto":
        parts.append(f"{labels['flow']}: {config.flow}")
    parts += [
        label
        for name, label in labels.items()
        if getattr(config, name) is True and name not in _IN_SIGHT
    ]
    if config.root:
        parts.append(f"{labels['root']}: {PurePath(config.root).name}")
    if config.chunked_memory != ServerConfig().chunked_memory:
        parts.append(labels["chunked_memory"])
    if config.extra_files:
        parts.append(plural(len(config.extra_files), "extra file"))
    if config.exclude_patterns:
        parts.append(plural(len(config.exclude_patterns), "excluded pattern"))
    if config.trusted_hosts:
        parts.append(plural(len(config.trusted_hosts), "trusted host"))
    return "  \u00b7  ".join(parts)


def describe_changes(config: ServerConfig, names: Sequence[str]) -> str:
    """What other values options have now, in a few words: ``port 5001, no reload``.

    :param names: the options' fields; of the environment no value is shown, they are secrets
    """
    known = options()
    words = []
    for name in names:
        value, label = getattr(config, name), known[name].label.lower()
        if isinstance(value, bool):
            words.append(label if value else f"no {label}")
        elif name in ("port", "host", "processes", "app", "mode"):
            words.append(f"{label} {value}")
        else:
            words.append(label)
    return ", ".join(words)
