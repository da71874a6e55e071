"""All kinds of rules, by name. A further kind is one entry in `row_kinds`, `batch_kinds` or `compared_kinds`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.rules.arguments import Parameter
from tidegate.contracts.rules.batch_kinds import BATCH_KINDS
from tidegate.contracts.rules.compared_kinds import COMPARED_KINDS
from tidegate.contracts.rules.kind import ANY_NUMBER, Kind
from tidegate.contracts.rules.row_kinds import ROW_KINDS
from tidegate.model.contracts import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GREAT_EXPECTATIONS", "KINDS", "UNENFORCED", "Kind"]

GREAT_EXPECTATIONS = "great_expectations"
UNENFORCED = "unenforced"

_UNENFORCED = Kind(
    UNENFORCED,
    lambda rule: f"cannot be enforced: {rule.argument('reason')}",
    parameters=(Parameter("reason", "text", is_required=True),),
    columns=(0, ANY_NUMBER),
    scopes=SCOPES,
    takes_where=False,
    suffix="is_not_enforced",
)

_GREAT_EXPECTATIONS = Kind(
    GREAT_EXPECTATIONS,
    lambda rule: f"does not meet {rule.argument('type')}",
    parameters=(Parameter("kwargs", "text", is_required=True), Parameter("type", "text", is_required=True)),
    columns=(0, ANY_NUMBER),
    scopes=("batch",),
    takes_where=False,
    suffix="meets_its_expectation",
)

_ALL = (*ROW_KINDS, *BATCH_KINDS, *COMPARED_KINDS, _GREAT_EXPECTATIONS, _UNENFORCED)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in sorted(_ALL, key=lambda kind: kind.name)}
