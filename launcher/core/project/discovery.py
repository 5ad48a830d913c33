"""Which WSGI apps does a project folder offer? Answered by reading its code, never by running it.

This module walks the folder, asks ``app_syntax`` what each module binds, and decides what is an
app to offer, under which name, in which order. Nothing of the project is imported, so a broken or
dangerous project can be looked at safely.

Thread: any. There is no shared state, but it reads many files: keep it off the GUI thread.
Used by the set-up form, by the supervisor when APP is a folder, and by ``servedeck apps``.
"""

from __future__ import annotations

import ast
import json
import keyword
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from server.app.spec import APP_NAMES, FACTORY_NAMES

from . import interpreters
from .app_modules import Modules, has_init
from .app_syntax import Scope
from .app_values import App, Class, Function, NoApp, Outside, Value
from .frameworks import BY_KIND, INSTALLED, is_other, label, rank
from .syntax import is_wsgi_class, required, takes_environ

__all__ = ["AppCandidate", "default_app", "describe", "find_apps", "run"]


@dataclass(frozen=True)
class AppCandidate:
    """One app that the project seems to offer.

    :param spec: what to hand to the server, such as ``shop.wsgi:app``, ``shop:create_app()``, or
        ``backend/app.py:app`` where the file isn't importable from the project folder
    :param kind: ``flask``, ``django``, ``bottle``, ``falcon``, ``pyramid``, ``dash``,
        ``servedeck`` (this project's own framework), or ``wsgi`` for everything else
    :param reason: one phrase for the user: what was found, and where
    """

    spec: str
    kind: str
    reason: str


def find_apps(
    project: Path,
    *,
    limit_files: int = 2000,
    limit_entries: int = 100_000,
    limit_bytes: int = 1_000_000,
) -> list[AppCandidate]:
    """List the apps of a project, the most likely one first.

    Specs are meant to be loaded with the project folder, and its ``src`` folder where there is
    one, on ``sys.path``. Factories that need arguments come last. Files that can't be read or
    parsed are left out.

    :param project: the folder to look through
    :param limit_files: Python files to look at, those nearest to the top first
    :param limit_entries: directory entries to look at, so that a home folder doesn't take minutes
    :param limit_bytes: files larger than this are left out
    :raises NotADirectoryError: ``project`` is no existing folder
    """
    return _Project(project, limit_files, limit_entries, limit_bytes).candidates()


def default_app(project: Path) -> AppCandidate | None:
    """The app to propose for a project, or None where none was found.

    :raises NotADirectoryError: ``project`` is no existing folder
    """
    return next(iter(find_apps(project)), None)


def describe(candidates: Sequence[AppCandidate], *, as_json: bool = False) -> str:
    """The candidates as a table for people, or as a JSON array of ``{spec, kind, reason}``."""
    if as_json:
        rows = [{"spec": c.spec, "kind": c.kind, "reason": c.reason} for c in candidates]
        return json.dumps(rows, indent=2)
    table = [("APP", "KIND", "FOUND")]
    table += [(_printable(c.spec), c.kind, _printable(c.reason)) for c in candidates]
    first, second = (max(len(row[column]) for row in table) for column in (0, 1))
    return "\n".join(f"{spec:<{first}}  {kind:<{second}}  {why}" for spec, kind, why in table)


