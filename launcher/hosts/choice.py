"""Where an app runs: in a thread of this process, or in a process of its own, and why.

The one place with that rule; the reason is shown to the user. Any thread; looks at the project's
folder.
"""

from __future__ import annotations

from pathlib import Path

from launcher.core.project.interpreters import examine, is_own
from launcher.core.resources import resource
from launcher.core.sentences import why_apart, why_here
from server.base.values import dataclass
from server.config import ServerConfig
from server.errors import ConfigError
from server.events import Reason

OUR_NAMES = ("server", "framework", "launcher")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Choice:
    """Where an app is to run.

    :param in_process: a process of its own
    :param reason: why
    """

    in_process: bool
    reason: Reason

    @property
    def why(self) -> str:
        """The reason, a sentence."""
        return why_here(self.reason)


def choose(config: ServerConfig, *, is_free: bool = True) -> Choice:
    """Decide where an app runs.

    Automatically, ServeDeck's own examples run in this process, and every app of the user's in a
    separate one: what holds the interpreter's lock would hold up a window, and a crash would end
    it.

    :param is_free: no other server runs in this process, whose folder, environment and standard
        output are the app's
    :raises ConfigError: it was asked to run in this process, and can't; or its interpreter can't
        be used
    """
    if not is_own(config.python):
        problem = examine(Path(config.python).expanduser()).problem
        if problem:
            raise ConfigError("python", problem)
    reason = _must_be_apart(config)
    if reason is None and not is_free:
        reason = Reason("taken")
    if config.run_in == "thread":
        if reason is not None:
            raise ConfigError(
                "run_in",
                f"The app can't run in this process: {why_apart(reason)}. Choose Separate process.",
            )
        return Choice(False, Reason("thread-chosen"))
    if config.run_in == "process":
        return Choice(True, Reason("process-chosen"))
    if reason is not None:
        return Choice(True, reason)
    if _is_example(config):
        return Choice(False, Reason("example"))
    return Choice(True, Reason("own-app"))


def _is_example(config: ServerConfig) -> bool:
    project = Path(config.project or ".").resolve()
    return project.is_relative_to(resource("examples").resolve())


def _must_be_apart(config: ServerConfig) -> Reason | None:
    """Why the app can't run in this process; None where it can."""
    if config.mode == "forking":
        return Reason("forking")
    if not is_own(config.python):
        return Reason.of("interpreter", python=config.python)
    if config.restart:
        return Reason("restart")
    name = _module_of_ours(Path(config.project or ".").resolve())
    return Reason.of("module-name", module=name) if name else None


def _module_of_ours(project: Path) -> str:
    """A module of the project that would be taken for one of ours, or ""."""
    for folder in (project, project / "src"):
        if folder == _ROOT:
            continue
        for name in OUR_NAMES:
            if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
                return name
    return ""
