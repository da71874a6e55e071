"""Find the jobs of a project: every module below its jobs folder that says `JOB = (entrypoint, description)`."""

from __future__ import annotations

import importlib
import sys
import types
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tidegate.errors import JobDefinitionError, TidegateError
from tidegate.factory.entrypoint import JobEntry
from tidegate.job.base import SparkJob
from tidegate.job.standard import standard_job
from tidegate.model.nearest import nearest_name
from tidegate.model.pipelines import Pipeline
from tidegate.model.standard import Standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tidegate.factory.entrypoint import Entry
    from tidegate.job.port import Job
    from tidegate.model.pipelines import Step

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
    """All jobs and pipelines of a project, by name; and what would make jobs of classes that no module offers."""

    jobs: Mapping[str, RegisteredJob]
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    unoffered: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[type[Job], ...]:
        """The jobs that are classes, not scripts."""
        return tuple(registered.job for registered in self.jobs.values() if registered.job is not None)

    def find(self, name: str, where: str | None = None) -> RegisteredJob:
        """Return the job of that name; the dataset alone is enough where only one layer has it.

        Args:
            name: The name.
            where: The file and line that say it; None where a person does.

        Raises:
            JobDefinitionError: There is none, or there are several.
        """
        if name in self.jobs:
            return self.jobs[name]
        short = [full for full in self.jobs if full.rpartition(".")[2] == name]
        if len(short) == 1:
            return self.jobs[short[0]]
        if short:
            raise JobDefinitionError(
                f"{name!r} is more than one job", where=where, hint=f"say which: {', '.join(sorted(short))}"
            )
        if name in self.unoffered:
            raise JobDefinitionError(f"no module offers the job {name!r}", where=where, hint=self.unoffered[name])
        pipelines = () if where else sorted(self.pipelines)  # a pipeline names jobs; a person may mean either
        nearest = nearest_name(name, (*self.jobs, *pipelines))
        known = f"jobs: {', '.join(sorted(self.jobs)) or 'none'}"
        known += f"; pipelines: {', '.join(pipelines)}" if pipelines else ""
        raise JobDefinitionError(
            f"there is no job{' or pipeline' if pipelines else ''} {name!r}",
            where=where,
            hint=(f"did you mean {nearest}? " if nearest else "") + known,
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
    pipelines: list[Pipeline] = []
    unoffered: dict[str, str] = {}
    for file in _modules(folder):
        dotted = ".".join(file.relative_to(folder).with_suffix("").parts)
        module = _import(f"{PACKAGE}.{dotted}", file)
        pipelines += _offered_pipelines(module, dotted, file)
        registered = _register(module, dotted, file)
        if registered is None:
            unoffered |= _unoffered(module, file)
            continue
        other = found.get(registered.name)
        if other is not None:
            raise JobDefinitionError(
                f"two modules offer the job {registered.name!r}",
                where=f"{other.file} and {registered.file}",
                hint="let one of them write another table, or remove it",
            )
        found[registered.name] = registered
    return with_pipelines(JobRegistry(found, unoffered=unoffered), pipelines)


def with_pipelines(registry: JobRegistry, pipelines: Iterable[Pipeline]) -> JobRegistry:
    """Return a registry with more pipelines, and the jobs that only they declare.

    Args:
        registry: The jobs and pipelines that are known.
        pipelines: More of them.

    Raises:
        JobDefinitionError: A pipeline has the name of another one, a job is declared twice or cannot run as it is
            declared.
    """
    jobs, known = dict(registry.jobs), dict(registry.pipelines)
    for pipeline in pipelines:
        if pipeline.name in known:
            raise JobDefinitionError(
                f"two pipelines are called {pipeline.name!r}",
                where=f"{known[pipeline.name].where} and {pipeline.where}",
                hint="give one of them another name",
            )
        known[pipeline.name] = pipeline
        for step in pipeline.steps:
            if isinstance(step.job, str):
                continue
            job = _declared(step)
            other = jobs.get(step.name)
            if other is not None and (isinstance(step.job, Standard) or other.job is not job):
                raise JobDefinitionError(
                    f"the job {step.name!r} is declared twice",
                    where=f"{other.file} and {step.where or pipeline.where}",
                    hint="declare it once; another pipeline takes it by its name",
                )
            place = Path((step.where or pipeline.where).partition(":")[0])
            jobs[step.name] = other or RegisteredJob(step.name, job.description(), JobEntry(job), place, job)
    return JobRegistry(jobs, known, registry.unoffered)


def _declared(step: Step) -> type[Job]:
    if not isinstance(step.job, Standard):
        return cast("type[Job]", step.job)
    try:
        return standard_job(step.job)
    except JobDefinitionError as error:
        raise JobDefinitionError(error.what, where=step.where or error.where, hint=error.hint) from error


def _offered_pipelines(module: types.ModuleType, dotted: str, file: Path) -> tuple[Pipeline, ...]:
    offered = getattr(module, "PIPELINE", None)
    if not isinstance(offered, Pipeline):  # the module means something else by the name
        return ()
    return (replace(offered, name=offered.name or dotted, where=str(file)),)


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


def _register(module: types.ModuleType, dotted: str, file: Path) -> RegisteredJob | None:
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


def _unoffered(module: types.ModuleType, file: Path) -> dict[str, str]:
    """Return the job classes that a module without `JOB` has, by their names, and how it would offer them."""
    own = (one for one in vars(module).values() if getattr(one, "__module__", None) == module.__name__)
    classes = [one for one in own if isinstance(one, type) and issubclass(one, SparkJob) and hasattr(one, "output")]
    return {one.name(): f"add to {file}: JOB = entrypoint({one.__name__})" for one in classes}


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
            hint=_hint(error),
        ) from error


def _hint(error: Exception) -> str:
    """Return what to do about a module that cannot be imported."""
    if isinstance(error, ImportError):
        return "mend the import, or install the package that it names where the job runs"
    if isinstance(error, TypeError | NameError | AttributeError):
        return "mend the line; the reference of tidegate's classes has their arguments"
    return "a job module imports without side effects; move work into transform or the entrypoint"


def _place(error: Exception, file: Path) -> str:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file.resolve()):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{file}:{line}" if line else str(file)
