"""ServeDeck's desktop app and its ``servedeck`` command.

This module only holds what every other one may need to name the program; and, being the first,
it sees to it that they are found.
"""

import os
import sys

if sys.argv[:1] == ["-m"] and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109 - pathlib comes later
    # ``python -m launcher`` is being started, which puts the current folder first on the path. That
    # may be the user's project, whose ``json.py`` or ``server.py`` is not what is wanted here.
    _root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if sys.path[0] != _root:
        del sys.path[0]

from server import __version__ as __version__

APP_NAME = "ServeDeck"
"""What people read. Qt's application name, too, and so the class of the window on X11."""

APP_ID = "io.github.servedeck.ServeDeck"
"""What desktops read: the name of the menu entry, of the icon and, on Wayland, of the window."""
