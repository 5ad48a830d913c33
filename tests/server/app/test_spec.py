"""server.app.spec: what the user typed, taken apart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from loading import fault, write, wsgi

from server.app.load import forget_project_modules, load_app
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
        ("~nobody-of-this-name/app.py", "no file"),
        ("a" * 300 + ".py", "no file"),
        ("C:\\shop\\app.py:app", "no file"),
        ("missing", "no module 'missing'"),
        ("missing.inner", "no module 'missing.inner'"),
        ("folder.missing", "no module 'folder.missing'"),
        ("a" * 300, "no module 'aaa"),
        ("folder." + "a" * 300, "no module 'folder.aaa"),
    ],
)
def test_what_is_not_there(project, app, message):
    (project / "folder").mkdir()
    write(project, "notes/readme.txt")
    error = fault(app, project)
    assert (error.kind, error.traceback) == ("app-not-found", "")
    assert message in error.message


def test_a_project_that_is_not_there(project):
    error = fault("shop", project / "gone")
    assert error.kind == "app-not-found"
    assert f"{project / 'gone'} is not there" in error.message


@pytest.mark.parametrize(
    ("file", "typed", "module"),
    [
        ("hg.wsgi", "hg.wsgi", "hg_wsgi"),
        ("hg.wsgi", "hg.wsgi:application", "hg_wsgi"),
        ("deploy/my-site.wsgi", "deploy/my-site.wsgi", "my_site_wsgi"),
        ("dots.in.name.py", "dots.in.name.py", "dots_in_name_py"),
        ("application", "application", "application"),
        ("cgi-bin/application", "cgi-bin/application", "application"),
        ("2nd-try.py", "2nd-try.py", "2nd-try"),
    ],
)
def test_files_whose_names_are_no_modules(project, file, typed, module):
    write(project, file, wsgi("application", "here"))
    assert parse_spec(typed, project).module == module
    assert load_app(typed, project)({}, None) == ["here"]
    assert load_app(str(project / typed), project)({}, None) == ["here"]


def test_a_module_is_meant_where_there_is_one(project):
    write(project, "hg.wsgi", wsgi("app", "file"))
    write(project, "hg/wsgi.py", wsgi("app", "module"))
    assert load_app("hg.wsgi:app", project)({}, None) == ["module"]
    assert load_app("./hg.wsgi:app", project)({}, None) == ["file"]


def test_a_file_beside_one_of_the_same_stem_has_code_of_its_own(project):
    write(project, "hg.py", wsgi("app", "py"))
    write(project, "hg.wsgi", "import hg\n" + wsgi("app", "wsgi"))
    sys.dont_write_bytecode = False
    for _ in range(2):
        forget_project_modules(project)
        assert load_app("hg.wsgi:app", project)({}, None) == ["wsgi"]
        assert load_app("hg:app", project)({}, None) == ["py"]


@pytest.mark.parametrize(
    ("files", "typed"),
    [
        (["shop/__init__.py"], "shop/"),
        (["shop/__init__.py"], "./shop:app"),
        (["shop/other.py", "shop/main.py", "shop/wsgi.py"], "shop/:app"),
        (["shop/hg.py", "shop/wsgi.wsgi"], "./shop"),
        (["shop/app.py"], "./shop"),
    ],
)
def test_a_folder_stands_for_the_app_in_it(project, files, typed):
    for file in files:
        write(project, file, wsgi("app", files[-1]))
    assert load_app(typed, project)({}, None) == [files[-1]]
    (project / "empty").mkdir()
    assert "is a folder: name the file" in fault("empty/", project).message


def test_a_file_in_a_package_whose_name_has_a_dot(project):
    """No import finds such a package, so its files are modules by themselves."""
    write(project, "shop-1.2/__init__.py")
    write(project, "shop-1.2/main.py", wsgi("app", "here"))
    assert parse_spec("shop-1.2/main.py", project).module == "main"
    assert load_app("shop-1.2/main.py", project)({}, None) == ["here"]


def test_a_file_of_any_name_in_a_package_may_import_relatively(project):
    write(project, "shop/__init__.py")
    write(project, "shop/texts.py", "TEXT = 'relative'\n")
    write(project, "shop/main.wsgi", "from .texts import TEXT\n" + wsgi("app", "relative"))
    assert load_app("shop/main.wsgi", project)({}, None) == ["relative"]
    assert parse_spec("shop/main.wsgi", project).module == "shop.main_wsgi"
