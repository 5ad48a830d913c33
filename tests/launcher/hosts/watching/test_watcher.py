"""The watcher: every way of saving a file, what counts, bursts, refused notices."""

from __future__ import annotations

import itertools
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from recorder import WAIT

from launcher.core.sentences import watching
from launcher.hosts.watching import files as watched_files
from launcher.hosts.watching import notices, watcher
from launcher.hosts.watching.files import WatchedFiles
from launcher.hosts.watching.notices import Notices, NoticesRefused, remote_file_system
from launcher.hosts.watching.rules import WatchRules, is_below, is_temporary
from launcher.hosts.watching.watcher import Debounce, Watcher

OLD = 1_000_000_000.0


class Bench:
    """A project with a few files, and a watcher whose calls are waited for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.calls: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self.watcher: Watcher | None = None
        self.write("app.py", "from shop import cart\n")
        self.write("shop/__init__.py", "")
        self.write("shop/cart.py", "x = 1\n")
        self.write("shop/templates/cart.html", "<h1>")

    def path(self, name: str) -> Path:
        return self.project / name

    def write(self, name: str, text: str) -> Path:
        """In one go, as a machine that is held up in the midst would make two changes of it."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        elsewhere = self.folder / "being written"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / path.name).write_text(text)
        os.replace(elsewhere / path.name, path.resolve())
        return path

    def start(self, **options: Any) -> Watcher:
        self.watcher = Watcher(self.project, self.calls.put, **options)
        self.watcher.start()
        return self.watcher

    def next(self) -> set[str]:
        """The files of the next call: their paths in the project, or absolute outside of it."""
        paths = self.calls.get(timeout=WAIT)
        assert all(map(os.path.isabs, paths))
        assert len(set(paths)) == len(paths)
        return {path.removeprefix(f"{self.project}{os.sep}") for path in paths}

    def until(self, *names: str) -> None:
        """The calls bring these files and no others, in as many calls as the system likes."""
        missing = set(names)
        while missing:
            found = self.next()
            assert found <= set(names), found
            missing -= found

    def nothing(self) -> None:
        """What was done before is no reason for a call: the next one is about this file alone."""
        self.write("sentinel.py", f"time = {time.monotonic_ns()}\n")
        assert self.next() == {"sentinel.py"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    if bench.watcher is not None:
        bench.watcher.stop()


@pytest.fixture(params=["notices", "polling"])
def started(request: pytest.FixtureRequest, bench: Bench, monkeypatch: Any) -> Bench:
    """With the system's notices and without."""
    if request.param == "polling":
        refuse(monkeypatch)
    bench.start(extra_files=["shop/templates", "settings.toml", "../shared.txt"])
    return bench


def refuse(monkeypatch: pytest.MonkeyPatch, error: str = "OS file watch limit reached.") -> None:
    """Let the system give no notices, and the watcher look more often without them."""

    def refused(*unused: object, **options: object) -> Iterator[set[Any]]:
        raise OSError(error)
        yield set()

    monkeypatch.setattr(watchfiles, "watch", refused)
    monkeypatch.setattr(watcher, "_POLL_SECONDS", 0.02)


def in_place(file: Path) -> None:
    with file.open("r+") as stream:
        stream.write("x = 2\n")


def truncate_and_write(file: Path) -> None:
    file.write_text("x = 23456\n")


def truncate_flush_and_write(file: Path) -> None:
    with file.open("w") as stream:
        stream.write("x")
        stream.flush()
        stream.write(" = 3\n")


def atomic_replace(file: Path) -> None:
    """As PyCharm and vim do."""
    temporary = file.with_name(file.name + "___jb_tmp___")
    temporary.write_text("x = 2\n")
    os.replace(temporary, file)


def backup_and_new(file: Path) -> None:
    """As vim does with `backupcopy=no`."""
    (file.parent / "4913").write_text("")
    (file.parent / "4913").unlink()
    os.rename(file, f"{file}~")
    file.write_text("x = 2\n")
    os.unlink(f"{file}~")


def delete_and_new(file: Path) -> None:
    file.unlink()
    file.write_text("x = 2\n")


def append(file: Path) -> None:
    with file.open("a") as stream:
        stream.write("y = 1\n")


def older(file: Path) -> None:
    """As a file restored from a backup, of the same size."""
    restored = file.with_name("restored.tmp")
    restored.write_text("x = 9\n")
    os.utime(restored, (OLD, OLD))
    os.replace(restored, file)


def older_in_place(file: Path) -> None:
    file.write_text("x = 9\n")
    os.utime(file, (OLD, OLD))


def same_content(file: Path) -> None:
    temporary = file.with_name("copy.tmp")
    shutil.copy2(file, temporary)
    os.replace(temporary, file)


def delete(file: Path) -> None:
    file.unlink()


def becomes_link(file: Path) -> None:
    elsewhere = file.parent.parent.parent / "elsewhere.txt"
    elsewhere.write_text("x = 2\n")
    file.unlink()
    file.symlink_to(elsewhere)


WAYS = [in_place, truncate_and_write, truncate_flush_and_write, atomic_replace, backup_and_new,
        delete_and_new, append, older, older_in_place, same_content, delete,
        becomes_link]  # fmt: skip


# The others have several steps, and on a slow machine a step may take longer than a burst.
AT_ONCE = {in_place, append, atomic_replace, older, same_content, delete}


@pytest.mark.parametrize("save", WAYS, ids=lambda way: way.__name__)
def test_sees_every_way_of_saving(started: Bench, save: Callable[[Path], None]) -> None:
    save(started.path("shop/cart.py"))
    assert started.next() == {"shop/cart.py"}
    if save in AT_ONCE:
        started.nothing()


def test_sees_a_save_right_after_a_save_of_the_same_size(bench: Bench) -> None:
    bench.write("app.py", "x = 1\n")
    bench.start()
    for number in (2, 3, 4, 5):
        with bench.path("app.py").open("r+") as stream:  # the same size and inode
            stream.write(f"x = {number}\n")
        assert bench.next() == {"app.py"}


def test_sees_a_change_within_one_step_of_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("x = 1\n")
    files = WatchedFiles(WatchRules(str(tmp_path)), str(tmp_path))
    files.look()
    stamp = file.stat().st_mtime_ns
    file.write_text("x = 2\n")
    os.utime(file, ns=(stamp, stamp))
    assert files.look() == [str(file)]
    assert files.look() == []
    deadline = time.monotonic() + WAIT
    while files._view.files[str(file)][3] >= 0:  # later, it is no longer read
        assert time.monotonic() < deadline
        assert files.look() == []


def test_sees_new_files(started: Bench) -> None:
    started.write("missing.py", "found = True\n")
    assert started.next() == {"missing.py"}
    started.write("settings.toml", "a = 1\n")
    assert started.next() == {"settings.toml"}
    (started.folder / "shared.txt").write_text("1")
    assert started.next() == {str(started.folder / "shared.txt")}


def test_sees_a_new_package_and_what_is_put_into_it(started: Bench) -> None:
    names = ["new/__init__.py", "new/deep/__init__.py", "new/deep/er/m.py"]
    for name in names:
        started.write(name, "x = 1\n")
    started.until(*names)
    started.write("new/deep/er/m.py", "x = 12\n")
    assert started.next() == {"new/deep/er/m.py"}
    started.write("new/deep/other.py", "x = 1\n")
    assert started.next() == {"new/deep/other.py"}


def test_sees_a_package_that_is_moved_deleted_and_made_anew(started: Bench) -> None:
    os.rename(started.path("shop"), started.path("store"))
    gone = ["shop/__init__.py", "shop/cart.py", "shop/templates/cart.html"]
    started.until(*gone, "store/__init__.py", "store/cart.py")
    started.write("store/cart.py", "x = 12\n")
    assert started.next() == {"store/cart.py"}
    shutil.rmtree(started.path("store"))
    started.until("store/__init__.py", "store/cart.py")
    started.write("store/cart.py", "x = 3\n")
    started.until("store/cart.py")
    started.write("store/cart.py", "x = 45\n")
    assert started.next() == {"store/cart.py"}


def test_sees_a_package_that_is_moved_into_the_project(started: Bench) -> None:
    outside = started.folder / "lib" / "deep"
    outside.mkdir(parents=True)
    (outside / "m.py").write_text("x = 1\n")
    os.rename(started.folder / "lib", started.path("lib"))
    assert started.next() == {"lib/deep/m.py"}
    started.write("lib/deep/m.py", "x = 12\n")
    assert started.next() == {"lib/deep/m.py"}


def test_sees_environment_files_extra_files_and_extension_modules(started: Bench) -> None:
    for name in (".env", ".flaskenv", "shop/fast.cpython-311-x86_64-linux-gnu.so",
                 "shop/templates/cart.html", "shop/templates/deep/new.txt"):  # fmt: skip
        started.write(name, "NAME=value\n")
        assert started.next() == {name}
    started.path(".env").unlink()
    assert started.next() == {".env"}


def test_passes_over_what_does_not_count(started: Bench) -> None:
    cart = started.path("shop/cart.py")
    cart.read_text()
    os.utime(cart, ns=(1, cart.stat().st_mtime_ns))
    for name in ("README.md", "shop/data.json", "shop/cart.pyi", "shop/cart.pyc",
                 "__pycache__/app.cpython-311.pyc", "shop/__pycache__/cart.py", ".git/hooks/a.py",
                 "node_modules/gyp/a.py", ".venv/lib/python3.11/site-packages/flask/app.py",
                 "shop/templates/__pycache__/a.html", "build/lib/site-packages/x.py"):  # fmt: skip
        started.write(name, "x = 1\n")
    os.listdir(started.project)
    started.nothing()


def test_passes_over_editors_own_files(started: Bench) -> None:
    for folder in ("shop", "shop/templates"):
        for name in ("cart.py~", ".cart.py.swp", "4913", "cart.py___jb_tmp___", "a.tmp",
                     "#cart.py#", "flycheck_cart.py", ".goutputstream-ABC123"):  # fmt: skip
            started.write(f"{folder}/{name}", "x = 1\n")
        os.symlink("user@host.1234", started.path(f"{folder}/.#cart.py"))
    started.nothing()


def test_passes_over_virtual_environments_of_any_name(started: Bench) -> None:
    started.write("env/pyvenv.cfg", "home = /usr/bin\n")
    started.write("env/lib/python3.11/os.py", "x = 1\n")
    started.nothing()
    started.write("env/lib/python3.11/os.py", "x = 12\n")
    started.nothing()


def test_leaves_out_what_is_excluded(bench: Bench) -> None:
    for name in ("migrations/a.py", "shop/generated_a.py", "shop/deep/secret/a.py"):
        bench.write(name, "x = 1\n")
    patterns = ["migrations", "generated_*", f"{bench.project}/shop/deep/*", "shop/*.html"]
    bench.start(exclude_patterns=patterns, extra_files=["shop/templates"])
    assert bench.watcher is not None
    assert bench.watcher.count == 3
    for name in ("migrations/a.py", "migrations/b.py", "shop/generated_a.py",
                 "shop/generated_b.py", "shop/deep/secret/a.py", "shop/deep/secret/new/b.py",
                 "shop/templates/cart.html"):  # fmt: skip
        bench.write(name, "x = 12\n")
    bench.watcher.watch_modules([str(bench.path("migrations/a.py"))])
    bench.write("migrations/a.py", "x = 123\n")
    bench.nothing()


def test_a_burst_of_fifty_files_is_one_call(started: Bench) -> None:
    names = {f"shop/m{number}.py" for number in range(50)}
    pauses = []
    for text in map("x = {}\n".format, range(10, 60)):
        written = [time.monotonic()]
        for name in sorted(names):
            started.write(name, text)
            written.append(time.monotonic())
        if started.next() == names:
            break
        # A busy machine made a pause in the midst: two bursts, by the rule, and no proof of one.
        pauses.append(max(after - before for before, after in itertools.pairwise(written)))
        started.write("sentinel.py", text)
        while "sentinel.py" not in started.next():
            pass
    else:
        assert max(pauses) > 0.01, "fifty files that were written in one go were not one call"
        pytest.skip("the machine never writes fifty files in one go")
    started.nothing()


def test_a_burst_ends_when_nothing_more_comes() -> None:
    gone = {"/gone"}
    pending = Debounce(gone.__contains__)
    assert pending.wait(1.0) is None
    pending.add([], 1.0)
    assert pending.wait(1.0) is None
    pending.add(["/b"], 1.0)
    assert pending.wait(1.0) == 0.0
    pending.add(["/a", "/b"], 1.01)
    assert pending.wait(1.01) == pytest.approx(Debounce.QUIET_FOR_SEVERAL)
    assert pending.wait(1.04) == 0.0
    pending.add(["/gone"], 1.05)
    assert pending.wait(1.06) == pytest.approx(Debounce.QUIET_FOR_UNSETTLED - 0.01)
    pending.add(["/c"], 1.14)
    assert pending.wait(1.14) == pytest.approx(0.01)  # whatever else comes
    assert pending.take() == ("/b", "/a", "/gone", "/c")
    assert pending.wait(1.14) is None


def test_changes_that_keep_coming_are_reported_all_the_same(bench: Bench) -> None:
    bench.start()
    ended = threading.Event()

    def save() -> None:
        number = 0
        while not ended.wait(0.004):
            number += 1
            bench.write(f"shop/m{number % 7}.py", f"x = {number}\n")

    saving = threading.Thread(target=save)
    saving.start()
    try:
        for _ in range(3):
            assert bench.next() <= {f"shop/m{number}.py" for number in range(7)}
    finally:
        ended.set()
        saving.join()


def test_a_change_while_the_last_one_is_taken_is_not_lost(bench: Bench) -> None:
    taken, go_on = threading.Event(), threading.Event()

    def take(paths: tuple[str, ...]) -> None:
        bench.calls.put(paths)
        taken.set()
        go_on.wait(WAIT)

    watcher = Watcher(bench.project, take)
    watcher.start()
    try:
        bench.write("app.py", "x = 12\n")
        assert taken.wait(WAIT)
        bench.write("shop/cart.py", "x = 12\n")
        go_on.set()
        assert bench.next() == {"app.py"}
        assert bench.next() == {"shop/cart.py"}
    finally:
        go_on.set()
        watcher.stop()


@pytest.mark.parametrize("hinted", [True, False])
def test_nothing_is_lost_before_the_notices_are_there(bench: Bench, hinted: bool) -> None:
    arm = Notices.arm

    def slow(self: Notices, folders: list[str]) -> None:
        if not self.armed:
            bench.write("shop/cart.py", "x = 12\n")
            bench.write("shop/new/m.py", "x = 12\n")
            if hinted:
                shutil.rmtree(bench.path("shop/templates"))  # FileNotFoundError
        arm(self, folders)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Notices, "arm", slow)
        bench.start()
        bench.until("shop/cart.py", "shop/new/m.py")
        assert bench.watcher is not None
        assert not bench.watcher.problem
    bench.write("shop/new/m.py", "x = 123\n")
    assert bench.next() == {"shop/new/m.py"}


