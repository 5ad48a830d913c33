"""An app gets what it would get without recording, whatever it does with the libraries."""

from __future__ import annotations

import abc
import copy
import functools
import http.client
import inspect
import logging
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
import traceback
import types

import django.core.mail.message
import jinja2
import pytest
from spankit import recorded_request

from server.facts.span import HTTP, MAIL, PROCESS, SQL, TEMPLATE
from server.flow.libraries import recorded_libraries
from server.flow.recorder import FlowRecorder, server_stages
from server.flow.shown import safe_message, sentence
from server.handler import WSGIRequestHandler


@pytest.fixture(autouse=True)
def nothing_went_wrong(caplog):
    """No hook has failed."""
    caplog.set_level(logging.WARNING, "servedeck")
    yield
    assert not [record for record in caplog.records if record.name == "servedeck"]


class Proxy:
    """Asked for its class, it has the object made that it stands for."""

    asked = 0

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        Proxy.asked += 1
        return str

    def __conform__(self, protocol):
        return "the object"


class Unlike:
    """Refuses to be looked at."""

    def __eq__(self, other):
        raise RuntimeError("compared")

    def __hash__(self):
        raise RuntimeError("hashed")


# Processes


def test_an_iterator_of_words_is_left_to_popen():
    words = [sys.executable, "-c", "print('hello')"]
    with recorded_request() as found:
        assert subprocess.check_output(iter(words), text=True) == "hello\n"
        assert subprocess.check_output(map(str, words), text=True) == "hello\n"
    assert found.labels(PROCESS) == ["<builtins.list_iterator>", "<builtins.map>"]


def test_arguments_that_popen_refuses_are_refused_by_it():
    with recorded_request() as found:
        for wrong in (5, [sys.executable, 5]):
            with pytest.raises(TypeError):
                subprocess.Popen(wrong)
    assert [span.label for span in found.of(PROCESS)] == ["5", f"{sys.executable} 5"]


def test_processes_that_can_not_be_compared():
    class Process(Unlike, subprocess.Popen):
        pass

    with recorded_request() as found, Process([sys.executable, "-c", ""]) as process:
        assert process.wait() == 0
    (span,) = found.of(PROCESS)
    assert span.duration > 0


# HTTP


def test_connections_that_can_not_be_compared():
    class Connection(Unlike, http.client.HTTPConnection):
        pass

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            with listening.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with recorded_request() as found:
            connection = Connection("127.0.0.1", listening.getsockname()[1])
            connection.request("GET", "/")
            assert connection.getresponse().status == 204
            connection.close()
        thread.join()
    with recorded_request() as refused, pytest.raises(ConnectionRefusedError):
        Connection("127.0.0.1", listening_nowhere()).request("GET", "/")
    assert [span.status for span in found.of(HTTP)] == [204]
    assert [span.error.partition(":")[0] for span in refused.of(HTTP)] == ["ConnectionRefusedError"]


def listening_nowhere() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


# sqlite3


def test_what_is_put_into_a_statement_is_asked_nothing():
    class Truthless:
        def __bool__(self):
            raise ValueError("neither")

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return (7,)[index]

    Proxy.asked = 0
    with recorded_request() as found:
        connection = sqlite3.connect(":memory:")
        assert connection.execute("SELECT ?", Truthless()).fetchone() == (7,)
        assert connection.execute("SELECT ?", (Proxy(),)).fetchone() == ("the object",)
        connection.close()
    assert Proxy.asked == 0
    assert ".Proxy>" in found.of(SQL)[1].parameters


def test_what_is_logged_is_not_asked_for_its_class():
    record = logging.LogRecord("unseen", logging.INFO, "", 1, "by %s", (Proxy(),), None)
    Proxy.asked = 0
    assert "Proxy" in safe_message(record)
    assert Proxy.asked == 0


def test_connect_stays_like_a_function_of_c_code():
    with recorded_request() as found:

        class Database:
            connect = sqlite3.connect

        assert Database().connect(":memory:").execute("SELECT 1").fetchone() == (1,)
        for same in (pickle.loads(pickle.dumps(sqlite3.connect)), copy.deepcopy(sqlite3.connect)):
            assert same == sqlite3.connect
        later = pickle.dumps(functools.partial(sqlite3.connect, ":memory:"))
        assert sqlite3.connect.__name__ == "connect"
        assert inspect.isroutine(sqlite3.connect)
    assert found.labels(SQL) == ["SELECT 1"]
    assert type(pickle.loads(later)()) is sqlite3.Connection


def test_connect_fails_as_it_does(tmp_path):
    def frames(*args, **options):
        with pytest.raises((TypeError, sqlite3.Error)) as caught:
            sqlite3.connect(*args, **options)
        raised = traceback.extract_tb(caught.value.__traceback__)
        return str(caught.value), [frame.name for frame in raised]

    wrong = [
        ((tmp_path / "missing" / "file",), {}),
        ((5,), {}),
        ((), {}),
        ((":memory:",), {"a": 1}),
    ]
    before = [frames(*args, **options) for args, options in wrong]
    with recorded_request():
        assert [frames(*args, **options) for args, options in wrong] == before


