"""What all tests share: no screen is needed. The helpers are wire.py and served.py."""

from __future__ import annotations

import os
import sys

from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SERVEDECK_STRICT", "1")  # an impossible step of a state machine raises

# Compiled modules are kept, whatever the environment says, as they are where the program is used.
# Without them each test worker rewrites all assertions, and each child compiles the server, anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
