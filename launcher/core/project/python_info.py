"""What one Python is: its version, where its packages are, and what is wrong with it.

Read from the disk wherever the disk has it. An interpreter is run only where nothing else knows its
version, and only where it is the system's or the user's: never one that a file of the project
names or that belongs to its repository (see ``boundary``), and never one of a virtual
environment, whose settings decide what it loads. So looking at a project runs nothing of it.

Thread: any; it reads files and may wait some seconds for a process: keep it off the GUI thread.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from server.base.values import dataclass
from server.errors import why_refused

from .boundary import belongs
from .reading import exists, is_file, is_folder, listed, read_text

__all__ = [
    "OLDEST",
    "PythonInfo",
    "installed",
    "look_at",
    "python_in",
    "venv_settings",
]

OLDEST = (3, 9)
"""The oldest Python that ``server/`` runs on."""

_RUN_SECONDS = 5.0
_PYTHON_NAME = re.compile(r"(?:python|pypy|graalpy)[\d.]*[a-z]{0,2}(?:\.exe)?", re.IGNORECASE)
_VERSION = re.compile(r"(\d{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?")
_BUILD = re.compile(r"(?:cpython|pypy|graalpy)-(\d+\.\d+\.\d+)[-+].*")  # as uv and PDM call theirs
_CONDA_PYTHON = re.compile(r"python-(\d+\.\d+\.\d+)-.*\.json")
_LIBRARY = re.compile(r"(?:python|pypy)3\.\d+t?")


@dataclass(frozen=True)
class PythonInfo:
    """One Python, as far as it is known.

    :param version: such as ``"3.11.7"``; "" where it isn't known
    :param prefix: the folder of the environment, or None where there is no interpreter
    :param packages: the folders its packages are in
    :param is_venv: a virtual environment, as opposed to an installation
    :param is_conda: an environment of conda
    :param problem: why it can't be used, one sentence; else ""
    """

    version: str = ""
    prefix: Path | None = None
    packages: tuple[Path, ...] = ()
    is_venv: bool = False
    is_conda: bool = False
    problem: str = ""


def python_in(environment: Path) -> Path:
    """The interpreter of an environment's folder; where it has to be, if there is none."""
    names = ("Scripts/python.exe", "python.exe", "bin/python", "bin/python3")
    order = names if os.name == "nt" else (*names[2:], *names[:2])
    candidates = [environment / name for name in order]
    return next((path for path in candidates if os.path.lexists(path)), candidates[0])


def look_at(
    python: Path,
    project: Path | None = None,
    *,
    by_project: bool = False,
    home: Path | None = None,
) -> PythonInfo:
    """Describe what an interpreter is.

    :param python: its path; links are not followed, since a venv's interpreter is one
    :param project: the folder that was opened; nothing that belongs to its repository is run
    :param by_project: a file of the project names it, so it isn't run wherever it lies
    :param home: the user's home folder, by default this user's
    """
    prefix = _prefix(python)
    if not exists(python):
        return PythonInfo(problem=_why_missing(python, prefix))
    if is_folder(python):
        return PythonInfo(problem=f"{python} is a folder, not an interpreter.")
    if not os.access(python, os.X_OK):
        return PythonInfo(problem=f"{python} is not executable.")
    settings = venv_settings(prefix)
    is_venv = settings is not None
    is_conda = is_folder(prefix / "conda-meta")
    version, problem = _version_on_disk(python, prefix, settings), ""
    if not version:
        is_projects = project is not None and belongs(python.absolute(), project, home)
        if not (is_venv or by_project or is_projects):
            version, problem = _version_by_running(python)
        if not version and not problem:
            version = _version_by_names(python, prefix)
    parts = tuple(int(part) for part in version.split(".")) if version else ()
    if parts and parts[:2] < OLDEST:
        needed = ".".join(map(str, OLDEST))
        problem = f"Python {version} is too old: ServeDeck needs {needed} or newer."
    packages = tuple(_packages(prefix, settings, version))
    return PythonInfo(version, prefix, packages, is_venv, is_conda, problem)


def installed(packages: tuple[Path, ...], name: str) -> str | None:
    """The version of an installed package, "" where it is there without one, None if it isn't.

    :param name: as it is imported and, but for its case, distributed; such as ``flask``
    """
    wanted = name.lower()
    for folder in packages:
        entries = {path.name for path in listed(folder)}
        for entry in entries:
            stem, _, rest = entry.partition("-")
            if stem.lower() == wanted and entry.endswith((".dist-info", ".egg-info")):
                version = rest.removesuffix(".dist-info").removesuffix(".egg-info")
                return re.sub(r"-py\d.*", "", version)
        if wanted in entries or f"{wanted}.py" in entries:
            return ""
    return None


def _prefix(python: Path) -> Path:
    """The environment that an interpreter belongs to."""
    folder = python.parent
    return folder.parent if folder.name.lower() in ("bin", "scripts") else folder


def _why_missing(python: Path, prefix: Path) -> str:
    if os.path.islink(python):  # noqa: PTH114
        target = os.readlink(python)  # noqa: PTH115
        return f"Its Python is gone: {python} leads to {target}, which is not there."
    if prefix != python.parent and is_folder(prefix):
        return f"There is no Python in {prefix}."
    return f"There is no Python at {python}."


