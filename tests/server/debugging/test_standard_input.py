"""What an app reads, where the launcher sends it, where a terminal has it, and where nothing is."""

from __future__ import annotations

import bdb
import cmd
import code
import contextlib
import importlib
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from serverkit import SAFETY, Events

from server.base import limits
from server.base.forks import fork
from server.debugging import standard_input as module
from server.debugging.pauses import Pauses
from server.debugging.sources import FedSource, TerminalSource
from server.debugging.standard_input import StandardInput, standard_input
from server.events import Paused, Resumed


@pytest.fixture
def fed(events: Events) -> Iterator[StandardInput]:
    """Input that the launcher sends, as this process's own."""
    found = standard_input("channel", "threaded")
    with found.installed(events.emit, 1):
        yield found


def in_thread(read: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(read()))
    thread.start()
    return thread, results


def test_the_stream_reads_as_a_file_does(fed: StandardInput, events: Events) -> None:
    fed.put("one\ntwo\nthree")
    stream: Any = sys.stdin
    assert (stream.readable(), stream.isatty(), stream.mode) == (True, False, "r")
    assert (stream.buffer.raw.mode, stream.buffer.raw.name) == ("rb", "<stdin>")
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()
    assert stream.readline() == "one\n"
    assert next(stream) == "two\n"
    assert stream.read(3) == "thr"
    fed.close()
    assert stream.readlines() == ["ee"]
    assert list(stream) == []


def test_one_thread_has_the_pause_and_another_waits_for_it(
    fed: StandardInput, events: Events
) -> None:
    first, first_read = in_thread(sys.stdin.readline)
    events.wait_count(Paused, 1)
    second, second_read = in_thread(sys.stdin.readline)
    waiting = events.wait_count(Paused, 2)[1]
    assert (waiting.waits, waiting.locals, waiting.thread) == (True, (), second.name)
    fed.put("a\n")
    first.join(SAFETY)
    paused = events.wait_count(Paused, 3)[2]
    assert (paused.waits, paused.id) == (False, waiting.id)
    fed.put("b\n")
    second.join(SAFETY)
    assert (first_read, second_read) == (["a\n"], ["b\n"])
    assert [event.id for event in events.of(Resumed)] == [1, waiting.id]


def test_an_end_ends_the_pause_that_there_is_and_no_other(
    fed: StandardInput, events: Events
) -> None:
    fed.end_pause()
    thread, read = in_thread(sys.stdin.readline)
    events.wait_count(Paused, 1)
    fed.end_pause()
    thread.join(SAFETY)
    fed.put("again\n")
    assert (read, sys.stdin.readline()) == ([""], "again\n")
    thread, read = in_thread(sys.stdin.readline)
    events.wait_count(Paused, 3)
    fed.close()
    thread.join(SAFETY)
    assert (read, sys.stdin.readline()) == ([""], "")


class Debugger(cmd.Cmd, bdb.Bdb):
    """Stands where it is given to, and traces nothing."""

    def __init__(self, **where: Any) -> None:
        cmd.Cmd.__init__(self)
        bdb.Bdb.__init__(self)
        vars(self).update(where)

    def do_up(self, arg: str) -> None:
        self.curindex -= 1

    def do_leave(self, arg: str) -> bool:
        return True


def test_a_debuggers_prompts_are_one_pause_with_the_place_it_stands_at(
    fed: StandardInput, events: Events
) -> None:
    def inner(value: int) -> Any:
        return sys._getframe()

    here = sys._getframe()
    fed.put("up\nleave\n")
    Debugger(stack=[(here, 3), (inner(7), 5)], curindex=1).cmdloop()
    first, second = events.of(Paused)
    assert (first.debugger, first.line, first.locals) == (True, 5, (("value", "7"),))
    assert (first.function, second.function) == ("inner", here.f_code.co_name)
    assert (second.id, second.line) == (first.id, 3)
    assert [event.id for event in events.of(Resumed)] == [first.id]
    for where in ({"curframe": here}, {"curframe": None}):
        fed.put("leave\n")
        Debugger(**where).cmdloop()
        assert events.of(Paused)[-1].function == here.f_code.co_name


