"""The controller over all paths of the state table, with a supervisor driven by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from launcher.controller import SessionController
from launcher.core.logs.output import OWN
from launcher.core.logs.requests import Outcome
from launcher.core.state import CAN_RESTART, CAN_START, CAN_STOP, SessionState
from server.config import ServerConfig
from server.events import (
    OutputWritten,
    ReloadFailed,
    Reloading,
    Route,
    RoutesFound,
    ServerFailed,
)

CONFIG = ServerConfig(app="shop:app")
S = SessionState


@pytest.fixture
def fakes(qtbot: Any, fake: Any) -> Any:
    supervisor = fake(lambda event: None)
    controller = SessionController(supervisor)
    controller.seen = []
    controller.stateChanged.connect(controller.seen.append)
    return controller, supervisor


def go(controller: SessionController, make: Any, state: SessionState) -> None:
    """Lead a fresh controller into a state."""
    if state is S.STOPPED:
        return
    controller.start(CONFIG)
    if state is S.FAILED:
        controller.take([make.failed()])
    elif state is S.CRASHED:
        controller.take([make.started(), ServerFailed("app-crashed", "", status=-11)])
    elif state is not S.STARTING:
        controller.take([make.started()])
        if state is S.STOPPING:
            controller.stop()
        elif state is S.RELOADING:
            controller.take([Reloading(("/shop/shop.py",))])
        elif state is S.BROKEN:
            controller.take([ReloadFailed("It can't be.")])
    assert controller.state is state


@pytest.mark.parametrize("state", list(S))
def test_wishes_are_heard_only_where_they_make_sense(fakes: Any, make: Any, state: S) -> None:
    controller, supervisor = fakes
    go(controller, make, state)
    for wish, allowed in (
        ("start", CAN_START),
        ("stop", CAN_STOP),
        ("restart", CAN_RESTART),
    ):
        if state in allowed:
            continue
        before = list(supervisor.calls)
        arguments = () if wish == "stop" else (CONFIG,)
        assert getattr(controller, wish)(*arguments) is False
        assert supervisor.calls == before
        assert controller.state is state


def test_start_run_stop(fakes: Any, make: Any) -> None:
    controller, supervisor = fakes
    assert controller.start(CONFIG)
    assert controller.start(CONFIG) is False
    controller.take([make.started()])
    assert controller.server.url == "http://127.0.0.1:5000/"
    assert controller.stop()
    assert controller.server is not None
    controller.take([make.stopped()])
    assert controller.server is None
    assert supervisor.calls == ["start", "stop"]
    assert controller.seen == [S.STARTING, S.RUNNING, S.STOPPING, S.STOPPED]


def test_stop_while_starting(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    controller.start(CONFIG)
    assert controller.stop()
    controller.take([make.started()])
    assert (controller.state, controller.server) == (S.STOPPING, None)
    controller.take([make.stopped()])
    assert controller.state is S.STOPPED


def test_stop_while_a_start_fails(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    controller.start(CONFIG)
    controller.stop()
    controller.take([make.failed()])
    assert controller.state is S.FAILED
    assert controller.start(CONFIG)


def test_the_app_ends_the_server(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([make.stopped(reason="app")])
    assert controller.state is S.STOPPED


def test_the_server_fails_while_it_runs(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([make.request(1), make.failed("internal")])
    assert controller.state is S.FAILED
    assert controller.requests.get(0).outcome is Outcome.LOST


def test_an_app_whose_process_has_ended_has_crashed(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([ServerFailed("app-crashed", "", status=-11)])
    assert controller.state is S.CRASHED
    assert controller.last_end == ("Crashed: ended by the signal SIGSEGV (segmentation fault).")
    assert controller.crash == "Crashed: SIGSEGV"
    assert controller.start(CONFIG)
    assert controller.last_end == ""
    assert controller.crash == ""


@pytest.mark.parametrize(
    "event", [ServerFailed("app-crashed", ""), ReloadFailed("", kind="app-restarted")]
)
def test_a_crash_belongs_to_the_requests_that_ended_with_it(
    fakes: Any, make: Any, event: ServerFailed | ReloadFailed
) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    cut = {"status": 0, "aborted": True, "problem": "the process that answered it has ended"}
    controller.take([make.request(1, "/before"), make.finished(1, "/before")])
    controller.take([make.request(2, "/slow"), make.request(3, "/fall")])
    controller.take([make.finished(2, "/slow", **cut), make.finished(3, "/fall", **cut)])
    controller.take([replace(event, status=3, request_ids=(2, 3, 99))])
    row = controller.errors.get(0)
    assert (row.request, row.method, row.target) == (2, "GET", "/fall")
    assert [request.error for request in controller.requests] == [None, 0, 0]


@pytest.mark.parametrize("kind", ["app-crashed", "app-restarted"])
def test_a_crash_is_over_when_the_app_is_loaded_again(fakes: Any, make: Any, kind: str) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    crashed = ReloadFailed("", kind=kind, status=3)
    controller.take([crashed])
    assert (controller.state, controller.crash) == (S.BROKEN, "Crashed: exit status 3")
    controller.take([Reloading(("/shop/shop.py",))])
    assert controller.crash == ""
    controller.take([ReloadFailed("It can't be.")])
    assert (controller.state, controller.crash) == (S.BROKEN, "")
    controller.stop()
    controller.take([crashed])
    assert (controller.state, controller.crash) == (S.STOPPING, "")


def test_restart_never_shows_a_stopped_server(fakes: Any, make: Any) -> None:
    controller, supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.seen.clear()
    assert controller.restart(CONFIG)
    assert controller.restart(CONFIG) is False
    assert controller.stop() is False
    controller.take([make.stopped()])
    assert controller.state is S.STARTING
    controller.take([make.started(port=5001)])
    assert controller.server.port == 5001
    assert supervisor.calls == ["start", "restart"]
    assert controller.seen == [S.STOPPING, S.STARTING, S.RUNNING]


def test_a_restart_that_fails_to_start(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.restart(CONFIG)
    controller.take([make.stopped(), make.failed("app-import")])
    assert controller.state is S.FAILED
    assert controller.start(CONFIG)


def test_restart_in_one_batch(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.restart(CONFIG)
    controller.take(
        [make.finished(1), make.stopped(), make.started(), make.request(1), make.finished(1)]
    )
    assert controller.state is S.RUNNING
    assert len(controller.requests) == 2


def test_a_server_that_fails_when_it_is_restarted_is_restarted(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.restart(CONFIG)
    controller.take([make.failed("internal")])
    assert controller.state is S.STARTING
    controller.take([make.started()])
    assert controller.state is S.RUNNING
    controller.stop()
    controller.take([make.stopped()])
    assert controller.state is S.STOPPED


@pytest.mark.parametrize("state", [S.STOPPED, S.FAILED])
def test_an_event_that_does_not_fit_is_reported_and_spoils_nothing(
    fakes: Any, make: Any, state: S
) -> None:
    controller, _supervisor = fakes
    go(controller, make, state)
    wrong = make.started()
    with pytest.raises(ValueError, match="can't take the step"):
        controller.take([wrong, make.request(1), make.finished(1)])
    assert controller.state is state
    assert len(controller.requests) == 1


def test_a_reload_and_its_message(fakes: Any, make: Any) -> None:
    controller, supervisor = fakes
    assert controller.reload() is False
    controller.start(replace(CONFIG, project="/shop", reload=True))
    controller.take([make.started(watched=3)])
    assert controller.reloads.summary() == "watching 3 files"
    controller.take([Reloading(("/shop/a/b.py", "/shop/c.py"))])
    assert controller.server.url == "http://127.0.0.1:5000/"
    controller.take([make.started(watched=3, load_seconds=0.0314, warm=True)])
    assert controller.reloads.summary() == "reloaded in 31 ms"
    assert "a/b.py and 1 other file changed: took 31 ms" in controller.reloads.details()
    assert controller.reload()
    assert supervisor.calls == ["start", "reload"]
    assert controller.seen == [S.STARTING, S.RUNNING, S.RELOADING, S.RUNNING]


def test_a_reload_that_fails_is_an_error_and_heals(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    reported: list[Any] = []
    controller.reloadFailed.connect(lambda event, number: reported.append((event, number)))
    broken = ReloadFailed("shop ended its process.")
    controller.take([Reloading(("shop.py",)), broken])
    assert (controller.state, reported) == (S.BROKEN, [(broken, 0)])
    assert controller.errors.get(0).message == "shop ended its process."
    text = "Traceback (most recent call last):\nValueError: no\n"
    controller.take([Reloading(("shop.py",)), make.error(1, None, text=text)])
    controller.take([ReloadFailed("no", text, error_id=1)])
    assert reported[-1][1] == 1, "the error that was listed already"
    assert controller.errors.total == 2
    controller.take([Reloading(("shop.py",)), make.started()])
    assert controller.state is S.RUNNING


def test_the_news_of_two_reloads_may_cross(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([Reloading(("a.py",)), Reloading(("b.py",)), make.started(), make.started()])
    assert controller.state is S.RUNNING
    controller.take([Reloading(("a.py",))])
    controller.stop()
    controller.take([ReloadFailed("no"), make.started(), make.stopped()])
    assert controller.state is S.STOPPED


def test_something_that_is_no_event(fakes: Any) -> None:
    controller, _supervisor = fakes
    with pytest.raises(ValueError, match="without a place"):
        controller.take(["nonsense"])


def test_a_batch_reaches_each_pane_once(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    reported: list[str] = []
    controller.requestsChanged.connect(lambda: reported.append("requests"))
    controller.errorsChanged.connect(lambda: reported.append("errors"))
    controller.outputChanged.connect(lambda: reported.append("output"))
    batch: list[Any] = []
    for number in range(1, 501):
        batch += [make.request(number), make.finished(number), OutputWritten("stdout", "x\n")]
    batch.append(make.error(1, 500))
    controller.take(batch)
    assert sorted(reported) == ["errors", "output", "requests"]
    assert controller.requests.total == 500


def test_an_error_and_its_request_know_each_other(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take(
        [
            make.request(1, "/ok"),
            make.request(2, "/pay", "POST"),
            make.error(1, 2),
            make.finished(2, "/pay", status=500, error_id=1),
        ]
    )
    request = controller.requests.get(1)
    error = controller.errors.get(request.error)
    assert (error.request, error.method, error.target) == (1, "POST", "/pay")


def test_an_error_of_an_unknown_request_is_kept(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([make.error(1, 99), make.error(2)])
    assert [row.request for row in controller.errors] == [None, None]


def test_a_failed_start_shows_where_its_traceback_is(qtbot: Any, fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    failures: list[tuple[Any, Any]] = []
    controller.failed.connect(lambda event, number: failures.append((event.kind, number)))
    error = make.error(1)
    controller.start(CONFIG)
    controller.take([error, make.failed("app-import", traceback=error.text, error_id=1)])
    controller.start(CONFIG)
    controller.take([make.failed("port-in-use", suggested_port=5001)])
    controller.start(CONFIG)
    controller.take([make.failed("app-import", traceback=error.text)])
    assert failures == [("app-import", 0), ("port-in-use", None), ("app-import", 1)]


def test_each_start_is_marked_in_the_output(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.restart(CONFIG)
    controller.take([make.stopped()])
    lines = [line.text for line in controller.output if line.source.stream == OWN]
    assert len(lines) == 2
    assert all(line.endswith("Starting shop:app") for line in lines)


def test_a_mark_is_in_both_lists(fakes: Any, make: Any) -> None:
    controller, _ = fakes
    controller.mark("")
    (divider,) = controller.requests.dividers
    assert divider.heading == "Mark"
    (line,) = [line for line in controller.output if line.source.stream == OWN]
    assert line.text.endswith("\u2500\u2500 Mark \u2500\u2500")


def test_the_end_reports_what_was_found_when_it_was_looked_at(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.stop()
    controller.take([make.stopped(port_free=True, processes_left=0)])
    assert controller.last_end == "Stopped: port 5000 free, 0 processes left."
    assert list(controller.output)[-1].text.endswith(controller.last_end)
    controller.start(CONFIG)
    assert controller.last_end == ""


def test_clear(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    go(controller, make, S.RUNNING)
    controller.take([make.request(1), make.error(1), OutputWritten("stdout", "x")])
    assert controller.hiding.clear("requests") == 1
    assert (controller.requests.total, controller.errors.total) == (0, 1)
    assert controller.hiding.clear("errors") == 1
    assert controller.hiding.clear("output") == 2
    assert (controller.errors.total, len(controller.errors.groups)) == (0, 0)
    assert controller.hiding.clear("requests") == 0
    controller.take([make.request(2), make.error(2), make.error(3, type="ValueError")])
    for kind in ("requests", "errors", "output"):
        controller.hiding.unclear(kind)
    assert (controller.requests.total, controller.errors.total) == (2, 3)
    counts = [(group.newest.type, group.count) for group in controller.errors.groups]
    assert counts == [("ValueError", 1), ("KeyError", 2)]
    assert controller.requests.hidden == controller.output.hidden == 0


def test_close_ends_the_supervisor(fakes: Any) -> None:
    controller, supervisor = fakes
    assert controller.close(1.0)
    assert supervisor.calls == ["close"]


def test_the_rules_of_each_load_and_how_they_are_asked_for(fakes: Any, make: Any) -> None:
    controller, _supervisor = fakes
    heard: list[int] = []
    controller.routesFound.connect(lambda: heard.append(controller.routes.count))
    go(controller, make, S.RUNNING)
    found = RoutesFound((Route("/ok", ("GET",), "ok", "shop.py", 3),))
    controller.take([found, make.request(1, "/ok"), make.finished(1, "/ok")])
    assert [row.count for row in controller.routes.rows()] == [1]
    controller.take([RoutesFound()])
    assert heard == [1, 0]


def test_secrets_of_a_request_are_in_no_text_of_its_error(fakes: Any, make: Any) -> None:
    controller, _ = fakes
    go(controller, make, S.RUNNING)
    recorded: list[Any] = []
    controller.recorded.connect(recorded.extend)
    done = make.finished(1, "/login", request_headers=(("Cookie", "sid=hunter2"),))
    error = make.error(1, 1, message="no session 'hunter2'", text="KeyError: 'hunter2'\n")
    controller.take([make.request(1, "/login"), done, error])
    row = controller.errors.get(0)
    assert (row.message, row.text) == ("no session '***'", "KeyError: '***'\n")
    assert "hunter2" not in repr(recorded[-1])
