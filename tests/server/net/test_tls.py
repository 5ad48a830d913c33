"""HTTPS: what ssl_context may be, and clients that do and don't play along."""

from __future__ import annotations

import builtins
import datetime
import http.client
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import time
import types

import pytest
import requests
from serverkit import SAFETY

from server import make_server
from server.errors import ConfigError
from server.events import RequestFinished
from server.net.tls import load_context, read_option
from server.protocol.channel import Timeouts

x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

TEXT = ("Content-Type", "text/plain")
MEGABYTE = bytes(range(256)) * 4096


def app(environ, start_response):
    """Echo, a megabyte, or what the environ says."""
    path = environ["PATH_INFO"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
    elif path == "/big":
        body = MEGABYTE
    elif path == "/stream":
        start_response("200 OK", [TEXT])
        return iter([b"one,", b"two,", b"three"])
    elif path == "/certificate":
        body = environ.get("SSL_CLIENT_CERT", "none").encode()
    else:
        body = environ["wsgi.url_scheme"].encode()
    start_response("200 OK", [TEXT, ("Content-Length", str(len(body)))])
    return [body]


# Certificates ---------------------------------------------------------------------------------


_USES = [
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
]  # fmt: skip


def _write(folder, name, *, issuer=None, password=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    ca_name, ca_key = issuer or (subject, key)
    now = datetime.datetime.now(datetime.timezone.utc)
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    ca_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    usage = dict.fromkeys(_USES, False) | {
        "digital_signature": True,
        "key_cert_sign": issuer is None,
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("localhost"),
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                ]
            ),
            critical=False,
        )
        # From Python 3.13 on, clients are strict: without these, they trust no certificate.
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(own_id, critical=False)
        .add_extension(ca_id, critical=False)
    )
    certificate = builder.sign(ca_key, hashes.SHA256())
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return tuple(map(str, files)), (subject, key)


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certs")
    ca, issuer = _write(folder, "ca")
    return types.SimpleNamespace(
        folder=folder,
        ca=ca[0],
        server=_write(folder, "server", issuer=issuer)[0],
        client=_write(folder, "client", issuer=issuer)[0],
        locked=_write(folder, "locked", issuer=issuer, password=b"secret")[0],
    )


@pytest.fixture
def trusting(certs):
    context = ssl.create_default_context(cafile=certs.ca)
    # The requests below are HTTP/1.1 by hand.
    context.set_alpn_protocols(["http/1.1"])
    return context


@pytest.fixture
def serve_tls(serve, certs):
    def start(the_app=app, **options):
        options.setdefault("ssl_context", certs.server)
        return serve(the_app, **options)

    return start


def secure(server, context):
    """A client whose handshake is done."""
    client = server.connect()
    client.sock = context.wrap_socket(client.sock, server_hostname="127.0.0.1")
    return client


def get(target="/", *headers, method="GET", body=b""):
    lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


