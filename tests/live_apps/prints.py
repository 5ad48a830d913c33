"""Writes to where apps write: stdout, stderr, wsgi.errors, logging, and a child process.

``/out?bytes=N`` ``/err?bytes=N`` (lines of 80) ``/errors`` ``/log`` ``/child`` ``/partial``
"""

import logging
import subprocess
import sys
from urllib.parse import parse_qsl

print("printed at import")


def application(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = environ["PATH_INFO"]
    if path == "/out":
        _fill(sys.stdout, int(query.get("bytes", "80")))
    elif path == "/err":
        _fill(sys.stderr, int(query.get("bytes", "80")))
    elif path == "/errors":
        environ["wsgi.errors"].write("written to wsgi.errors\n")
        environ["wsgi.errors"].flush()
    elif path == "/log":
        logging.getLogger(__name__).warning("logged: %s", query.get("message", "a warning"))
    elif path == "/child":
        subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    elif path == "/partial":
        print("a line without its end", end="", flush=True)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done\n"]


def _fill(stream, size):
    """Write exactly ``size`` bytes in lines of 80."""
    line = "x" * 79 + "\n"
    whole, rest = divmod(size, len(line))
    for _ in range(whole):
        stream.write(line)
    if rest:
        stream.write("x" * (rest - 1) + "\n")
    stream.flush()
