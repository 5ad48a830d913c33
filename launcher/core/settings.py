"""What is remembered from one start of the window to the next, in one file only the user can read.

No Qt and no state beyond the path; used on the GUI thread, and small enough for that: a few
kilobytes, written at a start of the server and when the window closes.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from launcher.core.private_files import private_folder

from .profiles import adopted

FILE_NAME = "settings.json"
APPEARANCES = ("system", "light", "dark")


@dataclass(frozen=True)
class Settings:
    """The remembered values; an empty text means "nothing remembered".

    What was filled in for an app is remembered in its profile alone.

    :param geometry: the window's place and size, in base64
    :param window_state: the main window's own state, in base64
    :param details: where a request's details are, and their width and height, as three words
    :param appearance: ``"system"``, ``"light"`` or ``"dark"``
    :param editor: the command that opens a source
    :param learning: whether the steps of a flow are explained
    :param learn_language: in which language, as the user has chosen
    :param options_open: whether the form shows all options
    :param profiles: what was filled in for each app of each project; see ``profiles``
    """

    geometry: str = ""
    window_state: str = ""
    details: str = ""
    appearance: str = "system"
    editor: str = ""
    learning: bool = False
    learn_language: str = ""
    options_open: bool = False
    profiles: dict[str, Any] = field(default_factory=dict)


class SettingsFile:
    """Reads and writes ``settings.json`` in a folder of the user.

    :param folder: where it lives; made, for this user alone, when something is first saved
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def load(self) -> Settings:
        """What was saved. A file that is missing or damaged counts as nothing, a value of the
        wrong type likewise: the window must open whatever is in it."""
        try:
            if self.path.parent.is_dir():  # from before, or by hand, open to others perhaps
                private_folder(self.path.parent)
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Settings()
        if not isinstance(record, dict):
            return Settings()
        defaults = Settings()
        known: dict[str, Any] = {}
        for item in fields(Settings):
            value = record.get(item.name)
            if type(value) is type(getattr(defaults, item.name)):
                known[item.name] = value
        if known.get("appearance") not in APPEARANCES:
            known.pop("appearance", None)
        known["profiles"] = adopted(record)
        return Settings(**known)

    def save(self, settings: Settings) -> str:
        """Write all values at once, or leave the old ones untouched.

        :returns: why it could not be saved, in one sentence, or ""
        """
        temporary = ""
        try:
            private_folder(self.path.parent)
            # mkstemp makes the file 0600 from its first moment on.
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".settings-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(settings), file, indent=1)
            Path(temporary).replace(self.path)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            return f"The settings can't be saved in {self.path.parent}: {error.strerror or error}."
        return ""
