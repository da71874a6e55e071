"""Who may read a table, as statements for catalogs: a view that masks, and grants for the roles of the contract."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.personal import is_confidential
from tidegate.contracts.roles import reading_of
from tidegate.contracts.types import quoted
from tidegate.errors import ConfigError
from tidegate.model.privacy import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.roles import Reading
    from tidegate.model.contracts import Column, Contract
    from tidegate.model.privacy import CatalogKind

_ENDINGS: Mapping[CatalogKind, str] = {
    "hive": "hive.sql",
    "lake-formation": "lake-formation.sh",
    "unity": "unity.sql",
}
_WRITES: Mapping[CatalogKind, str] = {
    "hive": "SELECT, INSERT, UPDATE, DELETE",
    "lake-formation": "DESCRIBE SELECT INSERT DELETE",
    "unity": "SELECT, MODIFY",
}
_ARN = "arn:"


def ending_of(catalog: CatalogKind) -> str:
    """Return what the name of the file for a catalog ends with."""
    return _ENDINGS[catalog]


def access(contract: Contract, catalog: CatalogKind, principals: Mapping[str, str]) -> str:
    """Return the statements that let the roles of a contract read its table, and nobody else.

    Roles that read in the clear are granted the table. Roles that read masked are granted the view `<table>_masked`, in
    which values of classified columns are masked: `***` where a text is, null for any other type. Columns whose values
    the table itself holds hashed or masked are in the view as they are. Lake Formation has no such view: it leaves the
    classified columns out.

    Args:
        contract: The contract.
        catalog: The catalog; it has to know the table as `<layer>.<dataset>`.
        principals: What roles are called there, where that is another name.

    Raises:
        ConfigError: Lake Formation is to grant something to a role whose ARN nobody says.
    """
    readings = {principals.get(role.name, role.name): reading_of(role) for role in contract.details.roles}
    granted = {name: reading for name, reading in readings.items() if reading is not None}
    if catalog == "lake-formation":
        return _lake_formation(contract, granted)
    lines = [
        f"-- {NOTE}",
        f"-- {_about(contract)}",
        *_view(contract),
        *(_grant(contract, catalog, name, reading) for name, reading in granted.items()),
    ]
    if catalog == "unity":
        schema = quoted(contract.table.layer)
        lines += [f"GRANT USE SCHEMA ON SCHEMA {schema} TO {_name(name)};" for name in granted]
    return "\n".join(lines) + "\n"


def _about(contract: Contract) -> str:
    return f"Who may read {contract.table}. What was granted to others before has to be revoked by hand."


def _view(contract: Contract) -> Iterator[str]:
    yield f"CREATE OR REPLACE VIEW {_view_name(contract)} AS"
    yield "SELECT"
    yield ",\n".join(f"  {_shown(column, contract)}" for column in contract.columns)
    yield f"FROM {_table(contract)};"


def _shown(column: Column, contract: Contract) -> str:
    name = quoted(column.name)
    if not _is_masked(column, contract):
        return name
    if column.type == "string":
        return f"CASE WHEN {name} IS NOT NULL THEN '{MASK}' END AS {name}"
    return f"CAST(NULL AS {column.type}) AS {name}"


def _is_masked(column: Column, contract: Contract) -> bool:
    return is_confidential(column) and column.name not in contract.protected


def _grant(contract: Contract, catalog: CatalogKind, name: str, reading: Reading) -> str:
    what = _WRITES[catalog] if reading == "write" else "SELECT"
    target = _view_name(contract) if reading == "masked" else _table(contract)
    role = "ROLE " if catalog == "hive" else ""
    return f"GRANT {what} ON TABLE {target} TO {role}{_name(name)};"


def _lake_formation(contract: Contract, granted: Mapping[str, Reading]) -> str:
    unknown = [name for name in granted if not name.startswith(_ARN)]
    if unknown:
        raise ConfigError(
            f"Lake Formation grants to ARNs, and nobody says that of the role {unknown[0]}",
            where=f"contracts.access.lake-formation, {contract.table}",
            hint=f"contracts: access: lake-formation: {{{unknown[0]}: arn:aws:iam::123456789012:role/…}}",
        )
    lines = [
        "#!/usr/bin/env bash",
        f"# {NOTE}",
        f"# {_about(contract)}",
        "set -euo pipefail",
        *(_command(contract, name, reading) for name, reading in granted.items()),
    ]
    return "\n".join(lines) + "\n"


def _command(contract: Contract, name: str, reading: Reading) -> str:
    table: dict[str, object] = {"DatabaseName": contract.table.layer, "Name": contract.table.dataset}
    what = _WRITES["lake-formation"] if reading == "write" else "DESCRIBE SELECT"
    resource: dict[str, object] = {"Table": table}
    if reading == "masked":
        hidden = [column.name for column in contract.columns if _is_masked(column, contract)]
        what = "SELECT"
        resource = {"TableWithColumns": {**table, "ColumnWildcard": {"ExcludedColumnNames": hidden}}}
    told = shlex.join(["--principal", f"DataLakePrincipalIdentifier={name}", "--resource", json.dumps(resource)])
    return f"aws lakeformation grant-permissions --permissions {what} {told}"


def _table(contract: Contract) -> str:
    return f"{quoted(contract.table.layer)}.{quoted(contract.table.dataset)}"


def _view_name(contract: Contract) -> str:
    return f"{quoted(contract.table.layer)}.{quoted(f'{contract.table.dataset}_masked')}"


def _name(role: str) -> str:
    return quoted(" ".join(role.split()))
