"""From what the user typed to a WSGI callable.

``module``, ``module:attribute``, ``module:factory(arguments)`` and ``path/to/file.py[:attribute]``
are understood, as ``flask --app`` understands them. Whatever goes wrong is an
:class:`~server.errors.AppLoadError` that says what was looked for and what was found, with the
app's own traceback where its code raised. Runs in the session's thread.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Optional

from ..errors import AppLoadError
from ..protocol.wsgi import App
from ..reporting.tracebacks import one_line, traceback_text

__all__ = ["AppSpec", "forget_project_modules", "load_app", "parse_spec"]


_NAMES = ("app", "application", "wsgi_app")
_FACTORIES = ("create_app", "make_app")
# C:\app.py:app has two colons; the first is followed by a slash.
_COLON = re.compile(r":(?![\\/])")
_OUR_NAMES = frozenset({"server", "framework", "launcher"})
# Under which name this package was imported: its own, or a private one beside the project's.
_PACKAGE = __name__.partition(".")[0]
_STDLIB = str(Path(os.__file__).resolve().parent) + os.sep
_FOREIGN_FOLDERS = frozenset({"site-packages", "dist-packages"})


class AppSpec:
    """What the user typed, taken apart.

    :ivar module: dotted name of the module to import
    :ivar attribute: what to take from it: a name, a dotted name, or a call; "" to search
    :ivar root: the folder that has to be on ``sys.path``
    """

    def __init__(self, module: str, attribute: str, root: Path) -> None:
        self.module = module
        self.attribute = attribute
        self.root = root


def parse_spec(app: str, project: Path) -> AppSpec:
    """Take ``app`` apart, without importing anything.

    :param project: the folder that relative paths and modules are looked for in
    :raises AppLoadError: it is no module name, or there is no such file
    """
    app = app.strip()
    if not app:
        raise AppLoadError(
            "app-not-found", "No app is named: give a module such as shop.wsgi:app, or a file."
        )
    target, *rest = _COLON.split(app, maxsplit=1)
    attribute = rest[0].strip() if rest else ""
    if not project.is_dir():
        raise AppLoadError(
            "app-not-found", f"The project folder {project} is not there: choose another folder."
        )
    if target.endswith(".py") or "/" in target or os.sep in target:
        return _file_spec(Path(os.path.expanduser(target)), attribute, project)  # noqa: PTH111
    if not all(part.isidentifier() for part in target.split(".")):
        raise AppLoadError(
            "app-not-found",
            f"{target!r} is neither a module's name nor a Python file: "
            "use module:attribute, such as shop.wsgi:app, or path/to/file.py.",
        )
    return AppSpec(target, attribute, _source_root(target, project))


def _source_root(module: str, project: Path) -> Path:
    """The project's folder, or its ``src`` where the module's package lies in there."""
    source = project / "src"
    top = module.partition(".")[0]
    if (project / top).exists() or (project / f"{top}.py").exists():
        return project
    if (source / top).exists() or (source / f"{top}.py").exists():
        return source
    return project


def _file_spec(path: Path, attribute: str, project: Path) -> AppSpec:
    file = path if path.is_absolute() else project / path
    # Unlike Path's methods, these two never raise, whatever the name is like.
    if os.path.isdir(file):  # noqa: PTH112
        raise AppLoadError(
            "app-not-found", f"{file} is a folder: name the file with the app in it."
        )
    if not os.path.isfile(file):  # noqa: PTH113
        raise AppLoadError("app-not-found", f"There is no file {file}: check the path.")
    if file.suffix != ".py":
        raise AppLoadError("app-not-found", f"{file} is not a Python file (.py).")
    file = file.resolve()
    parts = [] if file.stem == "__init__" else [file.stem]
    root = file.parent
    while (root / "__init__.py").is_file() and root.parent != root:
        parts.insert(0, root.name)
        root = root.parent
    if any("." in part for part in parts):
        raise AppLoadError(
            "app-not-found",
            f"{file.name} can't be imported, as there is a dot in its name: rename it.",
        )
    return AppSpec(".".join(parts), attribute, root)


def load_app(app: str, project: Path) -> App:
    """Import the module and find the WSGI callable in it.

    The project stays on ``sys.path``, in front, as the app may import more of it later.

    :param app: as the user typed it
    :param project: the project's folder
    :raises AppLoadError: see the module
    """
    spec = parse_spec(app, project)
    root = str(spec.root)
    for folder in {root, str(project)}:
        if folder in sys.path:
            sys.path.remove(folder)
    sys.path.insert(0, root)
    if str(project) != root:
        sys.path.insert(1, str(project))
    _refuse_our_names(spec)
    importlib.invalidate_caches()
    module = _import(spec)
    found = _find(module, spec.attribute) if spec.attribute else _search(module)
    if not callable(found) or not _can_be_looked_at(found):
        raise _not_wsgi(module, spec.attribute, found)
    _refuse_wrong_signature(found, spec)
    result: App = found
    return result


def forget_project_modules(project: Path) -> None:
    """Drop the modules that came from the project's folder, so that they are imported anew.

    Its virtual environments are other people's code and stay.
    """
    root = str(project.resolve()) + os.sep
    real: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        file = _origin(module)
        if not file or name == "__main__" or name.partition(".")[0] in _OUR_NAMES:
            continue
        folder, file_name = os.path.split(file)
        if folder not in real:  # many modules share a folder, and asking for it takes long
            real[folder] = os.path.realpath(folder)
        path = f"{real[folder]}{os.sep}{file_name}"
        if path.startswith(_STDLIB):  # as in a home folder with a Python of its own
            continue
        if path.startswith(root) and not _FOREIGN_FOLDERS & set(Path(path).parts):
            sys.modules.pop(name, None)


def _origin(module: ModuleType) -> str:
    """The file a module came from, or its folder where it is a namespace."""
    try:
        return getattr(module, "__file__", None) or str(next(iter(module.__path__), ""))
    except Exception:  # it has neither; or it loads itself when touched, and can't
        return ""


def _refuse_our_names(spec: AppSpec) -> None:
    """A project's ``server.py`` can't be imported where ServeDeck's own ``server`` runs."""
    top = spec.module.partition(".")[0]
    if top not in _OUR_NAMES or _PACKAGE not in _OUR_NAMES:
        return
    ours = Path(__file__).resolve().parents[2]
    if spec.root.resolve() == ours:
        return
    raise AppLoadError(
        "app-import",
        f"The module {top!r} has the name of a part of ServeDeck, which runs in the same "
        "interpreter: rename the file to serve it.",
    )


