"""What every host of a server does, whichever thread or process the server runs in.

A host runs one server, from start to stop and through all reloads in between, and reports only
through ``emit``. Its methods are called by the supervisor, on the supervisor's thread; ``emit`` and
``on_imported`` are called on threads of the server or of the host.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

from server.config import ServerConfig
from server.events import ConsoleQuestion, Emit, ExplainQuestion

OnImported = Callable[[Sequence[str]], None]
"""Takes the source files of the app's own modules, whenever more have been imported."""


class Host(Protocol):
    """Runs one server, from start to stop."""

    def start(
        self,
        config: ServerConfig,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Begin to load and serve; returns at once.

        Ends in exactly one of ``ServerStarted`` and ``ServerFailed``; where a stop came first,
        in ``ServerStopped``.

        :param listeners: bound, listening sockets; they stay the caller's and open
        :param environ: variables that the app finds in its environment beside the launcher's
        """

    def reload(self, changed_at: float, environ: Mapping[str, str] | None = None) -> None:
        """Load the app anew; returns at once. Only where ``config.reload`` is set.

        Ends in ``ServerStarted`` or ``ReloadFailed``. From now on new connections wait, and are
        answered by the new code; requests that run finish on the old one, within
        ``config.grace`` seconds. A reload during a reload replaces it.

        :param changed_at: when the files changed, in unix seconds
        """

    def stop(self) -> None:
        """Ask the server to finish its requests within ``config.grace`` seconds and end.

        Returns at once and may be called at any time, also twice. Ends in ``ServerStopped``.
        """

    def ask_where(self, request_id: int) -> None:
        """Ask where a request stands; returns at once. Answered by ``Where``, unless the server
        ends meanwhile."""

    def give_input(self, text: str | None) -> None:
        """What was typed for the app's standard input; returns at once.

        :param text: in whole lines; None ends the pause, whose reads are at the end of the input
        """

    def ask_console(self, question: ConsoleQuestion | None) -> None:
        """Have an input evaluated in the frame of an error; returns at once. Answered by
        ``ConsoleAnswered``, unless the server ends or is reloaded meanwhile.

        :param question: None where nobody waits any more for the one before
        """

    def explain(self, question: ExplainQuestion) -> None:
        """Have a database asked for the plan of a query; returns at once. Answered by
        ``Explained``, unless the server ends or is reloaded meanwhile."""

    def forget_frames(self) -> None:
        """Drop the frames that are kept of errors; returns at once."""

    def restart_now(self) -> None:
        """Start an app that has crashed at once, where it waits for that; returns at once."""

    def kill(self) -> None:
        """End the server at once, where it has a process of its own. Any thread, also from within
        a signal handler."""

    def join(self, timeout: float) -> bool:
        """Wait until the server has ended and its last event was emitted.

        :param timeout: seconds to wait at most
        :returns: whether it has ended
        """


InputKind = Literal["terminal", "channel", "none"]
"""Where the app's standard input comes from: the launcher's own terminal, what
:meth:`Host.give_input` takes, or nowhere."""

MakeHost = Callable[[Emit, OnImported], Host]
"""Makes the host of the next server."""
