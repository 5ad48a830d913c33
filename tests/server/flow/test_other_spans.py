"""Processes, mail and caches."""

from __future__ import annotations

import asyncio
import inspect
import smtplib
import socket
import subprocess
import sys
import threading
from email.message import EmailMessage

import pytest
from djangokit import django_project
from serverkit import SAFETY
from spankit import here, recorded_request, request

from server.base import limits
from server.facts.span import CACHE, MAIL, PROCESS
from server.flow.libraries import recorded_libraries


def test_processes_and_how_long_they_were_waited_for():
    with recorded_request() as found:
        line = here() + 1
        done = subprocess.run([sys.executable, "-c", "input()"], input="", text=True, check=False,
                              stderr=subprocess.DEVNULL)  # fmt: skip
        subprocess.check_output("echo 'one two'", shell=True)
        with pytest.raises(FileNotFoundError):
            subprocess.Popen(["/no/such/program"])
    assert done.returncode == 1
    first, second, third = found.of(PROCESS)
    assert first.label == f"{sys.executable} -c input()"
    assert (first.file, first.line) == (__file__, line)
    assert first.start + first.duration <= second.start
    assert second.label == "echo 'one two'"
    assert third.error.startswith("FileNotFoundError: ")


def test_an_asynchronous_process_and_one_that_is_left_alone():
    async def main():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        await process.wait()

    with recorded_request() as found:
        asyncio.run(main())
    assert found.labels(PROCESS) == [f"{sys.executable} -c ''"]


def test_popen_is_itself_again():
    before = {name: getattr(subprocess.Popen, name) for name in ("__init__", "wait", "communicate")}
    signature = inspect.signature(subprocess.Popen)
    with recorded_libraries():
        assert subprocess.Popen.__init__ is not before["__init__"]
        assert inspect.signature(subprocess.Popen) == signature
    assert {name: getattr(subprocess.Popen, name) for name in before} == before


class Mailbox:
    """A server that takes one mail."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock, sock.makefile("rwb") as lines:
            in_data = False
            answer = b"220 here\r\n"
            while True:
                if answer:
                    lines.write(answer)
                    lines.flush()
                line = lines.readline().upper()
                if not line or line.startswith(b"QUIT"):
                    return
                answer = b"250 yes\r\n"
                if in_data:
                    in_data = line != b".\r\n"
                    answer = b"" if in_data else b"250 taken\r\n"
                elif line.startswith(b"DATA"):
                    in_data, answer = True, b"354 go on\r\n"

    def close(self) -> None:
        self._thread.join(SAFETY)
        self._listener.close()


def test_mail_with_recipients_and_subject():
    mailbox = Mailbox()
    message = EmailMessage()
    message["From"], message["To"] = "shop@example.com", "a@example.com, b@example.com"
    message["Subject"] = "Grüße"
    message.set_content("Schöne Grüße\n" + 5000 * "x")
    message.add_alternative("<p>hello</p>", subtype="html")
    message.add_attachment(100_000 * b"x", maintype="image", subtype="png", filename="x.png")
    with recorded_request() as found, smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.send_message(message)
    mailbox.close()
    (mail,) = found.of(MAIL)
    assert mail.label == "to a@example.com, b@example.com: Grüße"
    assert mail.parameters.startswith("Schöne Grüße\nxxx")
    assert len(mail.parameters) == limits.SPAN_PARAMETERS


def test_djangos_mail_and_cache():
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    backend = "django.core.mail.backends.dummy.EmailBackend"
    with django_project("nowhere.urls", CACHES=caches, EMAIL_BACKEND=backend):
        from django.core.cache import CacheHandler
        from django.core.mail import send_mail

        with recorded_libraries():
            cache = CacheHandler()["default"]
            with request() as found:
                send_mail("Order 3", "hello", "shop@example.com", ["a@example.com"])
                cache.set("key", 1)
                assert cache.get("key") == 1
                assert cache.get_many(["key", "other"]) == {"key": 1}
                assert cache.get_or_set("new", lambda: 2) == 2
                cache.delete(key="key")
                cache.clear()
        assert [name for name in vars(cache) if name in ("get", "set", "clear")] == []
    assert found.labels(MAIL) == ["to a@example.com: Order 3"]
    assert found.of(MAIL)[0].parameters == "hello"
    assert found.labels(CACHE) == [
        "set key", "get key", "get_many key, other", "get_or_set new", "delete key", "clear",
    ]  # fmt: skip


def test_mail_to_one_address_as_text():
    mailbox = Mailbox()
    text = "Subject: Order 3\r\nContent-Type: text/html; charset=none-such\r\n\r\n<p>hello"
    with recorded_request() as found, smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.sendmail("shop@example.com", "a@example.com", text)
    mailbox.close()
    assert found.labels(MAIL) == ["to a@example.com: Order 3"]
    assert found.of(MAIL)[0].parameters == "<p>hello"