def test_links_to_files(started: Bench) -> None:
    for number in (1, 2):
        (started.folder / "targets" / f"{number}").mkdir(parents=True)
        (started.folder / "targets" / f"{number}" / "real.py").write_text(f"x = {number}\n")
    link = started.path("shop/linked.py")
    link.symlink_to(started.folder / "targets" / "1" / "real.py")
    assert started.next() == {"shop/linked.py"}
    # What it leads to is changed, at its own place.
    (started.folder / "targets" / "1" / "real.py").write_text("x = 11\n")
    assert started.next() == {"shop/linked.py"}
    # It leads to another.
    other = link.with_name("other.tmp")
    other.symlink_to(started.folder / "targets" / "2" / "real.py")
    os.replace(other, link)
    assert started.next() == {"shop/linked.py"}
    atomic_replace(started.folder / "targets" / "2" / "real.py")
    assert started.next() == {"shop/linked.py"}
    (started.folder / "targets" / "1" / "real.py").unlink()
    started.nothing()


def test_links_to_folders(started: Bench) -> None:
    for number in (1, 2):
        (started.folder / f"release{number}").mkdir()
        (started.folder / f"release{number}" / "m.py").write_text(f"x = {number}\n")
    link = started.path("current")
    link.symlink_to(started.folder / "release1")
    assert started.next() == {"current/m.py"}
    (started.folder / "release1" / "m.py").write_text("x = 11\n")
    assert started.next() == {"current/m.py"}
    other = link.with_name("other.tmp")
    other.symlink_to(started.folder / "release2")
    os.replace(other, link)
    assert started.next() == {"current/m.py"}
    (started.folder / "release2" / "m.py").write_text("x = 22\n")
    assert started.next() == {"current/m.py"}


