"""Which distribution brings a module, where its name alone doesn't tell. Pure; any thread.

The table holds what web projects import and what is named differently from its distribution, and
nothing that is in doubt: what is missing here is tried under the module's own name.
"""

from __future__ import annotations

import re
import sys

__all__ = ["distribution_of"]

_NAMES = {
    "attr": "attrs",
    "authlib": "Authlib",
    "babel": "Babel",
    "bs4": "beautifulsoup4",
    "cairosvg": "CairoSVG",
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
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
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
    "git": "GitPython",
    "google.cloud.storage": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "graphene_django": "graphene-django",
    "jinja2": "Jinja2",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "markdown": "Markdown",
    "markupsafe": "MarkupSafe",
    "memcache": "python-memcached",
    "multipart": "python-multipart",
    "mysql.connector": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "nacl": "PyNaCl",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "rest_framework": "djangorestframework",
    "rest_framework_simplejwt": "djangorestframework-simplejwt",
    "sentry_sdk": "sentry-sdk",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socketio": "python-socketio",
    "sqlalchemy": "SQLAlchemy",
    "storages": "django-storages",
    "taggit": "django-taggit",
    "telegram": "python-telegram-bot",
    "unidecode": "Unidecode",
    "usb": "pyusb",
    "weasyprint": "WeasyPrint",
    "werkzeug": "Werkzeug",
    "wtforms": "WTForms",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}

# What was a part of Python up to some version; the newest Python's own list doesn't name it.
_ONCE_STANDARD = {
    "aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt",
    "distutils", "formatter", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib",
    "ossaudiodev", "parser", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib",
    "uu", "xdrlib",
}  # fmt: skip
# ServeDeck's own names under which an app may be imported, and what is the user's alone to name.
_NEVER = {"server", "launcher", "framework"}


def distribution_of(module: str) -> str:
    """The name of the distribution that has a module; "" for none.

    :param module: as it is imported; may be dotted
    """
    parts = module.split(".")
    top = parts[0]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", top) or not all(map(str.isidentifier, parts)):
        return ""
    if top in sys.stdlib_module_names or top in _ONCE_STANDARD or top in _NEVER:
        return ""
    for length in range(len(parts), 0, -1):
        name = _NAMES.get(".".join(parts[:length]))
        if name:
            return name
    return top
