"""server.app.session_events: what a session reports of its start and of its failure."""

from __future__ import annotations

from serverkit import Events

from server.app.session_events import failed
from server.events import AppError
from server.reporting.reporter import Reporter


def test_a_lack_of_memory_is_the_apps_though_none_of_its_code_is_involved(events: Events) -> None:
    event = failed(MemoryError(), Reporter(events.emit, 0), passes_errors=False, passed=None)
    assert (event.kind, event.message) == ("app-error", "There was no memory left for the app.")
    assert [error.id for error in events.of(AppError)] == [event.error_id]
