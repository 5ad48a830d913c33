"""Which WSGI apps does a project folder offer? Answered by reading its code, never by running it.

This module asks ``app_syntax`` what each module of the folder binds, and decides what is an app to
offer, under which name, in which order. Nothing of the project is imported, so a broken or
dangerous project can be looked at safely.

Thread: any. There is no shared state, but it reads many files: keep it off the GUI thread.
Used by the set-up form, by ``servedeck serve`` with a folder, and by ``servedeck apps``.
"""

from __future__ import annotations

import ast
import keyword
import posixpath
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from server.app.spec import APP_NAMES, ENTRY_NAMES, FACTORY_NAMES, is_file_name, split_target
from server.base.values import dataclass

from .app_modules import Modules, has_init
from .app_syntax import Scope
from .app_values import App, Class, Function, NoApp, Outside, Value
from .flask_app import flask_app
from .frameworks import BY_KIND, INSTALLED, is_other, label, listed_kind, rank
from .own_servers import own_servers, worth_looking
from .project_files import project_files
from .syntax import is_wsgi_class, parse, required, takes_environ, takes_scope

__all__ = [
    "AppCandidate", "AppHint", "Findings", "candidate_of", "default_app", "find_apps", "look_at"
]  # fmt: skip


@dataclass(frozen=True)
class AppCandidate:
    """One app that the project seems to offer.

    :param spec: what to hand to the server, such as ``shop.wsgi:app``, ``shop:create_app()``, or
        ``backend/app.py:app`` where the file isn't importable from the project folder
    :param kind: ``flask``, ``django``, ``bottle``, ``falcon``, ``pyramid``, ``dash``,
        ``webpy``, ``servedeck`` (this project's own framework), ``asgi``, or ``wsgi`` for
        everything else
    :param reason: one phrase for the user: what was found, and where
    """

    spec: str
    kind: str
    reason: str


@dataclass(frozen=True)
class AppHint:
    """An app that can't be offered as it is.

    :param file: relative to the project folder
    :param text: what is in the way and what to do, one sentence
    """

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Findings:
    """What a look at a project has found.

    :param apps: the most likely one first
    :param unreadable: the files that could not be read as Python
    """

    apps: tuple[AppCandidate, ...] = ()
    hints: tuple[AppHint, ...] = ()
    unreadable: tuple[str, ...] = ()


def look_at(project: Path, goes_on: Callable[[], bool] = lambda: True) -> Findings:
    """All that is found in a project; see :func:`find_apps`.

    :param goes_on: asked before each file; what was found before it returns False is the answer
    """
    return _Project(project, goes_on=goes_on).findings()


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
    return list(_Project(project, limit_files, limit_entries, limit_bytes).findings().apps)


def default_app(project: Path) -> AppCandidate | None:
    """The app to propose for a project, or None where none was found.

    :raises NotADirectoryError: ``project`` is no existing folder
    """
    return next(iter(find_apps(project)), None)


def candidate_of(app: str, found: Iterable[AppCandidate]) -> AppCandidate | None:
    """Which of those that were found an app is, however it is written.

    ``shop.py``, ``shop`` and ``src/shop.py:app`` are ``shop:app``; where no attribute is named, the
    likeliest of the module.

    :param app: as the user may write it, relative to the project folder
    :param found: the most likely one first
    :returns: None where it is none of them
    """
    target, attribute = split_target(app)
    module = _module_path(target)
    of_module = []
    for candidate in found:
        if candidate.spec == app.strip():
            return candidate
        its_target, its_attribute = split_target(candidate.spec)
        if _module_path(its_target) == module and attribute in ("", its_attribute):
            of_module.append(candidate)
    return of_module[0] if module and of_module else None


