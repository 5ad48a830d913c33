"""The server in every Python that it promises to run in, as far as they are on the machine.

It is loaded there as in a project's own interpreter: by path, under a private name, with nothing
of ours installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from serverkit import SAFETY

SERVER = Path(__file__).parents[2] / "server"
VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]

SCRIPT = """
import importlib.util, pathlib, socket, sys, threading, warnings
warnings.simplefilter("error")
sys.dont_write_bytecode = True
folder = pathlib.Path(sys.argv[1])
for file in sorted(folder.rglob("*.py")):
    compile(file.read_text("utf-8"), str(file), "exec")
spec = importlib.util.spec_from_file_location(
    "_private_server", folder / "__init__.py", submodule_search_locations=[str(folder)])
package = sys.modules["_private_server"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
for file in sorted(folder.rglob("*.py")):
    if file.stem != "__init__":
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        importlib.import_module("_private_server." + name)
assert "server" not in sys.modules and "werkzeug" not in sys.modules

from _private_server.config import ServerConfig
from _private_server.events import decode, encode
from _private_server.session import Session

app = pathlib.Path(sys.argv[2]) / "server.py"   # a name of ours is the user's own here
app.write_text('''
import logging
def app(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError("chained") from error
    print("printed")
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b"hello ", body])
''')
POST = (b"POST / HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n"
        b"Connection: close\\r\\n\\r\\n5\\r\\nthere\\r\\n0\\r\\n\\r\\n")
FAILS = b"GET /fails HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"

def ask(port, data):
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        client.sendall(data)
        answer = b""
        while True:
            part = client.recv(65536)
            if not part:
                return answer
            answer += part

for mode in ("single", "threaded"):
    events, started = [], threading.Event()
    def emit(event):
        events.append(decode(encode(event)))
        if type(event).__name__ == "ServerStarted":
            started.set()
    config = ServerConfig(app="server:app", project=sys.argv[2], port=0, mode=mode)
    session = Session(config, emit)
    session.bind()
    port = session._listeners[0].getsockname()[1]
    def use():
        assert started.wait(20)
        answers.append(ask(port, POST))
        answers.append(ask(port, FAILS))
        session.stop()
    answers = []
    user = threading.Thread(target=use)
    user.start()
    session.run()
    user.join()
    assert answers[0].startswith(b"HTTP/1.1 200 OK\\r\\n"), answers
    assert answers[0].endswith(b"6\\r\\nhello \\r\\n5\\r\\nthere\\r\\n0\\r\\n\\r\\n"), answers
    assert answers[1].startswith(b"HTTP/1.1 500 "), answers
    names = [type(event).__name__ for event in events]
    assert sorted(set(names)) == [
        "AppError", "OutputWritten", "RequestFinished", "RequestStarted", "RoutesFound",
        "ServerStarted", "ServerStopped"], names
    error = events[names.index("AppError")]
    assert "direct cause" in error.text and "_private" not in error.text, error.text
    assert [frame.function for frame in error.frames] == ["app"], error.frames
    assert threading.active_count() == 1, threading.enumerate()
print("fine")
"""


def interpreters() -> dict[str, str]:
    """The newest interpreter of each version."""
    found: dict[str, str] = {}
    for version in VERSIONS:
        name = f"python{version}"
        pyenv = sorted(
            (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/{name}"),
            key=lambda path: [int(n) for n in re.findall(r"\d+", path.parts[-3])],
        )
        path = str(pyenv[-1]) if pyenv else shutil.which(name)
        if path and runs(path):
            found[version] = path
    return found


def runs(path: str) -> bool:
    """Whether it is an interpreter, and not a stand-in for one that isn't chosen."""
    done = subprocess.run([path, "-I", "-c", ""], capture_output=True, timeout=SAFETY, check=False)
    return done.returncode == 0


INTERPRETERS = interpreters()


@pytest.mark.parametrize("version", VERSIONS)
def test_it_loads_and_serves(version: str, tmp_path: Path) -> None:
    if version not in INTERPRETERS:
        pytest.skip(f"Python {version} is not on this machine")
    result = subprocess.run(
        [INTERPRETERS[version], "-I", "-c", SCRIPT, str(SERVER), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=2 * SAFETY,
    )
    assert (result.stdout, result.stderr, result.returncode) == ("fine\n", "", 0)
