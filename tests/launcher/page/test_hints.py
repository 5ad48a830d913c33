"""What empty panes have to read."""

from __future__ import annotations

from launcher.core.state import SessionState
from launcher.page import hints
from server.config import ServerConfig

RECORDS = ServerConfig(app="a", debug=True)
SILENT = ServerConfig(app="a", flow="off")


def test_the_flow_asks_for_debug_only_where_it_is_off() -> None:
    states = SessionState
    assert RECORDS.records_flow
    assert not SILENT.records_flow
    for state in (states.STARTING, states.RUNNING, states.RELOADING):
        assert "Turn on Debug" in hints.flow_hint(state, SILENT)[1]
        assert "Debug" not in hints.flow_hint(state, RECORDS)[1]
    assert hints.flow_hint(states.CRASHED, RECORDS) == hints.requests_hint(states.CRASHED, None)
    assert hints.flow_hint(states.BROKEN, RECORDS) == hints.requests_hint(states.BROKEN, None)
    crashed = hints.flow_hint(states.BROKEN, RECORDS, crashed=True)
    assert crashed == hints.requests_hint(states.BROKEN, None, crashed=True)
    assert crashed[0] == "The app has crashed"
    for config in (None, RECORDS, SILENT):
        assert "press Start" in hints.flow_hint(states.STOPPED, config)[1].replace("Press", "press")
