"""Waits where the test wants it to: at the named pipe ``$GATE``, until something is written there.

``/gate`` prints ``entered``, waits, and answers; ``$GATE_IMPORT`` does the same on import.
``/late`` sends its first piece, then waits; ``/pid`` and ``/`` answer at once.
"""

import os


def wait(line):
    print(line, flush=True)
    with open(os.environ["GATE"]) as gate:
        return gate.read()


if os.environ.get("GATE_IMPORT"):
    wait("importing")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/late":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return late()
    body = f"opened by {wait('entered')}\n" if path == "/gate" else f"{os.getpid()}\n"
    data = body.encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
    return [data]


def late():
    yield b"first\n"
    yield f"opened by {wait('entered')}\n".encode()
