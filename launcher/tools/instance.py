"""Listens for what later starts hand over; GUI thread only. See :mod:`launcher.core.instance`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core.instance import MOST_BYTES, answer, read_request, socket_path

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

__all__ = ["Instance"]


class Instance(QObject):
    """The one that others hand over to, from :meth:`listen` on; until then they wait.

    :param folder: the data folder
    :param lock: what :func:`launcher.core.instance.become_first` returned; closed with this
    """

    requested = Signal(object)
    """``Request``: another start was to open this."""

    def __init__(self, folder: Path, lock: BinaryIO, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder, self._lock = folder, lock
        self._server: QLocalServer | None = None

    @Slot()
    def listen(self) -> None:
        """Listen for later starts. Loads Qt's network, which the window doesn't need to be seen."""
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._take)
        with contextlib.suppress(OSError):  # then each start has a window of its own
            path = str(socket_path(self._folder))
            QLocalServer.removeServer(path)  # left by one that was killed: we have the lock
            self._server.listen(path)

    def close(self) -> None:
        """Listen no longer; the next start is the first one."""
        if self._server is not None:
            self._server.close()
        self._lock.close()

    @Slot()
    def _take(self) -> None:
        while self._server and (connection := self._server.nextPendingConnection()) is not None:
            caller = _LaterStart(connection, self)
            caller.requested.connect(self.requested)


class _LaterStart(QObject):
    """The connection of a start that hands over; it goes when that is closed."""

    requested = Signal(object)

    def __init__(self, connection: QLocalSocket, parent: Instance) -> None:
        super().__init__(parent)
        self._connection = connection
        connection.setParent(self)
        connection.readyRead.connect(self._read)
        connection.disconnected.connect(self.deleteLater)

    @Slot()
    def _read(self) -> None:
        connection = self._connection
        if not connection.canReadLine():
            if connection.bytesAvailable() > MOST_BYTES:
                connection.abort()
            return
        request = read_request(bytes(connection.readLine(MOST_BYTES).data()))
        if request is not None:
            connection.write(answer())
            connection.flush()
            self.requested.emit(request)
        connection.disconnectFromServer()
