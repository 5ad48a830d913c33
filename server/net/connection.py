"""One client's connection, as the handlers of ``http.server`` present it to a subclass.

Addresses, versions, headers, the log, and the environ's part that is the same for all requests of
a connection. :class:`~server.handler.WSGIRequestHandler` adds the requests.
"""

from __future__ import annotations

import dataclasses
import http.client
import io
import sys
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Optional

from ..protocol.app_socket import AppSocket
from ..protocol.channel import Channel, ChannelFile
from ..protocol.parsing import NO_HEAD
from ..protocol.wsgi import FileWrapper, without_controls

if TYPE_CHECKING:
    from ..servers import BaseWSGIServer

__all__ = ["ConnectionHandler"]


class ConnectionHandler(BaseHTTPRequestHandler):
    """What a handler has of its connection; each method may be overridden.

    :ivar channel: the connection
    :ivar head: the current request's line and headers
    :ivar environ: the current request's WSGI environ
    :ivar close_connection: no further request is taken from this client
    """

    server: BaseWSGIServer
    channel: Channel
    protocol_version = "HTTP/1.1"
    _names_clients = False  # a subclass names the client in its own way
    _logs_itself = False  # a subclass has a log of its own

    # socketserver's constructor would answer the whole connection at once and block on it; the
    # server calls `handle` whenever a request is there, and `finish` at the end.
    def __init__(self, request: Channel, client_address: Any, server: BaseWSGIServer) -> None:
        self.channel = request
        self.request = request.sock
        self.client_address = client_address
        self.server = server
        self.close_connection = False
        self.head = NO_HEAD
        self.command = ""
        self.path = ""
        self.requestline = ""
        self.request_version = "HTTP/1.1"
        self.environ: dict[str, Any] = {}
        self._headers: Optional[http.client.HTTPMessage] = None
        self._linger = False
        self.setup()
        self._take_over_timeout()

    def setup(self) -> None:
        """Prepare the connection. Called once, before the first request."""
        self.connection = self.channel.sock
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        self.rfile = io.BytesIO()
        self.wfile = ChannelFile(self.channel)  # type: ignore[assignment]

    def finish(self) -> None:
        """Called once, when the connection is about to be closed."""

    @property
    def server_version(self) -> str:  # type: ignore[override]
        """The server's name and version."""
        return self.server.server_version

    def version_string(self) -> str:
        """The value of the Server header, as ``http.server`` puts it together for a subclass."""
        cls = type(self)
        own_name = cls.server_version is not ConnectionHandler.server_version
        if not own_name and cls.sys_version == BaseHTTPRequestHandler.sys_version:
            return self.server_version
        name = self.server_version if own_name else self.server_version.partition(" ")[0]
        return f"{name} {self.sys_version}".strip()

    @property
    def headers(self) -> http.client.HTTPMessage:  # type: ignore[override]
        """The request's headers as ``http.server`` gives them; built when first asked for."""
        if self._headers is None:
            message = http.client.HTTPMessage()
            for name, value in self.head.headers:
                message[name] = value
            self._headers = message
        return self._headers

    def wants_linger(self) -> bool:
        """Whether the client may still be sending, or has sent, what nobody reads.

        Closing then would reset the connection, and the client might never see the answer.
        """
        return self._linger or self.channel.has_unread()

    def address_string(self) -> str:
        """The client's address; ``<local>`` for a Unix socket.

        In a request it is the environ's value: an app behind a proxy corrects it there.
        """
        if self.environ.get("REMOTE_ADDR"):
            return str(self.environ["REMOTE_ADDR"])
        if not self.client_address or isinstance(self.client_address, (str, bytes)):
            return "<local>"
        return str(self.client_address[0])

    def port_integer(self) -> int:
        """The client's port; 0 for a Unix socket."""
        if not self.client_address or isinstance(self.client_address, (str, bytes)):
            return 0
        return int(self.client_address[1])

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Log an answered request; where events are reported, the event does it instead."""
        wanted = self.server.reporter is None and self.server.logs_requests()
        if wanted or self._logs_itself:
            self.log("info", '"%s" %s %s', without_controls(self.requestline), code, size)

    def log_error(self, format: str, *args: Any) -> None:
        """Log an error."""
        self.log("error", format, *args)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a message."""
        self.log("info", format, *args)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Hand one line to the server's log, with client and time in front.

        :param type: ``"info"``, ``"warning"`` or ``"error"``
        """
        prefix = f"{self.address_string()} - - [{self.log_date_time_string()}] "
        self.server.log(type, prefix.replace("%", "%%") + message, *args)

    def base_environ(self) -> dict[str, Any]:
        """What is the same in every environ of this connection."""
        server = self.server
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http" if server.ssl_context is None else "https",
            "wsgi.errors": server.errors_stream or sys.stderr,
            "wsgi.multithread": server.multithread,
            "wsgi.multiprocess": server.multiprocess,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
            "werkzeug.socket": AppSocket(self.channel, server.let_go),
            "werkzeug.server.shutdown": server.request_shutdown,
            "SERVER_SOFTWARE": self.server_version,
            "SERVER_NAME": server.server_name,
            "SERVER_PORT": str(server.server_port),
            "SCRIPT_NAME": "",
            "REMOTE_ADDR": self.address_string(),
            # PEP 3333 wants every CGI variable to be a str.
            "REMOTE_PORT": str(self.port_integer()),
        }
        getpeercert = getattr(self.connection, "getpeercert", None)
        certificate = getpeercert(binary_form=True) if getpeercert else None
        if certificate:
            import ssl

            environ["SSL_CLIENT_CERT"] = ssl.DER_cert_to_PEM_cert(certificate)
        return environ

    # Internal

    def _take_over_timeout(self) -> None:
        """Let the channel keep a time-out that ``setup`` has set; its socket never blocks."""
        seconds = self.channel.sock.gettimeout()
        if seconds:
            self.channel.own_timeout = seconds
            self.channel.timeouts = dataclasses.replace(
                self.channel.timeouts, idle=seconds, head=seconds, body=seconds, send=seconds
            )
        self.channel.sock.setblocking(False)
