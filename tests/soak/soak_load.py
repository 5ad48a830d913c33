"""The clients of the reload soak, in a process of their own: ``soak_load.py PORT KEEP CLOSE``.

So many clients keep their connections, and so many make a new one for each request; one in four
asks for an answer that takes a while. They run until standard input is closed; then one line of
JSON says how many answers there were, and everything that went wrong.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time

HOST = "127.0.0.1"
SECONDS = 60.0  # the longest that an answer may take
_MAX_REPORTED = 20
_VERSION = re.compile(rb"version (\d+)")


class Client(threading.Thread):
    """One client; what it has seen is read when it has ended."""

    def __init__(self, port: int, number: int, *, keep: bool, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.answers = 0
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.newest = 0
        self._port = port
        self._keep = keep
        self._path = "/slow" if number % 4 == 3 else "/"
        self._ended = ended

    def run(self) -> None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=SECONDS)
        headers = {} if self._keep else {"Connection": "close"}
        asked = 0
        while not self._ended.is_set():
            begun = time.monotonic()
            asked += 1
            try:
                connection.request("GET", self._path, headers=headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(f"{self._kind} {self._path}, request {asked}: {error!r}")
                connection.close()
                continue
            self.slowest = max(self.slowest, time.monotonic() - begun)
            found = _VERSION.fullmatch(content)
            if answer.status != 200 or found is None:
                self.wrong.append(f"{self._kind} {self._path}: {answer.status} {content[:200]!r}")
            else:
                self.answers += 1
                self.newest = max(self.newest, int(found[1]))
            # Some load is meant, not all that the machine can do.
            self._ended.wait(0.002)
        connection.close()

    @property
    def _kind(self) -> str:
        return "kept" if self._keep else "new"


def main(arguments: list[str]) -> int:
    """Run until the end of standard input."""
    port, keep, close = map(int, arguments)
    ended = threading.Event()
    clients = [
        Client(port, number, keep=number < keep, ended=ended) for number in range(keep + close)
    ]
    for client in clients:
        client.start()
    sys.stdin.read()
    ended.set()
    for client in clients:
        client.join(SECONDS)
    wrong = [line for client in clients for line in client.wrong]
    summary = {
        "answers": sum(client.answers for client in clients),
        "failed": len(wrong),
        "wrong": wrong[:_MAX_REPORTED],
        "slowest": max((client.slowest for client in clients), default=0.0),
        "newest": max((client.newest for client in clients), default=0),
    }
    print(json.dumps(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
