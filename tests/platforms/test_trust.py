from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from tidegate.platforms.java import find_java
from tidegate.platforms.trust import java_trust_store

if TYPE_CHECKING:
    from pathlib import Path

# A certificate made for this test; its key was thrown away.
AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUNKK62zoAphQ0GOcRyLZ2oZypTgQwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXdGlkZWdhdGUgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMDgy
ODU4WhgPMjEyNjEwMjgwODI4NThaMCIxIDAeBgNVBAMMF3RpZGVnYXRlIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBxQasSvaTfJAbBlQ
Oq3wE9dDvyc3iJQCitQ4J4vJRlrHuXvx+KJMw32DaVehpSkjIkLkN+9xD9rcxamJ
MCe5WaNTMFEwHQYDVR0OBBYEFPQHBoqleWAICdLD0/DcCZr3+vQAMB8GA1UdIwQY
MBaAFPQHBoqleWAICdLD0/DcCZr3+vQAMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhALGPzL9Em4RAuWLPo06p0aeMtv76QuIZBIDexbbrVMk8AiEA
mVjnBCsgTbFGQjHjU1of9SalZPvO/bN9yr8rpae5CRk=
-----END CERTIFICATE-----
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "bundle.pem"
    file.write_text(AUTHORITY, encoding="ascii")
    return file


@pytest.mark.integration
def test_java_reads_the_authorities_of_the_machine(bundle: Path, tmp_path: Path) -> None:
    store = java_trust_store(tmp_path / "cache", {"SSL_CERT_FILE": str(bundle)})
    keytool = find_java(os.environ, "3.5") / "bin" / "keytool"
    listed = subprocess.run(
        [keytool, "-list", "-keystore", str(store), "-storepass", "changeit"],
        capture_output=True,
        text=True,
        check=True,
    )
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(AUTHORITY)).hexdigest().upper()
    assert fingerprint in listed.stdout.replace(":", "")


def test_a_store_is_made_once_per_state_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    environ = {"SSL_CERT_FILE": str(bundle)}
    first = java_trust_store(tmp_path / "cache", environ)
    assert java_trust_store(tmp_path / "cache", environ) == first
    bundle.write_text(f"# another state\n{AUTHORITY}", encoding="ascii")
    second = java_trust_store(tmp_path / "cache", environ)
    assert second != first
    assert sorted((tmp_path / "cache").iterdir()) == sorted(store for store in (first, second) if store)


def test_a_bundle_that_is_none_leaves_java_to_its_own_authorities(bundle: Path, tmp_path: Path) -> None:
    bundle.write_text("nothing to trust\n", encoding="ascii")
    assert java_trust_store(tmp_path / "cache", {"SSL_CERT_FILE": str(bundle)}) is None
    assert not (tmp_path / "cache").exists()