def test_links_that_lead_around_in_circles(bench: Bench) -> None:
    bench.path("shop/again").symlink_to(bench.project)
    bench.path("here").symlink_to(".")
    bench.path("broken.py").symlink_to("nowhere.py")
    bench.path("loop.py").symlink_to("loop.py")
    watcher = bench.start()
    assert watcher.count == 5  # three modules and two links
    bench.write("shop/cart.py", "x = 12\n")
    assert bench.next() == {"shop/cart.py"}
    bench.path("here").unlink()
    bench.path("here").symlink_to("shop/templates")
    bench.until("here")


def test_a_project_that_is_a_link(bench: Bench) -> None:
    os.rename(bench.project, bench.folder / "release1")
    shutil.copytree(bench.folder / "release1", bench.folder / "release2")
    bench.project.symlink_to(bench.folder / "release1")
    watcher = bench.start()
    bench.write("app.py", "x = 1\n")
    assert bench.next() == {"app.py"}
    # A module's path may be reported with the link resolved.
    before = watcher.count
    watcher.watch_modules([str(bench.folder / "release1" / "app.py")])
    assert watcher.count == before
    other = bench.folder / "other"
    other.symlink_to(bench.folder / "release2")
    os.replace(other, bench.project)
    bench.until("app.py", "shop/__init__.py", "shop/cart.py")
    bench.write("app.py", "x = 12\n")
    assert bench.next() == {"app.py"}


