"""Which distribution brings a module. Pure; any thread.

To install a distribution is to run its code, so a name counts as known only where it stands in the
tables here, which hold what web projects import, or where the project itself names it. Everything
else is a guess, which is shown and never run: a wrong one may well exist, and be somebody's trap.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Collection

__all__ = [
    "guessed_distribution",
    "is_distributed",
    "is_namespace",
    "is_often_own",
    "known_distribution",
    "name_in_traceback",
    "normalized",
    "similar_module",
]

_NAMES = {
    "attr": "attrs",
    "authlib": "Authlib",
    "babel": "Babel",
    "bs4": "beautifulsoup4",
    "bson": "pymongo",
    "allauth": "django-allauth",
    "cairo": "pycairo",
    "cairosvg": "CairoSVG",
    "chameleon": "Chameleon",
    "corsheaders": "django-cors-headers",
    "crispy_forms": "django-crispy-forms",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "debug_toolbar": "django-debug-toolbar",
    "decouple": "python-decouple",
    "django": "Django",
    "django_extensions": "django-extensions",
    "django_filters": "django-filter",
    "discord": "discord.py",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "email_validator": "email-validator",
    "environ": "django-environ",
    "factory": "factory_boy",
    "faiss": "faiss-cpu",
    "faker": "Faker",
    "fitz": "PyMuPDF",
    "flask": "Flask",
    "flask_admin": "Flask-Admin",
    "flask_babel": "Flask-Babel",
    "flask_bcrypt": "Flask-Bcrypt",
    "flask_caching": "Flask-Caching",
    "flask_cors": "Flask-Cors",
    "flask_debugtoolbar": "Flask-DebugToolbar",
    "flask_httpauth": "Flask-HTTPAuth",
    "flask_jwt_extended": "Flask-JWT-Extended",
    "flask_limiter": "Flask-Limiter",
    "flask_login": "Flask-Login",
    "flask_mail": "Flask-Mail",
    "flask_marshmallow": "flask-marshmallow",
    "flask_migrate": "Flask-Migrate",
    "flask_restful": "Flask-RESTful",
    "flask_restx": "flask-restx",
    "flask_session": "Flask-Session",
    "flask_socketio": "Flask-SocketIO",
    "flask_sqlalchemy": "Flask-SQLAlchemy",
    "flask_talisman": "flask-talisman",
    "flask_wtf": "Flask-WTF",
    "gi": "PyGObject",
    "git": "GitPython",
    "github": "PyGithub",
    "gitlab": "python-gitlab",
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.firestore": "google-cloud-firestore",
    "google.cloud.storage": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "graphene_django": "graphene-django",
    "grpc": "grpcio",
    "guardian": "django-guardian",
    "import_export": "django-import-export",
    "jinja2": "Jinja2",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "mako": "Mako",
    "markdown": "Markdown",
    "markupsafe": "MarkupSafe",
    "memcache": "python-memcached",
    "mpl_toolkits": "matplotlib",
    "mptt": "django-mptt",
    "multipart": "python-multipart",
    "mysql.connector": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "nacl": "PyNaCl",
    "OpenSSL": "pyOpenSSL",
    "paste.deploy": "PasteDeploy",
    "PIL": "Pillow",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "prometheus_client": "prometheus-client",
    "psycopg2": "psycopg2-binary",
    "pydantic_settings": "pydantic-settings",
    "pygments": "Pygments",
    "pymysql": "PyMySQL",
    "pythoncom": "pywin32",
    "requests_oauthlib": "requests-oauthlib",
    "rest_framework": "djangorestframework",
    "rest_framework_simplejwt": "djangorestframework-simplejwt",
    "ruamel.yaml": "ruamel.yaml",
    "sentry_sdk": "sentry-sdk",
    "serial": "pyserial",
    "silk": "django-silk",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slack_sdk": "slack-sdk",
    "slugify": "python-slugify",
    "snowflake.connector": "snowflake-connector-python",
    "socketio": "python-socketio",
    "sqlalchemy": "SQLAlchemy",
    "storages": "django-storages",
    "taggit": "django-taggit",
    "telegram": "python-telegram-bot",
    "tortoise": "tortoise-orm",
    "unidecode": "Unidecode",
    "usb": "pyusb",
    "weasyprint": "WeasyPrint",
    "webob": "WebOb",
    "webtest": "WebTest",
    "werkzeug": "Werkzeug",
    "win32api": "pywin32",
    "win32com": "pywin32",
    "wx": "wxPython",
    "wtforms": "WTForms",
    "xlsxwriter": "XlsxWriter",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
    "zope.interface": "zope.interface",
    "zope.sqlalchemy": "zope.sqlalchemy",
}

# What is distributed under the very name it is imported by.
_SAME = frozenset({
    "aiohttp", "aiosqlite", "alembic", "altair", "anthropic", "anyio", "apispec", "arrow",
    "asgiref", "asyncpg", "attrs", "bcrypt", "bleach", "blinker", "bokeh", "boto3", "botocore",
    "bottle", "cachetools", "celery", "certifi", "channels", "chardet", "click", "cloudpickle",
    "colander", "colorama", "cryptography", "dash", "databases", "deform", "dill", "diskcache",
    "docutils", "elasticsearch", "eventlet", "falcon", "fastapi", "feedparser", "flower",
    "folium", "freezegun", "fsspec", "ftfy", "gensim", "geopy", "gevent", "gradio", "graphene",
    "greenlet", "gunicorn", "h11", "html5lib", "httpbin", "httpcore", "httpx", "humanize",
    "hypercorn", "hypothesis", "idna", "invoke", "itsdangerous", "joblib", "jsonschema",
    "keras", "kombu", "langdetect", "lark", "ldap3", "lightgbm", "loguru", "lxml", "markdown2",
    "marshmallow", "matplotlib", "mistune", "mongoengine", "motor", "msgpack", "networkx",
    "nh3", "nltk", "numpy", "oauthlib", "openai", "openpyxl", "orjson", "pandas", "paramiko",
    "passlib", "pdfplumber", "peewee", "pendulum", "phonenumbers", "playwright", "plotly",
    "pony", "psutil", "psycopg", "pyarrow", "pycountry", "pydantic", "pymongo", "pyotp",
    "pyparsing", "pypdf", "pyramid", "pytest", "pytz", "qrcode", "rapidfuzz", "redis", "regex",
    "reportlab", "requests", "responses", "rich", "rq", "scipy", "seaborn", "selenium",
    "sendgrid", "shapely", "simplejson", "six", "spacy", "sqlmodel", "starlette", "statsmodels",
    "streamlit", "stripe", "structlog", "sympy", "tabulate", "tensorflow", "termcolor",
    "textblob", "tiktoken", "toml", "tomli", "tomlkit", "torch", "tornado", "tqdm",
    "transaction", "transformers", "trio", "twilio", "typer", "ujson", "urllib3", "uvicorn",
    "validators", "waitress", "watchdog", "watchfiles", "webargs", "websockets", "whitenoise",
    "wordcloud", "xgboost", "xlrd", "zeep",
})  # fmt: skip

# Several distributions bring the same module: the one that the project names is the right one.
_ALTERNATIVES = {
    "cv2": ("opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "Crypto": ("pycrypto",),
    "PIL": ("pillow-simd",),
    "environ": ("environ-config",),
    "faiss": ("faiss-gpu",),
    "magic": ("python-magic-bin", "file-magic"),
    "slugify": ("awesome-slugify",),
}

# Shared by many distributions, each of which brings a part: their own name identifies nothing.
_NAMESPACES = frozenset({
    "airflow.providers", "azure", "azure.ai", "azure.mgmt", "azure.storage", "backports",
    "collective", "databricks", "dogpile", "google", "google.ads", "google.cloud", "ibm",
    "jaraco", "logilab", "mysql", "nvidia", "opentelemetry", "opentelemetry.exporter",
    "opentelemetry.instrumentation", "paste", "plone", "repoze", "ruamel", "snowflake",
    "sphinxcontrib", "zope",
})  # fmt: skip

# What projects call modules of their own.
_OFTEN_OWN = frozenset({
    "admin", "api", "app", "apps", "auth", "backend", "base", "blueprints", "client", "common",
    "conf", "config", "configuration", "constants", "controllers", "core", "database", "db",
    "decorators", "env", "errors", "exceptions", "extensions", "forms", "frontend", "handlers",
    "helpers", "lib", "libs", "local_settings", "log", "logger", "main", "manage", "middleware",
    "migrations", "model", "models", "plugins", "project", "routes", "schema", "schemas",
    "scripts", "service", "services", "settings", "setup", "shared", "src", "tasks",
    "templates", "test", "tests", "tools", "urls", "util", "utils", "utilities", "views", "web",
    "wsgi",
})  # fmt: skip

# What was a part of Python up to some version; the newest Python's own list doesn't name it.
_ONCE_STANDARD = {
    "aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt",
    "distutils", "formatter", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib",
    "ossaudiodev", "parser", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib",
    "uu", "xdrlib",
}  # fmt: skip
# ServeDeck's own names under which an app may be imported, and what is the user's alone to name.
_NEVER = {"server", "launcher", "framework"}


def is_distributed(module: str) -> bool:
    """Whether a module may come from a distribution at all: it is neither a part of Python, nor
    has a name that none has.

    :param module: as it is imported; may be dotted
    """
    parts = module.split(".")
    top = parts[0]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", top) or not all(map(str.isidentifier, parts)):
        return False
    return not (top in sys.stdlib_module_names or top in _ONCE_STANDARD or top in _NEVER)


def known_distribution(module: str, declared: Collection[str] = ()) -> str:
    """The distribution that has a module, where that is known; else "".

    :param module: as it is imported; may be dotted
    :param declared: what the project needs by its own files, normalized
    """
    if not is_distributed(module):
        return ""
    parents = _parents(module)
    for name in parents:
        if normalized(name) in declared and name not in _NAMESPACES:
            return normalized(name)
        for other in _ALTERNATIVES.get(name, ()):
            if other in declared:
                return other
    for name in parents:
        if name in _NAMES:
            return _NAMES[name]
    top = parents[-1]
    return top if top in _SAME else ""


def guessed_distribution(module: str) -> str:
    """What a module's distribution may be called, to be shown and never run; "" for no idea.

    :param module: as it is imported; may be dotted
    """
    if not is_distributed(module) or is_namespace(module):
        return ""
    parents = _parents(module)
    below = [name for name in parents if name.rpartition(".")[0] in _NAMESPACES]
    return normalized(below[0]) if below else parents[-1]


def is_namespace(module: str) -> bool:
    """Whether many distributions share a package, so that its name leads to none of them."""
    return module in _NAMESPACES


def is_often_own(module: str) -> bool:
    """Whether projects commonly have a module of this name themselves."""
    return module.partition(".")[0].lower() in _OFTEN_OWN


def similar_module(module: str, declared: Collection[str] = ()) -> str:
    """A known module whose name is nearly the same, which may have been meant; "" for none.

    :param declared: what the project needs by its own files, normalized
    """
    top = module.partition(".")[0]
    if is_often_own(top):
        return ""
    own = {name.replace("-", "_") for name in declared}
    known = {name for name in {*_SAME, *_NAMES, *own} if "." not in name}
    return next(iter(difflib.get_close_matches(top, sorted(known - {top}), 1, 0.8)), "")


def name_in_traceback(module: str, traceback: str) -> str:
    """The module that an import was really about, where only its namespace is called missing.

    :param module: as in ``ModuleNotFoundError.name``, such as ``google``
    :param traceback: ends with the line of the import, such as ``from google.cloud import storage``
    """
    if not is_namespace(module):
        return module
    inner = rf"{re.escape(module)}(?:\.\w+)*"
    pattern = re.compile(
        rf"^\s*(?:from\s+({inner})\s+import\s+\(?\s*(\w+)|import\s+({inner})\b)", re.MULTILINE
    )
    found = list(pattern.finditer(traceback))
    if not found:
        return module
    package, name, whole = found[-1].groups()
    return str(whole or (f"{package}.{name}" if package in _NAMESPACES else package))


def normalized(name: str) -> str:
    """A distribution's name as names are compared (PyPA, "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _parents(module: str) -> list[str]:
    """A module's name and those of the packages around it, the longest first."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
