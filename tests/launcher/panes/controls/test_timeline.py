"""What stands behind the name of a view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from launcher.core.logs.flow import timeline
from launcher.panes.controls.timeline import _arguments
from server.events import RequestFinished

FLOW = (("handle", 0, 100, 0), ("app", 10, 50, 1), ("view shop.orders", 20, 30, 2))


@pytest.mark.parametrize(
    ("endpoint", "values", "shown"),
    [
        ("orders", (), ""),
        ("orders", (("page", "1"),), "(page=1)"),
        ("shop.orders", (), ""),  # as FastAPI's are called
        ("shop.orders", (("page", "1"),), "(page=1)"),
        ("all-orders", (("page", "1"),), "  all-orders(page=1)"),
    ],
)
def test_what_its_name_does_not_show(
    endpoint: str, values: tuple[tuple[str, str], ...], shown: str
) -> None:
    event = RequestFinished.of(id=1, started=1.0, flow=FLOW, endpoint=endpoint, view_args=values)
    view = timeline(event).steps[-1]
    assert view.name == "shop.orders"
    assert _arguments(view) == shown
    assert _arguments(replace(view, detail="")) == ""
