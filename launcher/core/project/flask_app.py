"""Which app a Flask project means: ``FLASK_APP`` in its ``.flaskenv`` or ``.env``.

Thread: any; reads these files. Used by ``discovery``.
"""

from __future__ import annotations

from pathlib import Path

from server.errors import ConfigError

from .env_files import project_environment

__all__ = ["flask_app"]


def flask_app(project: Path) -> str:
    """What ``FLASK_APP`` is in the project's own files; "" where none has it, or can be read.

    The environment isn't asked: what a terminal has set is mostly for another project.
    """
    try:
        return project_environment(project, base={}).get("FLASK_APP", "").strip()
    except (ConfigError, OSError, ValueError):
        return ""
