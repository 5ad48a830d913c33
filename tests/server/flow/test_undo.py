"""All that is put in front of libraries is taken off again: they are what they were."""

from __future__ import annotations

import http.client
import logging
import smtplib
import sqlite3
import subprocess
import sys

import django.core.cache
import django.core.mail.message
import django.db.backends.base.base
import django.db.backends.signals
import django.db.backends.sqlite3.base
import django.template.base
import httpx
import jinja2
import urllib3

from server.flow.libraries import recorded_libraries

LOOKED_AT = (
    sqlite3, sqlite3.dbapi2, http.client.HTTPConnection, urllib3.HTTPConnectionPool,
    httpx.HTTPTransport, httpx.AsyncHTTPTransport, jinja2.Template, django.template.base.Template,
    django.core.cache.CacheHandler, django.core.mail.message.EmailMessage,
    django.db.backends.base.base.BaseDatabaseWrapper,
    django.db.backends.sqlite3.base.DatabaseOperations, smtplib.SMTP, subprocess.Popen,
)  # fmt: skip


def state():
    receivers = list(django.db.backends.signals.connection_created.receivers)
    return [dict(vars(owner)) for owner in LOOKED_AT], receivers, list(sys.meta_path)


def test_libraries_are_what_they_were():
    before = state()
    with recorded_libraries():
        during = state()
        changed = [
            owner for owner, old, new in zip(LOOKED_AT, before[0], during[0], strict=True)
            if old != new
        ]  # fmt: skip
        assert changed == list(LOOKED_AT)
        assert len(during[1]) == len(before[1]) + 1
    assert state() == before


def test_what_was_changed_by_others_meanwhile_stays(caplog):
    caplog.set_level(logging.WARNING)
    original = subprocess.Popen.wait
    with recorded_libraries():

        def own(self, timeout=None):
            return original(self, timeout)

        subprocess.Popen.wait = own
    try:
        assert subprocess.Popen.wait is own
    finally:
        subprocess.Popen.wait = original
    assert not caplog.records
