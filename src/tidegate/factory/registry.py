"""Find the jobs of a project: every module below its jobs folder that says `JOB = (entrypoint, description)`."""

from __future__ import annotations

import difflib
import importlib
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, TidegateError
from tidegate.factory.entrypoint import JobEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tidegate.factory.entrypoint import Entry
    from tidegate.job.port import Job

PACKAGE = "jobs"


@dataclass(frozen=True)
class RegisteredJob:
    """A job that was found.

    Attributes:
        name: Its name: the table of a job class, or the module's path with dots.
        description: One line.
        entry: What runs it.
        file: The module's file.
        job: The job class; None for a module that runs something else.
    """

    name: str
    description: str
    entry: Entry
    file: Path
    job: type[Job] | None = None


@dataclass(frozen=True)
class JobRegistry:
    """All jobs of a project, by name."""

    jobs: Mapping[str, RegisteredJob]

    @property
    def classes(self) -> tuple[type[Job], ...]:
        """The jobs that are classes, not scripts."""
        return tuple(registered.job for registered in self.jobs.values() if registered.job is not None)

    def find(self, name: str) -> RegisteredJob:
        """Return the job of that name; the dataset alone is enough where only one layer has it.

        Raises:
            JobDefinitionError: There is none, or there are several.
        """
        if name in self.jobs:
            return self.jobs[name]
        short = [full for full in self.jobs if full.rpartition(".")[2] == name]
        if len(short) == 1:
            return self.jobs[short[0]]
        if short:
            raise JobDefinitionError(f"{name!r} is more than one job", hint=f"say which: {', '.join(sorted(short))}")
        near = difflib.get_close_matches(name, self.jobs, n=1)
        known = ", ".join(sorted(self.jobs)) or "none"
        raise JobDefinitionError(
            f"there is no job {name!r}", hint=(f"did you mean {near[0]!r}? " if near else "") + f"jobs: {known}"
        )


def discover(folder: Path) -> JobRegistry:
    """Return the jobs below a folder. Modules and folders whose names start with `_` are skipped.

    Modules are imported, and importing must have no side effects.

    Args:
        folder: The project's jobs folder; its modules are imported as `jobs.…`.

    Raises:
        JobDefinitionError: The folder is missing, a module cannot be imported or breaks the convention, or two modules
            offer one name.
    """
    if not folder.is_dir():
        raise JobDefinitionError(
            "there is no jobs folder", where=str(folder), hint="run `tidegate init DIR` for an example"
        )
    _mount(folder.resolve())
    found: dict[str, RegisteredJob] = {}
    for file in _modules(folder):
        registered = _register(folder, file)
        if registered is None:
            continue
        other = found.get(registered.name)
        if other is not None:
            raise JobDefinitionError(
                f"two modules offer the job {registered.name!r}",
                where=f"{other.file} and {registered.file}",
                hint="let one of them write another table, or remove it",
            )
        found[registered.name] = registered
    return JobRegistry(found)


def _modules(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if not any(part.startswith("_") for part in path.relative_to(folder).parts):
            yield path


def _mount(folder: Path) -> None:
    """Make the folder the package `jobs`, so that its modules can import one another wherever they are started from."""
    mounted = sys.modules.get(PACKAGE)
    if mounted is not None and list(getattr(mounted, "__path__", [])) == [str(folder)]:
        return
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(folder)]
    sys.modules[PACKAGE] = package
    importlib.invalidate_caches()


def _register(folder: Path, file: Path) -> RegisteredJob | None:
    dotted = ".".join(file.relative_to(folder).with_suffix("").parts)
    module = _import(f"{PACKAGE}.{dotted}", file)
    offered = getattr(module, "JOB", None)
    if offered is None:
        return None
    if not (isinstance(offered, tuple) and len(offered) == 2 and callable(offered[0]) and isinstance(offered[1], str)):  # noqa: PLR2004
        raise JobDefinitionError(
            "JOB must be a pair of an entrypoint and a description",
            where=str(file),
            hint="JOB = entrypoint(YourJob), or JOB = (main, 'what it does') with main(argv) -> int",
        )
    entry, description = offered
    job = entry.job if isinstance(entry, JobEntry) else None
    return RegisteredJob(job.name() if job else dotted, description, entry, file, job)


def _import(name: str, file: Path) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except TidegateError:
        raise
    except SyntaxError as error:
        raise JobDefinitionError(
            f"the module is not valid Python: {error.msg}",
            where=f"{error.filename}:{error.lineno}",
            hint="mend the line",
        ) from error
    except Exception as error:
        raise JobDefinitionError(
            f"the module cannot be imported: {type(error).__name__}: {error}",
            where=_place(error, file),
            hint="a job module imports without side effects; move work into transform or the entrypoint",
        ) from error


def _place(error: Exception, file: Path) -> str:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file.resolve()):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{file}:{line}" if line else str(file)
