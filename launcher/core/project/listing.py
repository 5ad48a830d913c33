"""``servedeck apps``: the apps and interpreters of a folder, as a table or as JSON.

Thread: any; it looks through the folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from ..display import escaped
from . import interpreters
from .discovery import Findings, look_at

__all__ = ["run"]


def run(directory: str | os.PathLike[str], as_json: bool, out: TextIO) -> int:
    """Print the apps and the interpreters of a folder.

    As JSON: ``{"apps": [{spec, kind, reason}], "hints": [{file, line, text}],
    "interpreters": [{path, version, …}]}``.

    :param out: where the list goes; errors go to standard error
    :returns: the exit code: 0, also where there is no app; 2 where there is no such folder
    """
    project = Path(directory)
    shown = escaped(str(directory))
    try:
        findings = look_at(project)
    except OSError:
        wrong = "is not a folder" if _exists(project) else "does not exist"
        print(f"{shown} {wrong}: give the folder of your project.", file=sys.stderr)
        return 2
    kind = findings.apps[0].kind if findings.apps else ""
    pythons = interpreters.find_interpreters(project, kind)
    if as_json:
        text = _as_json(findings, interpreters.records(pythons, kind))
    else:
        text = f"{_as_text(findings, shown)}\n\n{interpreters.table(pythons, kind)}"
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    return 0


def _as_json(findings: Findings, pythons: list[dict[str, object]]) -> str:
    apps = [{"spec": a.spec, "kind": a.kind, "reason": a.reason} for a in findings.apps]
    hints = [{"file": h.file, "line": h.line, "text": h.text} for h in findings.hints]
    return json.dumps({"apps": apps, "hints": hints, "interpreters": pythons}, indent=2)


def _as_text(findings: Findings, directory: str) -> str:
    hints = [f"Hint: {escaped(hint.text)}" for hint in findings.hints]
    if not findings.apps:
        text = f"No WSGI app was found in {directory}"
        if findings.unreadable:
            names = ", ".join(map(escaped, findings.unreadable[:3]))
            text += f"; {names} could not be read as Python"
        text += ": name it yourself, as in module:app or path/to/file.py:app."
        return "\n".join([text, *hints])
    table = [("APP", "KIND", "FOUND")]
    table += [(escaped(a.spec), a.kind, escaped(a.reason)) for a in findings.apps]
    first, second = (max(len(row[column]) for row in table) for column in (0, 1))
    rows = [f"{spec:<{first}}  {kind:<{second}}  {why}" for spec, kind, why in table]
    return "\n".join([*rows, *hints])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