# What ssl_context may be ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
@pytest.mark.parametrize("kind", ["adhoc", "files", "one file", "context"])
def test_each_kind_in_each_server(serve, certs, mode, kind, tmp_path):
    if kind == "adhoc":
        option, verify = "adhoc", False
    elif kind == "one file":
        both = tmp_path / "both.pem"
        both.write_bytes(
            b"".join((certs.folder / f"server.{e}").read_bytes() for e in ("pem", "key"))
        )
        option, verify = (str(both),), certs.ca
    elif kind == "context":
        option, verify = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certs.ca
        option.load_cert_chain(*certs.server)
    else:
        option, verify = certs.server, certs.ca
    server = serve(app, mode=mode, ssl_context=option)
    assert server.url == f"https://127.0.0.1:{server.port}"
    context = ssl.create_default_context(cafile=verify or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for _ in range(2):
        with secure(server, context) as client:
            client.send(get("/", "Connection: close"))
            assert client.answer().body == b"https"
            client.assert_closed()


def test_none_is_no_tls():
    assert load_context(None) is None


def test_adhoc_names_this_machine(serve):
    server = serve(app, ssl_context="adhoc")
    certificate = ssl.get_server_certificate(("127.0.0.1", server.port))
    parsed = x509.load_pem_x509_certificate(certificate.encode())
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert ipaddress.ip_address("127.0.0.1") in names.get_values_for_type(x509.IPAddress)
    # Its own issuer, it can be trusted by those who were handed it.
    context = ssl.create_default_context(cadata=certificate)
    with secure(server, context) as client:
        client.send(get())
        assert client.answer().body == b"https"


def test_adhoc_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert isinstance(load_context("adhoc"), ssl.SSLContext)
    assert list(tmp_path.iterdir()) == []


def test_adhoc_without_cryptography(monkeypatch):
    real = builtins.__import__

    def blocked(name, *args, **kwargs):
        if name.split(".")[0] == "cryptography":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", blocked)
    with pytest.raises(ConfigError) as caught:
        load_context("adhoc")
    assert caught.value.setting == "ssl"
    assert "pip install cryptography" in caught.value.message
    assert caught.value.__cause__ is None


def _bad(name, certs):
    certificate, key = certs.server
    empty = certs.folder / "empty.pem"
    empty.write_bytes(b"")
    return {
        "word": ("on", "ssl_context can't be 'on'"),
        "number": (1, "ssl_context can't be 1"),
        "empty tuple": ((), "ssl_context can't be ()"),
        "three": ((certificate, key, "secret"), "ssl_context can't be"),
        "list": ([certificate, key], "ssl_context can't be"),
        "numbers": ((1, 2), "ssl_context can't be (1, 2)"),
        "none": ((None, None), "ssl_context can't be (None, None)"),
        "no certificate": (("gone.pem", key), "There is no certificate or key file gone.pem."),
        "no key": ((certificate, "gone.key"), "There is no certificate or key file gone.key."),
        "empty name": (("", key), "There is no certificate or key file"),
        "nul": (("a\0b", key), "can't be used"),
        "swapped": ((key, certificate), "can't be used"),
        "other's key": ((certificate, certs.client[1]), "the key is that of another certificate"),
        "key not in the file": ((certificate,), "can't be used"),
        "empty file": ((str(empty), key), "can't be used"),
        "folder": ((str(certs.folder), key), "can't be used"),
        "password": (certs.locked, "its key is locked with a password"),
        "client's context": (
            ssl.create_default_context(),
            "This SSLContext is a client's: make it with ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).",
        ),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "word",
        "number",
        "empty tuple",
        "three",
        "list",
        "numbers",
        "none",
        "no certificate",
        "no key",
        "empty name",
        "nul",
        "swapped",
        "other's key",
        "key not in the file",
        "empty file",
        "folder",
        "password",
        "client's context",
    ],
)
def test_what_cannot_be_used_is_reported_before_the_port_is_taken(certs, name):
    option, sentence = _bad(name, certs)
    with pytest.raises(ConfigError) as caught:
        make_server("127.0.0.1", 0, app, ssl_context=option)
    assert caught.value.setting == "ssl"
    message = caught.value.message
    assert sentence in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_locked_key_on_a_terminal(certs):
    """OpenSSL would ask for the password on the terminal, and wait there."""
    pty = pytest.importorskip("pty")

    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys\nfrom server.net.tls import load_context\n"
                "try: load_context(tuple(sys.argv[1:]))\nexcept ValueError as e: print(e)",
                *certs.locked,
            ],
            stdin=follower,
            stdout=subprocess.PIPE,
            start_new_session=True,
            timeout=SAFETY,
            check=True,
        )
    finally:
        os.close(leader)
        os.close(follower)
    assert b"locked with a password" in done.stdout


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("", None),
        ("adhoc", "adhoc"),
        ("a.pem,b.key", ("a.pem", "b.key")),
        (" a.pem , b.key ", ("a.pem", "b.key")),
        ("both.pem", ("both.pem",)),
        ("both.pem,", ("both.pem",)),
    ],
)
def test_the_option_of_the_command_line(text, option):
    assert read_option(text) == option


SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def echoing(environ, start_response):
    """As libraries for websockets do: it answers by itself, and sends back what it gets."""
    sock = environ["werkzeug.socket"]
    sock.sendall(SWITCHED)
    while data := sock.recv(4096):
        sock.sendall(data)
    return []


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_a_websocket(serve_tls, trusting, mode):
    """What came in one record with the request, more than a record, and an end of the client's."""
    server = serve_tls(echoing, mode=mode)
    with secure(server, trusting) as client:
        client.send(get("/ws", "Connection: Upgrade", "Upgrade: websocket") + b"early")
        assert client.until(b"\r\n\r\n") == SWITCHED
        assert client.exactly(5) == b"early"
        for message in (b"ping", b"x" * 100_000, b"last"):
            client.send(message)
            assert client.exactly(len(message)) == message
    if mode == "forking":  # what a child reports goes through a worker's channel
        return
    finished = server.events.wait_kind(RequestFinished)
    assert (finished.status, finished.upgrade, finished.aborted) == (101, "websocket", False)
    assert finished.bytes_sent == len(SWITCHED) + 100_013


