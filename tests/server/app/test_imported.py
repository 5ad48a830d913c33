"""server.app.imported: which modules are the app's own, and which are installed."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app.imported import Imported, imported_modules, last_module


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules can be imported; they are forgotten at the end."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def files(project: Path) -> list[str]:
    root = str(project)
    return [file for file in imported_modules().files if file.startswith(root)]


def test_own_modules_by_file_installed_ones_by_name(project: Path) -> None:
    package = project / "of_the_project"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "part.py").touch()
    place = project / ".venv" / "lib" / "site-packages"
    place.mkdir(parents=True)
    (place / "of_somebody.py").touch()
    sys.path.append(str(place))
    importlib.import_module("of_the_project.part")
    importlib.import_module("of_somebody")
    found = imported_modules()
    assert files(project) == [str(package / "__init__.py"), str(package / "part.py")]
    assert "of_somebody" in found.installed
    assert {"json", "pathlib", "pytest"} <= set(found.installed)
    assert "sys" not in found.installed  # built in: there is nothing to import
    assert not {"__main__", "__mp_main__"} & set(found.installed)


def test_names_that_are_left_out(project: Path) -> None:
    assert any(name.startswith("server.") for name in map(str, sys.modules))
    root = str(Path(__file__).parents[3] / "server")
    assert any(file.startswith(root) for file in imported_modules().files)
    assert not any(file.startswith(root) for file in imported_modules(["server"]).files)


def test_odd_things_in_the_table_of_modules(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever libraries put there: the rest is found all the same."""

    class Raises(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("loads itself when it is touched, and can't")

    class Lies(types.ModuleType):
        __file__ = 42  # type: ignore[assignment]

    for name, module in {
        "raises_when_touched": Raises("x"),
        "lies": Lies("x"),
        "is_none": None,
        "is_an_object": object(),
        "without_a_file": types.ModuleType("without_a_file"),
        "from_a_string": types.ModuleType("from_a_string"),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["from_a_string"].__file__ = "<string>"
    alias = types.ModuleType("alias")
    alias.__file__ = sys.modules["json"].__file__
    monkeypatch.setitem(sys.modules, "alias_of_json", alias)
    found = imported_modules()
    assert "json" in found.installed
    assert "alias_of_json" not in found.installed  # by its name alone it can't be imported
    assert "<string>" not in found.files


def test_order_is_that_of_the_imports(project: Path) -> None:
    for name in ("z_first", "a_second"):
        (project / f"{name}.py").touch()
        importlib.import_module(name)
    assert [Path(file).stem for file in files(project)] == ["z_first", "a_second"]


def test_project_that_is_reached_by_a_link(project: Path) -> None:
    """The standard library and the environment stay installed, by whatever path."""
    real = project / "real"
    (real / "site-packages").mkdir(parents=True)
    (real / "site-packages" / "linked_package.py").touch()
    (project / "link").symlink_to(real)
    sys.path.insert(0, str(project / "link" / "site-packages"))
    importlib.import_module("linked_package")
    sys.path.pop(0)
    assert "linked_package" in imported_modules().installed


def test_since_names_what_came_later_alone(project: Path) -> None:
    for name in ("of_before", "of_later", "of_latest"):
        (project / f"{name}.py").touch()
    importlib.import_module("of_before")
    last = last_module()
    assert imported_modules(since=last) == Imported()
    importlib.import_module("of_later")
    importlib.import_module("of_latest")
    found = imported_modules(since=last)
    assert found.files == (str(project / "of_later.py"), str(project / "of_latest.py"))
    assert found.installed == ()


def test_since_a_module_that_is_gone_names_all(project: Path) -> None:
    (project / "of_before.py").touch()
    importlib.import_module("of_before")
    del sys.modules["of_before"]
    assert imported_modules(since="of_before") == imported_modules()


def test_since_while_another_thread_imports(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Growing(dict[str, types.ModuleType]):
        def __reversed__(self) -> Iterator[str]:
            raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(sys, "modules", Growing(sys.modules))
    assert imported_modules(since="sys") == imported_modules()
