"""server.app.load: the app's module is imported, and forgotten again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from loading import fault, write, wsgi

from server.app import load as appload
from server.app.from_file import import_file
from server.app.load import forget_project_modules, load, load_app

# The app's own errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import module_nobody_has",
            "needs the module 'module_nobody_has', which is not installed",
        ),
        ("import os.nothing", "needs the module 'os.nothing'"),
        ("raise ModuleNotFoundError", "needs the module None"),
        ("raise ImportError('half')", "ImportError: half"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit()", "called sys.exit() while"),
        ("import sys; sys.exit('bye')", "called sys.exit('bye') while"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ValueError('a\\nb')", "ValueError: a"),
        ("def app(:", "Syntax error in "),
        ("\tx = 1\n  y = 2", "Syntax error in "),
        ("raise SyntaxError('made by hand')", "Syntax error in broken: made by hand"),
    ],
)
def test_an_import_that_fails(project, source, message):
    write(project, "broken.py", source)
    error = fault("broken:app", project)
    assert error.kind == "app-import"
    assert message in error.message
    assert error.traceback
    assert error.__cause__ is not None
    assert "importlib" not in error.traceback
    assert "appload" not in error.traceback
    assert "broken" not in sys.modules


def test_an_import_that_fails_further_in(project):
    write(project, "outer.py", "import inner")
    write(project, "inner.py", "x = 1\n\nraise RuntimeError('deep')")
    error = fault("outer", project)
    assert "RuntimeError: deep" in error.message
    assert f'File "{project / "outer.py"}", line 1' in error.traceback
    assert f'File "{project / "inner.py"}", line 3' in error.traceback
    assert error.traceback.count("  File ") == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise RuntimeError('no database')", "create_app() failed: RuntimeError: no database"),
        ("import sys; sys.exit(3)", "create_app() called sys.exit(3)"),
        ("raise GeneratorExit", "create_app() failed: GeneratorExit"),
    ],
)
def test_a_factory_that_fails(project, body, message):
    write(project, "fails.py", f"def create_app():\n    {body}\n")
    error = fault("fails", project)
    assert error.kind == "app-import"
    assert message in error.message
    assert "fails.py" in error.traceback


# What stays and what goes -------------------------------------------------------------------------


def test_the_project_comes_first_on_the_path(project):
    write(project, "sub/shop.py", wsgi("app"))
    sys.path.append(str(project))
    for _ in range(2):
        load_app("sub/shop.py", project)
        assert sys.path[:2] == [str(project / "sub"), str(project)]
        assert sys.path.count(str(project)) == sys.path.count(str(project / "sub")) == 1


def test_modules_of_the_project_are_forgotten(project):
    write(project, "shop.py", "import pack.inner, space.thing, venv_thing, json\n" + wsgi("app"))
    write(project, "pack/__init__.py")
    write(project, "pack/inner.py")
    write(project, "space/thing.py")
    venv = write(project, ".venv/lib/site-packages/venv_thing.py")
    sys.path.append(str(venv.parent))
    load_app("shop", project)
    ours = {"shop", "pack", "pack.inner", "space", "space.thing"}
    assert ours <= set(sys.modules)
    forget_project_modules(project.parent / "proj")  # not a folder above it
    assert ours <= set(sys.modules)
    forget_project_modules(project)
    assert not ours & set(sys.modules)
    assert {"json", "venv_thing"} <= set(sys.modules)
    del sys.modules["venv_thing"]


def test_odd_modules_are_passed_over(project, monkeypatch):
    class Lazy(ModuleType):
        def __getattr__(self, name):
            raise ImportError("not now")

    monkeypatch.setitem(sys.modules, "odd_none", None)
    monkeypatch.setitem(sys.modules, "odd_lazy", Lazy("odd_lazy"))
    monkeypatch.setitem(sys.modules, "odd_builtin", ModuleType("odd_builtin"))
    forget_project_modules(project)
    assert {"odd_none", "odd_lazy", "odd_builtin"} <= set(sys.modules)


def test_edited_code_is_picked_up(project):
    for text in ("one", "another"):
        forget_project_modules(project)
        write(project, "edited.py", wsgi("app", text))
        assert load_app("edited", project)({}, None) == [text]


@pytest.mark.parametrize("name", ["server", "framework", "launcher"])
def test_names_of_ours_are_refused_where_ours_run(project, name):
    write(project, f"{name}.py", wsgi("app"))
    error = fault(name, project)
    assert error.kind == "app-import"
    assert "rename the file" in error.message


@pytest.mark.parametrize("typed", ["queue.py", "queue"])
def test_names_of_modules_in_use_are_refused(project, typed):
    """Python's own would be looked through for an app, and not the user's file."""
    write(project, "queue.py", wsgi("app"))
    error = fault(typed, project)
    assert (error.kind, "rename " in error.message) == ("app-import", True)
    assert f"{Path('queue.py')} to serve it." in error.message
    assert "in use already" in error.message


def test_ours_themselves_are_not_refused(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    error = fault("framework:nothing", Path(appload.__file__).parents[2])
    assert (error.kind, "framework has no 'nothing'" in error.message) == ("app-attribute", True)


def test_names_of_ours_are_fine_under_a_private_name(project, monkeypatch):
    """In a project's own interpreter we are not called ``server``, and the user's file is."""
    monkeypatch.setattr(appload, "_PACKAGE", "_servedeck_server")
    monkeypatch.delitem(sys.modules, "launcher", raising=False)
    write(project, "launcher.py", wsgi("app", "theirs"))
    try:
        assert load_app("launcher", project)({}, None) == ["theirs"]
    finally:
        sys.modules.pop("launcher", None)


@pytest.mark.parametrize("file", ["backend/config.py", "backend/config/base.py", "config/base.py"])
def test_a_module_of_the_project_is_not_called_uninstalled(project, file):
    write(project, "wants.py", "import config.missing")
    (project / file).parent.mkdir(parents=True)
    (project / file).write_text("")
    message = fault("wants", project).message
    assert "not installed" not in message
    place = file.partition("/base")[0]
    assert f"though there is {project / place}: check the name" in message


def test_a_file_that_holds_no_module(tmp_path):
    with pytest.raises(ImportError, match="is no module"):
        import_file("notes", str(tmp_path / "notes.txt"))
    assert "notes" not in sys.modules


def test_a_root_that_is_none_of_the_app_s_gives_way_to_the_likeliest(project, tmp_path):
    write(project, "rooted.py", wsgi("app", "rooted"))
    found = load("rooted.py", project, str(tmp_path / "elsewhere"))
    assert found.app({}, lambda *unused: None) == ["rooted"]


# Import roots -------------------------------------------------------------------------------------

SHOP = {"shop/__init__.py": "", "shop/admin.py": "NAME = 'admin'\n"}
AS_SCRIPT = "import admin\n"
AS_PACKAGE = "from . import admin\n"


def write_all(project: Path, files: dict[str, str]) -> None:
    for name, source in files.items():
        write(project, name, source)


@pytest.fixture
def no_trial(monkeypatch):
    """Nothing is tried in a child."""
    monkeypatch.setattr(appload.trial, "works", lambda *args: pytest.fail("tried in a child"))


@pytest.mark.usefixtures("no_trial")
@pytest.mark.parametrize(
    ("source", "module"),
    [
        (AS_SCRIPT, "main"),
        (AS_PACKAGE, "shop.main"),
        ("from shop import admin\n", "shop.main"),
        ("def view():\n    import admin\n", "main"),
        ("import json\n", "shop.main"),
    ],
)
def test_the_likeliest_root_is_read_off_what_the_file_imports(project, source, module):
    write_all(project, {**SHOP, "shop/main.py": source + wsgi("app", "here")})
    for folder, typed in ((project, "shop/main.py"), (project / "shop", "main.py:app")):
        loaded = appload.load(typed, folder)
        assert (loaded.app({}, None), loaded.root) == (["here"], "")
        assert loaded.app.__module__ == module
        forget_project_modules(project)


@pytest.mark.parametrize(
    ("typed", "module", "files"),
    [
        # The file itself says nothing of it: what it imports does.
        (
            "shop/main.py",
            "main",
            {"shop/main.py": "from shop import inner\n", "shop/inner.py": AS_SCRIPT},
        ),
        ("shop.main:app", "main", {"shop/main.py": AS_SCRIPT}),
        (
            "shop/web/main.py",
            "web.main",
            {"shop/web/__init__.py": "", "shop/web/main.py": "from . import views\n",
             "shop/web/views.py": "import admin\n"},
        ),
    ],
)  # fmt: skip
def test_the_root_that_works_is_found_by_trying(project, typed, module, files):
    main = next(name for name in files if name.endswith("main.py"))
    write_all(project, {**SHOP, **files, main: files[main] + wsgi("app", "here")})
    loaded = appload.load(typed, project)
    assert loaded.app({}, None) == ["here"]
    assert loaded.app.__module__ == module
    assert Path(loaded.root) == (project / main).parents[module.count(".")]
    # What is remembered is taken at once.
    forget_project_modules(project)
    again = appload.load(typed, project, loaded.root, may_try=False)
    assert (again.app.__module__, again.root) == (module, loaded.root)


def test_what_is_tried_in_vain_is_reported_as_the_first_way_has_it(project):
    write_all(project, {**SHOP, "shop/main.py": "import admin, nowhere_at_all\n"})
    error = fault("shop.main:app", project)
    assert "needs the module 'admin'" in error.message
    assert sys.path[0] == str(project)


@pytest.mark.usefixtures("no_trial")
@pytest.mark.parametrize("source", ["import nowhere_at_all\n", "raise ImportError('no')\n", "1 /"])
def test_nothing_is_tried_where_another_root_would_not_help(project, source):
    write_all(project, {**SHOP, "shop/main.py": source})
    fault("shop.main:app", project)


def test_a_trial_leaves_nothing_behind(project, monkeypatch):
    write_all(
        project,
        {
            **SHOP,
            "shop/main.py": "import marks\nimport admin\nimport subprocess, sys, threading\n"
            "marks.mark(__name__)\nthreading.Thread(target=threading.Event().wait).start()\n"
            "print('printed')\n" + wsgi("app"),
            "marks.py": "import os\ndef mark(name):\n"
            "    with open(os.environ['MARKS'], 'a') as file: file.write(f'{os.getpid()}\\n')\n",
        },
    )
    marks = project / "marks.txt"
    monkeypatch.setenv("MARKS", str(marks))
    assert appload.trial.works("shop.main:app", project, project / "shop")
    assert not appload.trial.works("shop.main:app", project, project)
    (pid,) = marks.read_text().split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
