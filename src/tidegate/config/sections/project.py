"""What the project is called and where its parts are."""

from __future__ import annotations

from pydantic import Field

from tidegate.config.frozen import ReadOnlyMapping, Section
from tidegate.config.locations import LocalPath, Location
from tidegate.model.privacy import CatalogKind


class ProjectSettings(Section):
    """What the project is called."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        description="Name of the project, in lower case letters, digits, - and _; also Spark's application name.",
    )


class LandingSettings(Section):
    """Where files arrive."""

    root: Location = Field(default="data/landing", description="Folder that has one folder per feed.")


class ContractsSettings(Section):
    """Where the contracts are, and where that goes which is generated from them; dbt's files go into its project."""

    location: Location = Field(
        default="contracts", description="Folder with one folder per layer and one <table>.odcs.yaml per table."
    )
    generated: Location = Field(
        default="contracts/generated",
        description="Folder for what `tidegate contract generate` writes per table: DDL, suites, rows to test with.",
    )
    dictionary: Location = Field(
        default="docs/dictionary", description="Folder for the pages of the data dictionary, one per layer."
    )
    access: ReadOnlyMapping[CatalogKind, ReadOnlyMapping[str, str]] = Field(
        default_factory=dict,
        description="Catalogs (hive, lake-formation, unity) for which `tidegate contract generate` writes masking "
        "views and grants; per catalog, what roles of contracts are called there, where that is another name.",
    )


class DbtSettings(Section):
    """Where the dbt project is that builds gold."""

    project_dir: LocalPath = Field(default="dbt", description="Folder of dbt_project.yml, on this machine.")
    target_path: LocalPath = Field(
        default="data/dbt", description="Folder for what dbt compiles and logs, on this machine."
    )
