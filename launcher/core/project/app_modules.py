"""The modules of a project: where an import leads, and what a module's names, functions and classes
are. Read from the disk when they are first asked for; nothing is imported.

Thread: any; a :class:`Modules` belongs to the one thread that made it. Used by ``discovery``.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .app_syntax import Scope
from .app_values import App, Class, Function, ModuleValue, NoApp, Outside, Value
from .frameworks import BY_KIND, is_copied, is_known_package, is_other, kind_made_by
from .syntax import is_wsgi_class, parse, takes_environ, takes_scope

__all__ = ["Modules", "has_init"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Modules:
    """The modules of one project, read when they are first asked for.

    :param root: the project folder, resolved
    :param limit_bytes: files larger than this count as empty
    """

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self._root = root
        self._limit_bytes = limit_bytes
        self.all_scopes: list[Scope] = []
        """All of them, also those of functions."""
        self._scopes: dict[Path, Scope] = {}
        self._results: dict[ast.AST, Value] = {}
        self._kinds: dict[ast.AST, str] = {}
        self.unreadable: list[str] = []
        """The files that could not be parsed, relative to the folder."""
        src = root / "src"
        self.has_src = src.is_dir() and not src.is_symlink() and not has_init(src)
        """Whether ``src`` is a folder to import from, rather than a package."""

    def read(self, file: Path) -> bytes | None:
        """The content of a file, or None where it can't be read or is too large."""
        try:
            status = file.stat()
            if not file.is_file() or status.st_size > self._limit_bytes:
                return None
            return file.read_bytes()
        except (OSError, ValueError):
            return None

    def forget(self) -> None:
        """Let go of all that was read. Scopes and what they hold keep each other alive: a project
        is hundreds of thousands of objects, and whichever thread had to collect them, perhaps in
        the midst of a request, would stop everything for half a second."""
        for scope in self.all_scopes:
            scope.names.clear()
            scope.returned.clear()
            scope.script_apps.clear()
        self.all_scopes.clear()
        self._scopes.clear()
        self._results.clear()
        self._kinds.clear()

    # Modules.

    def scope(self, file: Path) -> Scope:
        """The names of a module; while it is being read, those bound so far, as in Python."""
        if file not in self._scopes:
            package = file.parent.parent if file.name == "__init__.py" else file.parent
            if package.is_relative_to(self._root) and has_init(package):
                self.scope(package / "__init__.py")  # a package comes before its modules
            if file in self._scopes:
                return self._scopes[file]
            scope = self._scopes[file] = Scope(self, file)
            source = self.read(file)
            tree = parse(source) if source is not None else None
            if source is not None and tree is None:
                self.unreadable.append(self.relative(file))
            if tree is not None:
                with suppress(RecursionError):
                    scope.execute(tree.body)
        return self._scopes[file]

    def module(self, importer: Path, name: str, level: int) -> Value:
        """What ``import name`` means in a file: a module of the project, or one from outside."""
        parts = name.split(".") if name else []
        if level:
            bases = [importer.parent]
            for _ in range(level - 1):
                bases = [bases[0].parent]
        else:
            bases = [self.import_root(importer), self._root]
            if self.has_src:
                bases.append(self._root / "src")
        found = [value for value in (self.locate(base, parts) for base in bases) if value]
        for value in found:
            if value.file is not None:
                return Outside(name) if is_copied(name) and not level else value
        if level:
            return found[0] if found else None
        return found[0] if found and not is_known_package(name) else Outside(name)

    def locate(self, base: Path, parts: Sequence[str]) -> ModuleValue | None:
        """The module or package that a dotted name, in parts, leads to from a folder."""
        path = base.joinpath(*parts)
        try:
            if not path.resolve().is_relative_to(self._root):
                return None
            if has_init(path):
                return ModuleValue(path / "__init__.py", path)
            file = path.parent / f"{path.name}.py"
            if parts and file.is_file() and file.resolve().is_relative_to(self._root):
                return ModuleValue(file, None)
            if path.is_dir():
                return ModuleValue(None, path)
        except (OSError, RuntimeError, ValueError):
            pass
        return None

    def member(self, value: Value, name: str) -> Value:
        """What ``value.name`` gives."""
        match value:
            case Outside(name=outer):
                return Outside(f"{outer}.{name}")
            case ModuleValue(file=file, folder=folder):
                if file is not None:
                    scope = self.scope(file)
                    if name in scope.names:
                        return scope.get(name)
                return None if folder is None else self.locate(folder, [name])
            case App(kind=kind, origin=origin) if name == BY_KIND[kind].attribute:
                return App(BY_KIND[kind].attribute_kind, origin)
            case App() if name == "wsgi_app":
                return value
        return None

    # Functions and classes.

    def result(self, function: Function) -> Value:
        """What a function of the project returns."""
        key = function.node
        if key not in self._results:
            self._results[key] = None  # the answer for a function that calls itself
            self._results[key] = self._work_out(function)
        return self._results[key]

    def _work_out(self, function: Function) -> Value:
        inner = Scope(self, function.scope.file, function.scope)
        arguments = function.node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            inner.names[argument.arg] = None
        if isinstance(function.node, ast.Lambda):
            return self.as_app(inner.evaluate(function.node.body))
        with suppress(RecursionError):
            inner.execute(function.node.body)
        values = [self.as_app(value) for value in inner.returned]
        for value in values:
            if isinstance(value, App):
                return value
        promised = None
        if function.node.returns is not None:
            promised = function.scope.instance_of(function.node.returns)
        if promised is not None:
            return promised
        return None if None in values else NoApp()

    def as_app(self, value: Value) -> Value:
        """The value as an app where it is one: also a plain WSGI function or class."""
        if isinstance(value, Outside):
            return NoApp() if is_other(value.name) else None
        if isinstance(value, Function):
            is_app = takes_environ(value.node.args) or takes_scope(value.node.args)
            return self.origin(value) if is_app else None
        if isinstance(value, Class):
            return self.origin(value) if is_wsgi_class(value.node) else None
        return value

    def origin(self, value: Function | Class) -> App:
        """The app that a plain function or class is."""
        is_asgi = isinstance(value, Function) and takes_scope(value.node.args)
        kind = "asgi" if is_asgi else "wsgi"
        return App(kind, (value.scope.file, value.node.lineno, value.node.col_offset))

    def class_kind(self, value: Class) -> str:
        """The kind of app that instances of a class are, or "" for none."""
        key = value.node
        if key not in self._kinds:
            self._kinds[key] = ""
            kind = ""
            for base in value.node.bases:
                parent = value.scope.evaluate(base)
                if isinstance(parent, Outside):
                    kind = kind or kind_made_by(parent.name)
                elif isinstance(parent, Class) and parent.node is not value.node:
                    kind = kind or self.class_kind(parent)
            for method in value.node.body:
                if isinstance(method, _FUNCTIONS) and method.name == "__call__":
                    kind = kind or _kind_of_call(method)
            self._kinds[key] = kind
        return self._kinds[key]

    def is_closed(self, value: Class) -> bool:
        """Whether all of a class is known, down to ``object``."""
        parents = [value.scope.evaluate(base) for base in value.node.bases]
        names = [base.id for base in value.node.bases if isinstance(base, ast.Name)]
        return not value.node.decorator_list and (
            names == ["object"]
            or all(
                isinstance(parent, Class)
                and parent.node is not value.node
                and self.is_closed(parent)
                for parent in parents
            )
        )

    def import_root(self, file: Path) -> Path:
        """The folder to import a file from: the nearest one above it that is no package."""
        folder = file.parent
        while folder != self._root and has_init(folder):
            folder = folder.parent
        return folder

    def relative(self, file: Path) -> str:
        """The file's path from the project folder, with forward slashes."""
        return file.relative_to(self._root).as_posix()


def _kind_of_call(method: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The kind of app that an object with this ``__call__`` is, or ""."""
    if takes_scope(method.args, method=True):
        return "asgi"
    is_wsgi = isinstance(method, ast.FunctionDef) and takes_environ(method.args, method=True)
    return "wsgi" if is_wsgi else ""


def has_init(folder: Path) -> bool:
    """Whether a folder is a regular package."""
    try:
        return (folder / "__init__.py").is_file()
    except OSError:
        return False
