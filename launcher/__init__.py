"""ServeDeck's desktop app and its ``servedeck`` command.

This module only holds what every other one may need to name the program.
"""

from server import __version__ as __version__

APP_NAME = "ServeDeck"
"""What people read. Qt's application name, too, and so the class of the window on X11."""

APP_ID = "io.github.servedeck.ServeDeck"
"""What desktops read: the name of the menu entry, of the icon and, on Wayland, of the window."""
