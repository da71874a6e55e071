"""The packages that runs need, in the versions that are installed here: what was tried is what is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, cast

from tidegate.errors import ConfigError, MissingExtraError
from tidegate.releases.wheel import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.requirements import Requirement

_OF_THE_PLATFORM = frozenset({"pyspark", "pyspark-client", "delta-spark", "databricks-connect"})


@dataclass(frozen=True)
class Interpreter:
    """Python as it is on a platform.

    Attributes:
        version: Such as 3.11.
        architecture: x86_64 or aarch64.
    """

    version: str
    architecture: str = "x86_64"

    def markers(self) -> dict[str, str]:
        """Return what requirements ask of where they are installed."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.version}.9",
            "os_name": "posix",
            "platform_machine": self.architecture,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.version}.9",
            "python_version": self.version,
            "sys_platform": "linux",
        }


def pinned_packages(extras: Sequence[str], lines: Sequence[str], interpreter: Interpreter) -> dict[str, str]:
    """Return the version of each package that runs need, by name; neither tidegate nor what the platform brings.

    Args:
        extras: Extras of tidegate that runs need.
        lines: Further requirements; `name==version` is taken as it is, of a name the version that is installed.
        interpreter: Python as it is on the platform.

    Raises:
        ConfigError: A line is no requirement, a package is not installed here, or is one that platforms bring.
        MissingExtraError: The package that reads requirements is not installed.
    """
    asked = [_requirement(line) for line in lines]
    given = {_canonical(one): version for one in asked if (version := _exact(one))}
    pins: dict[str, str] = {}
    missing: list[str] = []
    seen: set[tuple[str, str]] = set()
    start = _requirement(f"{PACKAGE}[{','.join(extras)}]" if extras else PACKAGE)
    waiting = [start, *asked]
    while waiting:
        requirement = waiting.pop()
        name = _canonical(requirement)
        news = [extra for extra in ("", *sorted(requirement.extras)) if (name, extra) not in seen]
        seen.update((name, extra) for extra in news)
        if not news:
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            if name in given:
                pins[name] = given[name]
            else:
                missing.append(name)
            continue
        pins[name] = given.get(name, installed.version)
        waiting.extend(_needed(installed.requires or (), news, interpreter))
    pins.pop(PACKAGE, None)
    _refuse(missing, pins)
    return dict(sorted(pins.items()))


def requirement_lines(text: str) -> list[str]:
    """Return the requirements of a file, without remarks."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _needed(requires: Iterable[str], extras: Sequence[str], interpreter: Interpreter) -> Iterator[Requirement]:
    for line in requires:
        requirement = _requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**interpreter.markers(), "extra": extra}) for extra in extras):
            yield requirement


def _requirement(line: str) -> Requirement:
    try:
        from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("packaging", extra="deploy", purpose="deploying") from error
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        raise ConfigError(
            "a line is no requirement that can be deployed",
            where=f"deploy.requirements: {line.partition(' ')[0]}",
            hint="name or name==version, one in a line; neither options nor addresses",
        ) from error


def _canonical(requirement: Requirement) -> str:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - an extra

    return cast("str", canonicalize_name(requirement.name))


def _exact(requirement: Requirement) -> str | None:
    """Return the version of `name==version`; None where a requirement is anything else."""
    (first, *others) = [*requirement.specifier] or [None]
    return first.version if first and not others and first.operator == "==" and "*" not in first.version else None


def _refuse(missing: Sequence[str], pins: Mapping[str, str]) -> None:
    brought = sorted(_OF_THE_PLATFORM & pins.keys())
    if brought:
        raise ConfigError(
            f"{' and '.join(brought)} would be put over what the platform brings",
            where="deploy.extras and deploy.requirements",
            hint="leave it out; `spark` and `demo` are extras for laptops",
        )
    if missing:
        raise ConfigError(
            f"runs need packages that are not installed here, so no version of them was tried: {', '.join(missing)}",
            where="deploy.extras and deploy.requirements",
            hint="install them here, leave out the extra that asks for them, or write name==version into the file",
        )
