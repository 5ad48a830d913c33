"""server.app.importing: where an import that takes long stands, seen from another thread."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.app import importing
from server.app.importing import ImportWatch
from server.app.load import load_app
from server.errors import AppLoadError
from server.events import Event, Importing

WAIT = 20.0


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SECONDS", 0.0)


@pytest.fixture
def look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Importing]]:
    """Loads an app that reaches its gate while it is imported, and reports where it stands."""
    gates: list[threading.Event] = []
    threads: list[threading.Thread] = []
    monkeypatch.setattr(sys, "path", list(sys.path))

    def look(app: str = "slow", **files: str) -> Importing:
        for name, code in files.items():
            (tmp_path / f"{name}.py").write_text(code)
        inside, gate = threading.Event(), threading.Event()
        gates.append(gate)

        def wait_inside() -> None:
            inside.set()
            gate.wait(WAIT)

        monkeypatch.setattr(sys, "wait_inside", wait_inside, raising=False)
        reports: list[Event] = []
        watch = ImportWatch(app, tmp_path, reports.append)

        def load() -> None:
            with watch.watching(), pytest.raises(AppLoadError):
                load_app(app, tmp_path)  # there is no app in it

        thread = threading.Thread(target=load)
        threads.append(thread)
        thread.start()
        assert inside.wait(WAIT)
        watch.look()
        watch.look()  # not again in the same second
        gate.set()
        thread.join(WAIT)
        watch.look()  # nor after the import
        (report,) = reports
        assert isinstance(report, Importing)
        return report

    yield look
    for gate in gates:
        gate.set()
    for thread in threads:
        thread.join(WAIT)
    for name in ("slow", "inner"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def test_the_innermost_line_of_the_apps_own(look_at: Callable[..., Importing]) -> None:
    report = look_at(slow="import inner\n", inner="import sys\n\nsys.wait_inside()\n")
    assert (report.app, report.module) == ("slow", "inner")
    assert report.where is not None
    assert (Path(report.where.file).name, report.where.line) == ("inner.py", 3)
    assert report.where.source == ("sys.wait_inside()",)
    assert report.hint is None
    # Neither what runs the server nor what imports is in the stack.
    assert [Path(frame.file).name for frame in report.frames[:2]] == ["slow.py", "inner.py"]


def test_a_very_deep_stack_is_bounded(look_at: Callable[..., Importing]) -> None:
    code = "import sys\ndef deep(n):\n    deep(n - 1) if n else sys.wait_inside()\ndeep(300)\n"
    report = look_at(slow=code)
    assert len(report.frames) == importing.limits.ERROR_FRAMES
    assert report.frames[0].function == "<module>"
    assert report.frames[-1].function == "wait"


SERVES = [
    "import sys\ndef serve_forever():\n    sys.wait_inside()\nserve_forever()\n",
    "import asyncio, sys\nasync def main():\n    sys.wait_inside()\nasyncio.run(main())\n",
    "import sys\ndef main():\n    import inner\n    inner.run_simple()\nmain()\n",
]


@pytest.mark.parametrize("code", SERVES, ids=["server", "asyncio", "in-a-function"])
def test_a_server_that_is_started_at_import(look_at: Callable[..., Importing], code: str) -> None:
    report = look_at(slow=code, inner="import sys\ndef run_simple():\n    sys.wait_inside()\n")
    assert report.hint is not None
    assert report.hint.kind == "serves-at-import"
    facts = dict(report.hint.facts)
    assert Path(str(facts["file"])).name == "slow.py"
    assert facts["line"] == len(code.splitlines())


def test_a_look_in_time_reports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SECONDS", WAIT)
    reports: list[Event] = []
    watch = ImportWatch("app", tmp_path, reports.append)
    watch.look()
    with watch.watching():
        assert watch.is_running
        watch.look()
    assert not watch.is_running
    assert reports == []


def test_an_import_that_stands_outside_of_modules(tmp_path: Path) -> None:
    """As a loader, which works before the first line of any module runs."""
    reports: list[Event] = []
    watch = ImportWatch("app", tmp_path, reports.append)
    inside, gate = threading.Event(), threading.Event()

    def load() -> None:
        with watch.watching():
            inside.set()
            gate.wait(WAIT)

    thread = threading.Thread(target=load)
    thread.start()
    assert inside.wait(WAIT)
    watch.look()
    gate.set()
    thread.join(WAIT)
    (report,) = reports
    assert isinstance(report, Importing)
    assert (report.module, report.where, report.hint) == ("", None, None)
