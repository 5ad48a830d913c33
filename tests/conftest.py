"""What all tests share: no screen is needed. The helpers are wire.py and served.py."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SERVEDECK_STRICT", "1")  # an impossible step of a state machine raises
