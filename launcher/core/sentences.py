"""Sentences for people, made from a kind and its facts; pure functions for any thread.

Events carry both: the kind with its facts, and an English sentence for readers that know no better.
Window and terminal show what is made here, so that the wording is decided in one place,
and another language would be other tables. An event of a kind that isn't known here, or that lacks
a fact, is shown by the sentence it brings along; so is one whose sentence is made where it arises,
as a setting's, which quotes what was typed.

Those who make such events in the launcher fill in the English sentence from here as well.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import replace

from server.events import (
    Importing,
    Reason,
    ReloadFailed,
    Reloading,
    ServerFailed,
    ServerStarted,
    WatchChanged,
)

_APART = {
    "forking": "only a process without a window may fork",
    "interpreter": "it has an interpreter of its own, {python}",
    "taken": "another server runs in it, and folder, environment and output are the process's",
    "patches": "it replaces {what} while it is imported, which ServeDeck itself relies on",
    "restart": "it is to be started again after a crash",
    "module-name": "its module {module} has the name of a part of ServeDeck",
}
_WHY_HERE = {
    "thread-chosen": "The app runs in this process, as you chose.",
    "process-chosen": "The app runs in a separate process, as you chose.",
    "example": "The app runs in this process: it is one of ServeDeck's examples.",
    "own-app": "The app runs in a separate process: neither a crash nor a long calculation in it "
    "holds ServeDeck up.",
    **{kind: f"The app runs in a separate process: {why}." for kind, why in _APART.items()},
    "taken": "The app runs in a separate process: another server runs in this one.",
}
_WHY_COLD = {
    "chosen": "cold reloads are chosen",
    "no-fork": "this system can't fork a process that is kept ready",
    "not-ready": "the process that is kept ready was not ready yet",
    "packages-changed": "other packages are installed than before",
    "not-started": "a process to be kept ready can't be started: {error}",
    "thread": "importing the app's packages starts a thread ({thread})",
    "patches": "{package} replaces parts of the standard library while it is imported",
    "not-cloned": "{package} must not be forked once it is imported",
    "project-module": "an installed package imports {file}, which is the project's own",
    "native-threads": "importing the app's packages starts threads of a compiled library",
}
_WATCHING = {
    "remote": "The project is on a network file system ({file_system}), which doesn't report "
    "changes made elsewhere, so they are seen a little later.",
    "too-many": "The project has more than {files:,} files or {folders:,} folders, and changes in "
    "the others are not seen: exclude folders that aren't the app's.",
    "unnameable": "A file that is often written to has a name that isn't valid UTF-8, so changes "
    "are seen a little later: rename it, or keep it elsewhere.",
    "no-watchfiles": "The package watchfiles can't be loaded ({error}), so changes are seen a "
    "little later: install it anew.",
    "watch-limit": "The system's limit of watched folders is reached, so changes are seen a little "
    "later: raise it with `sudo sysctl fs.inotify.max_user_watches=524288`.",
    "instance-limit": "The system's limit of programs that watch folders is reached, so changes "
    "are seen a little later: raise it with `sudo sysctl fs.inotify.max_user_instances=1024`.",
    "refused": "The system doesn't report changes ({error}), so they are seen a little later.",
    "ended": "The watcher has ended by an error of ServeDeck's own, so changes are not seen: "
    "restart the server.",
}
_REMARKS = {
    "asgi": "This is an ASGI app: it is served for HTTP, through a2wsgi. For WebSockets run it "
    "with an ASGI server such as uvicorn.",
    "no-debugger": "The debugger in the browser is off: it can't work where each request runs in a "
    "process of its own. Choose threaded to use it.",
}
_IMPORT_ENDED = (
    "{app} ended its process while it was imported: {how}. Look at the output for the reason."
)
_CRASHED = "The process of the app has ended: {how}."
FORKS_HERE = (
    "The app has forked a process off ServeDeck's own, beside its threads, which may hang: choose "
    "Separate process (--run-in process)."
)
PACKAGES_STAY = (
    "Installed packages have changed, but those that ServeDeck's own process has imported stay as "
    "they are until it is started anew: choose Separate process (--run-in process)."
)
UNHEARD = (
    "The app has closed the descriptors on which its process reports to ServeDeck, so its requests "
    "are served, but not shown: look for os.closerange() in it."
)
UNHEARD_AT_IMPORT = (
    "The app has closed the descriptors on which its process reports to ServeDeck while it was "
    "imported: look for os.closerange() in it."
)
_WAITS_FOR_OLD = (
    "It is loaded once more when the code before has ended, which still finishes its requests and "
    "may be in the way."
)
ENDS_FIRST = (
    "The code before was in the way of the app's import twice, so from now on each reload ends it "
    "first (--end-first)."
)
_RELOAD_CAUSES = {
    "old-ended": "the code before has ended",
}
LOCK_HELD = (
    "Nothing in the app's process answers: code in C holds the interpreter's lock, so no other "
    "thread can run until it is done."
)
_IMPORT_HINTS = {
    "serves-at-import": "{file}, line {line}, starts a server or an event loop while it is "
    'imported, and comes back only when that ends: put it under `if __name__ == "__main__":`, as '
    "ServeDeck serves the app itself.",
    "lock-held": LOCK_HELD,
}
_RELOAD_FAILURES = {
    "unheard": UNHEARD_AT_IMPORT,
    "import-ended": _IMPORT_ENDED,
    "import-hangs": "{app} has been loading for {seconds:g} s, and still is: where it hangs, put "
    "it right and save.",
    "app-crashed": _CRASHED,
    "app-restarted": f"{_CRASHED} It is started again.",
}
_RESTARTS_IN = f"{_CRASHED} It is started again in {{restarts_in:g}} s."
_FAILURES = {
    "app-crashed": f"{_CRASHED} Press Start to run it again.",
}


def why_apart(reason: Reason) -> str:
    """Why an app can't run in the launcher's own process, as a part of a sentence."""
    return _filled(_APART, reason.kind, dict(reason.facts), "")


def why_here(reason: Reason | None, english: str = "") -> str:
    """Why an app runs in the process in which it runs.

    :param english: the sentence that came with the reason
    """
    return _of(_WHY_HERE, reason, english)


def cold_cause(reason: Reason | None, english: str = "") -> str:
    """Why a reload took a new interpreter, in a few words."""
    return _of(_WHY_COLD, reason, english)


def watching(reason: Reason | None, english: str = "") -> str:
    """Why changes may go unseen, or be seen late."""
    return _of(_WATCHING, reason, english)


def remark(event: ServerStarted) -> str:
    """What the user should know about a server; or ""."""
    return _of(_REMARKS, event.note_reason, event.note)


def why_it_runs_there(event: ServerStarted) -> str:
    """:func:`why_here`, of a server."""
    return why_here(event.why_reason, event.why)


def why_cold(event: ServerStarted) -> str:
    """:func:`cold_cause`, of a server."""
    return cold_cause(event.cold_reason, event.why_cold)


def watch_problem(event: ServerStarted | WatchChanged) -> str:
    """:func:`watching`, of a server."""
    return watching(event.watch_reason, event.watch_problem)


def importing(event: Importing) -> str:
    """Where an import that takes long stands."""
    line = f"{event.app} has been loading for {event.elapsed:.0f} s"
    if event.where is not None:
        line += f": {event.where.file}, line {event.where.line}"
        if event.where.source:
            line += f", {event.where.source[0].strip()}"
    if event.module and event.module != event.app.partition(":")[0]:
        line += f" (executing the module {event.module})"
    return f"{line}."


def import_hint(event: Importing) -> str:
    """Why an import may never end; "" where nothing speaks for that."""
    return _of(_IMPORT_HINTS, event.hint, "")


def reload_failure(event: ReloadFailed) -> str:
    """Why the app can't be loaded, or has ended."""
    facts = {**vars(event), "how": how_ended(event.status)}
    if event.restarts_in is not None:
        return _RESTARTS_IN.format_map(facts)
    sentence = _filled(_RELOAD_FAILURES, event.kind, facts, event.error)
    return f"{with_stop(sentence)} {_WAITS_FOR_OLD}" if event.waits_for_old else sentence


