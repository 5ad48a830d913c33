"""What was filled in for each app of each project, so that it is there when that is opened again.

This is the one place where the configuration is remembered. Each project has one record::

    {"project": "/home/me/shop", "used": 1764355200.0, "framework": "Flask", "listed": true,
     "apps": {"shop:admin": {}, "shop:app": {"port": 8000, "debug": true}}}

The apps stand in the order of their use. Of a configuration only what differs from the defaults is
kept: a default that changes with a new version reaches everybody who has not chosen otherwise.

Each record is a file of its own, ``shop-1f2e3d4c5b6a.json``, so that windows which have different
projects open never meet; and where two have the same one, each changes only the app it has at hand.
Where a file can't be written, the profile is remembered as long as the program runs.

Used on the GUI thread: a file has some hundred bytes. What an older or newer version has written,
or a hand has spoilt, is left out option by option.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any

from server.base.values import dataclass
from server.config import ServerConfig
from server.errors import ConfigError

from .documents import Documents, Record
from .window_defaults import SWITCHES, with_window_defaults

__all__ = [
    "MAX_APPS",
    "MAX_RECENT",
    "Profile",
    "Profiles",
    "ProjectFilters",
    "RecentProject",
    "file_name",
    "profile_in",
    "project_key",
    "with_profile",
]

MAX_APPS = 20
"""How many apps of one project are remembered; the one that was used longest ago goes first."""
MAX_RECENT = 50
"""How many projects are listed as recent. What is filled in is kept of all of them."""
MAX_FILTERS = 100
"""How many filters and rules of one project are remembered, each."""

_CHOSEN = "python_chosen"
_SWITCHES_CHOSEN = "switches_chosen"
_APPS = "apps"
_HIDDEN = "hidden_requests"
_SAVED = "saved_filters"
_KEYS = ("project", "app")  # these are where a profile lies


@dataclass(frozen=True)
class Profile:
    """What is filled in for an app of a project.

    :param python_chosen: the interpreter was chosen by the user, so nothing else is proposed
    :param switches_chosen: Debug or Reload were set by the user; otherwise they follow the host
    :param framework: what the app is made with, as it is shown; "" where that isn't known
    """

    config: ServerConfig
    python_chosen: bool = False
    switches_chosen: bool = False
    framework: str = field(default="", compare=False)


@dataclass(frozen=True)
class ProjectFilters:
    """What belongs to a project's list of requests, in the language of the filters.

    :param hidden: what is never shown, unless it failed
    :param saved: what can be chosen again, the newest first
    """

    hidden: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecentProject:
    """A project that was used.

    :param project: its folder, absolute
    :param framework: "" where it isn't known
    :param used: when it was last used, in unix seconds
    """

    project: str
    framework: str
    used: float

    @property
    def name(self) -> str:
        """What it is called: the name of its folder."""
        return Path(self.project).name or self.project

    @property
    def is_there(self) -> bool:
        """Whether its folder is there; looks at the disk."""
        return os.path.isdir(self.project)  # noqa: PTH112


def project_key(project: str) -> str:
    """What a project's folder is called in the settings; one folder has one name."""
    return os.path.realpath(os.path.expanduser(project)) if project else ""  # noqa: PTH111


def file_name(key: str) -> str:
    """The name of a project's file: readable, and another one for each project.

    :param key: as :func:`project_key` has it
    """
    import hashlib  # not at the top: a window without projects needs none of it, nor OpenSSL

    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(key).name).strip(".-")[:40]
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{readable or 'project'}-{digest}.json"


def profile_in(record: Mapping[str, Any], project: str, app: str = "") -> Profile | None:
    """What a project's record has of an app, or None.

    :param project: the project's folder, as the profile is to have it
    :param app: as it was filled in; "" for the one that was used last
    """
    apps = _apps(record)
    name = app or next(reversed(apps), "")
    return _profile(project, name, apps[name]) if name in apps else None


