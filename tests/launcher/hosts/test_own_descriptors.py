"""What programs and code in C write to this process's own streams, as output of the app."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher.hosts.own_descriptors import OwnDescriptors
from launcher.hosts.thread_host import ThreadHost
from server.config import ServerConfig
from server.events import Event, OutputWritten, ServerStarted, ServerStopped

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes take the place of descriptors")
WAIT = 10


@pytest.fixture
def own(capfd: Any) -> Iterator[OwnDescriptors]:
    """In place of the streams of the tests, which pytest has put there by descriptor."""
    made = OwnDescriptors()
    yield made
    made.close()


def program(text: str, stream: str = "stdout") -> list[str]:
    return [sys.executable, "-S", "-c", f"import sys; sys.{stream}.write({text!r})"]


def test_it_is_reported_and_goes_where_it_would_have_gone(own: OwnDescriptors, capfd: Any) -> None:
    found: list[Event] = []
    own.begin(found.append)
    subprocess.run(program("from a program\n"), check=True)
    os.write(2, "from C: ä\n".encode())
    own.end()
    texts = {(event.stream, event.text) for event in found if isinstance(event, OutputWritten)}
    assert texts == {("stdout", "from a program\n"), ("stderr", "from C: ä\n")}
    os.write(1, b"after\n")
    assert len(found) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("from a program\nafter\n", "from C: ä\n")


def test_much_is_reported_before_the_end(own: OwnDescriptors) -> None:
    found: list[Event] = []
    own.begin(found.append)
    subprocess.run(
        [sys.executable, "-S", "-c", "import os\nfor _ in range(300): os.write(1, b'x' * 10_000)"],
        check=True,
    )  # fmt: skip
    own.end()
    assert sum(len(e.text) for e in found if isinstance(e, OutputWritten)) == 3_000_000


def test_it_can_begin_again_and_what_is_left_over_harms_nobody(own: OwnDescriptors) -> None:
    first: list[Event] = []
    second: list[Event] = []
    own.begin(first.append)
    slow = subprocess.Popen(
        [sys.executable, "-S", "-c", "import sys; sys.stdin.read(); print('late')"],
        stdin=subprocess.PIPE,
    )
    own.end()
    own.begin(second.append)
    slow.communicate(timeout=WAIT)
    assert slow.returncode == 0
    own.end()
    assert first == []
    assert "".join(e.text for e in second if isinstance(e, OutputWritten)) == "late\n"


def test_a_server_in_this_process_reports_what_its_programs_write(
    own: OwnDescriptors, tmp_path: Path, listener: socket.socket
) -> None:
    (tmp_path / "app.py").write_text(
        "import subprocess\n"
        f"subprocess.run({program('from the import')!r}, check=True)\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'']\n"
    )
    events: queue.Queue[Event] = queue.Queue()
    host = ThreadHost(events.put, descriptors=own)
    before = os.fstat(1).st_ino
    host.start(ServerConfig(app="app:app", project=str(tmp_path)), [listener])
    seen: list[Event] = [events.get(timeout=WAIT)]
    while not isinstance(seen[-1], ServerStarted):
        seen.append(events.get(timeout=WAIT))
    host.stop()
    while not isinstance(seen[-1], ServerStopped):
        seen.append(events.get(timeout=WAIT))
    assert host.join(WAIT)
    assert [e.text for e in seen if isinstance(e, OutputWritten)] == ["from the import"]
    assert isinstance(seen[-1], ServerStopped)
    assert not [name for name in seen[-1].threads_left if name.startswith("output-")]
    assert os.fstat(1).st_ino == before
