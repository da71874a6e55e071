"""Quality items of a document as rules."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.contracts.gx.rules import SuiteReader
from tidegate.contracts.gx.suites import ENGINE as GX
from tidegate.contracts.gx.suites import SuiteError
from tidegate.contracts.odcs.drafts import Handling, draft, read_handling
from tidegate.contracts.odcs.library import Measured, bounds_of, measure, tolerate
from tidegate.contracts.rules.kinds import KINDS, UNENFORCED
from tidegate.contracts.sql.expressions import ExpressionError, parse_expression
from tidegate.contracts.types import quoted
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from open_data_contract_standard.model import DataQuality

    from tidegate.contracts.problems import Problems
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Argument, Rule
    from tidegate.storage.yaml_documents import Path

ENGINE = "tidegate"

_TYPES = ("custom", "library", "sql", "text")
_COUNT_OF_FAILURES = re.compile(
    r"\s*select\s+count\s*\(\s*(?:\*|1)\s*\)\s+from\s+(?P<table>\S+)\s+where\s+(?P<condition>.+?)\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(r"\$?\{\s*(?:column|property)\s*\}")

_log = logging.getLogger("tidegate.contracts")


class QualityReader:
    """Reads the quality items of one table."""

    def __init__(self, types: Mapping[str, SparkType], problems: Problems) -> None:
        """Read for a table of these columns; `problems` takes what is wrong."""
        self._types, self._problems = types, problems
        self._suites = SuiteReader(types, problems.location)

    def read(self, items: Sequence[DataQuality], path: Path, column: str | None) -> Iterator[Rule]:
        """Yield the rules that items mean; those for people and for other engines mean none.

        Args:
            items: The items.
            path: Their place.
            column: The column that they stand at; None for the table's own.
        """
        for position, item in enumerate(items):
            place = (*path, position)
            if item.type == "custom" and (item.engine or "").lower() == GX.lower():
                yield from self._suite(item, place, column)
                continue
            rule = self._rule(item, place, (column,) if column else ())
            if rule is not None:
                yield rule

    def _suite(self, item: DataQuality, path: Path, column: str | None) -> Iterator[Rule]:
        handling = read_handling(item.severity, item.customProperties, path, self._problems)
        try:
            yield from self._suites.read(item.implementation, column, handling, self._problems.line(path))
        except SuiteError as error:
            self._problems.add((*path, "implementation"), str(error))

    def _rule(self, item: DataQuality, path: Path, columns: tuple[str, ...]) -> Rule | None:
        wanted = item.type or "library"
        if wanted == "text" or (wanted == "custom" and not self._is_ours(item, path)):
            _log.debug("line %d: a quality item that tidegate does not enforce (%s)", self._problems.line(path), wanted)
            return None
        if wanted not in _TYPES:
            self._problems.add((*path, "type"), f"the type {wanted!r} is not one of {', '.join(_TYPES)}")
            return None
        handling = read_handling(item.severity, item.customProperties, path, self._problems)
        if wanted == "custom":
            return self._custom(item, path, columns, handling)
        if wanted == "sql":
            return self._sql(item, path, columns, handling)
        column = (columns[0], self._types[columns[0]]) if columns else None
        found = measure(item, handling, column)
        return self._named(item, path, replace(found, columns=found.columns or columns))

    def _is_ours(self, item: DataQuality, path: Path) -> bool:
        engine = (item.engine or "").lower()
        if engine != ENGINE and (meant := did_you_mean(engine, [ENGINE, GX])):
            self._problems.add((*path, "engine"), f"the engine {item.engine!r} is unknown{meant}")
        return engine == ENGINE

    def _custom(self, item: DataQuality, path: Path, columns: tuple[str, ...], handling: Handling) -> Rule | None:
        place = (*path, "implementation")
        given = item.implementation
        if not isinstance(given, dict) or not isinstance(given.get("rule"), str):
            self._problems.add(place, "implementation is a mapping such as {rule: between, min: 0}")
            return None
        columns = (*columns, *self._more_columns(given, place))
        arguments = {name: value for name, value in given.items() if name not in {"rule", "column", "columns"}}
        kind = given["rule"]
        if "where" in arguments and handling.where is not None:
            self._problems.add((*place, "where"), "where is given twice, here and in the customProperties")
        if kind == UNENFORCED:
            self._problems.add((*place, "rule"), f"there is no kind of rule {kind!r}")
            return None
        if kind == "sql":
            columns = self._columns_of(str(arguments.get("expression"))) or columns
        return self._named(item, path, Measured(kind, self._plain(arguments, place), handling, columns))

    def _more_columns(self, given: Mapping[str, object], place: Path) -> tuple[str, ...]:
        listed = given.get("columns", [given["column"]] if "column" in given else [])
        if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
            return tuple(listed)
        self._problems.add((*place, "columns"), "columns is a list of column names")
        return ()

    def _plain(self, arguments: Mapping[str, object], place: Path) -> dict[str, Argument]:
        plain: dict[str, Argument] = {}
        for name, value in arguments.items():
            items = value if isinstance(value, list) else [value]
            if any(isinstance(inner, list | dict) for inner in items):
                self._problems.add((*place, name), f"{name} is a single value or a list of such")
            else:
                plain[name] = tuple(items) if isinstance(value, list) else value  # type: ignore[assignment]
        return plain

    def _sql(self, item: DataQuality, path: Path, columns: tuple[str, ...], handling: Handling) -> Rule:
        """Return a query that counts rows as a rule about them or their number; no other can be asked of a batch."""
        found = _COUNT_OF_FAILURES.fullmatch(item.query or "")
        tolerated = tolerate(item, handling)
        bounds = None if tolerated or handling.where else bounds_of(item)
        reason = "only SELECT COUNT(*) FROM ${table} WHERE <a condition that no row may meet> can be asked of a batch"
        if found and (tolerated or bounds):
            condition = _PLACEHOLDER.sub(quoted(columns[0]) if columns else "", found["condition"])
            try:
                read = parse_expression(condition, self._types).columns
            except ExpressionError as error:
                reason = f"its condition cannot be used: {error}"
            else:
                expected = Measured("row_count", {**(bounds or {}), "where": condition}, handling, columns)
                if tolerated:
                    expected = Measured("sql", {"expression": f"NOT ({condition})"}, tolerated, read)
                return self._named(item, path, expected)
        return self._named(item, path, Measured(UNENFORCED, {"reason": reason}, Handling(handling.severity), columns))

    def _columns_of(self, expression: str) -> tuple[str, ...]:
        try:
            return parse_expression(expression, self._types).columns
        except ExpressionError:
            return ()

    def _named(self, item: DataQuality, path: Path, found: Measured) -> Rule:
        known = KINDS.get(found.kind)
        columns = () if known and known.columns == (0, 0) else found.columns
        named = found.columns if "where" in found.arguments else columns
        rule = draft(found.kind, named, found.handling, found.arguments, line=self._problems.line(path))
        said = (item.description or "").strip()
        return replace(rule, id=item.id or item.name or rule.id, columns=columns, description=said)
