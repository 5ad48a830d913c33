"""config.py: every source of configuration."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from types import ModuleType

import pytest

from framework import App, Config


@pytest.fixture
def config(tmp_path):
    return Config(tmp_path, {"KEPT": 1})


def test_from_object_takes_upper_case_only(config, monkeypatch):
    class Base:
        A = 1
        lower = 2

    class Settings(Base):
        B = 2

    config.from_object(Settings)
    assert config == {"KEPT": 1, "A": 1, "B": 2}
    module = ModuleType("my_settings")
    module.C = 3
    monkeypatch.setitem(sys.modules, "my_settings", module)
    config.from_object("my_settings")
    assert config["C"] == 3
    with pytest.raises(ImportError):
        config.from_object("no_such_settings")


def test_from_pyfile_and_envvar(config, tmp_path, monkeypatch):
    (tmp_path / "app.cfg").write_text("base = 2\nA = base * 2\nFILE = __file__\n")
    assert config.from_pyfile("app.cfg") is True
    assert config["A"] == 4
    assert config["FILE"] == str(tmp_path / "app.cfg")
    monkeypatch.setenv("MY_SETTINGS", str(tmp_path / "app.cfg"))
    assert config.from_envvar("MY_SETTINGS") is True
    assert config.from_pyfile("none.cfg", silent=True) is False
    with pytest.raises(FileNotFoundError, match="Could not load the configuration file"):
        config.from_pyfile("none.cfg")
    assert config.from_envvar("NOT_SET_ANYWHERE", silent=True) is False
    with pytest.raises(RuntimeError, match=r"'NOT_SET_ANYWHERE' is not set\. Set it"):
        config.from_envvar("NOT_SET_ANYWHERE")


def test_from_file(config, tmp_path):
    (tmp_path / "c.json").write_text('{"A": "é", "b": 2}', encoding="utf-8")
    assert config.from_file("c.json", load=json.load) is True
    assert config.from_file("c.json", load=lambda f: json.loads(f.read()), text=False) is True
    assert config == {"KEPT": 1, "A": "é"}
    assert config.from_file("none.json", load=json.load, silent=True) is False
    with pytest.raises(FileNotFoundError, match="Could not load"):
        config.from_file("none.json", load=json.load)


def test_from_mapping(config):
    assert config.from_mapping({"A": 1, "b": 2}, C=3, d=4) is True
    assert config.from_mapping() is True
    assert config == {"KEPT": 1, "A": 1, "C": 3}


def test_from_prefixed_env(config, monkeypatch):
    for name, value in {
        "FLASK_TEXT": "hello",
        "FLASK_NUMBER": "7",
        "FLASK_FLAG": "true",
        "FLASK_DB__HOST": "h",
        "FLASK_DB__PORT": "5",
        "SHOP_X": "1",
    }.items():
        monkeypatch.setenv(name, value)
    config.from_prefixed_env()
    assert config["TEXT"] == "hello"
    assert config["NUMBER"] == 7
    assert config["FLAG"] is True
    assert config["DB"] == {"HOST": "h", "PORT": 5}
    assert "X" not in config
    config.from_prefixed_env("SHOP", loads=str)
    assert config["X"] == "1"


def test_get_namespace(config):
    config.from_mapping(MAIL_HOST="h", MAIL_PORT=1)
    assert config.get_namespace("MAIL_") == {"host": "h", "port": 1}
    assert config.get_namespace("MAIL_", lowercase=False, trim_namespace=False) == {
        "MAIL_HOST": "h",
        "MAIL_PORT": 1,
    }
    assert "MAIL_HOST" in repr(config)


def test_attributes_are_keys():
    app = App("x")
    app.secret_key = "s"
    app.testing = True
    app.permanent_session_lifetime = 60
    assert (app.config["SECRET_KEY"], app.config["TESTING"]) == ("s", True)
    assert app.permanent_session_lifetime == timedelta(seconds=60)


def test_instance_relative(tmp_path):
    (tmp_path / "app.cfg").write_text("A = 1")
    app = App("x", instance_path=str(tmp_path), instance_relative_config=True)
    app.config.from_pyfile("app.cfg")
    assert app.config["A"] == 1