def test_a_program_of_commands_is_no_debugger_and_a_console_is_one_pause(
    fed: StandardInput, events: Events
) -> None:
    class Shell(cmd.Cmd):
        use_rawinput = False

        def do_bye(self, arg: str) -> bool:
            return True

    fed.put("bye\n")
    Shell(stdin=sys.stdin, stdout=io.StringIO()).cmdloop()
    (paused,) = events.of(Paused)
    assert not paused.debugger
    fed.put("x = 1\nraise SystemExit\n")
    with contextlib.redirect_stderr(io.StringIO()), pytest.raises(SystemExit):
        code.InteractiveConsole().interact("")
    assert len(events.of(Resumed)) == 2
    assert len({event.id for event in events.of(Paused)}) == 2


SHELL = """\
class TerminalInteractiveShell:
    def interact(self):
        while True:
            try:
                input("In: ")
            except EOFError:
                try:
                    left = input("Do you really want to exit? ")
                except EOFError:
                    left = "y"
                if left == "y":
                    return
"""


@pytest.mark.parametrize("is_there", [True, False], ids=["imported before", "imported later"])
def test_ipython_asking_back_at_the_end_of_its_input_is_one_pause(
    events: Events, tmp_path: Any, monkeypatch: Any, is_there: bool
) -> None:
    name = "IPython.terminal.interactiveshell"
    for known in ("IPython", "IPython.terminal", name):
        monkeypatch.delitem(sys.modules, known, raising=False)
    folder = tmp_path / "IPython" / "terminal"
    folder.mkdir(parents=True)
    (folder / "interactiveshell.py").write_text(SHELL)
    monkeypatch.syspath_prepend(tmp_path)
    if is_there:
        importlib.import_module(name)
    found = standard_input("channel", "threaded")
    with found.installed(events.emit, 1):
        shell = importlib.import_module(name).TerminalInteractiveShell
        thread, _ = in_thread(shell().interact)
        events.wait_kind(Paused)
        found.put("1 + 1\n")
        found.end_pause()
        thread.join(SAFETY)
        assert not thread.is_alive()
        assert len({event.id for event in events.of(Paused)}) == len(events.of(Resumed)) == 1
    assert not hasattr(shell.interact, "__wrapped__")


DEBUGGER = """\
import bdb, cmd

class TerminalPdb(cmd.Cmd, bdb.Bdb):
    def cmdloop(self, intro=None):
        raise AssertionError("it reads the terminal by itself")

    def do_c(self, arg):
        return True
"""


def test_a_debugger_that_draws_on_a_terminal_gets_a_plain_prompt(
    events: Events, tmp_path: Any, monkeypatch: Any
) -> None:
    name = "IPython.terminal.debugger"
    for known in ("IPython", "IPython.terminal", name):
        monkeypatch.delitem(sys.modules, known, raising=False)
    folder = tmp_path / "IPython" / "terminal"
    folder.mkdir(parents=True)
    (folder / "debugger.py").write_text(DEBUGGER)
    monkeypatch.syspath_prepend(tmp_path)
    found = standard_input("channel", "threaded")
    with found.installed(events.emit, 1):
        found.put("c\n")
        importlib.import_module(name).TerminalPdb(stdin=sys.stdin, stdout=io.StringIO()).cmdloop()
        (paused,) = events.of(Paused)
        assert paused.debugger


def test_what_an_app_has_put_in_place_stays(events: Events, monkeypatch: Any) -> None:
    monkeypatch.setattr(cmd.Cmd, "cmdloop", cmd.Cmd.cmdloop)
    monkeypatch.setattr(code.InteractiveConsole, "interact", code.InteractiveConsole.interact)
    monkeypatch.setattr(sys, "stdin", sys.stdin)
    monkeypatch.setattr(sys, "breakpointhook", sys.breakpointhook)
    mine: Any = io.StringIO()
    with standard_input("channel", "threaded").installed(events.emit, 1):
        sys.stdin = cmd.Cmd.cmdloop = code.InteractiveConsole.interact = mine
    assert cmd.Cmd.cmdloop is code.InteractiveConsole.interact is sys.stdin is mine
    with standard_input("none", "threaded").installed(events.emit, 1):
        sys.breakpointhook = mine
    assert sys.breakpointhook is mine


