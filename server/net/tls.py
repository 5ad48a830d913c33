"""HTTPS: from what ``ssl_context`` may be to an ``ssl.SSLContext``.

Runs in the thread that starts the server.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

from ..errors import ConfigError, FileMissing, why_refused

__all__ = ["adhoc_context", "load_context", "read_option"]

_VALID_DAYS = 90
_TLS_REASONS = {
    "CA_MD_TOO_WEAK": "its signature is too weak for today's OpenSSL",
    "EE_KEY_TOO_SMALL": "its key is too small for today's OpenSSL",
    "KEY_VALUES_MISMATCH": "the key is that of another certificate",
    "NO_START_LINE": "a certificate or a key is missing in them",
    "PEM_LIB": "a certificate or a key is missing in them, or is damaged",
}


def load_context(ssl_context: Any) -> Optional[ssl.SSLContext]:
    """The context to serve with, from what Werkzeug's ``ssl_context`` parameter may be.

    :param ssl_context: None, an ``SSLContext``, ``"adhoc"``, or ``(certificate file, key file)``;
        the key may be in the certificate's file
    :raises ConfigError: the files can't be read, or what ``"adhoc"`` needs isn't installed
    """
    if ssl_context is None:
        return None
    if isinstance(ssl_context, ssl.SSLContext):
        if ssl_context.protocol == ssl.PROTOCOL_TLS_CLIENT:  # it would refuse every connection
            raise ConfigError(
                "ssl",
                "This SSLContext is a client's: "
                "make it with ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).",
            )
        return ssl_context
    if ssl_context == "adhoc":
        return adhoc_context()
    if isinstance(ssl_context, tuple) and _are_files(*ssl_context):
        return _from_files(*ssl_context)
    raise ConfigError(
        "ssl",
        f"ssl_context can't be {ssl_context!r}: use 'adhoc', (certificate, key) or an SSLContext.",
    )


def read_option(text: str) -> Any:
    """The value of ``--ssl`` and of the form, as :func:`load_context` takes it.

    :param text: ``""``, ``"adhoc"`` or ``"CERT,KEY"``
    """
    if not text:
        return None
    if text == "adhoc":
        return text
    certificate, _, key = (part.strip() for part in text.partition(","))
    return (certificate, key) if key else (certificate,)


def adhoc_context() -> ssl.SSLContext:
    """A context with a fresh certificate for this machine, signed by itself.

    :raises ConfigError: the package ``cryptography`` isn't installed in this interpreter
    """
    certificate, key = _self_signed()
    # ssl reads certificates from files only; these are gone before the first request.
    with tempfile.TemporaryDirectory(prefix="servedeck-") as folder:
        files = Path(folder, "cert.pem"), Path(folder, "key.pem")
        for file, content in zip(files, (certificate, key)):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
        return _from_files(*files)


def _are_files(certificate: Any = None, key: Any = "", *more: Any) -> bool:
    kinds = (str, bytes, os.PathLike)
    return isinstance(certificate, kinds) and isinstance(key, (*kinds, type(None))) and not more


def _no_password() -> str:
    # Without this, OpenSSL would ask for it on the terminal, and wait there.
    raise ConfigError(
        "ssl",
        "The certificate can't be used, as its key is locked with a password: use a key "
        "without one, or an SSLContext that has loaded it.",
    )


def _from_files(certificate: Any, key: Any = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except FileNotFoundError:
        missing = key if Path(os.fsdecode(certificate)).is_file() else certificate
        raise FileMissing("ssl", f"There is no certificate or key file {missing}.") from None
    except ConfigError:
        raise
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = _why_unusable(error, certificate, key)
        raise ConfigError(
            "ssl",
            f"The certificate {certificate!s} and its key can't be used: {why}. Choose two files "
            "that belong together.",
        ) from None
    return context


def _why_unusable(error: Exception, certificate: Any, key: Any) -> str:
    """What is wrong with a certificate and its key, as a part of a sentence. OpenSSL itself says
    neither in which file it is nor, mostly, what."""
    for file in (certificate, key):
        if file is None:
            continue
        name = os.fsdecode(file)
        try:
            is_pem = b"-----BEGIN " in Path(name).read_bytes()
        except (OSError, ValueError) as refused:
            return f"{name!r} can't be read, {why_refused(refused)}"
        if not is_pem:
            return f"{name!r} holds nothing in PEM form (-----BEGIN \u2026)"
    reason = str(getattr(error, "reason", None) or "")
    return _TLS_REASONS.get(reason) or reason.replace("_", " ").lower() or why_refused(error)


def _self_signed() -> tuple[bytes, bytes]:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError:
        raise ConfigError(
            "ssl",
            "A certificate made on the spot needs the package cryptography, which is not "
            "installed in this interpreter: install it with 'pip install cryptography', "
            "or name a certificate and a key.",
        ) from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ServeDeck on this machine")])
    names = {"localhost", "*.localhost", socket.gethostname()}
    addresses = [ipaddress.ip_address(text) for text in ("127.0.0.1", "::1")]
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [*map(x509.DNSName, sorted(names)), *map(x509.IPAddress, addresses)]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