def venv_settings(prefix: Path) -> dict[str, str] | None:
    """The content of ``pyvenv.cfg``, or None where this is no virtual environment."""
    file = prefix / "pyvenv.cfg"
    if not is_file(file):
        return None
    pairs = (line.partition("=") for line in read_text(file).splitlines() if "=" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _version_on_disk(python: Path, prefix: Path, settings: dict[str, str] | None) -> str:
    """The version as a tool has written it down, or ""."""
    if settings is not None:  # venv writes "version", virtualenv and uv "version_info"
        configured = settings.get("version") or settings.get("version_info") or ""
        return _dotted(configured)
    for path in listed(prefix / "conda-meta"):
        match = _CONDA_PYTHON.fullmatch(path.name)
        if match:
            return match.group(1)
    if prefix.parent.name == "versions":  # pyenv's
        return _dotted(prefix.name) if _VERSION.fullmatch(prefix.name) else ""
    if prefix == Path(sys.prefix):
        return _own_version()
    match = _BUILD.fullmatch(_prefix(Path(os.path.realpath(python))).name)
    return match.group(1) if match else ""


def _version_by_names(python: Path, prefix: Path) -> str:
    """The version, without its last part, as the names of files have it, or ""."""
    for name in (python.name, os.path.basename(os.path.realpath(python))):  # noqa: PTH119
        match = _PYTHON_NAME.fullmatch(name) and _VERSION.search(name)
        if match:
            return _dotted(match.group())
    libraries = [path.name for path in listed(prefix / "lib") if _LIBRARY.fullmatch(path.name)]
    match = _VERSION.search(libraries[0]) if len(libraries) == 1 else None
    return _dotted(match.group()) if match else ""


def _own_version() -> str:
    return "{}.{}.{}".format(*sys.version_info[:3])


def _dotted(text: str) -> str:
    match = _VERSION.match(text)
    return ".".join(part for part in match.groups() if part) if match else ""


class _Versions:
    """What interpreters printed when they were run, until they change."""

    lock = threading.Lock()
    known: dict[tuple[str, int], tuple[str, str]] = {}


def _version_by_running(python: Path) -> tuple[str, str]:
    """The version as the interpreter reports it, and why there is none.

    It is run only if it is called as an interpreter is.
    """
    real = Path(os.path.realpath(python))
    if not _PYTHON_NAME.fullmatch(real.name):
        return "", ""
    try:
        key = (str(python), real.stat().st_mtime_ns)
    except OSError as error:
        return "", f"{python} can't be read: {why_refused(error)}."
    with _Versions.lock:
        if key in _Versions.known:
            return _Versions.known[key]
    answer = _ask(python)
    with _Versions.lock:
        _Versions.known[key] = answer
    return answer


def _ask(python: Path) -> tuple[str, str]:
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [str(python.absolute()), "-I", "-S", "-c", code],
            cwd=os.sep,  # a pyenv's shim reads what the current folder wants
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environ,
            timeout=_RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"{python} did not answer within {_RUN_SECONDS:.0f} seconds."
    except (OSError, ValueError) as error:
        return "", f"{python} can't be run: {why_refused(error)}."
    version = _dotted(done.stdout.decode("ascii", "replace").strip())
    if version:
        return version, ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if lines and "Unknown option: -I" in lines[0]:
        return "", "It is a Python 2: ServeDeck needs 3.9 or newer."
    return "", f"{python} can't be run" + (f": {lines[0][:200]}" if lines else ".")


def _packages(prefix: Path, settings: dict[str, str] | None, version: str) -> Iterator[Path]:
    """The folders of packages, those that come first on ``sys.path`` in front."""
    seen: set[Path] = set()
    for folder in _all_packages(prefix, settings, version):
        if folder not in seen and is_folder(folder):
            seen.add(folder)
            yield folder


def _all_packages(prefix: Path, settings: dict[str, str] | None, version: str) -> Iterator[Path]:
    minor = ".".join(version.split(".")[:2])
    yield from _in_prefix(prefix, minor)
    if settings is not None:
        if settings.get("include-system-site-packages", "").lower() != "true":
            return
        home = Path(settings.get("home", ""))
        prefix = home.parent if home.name.lower() in ("bin", "scripts") else home
        yield from _in_prefix(prefix, minor)
    if minor:
        yield Path.home() / ".local" / "lib" / f"python{minor}" / "site-packages"
    if prefix == Path("/usr"):  # as Debian has it
        yield Path(f"/usr/local/lib/python{minor}/dist-packages")
        yield Path("/usr/lib/python3/dist-packages")


def _in_prefix(prefix: Path, minor: str) -> Iterator[Path]:
    if minor:
        yield prefix / "lib" / f"python{minor}" / "site-packages"
        yield prefix / "lib64" / f"python{minor}" / "site-packages"
    yield prefix / "Lib" / "site-packages"
    # PyPy, free-threaded builds, and interpreters whose version isn't known.
    for path in sorted(listed(prefix / "lib")):
        if _LIBRARY.fullmatch(path.name) and (not minor or path.name.rstrip("t").endswith(minor)):
            yield path / "site-packages"
