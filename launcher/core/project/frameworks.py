"""The one table of web frameworks: what is known of each, by name.

Supporting another framework is one row here and, where the time line is to show its steps, one
file in ``server/flow``. Discovery, the list of interpreters and the offers to install all read this
table; nothing else in the launcher names a framework.

Pure data; any thread.
"""

from __future__ import annotations

from collections.abc import Collection

from server.base.values import dataclass

__all__ = [
    "BY_KIND",
    "FRAMEWORKS",
    "INSTALLED",
    "WRAPPERS",
    "Framework",
    "is_copied",
    "is_known_package",
    "is_other",
    "kind_made_by",
    "kind_of_method",
    "label",
    "listed_kind",
    "rank",
]


@dataclass(frozen=True)
class Framework:
    """One framework.

    :param kind: its short name in candidates, such as ``flask``; where it has a package, also the
        name by which that is imported
    :param name: what it is called
    :param has_package: whether a package has to be installed for it
    :param is_asgi: its apps speak ASGI; they are served for HTTP
    :param in_place_of: a kind whose apps are the same and are offered instead where there are some
    :param makers: dotted names whose call gives an app
    :param methods: methods whose call gives an app, on whatever object, in a module that imports
        the package; without a package, in any module
    :param attribute: the attribute of the app that holds the WSGI callable, or the call of a method
        that gives it; "" for the app itself
    :param attribute_kind: the kind of app that this attribute is
    :param is_copied: it is one file, of which many projects hold a copy
    :param main_file: the file at a project's top that its apps are run by, and that may name their
        settings
    :param factory_needs: the arguments that its documented factories require
    :param factory_arguments: what to call such a factory with
    """

    kind: str
    name: str
    has_package: bool = True
    is_asgi: bool = False
    in_place_of: str = ""
    makers: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    attribute: str = ""
    attribute_kind: str = ""
    is_copied: bool = False
    main_file: str = ""
    factory_needs: tuple[str, ...] = ()
    factory_arguments: str = ""


FRAMEWORKS = (
    Framework(
        "flask",
        "Flask",
        makers=(
            "flask.Flask",
            "flask.app.Flask",
            "apiflask.APIFlask",
            "eve.Eve",
            "flask_openapi3.OpenAPI",
        ),
    ),
    Framework(
        "django",
        "Django",
        makers=(
            "django.core.wsgi.get_wsgi_application",
            "django.core.handlers.wsgi.WSGIHandler",
            "configurations.wsgi.get_wsgi_application",
        ),
        main_file="manage.py",
    ),
    Framework(
        "pyramid",
        "Pyramid",
        makers=("pyramid.paster.get_app",),
        methods=("make_wsgi_app",),
        factory_needs=("global_config",),
        factory_arguments="{}",
    ),
    Framework(
        "falcon",
        "Falcon",
        makers=("falcon.App", "falcon.API", "falcon.app.App"),
    ),
    Framework(
        "bottle",
        "Bottle",
        makers=(
            "bottle.Bottle",
            "bottle.app",
            "bottle.app.push",
            "bottle.default_app",
            "bottle.default_app.push",
        ),
        is_copied=True,
    ),
    Framework(
        "dash",
        "Dash",
        makers=("dash.Dash",),
        attribute="server",
        attribute_kind="flask",
    ),
    Framework(
        "webpy",
        "web.py",
        has_package=False,
        makers=("web.application",),
        attribute="wsgifunc()",
        attribute_kind="wsgi",
    ),
    Framework(
        "servedeck",
        "ServeDeck",
        has_package=False,
        makers=("framework.App", "framework.app.App"),
    ),
    Framework(
        "wsgi",
        "WSGI",
        has_package=False,
        makers=(
            "a2wsgi.ASGIMiddleware",
            "cherrypy.Application",
            "cherrypy.tree.mount",
            "paste.deploy.loadapp",
            "prometheus_client.make_wsgi_app",
            "socketio.WSGIApp",
        ),
        methods=("make_wsgi_app", "wsgifunc"),
    ),
    Framework(
        "fastapi",
        "FastAPI",
        is_asgi=True,
        makers=("fastapi.FastAPI", "fastapi.applications.FastAPI"),
    ),
    Framework(
        "starlette",
        "Starlette",
        is_asgi=True,
        makers=("starlette.applications.Starlette",),
    ),
    Framework("quart", "Quart", is_asgi=True, makers=("quart.Quart", "quart.app.Quart")),
    Framework(
        "litestar",
        "Litestar",
        is_asgi=True,
        makers=("litestar.Litestar", "litestar.app.Litestar"),
    ),
    Framework("sanic", "Sanic", is_asgi=True, makers=("sanic.Sanic", "sanic.app.Sanic")),
    Framework(
        "blacksheep",
        "BlackSheep",
        is_asgi=True,
        makers=("blacksheep.Application", "blacksheep.server.Application"),
    ),
    Framework(
        "falcon.asgi",
        "Falcon",
        has_package=False,
        is_asgi=True,
        makers=("falcon.asgi.App", "falcon.asgi.app.App"),
    ),
    Framework(
        "django.asgi",
        "Django",
        has_package=False,
        is_asgi=True,
        in_place_of="django",
        makers=(
            "django.core.asgi.get_asgi_application",
            "django.core.handlers.asgi.ASGIHandler",
            "channels.routing.ProtocolTypeRouter",
        ),
    ),
    Framework(
        "asgi",
        "ASGI",
        has_package=False,
        is_asgi=True,
        makers=("a2wsgi.WSGIMiddleware", "asgiref.wsgi.WsgiToAsgi", "socketio.ASGIApp"),
    ),
)
"""All rows, those that are proposed first in front."""

