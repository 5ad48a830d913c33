"""``app.config``: a dict that can fill itself from objects, files, mappings and the environment.

Thread: filled while the application is set up; afterwards only read, so any thread may.
Source: Flask's documentation of "Configuration Handling"; keys and method names are the same.
"""

from __future__ import annotations

import errno
import json
import os
import typing as t
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType

from werkzeug.utils import import_string

V = t.TypeVar("V")


def get_debug_flag() -> bool:
    """Return whether the environment asks for debug mode.

    :return: True when ``FLASK_DEBUG`` is set to something other than 0, false or no.
    """
    return os.environ.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}


def default_config() -> dict[str, t.Any]:
    """Return a fresh copy of every key the framework itself reads, with its default."""
    return {
        "DEBUG": None,
        "TESTING": False,
        "PROPAGATE_EXCEPTIONS": None,
        "TRAP_HTTP_EXCEPTIONS": False,
        "TRAP_BAD_REQUEST_ERRORS": None,
        "SECRET_KEY": None,
        "SECRET_KEY_FALLBACKS": None,
        "SESSION_COOKIE_NAME": "session",
        "SESSION_COOKIE_DOMAIN": None,
        "SESSION_COOKIE_PATH": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": False,
        "SESSION_COOKIE_PARTITIONED": False,
        "SESSION_COOKIE_SAMESITE": None,
        "SESSION_REFRESH_EACH_REQUEST": True,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
        "MAX_COOKIE_SIZE": 4093,
        "USE_X_SENDFILE": False,
        "SEND_FILE_MAX_AGE_DEFAULT": None,
        "TRUSTED_HOSTS": None,
        "SERVER_NAME": None,
        "APPLICATION_ROOT": "/",
        "PREFERRED_URL_SCHEME": "http",
        "MAX_CONTENT_LENGTH": None,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 1_000,
        "TEMPLATES_AUTO_RELOAD": None,
        "PROVIDE_AUTOMATIC_OPTIONS": True,
    }


class ConfigAttribute(t.Generic[V]):
    """An attribute of the application that is stored under a key of its config.

    :param key: the key in ``app.config``.
    :param convert: applied to the stored value on each read.
    """

    def __init__(self, key: str, convert: Callable[[t.Any], V] | None = None) -> None:
        self.key = key
        self.convert = convert

    def __get__(self, obj: t.Any, owner: type | None = None) -> V:
        value = obj.config[self.key]
        return value if self.convert is None else self.convert(value)

    def __set__(self, obj: t.Any, value: t.Any) -> None:
        obj.config[self.key] = value


class Config(dict[str, t.Any]):
    """The configuration of one application.

    Only upper-case names are taken over from objects, files and keyword arguments, so a
    configuration file may use lower-case names for its own work.

    :param root_path: relative file names are looked up here.
    :param defaults: the values to begin with.
    """

    def __init__(
        self, root_path: str | os.PathLike[str], defaults: Mapping[str, t.Any] | None = None
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def _locate(self, filename: str | os.PathLike[str]) -> Path:
        return Path(self.root_path) / filename

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file whose name an environment variable holds.

        :param variable_name: the environment variable.
        :param silent: return False instead of raising when it is not set or the file is missing.
        :return: whether a file was loaded.
        :raises RuntimeError: when the variable is not set.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set. Set it to the path of a"
            " Python configuration file, or call from_envvar(..., silent=True)."
        )

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file and take over its upper-case names.

        :param filename: relative to ``root_path`` or absolute.
        :param silent: return False when there is no such file.
        :return: whether the file was loaded.
        :raises OSError: when the file cannot be read.
        """
        path = self._locate(filename)
        module = ModuleType("config")
        module.__file__ = str(path)
        try:
            source = path.read_bytes()
        except OSError as error:
            if silent and error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
                return False
            error.strerror = f"Could not load the configuration file ({error.strerror})"
            raise
        exec(compile(source, path, "exec"), module.__dict__)
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take over the upper-case attributes of an object.

        :param obj: a module, a class, an instance, or the dotted import name of one.
        """
        source = import_string(obj) if isinstance(obj, str) else obj
        self.update((name, getattr(source, name)) for name in dir(source) if name.isupper())

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[t.IO[t.Any]], Mapping[str, t.Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Load a data file, for example ``from_file("c.toml", load=tomllib.load, text=False)``.

        :param filename: relative to ``root_path`` or absolute.
        :param load: gets the open file and returns a mapping.
        :param silent: return False when there is no such file.
        :param text: open as text (``json.load``) or as bytes (``tomllib.load``).
        :return: whether the file was loaded.
        :raises OSError: when the file cannot be read.
        """
        path = self._locate(filename)
        try:
            stream: t.IO[t.Any] = path.open(encoding="utf-8") if text else path.open("rb")
            with stream:
                values = load(stream)
        except OSError as error:
            if silent and error.errno in (errno.ENOENT, errno.EISDIR):
                return False
            error.strerror = f"Could not load the configuration file ({error.strerror})"
            raise
        return self.from_mapping(values)

    def from_mapping(self, mapping: Mapping[str, t.Any] | None = None, **kwargs: t.Any) -> bool:
        """Take over the upper-case keys of a mapping and of the keyword arguments.

        :return: always True, so that the ``from_*`` methods read alike.
        """
        for key, value in {**(mapping or {}), **kwargs}.items():
            if key.isupper():
                self[key] = value
        return True

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], t.Any] = json.loads
    ) -> bool:
        """Take over the environment variables that begin with ``PREFIX_``.

        A value that ``loads`` understands is converted, any other stays text. Two underscores
        in a row step into a nested dict: ``FLASK_DB__HOST=x`` sets ``config["DB"]["HOST"]``.

        :param prefix: without the underscore.
        :param loads: converts the text of a value.
        :return: always True.
        """
        start = f"{prefix}_"
        for variable in sorted(name for name in os.environ if name.startswith(start)):
            text = os.environ[variable]
            try:
                value = loads(text)
            except Exception:
                value = text
            *parents, last = variable[len(start) :].split("__")
            target: dict[str, t.Any] = self
            for parent in parents:
                target = target.setdefault(parent, {})
            target[last] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, t.Any]:
        """Return the options whose keys begin with a prefix, for example to use as ``**kwargs``.

        :param namespace: the prefix, such as ``"MAIL_"``.
        :param lowercase: lower-case the keys of the result.
        :param trim_namespace: leave the prefix out of the keys of the result.
        """
        found = {}
        for key, value in self.items():
            if key.startswith(namespace):
                name = key[len(namespace) :] if trim_namespace else key
                found[name.lower() if lowercase else name] = value
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"
