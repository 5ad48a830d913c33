"""Where an app runs: in a thread of this process, or in a process of its own, and why.

The one place with that rule; the reason is shown to the user. Any thread; looks at the project's
folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from launcher.core.project.interpreters import examine, is_own
from server.config import ServerConfig
from server.errors import ConfigError

OUR_NAMES = ("server", "framework", "launcher")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Choice:
    """Where an app is to run.

    :param in_process: a process of its own
    :param why: the reason, a sentence
    """

    in_process: bool
    why: str


def choose(config: ServerConfig) -> Choice:
    """Decide where an app runs.

    :raises ConfigError: it was asked to run in this process, and can't; or its interpreter can't
        be used
    """
    if not is_own(config.python):
        problem = examine(Path(config.python).expanduser()).problem
        if problem:
            raise ConfigError("python", problem)
    reason = _must_be_apart(config)
    if config.run_in == "thread":
        if reason:
            raise ConfigError(
                "run_in", f"The app can't run in this process: {reason}. Choose Separate process."
            )
        return Choice(False, "The app runs in this process, as you chose.")
    if config.run_in == "process":
        return Choice(True, "The app runs in a separate process, as you chose.")
    if reason:
        return Choice(True, f"The app runs in a separate process: {reason}.")
    if config.reload:
        return Choice(
            True,
            "The app runs in a separate process: with the reloader, not even a crash while it is "
            "loaded may end the server.",
        )
    return Choice(False, "The app runs in this process: it uses ServeDeck's own interpreter.")


def _must_be_apart(config: ServerConfig) -> str:
    """Why the app can't run in this process; "" where it can."""
    if config.mode == "forking":
        return "only a process without a window may fork"
    if not is_own(config.python):
        return f"it has an interpreter of its own, {config.python}"
    name = _module_of_ours(Path(config.project or ".").resolve())
    if name:
        return f"its module {name} has the name of a part of ServeDeck"
    return ""


def _module_of_ours(project: Path) -> str:
    """A module of the project that would be taken for one of ours, or ""."""
    for folder in (project, project / "src"):
        if folder == _ROOT:
            continue
        for name in OUR_NAMES:
            if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
                return name
    return ""
