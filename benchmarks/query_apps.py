"""Apps whose one view sends 20 queries to SQLite: Flask with SQLAlchemy's ORM, with
Flask-SQLAlchemy, and Django; the latter two also with the tools that show such queries in the page.

Each is made in the process of a server, of a database in a folder of its own. Answers are pages, as
those tools want them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask

__all__ = [
    "ANSWER",
    "QUERIES",
    "django_app",
    "django_silk_app",
    "django_toolbar_app",
    "flask_sqlalchemy_app",
    "flask_toolbar_app",
    "sqlalchemy_app",
]

QUERIES = 20
_NAMES = [f"item {number}" for number in range(1, QUERIES + 1)]


def _page(names: list[str]) -> str:
    return f"<!doctype html><html><body>{', '.join(names)}</body></html>"


ANSWER = _page(_NAMES).encode()
"""What all answer with, where no tool has put something into it."""


def sqlalchemy_app(folder: Path) -> Any:
    """A Flask app with a session for each request."""
    from sqlalchemy import Column, Integer, String, create_engine, select
    from sqlalchemy.orm import Session, declarative_base

    base: Any = declarative_base()

    class Item(base):
        __tablename__ = "item"
        id = Column(Integer, primary_key=True)
        name = Column(String)

    engine = create_engine(f"sqlite:///{folder / 'items.sqlite'}")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Item(name=name) for name in _NAMES])
        session.commit()
    app = Flask(__name__)

    @app.get("/queries")
    def queries() -> str:
        with Session(engine) as session:
            return _page([
                session.scalars(select(Item).where(Item.id == number)).one().name
                for number in range(1, QUERIES + 1)
            ])  # fmt: skip

    return app


def flask_sqlalchemy_app(folder: Path) -> Any:
    """The same through Flask-SQLAlchemy, in Flask's debug mode."""
    return _flask(folder)


def flask_toolbar_app(folder: Path) -> Any:
    """The same with Flask-DebugToolbar, as its documentation sets it up."""
    app = _flask(folder, SQLALCHEMY_RECORD_QUERIES=True)
    from flask_debugtoolbar import DebugToolbarExtension

    DebugToolbarExtension(app)
    return app


def _flask(folder: Path, **options: Any) -> Any:
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.debug = True
    app.config.update(
        SECRET_KEY="x", SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'items.sqlite'}", **options
    )
    database = SQLAlchemy(app)
    base: Any = database.Model

    class Item(base):
        id = database.Column(database.Integer, primary_key=True)
        name = database.Column(database.String)

    with app.app_context():
        database.create_all()
        database.session.add_all([Item(name=name) for name in _NAMES])
        database.session.commit()

    @app.get("/queries")
    def queries() -> str:
        select = database.select(Item)
        return _page([
            database.session.scalars(select.where(Item.id == number)).one().name
            for number in range(1, QUERIES + 1)
        ])  # fmt: skip

    return app


def django_app(folder: Path) -> Any:
    """Django's handler, with one view."""
    return _django(folder)


def django_toolbar_app(folder: Path) -> Any:
    """The same with Django Debug Toolbar, as its documentation sets it up."""
    return _django(
        folder,
        INSTALLED_APPS=["django.contrib.staticfiles", "debug_toolbar"],
        MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware"],
        DEBUG_TOOLBAR_CONFIG={"SHOW_TOOLBAR_CALLBACK": lambda request: True},
        included=("__debug__/", "debug_toolbar.urls"),
    )


def django_silk_app(folder: Path) -> Any:
    """The same with django-silk, as its documentation sets it up."""
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "silk"]
    return _django(
        folder,
        INSTALLED_APPS=apps,
        MIDDLEWARE=["silk.middleware.SilkyMiddleware"],
        included=("silk/", "silk.urls"),
    )


def _django(folder: Path, included: tuple[str, str] | None = None, **options: Any) -> Any:
    """
    :param included: the path and the module of further URLs
    :param options: settings
    """
    import django
    from django.conf import settings

    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "items.sqlite",
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": database},
        DEBUG=True,
        ROOT_URLCONF=__name__,
        SECRET_KEY="x",
        STATIC_URL="static/",
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        **options,
    )
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.db import connection, models
    from django.http import HttpRequest, HttpResponse
    from django.urls import include, path

    class Item(models.Model):
        name = models.TextField()

        class Meta:
            app_label = "benchmarks"

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Item)
    items: Any = Item._default_manager
    items.bulk_create([Item(name=name) for name in _NAMES])

    def queries(request: HttpRequest) -> HttpResponse:
        numbers = range(1, QUERIES + 1)
        return HttpResponse(_page([items.get(pk=number).name for number in numbers]))

    urlpatterns.append(path("queries", queries))
    if included is not None:
        urlpatterns.append(path(included[0], include(included[1])))
    return WSGIHandler()


urlpatterns: list[Any] = []
"""Django's, of :func:`django_app`."""
