"""Which requests are recorded."""

from __future__ import annotations

from serverkit import hello

from server.flow.apps import record_flow
from server.flow.recording import FlowBudget, Recording


def test_under_load_only_a_part_is_recorded(serve, events):
    running = serve(record_flow(hello)[0])
    running.server.recording = Recording(FlowBudget(rate=0.001, burst=2))
    for _ in range(4):
        running.get("/")
    assert [bool(event.flow) for event in events.wait_finished(4)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_budget_fills_up_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("server.flow.recording.monotonic", lambda: now[0])
    budget = FlowBudget(rate=10, burst=2)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.125
    assert [budget.take() for _ in range(2)] == [True, False]
    now[0] += 100
    assert [budget.take() for _ in range(3)] == [True, True, False]
