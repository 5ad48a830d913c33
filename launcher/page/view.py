"""What a page remembers of what is chosen in its panes; GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launcher.panes.errors import ErrorsPane
from launcher.panes.filter_bar.filtering import RequestFiltering
from launcher.panes.output.pane import OutputPane
from launcher.panes.requests import RequestsPane
from launcher.panes.tabs import Tabs

__all__ = ["restore_view", "view_of"]

_OLDER_TABS = ("Set-up", "Requests", "Errors", "Output", "Flow", "Routes")
"""The tabs by their numbers, which versions before 0.4 have kept."""


def view_of(
    tabs: Tabs, requests: RequestsPane, errors: ErrorsPane, output: OutputPane
) -> dict[str, Any]:
    """The tab in front, and what is chosen in each of the panes, as JSON can hold it."""
    parts = _parts(requests, errors, output)
    return {
        "tab": tabs.tabText(tabs.currentIndex()),
        "details": requests.splitter.choice,
        **{name: part.choice() for name, part in parts.items()},
    }


def restore_view(
    view: Mapping[str, Any],
    tabs: Tabs,
    requests: RequestsPane,
    errors: ErrorsPane,
    output: OutputPane,
) -> None:
    """The other way round; what makes no sense is left out."""
    for name, part in _parts(requests, errors, output).items():
        choice = view.get(name)
        if isinstance(choice, dict):
            part.restore(choice)
    details = view.get("details")
    if isinstance(details, str):
        requests.splitter.restore(details)
    tab = view.get("tab")
    if isinstance(tab, int) and 0 <= tab < len(_OLDER_TABS):
        tab = _OLDER_TABS[tab]
    for index in range(tabs.count()):
        if tabs.tabText(index) == tab and tabs.isTabVisible(index):
            tabs.setCurrentIndex(index)


def _parts(
    requests: RequestsPane, errors: ErrorsPane, output: OutputPane
) -> dict[str, RequestFiltering | ErrorsPane | OutputPane]:
    return {"requests": requests.filtering, "errors": errors, "output": output}
