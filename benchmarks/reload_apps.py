"""The apps whose reloads are measured: small and heavy, in a folder of their own, in many versions.

``/`` answers with the version, so that a client sees which code has answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["HEAVY", "RELOAD_APPS", "SMALL", "ReloadApp"]

_SOURCE = """\
{imports}from flask import Flask

app = Flask(__name__)


@app.get("/")
def version() -> str:
    return "version {version}"
"""


@dataclass(frozen=True)
class ReloadApp:
    """One of the apps.

    :param name: short, for the JSON
    :param title: for the table
    :param imports: what it imports beside Flask
    """

    name: str
    title: str
    imports: tuple[str, ...] = ()

    def source(self, version: int) -> str:
        """Its code."""
        lines = "".join(f"import {name}\n" for name in self.imports)
        return _SOURCE.format(imports=lines, version=version)

    def write(self, folder: Path, version: int) -> None:
        """Save it as ``app.py``, as editors do: the new file takes the old one's place."""
        temporary = folder / ".app.py.tmp"
        temporary.write_text(self.source(version), encoding="utf-8")
        temporary.replace(folder / "app.py")

    @staticmethod
    def answer(version: int) -> bytes:
        """What it answers."""
        return f"version {version}".encode()


SMALL = ReloadApp("small", "A small Flask app")
HEAVY = ReloadApp(
    "heavy", "A Flask app that imports pandas, SQLAlchemy and Requests",
    ("pandas", "sqlalchemy", "requests"),
)  # fmt: skip
RELOAD_APPS = (SMALL, HEAVY)
