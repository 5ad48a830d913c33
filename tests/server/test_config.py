"""The options: what is allowed, what is reported about what isn't, and that nothing is lost."""

from __future__ import annotations

import dataclasses
import json

import pytest

from server.config import MODES, ServerConfig, options
from server.errors import ConfigError


def test_the_defaults_are_loopback_and_the_documented_port() -> None:
    config = ServerConfig()
    assert (config.host, config.port, config.debug, config.mode) == (
        "127.0.0.1", 5000, False, "threaded"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "fragment"),
    [
        ("port", -1, "from 0 to 65535"),
        ("port", 65536, "from 0 to 65535"),
        ("port", "80", "must be a int"),
        ("port", True, "must be a int"),
        ("host", "", "not an address"),
        ("host", "a b", "not an address"),
        ("mode", "forked", "threaded, single"),
        ("grace", -0.5, "out of range"),
        ("debug", 1, "must be a bool"),
        ("trusted_hosts", ("http://dev.example/",), "write a name or an address"),
        ("trusted_hosts", ("*.example",), ".example stands for all below it"),
        ("trusted_hosts", ("",), "can't be read"),
        ("trusted_hosts", (".",), "can't be read"),
        ("body_limit", 1 << 40, "out of range"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: object, fragment: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ServerConfig(**{name: value})  # type: ignore[arg-type]
    assert caught.value.setting == name
    assert fragment in caught.value.message


@pytest.mark.parametrize("port", [0, 1, 65535])
def test_the_bounds_belong_to_the_range(port: int) -> None:
    assert ServerConfig(port=port).port == port


def test_json_there_and_back() -> None:
    config = ServerConfig(app="shop:app", project="/tmp/\u00fc", port=0, debug=True, mode="single")
    config = dataclasses.replace(config, extra_files=("a", "b"))
    assert ServerConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert ServerConfig.from_json({"port": 80, "of_tomorrow": 1}).port == 80


@pytest.mark.parametrize("value", [None, [], "x", {"port": "80"}, {"env": [1]}])
def test_json_that_is_no_config(value: object) -> None:
    with pytest.raises(ConfigError):
        ServerConfig.from_json(value)


def test_it_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ServerConfig().port = 1  # type: ignore[misc]


def test_every_option_explains_itself() -> None:
    assert list(options()) == [item.name for item in dataclasses.fields(ServerConfig)]
    for name, option in options().items():
        assert option.label, name
        assert option.help.endswith("."), name
    flags = [option.flag for option in options().values() if option.flag]
    assert len(set(flags)) == len(flags)
    assert options()["mode"].choices == MODES


def test_a_unix_socket_replaces_the_host() -> None:
    assert ServerConfig(host="localhost").address == "localhost"
    assert ServerConfig(host="localhost", unix="/tmp/s").address == "unix:///tmp/s"


@pytest.mark.parametrize("line", ["NAME", "=value", " =value", "A=b\0", ""])
def test_a_variable_that_cannot_be_one(line: str) -> None:
    with pytest.raises(ConfigError, match="NAME=value") as caught:
        ServerConfig(env=("GOOD=1", line))
    assert caught.value.setting == "env"
    assert ServerConfig(env=("A=b=c", "EMPTY=")).env == ("A=b=c", "EMPTY=")


@pytest.mark.parametrize(
    ("flow", "debug", "records"),
    [("auto", False, False), ("auto", True, True), ("on", False, True), ("off", True, False)],
)
def test_when_the_flow_is_recorded(flow: str, debug: bool, records: bool) -> None:
    assert ServerConfig(flow=flow, debug=debug).records_flow is records
