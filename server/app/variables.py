"""What is set in the environment of an app. The launcher sets the same in a warm process. Pure."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OF_RELOADER", "variables_of"]

# Werkzeug's and Django's: apps start their jobs where these are set, or nothing else restarts them.
_UNDER_RELOADER = {"WERKZEUG_RUN_MAIN": "true", "RUN_MAIN": "true"}
OF_RELOADER = (*_UNDER_RELOADER, "WERKZEUG_SERVER_FD")


def variables_of(environ: Mapping[str, str], debug: bool, reload: bool) -> dict[str, str]:
    """What is set in the environment while an app is imported and runs.

    :param environ: the project's own variables
    :param reload: whether the app is loaded anew when its files change
    """
    # As `flask run` does: a module that ends in app.run() is only being imported.
    flask = {"FLASK_RUN_FROM_CLI": "true", "FLASK_DEBUG": "1" if debug else "0"}
    return {**environ, **flask, **(_UNDER_RELOADER if reload else {})}
