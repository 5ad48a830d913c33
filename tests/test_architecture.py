"""The layers: who may import whom. Read from the syntax trees, and tried without Qt."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys

import pytest
from sources import ROOT, Source, python_files, source, sources

from launcher.hosts.late_imports import LATE

# One worker reads the sources, where tests are divided among several.
pytestmark = pytest.mark.xdist_group("architecture")

PACKAGES = ("server", "framework", "launcher")

# The floors of the server: what each room or module may import of the others when it runs. What is
# imported for its types alone doesn't count.
SERVER_FLOORS = {
    "_version": set(),
    "base": set(),
    "errors": {"base"},
    "facts": {"base", "errors"},
    "events": {"base", "facts"},
    "config": {"base", "errors"},
    "protocol": {"base", "errors", "events"},
    "reporting": {"base", "errors", "events", "facts", "protocol"},
    "flow": {"base", "events", "protocol", "reporting", "facts"},
    "debugging": {"base", "events", "flow", "reporting"},
    "net": {"base", "errors", "events", "protocol", "reporting"},
    "app": {"base", "config", "errors", "events", "flow", "net", "protocol", "reporting"},
    "reload": {"base", "errors", "events", "net"},
    "handler": {"app", "events", "flow", "net", "protocol", "reporting"},
    "servers": {
        "_version", "app", "base", "errors", "flow", "handler", "net", "protocol", "reporting",
    },
    "serving": {"app", "handler", "net", "protocol", "reload", "reporting", "servers"},
    "session": {
        "app", "base", "config", "debugging", "errors", "events", "flow", "net", "protocol",
        "reporting", "servers", "serving",
    },
    "worker": {
        "app", "base", "config", "debugging", "errors", "events", "net", "reporting", "session",
    },
    "_bootstrap": set(),
    "__init__": {"_version", "handler", "serving"},
}  # fmt: skip

# Where threads are started; each of these modules says on its first lines which one it runs on.
THREADS_START_IN = {
    "server": ("base/native.py", "debugging", "net", "reporting", "worker"),
    "launcher": ("hosts", "core/logs/history/writer.py", "pool.py"),
}

# What each part of the launcher may import of the others; itself is always allowed.
LAUNCHER_LAYERS = {
    "core": set(),
    "hosts": {"core"},
    "models": {"core", "theme"},
    "panes": {"actions", "core", "models", "pool", "theme"},
    "actions": {"core", "theme"},
    "pool": set(),
    "garbage": set(),
    "theme": {"core"},
    "bridge": {"hosts", "core"},
    "hidden_rows": set(),
    "app_questions": {"core"},
    "controller": {"app_questions", "bridge", "core", "hidden_rows", "hosts"},
    "page": {"actions", "controller", "core", "hosts", "models", "panes", "pool"},
    "server_page": {"actions", "controller", "core", "page", "panes"},
    "window": {"actions", "core", "page", "panes", "server_page", "theme"},
    "main_window": {"actions", "core", "models", "page", "panes", "server_page", "theme", "window"},
    "opening": {
        "bridge", "core", "main_window", "models", "page", "panes", "pool", "server_page", "window",
    },
    "tools": {"actions", "core", "main_window", "models", "opening", "panes", "pool", "window"},
    "event_file": {"core"},
    "terminal": {"core"},
    "routes_command": {"core", "hosts"},
    "desktop_command": {"core"},
    "cli": {"hosts", "core", "desktop_command", "event_file", "routes_command", "terminal"},
    "app": {
        "main_window", "server_page", "controller", "bridge", "hosts", "panes", "core", "pool",
        "garbage", "opening", "page", "theme", "tools", "window",
    },
    "__main__": {"app", "cli", "core"},
    "__init__": set(),
}  # fmt: skip

# What a part of a page knows of the others: their page connects them.
PAGE_LAYERS = {
    "history_keeper": {"history_reading"},
    "waiting": {"finders", "installer"},
    "watching": {"watched_code"},
}


def test_server_needs_only_the_standard_library() -> None:
    own = {*sys.stdlib_module_names, "server"}
    for module in sources("server"):
        assert module.tops(top_level_only=True) <= own, module.path
        # What is asked for in a function, which says plainly when it isn't there.
        optional = {
            "asgi.py": {"a2wsgi"},
            "debugger.py": {"werkzeug"},
            "django.py": {"django"},
            "falcon.py": {"falcon"},
            "pyramid.py": {"pyramid"},
            "runserver.py": {"django"},
            "tls.py": {"cryptography"},
        }
        assert module.tops() - own <= optional.get(module.file.name, set()), module.path


def test_server_imports_itself_relatively() -> None:
    for module in sources("server"):
        for found in module.imports:
            assert found.level or found.module.partition(".")[0] != "server", module.path


def test_server_imports_go_down_only() -> None:
    for module in sources("server"):
        part = _part(module, "server")
        used = {
            name.split(".")[1]
            for found in module.imports
            if found.level and not found.for_types
            for name in (found.dotted[1:] if found.module == "server" else [found.module])
        }
        assert used - {part} <= SERVER_FLOORS[part], module.path


def _part(module: Source, package: str) -> str:
    """The room or the module of its package that a source is in."""
    return module.file.relative_to(ROOT / package).parts[0].removesuffix(".py")


@pytest.mark.parametrize("package", ["server", "launcher"])
def test_dataclasses_are_those_that_are_cheap_to_define(package: str) -> None:
    for module in sources(package):
        if module.path != "server/base/values.py":
            # It is imported from server.base.values.
            assert "dataclasses.dataclass" not in module.imported(), module.path


@pytest.mark.parametrize("package", THREADS_START_IN)
def test_threads_start_in_named_places_only(package: str) -> None:
    starters = {"Thread", "Timer", "start_new_thread", "ThreadPoolExecutor", "QThread"}
    for module in sources(package):
        where = module.file.relative_to(ROOT / package).as_posix()
        assert where.startswith(THREADS_START_IN[package]) or not module.calls & starters, where


def test_all_that_the_launcher_imports_late_is_known() -> None:
    """A project's file may have such a name: see ``test_shadowing.py``."""
    found = {
        late.module
        for module in sources("launcher")
        for late in module.imports
        if late.in_function and not late.level
    }
    ours = {name for name in found if name.partition(".")[0] in ("launcher", "server", "PySide6")}
    assert found - ours - set(LATE) - {"msvcrt"} == set()  # that one is of Windows


