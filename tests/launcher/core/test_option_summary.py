"""What differs from the defaults, where the options are folded."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.option_summary import summary
from server.config import ServerConfig, options


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, ""),
        ({"ssl": "adhoc"}, "HTTPS: ad hoc"),
        ({"ssl": "/a/cert.pem, /a/key.pem"}, "HTTPS: cert.pem"),
        ({"root": "/a/src"}, "Import root: src"),
        ({"chunked_memory": 5}, "Chunked bodies"),
        ({"extra_files": ("a", "b"), "flow": "on"}, "Record flow: on  \u00b7  2 extra files"),
        ({"trusted_hosts": ("a.example",)}, "1 trusted host"),
    ],
)
def test_what_differs(changes: dict[str, Any], shown: str) -> None:
    assert summary(ServerConfig(**changes)) == shown


def test_each_option_that_is_on_and_out_of_sight() -> None:
    switches = [name for name, value in ServerConfig().to_json().items() if value is False]
    assert {"debug", "reload", "restart"} <= set(switches)
    for name in switches:
        expected = "" if name in ("debug", "reload") else options()[name].label
        assert summary(ServerConfig(**{name: True})) == expected
