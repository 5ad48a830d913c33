"""Errors that explain what to do, and the search for the handler of an error.

Thread: registration at set-up time; the search in the thread that handles the request.
Source: Flask's documentation of "Handling Application Errors" (which handler wins).
"""

from __future__ import annotations

import inspect
import typing as t
from collections.abc import Callable, Iterable

from werkzeug.exceptions import HTTPException, default_exceptions

from .typing import ErrorHandler, ErrorHandlerSpec, Scope


def error_key(
    exc_class_or_code: type[BaseException] | int,
) -> tuple[type[BaseException], int | None]:
    """Check what an error handler is registered for.

    :param exc_class_or_code: an exception class, or the status code of an HTTP error.
    :return: the class, and the status code that it stands for (None: any, or not an HTTP error).
    :raises ValueError: for a number that is not the code of an HTTP error.
    :raises TypeError: for anything that is not an exception class.
    """
    if isinstance(exc_class_or_code, int):
        try:
            return default_exceptions[exc_class_or_code], exc_class_or_code
        except KeyError:
            raise ValueError(
                f"{exc_class_or_code} is not the code of an HTTP error. Use one of"
                f" {', '.join(map(str, sorted(default_exceptions)))}, or register the handler"
                " for an exception class with that code."
            ) from None
    if isinstance(exc_class_or_code, BaseException):
        raise TypeError(
            f"{exc_class_or_code!r} is an instance. A handler is registered for a class: use"
            f" {type(exc_class_or_code).__name__}."
        )
    if not (inspect.isclass(exc_class_or_code) and issubclass(exc_class_or_code, Exception)):
        raise TypeError(
            f"{exc_class_or_code!r} is not an exception class. A handler is registered for a"
            " subclass of Exception or for a status code."
        )
    if issubclass(exc_class_or_code, HTTPException):
        return exc_class_or_code, exc_class_or_code.code
    return exc_class_or_code, None


def find_error_handler(
    spec: ErrorHandlerSpec, error: BaseException, blueprints: Iterable[str]
) -> ErrorHandler | None:
    """Find the handler for an error.

    A handler for the status code beats one for all errors, a handler of the blueprint beats one of
    the application, and a handler for the class itself beats one for its base class.

    :param spec: what was registered.
    :param error: the exception that was raised.
    :param blueprints: the blueprints of the request, innermost first.
    :return: the handler, or None.
    """
    classes = type(error).__mro__
    code = error.code if isinstance(error, HTTPException) else None
    scopes: tuple[Scope, ...] = (*blueprints, None)
    for wanted in (None,) if code is None else (code, None):
        for scope in scopes:
            handlers = spec.get(scope, {}).get(wanted)
            if handlers:
                for cls in classes:
                    if cls in handlers:
                        return handlers[cls]
    return None


def describe_function(f: Callable[..., t.Any] | None, endpoint: str | None = None) -> str:
    """Name a view or hook so that its author finds it.

    :param f: the function; None when it is not known.
    :param endpoint: its endpoint, when it is a view.
    :return: such as ``'shop.index' (endpoint 'index', shop.py line 12)``.
    """
    if f is None:
        return "The function"
    place = function_place(f, endpoint)
    return f"{function_name(f)} ({place})" if place else function_name(f)


def function_name(f: Callable[..., t.Any]) -> str:
    """Return the dotted name of a function in quotes, such as ``'shop.index'``."""
    inner: t.Any = inspect.unwrap(f)
    return repr(f"{inner.__module__}.{getattr(inner, '__qualname__', type(inner).__name__)}")


def function_place(f: Callable[..., t.Any], endpoint: str | None = None) -> str:
    """Describe where a function is, such as ``endpoint 'index', shop.py line 12``, or ""."""
    details = [] if endpoint is None else [f"endpoint {endpoint!r}"]
    code = getattr(inspect.unwrap(f), "__code__", None)
    if code is not None:
        details.append(f"{code.co_filename} line {code.co_firstlineno}")
    return ", ".join(details)


class SetupError(AssertionError):
    """The application was changed after it had begun to answer requests."""

    @classmethod
    def late(cls, what: str, method: str) -> SetupError:
        """Explain which call came too late.

        :param what: what had happened before, as the start of a sentence.
        :param method: the method that was called.
        """
        return cls(
            f"{what}, so {method!r} comes too late: requests that were answered before would not"
            " have seen it. Make all registrations (routes, hooks, blueprints, error handlers)"
            " while the modules are imported or in the function that creates the application."
        )
