"""What empty panes have to read."""

from __future__ import annotations

from launcher.core.state import SessionState
from launcher.panes import hints
from server.config import ServerConfig

RECORDS = ServerConfig(app="a", debug=True)
SILENT = ServerConfig(app="a", flow="off")


def test_the_flow_asks_for_debug_only_where_it_is_off() -> None:
    states = SessionState
    assert RECORDS.records_flow
    assert not SILENT.records_flow
    for state in (states.STARTING, states.RUNNING, states.RELOADING):
        assert "Turn on Debug" in hints.flow(state, SILENT)[1]
        assert "Debug" not in hints.flow(state, RECORDS)[1]
    assert hints.flow(states.CRASHED, RECORDS) == hints.requests(states.CRASHED, None)
    assert hints.flow(states.BROKEN, RECORDS) == hints.requests(states.BROKEN, None)
    crashed = hints.flow(states.BROKEN, RECORDS, crashed=True)
    assert crashed == hints.requests(states.BROKEN, None, crashed=True)
    assert crashed[0] == "The app has crashed"
    for config in (None, RECORDS, SILENT):
        assert "press Start" in hints.flow(states.STOPPED, config)[1].replace("Press", "press")
