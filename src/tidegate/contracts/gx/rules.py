"""The expectations of a suite as rules of a contract."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from tidegate.contracts.gx.meanings import Meaning, meaning
from tidegate.contracts.gx.structure import structure
from tidegate.contracts.gx.suites import SuiteError, read_suite
from tidegate.contracts.odcs.drafts import Handling, draft
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS, UNENFORCED
from tidegate.model.contracts import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.gx.suites import Entry
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule, Scope, Severity
    from tidegate.storage.yaml_documents import YamlValue

_SEVERITIES: Mapping[str, Severity] = {"critical": "error", "warning": "warn", "info": "info"}


class SuiteReader:
    """Reads suites as rules of one table."""

    def __init__(self, types: Mapping[str, SparkType], location: str) -> None:
        """Read for a table of these columns, whose contract lies at `location`."""
        self._types, self._location = types, location
        self._names: Counter[str] = Counter()

    def read(self, given: YamlValue, column: str | None, handling: Handling, line: int) -> Iterator[Rule]:
        """Yield the rules that an `implementation` means, each with the expectation that it comes from.

        Args:
            given: What stands there.
            column: The column that it stands at; None for the table's own.
            handling: How failures are handled, as far as the contract says; else the suite says it.
            line: The line of the contract.

        Raises:
            SuiteError: It is no suite, or the columns of the contract do not meet it.
        """
        for entry in read_suite(given, self._location, column):
            holds = structure(entry.expectation.type, entry.kwargs, tuple(self._types))
            if holds is False:
                raise SuiteError(f"the columns of the contract do not meet {entry.expectation.type}")
            if holds is None:
                yield self._rule(entry, handling, line)

    def _rule(self, entry: Entry, handling: Handling, line: int) -> Rule:
        expectation = entry.expectation
        found = meaning(expectation.type, entry.kwargs, self._types) or _foreign(entry, self._types)
        scope: Scope | None = handling.scope or ("batch" if found.kind == "unique" else None)
        handled = replace(_handling(entry, handling, has_rows=found.kind not in _WITHOUT_ROWS), scope=scope)
        rule = draft(found.kind, found.columns, handled, found.arguments, line=line)
        return replace(rule, id=self._name(entry, rule), description=entry.description, expectation=expectation)

    def _name(self, entry: Entry, rule: Rule) -> str:
        """Return what a rule is called: as its suite notes, or after its columns; with a number where that is taken."""
        noted = entry.meta.get("rule")
        if isinstance(noted, str) and noted:
            return noted
        name = entry.expectation.type.removeprefix("expect_") if rule.kind in _UNTOLD else rule.id
        name = "_".join([*rule.columns, name]) if rule.kind == GREAT_EXPECTATIONS else name
        self._names[name] += 1
        return f"gx_{name}" if self._names[name] == 1 else f"gx_{name}_{self._names[name]}"


_WITHOUT_ROWS = frozenset({GREAT_EXPECTATIONS, UNENFORCED, "row_count"})
_UNTOLD = frozenset({GREAT_EXPECTATIONS, UNENFORCED, "sql"})


def _foreign(entry: Entry, types: Mapping[str, SparkType]) -> Meaning:
    """Return the rule of an expectation that Great Expectations evaluates."""
    named = (entry.kwargs.get(name) for name in ("column", "column_A", "column_B"))
    columns = tuple(dict.fromkeys(name for name in named if isinstance(name, str) and name in types))
    arguments = {"kwargs": entry.expectation.kwargs, "type": entry.expectation.type}
    return Meaning(GREAT_EXPECTATIONS, columns, arguments)


def _handling(entry: Entry, given: Handling, *, has_rows: bool) -> Handling:
    """Return how failures are handled.

    A suite that allows some failures does not want their rows set aside, so they are of severity `warn`, and the run
    fails when there are more; unless contract or suite say otherwise. What is about the whole batch has no limit.
    """
    expectation = entry.expectation
    noted = entry.meta.get("severity")
    said = given.severity or (cast("Severity", noted) if noted in SEVERITIES else None)
    severity = said or _SEVERITIES[expectation.severity]
    share = None if expectation.mostly is None else float(1 - Decimal(repr(expectation.mostly)))
    if not has_rows:
        return Handling(severity)
    limit = given.max_failed, given.max_failed_share
    if limit != (None, None):
        return Handling(severity, None, *limit)
    if not share or (severity not in {"error", noted}):
        return Handling(severity)
    return Handling(said or "warn", max_failed_share=share)