def test_modules_outside_the_project(started: Bench) -> None:
    watcher = started.watcher
    assert watcher is not None
    source = started.folder / "next_door" / "src"
    files = [source / "lib" / "__init__.py", source / "lib" / "deep" / "__init__.py",
             source / "lib" / "deep" / "m.py", source / "single.py", source / "unused.py",
             started.folder / "venv/lib/python3.11/site-packages/flask/app.py"]  # fmt: skip
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")
    started.nothing()
    before = watcher.count
    imported = [str(file) for file in files if file.name != "unused.py"]
    watcher.watch_modules([*imported, os.__file__, str(started.path("app.py")), "<frozen os>",
                           str(source / "gone.py")])  # fmt: skip
    files[2].write_text("x = 12\n")  # before the notices are there
    assert watcher.count == before + 4
    assert started.next() == {str(files[2])}
    for save in (atomic_replace, in_place):
        for file in files[:4]:
            save(file)
            assert started.next() == {str(file)}
    files[4].write_text("x = 123\n")
    files[5].write_text("x = 123\n")
    (source / "lib" / "fresh.py").write_text("x = 1\n")
    assert started.next() == {str(source / "lib" / "fresh.py")}
    watcher.watch_modules(imported)
    started.nothing()
    assert watcher.count == before + 5


