"""What a project declares for ServeDeck, in ``[tool.servedeck]`` of its ``pyproject.toml``.

Read, never run. Any thread; looks at the disk.
"""

from __future__ import annotations

from pathlib import Path

from .reading import read_toml, table


def cold_packages(project: Path) -> tuple[str, ...]:
    """Packages that a reload must import anew, by ``cold = ["package", …]``.

    What isn't a list of names is ignored.
    """
    found = table(read_toml(project / "pyproject.toml"), "tool", "servedeck").get("cold")
    if not isinstance(found, list):
        return ()
    return tuple(name for name in found if isinstance(name, str) and name)
