"""A profile as one JSON document: no value of a column that holds personal data is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.profiling.shapes import top_shapes
from tidegate.contracts.profiling.statistics import DISTINCT_ERROR, QUANTILE_ERROR, QUANTILES

if TYPE_CHECKING:
    from tidegate.contracts.profiling.proposal import ProposedColumn, ProposedRule
    from tidegate.contracts.profiling.statistics import ColumnStatistics, Range
    from tidegate.factory.profiling import Profile

TOP = 5
_FEW = 20
_NEARLY_ALL = 0.8


def profile_document(profile: Profile) -> dict[str, object]:
    """Return everything that may be shown of a profile."""
    statistics, evidence, proposal = profile.statistics, profile.evidence, profile.proposal
    proposed = {column.name: column for column in proposal.columns}
    shares = None if statistics.drawn.is_whole else len(statistics.drawn.weights)
    return {
        "data": profile.data.name,
        "connection": profile.data.connection,
        "table": str(profile.table),
        "rows": statistics.rows,
        "unreadable_records": statistics.unread,
        "records_with_other_fields": statistics.unknown,
        "errors": {"distinct": DISTINCT_ERROR, "quantiles": QUANTILE_ERROR},
        "shares_are_of_drawn_rows": shares,
        "columns": [_column(column, proposed.get(column.name), profile) for column in statistics.columns],
        "candidate_keys": [{"columns": key.columns, "is_unique": key.is_unique} for key in evidence.keys],
        "references": [
            {
                "column": one.column,
                "table": str(one.key.table),
                "references": one.key.column,
                "values_asked": one.asked,
                "values_found": one.found,
            }
            for one in evidence.references
        ],
        "proposal": {
            "is_verified": profile.is_verified,
            "primary_key": proposal.key,
            "rules": [_rule(rule) for rule in rules_of(profile)],
            "dropped": proposal.dropped,
            "left_out": dict(proposal.left_out),
        },
    }


def rules_of(profile: Profile) -> tuple[ProposedRule, ...]:
    """Return the proposed rules about values, then those about the table."""
    within = (rule for column in profile.proposal.columns for rule in column.rules)
    return (*within, *profile.proposal.rules)


def shown_range(column: ColumnStatistics, proposed: ProposedColumn | None) -> Range:
    """Return how a column's values are spread: of texts that are numbers or times, as such."""
    reading = proposed.type if proposed else column.type
    kind = "double" if reading.startswith("decimal") else reading
    return column.readings.get(kind, column.range)


def shown_top(profile: Profile, column: ColumnStatistics) -> tuple[tuple[str, float], ...]:
    """Return the most frequent values of a column with their shares.

    None of personal data, and none where nearly all values differ: which of them was drawn says nothing.
    """
    all_differ = column.values > _FEW and (column.distinct or 0) > _NEARLY_ALL * column.values
    if profile.evidence.hides(column.name) or all_differ:
        return ()
    return profile.statistics.drawn.top(column.name, TOP)


def shown_shapes(profile: Profile, column: ColumnStatistics) -> tuple[tuple[str, float], ...]:
    """Return the most frequent shapes of a column of texts with their shares.

    None of personal data, and none of texts that are numbers or times.
    """
    is_text = column.texts is not None and profile.proposal.types.get(column.name) == "string"
    if not is_text or profile.evidence.hides(column.name):
        return ()
    drawn = profile.statistics.drawn
    return top_shapes(drawn.texts.get(column.name, ()), drawn.weights, TOP)


def _column(column: ColumnStatistics, proposed: ProposedColumn | None, profile: Profile) -> dict[str, object]:
    person = profile.evidence.people.get(column.name)
    is_hidden = profile.evidence.hides(column.name)
    texts = column.texts
    return {
        "name": column.name,
        "type": column.type,
        "proposed_type": proposed.type if proposed else None,
        "nulls": column.nulls,
        "null_share": column.nulls / column.rows if column.rows else None,
        "not_a_number": column.nans,
        "distinct": column.distinct,
        "is_required": bool(proposed and proposed.is_required),
        "personal_data": {"kind": person.kind, "reason": person.reason} if person else None,
        "is_hidden": is_hidden,
        "range": None if is_hidden else _range(shown_range(column, proposed)),
        "lengths": [texts.shortest, texts.longest] if texts else None,
        "reads_as": dict(texts.reads_as) if texts else None,
        "top": [{"value": value, "share": share} for value, share in shown_top(profile, column)],
        "shapes": [{"shape": shape, "share": share} for shape, share in shown_shapes(profile, column)],
        "reasons": dict(proposed.reasons) if proposed else {},
    }


def _range(found: Range) -> dict[str, object]:
    quantiles = dict(zip(map(str, QUANTILES), found.quantiles, strict=True)) if found.quantiles else {}
    spread = {"min": found.low, "max": found.high, "mean": found.mean, "standard_deviation": found.deviation}
    return {**spread, "quantiles": quantiles}


def _rule(rule: ProposedRule) -> dict[str, object]:
    return {
        "kind": rule.kind,
        "columns": rule.columns,
        "arguments": dict(rule.arguments),
        "severity": rule.severity,
        "reason": rule.reason,
    }