def test_modules_in_hidden_folders_of_the_project(bench: Bench) -> None:
    file = bench.write(".hidden/m.py", "x = 1\n")
    watcher = bench.start()
    watcher.watch_modules([str(file)])
    bench.write(".hidden/m.py", "x = 12\n")
    assert bench.next() == {".hidden/m.py"}


def test_the_interpreters_own_files(bench: Bench) -> None:
    bench.write("conda/lib/python3.11/os.py", "x = 1\n")
    bench.write("conda/etc/m.py", "x = 1\n")
    usr = bench.folder / "usr"
    for name in ("lib/python3/os.py", "src/next_door.py"):
        (usr / name).parent.mkdir(parents=True)
        (usr / name).write_text("x = 1\n")
    watcher = bench.start(python_prefixes=[str(bench.path("conda")), str(usr), ""])
    before = watcher.count
    assert before == 3
    watcher.watch_modules([str(usr / "lib/python3/os.py"), str(usr / "src/next_door.py")])
    assert watcher.count == before + 1


def test_a_project_in_a_prefix_is_watched(tmp_path: Path) -> None:
    rules = WatchRules("/usr/lib/app", python_prefixes=["/usr"])
    assert rules.enters("/usr/lib/app/shop")
    assert not rules.is_installed("/usr/lib/app/shop/cart.py")
    assert rules.is_installed("/usr/bin/tool.py")


