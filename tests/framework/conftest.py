"""What the tests of the framework share: an application, its client, a clean environment."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from framework import App
from framework.context import app_var, request_var
from framework.testing import AppClient


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what the developer's shell or a launcher has set."""
    for name in list(os.environ):
        if name.startswith(("FLASK_", "WERKZEUG_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def leak_check() -> Iterator[None]:
    """Fail a test that leaves a context behind."""
    yield
    assert request_var.get(None) is None, "a request context was left behind"
    assert app_var.get(None) is None, "an application context was left behind"


@pytest.fixture
def app(tmp_path) -> App:
    """An application whose files lie in a temporary folder."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "static").mkdir()
    app = App("framework_test_app", root_path=str(tmp_path))
    app.secret_key = "not a secret"
    return app


@pytest.fixture
def client(app: App) -> AppClient:
    """A client of ``app``; make it before or after the views, either works."""
    return app.test_client()
