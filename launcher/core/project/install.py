"""A module is missing: which package brings it, the exact command that installs it, and its run.

Nothing is guessed about a module of the project itself or of the standard library, and nothing is
installed where that would damage a system's Python.

Thread: any. :func:`plan_install` looks at the disk; :meth:`Installation.run` waits for a process:
both belong on the pool thread, :meth:`Installation.cancel` may be called from any.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .distributions import distribution_of
from .environments import repository
from .interpreters import is_own
from .python_info import PythonInfo, installed, look_at

__all__ = ["InstallPlan", "InstallResult", "Installation", "plan_install"]

TIMEOUT = 900.0


@dataclass(frozen=True)
class InstallPlan:
    """How a missing module would get into an interpreter.

    :param module: the module that could not be imported
    :param name: the distribution that has it, such as ``PyYAML``
    :param python: the interpreter
    :param where: what to call that in a button: ``.venv``
    :param version: the interpreter's version, or ""
    :param argv: the command; () where there is none
    :param refusal: why there is none and what to do instead, one sentence; else ""
    """

    module: str
    name: str
    python: str
    where: str
    version: str = ""
    argv: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def command(self) -> str:
        """The command as it would be typed."""
        if os.name == "nt":
            return subprocess.list2cmdline(self.argv)
        return shlex.join(self.argv)

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
    environ: Mapping[str, str] = os.environ,
) -> InstallPlan | None:
    """Tell how a missing module can be installed.

    :param module: as in ``ModuleNotFoundError.name``; may be dotted
    :param python: the interpreter that lacks it; "" for the one that runs ServeDeck
    :param project: the project's folder
    :param where: what to call the interpreter; by default after its environment's folder
    :param environ: where ``PATH`` and ``CONDA_EXE`` are looked up
    :returns: None where installing is not the answer: the module is the project's own, or a part
        of Python, or a part of a package that is there
    """
    path = Path(python or sys.executable)
    info = look_at(path, project)
    top = module.partition(".")[0]
    if info.problem or _is_of_project(top, project):
        return None
    name = distribution_of(module)
    if not name:
        return None
    if "." in module and name == distribution_of(top) and _is_there(top, info):
        return None
    plan = InstallPlan(
        module=module,
        name=name,
        python=str(path),
        where=where or _call(path, info, project),
        version=info.version,
    )
    argv, refusal = _command(path, info, name, project, environ)
    return InstallPlan(**{**vars(plan), "argv": argv, "refusal": refusal})


def _is_of_project(top: str, project: Path) -> bool:
    """Whether the project, or the repository it is in, has a module of this name."""
    for folder in repository(project):
        for root in (folder, folder / "src"):
            if (root / f"{top}.py").is_file() or (root / top / "__init__.py").is_file():
                return True
    # A folder of Python files is a package even without __init__.py.
    return any((project / part / top).is_dir() for part in ("", "src"))


def _is_there(top: str, info: PythonInfo) -> bool:
    return any(
        (folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in info.packages
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
        conda = _conda(environ)
        if conda:
            return (conda, "install", "--yes", "--prefix", str(info.prefix), name.lower()), ""
    if installed(info.packages, "pip") is not None:
        return (str(path), "-m", "pip", "install", name), ""
    uv = shutil.which("uv", path=environ.get("PATH"))
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


def _conda(environ: Mapping[str, str]) -> str | None:
    if environ.get("CONDA_EXE") and Path(environ["CONDA_EXE"]).is_file():
        return environ["CONDA_EXE"]
    found = (shutil.which(name, path=environ.get("PATH")) for name in ("conda", "mamba"))
    return next((path for path in found if path), None)


# Running it ------------------------------------------------------------------------------------


class Installation:
    """One run of a plan's command.

    :param plan: one that has a command
    :param timeout: seconds after which it is ended
    """

    def __init__(self, plan: InstallPlan, timeout: float = TIMEOUT) -> None:
        if not plan.argv:
            raise ValueError("there is nothing to run")
        self.plan = plan
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._ended_because = ""

    def run(self, on_line: Callable[[str], None]) -> InstallResult:
        """Run it and wait for its end, at most as long as the time-out says.

        :param on_line: gets each line of its output, without the newline, as it comes; called on
            this thread
        """
        try:
            with self._lock:
                if self._ended_because:
                    return self._result(False, self._ended_because)
                self._process = process = _start(self.plan)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            return self._result(False, f"{self.plan.argv[0]} can't be run: {reason}.")
        last = ""
        timer = threading.Timer(self._timeout, self._end, ["It took too long and was ended."])
        timer.name, timer.daemon = "install-deadline", True
        timer.start()
        try:
            assert process.stdout is not None
            with process.stdout as output:
                for line in output:
                    last = line.strip() or last
                    on_line(line.rstrip("\n"))
            status = process.wait()
        finally:
            timer.cancel()
            _kill(process)
        if self._ended_because:
            return self._result(False, self._ended_because)
        if status:
            why = _shorten(last) or f"the command ended with status {status}."
            return self._result(False, f"{self.plan.name} could not be installed: {why}")
        return self._result(True, f"{self.plan.name} is installed in {self.plan.where}.")

    def cancel(self) -> None:
        """End it. Any thread, at any time, also before it has begun."""
        self._end("The installation was cancelled.")

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
