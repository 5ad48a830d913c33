"""server.app.variables: what is set in the environment of an app."""

from __future__ import annotations

from server.app.variables import variables_of


def test_debug_is_set_as_flask_does() -> None:
    assert variables_of({"A": "1"}, True, False) == {
        "A": "1", "FLASK_RUN_FROM_CLI": "true", "FLASK_DEBUG": "1",
    }  # fmt: skip
