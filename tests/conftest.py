"""What all tests share: no screen is needed, and this folder's helpers are in reach.

The helpers are wire.py and served.py; this file's being here puts its folder on ``sys.path``.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
