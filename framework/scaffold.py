"""What an application and a blueprint have in common: registration of views, hooks and handlers.

Thread: the thread that imports and sets up the application, before the first request.
Source: Flask's documentation of the decorators; the names of the registries are Flask's too.
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable
from functools import cached_property, wraps
from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader

from .context import current_app
from .errors import error_key
from .helpers import find_root_path, send_from_directory
from .typing import (
    AfterRequest,
    BeforeRequest,
    ErrorHandler,
    ErrorHandlerSpec,
    F,
    Scope,
    Teardown,
    TemplateContextProcessor,
    UrlDefaults,
    UrlValuePreprocessor,
    ViewFunction,
)

if t.TYPE_CHECKING:
    from .wrappers import Response


def setupmethod(method: F) -> F:
    """Refuse a registration that comes too late; decorates the methods below.

    :param method: a method that registers something.
    :return: the method, preceded by :meth:`Scaffold._check_setup_finished`.
    """

    @wraps(method)
    def checked(self: Scaffold, *args: t.Any, **kwargs: t.Any) -> t.Any:
        self._check_setup_finished(method.__name__)
        return method(self, *args, **kwargs)

    return t.cast(F, checked)


class Scaffold:
    """The base of :class:`~framework.App` and :class:`~framework.Blueprint`.

    :param import_name: the name of the module that it is made in, usually ``__name__``.
    :param static_folder: where static files lie, relative to ``root_path``.
    :param static_url_path: under which URL they are served.
    :param template_folder: where templates lie, relative to ``root_path``.
    :param root_path: the folder of the module; found by the import name unless given.
    """

    name: str

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.root_path = find_root_path(import_name) if root_path is None else root_path
        self.template_folder = template_folder
        self._static_folder = None if static_folder is None else os.fspath(static_folder)
        self._static_url_path = static_url_path
        self.view_functions: dict[str, ViewFunction] = {}
        self.error_handler_spec: ErrorHandlerSpec = {}
        self.before_request_funcs: dict[Scope, list[BeforeRequest]] = {}
        self.after_request_funcs: dict[Scope, list[AfterRequest]] = {}
        self.teardown_request_funcs: dict[Scope, list[Teardown]] = {}
        self.template_context_processors: dict[Scope, list[TemplateContextProcessor]] = {}
        self.url_value_preprocessors: dict[Scope, list[UrlValuePreprocessor]] = {}
        self.url_default_functions: dict[Scope, list[UrlDefaults]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, method: str) -> None:
        """Raise :class:`~framework.errors.SetupError` when ``method`` comes too late."""
        raise NotImplementedError

    # --- files ---------------------------------------------------------------------------------

    @property
    def static_folder(self) -> str | None:
        """The folder with static files, as an absolute path, or None."""
        if self._static_folder is None:
            return None
        return str(Path(self.root_path) / self._static_folder)

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip("/\\")

    @property
    def has_static_folder(self) -> bool:
        """Whether a static folder was named (not: whether it exists)."""
        return self._static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL of the static files: as given, else the name of their folder."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self._static_folder is None:
            return None
        return f"/{Path(self._static_folder).name}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """Loads the templates of this object; None when it has no template folder."""
        if self.template_folder is None:
            return None
        return FileSystemLoader(Path(self.root_path) / self.template_folder)

    def send_static_file(self, filename: str) -> Response:
        """The view behind the endpoint ``static``.

        :param filename: relative to the static folder.
        :raises NotFound: when there is no such file below the folder.
        :raises RuntimeError: when there is no static folder.
        """
        folder = self.static_folder
        if folder is None:
            raise RuntimeError(
                f"{self!r} has no static folder. Give it one: static_folder='static'."
            )
        return send_from_directory(folder, filename, max_age=self.get_send_file_max_age(filename))

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """How long a browser may keep a file; overridable.

        :return: seconds, from ``SEND_FILE_MAX_AGE_DEFAULT``; None for "ask each time".
        """
        value = current_app.config["SEND_FILE_MAX_AGE_DEFAULT"]
        seconds = getattr(value, "total_seconds", None)
        return t.cast("int | None", value if seconds is None else int(seconds()))

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = None
    ) -> t.IO[t.Any]:
        """Open a file that lies beside the module, for reading.

        :param resource: relative to ``root_path``.
        :param mode: ``"rb"``, or ``"r"`` for text.
        :param encoding: of a text file; UTF-8 unless given.
        :raises ValueError: for any other mode.
        """
        if mode not in {"r", "rt", "rb"}:
            raise ValueError(f"Resources are opened for reading: mode 'rb' or 'r', not {mode!r}.")
        path = Path(self.root_path) / resource
        return path.open("rb") if mode == "rb" else path.open(encoding=encoding or "utf-8")

    # --- views ---------------------------------------------------------------------------------

    def _method_route(self, method: str, rule: str, options: dict[str, t.Any]) -> Callable[[F], F]:
        if "methods" in options:
            raise TypeError(
                f"'{method.lower()}' already fixes the method. For several methods use"
                f" route({rule!r}, methods=[...])."
            )
        return self.route(rule, methods=[method], **options)

    def get(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register a view for GET; short for ``route(rule, methods=["GET"])``."""
        return self._method_route("GET", rule, options)

    def post(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register a view for POST; short for ``route(rule, methods=["POST"])``."""
        return self._method_route("POST", rule, options)

    def put(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register a view for PUT; short for ``route(rule, methods=["PUT"])``."""
        return self._method_route("PUT", rule, options)

    def delete(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register a view for DELETE; short for ``route(rule, methods=["DELETE"])``."""
        return self._method_route("DELETE", rule, options)

    def patch(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register a view for PATCH; short for ``route(rule, methods=["PATCH"])``."""
        return self._method_route("PATCH", rule, options)

    def route(self, rule: str, **options: t.Any) -> Callable[[F], F]:
        """Register the decorated function as the view of a URL rule.

        :param rule: such as ``"/user/<int:id>"``.
        :param options: ``endpoint``, ``methods`` and whatever a Werkzeug ``Rule`` takes.
        """

        def decorator(f: F) -> F:
            self.add_url_rule(rule, options.pop("endpoint", None), f, **options)
            return f

        return decorator

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a URL rule; :meth:`route` calls this."""
        raise NotImplementedError

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Register the decorated function as the view of an endpoint that has rules already."""

        def decorator(f: F) -> F:
            self.view_functions[endpoint] = f
            return f

        return decorator

    # --- hooks ---------------------------------------------------------------------------------

    @setupmethod
    def before_request(self, f: F) -> F:
        """Run a function before each view. If it returns something, that is the response."""
        self.before_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_request(self, f: F) -> F:
        """Run a function on each response; it gets the response and returns it or another."""
        self.after_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_request(self, f: F) -> F:
        """Run a function when the request ends, error or not; it gets the error or None."""
        self.teardown_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def context_processor(self, f: F) -> F:
        """Add the dict that a function returns to the variables of every template."""
        self.template_context_processors.setdefault(None, []).append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: F) -> F:
        """Let a function read or change the URL's values (endpoint, values) before the hooks."""
        self.url_value_preprocessors.setdefault(None, []).append(f)
        return f

    @setupmethod
    def url_defaults(self, f: F) -> F:
        """Let a function add values (endpoint, values) to every URL that is built."""
        self.url_default_functions.setdefault(None, []).append(f)
        return f

    def errorhandler(self, code_or_exception: type[Exception] | int) -> Callable[[F], F]:
        """Let the decorated function answer an error; it gets the exception.

        :param code_or_exception: a status code such as 404, or an exception class.
        """

        def decorator(f: F) -> F:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorator

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ErrorHandler
    ) -> None:
        """Register an error handler without a decorator.

        :raises ValueError, TypeError: when the first argument is neither a code nor a class.
        """
        cls, code = error_key(code_or_exception)
        self.error_handler_spec.setdefault(None, {}).setdefault(code, {})[cls] = f
