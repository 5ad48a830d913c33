"""The app in an imported module, WSGI or ASGI: by the name that was given, or by what is customary.

Runs on the thread that loads the app, as factories are called here. Whatever goes wrong is an
:class:`~server.errors.AppLoadError` that names what was looked for and what was found, with the
app's own traceback where its code raised.
"""

from __future__ import annotations

import ast
import inspect
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Optional

from ..errors import AppLoadError
from ..reporting.tracebacks import one_line, traceback_text
from .asgi import is_asgi
from .spec import APP_NAMES, FACTORY_NAMES

__all__ = ["find_app"]


def find_app(module: ModuleType, attribute: str) -> Any:
    """The WSGI callable that was meant.

    :param attribute: what to take: a name, a dotted name, or a call; "" to search
    :returns: a WSGI app, or an ASGI app
    :raises AppLoadError: there is no such thing, or it is neither
    """
    found = _find(module, attribute) if attribute else _search(module)
    if not callable(found) or not _can_be_looked_at(found):
        raise _not_wsgi(module, attribute, found)
    if not is_asgi(found):
        _refuse_wrong_signature(found, module, attribute)
    return found


def _search(module: ModuleType) -> Any:
    """Find the app where only a module was named (Flask's documentation, "Application Discovery").

    A name that is customary, else the only WSGI app there, else a factory without arguments.
    """
    for name in APP_NAMES:
        value = getattr(module, name, None)
        if value is not None and callable(value):
            return value
    apps = [value for _, value in _public(module) if _looks_like_app(value)]
    if len(apps) == 1:
        return apps[0]
    for name in FACTORY_NAMES:
        factory = getattr(module, name, None)
        if inspect.isfunction(factory):
            return _call(factory, _Place(module, name, name), [], {})
    for name in APP_NAMES:
        if hasattr(module, name) and not apps:
            raise _not_wsgi(module, name, getattr(module, name))
    reason = "has several apps" if apps else "has no app"
    raise AppLoadError(
        "app-attribute",
        f"{module.__name__} {reason} that could be chosen by itself: "
        f"name one as {module.__name__}:NAME.{_offer(module)}{_hint(module)}",
    )


def _find(module: ModuleType, attribute: str) -> Any:
    """Take what was named: names, attributes of them and calls with plain values, in a row, such as
    ``application``, ``create_app('test')``, ``app.wsgifunc()`` or ``make().server``."""
    try:
        node = ast.parse(attribute, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _not_a_name(attribute) from None
    found = _evaluate(node, module, attribute)
    if isinstance(node, ast.Name) and _is_factory(found, attribute):
        return _call(found, _Place(module, attribute, attribute), [], {})
    return found


def _not_a_name(attribute: str) -> AppLoadError:
    return AppLoadError(
        "app-attribute",
        f"{attribute!r} is neither a name nor a call such as create_app('test').",
    )


class _Place(NamedTuple):
    """Where something was found: in a module, under a name in the attribute that was given."""

    module: ModuleType
    name: str
    attribute: str


def _evaluate(node: ast.expr, module: ModuleType, attribute: str) -> Any:
    """What an expression of names, attributes and calls gives."""
    if isinstance(node, ast.Name):
        return _member(module, node.id, _Place(module, node.id, attribute))
    if isinstance(node, ast.Attribute):
        owner = _evaluate(node.value, module, attribute)
        return _member(owner, node.attr, _Place(module, _text(node, attribute), attribute))
    if isinstance(node, ast.Call):
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
        factory = _evaluate(node.func, module, attribute)
        place = _Place(module, _text(node.func, attribute), attribute)
        return _call(factory, place, args, options)
    raise _not_a_name(attribute)


def _text(node: ast.expr, attribute: str) -> str:
    """A part of the attribute as it was written."""
    return ast.get_source_segment(attribute, node) or attribute


def _member(owner: Any, name: str, place: _Place) -> Any:
    module, _, attribute = place
    try:
        return getattr(owner, name)
    except AttributeError:
        raise AppLoadError(
            "app-attribute",
            f"{module.__name__} has no {attribute!r}.{_offer(module)}{_hint(module)}",
        ) from None
    except Exception as error:
        raise AppLoadError(
            "app-import",
            f"{module.__name__}:{attribute} can't be had: {one_line(error)}",
            traceback_text(error),
        ) from error


def _call(factory: Any, place: _Place, args: list[Any], options: dict[str, Any]) -> Any:
    """Call a factory."""
    module, name, _ = place
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


def _is_factory(function: Any, name: str) -> bool:
    """Whether a function that was named is to be called: it can't be an app, and needs nothing."""
    if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
        return False
    if _takes_environ(function):
        return False
    signature = _signature(function)
    needed = [
        parameter
        for parameter in (signature.parameters.values() if signature else ())
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return name in FACTORY_NAMES or not needed


def _not_wsgi(module: ModuleType, name: str, value: Any) -> AppLoadError:
    return AppLoadError(
        "app-object",
        f"{module.__name__}:{name} is {_describe(value)}, not a WSGI app: "
        f"a WSGI app can be called with (environ, start_response).{_offer(module)}",
    )


def _refuse_wrong_signature(app: Any, module: ModuleType, attribute: str) -> None:
    if _takes_environ(app):
        return
    name = attribute or getattr(app, "__name__", "app")
    signature = _signature(app)
    hint = (
        f" If it is a factory, call it: {module.__name__}:{name}()."
        if inspect.isfunction(app)
        else ""
    )
    raise AppLoadError(
        "app-object",
        f"{module.__name__}:{name}{signature} is not a WSGI app: "
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
    if isinstance(value, (type, ModuleType)) or inspect.isroutine(value) or not callable(value):
        return False
    return hasattr(value, "wsgi_app") or _is_wsgi_instance(value) or is_asgi(value)


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
        if name in FACTORY_NAMES:
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


def _hint(module: ModuleType) -> str:
    """A sentence about an app that the module has without a name of its own, or makes only when it
    is run as a script."""
    if _uses_default_app(module):
        return (
            " What it routes is in Bottle's default app: write import bottle and "
            "app = bottle.default_app() there."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(Path(module.__file__ or "").read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for block in tree.body:
        if not isinstance(block, ast.If) or not _is_main_guard(block.test):
            continue
        for node in block.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Name) and target.id in APP_NAMES:
                    return (
                        f" Line {node.lineno} makes {target.id} under if __name__ == '__main__', "
                        "which only runs as a script: make it above that."
                    )
    return ""


def _uses_default_app(module: ModuleType) -> bool:
    """Whether the module has routes of Bottle's, by whose functions they go to an app of its."""
    bottle = sys.modules.get("bottle")
    try:
        used = any(
            value is bottle or getattr(value, "__module__", "") == "bottle"
            for _, value in _public(module)
        )
        return bottle is not None and used and bool(bottle.default_app().routes)
    except Exception:  # another module of that name
        return False


def _is_main_guard(test: ast.expr) -> bool:
    """Whether a condition is ``__name__ == "__main__"``."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    values = [side.value for side in sides if isinstance(side, ast.Constant)]
    return (names, values) == (["__name__"], ["__main__"])
