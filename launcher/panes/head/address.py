"""The address that a server will have, and the short form of one. Pure; any thread."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.config import ServerConfig

__all__ = ["expected_url", "short_url"]


def expected_url(config: ServerConfig) -> str:
    """Where a server with these options will be; "" where that isn't known before its start."""
    if config.unix or not config.port:
        return ""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"{'https' if config.ssl else 'http'}://{host}:{config.port}"


def short_url(url: str) -> str:
    """What stays of an address where there is little room: its port, where it names one."""
    try:
        port = urlsplit(url).port
    except ValueError:
        return url
    return url if port is None else f":{port}"
