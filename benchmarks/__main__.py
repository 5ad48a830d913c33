"""``python -m benchmarks [GROUP]…``: measures, prints tables, writes JSON and Markdown."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import groups
from .groups import Options, framework, gui
from .report import Table, as_markdown, as_text, machine_lines
from .servers import SERVERS
from .workloads import WORKLOADS

DESCRIPTORS = 8192  # enough for 1,000 idle connections on both ends


def main(argv: Sequence[str]) -> int:
    """Run the groups that are asked for.

    :returns: the exit status; 2 for bad input or where wrk is missing
    """
    arguments = _parser().parse_args(argv)
    if arguments.list:
        for name in groups.names():
            print(f"{name}  {groups.load(name).TITLE}")
        return 0
    if shutil.which("wrk") is None:
        print("benchmarks: wrk is missing; install it with: sudo apt-get install wrk",
              file=sys.stderr)  # fmt: skip
        return 2
    _raise_descriptor_limit()
    # A kill must run the `with` blocks that end the servers, as Ctrl+C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = Options(
        rounds=1 if arguments.quick else arguments.rounds,
        seconds=1.0 if arguments.quick else arguments.seconds,
        servers=arguments.server,
        workloads=arguments.workload,
    )
    started = time.monotonic()
    facts = machine()
    tables: list[Table] = []
    data: dict[str, object] = {"machine": facts, "rounds": options.rounds,
                               "seconds": options.seconds}  # fmt: skip
    for name in arguments.group or groups.names():
        result = groups.load(name).run(options, _show)
        tables += result.tables
        data[name] = result.data
    facts["took"] = f"{(time.monotonic() - started) / 60:.0f} minutes, {options.rounds} round(s)"
    print("\n".join(machine_lines(facts)), end="\n\n")
    print("\n".join(as_text(table) for table in tables))
    if arguments.json:
        arguments.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if arguments.markdown:
        lines = [f"- {name}: {value}" for name, value in facts.items()]
        text = "\n".join([*lines, "", *(as_markdown(table) for table in tables)])
        arguments.markdown.write_text(text, encoding="utf-8")
    return 0


def machine() -> dict[str, str]:
    """What it runs on."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} core(s) usable",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": " ".join(f"{value:.2f}" for value in os.getloadavg()),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _raise_descriptor_limit() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _show(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "group",
        nargs="*",
        choices=[[], *groups.names()],
        metavar="GROUP",
        help=f"what to measure: {', '.join(groups.names())}; all by default",
    )
    parser.add_argument("--list", action="store_true", help="list what can be measured")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load; default: 3")
    parser.add_argument(
        "--server",
        action="append",
        default=[],
        choices=[server.name for server in SERVERS],
        help="only this; repeatable",
    )
    parser.add_argument(
        "--workload",
        action="append",
        default=[],
        choices=[
            *(workload.name for workload in WORKLOADS),
            "extras",
            *gui.PARTS,
            *framework.PARTS,
        ],
        help="only this; repeatable",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables")
    return parser  # fmt: skip


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