def with_stop(sentence: str) -> str:
    """A sentence that another one follows: what an app's exception states has no stop mostly."""
    return sentence if sentence.endswith((".", "!", "?", "\u2026")) else f"{sentence}."


def reload_cause(event: Reloading) -> str:
    """Why the app is loaded anew, where that isn't a change of a file, in a few words."""
    return _of(_RELOAD_CAUSES, event.cause, "asked for")


def failure(event: ServerFailed) -> str:
    """Why a server could not start, or has ended."""
    if event.kind == "port-in-use" and event.port is not None:
        return _port_in_use(event)
    facts = {**vars(event), "how": how_ended(event.status)}
    if event.kind == "app-import" and event.app:
        return _IMPORT_ENDED.format_map(facts)
    return _filled(_FAILURES, event.kind, facts, event.message)


def how_ended(status: int | None) -> str:
    """How a process ended, as a part of a sentence.

    :param status: as ``subprocess`` gives it, negative for a signal; None where it isn't known
    """
    if status is None:
        return "its exit status is not known"
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"ended by signal {-status}"
    words = (signal.strsignal(-status) or "").lower()
    if name == "SIGKILL":
        words += ", as by the system where memory runs out"
    return f"ended by the signal {name}" + (f" ({words})" if words else "")


def crash_name(status: int | None) -> str:
    """What a crash is called in a list of errors, so that each kind is one: ``Crash: SIGSEGV``.

    :param status: as in :func:`how_ended`
    """
    cause = _crash_cause(status)
    return f"Crash: {cause}" if cause else "Crash"


