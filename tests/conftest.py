"""What all tests share: no screen is needed. The helpers are wire.py and served.py."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