def test_reports_when_it_falls_back_and_what_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "OS file watch limit reached. about [...]")
    watcher = bench.start()
    assert "sudo sysctl fs.inotify.max_user_watches" in watcher.problem
    bench.write("app.py", "x = 1\n")
    assert bench.next() == {"app.py"}
    refused = notices._why_refused("Too many open files (os error 24)")
    assert "max_user_instances" in watching(refused)
    assert "whatever" in watching(notices._why_refused("whatever"))


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_the_real_limit_is_recognised(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"f{number}").mkdir()
    code = (
        "import sys; from launcher.hosts.watching.notices import Notices, NoticesRefused\n"
        "from pathlib import Path\n"
        "try: Notices().arm([str(p) for p in Path(sys.argv[1]).iterdir()])\n"
        "except NoticesRefused as refused: print(refused)\n"
    )
    limited = 'echo 20 > /proc/sys/user/max_inotify_watches && exec "$@"'
    done = subprocess.run(
        ["unshare", "-r", "sh", "-c", limited, "sh", sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("no user namespaces here")
    assert "max_user_watches" in done.stdout


def test_without_watchfiles(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    watcher = bench.start()
    assert "watchfiles can't be loaded" in watcher.problem
    bench.write("shop/new/m.py", "x = 1\n")
    assert bench.next() == {"shop/new/m.py"}


def test_a_network_file_system(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = bench.folder / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\nhost:/home /srv/my\\040home nfs4 rw 0 0\n"
        "tmpfs /srv/my\\040home/tmp tmpfs rw 0 0\n"
    )
    assert remote_file_system("/srv/my home/project", str(mounts)) == "nfs4"
    assert remote_file_system("/srv/my home/tmp/x", str(mounts)) == ""
    assert remote_file_system("/srv/my homestead", str(mounts)) == ""
    assert remote_file_system("/x", str(bench.folder / "none")) == ""
    monkeypatch.setattr(watcher, "remote_file_system", lambda path: "nfs4")
    # A change of which no notice comes.
    monkeypatch.setattr(WatchedFiles, "look_at", lambda self, hints: [])
    assert "network file system (nfs4)" in bench.start().problem
    bench.write("app.py", "x = 1\n")
    assert bench.next() == {"app.py"}


def test_too_many_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_files, "MAX_FILES", 3)
    for number in range(10):
        bench.write(f"many/m{number}.py", "x = 1\n")
    watcher = bench.start()
    assert watcher.count == 3
    assert "exclude folders" in watcher.problem
    # What the app has imported is watched all the same.
    watcher.watch_modules([str(bench.path(f"many/m{number}.py")) for number in range(10)])
    for number in range(10):
        bench.write(f"many/m{number}.py", "x = 12\n")
        assert bench.next() == {f"many/m{number}.py"}


def test_too_many_folders(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_files, "MAX_FOLDERS", 2)
    assert "exclude folders" in bench.start().problem


def test_reports_its_count(bench: Bench) -> None:
    counted = threading.Event()
    watcher = bench.start(on_status=counted.set)
    assert watcher.count == 3
    bench.write("new.py", "x = 1\n")
    assert counted.wait(WAIT)
    assert watcher.count == 4


def test_lost_notices_make_a_change_late_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(WatchedFiles, "look_at", lambda self, hints: [])
    bench.start()
    bench.write("app.py", "x = 1\n")
    assert bench.next() == {"app.py"}


def test_names_that_are_not_text(bench: Bench) -> None:
    raw = os.fsencode(bench.project)
    try:
        os.mkdir(raw + b"/\xff")
    except OSError:
        pytest.skip("this file system allows only text")
    watcher = bench.start()
    for number in range(10):  # each breaks watchfiles' notices off
        Path(os.fsdecode(raw + b"/\xff.log")).write_text(f"{number}")
        bench.write("app.py", f"x = {number}\n")
        assert bench.next() == {"app.py"}
    Path(os.fsdecode(raw + b"/\xff.py")).write_text("x = 1\n")
    assert bench.next() == {os.fsdecode(b"\xff.py")}
    assert not watcher.problem or "UTF-8" in watcher.problem


def test_notices_that_break_off_again_and_again_are_given_up(tmp_path: Path) -> None:
    source = Notices()
    wake = threading.Event()
    for _ in range(5):
        source.arm([str(tmp_path)])
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("x")
        assert source.wait(WAIT, wake) is None
        assert not source.armed
    with pytest.raises(NoticesRefused, match="UTF-8"):
        source.arm([str(tmp_path)])


def test_a_project_that_is_missing_and_comes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.project = bench.folder / "later"
    assert bench.start().count == 0
    bench.write("app.py", "x = 1\n")
    bench.until("app.py")
    bench.write("shop/cart.py", "x = 1\n")
    bench.until("shop/cart.py")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(bench: Bench) -> None:
    bench.path("shop").chmod(0)
    try:
        watcher = bench.start()
        assert (watcher.count, watcher.problem) == (1, "")
    finally:
        bench.path("shop").chmod(0o755)


def test_stop_in_a_burst_from_its_own_call_and_twice(bench: Bench) -> None:
    watcher = bench.start()
    for number in range(20):
        bench.write(f"shop/m{number}.py", "x = 1\n")
    watcher.stop()
    while not bench.calls.empty():
        bench.calls.get()
    bench.write("app.py", "x = 12\n")
    watcher.stop()
    assert watcher._thread is not None
    assert not watcher._thread.is_alive()
    assert bench.calls.empty()

    ended = threading.Event()

    def end(paths: tuple[str, ...]) -> None:
        other.stop()
        ended.set()

    other = Watcher(bench.project, end)
    other.start()
    bench.write("app.py", "x = 1\n")
    assert ended.wait(WAIT)
    assert other._thread is not None
    other._thread.join(WAIT)
    assert not other._thread.is_alive()
    Watcher(bench.project, end).stop()  # never started


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_leaves_no_thread_and_no_descriptor(bench: Bench) -> None:
    def resources() -> tuple[int, int]:
        return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))

    bench.start().stop()  # what is loaded once
    before = resources()
    for number in range(20):
        watcher = bench.start()
        bench.write(f"new{number}/m.py", "x = 1\n")
        bench.until(f"new{number}/m.py")
        watcher.stop()
    deadline = time.monotonic() + WAIT
    while any(now > then for now, then in zip(resources(), before, strict=True)):
        # The thread of watchfiles ends a moment after it was asked to.
        assert time.monotonic() < deadline, (before, resources())


