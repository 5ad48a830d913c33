"""Blueprints: a part of an application that is written apart and registered as a whole.

A blueprint records what is to be done to the application, and does it when it is registered.

Thread: the thread that imports and sets up the application, before the first request.
Source: Flask's documentation of "Modular Applications with Blueprints" (nesting included).
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import SetupError
from .scaffold import Scaffold, setupmethod
from .typing import F, ViewFunction

if t.TYPE_CHECKING:
    from .setup import AppSetup

Deferred = Callable[["BlueprintSetupState"], t.Any]


def _join(prefix: str | None, rule: str | None) -> str | None:
    if prefix is None or not rule:
        return rule if prefix is None else prefix
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}"


@dataclass
class BlueprintSetupState:
    """One registration of a blueprint with an application; what recorded functions get.

    ``name`` is the dotted name under which the blueprint is registered.
    """

    blueprint: Blueprint
    app: AppSetup
    name: str
    first_registration: bool
    url_prefix: str | None = None
    subdomain: str | None = None
    url_defaults: dict[str, t.Any] = field(default_factory=dict)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        **options: t.Any,
    ) -> None:
        """Add a rule to the application, with the prefix and name of the blueprint."""
        options.setdefault("subdomain", self.subdomain)
        defaults = {**self.url_defaults, **options.pop("defaults", {})}
        if endpoint is None:
            assert view_func is not None, "A rule needs an endpoint or a view function."
            endpoint = view_func.__name__
        self.app.add_url_rule(
            _join(self.url_prefix, rule) or "/",
            f"{self.name}.{endpoint}",
            view_func,
            defaults=defaults,
            **options,
        )


class Blueprint(Scaffold):
    """A set of views, hooks and handlers, registered by ``app.register_blueprint``.

    :param name: the first part of its endpoints; no dots.
    :param import_name: usually ``__name__``.
    :param url_prefix: the beginning of its URLs.
    :param subdomain: the subdomain of its URLs.
    :param url_defaults: values for its URLs.
    :param static_folder, static_url_path, template_folder, root_path: as for the application.
    :raises ValueError: for an empty name or one with a dot.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, t.Any] | None = None,
        root_path: str | None = None,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if not name or "." in name:
            raise ValueError(
                f"A blueprint cannot be called {name!r}: the name must not be empty, and a dot"
                " separates it from the name of the view in endpoints."
            )
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.url_values_defaults = dict(url_defaults or {})
        self.deferred_functions: list[Deferred] = []
        self._nested: list[tuple[Blueprint, dict[str, t.Any]]] = []
        self._registered = False

    def _check_setup_finished(self, method: str) -> None:
        if self._registered:
            raise SetupError.late(f"The blueprint {self.name!r} has been registered", method)

    @setupmethod
    def record(self, func: Deferred) -> None:
        """Call a function each time the blueprint is registered; it gets the setup state."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: Deferred) -> None:
        """Call a function the first time the blueprint is registered with an application."""

        def once(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(once)

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a URL rule, relative to the blueprint's prefix.

        :raises ValueError: when the endpoint has a dot.
        """
        name: str = endpoint or str(getattr(view_func, "__name__", ""))
        if "." in name:
            raise ValueError(f"The endpoint of a blueprint's view has no dot, unlike {name!r}.")
        self.record(
            lambda state: state.add_url_rule(
                rule,
                endpoint,
                view_func,
                provide_automatic_options=provide_automatic_options,
                **options,
            )
        )

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: t.Any) -> None:
        """Put a blueprint into this one; it is registered when this one is.

        :raises ValueError: for the blueprint itself.
        """
        if blueprint is self:
            raise ValueError("A blueprint cannot be registered with itself.")
        self._nested.append((blueprint, options))

    def register(self, app: AppSetup, options: dict[str, t.Any]) -> None:
        """Do to an application what was recorded. Called by ``App.register_blueprint``.

        :param app: the application.
        :param options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults`` in place of the
            blueprint's own; ``name_prefix`` when it is nested.
        :raises ValueError: when the name is taken.
        """
        name = ".".join(
            filter(None, (options.get("name_prefix"), options.get("name") or self.name))
        )
        taken = app.blueprints.get(name)
        if taken is not None:
            which = "this" if taken is self else "another"
            raise ValueError(
                f"The name {name!r} is already registered for {which} blueprint. Give this"
                " registration a name of its own: register_blueprint(..., name='...')."
            )
        new_to_app = not any(known is self for known in app.blueprints.values())
        app.blueprints[name] = self
        self._registered = True
        prefix = options.get("url_prefix")
        state = BlueprintSetupState(
            self,
            app,
            name,
            new_to_app,
            url_prefix=self.url_prefix if prefix is None else prefix,
            subdomain=options.get("subdomain") or self.subdomain,
            url_defaults={**self.url_values_defaults, **(options.get("url_defaults") or {})},
        )
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>", "static", self.send_static_file
            )
        self._merge_into(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        for child, child_options in self._nested:
            self._register_nested(state, child, dict(child_options))

    def _register_nested(
        self, state: BlueprintSetupState, child: Blueprint, options: dict[str, t.Any]
    ) -> None:
        prefix = options.get("url_prefix")
        options["url_prefix"] = _join(
            state.url_prefix, child.url_prefix if prefix is None else prefix
        )
        subdomain = options.get("subdomain") or child.subdomain
        parts = [part for part in (subdomain, state.subdomain) if part]
        options["subdomain"] = ".".join(parts) or None
        options["name_prefix"] = state.name
        child.register(state.app, options)

    def _merge_into(self, app: AppSetup, name: str) -> None:
        """Copy the blueprint's registries into the application's, under its own scope."""
        for registry in (
            "before_request_funcs",
            "after_request_funcs",
            "teardown_request_funcs",
            "template_context_processors",
            "url_value_preprocessors",
            "url_default_functions",
        ):
            for functions in getattr(self, registry).values():
                getattr(app, registry).setdefault(name, []).extend(functions)
        for handlers_by_code in self.error_handler_spec.values():
            spec = app.error_handler_spec.setdefault(name, {})
            for code, handlers in handlers_by_code.items():
                spec.setdefault(code, {}).update(handlers)
        for endpoint, view in self.view_functions.items():
            app.view_functions[f"{name}.{endpoint}"] = view

    # --- for the whole application -------------------------------------------------------------

    def _app_wide(self, registry: str, f: F) -> F:
        self.record_once(lambda state: getattr(state.app, registry).setdefault(None, []).append(f))
        return f

    def before_app_request(self, f: F) -> F:
        """Like ``before_request``, for every request of the application."""
        return self._app_wide("before_request_funcs", f)

    def after_app_request(self, f: F) -> F:
        """Like ``after_request``, for every request of the application."""
        return self._app_wide("after_request_funcs", f)

    def teardown_app_request(self, f: F) -> F:
        """Like ``teardown_request``, for every request of the application."""
        return self._app_wide("teardown_request_funcs", f)

    def app_context_processor(self, f: F) -> F:
        """Like ``context_processor``, for every template of the application."""
        return self._app_wide("template_context_processors", f)

    def app_url_value_preprocessor(self, f: F) -> F:
        """Like ``url_value_preprocessor``, for every request of the application."""
        return self._app_wide("url_value_preprocessors", f)

    def app_url_defaults(self, f: F) -> F:
        """Like ``url_defaults``, for every URL of the application."""
        return self._app_wide("url_default_functions", f)

    def app_errorhandler(self, code: type[Exception] | int) -> Callable[[F], F]:
        """Like ``errorhandler``, for every request of the application."""

        def decorator(f: F) -> F:
            self.record_once(lambda state: state.app.register_error_handler(code, f))
            return f

        return decorator

    def app_template_filter(self, name: str | None = None) -> Callable[[F], F]:
        """Register a template filter of the application."""

        def decorator(f: F) -> F:
            self.add_app_template_filter(f, name)
            return f

        return decorator

    def app_template_test(self, name: str | None = None) -> Callable[[F], F]:
        """Register a template test of the application."""

        def decorator(f: F) -> F:
            self.add_app_template_test(f, name)
            return f

        return decorator

    def app_template_global(self, name: str | None = None) -> Callable[[F], F]:
        """Register a template global of the application."""

        def decorator(f: F) -> F:
            self.add_app_template_global(f, name)
            return f

        return decorator

    def add_app_template_filter(self, f: Callable[..., t.Any], name: str | None = None) -> None:
        """Like ``app_template_filter``, as a plain call."""
        self.record_once(lambda state: state.app.add_template_filter(f, name))

    def add_app_template_test(self, f: Callable[..., bool], name: str | None = None) -> None:
        """Like ``app_template_test``, as a plain call."""
        self.record_once(lambda state: state.app.add_template_test(f, name))

    def add_app_template_global(self, f: Callable[..., t.Any], name: str | None = None) -> None:
        """Like ``app_template_global``, as a plain call."""
        self.record_once(lambda state: state.app.add_template_global(f, name))
