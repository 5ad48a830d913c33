"""What all tests share: no screen is needed. The helpers are wire.py and served.py."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from bounds import EXAMPLES
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SERVEDECK_STRICT", "1")  # an impossible step of a state machine raises

# Compiled modules are kept, whatever the environment says, as they are where the program is used.
# Without them each test worker rewrites all assertions, and each child compiles the server, anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell lets what it starts in the background, and with it all that this starts, ignore Ctrl+C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None, max_examples=EXAMPLES)
settings.register_profile("soak", deadline=None, max_examples=10 * EXAMPLES)
settings.load_profile("untimed")


# Where a test mostly starts a process or builds a window.
_LONG = tuple(
    str(Path(__file__).parent / name)
    for name in ("functional/", "launcher/hosts/", "launcher/test_", "server/reload/")
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where all tests run, the files that take long come first: a worker that began one of them at
    the end would be alone with it."""
    if config.args == config.getini("testpaths"):
        counts = Counter(item.path for item in items)

        def place(item: pytest.Item) -> tuple[bool, int, Path]:
            return not str(item.path).startswith(_LONG), -counts[item.path], item.path

        items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing that collecting makes is garbage, and the collector need never look at it again. Of
    what tests make, most goes by itself, and it looks at many at a time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 10)
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--begin-until",
        type=float,
        metavar="TIME",
        help="skip the tests that would begin later, in seconds since 1970",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    until = item.config.getoption("--begin-until")
    if until is not None and time.time() > until:
        pytest.skip("left to `make test`: there is no more time")