def test_ten_thousand_files(bench: Bench) -> None:
    empty = bench.path("app.py")
    for number in range(500):
        folder = bench.path(f"big/a{number % 20}/p{number}")
        os.makedirs(folder)
        for module in range(20):
            os.link(empty, f"{folder}/m{module}.py")
    begun = time.monotonic()
    watcher = bench.start()
    assert time.monotonic() - begun < 5.0  # 0.1 s where nothing else runs
    assert watcher.count == 10_003
    assert not watcher.problem
    bench.write("big/a3/p3/m3.py", "x = 1\n")
    assert bench.next() == {"big/a3/p3/m3.py"}
    bench.write("big/a3/p3/new/m3.py", "x = 1\n")
    assert bench.next() == {"big/a3/p3/new/m3.py"}


def test_the_rules_alone() -> None:
    rules = WatchRules("/p", ["*.gen.py"])
    for name in ("a.py", "a.pyw", "a.so", "a.pyd", ".env", ".flaskenv"):
        assert rules.is_source(name), name
    for name in ("a.pyi", "a.txt", ".a.py", "a.py~", ".env.local", "flycheck_a.py", "py"):
        assert not rules.is_source(name), name
    assert rules.is_excluded("/p/x/a.gen.py")
    assert not rules.is_excluded("/p/x/a.py")
    assert is_below("/a/b", "/a")
    assert is_below("/a", "/")
    assert not is_below("/ab", "/a")
    for name in ("a~", ".a.swp", "4913", "x___jb_old___", ".#a.py", "#a#", "a.tmp", "sedAb12Cd"):
        assert is_temporary(name), name
    for name in ("a.py", "a.html", "4914", "seda.html", "tmp"):
        assert not is_temporary(name), name
