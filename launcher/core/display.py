"""Values as a person reads them: times, sizes, texts.

Pure functions, for any thread. What they return is plain text, whatever came in: control
characters and marks that change the reading direction are made visible, so that text from outside
can't disguise itself.
"""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.events import ServerStopped

HEX_LIMIT = 16 * 1024
SHOWN, SHOWN_LINES = 256 * 1024, 10_000
"""Characters and lines of one text that are shown: so many are laid out in no time."""

_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {127: 0x2421}
# What controls, turns the direction of writing, or has no width at all. The joiners U+200C and
# U+200D stay: words of some languages, and emoji, are written with them.
_UNSEEN = {
    code: f"\u2039U+{code:04X}\u203a"
    for code in (
        *range(0x80, 0xA0), 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F),
        *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080),
    )
}  # fmt: skip
_TABLE: dict[int, int | str] = {**_PICTURES, **_UNSEEN, **dict.fromkeys((65534, 65535), "�")}
_LINE_TABLE: dict[int, int | str] = {**_TABLE, 9: 0x2409, 10: 0x240A}
# A line of a megabyte takes Qt seconds to lay out.
_TOO_LONG = re.compile(r"[^\n]{20000}(?=[^\n])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with its invisible and deceiving characters made visible; lines stay lines."""
    made = text.replace("\r\n", "\n").translate(_TABLE)
    return made if made.isascii() else _SURROGATE.sub("\ufffd", made)


def escaped(text: str) -> str:
    """The text for a line of the terminal: control characters and the like are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def cut(text: str, *, middle: bool = False) -> str:
    """The text as far as it is shown, with a mark that counts what was left out.

    :param middle: leave something in the middle out, as both ends of a traceback matter; else the
        end
    """
    if len(text) <= SHOWN and text.count("\n") < SHOWN_LINES:
        return text
    head = _beginning(
        text, SHOWN // 4 if middle else SHOWN, SHOWN_LINES // 4 if middle else SHOWN_LINES
    )
    tail = ""
    if middle:
        rest = text[max(len(head), len(text) - SHOWN * 3 // 4) :]
        lines = rest.rsplit("\n", SHOWN_LINES * 3 // 4)
        tail = rest if len(lines) <= SHOWN_LINES * 3 // 4 else rest[len(lines[0]) + 1 :]
    left_out = text[len(head) : len(text) - len(tail)]
    facts = [plural(len(left_out), "character")]
    if "\n" in left_out:
        facts.insert(0, plural(left_out.count("\n"), "line"))
    mark = f"\u2026 {', '.join(facts)} not shown here \u2026"
    return "\n".join(filter(None, (head.removesuffix("\n"), mark, tail)))


def _beginning(text: str, characters: int, lines: int) -> str:
    head = text[:characters]
    parts = head.split("\n", lines)
    return head if len(parts) <= lines else head[: len(head) - len(parts[-1])]


def shown(text: str, *, middle: bool = False) -> str:
    """A text for reading, whatever it is: cut, printable, and without lines too long for Qt."""
    return _TOO_LONG.sub("\\g<0>\n", printable(cut(text, middle=middle)))


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line, and no longer than ``limit`` where that isn't 0."""
    if limit and len(text) > limit:
        text = text[: limit - 1] + "\u2026"
    if text.isascii() and text.isprintable():  # as nearly all are
        return text
    return _SURROGATE.sub("\ufffd", text.translate(_LINE_TABLE))


def duration(seconds: float) -> str:
    """A length of time with three digits at most: ``0.42 ms``, ``1.25 s``, ``2 m 05 s``."""
    milliseconds = seconds * 1000
    if milliseconds < 0.995:
        return f"{max(0.0, milliseconds):.2f} ms"
    if milliseconds < 99.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    return f"{whole // 3600} h {whole // 60 % 60:02} m"


def microseconds(count: int) -> str:
    """A length of time that may be very short: ``37 \u00b5s``, ``1.25 ms``, ``2.50 s``."""
    if count < 1000:
        return f"{max(0, count)} \u00b5s"
    return f"{count / 1000:.2f} ms" if count < 9995 else duration(count / 1_000_000)


def round_time(count: int) -> str:
    """Microseconds of a round number, as a scale has them: ``500 \u00b5s``, ``2.5 ms``, ``1 s``."""
    if count < 1000:
        return f"{count} \u00b5s" if count else "0"
    return f"{count / 1000:g} ms" if count < 1_000_000 else f"{count / 1_000_000:g} s"


def percent(share: float) -> str:
    """A part of a whole: ``66 %``; with one digit more where it is less than a tenth."""
    value = share * 100
    if 0 < value < 0.05:
        return "< 0.1 %"
    return f"{value:.0f} %" if value >= 9.95 or not value else f"{value:.1f} %"


def size(count: int) -> str:
    """A number of bytes with three digits at most: ``512 B``, ``1.25 kB``, ``48 MB``."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 9.995:
            return f"{value:.2f} {unit}"
        if value < 99.95:
            return f"{value:.1f} {unit}"
        if value < 999.5 or unit == "GB":
            return f"{value:.0f} {unit}"
    raise AssertionError("the last unit always fits")


def clock(seconds: float) -> str:
    """The local time of day with milliseconds."""
    whole = int(seconds)
    return f"{time.strftime('%H:%M:%S', time.localtime(whole))}.{int(seconds % 1 * 1000):03}"


def day(seconds: float, now: float) -> str:
    """When something was, as precisely as one wants to know: ``today 16:13``, ``yesterday``,
    ``Tuesday``, ``12 November``, ``12 November 2025``.

    :param seconds: unix time
    :param now: likewise
    """
    then, today = datetime.fromtimestamp(seconds), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    if days == 1:
        return "yesterday"
    if 1 < days < 7:
        return f"{then:%A}"
    return f"{then.day} {then:%B}" + (f" {then.year}" if then.year != today.year else "")


def plural(count: int, one: str, many: str = "") -> str:
    """``1 request``, ``1,234 requests``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def threads_left(event: ServerStopped) -> tuple[int, str]:
    """How many threads the app has left, and what they are called."""
    more = f" and {event.threads_more:,} more" if event.threads_more else ""
    return len(event.threads_left) + event.threads_more, ", ".join(event.threads_left) + more


def stopped_line(event: ServerStopped, port: int) -> str:
    """How a server ended, with what was found when it was looked at.

    :param port: the one it listened on; 0 where that isn't known
    """
    facts = []
    if event.port_free is not None:
        what = f"port {port}" if port else "the address"
        facts.append(f"{what} {'free' if event.port_free else 'still taken'}")
    if event.processes_left is not None:
        facts.append(f"{plural(event.processes_left, 'process', 'processes')} left")
    if event.drained:
        facts.append(f"{plural(event.drained, 'running request')} finished")
    if event.abandoned:
        facts.append(f"{event.abandoned} still running at the deadline and cut off")
    if event.threads_left:
        count, names = threads_left(event)
        facts.append(f"{plural(count, 'thread')} of the app left ({names})")
    if event.import_cut_off:
        facts.append("the app was still being imported")
    return f"Stopped: {', '.join(facts)}." if facts else "Stopped."


def hexdump(data: bytes, limit: int = HEX_LIMIT) -> str:
    """Bytes as offset, hexadecimal and characters, 16 to a line."""
    lines = []
    for start in range(0, min(len(data), limit), 16):
        piece = data[start : start + 16]
        left, right = piece[:8].hex(" "), piece[8:].hex(" ")
        shown = "".join(chr(b) if 32 <= b < 127 else "\u00b7" for b in piece)
        lines.append(f"{start:08x}  {left:<23}  {right:<23}  {shown}")
    return "\n".join(lines)
