"""FileWatch: every way in which editors and people change files, and what isn't a change."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import types
from pathlib import Path

import pytest

from server.reload import files as reloader

REPOSITORY = str(Path(__file__).resolve().parents[3])


class FileWatch(reloader.FileWatch):
    """Without this repository, which somebody may be working on while the tests run."""

    def changed(self):
        return [name for name in super().changed() if not name.startswith(REPOSITORY)]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A program's folder, alone on ``sys.path`` besides the interpreter's own."""
    folder = tmp_path.resolve() / "project"
    (folder / "package" / "inner").mkdir(parents=True)
    for name in ("app.py", "package/__init__.py", "package/part.py", "package/inner/deep.py"):
        (folder / name).write_text("value = 1\n")
    (folder / "notes.txt").write_text("notes")
    own = [entry for entry in sys.path if entry.startswith((sys.prefix, sys.base_prefix))]
    monkeypatch.setattr(sys, "path", [str(folder), *own])
    return folder


@pytest.fixture
def modules(monkeypatch):
    """Pretend that modules are imported; none is left behind."""
    before = dict(sys.modules)
    yield lambda name, file: sys.modules.__setitem__(name, _module(name, file))
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def _module(name, file):
    module = types.ModuleType(name)
    module.__file__ = file
    return module


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path.resolve() / "outside"
    folder.mkdir()
    return folder


def same_size_and_time(file, text):
    """Change only the inode."""
    found = file.stat()
    other = file.with_name(".swap")
    other.write_text(text)
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    os.replace(other, file)
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (found.st_size, found.st_mtime_ns)


def write_in_place(file):
    with file.open("r+") as stream:
        stream.seek(0, os.SEEK_END)
        stream.write("more = 2\n")


def truncate_and_write(file):
    file.write_text("value = 'longer'\n")


def atomic_replace(file):
    other = file.with_name(file.name + "~")
    other.write_text("value = 2  # another\n")
    os.replace(other, file)


def atomic_replace_that_looks_the_same(file):
    same_size_and_time(file, "value = 2\n")


def rename_over(file):
    backup = file.with_name(file.name + ".bak")
    file.rename(backup)
    other = file.with_name("4913")
    other.write_text("value = 3  # renamed\n")
    other.rename(file)


def older_time(file):
    os.utime(file, (1_000_000_000, 1_000_000_000))


def newer_time(file):
    os.utime(file, (4_000_000_000, 4_000_000_000))


def one_nanosecond(file):
    found = file.stat()
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


def delete(file):
    file.unlink()


def replace_by_a_link(file):
    target = file.with_name("target.txt")
    target.write_text("value = 4  # linked\n")
    file.unlink()
    file.symlink_to(target)