def run(directory: str | os.PathLike[str], as_json: bool, out: TextIO) -> int:
    """``servedeck apps DIR [--json]``: print the apps and the interpreters of a folder.

    As JSON: ``{"apps": [{spec, kind, reason}], "interpreters": [{path, version, …}]}``.

    :param out: where the list goes; complaints go to standard error
    :returns: the exit code: 0, also where there is no app; 2 where there is no such folder
    """
    project = Path(directory)
    try:
        scan = _Project(project)
        candidates = scan.candidates()
    except OSError:
        wrong = "is not a folder" if _exists(project) else "does not exist"
        print(
            f"{_printable(str(directory))} {wrong}: give the folder of your project.",
            file=sys.stderr,
        )
        return 2
    kind = candidates[0].kind if candidates else ""
    pythons = interpreters.find_interpreters(project, kind)
    if as_json:
        apps = json.loads(describe(candidates, as_json=True))
        found = {"apps": apps, "interpreters": interpreters.records(pythons, kind)}
        text = json.dumps(found, indent=2)
    elif candidates:
        text = describe(candidates)
    else:
        text = f"No WSGI app was found in {_printable(str(directory))}"
        if scan.modules.unreadable:
            names = ", ".join(_printable(name) for name in scan.modules.unreadable[:3])
            text += f"; {names} could not be read as Python"
        text += ": name it yourself, as in module:app or path/to/file.py:app."
    if not as_json:
        text += f"\n\n{interpreters.table(pythons, kind)}"
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    return 0


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _printable(text: str) -> str:
    """The text with control characters escaped: file names may hold any."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


_ENTRY_FILES = ("wsgi", "app", "application", "passenger_wsgi", "main", "run", "server", "index")

# Beside these, hidden folders, caches and whatever holds a virtual environment are left out.
_SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "test",
        "tests",
        "venv",
    }
)
# What is in these is shown after everything else.
_SIDE_FOLDERS = frozenset(
    {"benchmarks", "demo", "demos", "doc", "docs", "example", "examples", "samples", "scripts"}
)
_TEST_FILE = re.compile(r"(?:test_.*|.*_test|tests|conftest)\.py")
# Below the top, a mere module without any of these words hardly has an app: it isn't parsed.
_WORTH_PARSING = re.compile(
    rf"{'|'.join(INSTALLED)}|wsgi|environ|framework|_app\b|\bapp\b|application".encode(),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Found:
    """A candidate and what decides its place."""

    candidate: AppCandidate
    name: str
    missing: bool = False
    weak: bool = False


class _Project:
    """One look at one project folder."""

    def __init__(
        self,
        folder: Path,
        limit_files: int = 2000,
        limit_entries: int = 100_000,
        limit_bytes: int = 1_000_000,
    ) -> None:
        try:
            self._root = folder.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise NotADirectoryError(str(folder)) from None
        if not self._root.is_dir():
            raise NotADirectoryError(str(folder))
        self.modules = Modules(self._root, limit_bytes)
        self._files = list(self._walk(limit_files, limit_entries))

    # Files.

    def _walk(self, limit_files: int, limit_entries: int) -> Iterator[Path]:
        """The Python files of the project, level by level."""
        level = [self._root]
        files = entries = 0
        while level:
            below: list[Path] = []
            for folder in level:
                for entry in _entries(folder):
                    entries += 1
                    if entries > limit_entries:
                        return
                    if _is_folder(entry):
                        below += _to_enter(entry)
                    elif _is_source(entry):
                        files += 1
                        if files > limit_files:
                            return
                        yield Path(entry.path)
            level = below

    # Candidates.

    def candidates(self) -> list[AppCandidate]:
        """The apps of the project, the most likely one first."""
        try:
            return self._ranked()
        finally:
            self.modules.forget()

    def _ranked(self) -> list[AppCandidate]:
        ranked = []
        for file in self._files:
            source = self.modules.read(file)
            if source is None:
                continue
            likely = file.parent == self._root or file.name == "__init__.py"
            if likely or _WORTH_PARSING.search(source):
                ranked += [(self._rank(file, found), found) for found in self._in_module(file)]
        ranked.sort(key=lambda pair: pair[0])
        unique = {found.candidate.spec: found.candidate for _, found in reversed(ranked)}
        return list(reversed(unique.values()))

    def _in_module(self, file: Path) -> list[_Found]:
        scope = self.modules.scope(file)
        names = sorted(scope.names, key=_name_order)
        # What is reached as an attribute may have a name of its own, too: that one counts.
        names.sort(key=lambda name: _attribute(scope.names[name]) != "")
        found: list[_Found] = []
        seen: set[tuple[Path, int, int]] = set()
        for name in names:
            if name.startswith("_") or not self._is_own(file, scope, name):
                continue
            value = scope.get(name)
            if isinstance(value, Function):
                if not takes_environ(value.node.args, named=name in APP_NAMES):
                    continue
                value = self.modules.origin(value)
            if isinstance(value, App) and value.origin not in seen:
                seen.add(value.origin)
                weak = name not in APP_NAMES and isinstance(scope.get(name), Function)
                found.append(self._instance(file, scope, name, value, weak))
            elif name in APP_NAMES and file.stem == "wsgi" and self._could_be_app(value):
                reason = (
                    f"named {name} in {self.modules.relative(file)}; what it is shows on import"
                )
                found.append(_Found(self._candidate(file, name, "wsgi", reason), name))
        plain = [one for one in found if not one.weak]
        imported_too = not plain
        found = plain or found
        for name in names:
            if (imported_too or name not in scope.imported_from) and self._is_own(
                file, scope, name
            ):
                function = scope.get(name)
                if isinstance(function, Function):
                    found += self._factory(file, name, function)
                elif isinstance(function, Class) and not found and is_wsgi_class(function.node):
                    reason = f"WSGI class {name} in {self.modules.relative(file)}"
                    candidate = self._candidate(file, name, "wsgi", reason)
                    found.append(_Found(candidate, name, weak=True))
        return found

    def _could_be_app(self, value: Value) -> bool:
        return value is None or (isinstance(value, Outside) and not is_other(value.name))

    def _is_own(self, file: Path, scope: Scope, name: str) -> bool:
        """Whether a name is made here, or imported where that means: this is the app to serve."""
        source = scope.imported_from.get(name)
        if source is None:
            return True
        if name not in (*APP_NAMES, *FACTORY_NAMES):
            return False
        if file.name == "__init__.py":
            inside = source.startswith(".") and not source.startswith("..")
            return inside or source.startswith(f"{file.parent.name}.")
        at_top = file.parent in (self._root, self._root / "src")
        return file.stem in ("wsgi", "passenger_wsgi") or (at_top and file.stem in _ENTRY_FILES)

    def _instance(self, file: Path, scope: Scope, name: str, app: App, weak: bool) -> _Found:
        where = self.modules.relative(file)
        value = scope.get(name)
        if isinstance(value, Function):
            arguments = ", ".join(required(value.node.args))
            reason = f"WSGI callable {name}({arguments}) in {where}"
        else:
            reason = f"{label(app.kind)} {name} in {where}"
        main_file = BY_KIND[app.kind].main_file
        settings = (scope.settings or self._settings(file, main_file)) if main_file else ""
        if settings:
            reason += f", settings {settings}"
        if name in scope.imported_from:
            reason += f", imported from {scope.imported_from[name]}"
        if app.wrapper:
            reason += f", wrapped in {app.wrapper}"
        inner = _attribute(app)
        attribute = f"{name}.{inner}" if inner else name
        return _Found(self._candidate(file, attribute, app.kind, reason), name, weak=weak)

    def _factory(self, file: Path, name: str, function: Function) -> list[_Found]:
        if name.startswith(("_", "test_")) or isinstance(function.node, ast.Lambda):
            return []
        result = self.modules.result(function)
        kind = result.kind if isinstance(result, App) else "wsgi"
        usual = name in FACTORY_NAMES
        if isinstance(result, NoApp) or (not usual and not isinstance(result, App)):
            return []
        needs = required(function.node.args)
        call, where = f"{name}({', '.join(needs)})", self.modules.relative(file)
        row = BY_KIND[kind]
        if needs and tuple(needs) == row.factory_needs:
            given = f"{name}({row.factory_arguments})"
            reason = f"factory {call} in {where}, called as {given}, makes a {label(kind)}"
            candidate = self._candidate(file, given, kind, reason)
            return [_Found(candidate, name, weak=True)]
        if needs and not usual:
            return []
        if needs:
            many = "arguments" if len(needs) > 1 else "argument"
            reason = f"factory {call} in {where} needs the {many} {' and '.join(needs)}"
        else:
            reason = f"factory {call} in {where} makes a {label(kind)}"
        candidate = self._candidate(file, f"{name}()", kind, reason)
        return [_Found(candidate, name, missing=bool(needs), weak=not usual)]

    def _settings(self, file: Path, main_file: str) -> str:
        """The settings that the main file beside the file's package names, or ""."""
        manage = self.modules.import_root(file) / main_file
        if not manage.is_file():
            return ""
        scope = self.modules.scope(manage)
        main = scope.get("main")
        if isinstance(main, Function) and isinstance(main.node, ast.FunctionDef):
            inner = Scope(self.modules, manage, scope)
            with suppress(RecursionError):
                inner.execute(main.node.body)
            return inner.settings or scope.settings
        return scope.settings

    # Names and ranks.

    def _candidate(self, file: Path, attribute: str, kind: str, reason: str) -> AppCandidate:
        return AppCandidate(f"{self._module_name(file)}:{attribute}", kind, reason)

    def _module_name(self, file: Path) -> str:
        """The dotted name that imports a file from the project folder or its src; else its path."""
        root = self.modules.import_root(file)
        src = self._root / "src"
        if root not in (self._root, src) and self._is_namespace(file):
            root = self._root
        at_src = root == src and self.modules.has_src
        if root == self._root or at_src:
            path = file.relative_to(root)
            parts = [*path.parent.parts, path.stem]
            if parts[-1] == "__init__":
                parts.pop()
            usable = parts and all(p.isidentifier() and not keyword.iskeyword(p) for p in parts)
            if at_src:
                other = self.modules.locate(self._root, parts[:1])
                usable = usable and (other is None or other.file is None)
            else:
                # A folder that is itself a package is imported by its own name, from above it.
                usable = usable and not (has_init(self._root) and self._root.name.isidentifier())
            if usable:
                return ".".join(parts)
        return self.modules.relative(file)

    def _is_namespace(self, file: Path) -> bool:
        """Whether a file in a folder without ``__init__.py`` imports as part of a package."""
        top = file.relative_to(self._root).parts[0]
        imports = self.modules.scope(file).imports
        return any(i.startswith(".") or i.partition(".")[0] == top for i in imports)

    def _rank(self, file: Path, found: _Found) -> tuple[object, ...]:
        """Where a candidate stands: by arguments, convention, depth, name, and framework."""
        path = file.relative_to(self._root)
        folders = list(path.parent.parts)
        if folders[:1] == ["src"] and self.modules.has_src:
            folders.pop(0)
        if file.name == "__init__.py" and folders:
            stem = ""
            folders.pop()
        else:
            stem = file.stem
        files = _ENTRY_FILES.index(stem) if stem in _ENTRY_FILES else len(_ENTRY_FILES)
        kind = found.candidate.kind
        main_file = BY_KIND[kind].main_file
        has_main = bool(main_file) and (self._root / main_file).is_file()
        first = not folders and stem in ("wsgi", "app")
        return (
            found.missing,
            found.weak,
            any(part.lower() in _SIDE_FOLDERS for part in folders),
            not (first or has_main),
            len(folders),
            files,
            _name_order(found.name),
            rank(kind),
            found.candidate.spec,
        )


def _attribute(value: object) -> str:
    """The attribute of an app that holds the WSGI callable; "" for the app itself, or no app."""
    return BY_KIND[value.kind].attribute if isinstance(value, App) else ""


def _name_order(name: str) -> tuple[int, str]:
    usual = (*APP_NAMES, *FACTORY_NAMES)
    return (usual.index(name) if name in usual else len(usual), name)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _to_enter(entry: os.DirEntry[str]) -> list[Path]:
    """The folder, unless it is hidden, a link, a virtual environment, tests, or generated."""
    name = entry.name.lower()
    skipped = name in _SKIPPED_FOLDERS or name.startswith(".") or name.endswith("cache")
    if skipped or name.endswith(".egg-info") or entry.is_symlink():
        return []
    path = Path(entry.path)
    try:
        return [] if (path / "pyvenv.cfg").exists() else [path]
    except OSError:
        return []


def _is_source(entry: os.DirEntry[str]) -> bool:
    try:
        return (
            entry.name.endswith(".py")
            and entry.is_file()
            and not _TEST_FILE.fullmatch(entry.name)
            and entry.name != "setup.py"
        )
    except OSError:
        return False
