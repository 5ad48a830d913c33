"""What the top level of a module binds, worked out from its syntax tree; nothing is imported.

A small evaluator follows what matters to find WSGI apps: imports inside the project, assignments,
calls of known frameworks and middleware, and what functions return. Everything else is "unknown",
which is a valid answer everywhere.

Thread: any; a :class:`Modules` belongs to the one thread that made it. Used by ``discovery``.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

__all__ = [
    "APP_NAMES",
    "FACTORY_NAMES",
    "App",
    "Class",
    "Function",
    "Modules",
    "NoApp",
    "Outside",
    "Scope",
    "Value",
    "has_init",
    "is_other",
    "is_wsgi_class",
    "required",
    "takes_environ",
]


# Calling one of these gives an app of that kind.
_MAKERS = {
    "flask.Flask": "flask",
    "flask.app.Flask": "flask",
    "apiflask.APIFlask": "flask",
    "eve.Eve": "flask",
    "flask_openapi3.OpenAPI": "flask",
    "framework.App": "servedeck",
    "framework.app.App": "servedeck",
    "bottle.Bottle": "bottle",
    "bottle.app": "bottle",
    "bottle.app.push": "bottle",
    "bottle.default_app": "bottle",
    "bottle.default_app.push": "bottle",
    "falcon.App": "falcon",
    "falcon.API": "falcon",
    "falcon.app.App": "falcon",
    "django.core.wsgi.get_wsgi_application": "django",
    "django.core.handlers.wsgi.WSGIHandler": "django",
    "configurations.wsgi.get_wsgi_application": "django",
    "pyramid.paster.get_app": "pyramid",
    "dash.Dash": "dash",
    "a2wsgi.ASGIMiddleware": "wsgi",
    "cherrypy.Application": "wsgi",
    "cherrypy.tree.mount": "wsgi",
    "paste.deploy.loadapp": "wsgi",
    "prometheus_client.make_wsgi_app": "wsgi",
    "socketio.WSGIApp": "wsgi",
}
# So do these methods, whatever they are called on.
_MAKER_METHODS = {"make_wsgi_app": "pyramid", "wsgifunc": "wsgi"}

# Middleware by the last part of its name: called with an app, it gives an app.
_WRAPPERS = frozenset(
    {
        "Cling",
        "DebuggedApplication",
        "DispatcherMiddleware",
        "DjangoWhiteNoise",
        "LintMiddleware",
        "MediaCling",
        "OpenTelemetryMiddleware",
        "ProfilerMiddleware",
        "ProxyFix",
        "SentryWsgiMiddleware",
        "SharedDataMiddleware",
        "StaticFilesHandler",
        "TransLogger",
        "WhiteNoise",
        "validator",
    }
)
# What comes from these is called an app too, but speaks another protocol or serves no web.
_OTHER_PACKAGES = frozenset(
    {
        "aiohttp",
        "blacksheep",
        "celery",
        "channels",
        "fastapi",
        "litestar",
        "quart",
        "robyn",
        "sanic",
        "starlette",
        "tornado",
        "typer",
        "uvicorn",
    }
)

APP_NAMES = ("app", "application")
FACTORY_NAMES = ("create_app", "make_app")
# A function under one of these decorators is something else than an app or a factory.
_NO_APP_DECORATORS = frozenset(
    {"command", "contextmanager", "delete", "fixture", "get", "group", "post", "put", "route"}
)

# Everyone has these installed: a mere folder of that name in a project isn't what is imported.
_KNOWN_PACKAGES = frozenset(name.partition(".")[0] for name in _MAKERS) | _OTHER_PACKAGES
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))  # except* came with Python 3.11

# What a name may stand for --------------------------------------------------------------------


@dataclass(frozen=True)
class App:
    """A WSGI app. ``origin`` tells two names for one app from two apps."""

    kind: str
    origin: tuple[Path, int, int]
    wrapper: str = ""


@dataclass(frozen=True)
class Outside:
    """Something from outside of the project, by its dotted name."""

    name: str


@dataclass(frozen=True)
class ModuleValue:
    """A module or package of the project: its file, and the folder of its submodules."""

    file: Path | None
    folder: Path | None


@dataclass(frozen=True)
class Function:
    """A function of the project, and the scope in which it was defined."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope


@dataclass(frozen=True)
class Class:
    """A class of the project, and the scope in which it was defined."""

    node: ast.ClassDef
    scope: Scope


@dataclass(frozen=True)
class NoApp:
    """Something that is certainly no WSGI app."""


