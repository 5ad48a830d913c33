"""The plan of a query that the app has sent comes from where the app runs, in either host."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hosting import Run
from wire import ask

from launcher.core.sql.plans import question_of
from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import Explained, ExplainQuestion, RequestFinished

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="passes descriptors")

APP = """\
import os, sqlite3
from contextlib import closing
def app(environ, start_response):
    with closing(sqlite3.connect(os.path.abspath("items.sqlite3"))) as data:
        data.execute("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name)")
        data.execute("SELECT * FROM item WHERE id = ?", (3,)).fetchall()
    start_response("200 OK", [])
    return []
"""


@pytest.mark.parametrize("host", [ProcessHost, ThreadHost], ids=["process", "thread"])
def test_the_plan_of_a_query(host: Any, run_in: Callable[..., Run]) -> None:
    server = run_in(host, APP, debug=True)
    server.events.started()
    assert ask(server.port, "/").status == 200
    done: RequestFinished = server.wait_count(RequestFinished, 1)[0]
    (query,) = [span for span in done.spans or () if span.label.startswith("SELECT")]
    statement = question_of(query)
    assert statement == "SELECT * FROM item WHERE id = 3"
    server.host.explain(ExplainQuestion(5, query.connection, statement))
    found: Explained = server.wait_count(Explained, 1)[0]
    assert (found.number, found.problem) == (5, "")
    assert "SEARCH" in found.plan[0]
    server.end()
