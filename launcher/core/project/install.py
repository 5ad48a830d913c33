"""A module is missing: what to do about it, the exact command, and its run.

To install is to run code of the one who has taken a name, so a command can be run by a button only
where the name is known: from the table of distributions, or from the project's own files. Else it
is shown, with a sentence. Nothing is offered for a module of the project itself or of Python, and
nothing is installed where that would damage a system's Python. What comes before all that: another
interpreter of the project which has the module, and the project's own tool where it has no
environment yet.

Thread: any. :func:`plan_install` looks at the disk; :meth:`Installation.run` waits for a process:
both belong on the pool thread, :meth:`Installation.cancel` and
:meth:`Installation.time_out` may be called from any.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from server.base.values import dataclass
from server.errors import why_refused

from .boundary import belongs, find_program
from .distributions import (
    guessed_distribution,
    is_distributed,
    is_namespace,
    is_often_own,
    known_distribution,
    name_in_traceback,
    similar_module,
)
from .environments import repository
from .interpreters import Interpreter, find_interpreters, is_own
from .python_info import PythonInfo, installed, look_at
from .reading import is_file, listed
from .requirements import ProjectTool, declared_names, project_tool

__all__ = ["TIMEOUT", "InstallPlan", "InstallResult", "Installation", "plan_install"]

TIMEOUT = 900.0
"""Seconds after which an installation is to be ended, by :meth:`Installation.time_out`."""

# Where conda's channels call a package otherwise than the Python index.
_CONDA_NAMES = {"opencv-python": "opencv", "psycopg2-binary": "psycopg2"}


@dataclass(frozen=True)
class InstallPlan:
    """How a missing module would get into an interpreter.

    :param module: the module that could not be imported
    :param name: the distribution that has it, such as ``PyYAML``; "" where that isn't known
    :param python: the interpreter
    :param where: what to call that in a button: ``.venv``
    :param version: the interpreter's version, or ""
    :param argv: the command that a button may run; () where there is none
    :param typed: a command that is only shown; () where there is none
    :param refusal: why there is no button and what to do instead; else ""
    :param warning: what speaks against the command; else ""
    :param tool: the project's own tool, which ``argv`` or ``typed`` runs, as ``uv sync``; else ""
    :param folder: where the command is run; by default where nothing of a project is
    :param better: another interpreter of the project, which has the module; else ""
    :param better_where: what to call that one
    """

    module: str
    name: str
    python: str
    where: str
    version: str = ""
    argv: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    refusal: str = ""
    warning: str = ""
    tool: str = ""
    folder: str = os.sep
    better: str = ""
    better_where: str = ""

    @property
    def command(self) -> str:
        """The command as it would be typed."""
        words = self.argv or self.typed
        return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)

    @property
    def explanation(self) -> str:
        """What is missing where, one sentence."""
        version = f"Python {self.version}, " if self.version else ""
        return f"{self.module} is not installed in {self.where} ({version}{self.python})."


@dataclass(frozen=True)
class InstallResult:
    """How an installation has ended.

    :param message: one sentence for the user
    """

    plan: InstallPlan
    succeeded: bool
    message: str


def plan_install(
    module: str,
    python: str,
    project: Path,
    *,
    where: str = "",
    traceback: str = "",
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> InstallPlan | None:
    """Decide what can be done about a missing module.

    :param module: as in ``ModuleNotFoundError.name``; may be dotted
    :param python: the interpreter that lacks it; "" for the one that runs ServeDeck
    :param project: the project's folder
    :param where: what to call the interpreter; by default after its environment's folder
    :param traceback: the failed import's; it shows which part of a namespace was wanted
    :param environ: where ``PATH`` and the variables of the project's tools are looked up
    :param home: where these keep their things; the user's home folder by default
    :returns: None where installing is not the answer: the module is the project's own, or a part
        of Python, or a part of a package that is there
    """
    path = Path(python or sys.executable)
    info = look_at(path, project, home=home)
    if info.problem or _is_of_project(module.partition(".")[0], project):
        return None
    if not is_distributed(module):
        return None
    module = name_in_traceback(module, traceback)
    declared = declared_names(project)
    name = known_distribution(module, declared)
    if "." in module and _is_part_of_what_is_there(module, name, info, declared):
        return None
    plan = InstallPlan(
        module=module,
        name=name,
        python=str(path),
        where=where or _call(path, info, project),
        version=info.version,
    )
    others = find_interpreters(project, environ=environ, home=home)
    better = _better(module, name, others, path)
    if better is not None:
        return replace(plan, better=better.path, better_where=better.source)
    tool = project_tool(project)
    if tool is not None and not any(map(_is_environment, others)):
        return _with_tool(plan, tool, project, environ)
    if not name:
        return _with_guess(plan, info, project, environ, declared)
    argv, refusal = _command(path, info, name, project, environ)
    return replace(plan, argv=argv, refusal=refusal, warning=_warning(path, info) if argv else "")


def _is_part_of_what_is_there(
    module: str, name: str, info: PythonInfo, declared: Collection[str]
) -> bool:
    """Whether a package is installed that simply has no such module."""
    top = module.partition(".")[0]
    if is_namespace(top):
        return False
    return name == known_distribution(top, declared) and _has(top, "", info)


def _better(
    module: str, name: str, others: Sequence[Interpreter], path: Path
) -> Interpreter | None:
    """The project's first interpreter that has the module, where another one was used."""
    for one in others:
        is_other = os.path.abspath(one.path) != os.path.abspath(path)  # noqa: PTH100
        info = look_at(Path(one.path), by_project=True)
        if is_other and _is_environment(one) and _has(module, name, info):
            return one
    return None


