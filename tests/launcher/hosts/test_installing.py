"""Packages that are installed, or upgraded, while an app is served; and what stays of old ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run, saying
from recorder import WAIT

from launcher.core.sentences import PACKAGES_STAY, reload_failure
from launcher.hosts import thread_host
from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import OutputWritten, ReloadFailed, Reloading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

APP = """\
import lib
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [lib.VERSION.encode()]
"""


@pytest.fixture
def packages(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "site-packages"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def install(packages: Path, version: str, before: str = "") -> None:
    """As an installer does it: the files first."""
    (packages / "lib.py.new").write_text(f"VERSION = {version!r}\n")
    os.replace(packages / "lib.py.new", packages / "lib.py")
    if before:
        (packages / f"lib-{before}.dist-info").rmdir()
    (packages / f"lib-{version}.dist-info").mkdir()


def reload_until_warm(server: Run) -> None:
    """The warm process needs a moment until it is ready."""
    for _ in range(100):
        server.reload()
        if server.events.started().warm:
            return
    raise AssertionError("no reload was warm")


def test_upgraded_package_is_served_by_the_next_reload(
    run_in: Callable[..., Run], packages: Path
) -> None:
    install(packages, "1.0")
    server = run_in(ProcessHost, APP, reload=True)
    server.events.started()
    reload_until_warm(server)
    assert server.body() == b"1.0"
    install(packages, "1.0.1", "1.0")
    server.reload()
    started = server.events.started()
    assert started.cold_reason is not None
    assert started.cold_reason.kind == "packages-changed"
    assert started.why_cold == "other packages are installed than before"
    assert server.body() == b"1.0.1"
    reload_until_warm(server)
    assert server.body() == b"1.0.1"
    server.end()


def test_installed_module_heals_a_broken_app(run_in: Callable[..., Run], packages: Path) -> None:
    server = run_in(ProcessHost, APP, reload=True)
    failed = server.events.next(ReloadFailed)
    assert failed.missing_module == "lib"
    install(packages, "1.0")
    paths = server.events.next(Reloading, WAIT).paths
    assert str(packages / "lib.py") in paths
    server.events.started()
    assert server.body() == b"1.0"
    server.end()


REGISTRY = """\
NAMES = set()
def enter(name):
    if name in NAMES:
        raise ValueError(f"Duplicated timeseries: {name}")
    NAMES.add(name)
"""

ENTERS = "import registry\nregistry.enter('requests')\n"


@pytest.mark.parametrize("host", [ThreadHost, ProcessHost])
def test_registry_that_stays_is_explained(
    run_in: Callable[..., Run], packages: Path, monkeypatch: pytest.MonkeyPatch, host: type
) -> None:
    """Where a reload imports the app anew in the same process; in another one, all is well."""
    (packages / "registry.py").write_text(REGISTRY)
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.delitem(sys.modules, "registry", raising=False)
    server = run_in(host, ENTERS + saying("hello"), reload=True)
    server.events.started()
    server.reload()
    if host is ProcessHost:
        server.events.started()
    else:
        failed = server.events.next(ReloadFailed)
        assert "Duplicated timeseries" in failed.error
        assert failed.error.endswith("choose Separate process.")
        assert reload_failure(failed) == failed.error
        server.reload("1 / 0")
        assert "Separate process" not in server.events.next(ReloadFailed).error
    server.end()
    sys.modules.pop("registry", None)


def test_what_was_missing_heals_an_app_in_this_process(
    run_in: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """And an upgrade, which can't be had here, is reported."""
    folder = tmp_path_factory.mktemp("environment") / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(thread_host, "_LOOK_SECONDS", 0.05)
    code = APP.replace("import lib", "import lib_of_here as lib")
    server = run_in(ThreadHost, code, reload=True)
    failed = server.events.next(ReloadFailed)
    assert failed.missing_module == "lib_of_here"
    try:
        (folder / "lib_of_here.py").write_text("VERSION = 'one'\n")
        (folder / "lib-1.dist-info").mkdir()
        assert server.events.next(Reloading).paths
        server.events.started()
        assert server.body() == b"one"
        server.reload()
        server.events.started()
        assert not server.of(OutputWritten)
        (folder / "lib_of_here.py").write_text("VERSION = 'two'\n")
        (folder / "lib-1.dist-info").rmdir()
        (folder / "lib-2.dist-info").mkdir()
        server.reload()
        server.events.started()
        assert server.body() == b"one"
        assert [event.text for event in server.of(OutputWritten)] == [PACKAGES_STAY + "\n"]
        server.end()
    finally:
        sys.modules.pop("lib_of_here", None)
