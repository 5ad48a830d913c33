"""What was filled in for each project, so that it is there when the project is opened again.

Pure; any thread. A profile is a plain dictionary, as it lies in the settings file: what an older
or newer version has written, or a hand has spoilt, is left out option by option.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from server.config import ServerConfig
from server.errors import ConfigError

__all__ = ["LIMIT", "Profile", "project_key", "read_profile", "with_profile"]

LIMIT = 50
"""How many projects are remembered; the one that was used longest ago goes first."""

_CHOSEN = "python_chosen"


@dataclass(frozen=True)
class Profile:
    """What is filled in for a project.

    :param python_chosen: the interpreter was chosen by the user, so nothing else is proposed
    """

    config: ServerConfig
    python_chosen: bool = False


def project_key(project: str) -> str:
    """What a project's folder is called in the settings; one folder has one name."""
    return os.path.realpath(os.path.expanduser(project)) if project else ""  # noqa: PTH111


def read_profile(
    profiles: Mapping[str, Any], project: str, base: ServerConfig | None = None
) -> Profile | None:
    """What was filled in for a project, or None.

    :param project: its folder
    :param base: says what is not in the profile
    """
    record = profiles.get(project_key(project)) if project else None
    if not isinstance(record, dict):
        return None
    known = {item.name for item in fields(ServerConfig)} - {"project"}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.items()
        if name in known
    }
    config = replace(base or ServerConfig(), project=project)
    for name, value in values.items():
        change: dict[str, Any] = {name: value}
        try:
            config = replace(config, **change)
        except (ConfigError, TypeError):
            continue
    return Profile(config, record.get(_CHOSEN) is True)


def with_profile(profiles: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The profiles with one more, or with one in place of what was there."""
    key = project_key(profile.config.project)
    if not key:
        return dict(profiles)
    record = asdict(profile.config)
    del record["project"]
    kept = {name: value for name, value in profiles.items() if name != key}
    newest = list(kept.items())[-(LIMIT - 1) :]
    return dict([*newest, (key, {**record, _CHOSEN: profile.python_chosen})])
