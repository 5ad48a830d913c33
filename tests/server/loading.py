"""What the tests of loading share."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.app.load import load_app
from server.errors import AppLoadError


def write(project: Path, name: str, source: str = "") -> Path:
    file = project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return file


def wsgi(name: str, body: str = "") -> str:
    return f"def {name}(environ, start_response):\n    return [{body!r}]\n"


def fault(app: str, project: Path) -> AppLoadError:
    with pytest.raises(AppLoadError) as caught:
        load_app(app, project)
    assert "\n" not in caught.value.message
    assert caught.value.message == str(caught.value)
    return caught.value
