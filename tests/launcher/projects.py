"""Small projects on the disk, for the tests of what looks at projects."""

from __future__ import annotations

from pathlib import Path

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app():\n    app = Flask('x')\n    return app\n"
BARE = "def application(environ, start_response):\n    return []\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files, given by relative path, and return the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