def with_profile(
    record: Mapping[str, Any], profile: Profile, base: Profile | None = None
) -> Record:
    """A project's record with one more profile, or with one in place of what was there; it is the
    last one then.

    :param base: what it was before it was changed here: what is as it was there stays as the record
        has it now, since another window may have changed that
    """
    name = profile.config.app
    apps = {other: value for other, value in _apps(record).items() if other != name}
    options = _kept(profile)
    if base is not None and isinstance(now := _apps(record).get(name), dict):
        before = _kept(base)
        changed = {key for key in {*before, *options} if before.get(key) != options.get(key)}
        kept = {key: value for key, value in now.items() if key not in changed}
        options = {**kept, **{key: options[key] for key in changed & options.keys()}}
    newest = dict([*list(apps.items())[-(MAX_APPS - 1) :], (name, options)])
    framework = {"framework": profile.framework} if profile.framework else {}
    return {**record, "project": project_key(profile.config.project), **framework, _APPS: newest}


class Profiles:
    """All profiles, each project's in a file of its own.

    :param files: where they are; None to remember nothing beyond the program's end
    :param clock: gives the time of a use, in unix seconds
    :ivar problem: why the last one could not be kept, in one sentence, or ""
    """

    def __init__(
        self, files: Documents | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._files = files
        self._clock = clock
        self._unsaved: dict[str, Record] = {}
        self.problem = ""

    def read(self, project: str, app: str = "") -> Profile | None:
        """What was filled in for an app of a project, or None.

        :param app: "" for the one that was used last
        """
        return profile_in(self._record(project_key(project)), project, app)

    def last(self) -> Profile | None:
        """What was used last of all, or None."""
        if not self._unsaved and self._files is not None and not self._files.folder.is_dir():
            return None  # nothing was ever kept
        for project in self.recent(listed=False):
            found = self.read(project.project)
            if found is not None:
                return found
        return self.read("")

    def keep(self, profile: Profile, base: Profile | None = None) -> str:
        """Remember a profile, as the one that was used last. Without a project and an app there is
        nothing to remember, nor where nothing has changed.

        :param base: what was filled in before, as it was read or last kept; None where nothing was
        :returns: why that is possible only until the program's end, in one sentence, or ""
        """
        config = profile.config
        if profile == base or (not config.project and not config.app):
            return self.problem
        used = self._clock()

        def change(record: Record) -> Record:
            return {**with_profile(record, profile, base), "used": used, "listed": True}

        return self._change(project_key(config.project), change)

    def mark_used(self, project: str, app: str) -> str:
        """An app whose profile is kept is used now: it is the last one of its project, and that the
        last of all.

        :returns: why it could not be kept, or ""
        """
        used = self._clock()

        def change(record: Record) -> Record:
            apps = dict(_apps(record))
            if app in apps:
                apps[app] = apps.pop(app)
            return {**record, _APPS: apps, "used": used, "listed": True}

        return self._change(project_key(project), change) if project or app else ""

    def filters(self, project: str) -> ProjectFilters:
        """What is hidden in a project, and the filters that were saved there."""
        record = self._record(project_key(project))
        return ProjectFilters(_texts(record.get(_HIDDEN)), _texts(record.get(_SAVED)))

    def keep_filters(self, project: str, filters: ProjectFilters) -> str:
        """Remember them.

        :returns: why they could not be kept, in one sentence, or ""
        """
        key = project_key(project)
        kept = {_HIDDEN: list(filters.hidden), _SAVED: list(filters.saved)}
        return self._change(key, lambda record: {**record, "project": key, **kept})

    def recent(self, *, listed: bool = True) -> list[RecentProject]:
        """The projects that were used, the last one first.

        :param listed: without those that were taken off the list
        """
        found = [
            RecentProject(str(record["project"]), _text(record, "framework"), _time(record))
            for record in self._all()
            if record.get("project") and not (listed and record.get("listed") is False)
        ]
        return sorted(found, key=lambda project: project.used, reverse=True)[:MAX_RECENT]

    def set_listed(self, project: str, listed: bool) -> str:
        """Take a project off the list of recent ones, or put it back. What is filled in stays.

        :returns: why it could not be kept, or ""
        """
        key = project_key(project)
        return self._change(key, lambda record: {**record, "project": key, "listed": listed})

    def take_notices(self) -> list[str]:
        """What became of files that could not be used, a sentence each."""
        return [] if self._files is None else self._files.take_notices()

    def _record(self, key: str) -> Record:
        if key in self._unsaved or self._files is None:
            return self._unsaved.get(key, {})
        return _of(key, self._files.read(file_name(key)))

    def _change(self, key: str, change: Callable[[Record], Record]) -> str:
        if self._files is None:
            self._unsaved[key] = change(self._unsaved.get(key, {}))
            return ""
        # What could not be written before is still to be.
        unsaved = self._unsaved.get(key, {})

        def merged(record: Record) -> Record:
            record = _of(key, record)
            newer = _apps(unsaved)
            apps = {name: value for name, value in _apps(record).items() if name not in newer}
            apps.update(newer)
            return change({**record, **unsaved, _APPS: apps})

        self.problem = self._files.change(file_name(key), merged)
        if self.problem:
            self._unsaved[key] = merged(unsaved)
        else:
            self._unsaved.pop(key, None)
        return self.problem

    def _all(self) -> list[Record]:
        """The records that were used last; a folder with very many of them isn't read whole."""
        records = {key: record for key, record in self._unsaved.items() if key}
        if self._files is not None:
            for file in _newest(self._files.folder, 2 * MAX_RECENT):
                record = self._files.read(file.name)
                key = record.get("project")
                if isinstance(key, str) and file_name(key) == file.name:
                    records.setdefault(key, record)
        return list(records.values())


def _newest(folder: Path, most: int) -> list[Path]:
    found = []
    try:
        for file in folder.glob("*.json"):
            found.append((file.stat().st_mtime, file))
    except OSError:
        pass
    return [file for _, file in sorted(found, reverse=True)[:most]]


def _of(key: str, record: Record) -> Record:
    """A record, unless it is another project's: files may be copied by hand."""
    return record if record.get("project", key) == key else {}


def _apps(record: Mapping[str, Any]) -> dict[str, Any]:
    apps = record.get(_APPS)
    return apps if isinstance(apps, dict) else {}


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str) and item)[:MAX_FILTERS]


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _time(record: Mapping[str, Any]) -> float:
    value = record.get("used")
    return float(value) if isinstance(value, (int, float)) else 0.0


def _profile(project: str, app: str, record: Any) -> Profile:
    config = ServerConfig(project=project, app=app)
    if not isinstance(record, dict):
        record = {}
    known = {item.name for item in fields(ServerConfig)}.difference(_KEYS)
    for name in record.keys() & known:
        try:
            config = ServerConfig.from_json({**config.to_json(), name: record[name]})
        except (ConfigError, TypeError, ValueError, OverflowError):
            continue
    is_ticked = any(record.get(name) is True for name in SWITCHES)
    switches_chosen = record.get(_SWITCHES_CHOSEN, is_ticked) is True
    if not switches_chosen:
        config = with_window_defaults(config)
    return Profile(config, record.get(_CHOSEN) is True, switches_chosen)


def _kept(profile: Profile) -> Record:
    """What of a profile differs from the defaults."""
    defaults = ServerConfig().to_json()
    follow = () if profile.switches_chosen else SWITCHES
    record = {
        name: value
        for name, value in profile.config.to_json().items()
        if name not in _KEYS and name not in follow and value != defaults[name]
    }
    chosen = {_CHOSEN: profile.python_chosen, _SWITCHES_CHOSEN: profile.switches_chosen}
    return {**record, **{name: True for name, value in chosen.items() if value}}
