"""What the window switches on by itself for a server that only this machine reaches. Pure.

The command line leaves Debug and Reload to its flags; a window is for development, so there they
are on as long as nobody has chosen, and off where others can reach the server. With Debug on, the
flow is recorded too.
"""

from __future__ import annotations

from dataclasses import replace

from launcher.core.local_hosts import is_local
from server.config import ServerConfig

__all__ = ["SWITCHES", "with_window_defaults"]

SWITCHES = ("debug", "reload")


def with_window_defaults(config: ServerConfig) -> ServerConfig:
    """A config with Debug and Reload as its host asks for."""
    on = is_local(config.host)
    return replace(config, debug=on, reload=on)
