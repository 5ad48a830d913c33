"""server.net.ports: who holds a port, asked of real processes, and the next free one.

Other tests take and leave ports at the same time: so a test holds each port it makes a claim about.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.net import ports
from server.net.ports import next_free_port, port_owner

ROOT = Path(__file__).parents[3]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the owner is known on Linux only")

LISTEN = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.socket(family)
listener.bind((sys.argv[1], 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""
FORK = LISTEN.replace(
    "sys.stdin.read()",
    "import os\nif os.fork() == 0:\n    print(os.getpid(), flush=True)\nsys.stdin.read()",
)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


with_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


class Listener:
    """A process that listens on a port until its standard input is closed."""

    def __init__(self, code: str, address: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.line())

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def close(self) -> None:
        self.process.communicate(timeout=30)


def listen(address: str, port: int = 0, *, v6_only: bool = True) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(v6_only))
        listener.bind((address, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, int]]:
    """A listener on 127.0.0.1, and the number of the port above, which was free just now."""
    for _ in range(50):
        # Below those that systems give out: clients of other tests hold half of them for a while.
        port = random.randrange(20000, 32000)
        try:
            low = listen("127.0.0.1", port)
        except OSError:
            continue
        with closing(low):
            try:
                with closing(listen("127.0.0.1", port + 1)):
                    pass
            except OSError:
                continue
            yield low, port + 1
            return
    pytest.fail("no two free ports side by side")


# The owner ------------------------------------------------------------------------------------


@on_linux
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "0.0.0.0", *(pytest.param(a, marks=with_ipv6) for a in ("::1", "::"))]
)
def test_owner(address: str) -> None:
    with closing(Listener(LISTEN, address)) as listener:
        name = Path(f"/proc/{listener.process.pid}/comm").read_text().strip()
        assert port_owner(listener.port) == (name, listener.process.pid)


@on_linux
def test_owner_is_the_parent_of_those_that_share_the_socket() -> None:
    with closing(Listener(FORK, "127.0.0.1")) as listener:
        child = int(listener.line())
        owner = port_owner(listener.port)
        assert owner is not None
        assert owner.pid == listener.process.pid
        assert child != listener.process.pid


@on_linux
def test_own_process() -> None:
    with closing(listen("127.0.0.1")) as listener:
        owner = port_owner(listener.getsockname()[1])
        assert owner is not None
        assert owner.pid == os.getpid()


def test_bound_is_not_listening() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert port_owner(bound.getsockname()[1]) is None


def test_a_client_of_a_port_is_not_its_owner() -> None:
    with (
        closing(listen("127.0.0.1")) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        assert port_owner(client.getsockname()[1]) is None


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**30, None, "80", 1.5])
def test_no_port(port: int) -> None:
    assert port_owner(port) is None


@on_linux
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can try it")
def test_process_of_another_user_is_not_known() -> None:
    code = (
        "import os, sys; from server.net.ports import port_owner\n"
        "try: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "except OSError: sys.exit(77)\n"
        "print(port_owner(int(sys.argv[1])))"
    )
    with closing(listen("127.0.0.1")) as listener:
        result = subprocess.run(
            [sys.executable, "-c", code, str(listener.getsockname()[1])],
            cwd=ROOT,
            env={},  # who measures coverage in children can't write there as another user
            capture_output=True,
            text=True,
            timeout=30,
        )
    if result.returncode == 77:
        pytest.skip("there is no other user here, as in a namespace with one user alone")
    assert (result.stdout, result.stderr) == ("None\n", "")


# A made-up /proc, for what real processes seldom show ------------------------------------------

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid inode\n"


def row(port: int, state: str, inode: str) -> str:
    return f"   0: 0100007F:{port:04X} 00000000:0000 {state} 0:0 00:0 0 0 0 {inode} 1 0\n"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net").mkdir()
    monkeypatch.setattr(ports, "_PROC", tmp_path)
    return tmp_path


def process(proc: Path, pid: int, *, inode: str, name: str = "web", parent: int = 1) -> None:
    (proc / str(pid) / "fd").mkdir(parents=True)
    (proc / str(pid) / "fd" / "3").symlink_to(f"socket:[{inode}]")
    (proc / str(pid) / "comm").write_bytes(name.encode() + b"\n")
    (proc / str(pid) / "stat").write_text(f"{pid} (a) b) S {parent} 0 0")


def test_another_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_PROC", tmp_path / "nowhere")
    assert port_owner(80) is None


def test_strange_tables(proc: Path) -> None:
    (proc / "net" / "tcp").write_text(HEAD + "\nshort line\n" + row(80, "0A", "7"))
    (proc / "net" / "tcp6").write_bytes(b"\xff\xfe")
    process(proc, 12, inode="7")
    assert port_owner(80) == ("web", 12)
    (proc / "net" / "tcp").write_text(HEAD + row(80, "0A", "7").replace(":0050", ":xyz"))
    assert port_owner(80) is None


def test_only_listening_sockets_count(proc: Path) -> None:
    (proc / "net" / "tcp").write_text(HEAD + row(80, "01", "7") + row(81, "0A", "0"))
    process(proc, 12, inode="7")
    process(proc, 13, inode="0")
    assert port_owner(80) is None
    assert port_owner(81) is None


def test_processes_that_end_meanwhile(proc: Path) -> None:
    (proc / "net" / "tcp").write_text(HEAD + row(80, "0A", "7"))
    (proc / "11").mkdir()
    process(proc, 12, inode="7", parent=5)
    for name in ("comm", "stat"):
        (proc / "12" / name).unlink()
    assert port_owner(80) == ("a process", 12)


def test_parent_with_a_higher_number(proc: Path) -> None:
    """Process numbers start anew at some point: the lowest one isn't always the parent."""
    (proc / "net" / "tcp").write_text(HEAD + row(80, "0A", "7"))
    process(proc, 12, inode="7", parent=40)
    process(proc, 40, inode="7", name="main")
    process(proc, 41, inode="7", parent=40)
    assert port_owner(80) == ("main", 40)


