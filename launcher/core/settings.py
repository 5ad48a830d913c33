"""What is remembered from one start of the window to the next, in files only the user can read.

The data folder has ``window.json``, with what concerns the window, and ``projects/`` with a file
for each project; see :mod:`launcher.core.documents` for how they are written. Several windows may
use one folder: each writes only what it has changed itself.

No Qt; used on the GUI thread, and small enough for that: a few kilobytes, written at a start of the
server and when the window closes.
"""

from __future__ import annotations

import json
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from server.base.limits import BODY
from server.base.values import dataclass
from server.errors import why_refused

from .documents import Documents, Record
from .older_settings import OLD_NAME, adopt
from .palette.entries import MOST_KEPT
from .preferences import PREFERENCES, find
from .private_files import private_folder
from .profiles import Profiles

__all__ = ["APPEARANCES", "OpenPage", "Settings", "SettingsFolder", "glance"]

FILE_NAME = "window.json"
PROJECTS = "projects"
APPEARANCES = tuple(str(choice.value) for choice in find("appearance").choices)
MAX_PAGES = 50


@dataclass(frozen=True)
class OpenPage:
    """A page of the window, so that it is there again at the next start.

    :param project: the project's folder
    :param app: as it is filled in
    :param has_run: its server was started at least once
    :param starts: its server is started with the window
    :param view: what the page itself wants to remember, such as its filters
    """

    project: str
    app: str
    has_run: bool = False
    starts: bool = False
    view: Record = field(default_factory=dict)

    def to_json(self) -> Record:
        """As it lies in the file."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def from_json(cls, value: Any) -> OpenPage | None:
        """The other way round; None where it makes no sense."""
        if not isinstance(value, dict):
            return None
        known = {item.name: value.get(item.name, item.default) for item in fields(cls)}
        known["view"] = value.get("view", {})
        of_type = {"project": str, "app": str, "has_run": bool, "starts": bool, "view": dict}
        if not all(isinstance(known[name], kind) for name, kind in of_type.items()):
            return None
        return cls(**known) if known["project"] or known["app"] else None


@dataclass(frozen=True)
class Settings:
    """The remembered values; an empty text means "nothing remembered".

    What was filled in for an app is remembered in its profile alone. What isn't described here is a
    row of :data:`~launcher.core.preferences.PREFERENCES`.

    :param geometry: the window's place and size, in base64
    :param window_state: the main window's own state, in base64
    :param details: where a request's details are, and their width and height, as three words
    :param editor: the command that opens a source
    :param lately: keys of what was chosen in the palette, the last one first
    :param learning: whether the steps of a flow are explained
    :param learn_language: in which language, as the user has chosen
    :param options_open: whether the form shows all options
    :param pages: what is open, in the window's order
    :param front: which of them is in front, by its number; -1 for none
    """

    geometry: str = ""
    window_state: str = ""
    details: str = ""
    appearance: str = "system"
    editor: str = ""
    learning: bool = False
    learn_language: str = ""
    options_open: bool = False
    text_size: float = 1.0
    rows: str = "normal"
    new_windows: str = "hand-over"
    kept_requests: int = 20_000
    body_limit: int = BODY
    history_days: int = 30
    history_megabytes: int = 1024
    lately: tuple[str, ...] = ()
    pages: tuple[OpenPage, ...] = ()
    front: int = -1
    notify: bool = True


class SettingsFolder:
    """Reads and writes the files in a folder of the user.

    :param folder: where they live; made, for this user alone, when something is first saved
    :ivar profiles: what was filled in for each app of each project
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = Documents(folder)
        self._projects = Documents(folder / PROJECTS)
        self.profiles = Profiles(self._projects)
        self._base = Settings()

    def load(self) -> Settings:
        """What was saved. A file that is missing counts as empty, and so does a damaged one, which
        is put aside; a value of the wrong type likewise: the window must open whatever is there.
        """
        try:
            if self.folder.is_dir():  # from before, or by hand, open to others perhaps
                private_folder(self.folder)
            adopt(self._files, FILE_NAME, self._projects)
        except OSError as error:
            why = why_refused(error)
            self._files.notices.append(
                f"What an older version has kept in {self.folder / OLD_NAME} can't be taken over "
                f"now: {why}."
            )
        self._base = _settings(self._files.read(FILE_NAME))
        return self._base

    def save(self, settings: Settings) -> str:
        """Write what has changed since it was loaded or last saved; what another window has changed
        meanwhile stays.

        :returns: why it could not be saved, in one sentence, or ""
        """
        old, new = _record(self._base), _record(settings)
        changed = {name: value for name, value in new.items() if value != old[name]}
        if not changed and (self.folder / FILE_NAME).exists():
            return self.profiles.problem
        problem = self._files.change(FILE_NAME, lambda now: {**now, **changed})
        if not problem:
            self._base = settings
        return problem or self.profiles.problem

    def take_notices(self) -> list[str]:
        """What became of files that could not be used, a sentence each, once."""
        return [*self._files.take_notices(), *self.profiles.take_notices()]


def glance(folder: Path) -> Settings:
    """What is kept in a data folder, without changing anything there; what can't be read counts as
    nothing."""
    try:
        record = json.loads((folder / FILE_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        record = {}
    return _settings(record if isinstance(record, dict) else {})


def _settings(record: Record) -> Settings:
    defaults = Settings()
    known: Record = {}
    for item in fields(Settings):
        value = record.get(item.name)
        if type(value) is type(getattr(defaults, item.name)):
            known[item.name] = value
    for preference in PREFERENCES:
        if not preference.allows(known.get(preference.name)):
            known.pop(preference.name, None)
    lately = record.get("lately")
    keys = [key for key in lately if isinstance(key, str)] if isinstance(lately, list) else []
    known["lately"] = tuple(keys)[:MOST_KEPT]
    pages = record.get("pages")
    found = [OpenPage.from_json(value) for value in pages] if isinstance(pages, list) else []
    known["pages"] = tuple(page for page in found if page is not None)[:MAX_PAGES]
    if not -1 <= known.get("front", -1) < len(known["pages"]):
        known["front"] = -1
    return Settings(**known)


def _record(settings: Settings) -> Record:
    record = {item.name: getattr(settings, item.name) for item in fields(settings)}
    record["lately"] = list(settings.lately)
    return {**record, "pages": [page.to_json() for page in settings.pages]}
