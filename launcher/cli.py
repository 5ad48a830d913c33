"""The ``servedeck`` command, but for the window: see ``core.commands``. No Qt.

``serve`` drives the same supervisor as the window and shows the same events, on the terminal.
"""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from launcher.core.display import escaped, plural
from launcher.core.project.app_argument import AppArgument, absolute, read_app_argument
from launcher.core.project.boundary import chosen_path
from launcher.core.project.interpreters import (
    announcement,
    find_interpreters,
    proposed,
)
from server import __version__
from server.base.forks import handle_signal
from server.config import Option, ServerConfig, options
from server.errors import ConfigError, why_refused
from server.events import (
    Event,
    Paused,
    Resumed,
    ServerFailed,
    ServerStopped,
)
from server.reporting.batch import EventBatch

from . import desktop_command
from .core.commands import BAD_INPUT, COMMANDS, OneLineParser
from .core.project import discovery, listing
from .event_file import EventFile
from .hosts.supervisor import Supervisor
from .routes_command import print_routes
from .terminal import Terminal

_MODE_HELP = {
    "threaded": "Requests run side by side, in threads. The default.",
    "single": "One request after the other.",
}

_OF_LOADING = ("project", "python", "root", "env_file", "env")
"""The options that ``routes`` has, too: what decides how an app is loaded."""

APP_FAILED = 1
_APP_FAILURES = frozenset({"app-import", "app-error", "app-crashed", "internal"})
_CLOSE_SECONDS = 2.0
_END_PAUSE = "end the pause"
_Signs = queue.SimpleQueue[ServerStopped | ServerFailed | str | None]
_ENDS = (ServerStopped, ServerFailed)


def main(argv: Sequence[str], default_app: Path | None = None) -> int:
    """Run one of :data:`~launcher.core.commands.COMMANDS`.

    :param argv: the arguments, from the command's name on
    :param default_app: lets ``serve`` take the window's arguments, for where there is no display:
        this is served where neither an app nor a project is named
    :returns: the process's exit status: 0, 1 for an app that fails, 2 for bad input
    """
    arguments, unknown = _parser(for_window=default_app is not None).parse_known_args(argv)
    if unknown:  # reported by the command: its help is the one to read
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if default_app is not None and not arguments.app and arguments.project is None:
        arguments.app = str(default_app)
    if arguments.command == "apps":
        folder = Path(arguments.directory)
        return _printed(lambda: listing.run(folder, arguments.json, sys.stdout))
    if arguments.command == "desktop":
        return desktop_command.run(arguments.action, sys.stdout)
    if arguments.command in ("requests", "errors"):
        return _printed(lambda: _print_history(arguments))
    if arguments.command == "replay":
        return _replay(arguments)
    try:
        config = _config(arguments)
    except ConfigError as error:
        return _refuse(error.message)
    if arguments.command == "routes":
        return _printed(
            lambda: print_routes(config, as_json=arguments.json, out=sys.stdout, err=sys.stderr)
        )
    try:
        events = None if arguments.events is None else EventFile(arguments.events)
    except OSError as error:
        return _refuse(f"Events can't be written to {arguments.events}: {why_refused(error)}.")
    return serve(config, events, color=_wants_color(sys.stdout))


def _printed(run: Callable[[], int]) -> int:
    """Run what prints a list; nothing is wrong where only its beginning is read, as by ``head``."""
    try:
        status = run()
        if not sys.stdout.closed:
            sys.stdout.flush()
    except BrokenPipeError:
        with suppress(OSError):  # or it is written once more when the process ends
            sys.stdout.close()
        return 0
    return status


def _print_history(arguments: argparse.Namespace) -> int:
    # SQLite and what reads it: the other commands start without them.
    from .core.logs.history.printing import print_errors, print_requests

    data_dir = _data_dir(arguments)
    if arguments.command == "requests":
        return print_requests(
            arguments.directory, data_dir, query=arguments.filter, as_json=arguments.json,
            out=sys.stdout, err=sys.stderr,
        )  # fmt: skip
    form = "json" if arguments.json else "markdown" if arguments.markdown else "text"
    return print_errors(
        arguments.directory, data_dir, query=arguments.filter, last=arguments.last, form=form,
        out=sys.stdout, err=sys.stderr,
    )  # fmt: skip


def _replay(arguments: argparse.Namespace) -> int:
    from .core.replay.checking import replay

    try:
        return replay(
            arguments.source, against=arguments.against, query=arguments.filter,
            unsafe=arguments.unsafe, data_dir=_data_dir(arguments), out=sys.stdout, err=sys.stderr,
        )  # fmt: skip
    except KeyboardInterrupt:
        return BAD_INPUT


def _data_dir(arguments: argparse.Namespace) -> Path | None:
    return Path(arguments.data_dir).expanduser() if arguments.data_dir else None


