"""The packages of a release as platforms take them: an environment of Python to unpack, and wheels in a zip."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError, MissingExtraError
from tidegate.releases.archives import Link, tarred, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.releases.packages import Interpreter

# Amazon Linux 2023 has glibc 2.34; whatever needs no newer one runs there.
_GLIBC = (34, 31, 28, 27, 24, 17, 12, 5)
_SECRET_IN_ADDRESS = re.compile(r"(?<=//)[^/\s@]+@")
_MOST_LINES = 5


def download(packages: Mapping[str, str], interpreter: Interpreter) -> dict[str, bytes]:
    """Return the wheels of packages for the platform's Python, whatever Python and system this is.

    Args:
        packages: Versions by name.
        interpreter: Python as it is on the platform.

    Raises:
        ConfigError: A package has no wheel in that version for that Python, or the index cannot be reached.
        MissingExtraError: pip is not installed.
    """
    if importlib.util.find_spec("pip") is None:
        raise MissingExtraError("pip", extra="deploy", purpose="getting the packages of a release")
    with tempfile.TemporaryDirectory(prefix="tidegate-") as folder:
        wanted, wheels = Path(folder, "requirements.txt"), Path(folder, "wheels")
        wheels.mkdir()
        wanted.write_text(requirements(packages), encoding="utf-8")
        _pip(["--requirement", str(wanted), "--dest", str(wheels), *_tags(interpreter)])
        return {file.name: file.read_bytes() for file in sorted(wheels.glob("*.whl"))}


def requirements(packages: Mapping[str, str]) -> str:
    """Return the lines of a file of requirements."""
    return "".join(f"{name}=={packages[name]}\n" for name in sorted(packages))


def environment(wheels: Mapping[str, bytes], interpreter: Interpreter, python: str) -> bytes:
    """Return what `spark.archives` unpacks: an environment as `venv` makes it, with the packages in it.

    Args:
        wheels: The packages.
        interpreter: Python as it is on the platform.
        python: Where Python is there.
    """
    site = f"lib/python{interpreter.version}/site-packages"
    home = python.rpartition("/")[0]
    settings = f"home = {home}\ninclude-system-site-packages = false\nversion = {interpreter.version}\n"
    files: dict[str, bytes | Link] = {
        "pyvenv.cfg": settings.encode(),
        **{f"bin/{name}": Link(python) for name in ("python", "python3", f"python{interpreter.version}")},
    }
    for content in wheels.values():
        files.update(_installed(content, site))
    return tarred(files)


def wheels_in_zip(wheels: Mapping[str, bytes], packages: Mapping[str, str]) -> bytes:
    """Return the zip of wheels that Glue installs without an index."""
    return zipped(
        {
            **{f"wheels/{name}": content for name, content in wheels.items()},
            "wheels/requirements.txt": requirements(packages).encode(),
        }
    )


def _installed(wheel: bytes, site: str) -> dict[str, bytes]:
    """Return the files of a wheel where an installer puts them; commands and headers are of no use to runs."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name in archive.namelist():
            top, _, below = name.partition("/")
            kind, _, rest = below.partition("/")
            if name.endswith("/") or ".." in name.split("/"):
                continue
            if not top.endswith(".data"):
                files[f"{site}/{name}"] = archive.read(name)
            elif kind in {"purelib", "platlib"}:
                files[f"{site}/{rest}"] = archive.read(name)
            elif kind == "data":
                files[rest] = archive.read(name)
    return files


def _tags(interpreter: Interpreter) -> list[str]:
    machine = interpreter.architecture
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC]
    platforms += [f"manylinux2014_{machine}", *(["manylinux2010_x86_64", "manylinux1_x86_64"] * (machine == "x86_64"))]
    chosen = [part for platform in platforms for part in ("--platform", platform)]
    return ["--python-version", interpreter.version, "--implementation", "cp", *chosen]


def _pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    done = subprocess.run(  # noqa: S603 - pip of this environment, without a shell
        [*command, "--disable-pip-version-check", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")][:_MOST_LINES]
        told = _SECRET_IN_ADDRESS.sub("***@", "; ".join(line.removeprefix("ERROR: ") for line in said))
        raise ConfigError(
            f"pip could not get the packages of the release: {told or f'exit code {done.returncode}'}",
            where=f"the index that pip asks, and Python {arguments[arguments.index('--python-version') + 1]}",
            hint="install a version here that has a wheel for that Python; or check pip's settings and network",
        )
