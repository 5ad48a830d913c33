"""Requests that wait until they are released, so that tests needn't sleep.

``/wait?seconds=S`` waits for a release, at most S seconds, and says which came first;
``/enter?count=N&seconds=S`` answers as soon as N requests wait; ``/release`` releases them.
"""

import threading
from urllib.parse import parse_qsl

_changed = threading.Condition()
_waiting: list[threading.Event] = []


def application(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    seconds = float(query.get("seconds", "10"))
    path = environ["PATH_INFO"]
    status = "200 OK"
    if path == "/wait":
        body = "released" if _wait(seconds) else "timed out"
    elif path == "/enter":
        wanted = int(query.get("count", "1"))
        with _changed:
            reached = _changed.wait_for(lambda: len(_waiting) >= wanted, seconds)
        body = "entered" if reached else "timed out"
        status = "200 OK" if reached else "504 Gateway Timeout"
    elif path == "/release":
        with _changed:
            body = f"released {len(_waiting)}"
            for event in _waiting:
                event.set()
    else:
        body = "hello"
    data = f"{body}\n".encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
    return [data]


def _wait(seconds):
    event = threading.Event()
    with _changed:
        _waiting.append(event)
        _changed.notify_all()
    try:
        return event.wait(seconds)
    finally:
        with _changed:
            _waiting.remove(event)
            _changed.notify_all()