def serve(config: ServerConfig, events: EventFile | None, *, color: bool) -> int:
    """Serve in the terminal until SIGINT, SIGTERM or the app ends it. The main thread.

    :param events: takes every event; closed at the end
    :param color: whether the terminal shows colours
    :returns: the exit status
    """
    terminal = Terminal(config, sys.stdout, sys.stderr, color=color)
    signs: _Signs = queue.SimpleQueue()
    pauses: set[int] = set()

    def take(found: Sequence[Event]) -> None:
        for event in found:
            if isinstance(event, Paused):
                pauses.add(event.id)
            elif isinstance(event, Resumed):
                pauses.discard(event.id)
        if events is not None and (problem := events.write(found)):
            terminal.complain(problem)
        terminal.show(found)

    batch = EventBatch(take)

    def emit(event: Event) -> None:
        batch.emit(event)
        if isinstance(event, _ENDS):
            signs.put(event)

    supervisor = Supervisor(emit, input_kind="terminal" if _has_terminal() else "none")
    _report_signals(signs, supervisor.kill, pauses)
    if text := announcement(config.python, config.project):
        terminal.complain(escaped(text))
    supervisor.start(config)
    stopping = announced = False
    while True:
        try:
            # Windows delivers no signal to a thread that waits without a limit.
            end = signs.get(timeout=0.5)
        except queue.Empty:
            if stopping and not announced:
                announced = True
                terminal.show_stopping()
            continue
        if isinstance(end, str):
            supervisor.give_input(None)
            continue
        if end is not None:
            break
        stopping = True
        supervisor.stop()
    supervisor.close(_CLOSE_SECONDS)
    batch.close()
    if events is not None:
        events.close()
    if isinstance(end, ServerStopped):
        return 0
    return APP_FAILED if end.kind in _APP_FAILURES else BAD_INPUT


def _report_signals(signs: _Signs, kill: Callable[[], None], pauses: Collection[int]) -> None:
    """Put None into the queue on the first signal, which stops cleanly; end at once on the second.

    A Ctrl+C at a prompt only ends that pause; where it doesn't, the next one is the first signal.

    :param kill: ends what runs in another process
    :param pauses: the numbers of the pauses that there are

    Whatever the main thread is doing then is interrupted, so nothing with a lock is called here.
    """
    seen: list[int] = []
    ended: set[int] = set()

    def handle(number: int, frame: object) -> None:
        if number == signal.SIGINT and not seen and not ended.issuperset(now := tuple(pauses)):
            ended.update(now)
            signs.put(_END_PAUSE)
            return
        seen.append(number)
        if len(seen) > 1:
            kill()
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        else:
            signs.put(None)

    handle_signal(signal.SIGINT, handle)
    handle_signal(signal.SIGTERM, handle)


def _config(arguments: argparse.Namespace) -> ServerConfig:
    """The config that the arguments ask for.

    :raises ConfigError: a value can't be used
    """
    values = {
        name: getattr(arguments, name)
        for name, option in options().items()
        if option.flag and getattr(arguments, name, None) is not None
    }
    # The session changes to the project's folder; what is named here is named from this one.
    if values.get("ssl", "adhoc") != "adhoc":
        values["ssl"] = ",".join(_absolute(part, "ssl") for part in values["ssl"].split(",", 1))
    for name in ("unix", "env_file", "root"):
        if name in values:
            values[name] = _absolute(values[name], name)
    if "python" in values:
        values["python"] = chosen_path(values["python"])
    for name in ("extra_files", "exclude_patterns", "env", "trusted_hosts"):
        if name in values:
            values[name] = tuple(values[name])
    extra = values.get("extra_files", ())
    values["extra_files"] = tuple(_absolute(path, "extra_files") for path in extra)
    found: AppArgument = read_app_argument(arguments.app, values.pop("project", None))
    config = ServerConfig(app=found.app, project=str(found.project), **values)
    if not config.app:
        findings = discovery.look_at(found.project)
        if not findings.apps:
            text = f"No WSGI app was found in {found.project}: name one, such as module:app."
            hints = [escaped(hint.text) for hint in findings.hints[:1]]
            raise ConfigError("app", " ".join([text, *hints]))
        config = replace(config, app=findings.apps[0].spec)
        if others := findings.apps[1:]:
            chosen, another = escaped(config.app), escaped(others[0].spec)
            count = plural(len(others), "other app")
            print(
                f"servedeck: {chosen} was chosen; {count} can be named in its place, such as "
                f"{another}.",
                file=sys.stderr,
            )
    if not config.python and config.run_in != "thread":
        interpreter = proposed(find_interpreters(found.project))
        if interpreter is not None and not interpreter.own:
            config = replace(config, python=interpreter.path)
    if arguments.command == "routes":
        return config
    if arguments.processes is not None:
        mode = "forking" if arguments.processes > 1 else "single"
        return replace(config, mode=mode, processes=arguments.processes)
    return replace(config, mode=arguments.mode)


def _absolute(path: str, option: str) -> str:
    return str(absolute(path.strip(), option))


def _has_terminal() -> bool:
    """Whether somebody can type something."""
    try:
        return os.name == "posix" and os.isatty(0)
    except OSError:
        return False