@dataclass(frozen=True)
class _Imported:
    """What an import bound; looked up when it matters, so that few modules need be read."""

    module: str
    level: int
    member: str


Value: TypeAlias = "App | Outside | ModuleValue | Function | Class | NoApp | None"


@dataclass(eq=False)
class Scope:
    """The names of a module, or of one function in it; ``None`` as a value means: unknown."""

    modules: Modules
    file: Path
    parent: Scope | None = None
    names: dict[str, Value | _Imported] = field(default_factory=dict)
    imported_from: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    settings: str = ""

    def __post_init__(self) -> None:
        self.modules.all_scopes.append(self)

    def bind(
        self, name: str, value: Value | _Imported, sure: bool, imported_from: str = ""
    ) -> None:
        """Give a name a value; in a branch that may not run, an app isn't lost for no app."""
        if not sure and isinstance(self.get(name), App):
            value = self._resolve(value)
            if not isinstance(value, App):
                return
        self.names[name] = value
        self.imported_from.pop(name, None)
        if imported_from:
            self.imported_from[name] = imported_from

    def get(self, name: str) -> Value:
        """What a name stands for in this very scope; unknown where it isn't bound."""
        value = self.names.get(name)
        if isinstance(value, _Imported):
            self.names[name] = None  # the answer for a name that is imported in a circle
            value = self.names[name] = self._resolve(value)
        return value

    def _resolve(self, value: Value | _Imported) -> Value:
        if not isinstance(value, _Imported):
            return value
        source = self.modules.module(self.file, value.module, value.level)
        return self.modules.member(source, value.member) if value.member else source

    def lookup(self, name: str) -> Value:
        """What a name stands for here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.get(name)
            for module in scope.stars:
                if f"{module}.{name}" in _MAKERS or name in _WRAPPERS:
                    return Outside(f"{module}.{name}")
            scope = scope.parent
        return None

    # Statements: what they bind.

    def execute(self, body: Iterable[ast.stmt], sure: bool = True) -> None:
        """Follow statements in order. ``sure``: whether they run whenever the scope does."""
        for statement in body:
            self._statement(statement, sure)

    def _statement(self, node: ast.stmt, sure: bool) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node, sure)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, sure)
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                self._assign(target, value, sure, annotation)
            case ast.FunctionDef(name=name):
                self.bind(name, self._defined(node), sure)
            case ast.AsyncFunctionDef(name=name):
                self.bind(name, NoApp(), sure)
            case ast.ClassDef(name=name):
                self.bind(name, Class(node, self), sure)
            case ast.Return(value=value):
                if value is not None:
                    self.returned.append(self.evaluate(value))
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name) and sure:
                        self.names.pop(target.id, None)
            case ast.Expr(value=value):
                self._expression(value)
            case ast.If(test=test, body=body, orelse=orelse):
                if not _only_as_script(test):
                    self.execute(body, sure=False)
                self.execute(orelse, sure=False)
            case ast.With(items=items, body=body):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        self.bind(item.optional_vars.id, None, sure)
                self.execute(body, sure)
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                self.execute(body, sure=False)
                self.execute(orelse, sure=False)
            case ast.Match(cases=cases):
                for match_case in cases:
                    self.execute(match_case.body, sure=False)
            case _ if isinstance(node, _TRY):
                self.execute(node.body, sure)
                for handler in node.handlers:
                    self.execute(handler.body, sure=False)
                self.execute(node.orelse, sure=False)
                self.execute(node.finalbody, sure)

    def _expression(self, node: ast.expr) -> None:
        """Notice ``os.environ.setdefault("DJANGO_SETTINGS_MODULE", …)`` and ``yield``."""
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant("DJANGO_SETTINGS_MODULE"), ast.Constant(str() as settings)],
            ):
                self.settings = settings
            case ast.Yield() | ast.YieldFrom():
                self.returned.append(NoApp())

    def _assign(
        self, target: ast.expr, value: ast.expr, sure: bool, annotation: ast.expr | None = None
    ) -> None:
        match target:
            case ast.Name(id=name):
                result = self.evaluate(value, name)
                if annotation is not None and not isinstance(result, App):
                    result = self.instance_of(annotation) or result
                self.bind(name, result, sure)
            case ast.Subscript(
                slice=ast.Constant("DJANGO_SETTINGS_MODULE"),
            ) if isinstance(value, ast.Constant) and isinstance(value.value, str):
                self.settings = value.value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts: list[ast.expr | None] = [None] * len(targets)
                if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(targets):
                    parts = list(value.elts)
                for one, part in zip(targets, parts, strict=True):
                    if part is not None:
                        self._assign(one, part, sure)
                    elif isinstance(one, ast.Name):
                        self.bind(one.id, None, sure)

    def _defined(self, node: ast.FunctionDef) -> Value:
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute) and target.attr == "application":
                return self._app("wsgi", node)  # Werkzeug's @Request.application
            name = getattr(target, "attr", getattr(target, "id", ""))
            if name in _NO_APP_DECORATORS:
                return NoApp()
        return Function(node, self)

    def _import(self, node: ast.Import | ast.ImportFrom, sure: bool) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.imports.add(alias.name)
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                self.bind(alias.asname or name, _Imported(name, 0, ""), sure, alias.name)
            return
        module = node.module or ""
        written = "." * node.level + module
        self.imports.add(written)
        for alias in node.names:
            if alias.name != "*":
                imported = _Imported(module, node.level, alias.name)
                self.bind(alias.asname or alias.name, imported, sure, written)
                continue
            source = self.modules.module(self.file, module, node.level)
            if isinstance(source, Outside):
                self.stars.append(source.name)
            elif isinstance(source, ModuleValue) and source.file is not None:
                other = self.modules.scope(source.file)
                for name in list(other.names):
                    if not name.startswith("_"):
                        self.bind(name, other.get(name), sure, written)

    # Expressions: what they give.

    def evaluate(self, node: ast.expr, target: str = "") -> Value:
        """What an expression gives, as far as that can be told.

        :param target: the name that it is assigned to; ``app = Anything(app)`` wraps an app,
            ``db = Anything(app)`` doesn't
        """
        match node:
            case ast.Name(id=name):
                return self.lookup(name)
            case ast.Attribute(value=value, attr=attr):
                return self.modules.member(self.evaluate(value), attr)
            case ast.Call():
                return self._call(node, target)
            case ast.Lambda():
                return Function(node, self)
            case ast.IfExp(body=body, orelse=orelse):
                return _best(self.evaluate(part, target) for part in (body, orelse))
            case ast.BoolOp(values=values):
                return _best(self.evaluate(part, target) for part in values)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                result = self.evaluate(value, name)
                self.bind(name, result, sure=True)
                return result
            case ast.Subscript() | ast.Await():
                return None
        return NoApp()  # a number, a text, a list, a sum, …

    def _call(self, node: ast.Call, target: str) -> Value:
        function = self.evaluate(node.func)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        result: Value = None
        if isinstance(function, Outside) and function.name in _MAKERS:
            return self._app(_MAKERS[function.name], node)
        if isinstance(function, Outside) and is_other(function.name):
            return NoApp()
        if isinstance(node.func, ast.Attribute) and name in _MAKER_METHODS:
            return self._app(_MAKER_METHODS[name], node)
        if isinstance(function, Class):
            kind = self.modules.class_kind(function)
            result = self._app(kind, node) if kind else None
            if kind == "wsgi" and target in APP_NAMES:  # the project's own middleware, perhaps
                result = self._wrapped(node, name, target) or result
        elif isinstance(function, Function):
            result = self.modules.result(function)
            if isinstance(result, App):
                result = replace(result, origin=(self.file, node.lineno, node.col_offset))
        if result is None and (name in _WRAPPERS or target in APP_NAMES):
            result = self._wrapped(node, name, target)
        if result is None and name in FACTORY_NAMES:
            result = self._app("wsgi", node)
        return result

    def _wrapped(self, node: ast.Call, wrapper: str, target: str) -> Value:
        """What ``wrapper(app)`` gives, where ``wrapper`` is middleware or renews its argument."""
        keywords = [k.value for k in node.keywords if k.arg in ("app", "application", "wsgi_app")]
        for argument in [*node.args[:2], *keywords]:
            value = self.modules.as_app(self.evaluate(argument))
            same = isinstance(argument, ast.Name) and argument.id in (*APP_NAMES, target)
            if isinstance(value, NoApp) and same:
                return value
            if isinstance(value, App) and (wrapper in _WRAPPERS or same):
                origin = (self.file, node.lineno, node.col_offset)
                return replace(value, origin=origin, wrapper=wrapper)
        return self._app("wsgi", node) if wrapper in _WRAPPERS else None

    def instance_of(self, annotation: ast.expr) -> Value:
        """The app that a type annotation promises, if it does."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            tree = _parse(annotation.value.encode())
            if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
                return None
            annotation = tree.body[0].value
        if not isinstance(annotation, (ast.Name, ast.Attribute)):
            return None
        value = self.evaluate(annotation)
        kind = ""
        if isinstance(value, Outside):
            if is_other(value.name):
                return NoApp()
            kind = _MAKERS.get(value.name, "")
        elif isinstance(value, Class):
            kind = self.modules.class_kind(value)
        return self._app(kind, annotation) if kind else None

    def _app(self, kind: str, node: ast.expr | ast.stmt) -> App:
        return App(kind, (self.file, node.lineno, node.col_offset))


