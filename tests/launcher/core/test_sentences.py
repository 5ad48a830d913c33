"""launcher.core.sentences: kinds and facts as sentences, and what is shown without them."""

from __future__ import annotations

import signal

import pytest

from launcher.core import sentences
from server.events import Reason, ReloadFailed, ServerFailed, ServerStarted

PORTS = [  # pid, process, suggested, the sentence
    (12, "web", 5001, "Port 5000 is in use by web (pid 12): stop it, or use port 5001."),
    (12, "web", None, "Port 5000 is in use by web (pid 12): choose another port."),
    (None, "", 5001, "Port 5000 is in use by another program: stop it, or use port 5001."),
    (None, "", None, "Port 5000 is in use by another program: choose another port."),
]


@pytest.mark.parametrize(("pid", "process", "suggested", "sentence"), PORTS)
def test_a_port_in_use(pid: int | None, process: str, suggested: int | None, sentence: str) -> None:
    event = ServerFailed(
        "port-in-use", "English.", port=5000, pid=pid, process=process, suggested_port=suggested
    )
    assert sentences.failure(event) == sentence


@pytest.mark.parametrize(
    "event",
    [
        ServerFailed("port-in-use", "English."),  # of an older server: without facts
        ServerFailed("of-tomorrow", "English."),
        ServerFailed("config", "English.", setting="port"),
        ServerFailed("app-import", "English."),
    ],
)
def test_a_failure_without_a_sentence_here_brings_its_own(event: ServerFailed) -> None:
    assert sentences.failure(event) == "English."


@pytest.mark.parametrize("kind", ["", "app-import", "import-hangs", "of-tomorrow"])
def test_so_does_a_reload(kind: str) -> None:
    assert sentences.reload_failure(ReloadFailed("English.", kind=kind)) == "English."


def test_ends_of_a_process() -> None:
    crashed = ReloadFailed("", kind="app-crashed", status=-signal.SIGSEGV)
    assert "ended by the signal SIGSEGV (segmentation fault)." in sentences.reload_failure(crashed)
    assert sentences.how_ended(3) == "exit status 3"
    assert sentences.how_ended(-200) == "ended by signal 200"
    assert "not known" in sentences.how_ended(None)
    ended = ServerFailed("app-import", "", app="shop", status=3)
    assert sentences.failure(ended).startswith("shop ended its process while it was imported: exit")


@pytest.mark.parametrize(
    ("status", "cause"),
    [(-11, ": SIGSEGV"), (3, ": exit status 3"), (-200, ": signal 200"), (None, "")],
)
def test_a_crash_is_called_the_same_everywhere(status: int | None, cause: str) -> None:
    assert sentences.crash_name(status) == f"Crash{cause}"
    assert sentences.crash_word(status) == f"Crashed{cause}"


def test_what_to_know_of_a_server() -> None:
    def started(reason: Reason | None) -> ServerStarted:
        return ServerStarted(
            "http://a", "a", 80, 1, "forking", "3.11", note="N.", note_reason=reason
        )

    assert "a2wsgi" in sentences.remark(started(Reason("asgi")))
    assert "debugger" in sentences.remark(started(Reason("no-debugger")))
    assert sentences.remark(started(Reason("of-tomorrow"))) == "N."
    assert sentences.remark(started(None)) == "N."


@pytest.mark.parametrize(
    ("function", "reason", "part"),
    [
        (sentences.why_here, Reason.of("interpreter", python="/x/{y}"), "its own, /x/{y}."),
        (sentences.cold_cause, Reason.of("thread", thread="pump"), "starts a thread (pump)"),
        (sentences.watching, Reason.of("too-many", files=50_000, folders=10), "50,000 files"),
    ],
)
def test_reasons(function: object, reason: Reason, part: str) -> None:
    assert part in function(reason, "English.")  # type: ignore[operator]
    assert function(Reason(reason.kind), "English.") == "English."  # type: ignore[operator]
    assert function(Reason("of-tomorrow"), "English.") == "English."  # type: ignore[operator]
    assert function(None, "English.") == "English."  # type: ignore[operator]
