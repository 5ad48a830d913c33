"""The benchmarks' own arithmetic, on recorded output, and that each of our rows can be measured."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import apps, groups, starts
from benchmarks.__main__ import main
from benchmarks.groups import gui, reload
from benchmarks.groups.server import Cell, _targets_table
from benchmarks.load import WrkResult, parse_wrk, wrk_command
from benchmarks.processes import ROOT, RunningServer, ServerDied, parse_stat
from benchmarks.reload_apps import HEAVY, RELOAD_APPS, SMALL, ReloadApp
from benchmarks.report import (
    NONE,
    Spread,
    Table,
    as_markdown,
    as_text,
    machine_lines,
    ratio,
    spread,
)
from benchmarks.screen import Screen
from benchmarks.servers import HOST, PEERS, SERVERS, Server
from benchmarks.workloads import WORKLOADS

HEALTHY = """\
Running 1s test @ http://127.0.0.1:45123/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   847.36us    1.02ms  21.76ms   96.12%
    Req Sec    10.42k     1.20k   11.98k    72.73%
  Latency Distribution
     50%  701.00us
     75%    0.86ms
     90%    1.24ms
     99%    4.95ms
  11405 requests in 1.10s, 1.76MB read
Requests/sec:  10368.44
Transfer/sec:      1.60MB
"""
FAILING = """\
Running 10s test @ http://127.0.0.1:45123/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.53s   412.01ms   2.00s    75.00%
    Req Sec     3.10      2.02    10.00     70.00%
  Latency Distribution
     50%    1.60s
     75%    1.91s
     90%    2.00s
     99%    1.10m
  31 requests in 10.02s, 5.10KB read
  Socket errors: connect 1, read 22, write 3, timeout 27
  Non-2xx or 3xx responses: 31