def _best(values: Iterable[Value]) -> Value:
    """The app among the values of several branches; else what is unknown; else no app."""
    found = list(values)
    for value in found:
        if isinstance(value, (App, Function, Class)):
            return value
    return None if None in found else found[0]


def is_other(name: str) -> bool:
    """Whether a dotted name from outside belongs to something that is no WSGI framework."""
    return name.partition(".")[0] in _OTHER_PACKAGES or "asgi" in name.lower()


def _only_as_script(test: ast.expr) -> bool:
    """Whether a condition is ``__name__ == "__main__"`` or ``TYPE_CHECKING``: never on import."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            sides = (left, right)
            return any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides) and any(
                isinstance(s, ast.Constant) and s.value == "__main__" for s in sides
            )
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_only_as_script(value) for value in values)
    return getattr(test, "attr", getattr(test, "id", "")) == "TYPE_CHECKING"


def required(arguments: ast.arguments) -> list[str]:
    """The names of the arguments without a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    names = [a.arg for a in positional[: len(positional) - len(arguments.defaults)]]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return names + [a.arg for a, default in named if default is None]


def takes_environ(arguments: ast.arguments, *, method: bool = False, named: bool = False) -> bool:
    """Whether a function can be called as WSGI does it, judged by its arguments' names.

    :param method: the first one is ``self``
    :param named: the function is called app or application: one telling name is enough
    """
    names = [a.lstrip("_") for a in required(arguments)][1 if method else 0 :]
    if len(names) != 2 or None in arguments.kw_defaults:
        return False
    telling = [names[0].startswith("env"), names[1].startswith("start")]
    return any(telling) if named else all(telling)