def _is_environment(one: Interpreter) -> bool:
    """Whether an interpreter is an environment that was made for the project."""
    if one.own or not one.usable or one.source in ("VIRTUAL_ENV", "conda base"):
        return False
    info = look_at(Path(one.path), by_project=True)
    return info.is_venv or info.is_conda


def _with_tool(
    plan: InstallPlan, tool: ProjectTool, project: Path, environ: Mapping[str, str]
) -> InstallPlan:
    """The plan to have the project's own tool make its environment."""
    named = " ".join(tool.command)
    program = find_program(tool.command[0], environ.get("PATH", ""), project)
    plan = replace(plan, tool=named, folder=str(tool.folder))
    why = f"The project has no environment yet: {named} makes it"
    if program is None:
        missing = f"but {tool.command[0]} is not in PATH"
        return replace(plan, typed=tool.command, refusal=f"{why}, {missing}.")
    return replace(plan, argv=(program, *tool.command[1:]), warning=f"{why}.")


def _with_guess(
    plan: InstallPlan,
    info: PythonInfo,
    project: Path,
    environ: Mapping[str, str],
    declared: Collection[str],
) -> InstallPlan:
    """The plan where nobody knows the name: a command to be read, and what speaks against it."""
    module, guess = plan.module, guessed_distribution(plan.module)
    if not guess:
        return replace(
            plan,
            refusal=f"Many packages share the name {module}: look up which has what is imported.",
        )
    similar = similar_module(module, declared)
    if is_often_own(module):
        doubt = (
            f"{module} is often a module of the project's own: is the project folder the right one?"
        )
    elif similar:
        doubt = f"Did you mean {similar}?"
    else:
        doubt = f"Which package brings {module} is not known for sure."
    typed, refusal = _command(Path(plan.python), info, guess, project, environ)
    if not typed:
        return replace(plan, refusal=f"{doubt} {refusal}")
    parts = (doubt, _warning(Path(plan.python), info), "If it is a package of this name:")
    return replace(plan, typed=typed, refusal=" ".join(filter(None, parts)))


def _warning(path: Path, info: PythonInfo) -> str:
    """What speaks against installing into an interpreter at all."""
    if is_own(path):
        return "This Python is ServeDeck's own: an environment of the project is the better place."
    is_base = info.prefix is not None and (info.prefix / "condabin").is_dir()
    if info.is_venv or (info.is_conda and not is_base):
        return ""
    return (
        f"{path} is no virtual environment: all programs that use it will see what is installed "
        "there."
    )


def _is_of_project(top: str, project: Path) -> bool:
    """Whether the project, or the repository it is in, has a module of this name."""
    above = repository(project)
    for folder in (*above, *_subfolders(project)):
        for root in (folder, folder / "src"):
            if (root / f"{top}.py").is_file() or (root / top / "__init__.py").is_file():
                return True
    # A folder of Python files is a package even without __init__.py.
    if any((project / part / top).is_dir() for part in ("", "src")):
        return True
    return any(path.suffix == ".py" for folder in above for path in listed(folder / top))


def _subfolders(project: Path) -> list[Path]:
    """The folders in a project that may hold its own code."""
    return [
        path
        for path in listed(project)
        if path.is_dir() and not path.name.startswith(".") and not is_file(path / "pyvenv.cfg")
    ]


def _has(module: str, name: str, info: PythonInfo) -> bool:
    """Whether an interpreter has a module, or at least its distribution."""
    if name and installed(info.packages, name) is not None:
        return True
    inner = Path(*module.split("."))
    return any(
        (folder / inner).is_dir() or (folder / inner.with_suffix(".py")).is_file()
        for folder in info.packages
    )


def _call(path: Path, info: PythonInfo, project: Path) -> str:
    if is_own(path):
        return "ServeDeck's own Python"
    prefix = info.prefix or path.parent
    if prefix.is_relative_to(project):
        return str(prefix.relative_to(project))
    return prefix.name if info.is_venv or info.is_conda else str(path)


