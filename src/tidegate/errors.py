"""Every error that tidegate raises on purpose.

```
TidegateError
├── ConfigError               settings, overlays, --set, secrets
│   └── SettingsError         every problem of a configuration, each with its place
├── JobDefinitionError        a job module or a declaration that cannot run
├── ContractError             a contract that cannot be enforced
├── DbtError                  a dbt model that cannot be built; every table of the build is as it was before
├── GateError                 the gate refused the data; nothing was published
├── PublishError              a write that the table refused
│   └── ConcurrentWriteError  another writer came first (retryable)
├── PipelineBusyError         another run of the pipeline is under way (retryable)
├── ReportError               a run whose rows do not add up
├── RunStoppedError           a run that may not go on: its time is up, another run has taken over, or Spark is gone
├── SelectionError            rows that are asked for in words that mean nothing
├── SourceError               files that cannot be read at all
├── StorageError              a file or an object that cannot be read or written
│   ├── AlreadyExistsError    an exclusive write found the name taken
│   └── MissingFileError      there is nothing under the name
├── TableError                a table that is missing, or is not what the job needs
├── PlatformError             session, platform, static Spark settings
└── MissingExtraError         an optional package that is not installed
```

A message has three parts: what happened, where, and what is allowed or what to do. Messages carry no data values and no
secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class TidegateError(Exception):
    """A failure with its facts: what happened, where, and what to do about it.

    Attributes:
        what: One sentence that says what happened.
        where: The file and line, table, column or address it concerns, if one is known.
        hint: What is allowed, or what to do next.
        retryable: Whether the same call may succeed when repeated unchanged.
        exit_code: The exit code of a command that ends with this error.
    """

    retryable: bool = False
    exit_code: int = 1

    def __init__(
        self, what: str, *, where: str | None = None, hint: str | None = None, retryable: bool | None = None
    ) -> None:
        """Keep the three parts of the message.

        Args:
            what: One sentence that says what happened.
            where: The place it concerns.
            hint: What is allowed, or what to do next.
            retryable: Whether the same call may succeed when repeated unchanged; None for what the class says.
        """
        super().__init__(what)
        if retryable is not None:
            self.retryable = retryable
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Return the message in its three parts, each on a line of its own."""
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.hint:
            lines.append(f"  hint:  {self.hint}")
        return "\n".join(lines)


class ConfigError(TidegateError):
    """The configuration cannot be used."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a configuration.

    Attributes:
        where: The file with line and column, the environment variable or the option that says it.
        key: Path of the setting, such as `lineage.transports[0].url`; empty where it concerns a whole file.
        what: What is wrong. Never holds a value, since a value may be a secret.
        hint: What is allowed, or the nearest valid name.
    """

    where: str
    key: str
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        """Return the problem on one line."""
        is_named = not self.key or self.where.endswith(f" {self.key}")
        subject = f"{self.where}: {self.what}" if is_named else f"{self.where}: {self.key}: {self.what}"
        return f"{subject} ({self.hint})" if self.hint else subject


class SettingsError(ConfigError):
    """The settings have problems; all of them are told at once."""

    def __init__(self, problems: Sequence[Problem], *, where: str) -> None:
        """Put one line per problem into the message.

        Args:
            problems: All that is wrong, in the order to be read.
            where: The configuration and the environment.
        """
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"the configuration cannot be used: {count}{lines}", where=where)
        self.problems = tuple(problems)


class JobDefinitionError(TidegateError):
    """A job, a job module or a pipeline is declared in a way that cannot run."""

    exit_code = 2


class ContractError(TidegateError):
    """A contract cannot be read, or asks for something that cannot be enforced."""

    exit_code = 2


class DbtError(TidegateError):
    """A dbt model cannot be built; every table of the build is as it was before."""


class GateError(TidegateError):
    """The gate refused the batch; nothing of it was published."""

    exit_code = 3


class PublishError(TidegateError):
    """A table refused the write; the table is as it was before."""


class ConcurrentWriteError(PublishError):
    """Another writer committed first; the table is as that writer left it."""

    retryable = True


class PipelineBusyError(TidegateError):
    """Another run of the same pipeline is under way; nothing was run."""

    retryable = True


class RunStoppedError(TidegateError):
    """A run may not go on: its time is up, another run has taken over, or Spark is gone."""


class TurnLostError(RunStoppedError):
    """An earlier part of the same backfill did not succeed, so this one publishes nothing."""


class ReportError(TidegateError):
    """The rows of a run do not add up."""


class SelectionError(TidegateError):
    """Rows are asked for, or to be changed, in words that mean nothing: a rule, a column or an expression."""

    exit_code = 2


class SourceError(TidegateError):
    """Files of a source cannot be read at all."""


class StorageError(TidegateError):
    """A file or an object cannot be read or written."""


class AlreadyExistsError(StorageError):
    """An exclusive write found that the name is taken."""


class MissingFileError(StorageError):
    """There is no file or object under the name."""


class TableError(TidegateError):
    """A table is missing, or is not what the job needs."""


class PlatformError(TidegateError):
    """The platform or its Spark session cannot run the job as it is set up."""

    exit_code = 2


class MissingExtraError(TidegateError):
    """An optional package is not installed."""

    exit_code = 2

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        """Say which extra brings the package.

        Args:
            package: The package that could not be imported.
            extra: The extra of tidegate that installs it.
            purpose: What the package is needed for, in a few words.
        """
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed",
            hint=f"pip install 'tidegate[{extra}]'",
        )
        self.package = package
        self.extra = extra
