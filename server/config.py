"""The one list of options: what each is called, means, allows, and defaults to.

The command line, the set-up form and the documentation are derived from the fields of
:class:`ServerConfig`; nothing else repeats them. A config is checked when it is made and never
changes afterwards, so any thread may hold it.
"""

from __future__ import annotations

from dataclasses import asdict, field, fields
from typing import Any, Optional

from .base.limits import BODY, CHUNKED_IN_MEMORY
from .base.values import dataclass
from .errors import ConfigError

__all__ = ["MODES", "RECORDING", "RUN_IN", "Option", "ServerConfig", "options"]

MODES = ("threaded", "single", "forking")
RUN_IN = ("auto", "thread", "process")
RECORDING = ("auto", "on", "off")


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

    :raises ConfigError: a value can't be used; the message names it and what is allowed
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
    root: str = _option(
        "",
        "Import root",
        "The folder that the app's module is imported from; by default the one that works.",
        flag="--root",
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
    trusted_hosts: tuple[str, ...] = _option(
        (),
        "Trusted hosts",
        "A host, beside this machine's own names, for which Debug shows tracebacks; .example "
        "stands for all below it, too; repeatable.",
        flag="--trusted-host",
        metavar="HOST",
    )
    mode: str = _option(
        "threaded",
        "Concurrency",
        "threaded: requests run side by side. single: one request after the other. "
        "forking: each request runs in a process of its own.",
        choices=MODES,
    )
    processes: int = _option(
        4,
        "Processes",
        "How many requests may run at once, each in a process of its own, when forking.",
        metavar="N",
        minimum=1,
        maximum=256,
    )
    reload: bool = _option(
        False,
        "Reload",
        "Load the app anew when one of its files changes; no request is refused meanwhile.",
        flag="--reload",
    )
    extra_files: tuple[str, ...] = _option(
        (),
        "Extra files",
        "A further file or folder whose changes reload the app, such as templates; repeatable.",
        flag="--extra-file",
        metavar="FILE",
    )
    exclude_patterns: tuple[str, ...] = _option(
        (),
        "Excluded files",
        "A shell pattern of files whose changes do not reload the app; repeatable.",
        flag="--exclude",
        metavar="PATTERN",
    )
    cold_reload: bool = _option(
        False,
        "Cold reload",
        "Start a new interpreter for each reload, instead of forking one that has the installed "
        "packages imported already.",
        flag="--cold-reload",
    )
    end_first: bool = _option(
        False,
        "End the old code first",
        "At a reload, load the app only when its processes of before have ended, for an app that "
        "takes a port or a lock while it is imported.",
        flag="--end-first",
    )
    restart: bool = _option(
        False,
        "Restart after a crash",
        "Start the app again where its process has crashed: after 1, 2, 4 and so on up to 30 "
        "seconds. It runs in a process of its own then.",
        flag="--restart",
    )
    python: str = _option(
        "",
        "Interpreter",
        "The Python that runs the app; ServeDeck's own by default.",
        flag="--python",
        metavar="PYTHON",
    )
    run_in: str = _option(
        "auto",
        "Run in",
        "auto: this process where that is safe, else one of its own. thread: this process. "
        "process: a separate process.",
        flag="--run-in",
        metavar="auto|thread|process",
        choices=RUN_IN,
    )
    env_file: str = _option(
        "",
        "Environment file",
        "A file of NAME=value lines for the app's environment, beside .flaskenv and .env.",
        flag="--env-file",
        metavar="FILE",
    )
    env: tuple[str, ...] = _option(
        (),
        "Environment",
        "A variable for the app's environment, as NAME=value; repeatable.",
        flag="--env",
        metavar="NAME=VALUE",
    )
    flow: str = _option(
        "auto",
        "Record flow",
        "Record the steps of each request and their times. auto: in debug mode.",
        flag="--flow",
        metavar="auto|on|off",
        choices=RECORDING,
    )
    nostatic: bool = _option(
        False,
        "No static files",
        "Do not serve the static files of a Django app in debug mode, as runserver --nostatic.",
        flag="--nostatic",
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
        BODY,
        "Body limit",
        "Bytes of each request's and response's body that are kept for display.",
        minimum=0,
        maximum=64 * 1024 * 1024,
    )
    chunked_memory: int = _option(
        CHUNKED_IN_MEMORY,
        "Chunked bodies",
        "Bytes of a chunked request body that are held in memory; a longer one is put into a "
        "temporary file before the app gets it. With one request at a time, or processes, of any "
        "request body.",
        flag="--chunked-memory",
        metavar="BYTES",
        minimum=0,
        maximum=1024 * 1024 * 1024,
    )
    stream_chunked: bool = _option(
        False,
        "Stream chunked bodies",
        "Give the app a chunked request body while it arrives, without its length, which most "
        "frameworks take for an empty one.",
        flag="--stream-chunked",
    )

    def __post_init__(self) -> None:
        for name, plain, option, type_name in _CHECKED:
            value = getattr(self, name)
            if type(value) is not plain:
                _check(name, option, type_name, value)
        if not self.host.strip() or any(c.isspace() for c in self.host):
            raise ConfigError(
                "host",
                f"The host {self.host!r} is not an address: "
                "use a name or an IP address such as 127.0.0.1.",
            )
        for name in self.trusted_hosts:
            if not name.strip(".") or any(c.isspace() or c in "/@*?#\\," for c in name):
                raise ConfigError(
                    "trusted_hosts",
                    f"The trusted host {name!r} can't be read: write a name or an address, such as "
                    "dev.example; .example stands for all below it, too.",
                )
        for line in self.env:
            name, equals, _ = line.partition("=")
            if not equals or not name.strip() or "\0" in line:
                raise ConfigError(
                    "env", f"The variable {line!r} can't be read: write it as NAME=value."
                )

    @property
    def records_flow(self) -> bool:
        """Whether the steps of each request are recorded."""
        return self.flow == "on" or (self.flow == "auto" and self.debug)

    @property
    def address(self) -> str:
        """What to listen on, as ``make_server``'s ``host`` takes it."""
        return f"unix://{self.unix}" if self.unix else self.host

    def to_json(self) -> dict[str, Any]:
        """The config as a JSON object. With :meth:`from_json`, its one form outside of a process:
        in the pipe to a worker, and wherever it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> ServerConfig:
        """Read what :meth:`to_json` made; fields that are not known here are ignored.

        :param value: as ``json.loads`` gives it: lists stand for tuples
        :raises ConfigError: it is no such object, or a value can't be used
        """
        if not isinstance(value, dict):
            kind = type(value).__name__
            raise ConfigError("config", f"A configuration is an object by name, not a {kind}.")
        known = {item.name for item in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(item) if isinstance(item, list) else item
            for name, item in value.items()
            if name in known
        }
        return cls(**values)


def options() -> dict[str, Option]:
    """Every option by its field's name, in the order in which they are shown."""
    return {item.name: item.metadata["option"] for item in fields(ServerConfig)}


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "tuple[str, ...]": (tuple,),
}
_TYPE_NAMES = {"tuple[str, ...]": "list of texts"}