Requests/sec:      3.09
Transfer/sec:     521.30B
"""
NOTHING = "unable to connect to 127.0.0.1:45123 Connection refused\n"

BY_NAME = {server.name: server for server in SERVERS}
TABLE = Table("Speed", ["Server", "per s"], [["ours", "1,000"], ["a|b", NONE]], ["a|b failed"])


def test_reads_what_wrk_prints() -> None:
    result = parse_wrk(HEALTHY)
    assert (result.requests, result.rate, result.errors) == (11405, 10368.44, 0)
    assert result.median == pytest.approx(701e-6)
    assert result.p99 == pytest.approx(4.95e-3)


def test_counts_every_kind_of_error() -> None:
    result = parse_wrk(FAILING)
    assert result.errors == 1 + 22 + 3 + 27 + 31
    assert result.read_errors == 22
    assert result.p99 == pytest.approx(66.0)


def test_refuses_what_is_not_a_result() -> None:
    with pytest.raises(ValueError, match="Connection refused"):
        parse_wrk(NOTHING)


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_asks_wrk_for_what_the_workload_shows(workload) -> None:
    command = wrk_command(workload, 4000, 0.3)
    assert command[:4] == ["wrk", "-t1", f"-c{workload.connections}", "-d1s"]
    assert ("Connection: close" in command) is not workload.keep_alive
    assert command[-1] == f"http://{HOST}:4000{workload.path}"
    assert ("-s" in command) is bool(workload.upload)
    assert workload.script is None or workload.script.is_file()


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_the_app_answers_each_workload(workload) -> None:
    from io import BytesIO

    from werkzeug.test import create_environ, run_wsgi_app

    body = BytesIO(bytes(workload.upload)) if workload.upload else None
    environ = create_environ(workload.path, input_stream=body, content_length=workload.upload)
    items, status, _ = run_wsgi_app(apps.app, environ)
    assert (status[:3], b"".join(items)) == ("200", workload.answer)


def test_reads_a_process_whose_name_is_odd() -> None:
    stat = "77 (a) b (c) S 1 70 70 0 -1 4194560 9 0 0 0 120 30 5 5 20 0 4 0 99 1000 2500 18446"
    assert parse_stat(stat) == (1, 70, 2500)


def test_spread_and_ratio() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert spread([]) is None
    assert ratio(30.0, 12.0) == "2.50"
    assert ratio(None, 12.0) == ratio(1.0, None) == ratio(1.0, 0.0) == NONE


def test_tables_as_text_and_markdown() -> None:
    assert as_text(TABLE).splitlines() == [
        "Speed",
        "=====",
        "Server  per s",
        "------  -----",
        "ours    1,000",
        "a|b         -",
        "a|b failed",
    ]
    assert as_markdown(TABLE).splitlines() == [
        "### Speed",
        "",
        "| Server | per s |",
        "|---|--:|",
        "| ours | 1,000 |",
        "| a\\|b | - |",
        "",
        "a|b failed",
    ]
    assert machine_lines({"a": "1", "bcd": "2"}) == ["a    1", "bcd  2"]


def run_of(rate: float, errors: int = 0) -> Cell:
    return Cell([WrkResult(int(rate), rate, 0.001, 0.002, read_errors=errors)], [50.0], errors)


def test_a_server_that_fails_is_no_best_peer_and_has_no_rate() -> None:
    assert run_of(1000).rate == Spread(1000, 1000, 1000)
    assert run_of(1000, errors=1).rate is not None
    assert run_of(1000, errors=2).rate is None
    assert Cell().failed
    assert Cell(failures=["did not start"]).failed


def test_targets_compare_with_the_peers_of_the_same_run() -> None:
    cells = {
        ("hello", "ours"): run_of(10_000),
        ("hello", "werkzeug"): run_of(500),
        ("hello", "cheroot"): run_of(5_000),
        ("hello", "waitress"): run_of(90_000, errors=900),
        ("hello", "granian"): run_of(25_000),
    }
    table = _targets_table(cells, {})
    assert table is not None
    assert [row[2:] for row in table.rows] == [["20.00", "yes"], ["2.00", "no"], ["0.40", "no"]]
    assert _targets_table({}, {}) is None


def test_peers_are_the_others_in_pure_python() -> None:
    assert {peer.name for peer in PEERS} == {
        "werkzeug", "wsgiref", "waitress", "cheroot", "gunicorn",
    }  # fmt: skip


def test_groups_are_found_by_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    assert "server" in groups.names()
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for name in groups.names():
        assert groups.load(name).TITLE in shown


def test_shows_that_wrk_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["server"]) == 2
    assert "apt-get install wrk" in capsys.readouterr().err


@pytest.mark.parametrize("name", [server.name for server in SERVERS if server.ours])
def test_each_of_our_servers_starts_answers_and_ends(name: str) -> None:
    with RunningServer(BY_NAME[name]) as running:
        connection = http.client.HTTPConnection(HOST, running.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == apps.HELLO
        connection.close()
        assert running.usage().rss > 1_000_000
        port = running.port
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(HOST, port, timeout=10).connect()


def test_what_a_server_has_started_counts_as_well() -> None:
    with RunningServer(BY_NAME["apart"]) as running:
        process = running._process
        assert process is not None
        alone = parse_stat(Path(f"/proc/{process.pid}/stat").read_text()).pages
        assert running.usage().rss > 1.4 * alone * os.sysconf("SC_PAGE_SIZE")


def test_a_server_that_does_not_start_shows_why() -> None:
    def command(port: int, threads: int, folder: Path) -> list[str]:
        return ["sh", "-c", "echo first >&2; echo no such module >&2; exit 3"]

    with (
        pytest.raises(ServerDied, match="Broken did not start: no such module"),
        RunningServer(Server("broken", "Broken", command)),
    ):
        pass


RELOAD_SERVERS = {server.name: server for server in reload.SERVERS}


@pytest.mark.parametrize("name", ["ours", "cold"])
def test_a_reload_is_measured_from_the_save_to_the_new_code(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "SETTLE", 0.0)
    monkeypatch.setattr(reload, "LONGEST", 60.0)
    cell = reload.Cell()
    reload.measure(RELOAD_SERVERS[name], SMALL, 2, cell)
    assert (len(cell.times), cell.missed, cell.failures) == (2, 0, [])
    assert (cell.refused, cell.failed) == (0, 0)
    assert cell.polls >= 2
    assert cell.spread is not None


def test_a_save_that_is_not_noticed_is_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reload, "LONGEST", 0.1)
    cell = reload.Cell()
    with RunningServer(BY_NAME["ours"]) as running:
        assert not reload.reload_once(running.port, SMALL, tmp_path, 1, cell)
        port = running.port
    assert (tmp_path / "app.py").read_text() == SMALL.source(1)
    assert cell.missed == 1
    assert cell.failed == cell.polls > 0  # another app's answers
    assert cell.spread is None
    assert not reload.reload_once(port, SMALL, tmp_path, 2, cell)
    assert cell.refused > 0


def test_a_reloader_that_does_not_start_is_a_failure() -> None:
    def command(port: int, threads: int, folder: Path) -> list[str]:
        assert (folder / "project" / "app.py").is_file()
        return ["sh", "-c", "pwd >&2; exit 3"]

    cell = reload.Cell()
    reload.measure(Server("broken", "Broken", command), SMALL, 2, cell)
    assert cell.failures[0].endswith("/project")
    assert cell.spread is None


def test_tables_of_reloads_and_starts() -> None:
    cells = {
        ("small", "ours"): reload.Cell([0.1, 0.2, 0.15], polls=9),
        ("small", "cold"): reload.Cell([0.5]),
        ("small", "flask-stat"): reload.Cell([0.75]),
        ("small", "flask-watchdog"): reload.Cell([0.01], missed=1),
        ("small", "gunicorn"): reload.Cell(failures=["it ended"]),
        ("heavy", "ours"): reload.Cell([0.3], polls=9, refused=1),
    }
    table = reload._reload_table(SMALL, reload.SERVERS, cells)
    assert table.rows[0][1:4] == ["150", "100-200", "0.20"]
    assert table.rows[3][1:4] == ["failed", NONE, NONE]
    assert len(table.remarks) == 2
    starts = {
        ("example", "thread"): reload.Start([0.2], [0.05, 0.04, 0.06], [0.1]),
        ("small", "process"): reload.Start([0.3], [0.3], [0.2]),
        ("small", "thread"): reload.Start(failure="it can't"),
    }
    shown = reload._start_table([SMALL], starts)
    assert shown.rows[0][1:] == ["200", "50", "100", "2.00"]
    assert shown.rows[2][1] == "failed"
    assert "it can't" in shown.remarks[0]
    targets = {row[0]: row[2:] for row in reload._targets_table(cells, starts).rows}
    assert targets == {
        "small: reload / fastest peer": ["0.20", "yes"],
        "small: polls refused or failed": ["0.00", "yes"],
        "heavy: polls refused or failed": ["1.00", "no"],
        "reload of the heavy app / small app": ["2.00", "no"],
        "first start in this process, s": ["0.20", "no"],
        "another start in this process, s": ["0.05", "yes"],
        "small: start in a separate process / bare import": ["1.50", "no"],
    }


@pytest.mark.parametrize("app", RELOAD_APPS, ids=lambda app: app.name)
def test_the_apps_that_are_reloaded_are_python(app: ReloadApp) -> None:
    compile(app.source(3), "app.py", "exec")
    assert all(f"import {name}\n" in app.source(3) for name in app.imports)
    assert app.answer(3) == b"version 3"
    assert HEAVY.imports


@pytest.mark.parametrize("host", ["thread", "process"])
def test_starts_are_measured(host: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.starts", host, str(ROOT / "resources" / "examples"),
         "hello", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout.splitlines()[-1])) == 2


def test_a_start_that_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert starts.main(["process", str(tmp_path), "missing", "1"]) == 1
    assert "missing" in capsys.readouterr().err


def test_a_pace_for_wrk_keeps_the_rate(tmp_path: Path) -> None:
    for rate in (10, *gui.RATES):
        workload = gui.paced(rate, tmp_path)
        assert workload.script is not None
        milliseconds = int(workload.script.read_text().split()[3])
        made = workload.connections * 1000 / milliseconds
        assert 0.9 * rate <= made <= 1.1 * rate
        assert str(workload.script) in wrk_command(workload, 1, 1.0)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [gui.percentile(values, share) for share in (0.5, 0.99, 1.0)] == [51.0, 100.0, 100.0]
    assert gui.percentile([], 0.5) == 0.0


def test_the_tables_of_the_window_show_what_is_wanted() -> None:
    data = {
        "text": {"a line of 10 MB": {"late": [41.0, 40.0, 56.0], "used": [9.0]}},
        "load": {"160": {"cpu": [0.1], "late": [0.1, 4.0, 12.0], "rate": [159.0]}},
        "frame": {"rows": [25], "again": [2.0], "peer_again": [8.0]},
        "flood": {"thread": {"quiet": [100.0], "window": [50.0], "debug": [25.0], "late": [9.0]}},
        "start": {"window": [0.5], "bare": [0.2]},
    }
    text, load, processor, frame, flood, start = gui._tables(data)
    assert list(text.rows[0]) == ["a line of 10 MB", "41", "9", "\u2264 50"]
    assert list(load.rows[0]) == [
        "160 requests/s",
        "159",
        "0.1",
        "4.0",
        "12.0",
        "p99 \u2264 10, \u2264 50",
    ]
    assert processor.rows[0][:2] == ["160 requests/s", "10.00"]
    assert list(frame.rows[0]) == ["all rows as they are", "2.00", "8.00", "0.25", "\u2264 4"]
    assert flood.rows[0][3:5] == ["0.50", "0.25"]
    assert start.rows[0][3] == "2.50"
    assert [table.rows for table in gui._tables({})] == [[]] * 6
    narrowed = gui._tables({"narrowed": {"filter and sort": data["load"]}})[2]
    assert narrowed.title == "The same with filter and sort on"
    assert narrowed.rows == load.rows


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no virtual screen")
def test_a_virtual_screen_lasts_as_long_as_its_block() -> None:
    with Screen() as screen:
        place = Path("/tmp/.X11-unix", f"X{screen.display[1:]}")
        assert place.is_socket()
    assert not place.exists()
