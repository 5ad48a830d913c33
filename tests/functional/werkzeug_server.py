"""Werkzeug's own server, to compare with: ``python werkzeug_server.py module:attribute``.

Prints its port; ends when its standard input does. Not a test.
"""

import importlib
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):
        pass


def main() -> None:
    module, _, attribute = sys.argv[1].partition(":")
    app = getattr(importlib.import_module(module), attribute)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    print(server.server_port, flush=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    sys.stdin.read()
    server.shutdown()
    thread.join()


if __name__ == "__main__":
    main()