def crash_word(status: int | None) -> str:
    """The same in place of a server's state: ``Crashed: SIGSEGV``."""
    cause = _crash_cause(status)
    return f"Crashed: {cause}" if cause else "Crashed"


def _crash_cause(status: int | None) -> str:
    if status is None:
        return ""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def crashed_line(event: ServerFailed) -> str:
    """How the process of an app ended that isn't started again, in one line."""
    return f"Crashed: {how_ended(event.status)}."


def port_of_ours(port: int, holder: str) -> str:
    """A port is in use by another server of the same window."""
    return f"Port {port} is used by {holder}, which runs here."


def with_holder(event: ServerFailed, holder: str) -> ServerFailed:
    """A failure that names the server of the same window that has the port, not its process.

    :param holder: its name; "" for none, which leaves the event as it is
    """
    if event.kind != "port-in-use" or not holder:
        return event
    named = replace(event, pid=None, process=holder)
    return replace(named, message=failure(named))


def _port_in_use(event: ServerFailed) -> str:
    assert event.port is not None
    port = event.suggested_port
    instead = f"stop it, or use port {port}" if port else "choose another port"
    if event.process and event.pid is None:
        return f"{port_of_ours(event.port, event.process)[:-1]}: {instead}."
    by = f"{event.process} (pid {event.pid})" if event.pid else "another program"
    return f"Port {event.port} is in use by {by}: {instead}."


def _of(table: Mapping[str, str], reason: Reason | None, english: str) -> str:
    if reason is None:
        return english
    return _filled(table, reason.kind, dict(reason.facts), english)


def _filled(table: Mapping[str, str], kind: str, facts: Mapping[str, object], english: str) -> str:
    """The sentence of a kind with its facts; the English one where it can't be made."""
    template = table.get(kind)
    if template is None:
        return english
    try:
        return template.format_map(facts)
    except (KeyError, ValueError, TypeError):  # a fact is missing, or isn't what it should be
        return english
