"""The variables a project wants: from ``.flaskenv``, ``.env``, a named file, and the form.

As ``flask run`` has it: each later one wins over the earlier, and none of them over what is in the
environment already. The variables of the form are the exception: they were typed for this project
and this program, so they win over everything.

The values are secrets as often as not: none appears in a message.

Thread: any; reads a few small files. Read again at each start, restart and reload.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from server.errors import ConfigError, why_refused

from .boundary import is_foreign
from .reading import is_folder

__all__ = [
    "DEFAULT_FILES",
    "env_files",
    "format_variables",
    "parse_variables",
    "project_environment",
]

DEFAULT_FILES = (".flaskenv", ".env")
_LIMIT = 1_000_000
_PAIR = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_WORD = re.compile(r"""(?<!\S)[A-Za-z_][A-Za-z0-9_]*=(?:"[^"]*"|'[^']*'|[^\s"']\S*)?(?!\S)""")


def project_environment(
    project: Path,
    env_file: str = "",
    extra: Iterable[str] = (),
    base: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables to set for a project's app, beside those that are set already.

    :param project: the project's folder; the two default files are searched from here upwards
    :param env_file: a further file, named from the project's folder; "" for none
    :param extra: ``NAME=value`` each, as in ``ServerConfig.env``; these win over all
    :param base: what is set already; ``os.environ`` by default. To read again while an app runs in
        this process, give what ``os.environ`` was before its variables were set.
    :raises ConfigError: the named file isn't there, or a file can't be read
    """
    known = dict(os.environ if base is None else base)
    found: dict[str, str | None] = {}
    for file in env_files(project, env_file):
        found.update(_read(file, known))
    result = {
        name: value for name, value in found.items() if value is not None and name not in known
    }
    for line in extra:
        name, _, value = line.partition("=")
        result[name.strip()] = value
    return result


def env_files(project: Path, env_file: str = "") -> list[Path]:
    """The files that are read, the weakest first. A change of one of them changes the app.

    One above the project is skipped where somebody else owns it: ``/tmp/.env`` would set
    variables for every project below ``/tmp``.

    :raises ConfigError: the named file isn't there
    """
    folder = Path(os.path.abspath(project.expanduser()))  # noqa: PTH100 - links stay links
    owner = [folder.stat().st_uid] if folder.is_dir() else []
    files: list[Path] = []
    for name in DEFAULT_FILES:
        line = (above / name for above in (folder, *folder.parents))
        found = next(filter(_is_file, line), None)
        if found is not None and (found.parent == folder or not is_foreign(found, *owner)):
            files.append(found)
    named = None
    if env_file:
        named = folder / Path(env_file).expanduser()
        if not _is_file(named):
            is_there = (
                "is a folder: name a file" if is_folder(named) else "is not there: check the path"
            )
            raise ConfigError("env_file", f"The environment file {named} {is_there}.")
    return files if named is None else [*files, named]


def parse_variables(text: str) -> tuple[str, ...]:
    """Variables as a person types them, as ``NAME=value`` each.

    One to a line, or several on a line that consists of nothing else, with blanks between them;
    quotes around a value go, empty lines and those that begin with ``#`` too.

    :raises ConfigError: a line is no such thing; it is named by its number, not by its content
    """
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        if not _PAIR.fullmatch(line):
            raise ConfigError(
                "env", f"Line {number} of Environment can't be read: write it as NAME=value."
            )
        found += _split(line)
    return tuple(found)


def format_variables(variables: Iterable[str]) -> str:
    """Variables as :func:`parse_variables` reads them back, one to a line."""
    lines = []
    for line in variables:
        name, _, value = line.partition("=")
        spellings = (line, f'{name}="{value}"', f"{name}='{value}'")
        lines.append(next((text for text in spellings if _split(text.strip()) == [line]), line))
    return "\n".join(lines)


def _split(line: str) -> list[str]:
    """The variables on one line: several where it consists of such, else one with all the rest."""
    words = _WORD.findall(line)
    several = len(words) > 1 and not _WORD.sub("", line).strip()
    return [_unquoted(word) for word in (words if several else [line])]


def _unquoted(line: str) -> str:
    name, _, value = line.partition("=")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return f"{name}={value}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_fifo()
    except (OSError, ValueError):
        return False


def _read(file: Path, known: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """A file's variables, in order; those it refers to, as in ``${NAME}``, are filled in."""
    try:
        from dotenv.main import DotEnv
        from dotenv.variables import parse_variables as parse
    except ImportError:
        raise ConfigError(
            "env_file",
            f"{file} can't be read: install python-dotenv beside ServeDeck, or move the file away.",
        ) from None
    try:
        if file.is_file() and file.stat().st_size > _LIMIT:
            raise ConfigError("env_file", f"{file} is too large for an environment file.")
        pairs = list(DotEnv(file, encoding="utf-8", interpolate=False).parse())
    except UnicodeDecodeError:
        raise ConfigError("env_file", f"{file} can't be read: it is not UTF-8 text.") from None
    except OSError as error:
        raise ConfigError("env_file", f"{file} can't be read: {why_refused(error)}.") from None
    if any("\0" in name + (value or "") for name, value in pairs):
        raise ConfigError("env_file", f"{file} can't be read: it holds bytes that are no text.")
    names: dict[str, str | None] = dict(known)
    for name, value in pairs:
        if value is not None:
            value = "".join(atom.resolve(names) for atom in parse(value))
        names[name] = value
        yield name, value