CHANGES = [
    write_in_place,
    truncate_and_write,
    atomic_replace,
    atomic_replace_that_looks_the_same,
    rename_over,
    older_time,
    newer_time,
    one_nanosecond,
    delete,
    replace_by_a_link,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", ["app.py", "package/inner/deep.py", "extra.html"])
def test_each_way_of_saving(project, outside, change, name):
    file = outside / name if name == "extra.html" else project / name
    file.write_text("value = 1\n")
    watch = FileWatch([str(outside / "extra.html")])
    assert watch.changed() == []
    change(file)
    assert watch.changed() == [str(file)]
    assert watch.changed() == []


def test_a_second_change_is_reported_again(project):
    watch = FileWatch()
    for change in (atomic_replace, truncate_and_write, older_time):
        change(project / "app.py")
        assert watch.changed() == [str(project / "app.py")]


def test_changes_before_it_was_asked_count(project):
    watch = FileWatch()
    atomic_replace(project / "app.py")
    delete(project / "package" / "part.py")
    assert watch.changed() == [str(project / "app.py"), str(project / "package/part.py")]


@pytest.mark.parametrize("name", ["new.py", "package/new.py", "newpackage/sub/new.py"])
def test_a_new_file(project, name):
    watch = FileWatch()
    file = project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    assert watch.changed() == [str(file)]


def test_a_deleted_file_that_comes_back(project):
    watch = FileWatch()
    delete(project / "app.py")
    assert watch.changed() == [str(project / "app.py")]
    (project / "app.py").write_text("value = 1\n")
    assert watch.changed() == [str(project / "app.py")]


def test_a_deleted_folder(project):
    watch = FileWatch()
    shutil.rmtree(project / "package")
    assert len(watch.changed()) == 3


def test_an_extra_file_that_appears_later(project, outside):
    """The .env that is written while the app runs: it was asked for, so it counts."""
    extra = outside / "settings.toml"
    watch = FileWatch([str(extra)])
    assert watch.changed() == []
    extra.write_text("a = 1")
    assert watch.changed() == [str(extra)]


def test_extra_files_may_be_relative(project, outside, monkeypatch):
    monkeypatch.chdir(outside)
    (outside / "x.html").write_text("x")
    watch = FileWatch(["x.html", "../outside/x.html"])
    monkeypatch.chdir(project)
    truncate_and_write(outside / "x.html")
    assert watch.changed() == [str(outside / "x.html")]


def test_an_extra_folder_counts_when_a_name_in_it_does(project, outside):
    watch = FileWatch([str(outside)])
    (outside / "new.html").write_text("")
    assert watch.changed() == [str(outside)]


def test_other_kinds_of_files_are_not_watched(project):
    watch = FileWatch()
    truncate_and_write(project / "notes.txt")
    (project / "app.pyc").write_bytes(b"")
    (project / "app.py~").write_bytes(b"")
    assert watch.changed() == []


@pytest.mark.parametrize(
    "pattern", ["*/package/*", "*part.py", "{}/package/part.py", "*/p?rt.py", "*[!x]art.py"]
)
def test_exclude_patterns(project, pattern):
    watch = FileWatch(exclude_patterns=[pattern.format(project), "*nothing*"])
    truncate_and_write(project / "package/part.py")
    assert watch.changed() == []
    truncate_and_write(project / "app.py")
    assert watch.changed() == [str(project / "app.py")]


def test_exclude_patterns_win_over_extra_files(project, outside):
    file = outside / "x.html"
    file.write_text("x")
    watch = FileWatch([str(file)], ["*.html"])
    truncate_and_write(file)
    assert watch.changed() == []


# Modules --------------------------------------------------------------------------------------


def test_a_module_outside_the_program_s_folders(project, outside, modules):
    (outside / "library.py").write_text("value = 1\n")
    modules("library_outside", str(outside / "library.py"))
    watch = FileWatch()
    assert watch.changed() == []
    atomic_replace(outside / "library.py")
    assert watch.changed() == [str(outside / "library.py")]


def test_a_module_that_is_imported_later_is_no_change(project, outside, modules):
    (outside / "late.py").write_text("value = 1\n")
    watch = FileWatch()
    modules("late_outside", str(outside / "late.py"))
    assert watch.changed() == []
    atomic_replace(outside / "late.py")
    assert watch.changed() == [str(outside / "late.py")]


def test_a_module_of_the_program_that_is_imported_later_is_no_change(project, modules):
    watch = FileWatch()
    importlib.import_module("package.part")
    assert watch.changed() == []


def test_a_module_that_is_dropped_is_no_change(project, outside, modules):
    (outside / "library.py").write_text("value = 1\n")
    modules("dropped_outside", str(outside / "library.py"))
    watch = FileWatch()
    del sys.modules["dropped_outside"]
    assert watch.changed() == []
    delete(outside / "library.py")
    assert watch.changed() == [str(outside / "library.py")]


def test_odd_modules(project, modules):
    for number, file in enumerate(
        [None, 3, "", "<string>", "<frozen x>", "/no/such/file.py", "\0"]
    ):
        modules(f"odd_{number}", file)
    modules("odd_none", None)
    sys.modules["odd_really_none"] = None

    class Raises(types.ModuleType):
        def __getattr__(self, name):
            raise RuntimeError("not loaded")

    sys.modules["odd_raises"] = Raises("odd_raises")
    watch = FileWatch()
    assert watch.changed() == []


# What is left out -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/x.py",
        ".hidden/x.py",
        ".git/hooks/x.py",
        "node_modules/a/x.py",
        "venv/lib/x.py",
        "deep/er/env/lib/x.py",
        "lib/site-packages/x.py",
        "lib/dist-packages/x.py",
    ],
)
def test_caches_and_environments_are_ignored(project, name):
    file = project / name
    file.parent.mkdir(parents=True)
    for environment in (project / "venv", project / "deep/er/env"):
        if environment.is_dir():
            (environment / "pyvenv.cfg").write_text("")
    watch = FileWatch()
    count = watch.count
    file.write_text("")
    assert watch.changed() == []
    assert watch.count == count


def test_the_interpreter_s_own_folders_are_no_roots(project):
    assert reloader._program_folders() == [str(project)]


def test_an_empty_entry_is_the_current_folder(project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", ["", str(project), str(project / "gone"), __file__])
    assert reloader._program_folders() == [str(project)]


def test_a_loop_of_links_ends(project):
    (project / "package" / "again").symlink_to(project, target_is_directory=True)
    watch = FileWatch()
    atomic_replace(project / "app.py")
    assert watch.changed() == [str(project / "app.py")]


@pytest.fixture
def thousands(project):
    for number in range(40):
        folder = project / "many" / f"p{number}"
        folder.mkdir(parents=True)
        for part in range(50):
            (folder / f"m{part}.py").touch()
    return project


@contextlib.contextmanager
def counted(monkeypatch, name):
    calls = []
    real = getattr(os, name)

    def count(path, *args, **kwargs):
        calls.append(path)
        return real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, count)
        yield calls


def test_two_thousand_files_cost_one_look_each(thousands, monkeypatch):
    watch = FileWatch()
    assert watch.count >= 2000
    with counted(monkeypatch, "stat") as stats, counted(monkeypatch, "scandir") as scans:
        assert watch.changed() == []
    folders = 1 + 2 + 1 + 40
    assert len(scans) == folders
    # One for each file, and one for each folder: whether it is a virtual environment.
    mine = [path for path in stats if str(path).startswith(str(thousands))]
    assert len(mine) <= 2004 + 2 * folders
    atomic_replace(thousands / "many" / "p39" / "m49.py")
    assert watch.changed() == [str(thousands / "many" / "p39" / "m49.py")]


def test_there_is_a_limit(thousands, monkeypatch):
    monkeypatch.setattr(reloader, "_MAX_FILES", 100)
    before = sum(1 for module in list(sys.modules.values()) if getattr(module, "__file__", None))
    assert FileWatch().count <= 100 + before