def _command(
    path: Path, info: PythonInfo, name: str, project: Path, environ: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """The command, or why there is none."""
    if info.prefix is not None and not info.is_venv and _is_managed(info, info.prefix):
        return (), (
            f"The packages of {path} belong to the system: make a virtual environment with "
            f"{shlex.join([str(path), '-m', 'venv', str(project / '.venv')])}, and choose it as "
            "Interpreter."
        )
    if info.is_conda:
        conda = _conda(project, environ)
        if conda:
            named = _CONDA_NAMES.get(name, name.lower())
            return (conda, "install", "--yes", "--prefix", str(info.prefix), named), ""
    if installed(info.packages, "pip") is not None:
        return (str(path), "-m", "pip", "install", name), ""
    uv = find_program("uv", environ.get("PATH", ""), project)
    if uv:
        return (uv, "pip", "install", "--python", str(path), name), ""
    return (), (
        f"There is no pip in {info.prefix}: get it with "
        f"{shlex.join([str(path), '-m', 'ensurepip', '--upgrade'])}, or install uv."
    )


def _is_managed(info: PythonInfo, prefix: Path) -> bool:
    """Whether the interpreter's packages are its distributor's business (PEP 668)."""
    minor = ".".join(info.version.split(".")[:2])
    folders = (prefix / "lib" / f"python{minor}", prefix / "Lib")
    return any((folder / "EXTERNALLY-MANAGED").is_file() for folder in folders)


def _conda(project: Path, environ: Mapping[str, str]) -> str | None:
    named = environ.get("CONDA_EXE", "")
    if named and Path(named).is_file() and not belongs(Path(named), project):
        return named
    path = environ.get("PATH", "")
    found = (find_program(name, path, project) for name in ("conda", "mamba"))
    return next((program for program in found if program), None)


# Running it ------------------------------------------------------------------------------------


class Installation:
    """One run of a plan's command.

    :param plan: one that has a command
    """

    def __init__(self, plan: InstallPlan) -> None:
        if not plan.argv:
            raise ValueError("there is nothing to run")
        self.plan = plan
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._ended_because = ""

    def run(self, on_line: Callable[[str], None]) -> InstallResult:
        """Run it and wait for its end.

        :param on_line: gets each line of its output, without the newline, as it comes; called on
            this thread
        """
        try:
            with self._lock:
                if self._ended_because:
                    return self._result(False, self._ended_because)
                self._process = process = _start(self.plan)
        except (OSError, ValueError) as error:
            return self._result(False, f"{self.plan.argv[0]} can't be run: {why_refused(error)}.")
        last = ""
        try:
            assert process.stdout is not None
            with process.stdout as output:
                for line in output:
                    last = line.strip() or last
                    on_line(line.rstrip("\n"))
            status = process.wait()
        finally:
            _kill(process)
        if self._ended_because:
            return self._result(False, self._ended_because)
        if status:
            why = _shorten(last) or f"the command ended with status {status}."
            tool, name = self.plan.tool, self.plan.name
            what = f"{tool} failed" if tool else f"{name} could not be installed"
            return self._result(False, f"{what}: {why}")
        if self.plan.tool:
            return self._result(True, f"{self.plan.tool} has made the project's environment.")
        return self._result(True, f"{self.plan.name} is installed in {self.plan.where}.")

    def cancel(self) -> None:
        """End it. Any thread, at any time, also before it has begun."""
        self._end("The installation was cancelled.")

    def time_out(self) -> None:
        """End it, since :data:`TIMEOUT` is over. As :meth:`cancel`."""
        self._end("It took too long and was ended.")

    def _end(self, why: str) -> None:
        with self._lock:
            self._ended_because = self._ended_because or why
            if self._process is not None:
                _kill(self._process)

    def _result(self, succeeded: bool, message: str) -> InstallResult:
        return InstallResult(self.plan, succeeded, message)


def _start(plan: InstallPlan) -> subprocess.Popen[str]:
    unwanted = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PIP_USER", "__PYVENV_LAUNCHER__")
    environ = {name: value for name, value in os.environ.items() if name not in unwanted}
    environ |= {
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NO_COLOR": "1",
    }
    return subprocess.Popen(
        plan.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ,
        cwd=plan.folder,  # "python -m pip" takes modules of the current folder for pip's own
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[str]) -> None:
    """End the process and what it has started; nothing happens where that has ended."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        elif process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _shorten(line: str) -> str:
    line = re.sub(r"^ERROR:\s*", "", line)
    line = line if len(line) <= 300 else line[:299] + "\u2026"
    return line if line.endswith((".", "!", "?")) or not line else f"{line}."
