"""The server's log where nobody has set up logging: on standard error. Any thread."""

from __future__ import annotations

import logging

__all__ = ["log_to_terminal"]


def log_to_terminal(log: logging.Logger) -> None:
    """Show a log on standard error where the program has not set up logging."""
    if log.level == logging.NOTSET:
        log.setLevel(logging.INFO)
    if not log.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
