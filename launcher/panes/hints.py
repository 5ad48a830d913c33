"""The texts of the empty panes in each state: what they are for and what to do next. Any thread."""

from __future__ import annotations

from launcher.core.display import plural
from launcher.core.state import SessionState
from server.config import ServerConfig
from server.events import ServerStarted

Words = tuple[str, str]
_WAIT: Words = ("One moment", "The server is on its way.")
_ON_ITS_WAY = (SessionState.STARTING, SessionState.STOPPING, SessionState.RELOADING)


def cleared(noun: str, hidden: int) -> Words:
    """For a list from which Clear has taken all there was.

    :param noun: what it lists
    :param hidden: how many of them
    """
    return (
        f"{plural(hidden, noun)} cleared",
        f"Nothing is lost: \u201cShow {hidden:,} cleared\u201d beside the tabs brings them back.\n"
        "What comes next appears here.",
    )


def requests(
    state: SessionState, server: ServerStarted | None, hidden: int = 0, *, crashed: bool = False
) -> Words:
    """For the list of requests.

    :param hidden: how many Clear has hidden
    :param crashed: the app's process has ended by itself, and nothing was loaded since
    """
    if hidden:
        return cleared("request", hidden)
    if server is not None and state is SessionState.RUNNING:
        return (
            "Waiting for the first request",
            f"Open {server.url} in a browser (Ctrl+B), or send a request to it.",
        )
    if state in _ON_ITS_WAY:
        return _WAIT
    if state is SessionState.BROKEN and crashed:
        return (
            "The app has crashed",
            "The message below has how its process ended. It is loaded again when you save a "
            "change.",
        )
    if state is SessionState.BROKEN:
        return (
            "The app can't be loaded",
            "The message below explains why. It is loaded again when you save a change.",
        )
    if state is SessionState.CRASHED:
        return (
            "The app has crashed",
            "The message below has how its process ended. Press Start (F5) to run it again.",
        )
    if state is SessionState.FAILED:
        return (
            "The server didn't start",
            "The message below explains why. Put it right and press Start (F5).",
        )
    return (
        "No requests yet",
        "Choose a project folder and its app, then press Start (F5).\n"
        "Every request appears here as it happens.",
    )


def errors(state: SessionState, hidden: int = 0) -> Words:
    """For the list of errors; see :func:`requests`."""
    if hidden:
        return cleared("error", hidden)
    if state is SessionState.RUNNING:
        return ("No errors", "When your app raises one, its traceback appears here at once.")
    return ("No errors", "Tracebacks of your app are listed here, each with its request.")


def output(state: SessionState, hidden: int = 0) -> Words:
    """For the output; see :func:`requests`."""
    if hidden:
        return cleared("line", hidden)
    if state is SessionState.RUNNING:
        return ("No output yet", "What your app prints or logs appears here.")
    return ("No output", "Start the server to see here what your app prints and logs.")


def routes(state: SessionState, *, known: bool) -> Words:
    """For the list of rules.

    :param known: the app has reported its rules, perhaps none
    """
    if known and state is not SessionState.STOPPED:
        return (
            "This app shows no URL rules",
            "Rules are known of Flask, Django, Bottle, Falcon, Pyramid, Starlette, FastAPI\n"
            "and ServeDeck's own framework. A filter here may also hide them all.",
        )
    if state in _ON_ITS_WAY:
        return _WAIT
    return (
        "No rules yet",
        "Press Start (F5). The app's URL rules then stand here, with how often each\n"
        "was asked for and how it went.",
    )


def flow(state: SessionState, config: ServerConfig | None, *, crashed: bool = False) -> Words:
    """For the time line; see :func:`requests`."""
    if config is not None and state is not SessionState.STOPPED and not config.records_flow:
        return (
            "The flow is not being recorded",
            "Turn on Debug, or set Record flow to on, and restart the server.",
        )
    if state is SessionState.RUNNING:
        return (
            "Waiting for the first request",
            "Each request's way through server, framework and app appears here, step by step.",
        )
    if config is not None and state is not SessionState.STOPPED:
        return _WAIT if state in _ON_ITS_WAY else requests(state, None, crashed=crashed)
    return (
        "No flow yet",
        "With Debug on, or Record flow, each request's way through server, framework and app\n"
        "appears here, step by step, with its times. Press Start (F5).",
    )
