"""Two callables under unusual names, so none is the app; messages should name them."""

VERSION = "1.0"


def website(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"website\n"]


def intranet(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"intranet\n"]
