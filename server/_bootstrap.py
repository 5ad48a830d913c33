"""The first file that a worker process runs, by its path, in the project's own interpreter.

It loads this package under a private name, so that neither side can be taken for the other: the
user may well have a ``server.py`` or an ``events.py`` of his own. Until that is done, nothing is
imported that a file of this folder could stand in for. Usage: ``python _bootstrap.py ROLE
[DESCRIPTOR …]``, where ROLE is ``worker``, ``warm`` or ``try``. The descriptors are the role's
channels to the launcher: private ones, since the interpreter runs code of others before this file,
as a ``sitecustomize`` or a ``.pth``, which may print or read what it wants. Where the system can't
pass descriptors, the channels are standard input and output.
"""

import os
import sys

PACKAGE = "_servedeck_server"
ROLES = {"worker": "worker.main", "warm": "worker.warm", "try": "app.trial_child"}


def load_package(folder: str, modules_at_start: frozenset[str]) -> None:
    """Import the package that lies in ``folder`` under its private name.

    :param modules_at_start: what a bare interpreter has imported, as the package is to know
    """
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        PACKAGE, f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.modules_at_start = modules_at_start  # type: ignore[attr-defined]
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Load the package and play the role."""
    modules_at_start = frozenset(sys.modules)
    folder = __file__.rpartition("/")[0] if "/" in __file__ else __file__.rpartition("\\")[0]
    # Python has put it in front, unless PYTHONSAFEPATH forbids it; there the app's own
    # modules are to be looked for.
    if sys.path[:1] == [folder]:
        del sys.path[0]
    # The folders in PYTHONPATH, which may well be the project's, stand before those of the standard
    # library; nothing of ours is to be found there.
    path = list(sys.path)
    library = (os.__file__.replace("\\", "/")).rpartition("/")[0]
    del sys.path[: [entry.replace("\\", "/") for entry in path].index(library)]
    load_package(folder, modules_at_start)
    import importlib

    role = importlib.import_module(f"{PACKAGE}.{ROLES[sys.argv[1]]}")
    channels = [int(number) for number in sys.argv[2:]]
    del sys.argv[1:]
    sys.path[:] = path
    role.main(*channels)


if __name__ == "__main__":
    main()
