"""Everything about an application that is settled before its first request.

:class:`AppSetup` is the lower half of :class:`~framework.App`: configuration, URL rules, templates,
blueprints, JSON. The upper half, ``app.py``, is the way of a request.

Thread: the thread that imports and sets up the application. ``jinja_env`` and ``logger`` are made
on first use, which may be in a request's thread.
Source: Flask's documentation of the application object; names and defaults are the same.
"""

from __future__ import annotations

import logging
import os
import sys
import typing as t
from collections.abc import Callable, ValuesView
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from jinja2 import BaseLoader, Environment
from werkzeug.exceptions import Aborter
from werkzeug.routing import Map, Rule

from .blueprints import Blueprint
from .config import Config, ConfigAttribute, default_config, get_debug_flag
from .context import AppGlobals
from .errors import SetupError, describe_function
from .json import DefaultJSONProvider
from .logs import create_logger
from .scaffold import Scaffold, setupmethod
from .sessions import SecureCookieSessionInterface, SessionInterface
from .templating import TemplateLoader, create_environment, default_context, select_autoescape
from .typing import F, TemplateContextProcessor, ViewFunction
from .urls import AppRule
from .wrappers import Request, Response


def as_timedelta(value: timedelta | int) -> timedelta:
    """Read a duration that may be given in seconds."""
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def allowed_methods(options: dict[str, t.Any], view_func: ViewFunction | None) -> set[str]:
    """Take the methods of a rule out of its options.

    :return: upper-case names; those of the view (its ``methods`` attribute) or GET by default.
    :raises TypeError: when ``methods`` is one string.
    """
    named = options.pop("methods", None) or getattr(view_func, "methods", None) or {"GET"}
    if isinstance(named, str):
        raise TypeError(f"'methods' is a list of names: methods=[{named!r}].")
    return set(map(str.upper, named))