_parse_lock = threading.Lock()


def _parse(source: bytes) -> ast.Module | None:
    """The syntax tree of a file, or None where it isn't Python."""
    # The parser warns of doubtful escapes in other people's strings: that is not our business.
    with _parse_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


# The modules of a project ---------------------------------------------------------------------


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
            tree = _parse(source) if source is not None else None
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
                # A copy of Bottle, which is one file, lies in many projects.
                return Outside(name) if name == "bottle" and not level else value
        if level:
            return found[0] if found else None
        return found[0] if found and parts[0] not in _KNOWN_PACKAGES else Outside(name)

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
            case App(kind="dash", origin=origin) if name == "server":
                return App("flask", origin)
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
            return self.origin(value) if takes_environ(value.node.args) else None
        if isinstance(value, Class):
            return self.origin(value) if is_wsgi_class(value.node) else None
        return value

    def origin(self, value: Function | Class) -> App:
        """The app that a plain WSGI function or class is."""
        return App("wsgi", (value.scope.file, value.node.lineno, value.node.col_offset))

    def class_kind(self, value: Class) -> str:
        """The kind of app that instances of a class are, or "" for none."""
        key = value.node
        if key not in self._kinds:
            self._kinds[key] = ""
            kind = ""
            for base in value.node.bases:
                parent = value.scope.evaluate(base)
                if isinstance(parent, Outside):
                    kind = kind or _MAKERS.get(parent.name, "")
                elif isinstance(parent, Class) and parent.node is not value.node:
                    kind = kind or self.class_kind(parent)
            for method in value.node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__call__":
                    kind = kind or ("wsgi" if takes_environ(method.args, method=True) else "")
            self._kinds[key] = kind
        return self._kinds[key]

    def import_root(self, file: Path) -> Path:
        """The folder to import a file from: the nearest one above it that is no package."""
        folder = file.parent
        while folder != self._root and has_init(folder):
            folder = folder.parent
        return folder

    def relative(self, file: Path) -> str:
        """The file's path from the project folder, with forward slashes."""
        return file.relative_to(self._root).as_posix()


def is_wsgi_class(node: ast.ClassDef) -> bool:
    """Whether the class itself is the app: made per request, and iterated over."""
    methods = {m.name: m for m in node.body if isinstance(m, ast.FunctionDef)}
    start = methods.get("__init__")
    return "__iter__" in methods and start is not None and takes_environ(start.args, method=True)


def has_init(folder: Path) -> bool:
    """Whether a folder is a regular package."""
    try:
        return (folder / "__init__.py").is_file()
    except OSError:
        return False
