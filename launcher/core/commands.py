"""The commands of ``servedeck`` in the terminal, for its parser and for the help of the window."""

from __future__ import annotations

__all__ = ["COMMANDS"]

COMMANDS = {
    "serve": "serve an app in the terminal",
    "apps": "list the WSGI apps of a folder",
    "routes": "print the URL rules of an app",
    "requests": "print the requests that a window has kept",
    "errors": "print the errors that a window has kept",
    "replay": "send requests again, and compare the answers with those of the first time",
    "desktop": "put ServeDeck into the applications menu",
}
"""Their names, with what each does, in the order in which they are listed."""
