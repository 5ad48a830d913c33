"""Jinja templates: where they are found, what they see, how they are rendered.

Thread: the environment is made once; rendering runs in the thread that handles the request.
Source: Flask's documentation of "Templates" (standard context, autoescape) and Jinja's API.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound

from .context import app_var, current_app, g, request, request_var, session
from .helpers import get_flashed_messages, url_for
from .signals import before_render_template, template_rendered
from .streaming import stream_with_context

if t.TYPE_CHECKING:
    from .app import App
    from .scaffold import Scaffold
    from .setup import AppSetup


def select_autoescape(filename: str | None) -> bool:
    """Return whether values in a template are escaped.

    :param filename: the name of the template; None for one that is a string.
    """
    return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))


def create_environment(app: AppSetup) -> Environment:
    """Make the Jinja environment of an application; called by ``create_jinja_environment``."""
    options = dict(app.jinja_options)
    options.setdefault("autoescape", app.select_jinja_autoescape)
    if "auto_reload" not in options:
        reload_ = app.config["TEMPLATES_AUTO_RELOAD"]
        options["auto_reload"] = app.debug if reload_ is None else reload_
    options.setdefault("loader", app.create_global_jinja_loader())
    env = app.jinja_environment(**options)
    env.globals.update(
        url_for=url_for,
        get_flashed_messages=get_flashed_messages,
        config=app.config,
        # Imported templates do not get the context of the importing one, so these are global too.
        request=request,
        session=session,
        g=g,
    )
    env.policies["json.dumps_function"] = app.json.dumps
    return env


def render_template(template_name_or_list: t.Any, **context: t.Any) -> str:
    """Render a template file.

    :param template_name_or_list: a name below the template folder, or several of which the first
        that exists is used.
    :param context: the variables of the template.
    :return: the text.
    :raises TemplateNotFound: when there is no such file.
    """
    app = _app()
    return _render(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: t.Any) -> str:
    """Render a template that is given as a string; values are escaped.

    :param source: the text of the template.
    :param context: the variables of the template.
    """
    app = _app()
    return _render(app, app.jinja_env.from_string(source), context)


def stream_template(template_name_or_list: t.Any, **context: t.Any) -> Iterator[str]:
    """Render a template file piece by piece; return the result from a view to stream it."""
    app = _app()
    return _stream(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: t.Any) -> Iterator[str]:
    """Render a template that is given as a string, piece by piece."""
    app = _app()
    return _stream(app, app.jinja_env.from_string(source), context)


def get_template_attribute(template_name: str, attribute: str) -> t.Any:
    """Return a macro or variable that a template defines, to call it from Python."""
    return getattr(_app().jinja_env.get_template(template_name).module, attribute)


def default_context() -> dict[str, t.Any]:
    """What every template sees: ``g``, and within a request ``request`` and ``session``.

    The proxies are handed over, not what they stand for: a page that does not use the session
    does not vary with its cookie.
    """
    if request_var.get(None) is None:
        return {"g": g} if app_var.get(None) is not None else {}
    return {"g": g, "request": request, "session": session}


def _app() -> App:
    return t.cast("App", current_app._get_current_object())  # type: ignore[attr-defined]


def _render(app: App, template: Template, context: dict[str, t.Any]) -> str:
    app.update_template_context(context)
    before_render_template.send(app, template=template, context=context)
    text = template.render(context)
    template_rendered.send(app, template=template, context=context)
    return text


def _stream(app: App, template: Template, context: dict[str, t.Any]) -> Iterator[str]:
    app.update_template_context(context)
    before_render_template.send(app, template=template, context=context)

    def generate() -> Iterator[str]:
        yield from template.generate(context)
        template_rendered.send(app, template=template, context=context)

    generator = generate()
    if request_var.get(None) is None:
        return generator
    return t.cast("Iterator[str]", stream_with_context(generator))


class TemplateLoader(BaseLoader):
    """Looks in the application's template folder, then in those of its blueprints.

    :param app: the application; blueprints that it gets later are seen as well.
    """

    def __init__(self, app: AppSetup) -> None:
        self.app = app

    def _loaders(self) -> Iterator[tuple[Scaffold, BaseLoader]]:
        for owner in (self.app, *self.app.blueprints.values()):
            if owner.jinja_loader is not None:
                yield owner, owner.jinja_loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Find the source of a template.

        :raises TemplateNotFound: with the folders that were searched.
        """
        searched: list[str] = []
        for _owner, loader in self._loaders():
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                searched.extend(map(str, getattr(loader, "searchpath", [repr(loader)])))
        raise TemplateNotFound(
            template,
            f"There is no template {template!r}. Searched:"
            f" {', '.join(searched) or 'nowhere, as no template folder is set'}.",
        )

    def list_templates(self) -> list[str]:
        """List the names of all templates."""
        return sorted({name for _, loader in self._loaders() for name in loader.list_templates()})