def test_a_class_made_of_the_users_is_not_for_the_users_to_see():
    seen: list[str] = []

    class Registered(sqlite3.Connection):
        def __init_subclass__(cls, *, tag, **options):
            seen.append(tag)
            super().__init_subclass__(**options)

    class Meta(abc.ABCMeta):
        def __new__(cls, name, bases, members, *, tag):
            seen.append(tag)
            return super().__new__(cls, name, bases, members)

        def __init__(cls, name, bases, members, *, tag):
            super().__init__(name, bases, members)

        def __eq__(cls, other):
            raise RuntimeError("compared")

        __hash__ = type.__hash__

    class Made(sqlite3.Connection, metaclass=Meta, tag="mine"):
        pass

    assert seen == ["mine"]
    with recorded_request() as found:
        for factory in (Registered, Made):
            connection = sqlite3.connect(":memory:", factory=factory)
            assert isinstance(connection, factory)
            connection.execute("SELECT 1")
            connection.close()

        class Own(type(sqlite3.connect(":memory:", factory=Registered)), tag="own"):  # type: ignore[misc]
            pass

    assert found.labels(SQL) == ["SELECT 1"] * 2
    assert seen == ["mine", "own"]


def test_a_factory_that_is_no_class():
    class Factory(Unlike):
        def __call__(self, *args, **options):
            return sqlite3.Connection(":memory:")

    with recorded_request():
        assert type(sqlite3.connect(":memory:", factory=Factory())) is sqlite3.Connection


# Templates and mail


def test_what_renders_a_template_is_a_function_with_its_name():
    with recorded_request():
        template = jinja2.Template("hello")
        assert template.root_render_func.__name__ == "root"
        del template.root_render_func
        with pytest.raises(AttributeError):
            template.render()
        with pytest.raises(AttributeError):
            del template.root_render_func


def test_the_recipients_of_a_mail_are_asked_for_as_often_as_without():
    asked = []

    class Message(django.core.mail.message.EmailMessage):
        def recipients(self):
            asked.append(self)
            return super().recipients()

        def get_connection(self, fail_silently=False):
            return self

        def send_messages(self, messages):
            return len(messages)

    with recorded_request() as found:
        sent = Message("hello", "", "a@example.com", ["b@example.com"], bcc=["c@example.com"])
        assert sent.send() == 1
    assert len(asked) == 1
    assert found.labels(MAIL) == ["to b@example.com, c@example.com: hello"]


# Exceptions


class Asked(Exception):
    """Whose message is code of the app's."""

    def __str__(self):
        raise AssertionError("asked")


class Part:
    def __repr__(self):
        raise AssertionError("asked")

    __fspath__ = __str__ = __repr__


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("plain"), "ValueError: plain"),
        (KeyError("key"), "KeyError: 'key'"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (FileNotFoundError(2, "No such", "a"), "FileNotFoundError: [Errno 2] No such: 'a'"),
        (sqlite3.OperationalError("no such table: t"), "OperationalError: no such table: t"),
        (Asked("one", Part(), "two"), "Asked: one, two"),
        (ValueError(Part()), "ValueError"),
        (FileNotFoundError(2, "No such", Part()), "FileNotFoundError: No such"),
        (ValueError(Proxy()), "ValueError"),
    ],
)
def test_an_exception_is_not_asked_for_its_message_while_the_request_runs(error, shown):
    Proxy.asked = 0
    assert sentence(error) == shown
    assert Proxy.asked == 0


def test_an_exception_that_passes_a_hook_is_not_asked():
    def fails():
        raise Asked("broken")

    with recorded_request() as found, pytest.raises(Asked):
        jinja2.Template("{{ fails() }}").render(fails=fails)
    assert [span.error for span in found.of(TEMPLATE)] == ["Asked: broken"]


def test_a_value_from_the_url_is_asked_nothing():
    flow = FlowRecorder(server_stages(WSGIRequestHandler))
    Proxy.asked = 0
    flow.record_args({"part": Part(), "id": 7, "name": "tea", "proxy": Proxy()})
    shown = dict(flow.finish().view_args)
    assert (shown["id"], shown["name"]) == ("7", "'tea'")
    assert shown["part"].endswith(".Part>")
    assert Proxy.asked == 0


# Modules


@pytest.mark.parametrize("there", [types.ModuleType("another"), object()])
def test_a_module_that_stands_in_for_a_library(monkeypatch, there, caplog):
    monkeypatch.setitem(sys.modules, "sqlite3", there)
    with recorded_libraries():
        pass
    assert sys.modules["sqlite3"] is there
    caplog.clear()