@pytest.mark.parametrize("mode", ["threaded", "forking"])
def test_a_websocket_is_cut_when_the_server_stops(serve_tls, trusting, mode):
    server = serve_tls(echoing, mode=mode)
    with secure(server, trusting) as client:
        client.send(get("/ws", "Connection: Upgrade", "Upgrade: websocket"))
        assert client.until(b"\r\n\r\n") == SWITCHED
        server.server.shutdown()
        assert closed(client.sock)


# Clients that play along ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_http_client_keeps_one_connection(serve_tls, trusting, mode):
    server = serve_tls(mode=mode)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", server.port, context=trusting, timeout=SAFETY
    )
    try:
        connection.connect()
        sock = connection.sock
        for target, body in [("/", b"https"), ("/stream", b"one,two,three"), ("/big", MEGABYTE)]:
            connection.request("GET", target)
            assert connection.getresponse().read() == body
        connection.request("POST", "/echo", MEGABYTE)
        assert connection.getresponse().read() == MEGABYTE
        connection.request("POST", "/echo", iter([b"a" * 70000, b"b"]), encode_chunked=True)
        assert connection.getresponse().read() == b"a" * 70000 + b"b"
        assert connection.sock is sock
    finally:
        connection.close()


def test_requests_with_a_session(serve_tls, certs):
    server = serve_tls()
    with requests.Session() as session:
        session.trust_env = False  # REQUESTS_CA_BUNDLE would win
        session.verify = certs.ca
        for _ in range(3):
            assert session.get(server.url, timeout=SAFETY).text == "https"
            answer = session.post(f"{server.url}/echo", data=MEGABYTE, timeout=SAFETY)
            assert answer.content == MEGABYTE
    finished = server.events.wait_count(RequestFinished, 6)
    assert {event.status for event in finished} == {200}


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_a_megabyte_both_ways(serve_tls, trusting, mode):
    server = serve_tls(mode=mode)
    for target, method, body in [("/big", "GET", b""), ("/echo", "POST", MEGABYTE)]:
        with secure(server, trusting) as client:
            client.send(get(target, f"Content-Length: {len(body)}", method=method, body=body))
            assert client.answer().body == MEGABYTE


def test_a_slow_reader_gets_all(serve_tls, trusting):
    client = secure(serve_tls(mode="single"), trusting)
    client.send(get("/big") * 3)
    for _ in range(3):
        assert client.answer().body == MEGABYTE


@pytest.mark.parametrize("mode", ["single", "threaded"])
@pytest.mark.parametrize("size", [0, 100, 12_000, 20_000, 50_000])
def test_requests_in_one_record(serve_tls, trusting, mode, size):
    """What is decrypted with the end of one request is the next one; no selector reports it."""
    client = secure(serve_tls(mode=mode), trusting)
    body = b"x" * size
    client.send(get("/echo", f"Content-Length: {size}", method="POST", body=body) + get() * 3)
    assert client.answer("POST").body == body
    for _ in range(3):
        assert client.answer().body == b"https"


def test_requests_in_one_record_after_chunks(serve_tls, trusting):
    client = secure(serve_tls(), trusting)
    chunk = b"4e20\r\n" + b"x" * 20000 + b"\r\n0\r\n\r\n"
    client.send(get("/echo", "Transfer-Encoding: chunked", method="POST", body=chunk) + get())
    assert client.answer("POST").body == b"x" * 20000
    assert client.answer().body == b"https"


def test_byte_by_byte(serve_tls, trusting):
    client = secure(serve_tls(), trusting)
    client.send_slowly(get("/echo", "Content-Length: 5", method="POST", body=b"hello"))
    assert client.answer("POST").body == b"hello"


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
@pytest.mark.parametrize("target", ["/", "/stream"])
def test_the_end_is_reported_as_tls_has_it(serve_tls, trusting, mode, target):
    """Without close_notify, a body that ends with the connection may as well be cut off."""
    raw = socket.create_connection(("127.0.0.1", serve_tls(mode=mode).port), timeout=SAFETY)
    with (
        raw,
        trusting.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as sock,
    ):
        sock.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while part := sock.recv(65536):
            data += part
    assert data.endswith((b"\r\n\r\nhttps", b"\r\n\r\none,two,three"))