class AppSetup(Scaffold):
    """The set-up half of the application.

    :param import_name: the name of the module that it is made in, usually ``__name__``.
    :param static_url_path: under which URL the static files are served.
    :param static_folder: where they lie, relative to ``root_path``; None for "there are none".
    :param static_host: the host of the static files, with ``host_matching``.
    :param host_matching: rules have a ``host``.
    :param subdomain_matching: rules have a ``subdomain``, relative to ``SERVER_NAME``.
    :param template_folder: where templates lie, relative to ``root_path``.
    :param instance_path: a folder for files of this installation; found unless given.
    :param instance_relative_config: configuration files are looked up there.
    :param root_path: the folder of the application; found by the import name unless given.
    :raises ValueError: for a relative ``instance_path``, or ``static_host`` without
        ``host_matching`` (or the other way round).
    """

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    config_class: type[Config] = Config
    app_ctx_globals_class: type[AppGlobals] = AppGlobals
    aborter_class: type[Aborter] = Aborter
    jinja_environment: type[Environment] = Environment
    jinja_options: t.ClassVar[dict[str, t.Any]] = {}
    json_provider_class: type[DefaultJSONProvider] = DefaultJSONProvider
    url_rule_class: type[Rule] = AppRule
    url_map_class: type[Map] = Map
    session_interface: SessionInterface = SecureCookieSessionInterface()

    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute["str | bytes | None"]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute("PERMANENT_SESSION_LIFETIME", as_timedelta)

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not Path(instance_path).is_absolute():
            raise ValueError(f"'instance_path' is an absolute path, unlike {instance_path!r}.")
        if bool(static_host) != host_matching and (static_host or self.has_static_folder):
            raise ValueError(
                "'static_host' and 'host_matching' go together: set both, or none of them (or"
                " host_matching with static_folder=None)."
            )
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        self.aborter = self.make_aborter()
        self.json = self.json_provider_class(self)
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        self.blueprints: dict[str, Blueprint] = {}
        self.extensions: dict[str, t.Any] = {}
        self.teardown_appcontext_funcs: list[Callable[..., t.Any]] = []
        self.url_build_error_handlers: list[Callable[..., str]] = []
        self.template_context_processors[None] = [default_context]
        self._got_first_request = False
        if self.has_static_folder:
            self.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                endpoint="static",
                host=static_host,
                view_func=self.send_static_file,
            )

    def _check_setup_finished(self, method: str) -> None:
        if self._got_first_request:
            what = f"The application {self.name!r} has answered its first request"
            raise SetupError.late(what, method)

    # --- what the application is ---------------------------------------------------------------

    @cached_property
    def name(self) -> str:  # type: ignore[override]
        """The import name; for a script, the name of its file."""
        if self.import_name == "__main__":
            filename = getattr(sys.modules["__main__"], "__file__", None)
            return Path(filename).stem if filename else "__main__"
        return self.import_name

    @cached_property
    def logger(self) -> logging.Logger:
        """The logger of the application; see :mod:`framework.logs`."""
        return create_logger(self)

    @property
    def debug(self) -> bool:
        """Debug mode, ``config["DEBUG"]``; by default the value of ``FLASK_DEBUG``."""
        return bool(self.config["DEBUG"])

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = value

    def make_config(self, instance_relative: bool = False) -> Config:
        """Make ``app.config``; overridable.

        :param instance_relative: look files up in ``instance_path``, not in ``root_path``.
        """
        config = self.config_class(
            self.instance_path if instance_relative else self.root_path, default_config()
        )
        config["DEBUG"] = get_debug_flag()
        return config

    def make_aborter(self) -> Aborter:
        """Make what :func:`~framework.abort` calls; overridable."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Find the folder for files of this installation; overridable.

        :return: ``instance`` beside the module or package; for an installed one
            ``var/NAME-instance`` below the prefix of the environment.
        """
        root = Path(self.root_path)
        module = sys.modules.get(self.import_name)
        if getattr(module, "__path__", None):
            root = root.parent
        if any(part in {"site-packages", "dist-packages"} for part in root.parts):
            return str(Path(sys.prefix) / "var" / f"{self.name}-instance")
        return str(root / "instance")

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> t.IO[t.Any]:
        """Open a file in the instance folder; any mode."""
        path = Path(self.instance_path) / resource
        return path.open(mode, encoding=None if "b" in mode else encoding)

    # --- URL rules -----------------------------------------------------------------------------

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a URL rule, and the view of its endpoint. ``route`` calls this.

        :param rule: such as ``"/user/<int:id>"``.
        :param endpoint: the name for ``url_for``; the view's name unless given.
        :param view_func: the view; may also be registered later with ``@app.endpoint``.
        :param provide_automatic_options: answer OPTIONS for the view.
        :param options: ``methods``, ``defaults``, ``strict_slashes``... as Werkzeug's ``Rule``.
        :raises TypeError: without endpoint and view, or when ``methods`` is one string.
        :raises AssertionError: when the endpoint has another view already.
        """
        if endpoint is None:
            if view_func is None:
                raise TypeError(f"The rule {rule!r} needs an endpoint or a view function.")
            endpoint = view_func.__name__
        methods = allowed_methods(options, view_func)
        required = {method.upper() for method in getattr(view_func, "required_methods", ())}
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            automatic = self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            provide_automatic_options = bool(automatic) and "OPTIONS" not in methods
        if provide_automatic_options:
            required.add("OPTIONS")
        url_rule: t.Any = self.url_rule_class(
            rule, endpoint=endpoint, methods=methods | required, **options
        )
        url_rule.provide_automatic_options = provide_automatic_options
        if view_func is not None:
            known = self.view_functions.get(endpoint)
            if known is not None and known != view_func:
                raise AssertionError(
                    f"The endpoint {endpoint!r} is the view {describe_function(known)} already,"
                    f" so it cannot also be {describe_function(view_func)}. Give one of them"
                    " another name, or endpoint='...'. A decorator below @route that hides the"
                    " view's name (without functools.wraps) has the same effect."
                )
        self.url_map.add(url_rule)
        if view_func is not None:
            self.view_functions[endpoint] = view_func

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: t.Any) -> None:
        """Add the views, hooks and handlers of a blueprint.

        :param options: ``url_prefix``, ``subdomain``, ``url_defaults``, ``name``: in place of the
            blueprint's own.
        :raises ValueError: when the name is taken.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView[Blueprint]:
        """Return the blueprints in the order of registration."""
        return self.blueprints.values()

    @setupmethod
    def teardown_appcontext(self, f: F) -> F:
        """Run a function when an application context ends; it gets the error or None."""
        self.teardown_appcontext_funcs.append(f)
        return f

    # --- templates -----------------------------------------------------------------------------

    @cached_property
    def jinja_env(self) -> Environment:
        """The Jinja environment, made on first use."""
        return self.create_jinja_environment()

    def create_jinja_environment(self) -> Environment:
        """Make the Jinja environment; overridable."""
        return create_environment(self)

    def create_global_jinja_loader(self) -> BaseLoader:
        """Make the loader that finds the templates; overridable."""
        return TemplateLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Return whether the values in a template are escaped; overridable."""
        return select_autoescape(filename)

    def _named(self, add: Callable[..., None], name: t.Any) -> t.Any:
        """Serve both ``@app.template_filter`` and ``@app.template_filter("name")``."""
        if callable(name):
            add(name)
            return name

        def decorator(f: F) -> F:
            add(f, name)
            return f

        return decorator

    @setupmethod
    def template_filter(self, name: t.Any = None) -> t.Any:
        """Register the decorated function as a template filter, under its name or another."""
        return self._named(self.add_template_filter, name)

    @setupmethod
    def template_test(self, name: t.Any = None) -> t.Any:
        """Register the decorated function as a template test, under its name or another."""
        return self._named(self.add_template_test, name)

    @setupmethod
    def template_global(self, name: t.Any = None) -> t.Any:
        """Register the decorated function for all templates, under its name or another."""
        return self._named(self.add_template_global, name)

    @setupmethod
    def add_template_filter(self, f: Callable[..., t.Any], name: str | None = None) -> None:
        """Register a template filter."""
        self.jinja_env.filters[name or f.__name__] = f

    @setupmethod
    def add_template_test(self, f: Callable[..., bool], name: str | None = None) -> None:
        """Register a template test."""
        self.jinja_env.tests[name or f.__name__] = f

    @setupmethod
    def add_template_global(self, f: Callable[..., t.Any], name: str | None = None) -> None:
        """Register a function for all templates."""
        self.jinja_env.globals[name or f.__name__] = f

    def template_context(self, blueprints: list[str]) -> dict[str, t.Any]:
        """Collect what the context processors add.

        :param blueprints: those of the request, innermost first.
        """
        values: dict[str, t.Any] = {}
        for scope in (None, *reversed(blueprints)):
            processors: list[TemplateContextProcessor]
            processors = self.template_context_processors.get(scope, [])
            for processor in processors:
                values.update(processor())
        return values