def test_names_stay_on_one_line(proc: Path) -> None:
    (proc / "net" / "tcp").write_text(HEAD + row(80, "0A", "7"))
    process(proc, 12, inode="7", name="e\x1b[31m\nvil")
    assert port_owner(80) == ("e?[31m?vil", 12)


# The next free port ---------------------------------------------------------------------------


def test_next_port_can_be_listened_on(pair: tuple[socket.socket, int]) -> None:
    low, above = pair
    port = low.getsockname()[1]
    for _ in range(10):  # another test may take the port in between
        found = next_free_port("127.0.0.1", port, socket.AF_INET)
        assert found is not None
        assert above <= found <= port + 100
        try:
            listen("127.0.0.1", found).close()
        except OSError:
            continue
        return
    pytest.fail("no port that was named could be listened on")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        pytest.param("127.0.0.2", marks=on_linux),
        *(pytest.param(a, marks=with_ipv6) for a in ("::1", "::")),
    ],
)
@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("127.0.0.1", socket.AF_INET),
        ("localhost", socket.AF_INET),
        ("", socket.AF_INET),
        pytest.param("::1", socket.AF_INET6, marks=with_ipv6),
        pytest.param("::", socket.AF_INET6, marks=with_ipv6),
    ],
)
def test_listened_on_anywhere_is_not_free(
    pair: tuple[socket.socket, int], address: str, host: str, family: int
) -> None:
    low, above = pair
    try:
        taken = listen(address, above)
    except OSError:
        above, taken = low.getsockname()[1], low  # lost the race: then the lower one is ours
    with closing(taken):
        found = next_free_port(host, above - 1, family)
        assert found is not None
        assert found > above


@with_ipv6
def test_a_dual_stack_listener_takes_both_families(pair: tuple[socket.socket, int]) -> None:
    low, _ = pair
    low.close()
    with closing(listen("::", v6_only=False)) as taken:
        port = taken.getsockname()[1]
        assert next_free_port("127.0.0.1", port - 1, socket.AF_INET) != port
        assert next_free_port("::1", port - 1, socket.AF_INET6) != port


def test_at_most_a_hundred_and_no_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def taken(family: int, address: tuple[str, int]) -> int:
        tried.append(address[1])
        return ports.errno.EADDRINUSE

    monkeypatch.setattr(ports, "_try_bind", taken)
    assert next_free_port("127.0.0.1", 5000, socket.AF_INET) is None
    assert tried == list(range(5001, 5101))
    tried.clear()
    assert next_free_port("127.0.0.1", 65530, socket.AF_INET) is None
    assert tried == list(range(65531, 65536))
    tried.clear()
    assert next_free_port("127.0.0.1", 65535, socket.AF_INET) is None
    assert tried == []


def test_ports_that_need_rights_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_low(family: int, address: tuple[str, int]) -> int:
        return ports.errno.EACCES if address[1] < 1024 else 0

    monkeypatch.setattr(ports, "_try_bind", refuse_low)
    assert next_free_port("127.0.0.1", 1000, socket.AF_INET) == 1024


def test_a_machine_with_one_address_family(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ipv6(family: int, address: tuple[str, int]) -> int:
        return ports.errno.EAFNOSUPPORT if family == socket.AF_INET6 else 0

    monkeypatch.setattr(ports, "_try_bind", no_ipv6)
    assert next_free_port("127.0.0.1", 5000, socket.AF_INET) == 5001
    assert next_free_port("::1", 5000, socket.AF_INET6) is None


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("192.0.2.1", socket.AF_INET),  # an address for documentation: nobody's
        ("::1", socket.AF_INET),
        ("127.0.0.1", socket.AF_INET6),
        ("a" * 300, socket.AF_INET),
        ("127.0.0.1", -1),
    ],
)
def test_addresses_that_cannot_be_listened_on(host: str, family: int) -> None:
    assert next_free_port(host, 5000, family) is None


def test_a_port_is_tried_exclusively_where_systems_would_share_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Windows lets two servers have one port, unless asked not to."""
    # An option that every Linux socket takes stands for the one of Windows.
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False)
    asked = []

    class Socket(socket.socket):
        def setsockopt(self, *args: Any) -> None:
            asked.append(args)
            super().setsockopt(*args)

    monkeypatch.setattr(socket, "socket", Socket)
    assert ports._try_bind(socket.AF_INET, ("127.0.0.1", 0)) == 0
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in asked