# What is in these is shown after everything else.
_SIDE_FOLDERS = frozenset(
    {"benchmarks", "demo", "demos", "doc", "docs", "example", "examples", "samples", "scripts"}
)
# Below the top, a mere module without any of these words hardly has an app: it isn't parsed.
_WORTH_PARSING = re.compile(
    rf"{'|'.join(INSTALLED)}|wsgi|environ|framework|_app\b|\bapp\b|application".encode(),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Found:
    """A candidate and what decides its place."""

    candidate: AppCandidate
    kind: str
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
        goes_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._goes_on = goes_on
        try:
            self._root = folder.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise NotADirectoryError(str(folder)) from None
        if not self._root.is_dir():
            raise NotADirectoryError(str(folder))
        self.modules = Modules(self._root, limit_bytes)
        files = project_files(self._root, limit_files, limit_entries)
        self._files = list(takewhile(lambda _: goes_on(), files))
        self._hints: list[AppHint] = []
        self._without_app: list[Path] = []

    # Candidates.

    def findings(self) -> Findings:
        """The apps of the project, the most likely one first, and what else there is to know."""
        try:
            apps = self._named_first(self._ranked())
            if not apps and not self._hints:  # beside one, it is a tool or an example
                self._look_for_own_servers()
            return Findings(tuple(apps), tuple(self._hints), tuple(self.modules.unreadable))
        finally:
            self.modules.forget()

    def _named_first(self, apps: list[AppCandidate]) -> list[AppCandidate]:
        """The same, with the app in front that the project names itself."""
        name = flask_app(self._root) if apps else ""
        named = candidate_of(name, apps) or candidate_of(f"{name}()", apps)
        if not name or named is None:
            return apps
        first = replace(named, reason=f"{named.reason}, named by FLASK_APP")
        return [first, *(app for app in apps if app is not named)]

    def _ranked(self) -> list[AppCandidate]:
        ranked = []
        for file in takewhile(lambda _: self._goes_on(), self._files):
            source = self.modules.read(file)
            if source is None:
                continue
            likely = file.parent == self._root or file.name == "__init__.py"
            if likely or _WORTH_PARSING.search(source):
                in_module = self._in_module(file)
                ranked += [(self._rank(file, found), found) for found in in_module]
                if not in_module:
                    self._hint(file)
                    self._without_app.append(file)
        kinds = {found.kind for _, found in ranked}
        ranked = [pair for pair in ranked if BY_KIND[pair[1].kind].in_place_of not in kinds]
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
                arguments = value.node.args
                if not (
                    takes_scope(arguments) or takes_environ(arguments, named=name in APP_NAMES)
                ):
                    continue
                value = self.modules.origin(value)
            if isinstance(value, App) and value.origin not in seen:
                seen.add(value.origin)
                weak = name not in APP_NAMES and isinstance(scope.get(name), Function)
                found.append(self._instance(file, scope, name, value, weak))
            elif name in APP_NAMES and _could_be_app(value):
                expected = file.stem == "wsgi" or file.suffix == ".wsgi"
                if expected or (name != "app" and name in scope.made):
                    reason = (
                        f"named {name} in {self.modules.relative(file)}; what it is shows on import"
                    )
                    candidate = self._candidate(file, name, "wsgi", reason)
                    found.append(_Found(candidate, "wsgi", name, weak=not expected))
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
                    found.append(_Found(candidate, "wsgi", name, weak=True))
        return found

    def _hint(self, file: Path) -> None:
        """Report the apps that a file without any other makes only as a script."""
        scope, only = self.modules.scope(file), "under if __name__ == '__main__', where only python"
        for app in scope.script_apps:
            text = f"makes a {label(app.kind)} {only} can find it: make it above that."
            self._add_hint(file, app.origin[1], text)
        for name, maker, line in scope.script_made:
            text = f"makes {name} by {maker}() {only} can find it"
            self._add_hint(file, line, f"{text}: if it is a web app, make it above that.")

    def _look_for_own_servers(self) -> None:
        """Report by what the files serve themselves, where no app was found."""
        for file in takewhile(lambda _: self._goes_on(), self._without_app):
            source = self.modules.read(file)
            if source is not None and worth_looking(source) and (tree := parse(source)) is not None:
                for one in own_servers(tree):
                    self._add_hint(file, one.line, one.text)

    def _add_hint(self, file: Path, line: int, text: str) -> None:
        where = self.modules.relative(file)
        self._hints.append(AppHint(where, line, f"{where}, line {line}, {text}"))

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
        expected = file.suffix == ".wsgi" or file.stem in ("wsgi", "passenger_wsgi")
        return expected or (at_top and file.stem in ENTRY_NAMES)

    def _instance(self, file: Path, scope: Scope, name: str, app: App, weak: bool) -> _Found:
        where = self.modules.relative(file)
        value = scope.get(name)
        if isinstance(value, Function):
            arguments = ", ".join(required(value.node.args))
            reason = f"{BY_KIND[app.kind].name} callable {name}({arguments}) in {where}"
        else:
            reason = f"{_named(label(app.kind), name)} in {where}"
        if BY_KIND[app.kind].is_asgi and app.kind != "asgi":
            reason += ", ASGI"
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
        candidate = self._candidate(file, attribute, app.kind, reason)
        return _Found(candidate, app.kind, name, weak=weak)

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
            return [_Found(candidate, kind, name, weak=True)]
        if needs and not usual:
            return []
        if needs:
            many = "arguments" if len(needs) > 1 else "argument"
            reason = f"factory {call} in {where} needs the {many} {' and '.join(needs)}"
        else:
            reason = f"factory {call} in {where} makes a {label(kind)}"
        candidate = self._candidate(file, f"{name}()", kind, reason)
        return [_Found(candidate, kind, name, missing=bool(needs), weak=not usual)]

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
        return AppCandidate(f"{self._module_name(file)}:{attribute}", listed_kind(kind), reason)

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
            if usable and file.suffix == ".py":
                return ".".join(parts)
        where = self.modules.relative(file)
        return where if is_file_name(where, self._root) else f"./{where}"

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
        if file.suffix == ".wsgi":
            stem = "wsgi"
        files = ENTRY_NAMES.index(stem) if stem in ENTRY_NAMES else len(ENTRY_NAMES)
        kind = found.kind
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


def _module_path(target: str) -> str:
    """One name for a module and for its file."""
    if target.endswith(".py"):
        path = posixpath.normpath(target.replace("\\", "/").removesuffix(".py"))
    else:
        path = target.replace(".", "/")
    return path.removeprefix("src/").removesuffix("/__init__")


def _could_be_app(value: Value) -> bool:
    return value is None or (isinstance(value, Outside) and not is_other(value.name))


def _named(what: str, name: str) -> str:
    """``Flask app``, and the name of one that isn't called that."""
    return what if what.endswith(f" {name}") else f"{what} {name}"


def _attribute(value: object) -> str:
    """The attribute of an app that holds the WSGI callable; "" for the app itself, or no app."""
    return BY_KIND[value.kind].attribute if isinstance(value, App) else ""


def _name_order(name: str) -> tuple[int, str]:
    usual = (*APP_NAMES, *FACTORY_NAMES)
    return (usual.index(name) if name in usual else len(usual), name)
