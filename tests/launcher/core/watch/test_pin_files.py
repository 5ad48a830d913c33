"""The pins of each project, in files."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.pin_files import FOLDER, Kept, PinFiles
from launcher.core.watch.pins import MOST_PINS, pin_of
from server.events import Body


def test_two_windows_have_the_same_pins(make: Any, tmp_path: Path) -> None:
    one, other = PinFiles(tmp_path), PinFiles(tmp_path)
    project = str(tmp_path / "shop")
    first, second = pin_of(make.finished(1, "/a")), pin_of(make.finished(1, "/b"))
    assert one.add(project, first) == ""
    assert other.read(project).pins == (first,)
    assert other.add(project, second) == ""
    assert one.add(project, first) == ""  # is there already
    assert one.read(project).pins == (first, second)
    ignored = Ignored("json", "id")
    assert one.update(project, second.key, lambda pin: pin.ignoring(ignored)) == ""
    assert other.read(project).pins[1].ignored == (ignored,)
    assert other.remove(project, first.key) == ""
    assert one.update(project, first.key, lambda pin: pin.ignoring(ignored)) == ""
    assert [pin.name for pin in one.read(project).pins] == ["GET /b"]
    assert one.read(str(tmp_path / "other")) == one.read("") == Kept()
    assert one.set_automatic(project, False) == ""
    assert not other.read(project).automatic
    assert other.read(project).pins


def test_only_the_user_can_read_them(make: Any, tmp_path: Path) -> None:
    files = PinFiles(tmp_path)
    files.add(str(tmp_path), pin_of(make.finished(1)))
    folder = tmp_path / FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_there_is_a_bound(make: Any, tmp_path: Path) -> None:
    files = PinFiles(tmp_path)
    for number in range(MOST_PINS):
        assert files.add("/p", pin_of(make.finished(1, f"/{number}"))) == ""
    assert "50 requests are pinned" in files.add("/p", pin_of(make.finished(1, "/more")))
    assert len(files.read("/p").pins) == MOST_PINS
    huge = Body(5_000_000, b"\0" * 5_000_000)
    assert files.add("/q", pin_of(make.finished(1, "/a", response_body=huge))) == ""
    assert "too large" in files.add("/q", pin_of(make.finished(1, "/b", response_body=huge)))
    assert len(files.read("/q").pins) == 1


def test_what_is_damaged_is_put_aside_or_left_out(make: Any, tmp_path: Path) -> None:
    files = PinFiles(tmp_path)
    pin = pin_of(make.finished(1))
    files.add("/p", pin)
    file = next(path for path in (tmp_path / FOLDER).iterdir() if path.suffix == ".json")
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "pins": [{"request": 3}, *record["pins"], 7]}))
    assert files.read("/p").pins == (pin,)
    file.write_text("{")
    assert files.read("/p") == Kept()
    assert files.take_notices()