def test_what_a_timer_calls_later_ends_with_its_object() -> None:
    """Without an object, ``QTimer.singleShot`` calls the method of a widget that is deleted."""
    for module in sources("launcher"):
        if "QTimer.singleShot(" in module.text:
            for node in ast.walk(ast.parse(module.text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "QTimer.singleShot":
                    assert len(node.args) == 3, (module.path, node.lineno)


def test_framework_imports_the_server_only_inside_a_function() -> None:
    for module in sources("framework"):
        assert not module.tops(top_level_only=True) & {"server", "launcher", "PySide6"}, module.path
        assert "launcher" not in module.tops(), module.path
        if "server" in module.tops():
            assert module.file.name == "app.py"


def launcher_part(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "launcher" and len(parts) > 1 else None


def test_launcher_imports_point_one_way() -> None:
    for module in sources("launcher"):
        part = _part(module, "launcher")
        used = {launcher_part(name) for name in module.imported()} & LAUNCHER_LAYERS.keys() - {part}
        assert used <= LAUNCHER_LAYERS[part], f"{module.path}: {used - LAUNCHER_LAYERS[part]}"


def test_parts_of_a_page_do_not_know_each_other() -> None:
    for module in sources("launcher/page"):
        known = {
            name.split(".")[2]
            for name in module.imported()
            if name.startswith("launcher.page.") and name.split(".")[2] != module.file.stem
        }
        assert known <= PAGE_LAYERS.get(module.file.stem, set()), module.path


def test_no_qt_below_the_window() -> None:
    rooms = ("server", "framework", "launcher/core", "launcher/hosts")
    without_qt = [file for room in rooms for file in python_files(room)]
    for file in [*without_qt, ROOT / "launcher" / "cli.py"]:
        assert "PySide6" not in source(file).tops(), file


PANES = {"requests", "errors", "output", "setup", "flow"}


def test_panes_do_not_know_their_siblings() -> None:
    """What a pane is made of, such as the details of a request, is a part of it."""
    parts = dict.fromkeys(("requests", "details", "request_rows"), "requests")
    seen = set()
    for module in sources("launcher/panes"):
        own = _part(module, "launcher/panes")
        own = parts.get(own, own)
        seen.add(own)
        if own not in PANES:
            continue
        used = {
            parts.get(name.split(".")[2], name.split(".")[2])
            for name in module.imported()
            if name.startswith("launcher.panes.") and len(name.split(".")) > 2
        }
        assert not (used & PANES) - {own}, module.path
    assert seen >= PANES


@pytest.mark.parametrize(
    "module", ["server", "server.session", "framework", "launcher.core.project.discovery",
               "launcher.core.desktop", "launcher.hosts.supervisor", "launcher.cli",
               "launcher.__main__"],
)  # fmt: skip
def test_imports_where_there_is_no_qt(module: str) -> None:
    code = (
        "import sys; sys.modules['PySide6'] = None; sys.modules['shiboken6'] = None\n"
        f"import importlib; importlib.import_module({module!r})"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_server_is_loaded_only_where_it_serves() -> None:
    """What serves with a worker process needs its channels, not the session that runs in it."""
    code = (
        "import sys, launcher.cli, launcher.terminal, launcher.hosts.process_host\n"
        "print(*sorted(sys.modules.keys() & "
        "{'server.session', 'server.serving', 'server.flow.libraries', 'ssl', 'PySide6'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_shows_what_it_is_for(package: str) -> None:
    for module in sources(package):
        assert module.docstring, module.path


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_public_shows_what_it_is_for(package: str) -> None:
    found = [
        f"{module.path}: {name}" for module in sources(package) for name in module.undocumented
    ]
    assert not found


def _run_time_imports(modules: dict[str, Source]) -> dict[str, set[str]]:
    """Which of the modules each one imports when it runs, also within its functions."""
    graph: dict[str, set[str]] = {}
    for name, module in modules.items():
        used: set[str] = set()
        for found in module.imports:
            if found.for_types:
                continue
            if found.names is None:
                used.add(found.module)
            else:
                used.update(
                    whole if whole in modules else found.module for whole in found.dotted[1:]
                )
        graph[name] = (used & modules.keys()) - {name}
    return graph


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_need_each_other_when_they_run(package: str) -> None:
    """Not even within functions; for types alone they may, as what is drawn and what draws it."""
    modules = {
        module.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): module
        for module in sources(package)
    }
    graph = _run_time_imports(modules)
    while ground := {module for module, used in graph.items() if not used}:
        graph = {module: used - ground for module, used in graph.items() if module not in ground}
    assert not graph, "in a circle, or above one"


# Names

# Words of talk, which may mean anything; a program reports, emits, records, shows, skips.
TALK = {
    "tell", "tells", "told", "say", "says", "said", "note", "notes", "noted", "whoever",
    "parted",
}  # fmt: skip
TALK_OF_TWO = {("part", "with"), ("parts", "with"), ("call", "up"), ("calls", "up")}
# What those have in common, by which a quick look passes over most of the others.
_TALK_STEMS = ("tell", "told", "say", "said", "note", "whoever", "part", "call")
_NAME = re.compile(r"[^\W\d]\w*")
# The same in sentences, where a document may say something, and a file has a ``tell``.
_TALK_IN_WORDS = re.compile(
    r"(?<![\w.])(tells?|told|said|noted|whoever|part(s|ed|ing)? with|call(s|ed)? up)\b",
    re.IGNORECASE,
)

# The event's field has this name for all who read events.
FIXED_NAMES = {"server/facts/lifecycle.py": {"note"}}


@pytest.mark.parametrize("package", [*PACKAGES, "tests", "benchmarks"])
def test_names_are_the_words_of_the_field(package: str) -> None:
    for file in python_files(package):
        path = file.relative_to(ROOT).as_posix()
        fixed = FIXED_NAMES.get(path, set())
        names = set(_NAME.findall(file.read_text(encoding="utf-8")))
        suspects = {name for name in names if _talks(name, fixed)}
        # Only a name that is given here; and that of a test is a sentence.
        found = suspects and suspects & source(file).defined
        assert not {name for name in found if not name.startswith("test_")}, path


def _talks(name: str, fixed: set[str]) -> bool:
    lower = name.lower()
    if not any(stem in lower for stem in _TALK_STEMS):
        return False
    words = re.findall(r"[a-z]+", re.sub("([A-Z][a-z])", r"_\1", name).lower())
    return bool((set(words) - fixed) & TALK or set(itertools.pairwise(words)) & TALK_OF_TWO)


@pytest.mark.parametrize("folder", [*PACKAGES, "benchmarks", "docs", ""])
def test_sentences_are_in_the_words_of_the_field(folder: str) -> None:
    """Docstrings, comments, messages and pages."""
    files = sorted((ROOT / folder).rglob("*.py")) if folder else []
    files += sorted((ROOT / folder).rglob("*.md") if folder else ROOT.glob("*.md"))
    assert files
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files
        for match in _TALK_IN_WORDS.finditer(file.read_text(encoding="utf-8"))
    ]
    assert not found


# run_wsgi, which is documented line by line


def test_run_wsgi_reads_like_the_documented_one() -> None:
    """``write``, ``start_response``, ``execute``, try, error page, end: short, with few turns."""
    tree = ast.parse(source(ROOT / "server" / "handler.py").text)
    (found,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "run_wsgi"
    )
    assert found.end_lineno is not None
    assert found.end_lineno - found.lineno + 1 <= 90
    assert complexity(found) <= 10
    inner = [node.name for node in found.body if isinstance(node, ast.FunctionDef)]
    assert inner == ["write", "start_response", "execute"]
    last = found.body[-1]
    assert isinstance(last, ast.Try)
    assert [ast.unparse(handler.type or ast.Name("")) for handler in last.handlers] == [
        "ClientDisconnected",
        "BaseException",
    ]
    assert last.finalbody


def complexity(function: ast.FunctionDef) -> int:
    """McCabe's, with the functions inside, as ruff's C901 counts it."""
    branches = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.FunctionDef)
    return sum(isinstance(node, branches) for node in ast.walk(function))


# Where it is hard, the first lines explain the states, the locks and why.
_ESSAYS = (
    "server/session.py",
    "server/net/threads.py",
    "server/net/loop.py",
    "server/protocol/channel.py",
    "server/reporting/batch.py",
    "server/reporting/describe.py",
    "server/flow/reading.py",
    "launcher/hosts/process_host.py",
    "launcher/hosts/supervisor.py",
    "launcher/hosts/worker_process.py",
    "launcher/core/logs/view.py",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_long(package: str) -> None:
    bounds = {"server/handler.py": 500, "launcher/main_window.py": 250}
    lengths = {module.path: module.text.count("\n") for module in sources(package)}
    assert {name for name, lines in lengths.items() if lines > bounds.get(name, 600)} == set()


@pytest.mark.parametrize("name", _ESSAYS)
def test_what_is_hard_is_explained_at_the_top(name: str) -> None:
    text = source(ROOT / name).docstring
    assert text is not None
    assert 15 <= len(text.splitlines()) <= 45
