"""Raises while it is imported, two calls deep; the traceback has to show both."""


def application(environ, start_response):
    raise AssertionError("never imported, so never called")


def _connect():
    host = "db.invalid"
    raise RuntimeError(f"no connection to {host}")


def _set_up():
    _connect()


_set_up()
