"""Takes over the ``settings.json`` of older versions, once, into the files of today. No Qt.

That was one file for everything. It had ``profiles``, by project: of one app in full, or of several
with what differs from the defaults; and, in the oldest ones, what was used last a second time at
the top. It is read once, and left as ``settings.json.1``: whatever isn't taken over is still there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from .documents import Documents, Record
from .profiles import Profile, file_name, profile_in, project_key, with_profile
from .window_defaults import SWITCHES, with_window_defaults

__all__ = ["OLD_NAME", "adopt", "older_records"]

OLD_NAME = "settings.json"
_LAST = ("project", "app", "host", "port", "debug", "mode")  # at the top of the oldest files
_NEVER_ASKED = "body_limit"  # written as it was by default, and never filled in


def adopt(settings: Documents, window_file: str, projects: Documents) -> None:
    """Take over what an older version has left, where it has left something.

    What is there already stays as it is. Where it can't be done, nothing is lost: it is tried again
    at the next start.

    :param settings: the data folder
    :param window_file: the file in it that has what concerns the window
    :param projects: the folder of the profiles
    :raises OSError: it can't be done
    """
    if not (settings.folder / OLD_NAME).exists():
        return
    old = settings.read(OLD_NAME)
    if not (settings.folder / OLD_NAME).exists():
        return  # it was damaged, and is put aside
    used = (settings.folder / OLD_NAME).stat().st_mtime
    records = older_records(old)
    with projects.locked():
        for number, (key, record) in enumerate(records.items()):
            at = used - (len(records) - number)
            projects.change_locked(file_name(key), partial(_merged, record, at))
    of_window = {name: value for name, value in old.items() if name not in ("profiles", *_LAST)}
    with settings.locked():
        settings.change_locked(window_file, lambda now: now or of_window)
        settings.move_aside(OLD_NAME)


def older_records(old: Mapping[str, Any]) -> dict[str, Record]:
    """A record for each project of an older file; what was used last is the last one.

    :param old: the file's content
    """
    profiles = old.get("profiles")
    records: dict[str, Record] = {}
    for key, value in profiles.items() if isinstance(profiles, dict) else ():
        for app, options in _older_apps(value).items():
            _add(records, project_key(key), app, options)
    last = {name: old[name] for name in _LAST if old.get(name) not in (None, "", -1)}
    project, app = last.get("project", ""), last.get("app", "")
    if isinstance(project, str) and isinstance(app, str) and (project or app):
        known = records.pop(project_key(project), {})
        records[project_key(project)] = known
        found = profile_in(known, project, app) if app else profile_in(known, project)
        if found is None:
            _add(records, project_key(project), app, last)
        else:
            records[project_key(project)] = with_profile(known, found)
    return records


def _add(records: dict[str, Record], key: str, app: str, options: Any) -> None:
    found = profile_in({"apps": {app: options}}, key, app)
    if found is not None:
        records[key] = with_profile(records.get(key, {}), _chosen(found, options))


def _chosen(profile: Profile, options: Any) -> Profile:
    """A profile in which a switch that was off counts as one that nobody has set, unless it is
    recorded that somebody has."""
    if isinstance(options, dict) and options.get("switches_chosen") is True:
        return profile
    defaults = with_window_defaults(profile.config)
    ticked: Any = {}
    if isinstance(options, dict):
        ticked = {name: True for name in SWITCHES if options.get(name) is True}
    config = replace(defaults, **ticked)
    return replace(profile, config=config, switches_chosen=config != defaults)


def _older_apps(value: Any) -> dict[str, Any]:
    """What a project's entry has of each app, by name."""
    if not isinstance(value, dict):
        return {}
    apps = value.get("apps")
    if isinstance(apps, dict):
        return apps
    app = value.get("app")
    whole = {name: option for name, option in value.items() if name != _NEVER_ASKED}
    return {app if isinstance(app, str) else "": whole}


def _merged(older: Record, used: float, now: Record) -> Record:
    """What is there now, with what an older version had beside it."""
    if not now:
        return {**older, "used": used}
    known: Record = now["apps"] if isinstance(now.get("apps"), dict) else {}
    apps = {name: value for name, value in older["apps"].items() if name not in known}
    return {**now, "apps": {**apps, **known}}  # today's are those that were used last