WRAPPERS = frozenset(
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
"""Middleware, by the last part of its name: called with an app, it gives an app."""

_OTHER_PACKAGES = frozenset(
    {
        "PyQt5",
        "PyQt6",
        "PySide2",
        "PySide6",
        "aiohttp",
        "celery",
        "channels",
        "gi",
        "kivy",
        "robyn",
        "textual",
        "tkinter",
        "tornado",
        "typer",
        "uvicorn",
        "wx",
    }
)
"""What comes from these is called an app, too, but speaks another protocol or serves no web."""

BY_KIND = {row.kind: row for row in FRAMEWORKS}
INSTALLED = {row.kind: row.name for row in FRAMEWORKS if row.has_package}
"""The kinds of apps whose framework is a package that has to be installed, and its name."""

_MAKERS = {maker: row.kind for row in FRAMEWORKS for maker in row.makers}
# A mere folder of one of these names in a project isn't what an import finds: the package is.
_KNOWN_PACKAGES = frozenset(name.partition(".")[0] for name in _MAKERS) | _OTHER_PACKAGES


def label(kind: str) -> str:
    """What an app of a kind is called, such as ``Flask app``."""
    return f"{BY_KIND[kind].name} app"


def listed_kind(kind: str) -> str:
    """The kind by which an app is listed: all that speak ASGI are one."""
    return "asgi" if BY_KIND[kind].is_asgi else kind


def rank(kind: str) -> int:
    """The place of a kind in the table."""
    return FRAMEWORKS.index(BY_KIND[kind])


def kind_made_by(name: str) -> str:
    """The kind of app that a call of a dotted name gives, or ""."""
    return _MAKERS.get(name, "")


def kind_of_method(name: str, imports: Collection[str]) -> str:
    """The kind of app that a call of a method gives, or "".

    :param name: the method's name
    :param imports: dotted names of what the module imports
    """
    packages = {imported.partition(".")[0] for imported in imports}
    for row in FRAMEWORKS:
        if name in row.methods and (not row.has_package or row.kind in packages):
            return row.kind
    return ""


def is_copied(name: str) -> bool:
    """Whether a module of that name in a project is a copy of a framework."""
    return name in BY_KIND and BY_KIND[name].is_copied


def is_known_package(name: str) -> bool:
    """Whether a dotted name belongs to a package of the table."""
    return name.partition(".")[0] in _KNOWN_PACKAGES


def is_other(name: str) -> bool:
    """Whether a dotted name from outside belongs to something that is no WSGI framework."""
    return name.partition(".")[0] in _OTHER_PACKAGES or "asgi" in name.lower()
