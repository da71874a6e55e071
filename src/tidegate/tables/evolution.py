"""What is to change of a table's columns so that rows of other columns fit in, and what of it is refused. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from pyspark.sql.types import StructField, StructType

from tidegate.model.evolution import POLICIES, is_wider

if TYPE_CHECKING:
    from tidegate.model.evolution import ChangeKind, Terms

RefusalKind: TypeAlias = Literal["drop", "type", "spelling", "policy"]

_OWN_PREFIX = "_"


@dataclass(frozen=True)
class Change:
    """One thing that changes.

    Attributes:
        kind: `add` a column · `widen` its type · `relax` its refusal of nulls.
        column: The column.
        before: Its type before; None where it is added.
        after: Its type after.
    """

    kind: ChangeKind
    column: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Refusal:
    """One thing that may not change.

    Attributes:
        kind: `drop`, `type` and `spelling` are allowed by no policy; `policy` by another one.
        column: The column, as the table spells it.
        text: What is wrong, with what is allowed.
    """

    kind: RefusalKind
    column: str
    text: str


@dataclass(frozen=True)
class Evolution:
    """What lies between a table and the columns that are wanted; the table may change only where nothing is refused.

    Attributes:
        changes: What is to change, in the table's order, then what is added in the order wanted.
        refusals: What may not.
    """

    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def compare(table: StructType, wanted: StructType, terms: Terms) -> Evolution:
    """Return what makes a table fit the columns that are wanted.

    Tidegate's own columns (`_…`) may be missing, and may be added whatever the policy. Orders do not matter.

    Args:
        table: Columns of the table.
        wanted: Columns of the contract, or of a batch.
        terms: What may change.
    """
    asked = {field.name: field for field in wanted.fields}
    spelled = {name.lower(): name for name in asked}
    known = {field.name.lower() for field in table.fields}
    found: list[Change | Refusal] = []
    for field in table.fields:
        found += _compared(field, asked.get(field.name), spelled.get(field.name.lower()), terms)
    found += [_added(field) for field in wanted.fields if field.name.lower() not in known]
    changes = [one for one in found if isinstance(one, Change)]
    allowed = [one for one in changes if terms.allow(one.kind) or one.column.startswith(_OWN_PREFIX)]
    refused = [one for one in found if isinstance(one, Refusal)]
    refused += [_forbidden(one, terms) for one in changes if one not in allowed]
    return Evolution(tuple(allowed), tuple(refused))


def evolved(table: StructType, rows: StructType, terms: Terms) -> StructType:
    """Return a table's columns after what `compare` allows, without those that are added.

    Args:
        table: Columns of the table.
        rows: Columns of rows that fit it.
        terms: What may change.
    """
    changes = {(change.kind, change.column) for change in compare(table, rows, terms).changes}
    return StructType(
        [
            StructField(
                field.name,
                rows[field.name].dataType if ("widen", field.name) in changes else field.dataType,
                field.nullable or ("relax", field.name) in changes,
                field.metadata,
            )
            for field in table.fields
        ]
    )


def _compared(
    field: StructField, wanted: StructField | None, spelled: str | None, terms: Terms
) -> list[Change | Refusal]:
    if wanted is None and spelled is not None:
        return [Refusal("spelling", field.name, f"{spelled} is spelled {field.name} in the table")]
    if wanted is None:
        text = f"{field.name} is missing, and a table's column is not dropped"
        return [] if field.name.startswith(_OWN_PREFIX) else [Refusal("drop", field.name, text)]
    found: list[Change | Refusal] = []
    before, after = field.dataType.simpleString(), wanted.dataType.simpleString()
    if is_wider(before, after):
        found.append(Change("widen", field.name, before, after))
    elif before != after:
        text = f"{field.name} is {after}, the table has {before}, and a type only becomes wider"
        return [Refusal("type", field.name, text)]
    if not field.nullable and terms.required is not None and field.name not in terms.required:
        found.append(Change("relax", field.name, after, after))
    return found


def _added(field: StructField) -> Change:
    return Change("add", field.name, None, field.dataType.simpleString())


def _forbidden(change: Change, terms: Terms) -> Refusal:
    told = {
        "add": f"{change.column} ({change.after}) is new",
        "widen": f"{change.column} becomes {change.after} from {change.before}",
        "relax": f"{change.column} takes nulls, which the table refuses",
    }[change.kind]
    allowing = next(policy for policy, kinds in POLICIES.items() if change.kind in kinds)
    return Refusal("policy", change.column, f"{told}: evolution is {terms.policy}, and {allowing} allows it")