def _import(spec: AppSpec) -> ModuleType:
    try:
        return importlib.import_module(spec.module)
    except ModuleNotFoundError as error:
        if error.name and (spec.module == error.name or spec.module.startswith(error.name + ".")):
            raise AppLoadError(
                "app-not-found",
                f"There is no module {spec.module!r} in {spec.root}: check its name, "
                "or choose the project's folder.",
            ) from None
        raise AppLoadError(
            "app-import",
            f"{spec.module} needs the module {error.name!r}, "
            f"{_why_missing(error.name or '', spec.root)}.",
            traceback_text(error),
            error.name or "",
        ) from error
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}" if error.filename else spec.module
        raise AppLoadError(
            "app-import", f"Syntax error in {where}: {error.msg}.", traceback_text(error)
        ) from error
    except SystemExit as error:
        raise AppLoadError(
            "app-import",
            f"{spec.module} called sys.exit({'' if error.code is None else repr(error.code)}) "
            "while it was imported.",
            traceback_text(error),
        ) from error
    except BaseException as error:
        raise AppLoadError(
            "app-import",
            f"{spec.module} failed while it was imported: {one_line(error)}",
            traceback_text(error),
        ) from error


def _why_missing(name: str, root: Path) -> str:
    """Why a module can't be imported: it is the project's own, or not installed.

    :param root: the folder that the app is imported from
    """
    top = name.partition(".")[0]
    if top:
        with contextlib.suppress(OSError):
            below = sorted(path for path in root.iterdir() if not path.name.startswith("."))
            for folder in (root, *below):
                for place in (folder / f"{top}.py", folder / top):
                    if place.is_file() or any(place.glob("*.py")):
                        return (
                            f"which can't be imported from {root}, though there is {place}: check "
                            "the name, or choose another project folder"
                        )
    return f"which is not installed for {sys.executable}"


def _search(module: ModuleType) -> Any:
    """Find the app where only a module was named (Flask's documentation, "Application Discovery").

    A name that is customary, else the only WSGI app there, else a factory without arguments.
    """
    for name in _NAMES:
        value = getattr(module, name, None)
        if value is not None and callable(value):
            return value
    apps = [value for _, value in _public(module) if _looks_like_app(value)]
    if len(apps) == 1:
        return apps[0]
    for name in _FACTORIES:
        if inspect.isfunction(getattr(module, name, None)):
            return _call(module, name, [], {})
    for name in _NAMES:
        if hasattr(module, name) and not apps:
            raise _not_wsgi(module, name, getattr(module, name))
    reason = "has several apps" if apps else "has no app"
    raise AppLoadError(
        "app-attribute",
        f"{module.__name__} {reason} that could be chosen by itself: "
        f"name one as {module.__name__}:NAME.{_offer(module)}",
    )


def _find(module: ModuleType, attribute: str) -> Any:
    """Take what was named: a name, a dotted name, or a call with literal arguments."""
    try:
        node = ast.parse(attribute, mode="eval").body
    except (SyntaxError, ValueError):
        node = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        try:
            args = [ast.literal_eval(arg) for arg in node.args]
            options: dict[str, Any] = {}
            for keyword in node.keywords:
                value = ast.literal_eval(keyword.value)
                options.update({keyword.arg: value} if keyword.arg else value)
        except (ValueError, TypeError):  # the latter for {[]: 1}
            raise AppLoadError(
                "app-attribute",
                f"The arguments in {attribute!r} must be plain values, such as 'text', 1 or True.",
            ) from None
        _attribute(module, node.func.id, attribute)
        return _call(module, node.func.id, args, options)
    if not all(part.isidentifier() for part in attribute.split(".")):
        raise AppLoadError(
            "app-attribute",
            f"{attribute!r} is neither a name nor a call such as create_app('test').",
        )
    found = _attribute(module, attribute, attribute)
    if attribute in _FACTORIES and inspect.isfunction(found) and not _takes_environ(found):
        return _call(module, attribute, [], {})
    return found