@pytest.mark.parametrize("mode", ["threaded", "forking"])
def test_without_input_what_asks_for_it_gets_a_sentence(
    mode: str, events: Events, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    found = standard_input("none" if mode == "threaded" else "channel", mode)
    with found.installed(events.emit, 1):
        breakpoint()
        assert sys.stdin.read() == ""
        found.put("lost")
        found.end_pause()
        assert sys.stdin.readline() == ""
    printed = capsys.readouterr().err.splitlines()
    assert printed[0].startswith("breakpoint() was passed over at test_standard_input.py:")
    assert len(printed) == 3
    assert all("There is no input" in line for line in printed)
    assert events.of(Paused) == []


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal."""
    pty = pytest.importorskip("pty")
    ends = pty.openpty()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def test_a_terminal_is_read_and_left_at_once_when_the_pause_ends(
    terminal: tuple[int, int], events: Events
) -> None:
    theirs, ours = terminal
    found = StandardInput(TerminalSource(ours), ours)
    with found.installed(events.emit, 1):
        assert (sys.stdin.fileno(), sys.stdin.isatty()) == (ours, True)
        thread, read = in_thread(sys.stdin.readline)
        events.wait_count(Paused, 1)
        found.put("this is not typed")
        os.write(theirs, b"typed\n")
        thread.join(SAFETY)
        assert read == ["typed\n"]
        thread, read = in_thread(sys.stdin.readline)
        events.wait_count(Paused, 2)
        found.end_pause()
        thread.join(SAFETY)
        assert read == [""]
        os.write(theirs, b"more\n")
        assert sys.stdin.readline() == "more\n"


def test_a_terminal_that_is_closed_is_at_its_end(
    terminal: tuple[int, int], monkeypatch: Any
) -> None:
    source = TerminalSource(terminal[1])
    os.close(terminal[0])
    assert source.read(10) == b""
    os.close(terminal[1])
    assert source.read(10) == b""
    monkeypatch.delattr("select.poll")
    assert TerminalSource(terminal[1]).read(10) == b""


def test_which_terminal_is_read_by_its_descriptor(monkeypatch: Any) -> None:
    found = standard_input("terminal", "single"), standard_input("terminal", "single", shared=True)
    monkeypatch.setattr(module, "_InputStream", lambda source, pauses, descriptor: descriptor)
    numbers = []
    for one in found:
        with one.installed(lambda event: None, 1):
            numbers.append(sys.stdin)
    assert numbers == [0, None]


def test_a_child_reads_nothing(fed: StandardInput) -> None:
    fed.put("for the parent\n")
    pid = fork()
    if not pid:
        os._exit(7 if sys.stdin.readline() == "" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert sys.stdin.readline() == "for the parent\n"


def test_variables_whose_texts_hang_leave_the_prompt_as_it_is(
    events: Events, monkeypatch: Any
) -> None:
    """After some of them nothing is asked any more."""
    monkeypatch.setattr(limits, "ERROR_SECONDS", 1.0)
    monkeypatch.setattr(limits, "ERROR_HANGS", 1)
    pauses, gate, asked = Pauses(FedSource(), events.emit, 1), threading.Event(), []

    class Hangs:
        def __repr__(self) -> str:
            asked.append(1)
            gate.wait(SAFETY)
            return "at last"

    def read(value: object, other: int) -> None:
        with pauses.pause():
            pauses.prompt()

    for _ in range(2):
        read(Hangs(), 5)
    gate.set()
    assert len(asked) == 1
    for paused in events.of(Paused):
        (name, text), other = paused.locals[:2]
        assert (name, other) == ("value", ("other", "5"))
        assert text != "at last"