def test_the_clients_certificate(serve, certs, trusting):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certs.server)
    context.load_verify_locations(certs.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = serve(app, ssl_context=context)
    with secure(server, trusting) as client:
        client.send(get("/certificate"))
        assert client.answer().body == b"none"
    trusting.load_cert_chain(*certs.client)
    with secure(server, trusting) as client:
        for _ in range(2):
            client.send(get("/certificate"))
            pem = client.answer().body
            assert pem == (certs.folder / "client.pem").read_bytes()


# Clients that don't ---------------------------------------------------------------------------


def test_plain_http_is_answered_with_the_way_to_https(serve_tls):
    server = serve_tls(mode="threaded")
    with server.connect() as client:
        client.send(get("/path"))
        answer = client.answer()
        client.assert_closed()
    assert answer.status == 400
    assert b"https://" in answer.body
    assert answer.headers["content-type"].startswith("text/plain")
    finished = server.events.wait_kind(RequestFinished)
    assert finished.status == 400
    assert "https://" in finished.problem


@pytest.mark.parametrize("mode", ["single", "forking"])
def test_plain_http_in_the_other_servers(serve_tls, mode):
    with serve_tls(mode=mode).connect() as client:
        client.send(get("/path", "Cookie: " + "c" * 3000))
        assert client.answer().status == 400
        client.assert_closed()


def closed(sock):
    """Whether the other side has ended the connection, in whatever way."""
    try:
        while sock.recv(65536):
            pass
    except (ConnectionResetError, ssl.SSLError):
        pass
    return True


@pytest.mark.parametrize("mode", ["single", "threaded", "forking"])
def test_fifty_that_stall_block_nobody_and_are_dropped(serve_tls, trusting, often, mode):
    server = serve_tls(mode=mode, timeouts=Timeouts(handshake=1.0))
    # Silent ones, and ones that stop in the middle of their hello.
    stalled = [server.connect() for _ in range(50)]
    for client in stalled[::2]:
        client.send(b"\x16\x03\x01\x02\x00\x01\x00")
    began = time.monotonic()
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"
    assert time.monotonic() - began < 1.0 or mode == "forking"
    for client in stalled:
        assert closed(client.sock)
    assert time.monotonic() - began < SAFETY
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 100,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"\x15\x03\x01\x00\x02\x02\x28",
        bytes(range(256)) * 40,
    ],
    ids=["zeros", "ssh", "no hello", "alert", "noise"],
)
def test_garbage_ends_that_connection_only(serve_tls, trusting, data):
    server = serve_tls(mode="single")
    with server.connect() as client:
        client.send(data)
        assert closed(client.sock)
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"


def test_garbage_after_the_handshake(serve_tls, trusting):
    server = serve_tls(mode="single")
    client = secure(server, trusting)
    client.send(get())
    assert client.answer().body == b"https"
    with socket.socket(fileno=client.sock.detach()) as raw:
        raw.settimeout(SAFETY)
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert closed(raw)
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"


def test_a_client_that_trusts_nobody(serve_tls, trusting):
    server = serve_tls()
    with pytest.raises(ssl.SSLCertVerificationError):
        secure(server, ssl.create_default_context())
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"


def test_clients_that_leave_in_the_handshake(serve_tls, trusting):
    server = serve_tls(mode="single")
    for rude in (True, False) * 5:
        client = server.connect()
        client.send(b"\x16\x03\x01\x02\x00\x01\x00")
        client.reset() if rude else client.close()
    with secure(server, trusting) as client:
        client.send(get())
        assert client.answer().body == b"https"


def test_a_client_that_sends_no_close_notify(serve_tls, trusting):
    server = serve_tls(mode="single")
    client = secure(server, trusting)
    client.send(get())
    assert client.answer().body == b"https"
    client.sock.shutdown(socket.SHUT_RDWR)
    client.close()
    with secure(server, trusting) as other:
        other.send(get())
        assert other.answer().body == b"https"


def test_stopping_with_a_handshake_under_way(serve_tls):
    server = serve_tls()
    client = server.connect()
    client.send(b"\x16\x03\x01\x02\x00\x01\x00")
    server.stop()
    assert closed(client.sock)


def test_a_refused_upload_over_tls_gets_its_answer(serve, certs, trusting):
    def refusing(environ, start_response):
        start_response("413 Content Too Large", [TEXT, ("Content-Length", "3")])
        return [b"big"]

    server = serve(refusing, ssl_context=certs.server)
    client = secure(server, trusting)
    client.send(get("/", "Content-Length: 3000000", method="POST", body=b"x" * 300_000))
    answer = client.answer("POST")
    assert (answer.status, answer.body) == (413, b"big")