def _check(name: str, option: Option, type_name: Any, value: Any) -> None:
    """Refuse a value of the wrong type or outside the option's bounds."""
    allowed = _TYPES[type_name]
    fits = isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))
    if isinstance(value, tuple):
        fits = fits and all(isinstance(item, str) for item in value)
    if not fits:
        kind = _TYPE_NAMES.get(type_name, type_name)
        raise ConfigError(name, f"{option.label} must be a {kind}, not {value!r}.")
    if option.choices and value not in option.choices:
        raise ConfigError(
            name, f"{option.label} must be one of {', '.join(option.choices)}, not {value!r}."
        )
    if option.minimum is None or option.maximum is None:
        return
    number: float = value
    if not option.minimum <= number <= option.maximum:
        raise ConfigError(
            name,
            f"{option.label} {value} is out of range: "
            f"use a number from {option.minimum} to {option.maximum}.",
        )


def _plain_type(option: Option, type_name: Any) -> type | None:
    """The type of which any value can be used; None where there is more to check."""
    if option.choices or option.minimum is not None or type_name not in ("str", "int", "bool"):
        return None
    return _TYPES[type_name][0]


_CHECKED: tuple[tuple[str, type | None, Option, Any], ...] = tuple(
    (item.name, _plain_type(item.metadata["option"], item.type), item.metadata["option"], item.type)
    for item in fields(ServerConfig)
)
"""The fields, with what each is checked by: a config is made for many a key that is pressed."""
