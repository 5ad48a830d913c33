"""Starts an app through the supervisor: ``python -m benchmarks.starts HOST FOLDER APP COUNT``.

Prints a JSON list: seconds from each command to the first answered request. The first start is the
process's first.
"""

from __future__ import annotations

import http.client
import json
import queue
import sys
import time

from launcher.hosts.supervisor import Supervisor
from server.config import ServerConfig
from server.events import Event, ServerFailed, ServerStarted, ServerStopped

__all__ = ["main"]

_SECONDS = 60.0


def main(arguments: list[str]) -> int:
    """Measure.

    :returns: the exit status; 1 where the app doesn't start
    """
    host, folder, app, count = arguments
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    supervisor = Supervisor(events.put)
    config = ServerConfig(app=app, project=folder, port=0, run_in=host)
    times: list[float] = []
    for _ in range(int(count)):
        begun = time.perf_counter()
        supervisor.start(config)
        event = _next(events, (ServerStarted, ServerFailed))
        if not isinstance(event, ServerStarted):
            print(event, file=sys.stderr)
            return 1
        connection = http.client.HTTPConnection(event.host, event.port, timeout=_SECONDS)
        connection.request("GET", "/")
        connection.getresponse().read()
        times.append(time.perf_counter() - begun)
        connection.close()
        supervisor.stop()
        _next(events, (ServerStopped, ServerFailed))
    supervisor.close(_SECONDS)
    print(json.dumps(times))
    return 0


def _next(events: queue.SimpleQueue[Event], kinds: tuple[type, ...]) -> Event:
    while True:
        event = events.get(timeout=_SECONDS)
        if isinstance(event, kinds):
            return event


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
