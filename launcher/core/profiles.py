"""What was filled in for each app of each project, so that it is there when that is opened again.

This is the one place where the configuration is remembered. The profiles are plain dictionaries, as
they lie in the settings file::

    {"/home/me/shop": {"apps": {"shop:admin": {}, "shop:app": {"port": 8000, "debug": true}}}}

Projects and apps stand in the order of their use, so the last one of each is what was used last. Of
a configuration only what differs from the defaults is kept: a default that changes with a new
version reaches everybody who has not chosen otherwise.

Pure; any thread. What an older or newer version has written, or a hand has spoilt, is left out
option by option. Older versions wrote one app per project, in full, and what was used last a second
time at the top of the settings; :func:`adopted` reads that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from launcher.core.window_defaults import SWITCHES, with_window_defaults
from server.config import ServerConfig
from server.errors import ConfigError

__all__ = [
    "MAX_APPS",
    "MAX_PROJECTS",
    "Profile",
    "adopted",
    "last_profile",
    "project_key",
    "read_profile",
    "with_profile",
]

MAX_PROJECTS = 50
"""How many projects are remembered; the one that was used longest ago goes first."""
MAX_APPS = 20
"""How many apps of one project are remembered."""

_CHOSEN = "python_chosen"
_APPS = "apps"
_KEYS = ("project", "app")  # these are where a profile lies
_LAST = ("project", "app", "host", "port", "debug", "mode")  # at the top of older settings
_NEVER_ASKED = "body_limit"  # written by older versions as it was by default, and never filled in
_SWITCHES_CHOSEN = "switches_chosen"


@dataclass(frozen=True)
class Profile:
    """What is filled in for an app of a project.

    :param python_chosen: the interpreter was chosen by the user, so nothing else is proposed
    :param switches_chosen: Debug or Reload were set by the user; otherwise they follow the host
    """

    config: ServerConfig
    python_chosen: bool = False
    switches_chosen: bool = False


def project_key(project: str) -> str:
    """What a project's folder is called in the settings; one folder has one name."""
    return os.path.realpath(os.path.expanduser(project)) if project else ""  # noqa: PTH111


def read_profile(profiles: Mapping[str, Any], project: str, app: str = "") -> Profile | None:
    """What was filled in for an app of a project, or None.

    :param project: the project's folder
    :param app: as it was filled in; "" for the one that was used last
    """
    apps = _apps(profiles, project_key(project))
    name = app or next(reversed(apps), "")
    return _profile(project, name, apps[name]) if name in apps else None


def last_profile(profiles: Mapping[str, Any]) -> Profile | None:
    """What was used last of all, or None."""
    for key in reversed(list(profiles)):
        found = read_profile(profiles, key)
        if found is not None:
            return found
    return None


def with_profile(profiles: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The profiles with one more, or with one in place of what was there; it is the last one then.

    Without a project and an app there is nothing to remember.
    """
    config = profile.config
    if not config.project and not config.app:
        return dict(profiles)
    key = project_key(config.project)
    apps = {name: value for name, value in _apps(profiles, key).items() if name != config.app}
    projects = {name: value for name, value in profiles.items() if name != key}
    newest = dict([*list(apps.items())[-(MAX_APPS - 1) :], (config.app, _record(profile))])
    return dict([*list(projects.items())[-(MAX_PROJECTS - 1) :], (key, {_APPS: newest})])


def adopted(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The profiles of a settings file of any version.

    :param settings: the file's content
    """
    profiles = settings.get("profiles")
    profiles = dict(profiles) if isinstance(profiles, dict) else {}
    last = {name: settings[name] for name in _LAST if settings.get(name) not in (None, "", -1)}
    project, app = last.get("project", ""), last.get("app", "")
    if not isinstance(project, str) or not isinstance(app, str) or not (project or app):
        return profiles
    known = read_profile(profiles, project)
    if known is None or known.config.app != app:
        known = _profile(project, app, last)
    return with_profile(profiles, known)


def _apps(profiles: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The records of a project's apps, by name."""
    record = profiles.get(key)
    if not isinstance(record, dict):
        return {}
    apps = record.get(_APPS)
    if isinstance(apps, dict):
        return apps
    app = record.get("app")
    whole = {name: value for name, value in record.items() if name != _NEVER_ASKED}
    return {app if isinstance(app, str) else "": whole}


def _profile(project: str, app: str, record: Any) -> Profile:
    config = ServerConfig(project=project, app=app)
    if not isinstance(record, dict):
        return Profile(with_window_defaults(config))
    known = {item.name for item in fields(ServerConfig)}.difference(_KEYS)
    for name in record.keys() & known:
        try:
            config = ServerConfig.from_json({**config.to_json(), name: record[name]})
        except (ConfigError, TypeError):
            continue
    # What an older version wrote unticked was its default, and nobody's choice.
    was_ticked = any(record.get(name) is True for name in SWITCHES)
    switches_chosen = record.get(_SWITCHES_CHOSEN, was_ticked) is True
    if not switches_chosen:
        config = with_window_defaults(config)
    return Profile(config, record.get(_CHOSEN) is True, switches_chosen)


def _record(profile: Profile) -> dict[str, Any]:
    """What of a profile differs from the defaults."""
    defaults = ServerConfig().to_json()
    record: dict[str, Any] = {
        name: value
        for name, value in profile.config.to_json().items()
        if name not in _KEYS and value != defaults[name]
    }
    if profile.switches_chosen or any(getattr(profile.config, name) for name in SWITCHES):
        record[_SWITCHES_CHOSEN] = profile.switches_chosen
    return {**record, _CHOSEN: True} if profile.python_chosen else record
