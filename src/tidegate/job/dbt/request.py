"""What a build of gold is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tidegate.model.contracts import Scalar
from tidegate.tables.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.commits import Commit
    from tidegate.model.names import TableName

Variable: TypeAlias = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class DbtBuild:
    """One `dbt build` of the models that make gold.

    Attributes:
        project_dir: Folder of `dbt_project.yml`, on this machine.
        target_path: Folder for what dbt compiles and remembers between builds, on this machine; outside the project.
        log_path: Folder for dbt's log, on this machine.
        sources: The tables that the models read, and the SQL of their rows at the version that the whole build sees.
        location: Folder or address below which every gold table has a folder of its own name; absolute.
        variables: Variables of the project, by name.
        tables: The tables that the models make. The first of them takes the seal, so let it be a small one.
        commit: What the seal of a complete build says about the run. Every other commit of the build says the same, as
            the job's `build` part.
        profiles_dir: Folder of `profiles.yml`; None takes the project's own.
        is_full_refresh: Whether incremental models are built again from all rows.
        turns: The turns that drivers take at the tables.
    """

    project_dir: str
    target_path: str
    log_path: str
    sources: Mapping[TableName, str]
    location: str
    commit: Commit
    tables: tuple[TableName, ...]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    profiles_dir: str | None = None
    is_full_refresh: bool = False
    turns: Turns = field(default_factory=Turns)

    @property
    def part(self) -> Commit:
        """What the commits of the build say before it is complete."""
        token = self.commit.token
        return replace(self.commit, token=replace(token, job=f"{token.job}.build"))
