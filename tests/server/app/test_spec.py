"""server.app.spec: what the user typed, taken apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from loading import fault, write, wsgi

from server.app.load import load_app
from server.app.spec import parse_spec


@pytest.mark.parametrize(
    ("app", "module", "attribute"),
    [
        ("shop", "shop", ""),
        ("  shop  ", "shop", ""),
        ("shop:app", "shop", "app"),
        ("shop : app ", "shop ", "app"),
        ("shop.wsgi:a.b", "shop.wsgi", "a.b"),
        ("shop:create('a:b')", "shop", "create('a:b')"),
    ],
)
def test_modules(project, app, module, attribute):
    if module != module.strip():
        assert "neither a module" in fault(app, project).message
        return
    spec = parse_spec(app, project)
    assert (spec.module, spec.attribute, spec.root) == (module, attribute, project)


@pytest.mark.parametrize(
    ("file", "typed", "module", "root"),
    [
        ("shop.py", "shop.py", "shop", "."),
        ("shop.py", "./shop.py", "shop", "."),
        ("with-dash.py", "with-dash.py", "with-dash", "."),
        ("sub/shop.py", "sub/shop.py", "shop", "sub"),
        ("a folder/shop.py", "a folder/shop.py", "shop", "a folder"),
        ("pack/__init__.py", "pack/__init__.py", "pack", "."),
        ("pack/shop.py", "pack/shop.py", "pack.shop", "."),
        ("pack/inner/shop.py", "pack/inner/shop.py", "pack.inner.shop", "."),
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_files(project, file, typed, module, root, absolute):
    write(project, file)
    for folder in ("pack", "pack/inner"):
        if file.startswith(folder + "/"):
            write(project, f"{folder}/__init__.py")
    shown = str(project / typed) if absolute else typed
    spec = parse_spec(shown + ":app", project)
    assert (spec.module, spec.attribute) == (module, "app")
    assert spec.root.resolve() == (project / root).resolve()


def test_a_file_in_the_home_folder(project, monkeypatch):
    monkeypatch.setenv("HOME", str(project))
    write(project, "shop.py")
    assert parse_spec("~/shop.py", Path("/")).module == "shop"


def test_a_package_below_src(project):
    write(project, "src/shop/__init__.py", wsgi("app", "below src"))
    assert load_app("shop:app", project)({}, None) == ["below src"]
    write(project, "src/flat.py", wsgi("app", "flat"))
    assert load_app("flat", project)({}, None) == ["flat"]
    write(project, "shop2/__init__.py")
    write(project, "src/shop2/__init__.py")
    assert parse_spec("shop2", project).root == project


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ("", "No app is named"),
        ("   ", "No app is named"),
        ("no-module", "neither a module's name nor a Python file"),
        ("two words", "neither a module's name"),
        ("a..b", "neither a module's name"),
        (":app", "neither a module's name"),
        ("1a", "neither a module's name"),
        ("shop.py", "no file"),
        ("folder/", "is a folder"),
        ("folder/missing", "no file"),
        ("notes/readme.txt", "not a Python file"),
        ("dots.in.name.py", "a dot in its name"),
        ("~nobody-of-this-name/app.py", "no file"),
        ("a" * 300 + ".py", "no file"),
        ("C:\\shop\\app.py:app", "no file"),
        ("missing", "no module 'missing'"),
        ("missing.inner", "no module 'missing.inner'"),
        ("folder.missing", "no module 'folder.missing'"),
    ],
)
def test_what_is_not_there(project, app, message):
    (project / "folder").mkdir()
    write(project, "notes/readme.txt")
    write(project, "dots.in.name.py")
    error = fault(app, project)
    assert (error.kind, error.traceback) == ("app-not-found", "")
    assert message in error.message


def test_a_project_that_is_not_there(project):
    error = fault("shop", project / "gone")
    assert error.kind == "app-not-found"
    assert f"{project / 'gone'} is not there" in error.message
