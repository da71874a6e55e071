"""The certificates of the machine in the form that Java reads."""

from __future__ import annotations

import hashlib
import os
import ssl
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where Linux distributions and macOS keep the bundle, for a Python that was built elsewhere and does not know.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"  # noqa: S105 - Java's own default; it guards a list of public certificates
_SALT = b"Mighty Aphrodite"  # part of the format's checksum


def java_trust_store(folder: Path, environ: Mapping[str, str]) -> Path | None:
    """Return a Java key store with the machine's certificate authorities, or None where the machine names none.

    A Java from a package knows the public authorities alone, so behind a proxy with an authority of its own it can
    download nothing. Java takes the file by `-Djavax.net.ssl.trustStore`. It is made once per state of the bundle.

    Args:
        folder: Folder of the cache; it is created where it is missing.
        environ: Environment variables; `SSL_CERT_FILE` names a bundle that goes before the machine's own.
    """
    bundle = _bundle(environ)
    if bundle is None:
        return None
    store = folder / f"trust-{hashlib.sha256(bundle.read_bytes()).hexdigest()[:16]}.jks"
    if store.exists():
        return store
    try:
        certificates = _certificates(bundle)
    except ssl.SSLError:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, suffix=".draft")
    with os.fdopen(descriptor, "wb") as file:
        file.write(encode_key_store(certificates))
    return Path(draft).replace(store)


def encode_key_store(certificates: Sequence[bytes]) -> bytes:
    """Return the certificates (DER) as a key store in Java's JKS format, with the default password.

    Source: the format is described in `sun.security.provider.JavaKeyStore` of OpenJDK.
    """
    entries = b"".join(
        struct.pack(">I", _TRUSTED)
        + _text(f"authority-{number}")
        + struct.pack(">Q", 0)
        + _text("X.509")
        + struct.pack(">I", len(certificate))
        + certificate
        for number, certificate in enumerate(certificates)
    )
    body = struct.pack(">III", _MAGIC, _VERSION, len(certificates)) + entries
    checksum = hashlib.sha1(_PASSWORD.encode("utf-16-be") + _SALT + body, usedforsecurity=False)
    return body + checksum.digest()


def _bundle(environ: Mapping[str, str]) -> Path | None:
    known = ssl.get_default_verify_paths()
    named = (environ.get("SSL_CERT_FILE"), known.openssl_cafile, *_BUNDLES)
    return next((Path(name) for name in named if name and Path(name).is_file()), None)


def _certificates(bundle: Path) -> list[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=bundle)
    return context.get_ca_certs(binary_form=True)


def _text(value: str) -> bytes:
    encoded = value.encode("ascii")
    return struct.pack(">H", len(encoded)) + encoded
