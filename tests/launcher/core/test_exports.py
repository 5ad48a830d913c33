"""Requests as files for other programs."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from launcher.core.exports import FORMS, masked
from launcher.core.har import read_har
from launcher.core.saved_files import save_parts
from server.events import Body, RequestFinished, decode


def nowhere(_done: RequestFinished) -> str:
    return ""


def requests(make: Any) -> list[RequestFinished]:
    body = b'{"password":"hunter2"}'
    coded = gzip.compress(b'{"token":"hunter2"}')
    return [
        make.finished(1, "/a?token=hunter2", request_headers=(("Cookie", "a=hunter2"),)),
        make.finished(
            2, "/b", method="POST", request_body=Body(len(body), body),
            request_headers=(("Content-Type", "application/json"),),
            response_headers=(("Content-Type", "application/json"), ("Content-Encoding", "gzip")),
            response_body=Body(len(coded), coded),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", list(FORMS))
def test_secrets_are_in_it_only_when_asked_for(make: Any, suffix: str) -> None:
    form = FORMS[suffix]
    assert "hunter2" not in "".join(form.write(requests(make), nowhere, False))
    assert "hunter2" in "".join(form.write(requests(make), nowhere, True))


def test_json_lines_are_events(make: Any) -> None:
    found = requests(make)
    lines = "".join(FORMS[".jsonl"].write(found, nowhere, True)).splitlines()
    assert [decode(line) for line in lines] == found
    hidden = masked(found[1])
    assert json.loads(hidden.response_body.data) == {"token": "***"}
    assert "content-encoding" not in dict(hidden.response_headers)


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh")
def test_a_script_is_one_that_sh_can_read(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    assert save_parts(str(path), FORMS[".sh"].write(requests(make), nowhere, False)) == ""
    assert path.stat().st_mode & 0o777 == 0o600
    subprocess.run(["sh", "-n", str(path)], check=True, timeout=20)


def test_a_file_is_whole_or_not_there(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    assert save_parts(str(path), FORMS[".har"].write(requests(make), nowhere, True)) == ""
    assert [done.target for _, done in read_har(path)] == ["/a?token=hunter2", "/b"]
    problem = save_parts(str(tmp_path / "no" / "a.har"), [])
    assert problem.startswith("It can't be saved as a.har")
