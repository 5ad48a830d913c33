"""A configuration that differs from the defaults in nearly every option."""

from __future__ import annotations

from server.config import ServerConfig

FULL = ServerConfig(
    app="shop:app",
    project="/work/shop",
    host="::1",
    port=0,
    debug=True,
    mode="forking",
    processes=7,
    reload=True,
    extra_files=("a,b", "c"),
    exclude_patterns=("*.log",),
    cold_reload=True,
    restart=True,
    python="/work/shop/.venv/bin/python",
    run_in="process",
    env_file="dev.env",
    env=("A=1", "B= x "),
    flow="on",
    ssl="adhoc",
    grace=1.5,
)