def _attribute(module: ModuleType, dotted: str, shown: str) -> Any:
    value: Any = module
    for part in dotted.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise AppLoadError(
                "app-attribute", f"{module.__name__} has no {shown!r}.{_offer(module)}"
            ) from None
        except Exception as error:
            raise AppLoadError(
                "app-import",
                f"{module.__name__}:{shown} can't be had: {one_line(error)}",
                traceback_text(error),
            ) from error
    return value


def _call(module: ModuleType, name: str, args: list[Any], options: dict[str, Any]) -> Any:
    """Call a factory."""
    factory = getattr(module, name)
    if not callable(factory):
        raise AppLoadError(
            "app-attribute", f"{module.__name__}:{name} is {_describe(factory)}, not a factory."
        )
    signature = _signature(factory)
    if signature is not None:
        try:
            signature.bind(*args, **options)
        except TypeError as error:
            raise AppLoadError(
                "app-attribute",
                f"The factory {module.__name__}:{name}{signature} can't be called like this: "
                f"{error}. Give its arguments, as in {module.__name__}:{name}('value').",
            ) from None
    try:
        return factory(*args, **options)
    except SystemExit as error:
        raise AppLoadError(
            "app-import", f"{name}() called sys.exit({error.code!r}).", traceback_text(error)
        ) from error
    except BaseException as error:
        raise AppLoadError(
            "app-import",
            f"The factory {name}() failed: {one_line(error)}",
            traceback_text(error),
        ) from error


def _signature(function: Any) -> Optional[inspect.Signature]:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _takes_environ(function: Any) -> bool:
    """Whether it can be called with (environ, start_response)."""
    signature = _signature(function)
    if signature is None:
        return True
    try:
        signature.bind({}, None)
    except TypeError:
        return False
    return True


def _not_wsgi(module: ModuleType, name: str, value: Any) -> AppLoadError:
    return AppLoadError(
        "app-object",
        f"{module.__name__}:{name} is {_describe(value)}, not a WSGI app: "
        f"a WSGI app can be called with (environ, start_response).{_offer(module)}",
    )


def _refuse_wrong_signature(app: Any, spec: AppSpec) -> None:
    if _takes_environ(app):
        return
    name = spec.attribute or getattr(app, "__name__", "app")
    signature = _signature(app)
    hint = (
        f" If it is a factory, call it: {spec.module}:{name}()." if inspect.isfunction(app) else ""
    )
    raise AppLoadError(
        "app-object",
        f"{spec.module}:{name}{signature} is not a WSGI app: "
        f"a WSGI app can be called with (environ, start_response).{hint}",
    )


def _public(module: ModuleType) -> list[tuple[str, Any]]:
    names = [(name, value) for name, value in vars(module).items() if not name.startswith("_")]
    return [(name, value) for name, value in names if _can_be_looked_at(value)]


def _can_be_looked_at(value: Any) -> bool:
    """False for what raises when it is asked for anything: ``flask.request`` outside of one."""
    try:
        hasattr(value, "wsgi_app")
    except Exception:
        return False
    return True


def _looks_like_app(value: Any) -> bool:
    """Whether it is an instance that frameworks make apps of; classes and modules are not."""
    if isinstance(value, (type, ModuleType)) or inspect.isroutine(value):
        return False
    return callable(value) and (hasattr(value, "wsgi_app") or _is_wsgi_instance(value))


def _is_wsgi_instance(value: Any) -> bool:
    signature = _signature(value)
    names = list(signature.parameters) if signature else []
    return len(names) == 2 and names[0] in ("environ", "env") and names[1].startswith("start")


def _offer(module: ModuleType) -> str:
    """A sentence with what could be meant instead."""
    found = [name for name, value in _public(module) if _looks_like_app(value)]
    for name, value in _public(module):
        if not inspect.isfunction(value) or value.__module__ != module.__name__:
            continue
        parameters = list(inspect.signature(value).parameters)
        if name in _FACTORIES:
            found.append(f"{name}({', '.join(parameters)})")
        elif parameters[:1] in (["environ"], ["env"]) and len(parameters) == 2:
            found.append(name)
    if found:
        return " Found there: " + ", ".join(sorted(set(found))[:12]) + "."
    names = sorted(
        name
        for name, value in _public(module)
        if getattr(value, "__module__", module.__name__) == module.__name__
        and not isinstance(value, ModuleType)
    )
    if not names:
        return " It has nothing that looks like an app."
    return " Nothing there looks like an app; its names are " + ", ".join(names[:12]) + "."


def _describe(value: Any) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
