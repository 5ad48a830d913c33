"""Which hosts only this machine reaches. Pure; any thread."""

from __future__ import annotations

import ipaddress

__all__ = ["is_local"]


def is_local(host: str) -> bool:
    """Whether only this machine reaches a host's address.

    :param host: a name or an address, also in brackets, or a Unix socket
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.startswith(("/", "unix:"))
