"""Who may see a traceback: the hosts that a browser may have asked for in debug mode.

A foreign site can give its own name the address of this machine (DNS rebinding). The browser then
takes what is served here for a part of that site, whose scripts may read it: source, variables,
secrets. But the browser names in ``Host`` the site that it asks, and the site can't change that.
So an error's page, and Werkzeug's debugger, are only for the names that are surely this machine's:
``localhost`` and what ends with ``.localhost`` (RFC 6761, section 6.3), loopback addresses, the
host that is listened on, and those of an option.

A request without ``Host`` is trusted no more than one with a foreign name. ``X-Forwarded-Host`` is
not looked at: the client can write it.

Any thread; a value never changes.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ..reporting.tracebacks import traceback_text

__all__ = ["TrustedHosts", "is_loopback"]

# RFC 9110, section 7.2: a name or an address, IPv6 in brackets, and perhaps a port.
_HOST = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<name>[^\s\[\]:/@?#\\,]+))(?::[0-9]*)?")
_UNTRUSTED = (
    "Its traceback is shown to trusted hosts only: this machine's, and those named with "
    "--trusted-host."
)


class TrustedHosts:
    """The hosts that may see tracebacks.

    :param host: what is listened on: a name, an address, or ``unix://`` and a path
    :param more: further names and addresses; one with a dot in front stands for itself and
        everything below it, as in Werkzeug's ``host_is_trusted``
    """

    def __init__(self, host: str = "localhost", more: Iterable[str] = ()) -> None:
        known: set[str] = set()
        below: set[str] = {"localhost"}
        for entry in (host, *more):
            name = _plain(entry if "]" in entry or entry.count(":") < 2 else f"[{entry}]")
            if name is not None and name.startswith("."):
                below.add(name[1:])
            elif name is not None:
                known.add(name)
        self._known = frozenset(known | below)
        self._below = tuple(f".{name}" for name in sorted(below))

    def trusts(self, host: Optional[str]) -> bool:
        """Whether a request's ``Host`` is one of them.

        :param host: as in the environ (PEP 3333: text that stands for bytes); None for none
        """
        name = None if host is None else _plain(host)
        if name is None or name.startswith("."):
            return False
        return name in self._known or name.endswith(self._below) or _is_loopback_address(name)

    def allow(self, environ: Mapping[str, Any]) -> bool:
        """Whether who asks may see a traceback.

        :param environ: the request's (PEP 3333)
        """
        return self.trusts(environ.get("HTTP_HOST"))

    def detail(self, environ: Mapping[str, Any], error: BaseException) -> str:
        """What an error's page shows of it: its traceback, or why there is none."""
        return traceback_text(error) if self.allow(environ) else _UNTRUSTED


def _plain(host: str) -> Optional[str]:
    """A host as it is compared: without port, in lower case, in ASCII; None for what is none."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    if match["ipv6"] is not None:
        return _address(match["ipv6"])
    name: str = match["name"]
    if not name.isascii():
        # A header's bytes are Latin-1 here, whatever they were; an option's text is itself.
        with contextlib.suppress(UnicodeError):
            name = name.encode("latin-1").decode("utf-8")
        try:
            dot = "." if name.startswith(".") else ""
            name = dot + name[len(dot) :].encode("idna").decode("ascii")
        except UnicodeError:
            return None
    name = name.lower()
    if name.endswith("."):  # the root's own dot
        name = name[:-1]
    if not name or ".." in name:
        return None
    return _address(name) or name


def _address(text: str) -> Optional[str]:
    """An IP address in its one form; None for what is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on a host: its whole name says so, not its
    beginning, as that of ``localhost.example`` would.
    """
    name = _plain(f"[{host}]" if host.count(":") > 1 and "]" not in host else host)
    if name is None:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback_address(name)


def _is_loopback_address(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