def _wants_color(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def _refuse(message: str) -> int:
    print(f"servedeck: {message}", file=sys.stderr)
    return BAD_INPUT


def _parser(*, for_window: bool = False) -> argparse.ArgumentParser:
    parser = OneLineParser(prog="servedeck", description="Serve WSGI apps.")
    parser.add_argument("--version", action="version", version=f"servedeck {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=OneLineParser)

    run = commands.add_parser("serve", help=COMMANDS["serve"])
    app_help = f"{options()['app'].help} By default the one that is found in the project's folder."
    run.add_argument("app", metavar="APP", nargs="?", default="", help=app_help)
    if for_window:
        run.add_argument("--data-dir", help=argparse.SUPPRESS)
    for name, option in options().items():
        if option.flag:
            _add_option(run, name, option)
    concurrency = run.add_mutually_exclusive_group()
    for mode in ("threaded", "single"):
        concurrency.add_argument(
            f"--{mode}",
            dest="mode",
            action="store_const",
            const=mode,
            default="threaded",
            help=_MODE_HELP[mode],
        )
    concurrency.add_argument(
        "--processes",
        type=_reader(options()["processes"], int),
        metavar="N",
        help="forking: up to N requests at once, each in a process of its own.",
    )
    run.add_argument(
        "--events", metavar="FILE|-", help="write every event as a line of JSON; - is stdout"
    )

    apps = commands.add_parser("apps", help=COMMANDS["apps"])
    apps.add_argument(
        "directory", metavar="DIR", nargs="?", default=".", help="by default the current folder"
    )
    apps.add_argument("--json", action="store_true", help="as JSON")

    routes = commands.add_parser("routes", help=COMMANDS["routes"])
    routes.add_argument("app", metavar="APP", nargs="?", default="", help=app_help)
    for name in _OF_LOADING:
        _add_option(routes, name, options()[name])
    routes.add_argument("--json", action="store_true", help="as JSON")

    asked = commands.add_parser("requests", help=COMMANDS["requests"])
    asked.add_argument(
        "--filter", default="", metavar="F",
        help='such as "method:POST status:5xx -path:/static dur:>200ms", and words of the path or '
        "query; the language is that of the window's field",
    )  # fmt: skip
    asked.add_argument("--json", action="store_true", help="as lines of JSON")
    failed = commands.add_parser("errors", help=COMMANDS["errors"])
    failed.add_argument("--last", action="store_true", help="only the newest")
    failed.add_argument(
        "--filter", default="", metavar="F",
        help='such as "type:ValueError file:views.py", and words of the message',
    )  # fmt: skip
    form = failed.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as lines of JSON")
    form.add_argument("--markdown", action="store_true", help="as Markdown")
    for command in (asked, failed):
        command.add_argument(
            "directory", metavar="DIR", nargs="?", default=".",
            help="the project's folder; by default the current one",
        )  # fmt: skip
        command.add_argument("--data-dir", metavar="D", help="where the window keeps it")

    again = commands.add_parser("replay", help=COMMANDS["replay"])
    again.add_argument(
        "source", metavar="DIR|HAR", nargs="?", default=".",
        help="a project's folder, or a HAR file; by default the current folder",
    )  # fmt: skip
    again.add_argument(
        "--against", metavar="URL", default="",
        help="where they are sent, such as http://127.0.0.1:5000; by default where each was sent",
    )  # fmt: skip
    again.add_argument(
        "--filter", default="", metavar="F",
        help="which requests; by default those that are pinned, or all of a HAR file",
    )  # fmt: skip
    again.add_argument(
        "--unsafe", action="store_true", help="send other methods than GET, HEAD and OPTIONS, too"
    )
    again.add_argument("--data-dir", metavar="D", help="where the window keeps it")

    entry = commands.add_parser("desktop", help=COMMANDS["desktop"])
    entry.add_argument("action", choices=desktop_command.ACTIONS)
    for command in commands.choices.values():
        command.set_defaults(parser=command)
    return parser


def _add_option(parser: argparse.ArgumentParser, name: str, option: Option) -> None:
    default = getattr(ServerConfig(), name)
    help_text = f"{option.help} Default: {default or 'none'}."
    if name in ("project", "python"):
        help_text = option.help
    if isinstance(default, bool):
        parser.add_argument(
            option.flag, dest=name, action="store_true", default=None, help=option.help
        )
    elif isinstance(default, tuple):
        parser.add_argument(
            option.flag, dest=name, action="append", metavar=option.metavar, help=option.help
        )
    elif option.choices:
        parser.add_argument(
            option.flag, dest=name, choices=option.choices, metavar=option.metavar, help=help_text
        )
    else:
        parser.add_argument(
            option.flag, dest=name, type=_reader(option, type(default)), metavar=option.metavar,
            help=help_text,
        )  # fmt: skip


def _reader(option: Option, kind: type) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{option.label} must be a number from {option.minimum} to {option.maximum}, "
                f"not {text!r}"
            ) from None

    return read
