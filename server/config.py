"""The one list of options: what each is called, means, allows, and defaults to.

The command line, the set-up form and the documentation are derived from the fields of
:class:`ServerConfig`; nothing else repeats them. A config is checked when it is made and never
changes afterwards, so any thread may hold it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Optional

from .errors import ConfigError

__all__ = ["MODES", "Option", "ServerConfig", "options"]

MODES = ("threaded", "single")


@dataclass(frozen=True)
class Option:
    """How one field of :class:`ServerConfig` is presented.

    :param label: its name in the form
    :param help: one sentence for the tooltip, ``--help`` and the documentation
    :param flag: its name on the command line, or "" where the command line has no such option
    :param metavar: what stands for the value in ``--help``
    :param minimum: smallest number allowed
    :param maximum: largest number allowed
    :param choices: the words allowed, where only these are
    """

    label: str
    help: str
    flag: str = ""
    metavar: str = ""
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    choices: tuple[str, ...] = ()


def _option(default: Any, label: str, help: str, **details: Any) -> Any:
    return field(default=default, metadata={"option": Option(label, help, **details)})


@dataclass(frozen=True)
class ServerConfig:
    """Everything a :class:`~server.session.Session` needs to know before anything runs.

    :raises ConfigError: a value can't be used; the message says which and what is allowed
    """

    app: str = _option(
        "",
        "App",
        "The app to serve: module, module:attribute, module:factory(arguments) or a file.",
        metavar="APP",
    )
    project: str = _option(
        "",
        "Project folder",
        "The folder the app is imported from and runs in; the current one by default.",
        flag="--project",
        metavar="DIR",
    )
    host: str = _option(
        "127.0.0.1",
        "Host",
        "The address to listen on. 127.0.0.1: this machine only. 0.0.0.0: the whole network.",
        flag="--host",
        metavar="HOST",
    )
    port: int = _option(
        5000,
        "Port",
        "The port to listen on; 0 lets the system choose a free one.",
        flag="--port",
        metavar="PORT",
        minimum=0,
        maximum=65535,
    )
    debug: bool = _option(
        False,
        "Debug",
        "Debug mode: the app's own, and tracebacks in the browser. Never on an open network.",
        flag="--debug",
    )
    mode: str = _option(
        "threaded",
        "Concurrency",
        "threaded: requests run side by side. single: one request after the other.",
        choices=MODES,
    )
    ssl: str = _option(
        "",
        "HTTPS",
        "adhoc: a certificate made on the spot. CERT,KEY: a certificate's and its key's file.",
        flag="--ssl",
        metavar="adhoc|CERT,KEY",
    )
    unix: str = _option(
        "",
        "Unix socket",
        "The path of a Unix socket to listen on, instead of host and port.",
        flag="--unix",
        metavar="PATH",
    )
    passthrough_errors: bool = _option(
        False,
        "Pass errors through",
        "Let the first error of the app end the server, for a debugger to catch.",
        flag="--passthrough-errors",
    )
    grace: float = _option(
        5.0,
        "Grace time",
        "Seconds that running requests get to finish when the server stops.",
        flag="--grace",
        metavar="SECONDS",
        minimum=0,
        maximum=3600,
    )
    body_limit: int = _option(
        65536,
        "Body limit",
        "Bytes of each request's and response's body that are kept for display.",
        minimum=0,
        maximum=64 * 1024 * 1024,
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, item.metadata["option"], item.type, getattr(self, item.name))
        if not self.host.strip() or any(c.isspace() for c in self.host):
            raise ConfigError(
                "host",
                f"The host {self.host!r} is not an address: "
                "use a name or an IP address such as 127.0.0.1.",
            )

    @property
    def address(self) -> str:
        """What to listen on, as ``make_server``'s ``host`` takes it."""
        return f"unix://{self.unix}" if self.unix else self.host

    def to_json(self) -> str:
        """The config as one JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ServerConfig:
        """Read what :meth:`to_json` wrote; fields that are not known here are ignored.

        :raises ConfigError: it is no such text, or a value can't be used
        """
        try:
            record: dict[str, Any] = json.loads(text)
            known = {item.name for item in fields(cls)}
            values = {name: value for name, value in record.items() if name in known}
        except (ValueError, AttributeError) as error:
            raise ConfigError("config", f"This is not a saved configuration: {error}.") from None
        return cls(**values)


def options() -> dict[str, Option]:
    """Every option by its field's name, in the order in which they are shown."""
    return {item.name: item.metadata["option"] for item in fields(ServerConfig)}


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
}


def _check(name: str, option: Option, type_name: Any, value: Any) -> None:
    """Refuse a value of the wrong type or outside the option's bounds."""
    allowed = _TYPES[type_name]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise ConfigError(name, f"{option.label} must be a {type_name}, not {value!r}.")
    if option.choices and value not in option.choices:
        raise ConfigError(
            name, f"{option.label} must be one of {', '.join(option.choices)}, not {value!r}."
        )
    if option.minimum is None or option.maximum is None:
        return
    number: float = value  # type: ignore[assignment]
    if not option.minimum <= number <= option.maximum:
        raise ConfigError(
            name,
            f"{option.label} {value} is out of range: "
            f"use a number from {option.minimum} to {option.maximum}.",
        )
