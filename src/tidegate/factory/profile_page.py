"""A profile for people: as a page, and as text for a terminal. No value of personal data is on either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.profiling.statistics import DISTINCT_ERROR, QUANTILE_ERROR, QUANTILES
from tidegate.factory.html import Markup, bar, element, facts, joined, page, table
from tidegate.factory.profile_document import rules_of, shown_range, shown_shapes, shown_top
from tidegate.factory.render import table as text_table
from tidegate.factory.validation_page import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.contracts.profiling.proposal import ProposedColumn
    from tidegate.contracts.profiling.statistics import ColumnStatistics
    from tidegate.factory.profiling import Profile

_HIDDEN = "•••"
_ACCURACY = (
    f"Numbers of different values are estimates with a standard error of {DISTINCT_ERROR:.0%} (≈), ranks of quantiles "
    f"are off by {QUANTILE_ERROR:.2%} of the rows at most; all else is exact"
)
_QUANTILE_NAMES = tuple("median" if share == QUANTILES[2] else f"{share:.0%}" for share in QUANTILES)


def profile_text(profile: Profile) -> str:
    """Return a profile as text for a terminal."""
    proposed = {column.name: column for column in profile.proposal.columns}
    rows = [_text_row(column, proposed.get(column.name), profile) for column in profile.statistics.columns]
    lines = text_table(["column", "type", "nulls", "distinct", "min", "max", "what it seems to be"], rows, left=2)
    lines += ["", *(f"  {name}: {fact}" for name, fact in _findings(profile))]
    return "\n".join([*lines, "", f"{profile.data.name}: {profile.statistics.rows:,} rows. {_accuracy(profile)}"])


def profile_page(profile: Profile) -> str:
    """Return a profile as one HTML page: the columns, how their values are spread, and the proposed contract."""
    statistics = profile.statistics
    proposed = {column.name: column for column in profile.proposal.columns}
    told = [
        ("Data", element("code", profile.data.name)),
        ("Rows", f"{statistics.rows:,}"),
        ("Columns", f"{len(statistics.columns):,}"),
        *_findings(profile),
    ]
    columns = [_line(column, proposed.get(column.name), profile) for column in statistics.columns]
    spread = [line for column in statistics.columns if (line := _spread(column, proposed.get(column.name), profile))]
    return page(
        f"Profile of {profile.data.name}",
        element("h1", "Profile of ", element("code", profile.data.name)),
        facts(told),
        element("h2", "Columns"),
        table(_COLUMNS, columns, numbers=(3,)),
        *(
            [element("h2", "Numbers and times"), table(_SPREAD, spread, numbers=range(1, len(_SPREAD)))]
            if spread
            else []
        ),
        element("h2", "Proposed contract"),
        table(_PROPOSED, _reasons(profile)),
        element(
            "p",
            f"{_accuracy(profile)} {_HIDDEN}: kept from readers, as the values seem to be personal data.",
            kind="soft",
        ),
    )


_COLUMNS = ("Column", "Type", "Nulls", "Distinct", "Most frequent values", "Shapes", "What it seems to be")
_SPREAD = ("Column", "Min", "Max", "Mean", "Deviation", *_QUANTILE_NAMES)
_PROPOSED = ("What", "Of", "Why")


def _accuracy(profile: Profile) -> str:
    if profile.statistics.drawn.is_whole:
        return f"{_ACCURACY}."
    drawn = len(profile.statistics.drawn.weights)
    return f"{_ACCURACY}, but shares of values and shapes, which are estimated from {drawn:,} rows that were drawn."


def _findings(profile: Profile) -> Iterable[tuple[str, str]]:
    statistics, evidence = profile.statistics, profile.evidence
    unique = [", ".join(key.columns) for key in evidence.keys if key.is_unique]
    yield "Candidate keys", "; ".join(unique) or "none"
    found = [
        f"{one.column} > {one.key.table} ({one.key.column}), {one.found:,} of {one.asked:,} values are there"
        for one in evidence.references
        if one.asked
    ]
    if found:
        yield "References", "; ".join(found)
    if statistics.unread:
        yield "Unreadable records", f"{statistics.unread:,}, which are not among the rows"
    if statistics.unknown:
        yield "Records with other fields", f"{statistics.unknown:,}"
    if profile.proposal.dropped:
        yield "Does not hold", "; ".join(profile.proposal.dropped)


def _type(column: ColumnStatistics, proposed: ProposedColumn | None) -> str:
    if proposed is None or proposed.type == column.type:
        return column.type
    return f"{column.type}, reads as {proposed.type}"


def _distinct(column: ColumnStatistics) -> str:
    return "-" if column.distinct is None else f"≈ {column.distinct:,}"


def _guess(column: ColumnStatistics, profile: Profile) -> str:
    person = profile.evidence.people.get(column.name)
    is_key = column.name in profile.proposal.key
    references = [one for one in profile.evidence.references if one.column == column.name and one.is_contained]
    told = [
        *(["key"] if is_key else []),
        *([f"personal data: {person.kind}"] if person else []),
        *(["classified"] if column.name in profile.evidence.classified else []),
        *(f"refers to {one.key.table}" for one in references),
    ]
    return ", ".join(told)


def _text_row(column: ColumnStatistics, proposed: ProposedColumn | None, profile: Profile) -> list[str]:
    spread = shown_range(column, proposed)
    is_hidden = profile.evidence.hides(column.name)
    ends = [_HIDDEN if is_hidden and end is not None else _short(end) for end in (spread.low, spread.high)]
    nulls = share_text(column.nulls / column.rows) if column.rows else "-"
    return [column.name, _type(column, proposed), nulls, _distinct(column), *ends, _guess(column, profile)]


def _line(column: ColumnStatistics, proposed: ProposedColumn | None, profile: Profile) -> tuple[str, ...]:
    share = column.nulls / column.rows if column.rows else 0.0
    is_hidden = profile.evidence.hides(column.name)
    hidden = element("span", _HIDDEN, kind="soft")
    values = hidden if is_hidden else _shares(shown_top(profile, column))
    shapes = hidden if is_hidden else _shares(shown_shapes(profile, column))
    return (
        element("code", column.name),
        _type(column, proposed),
        joined([bar(share), " ", share_text(share)]),
        _distinct(column),
        values,
        shapes,
        _guess(column, profile),
    )


def _shares(found: tuple[tuple[str, float], ...]) -> Markup:
    return joined(element("div", element("code", text), f" {share_text(share)}") for text, share in found)


def _spread(column: ColumnStatistics, proposed: ProposedColumn | None, profile: Profile) -> tuple[str, ...] | None:
    spread = shown_range(column, proposed)
    if not spread.quantiles or profile.evidence.hides(column.name):
        return None
    numbers = ("-" if number is None else f"{number:.6g}" for number in (spread.mean, spread.deviation))
    return (element("code", column.name), spread.low or "-", spread.high or "-", *numbers, *spread.quantiles)


def _reasons(profile: Profile) -> Iterable[tuple[str, str, str]]:
    proposal = profile.proposal
    if proposal.key:
        yield "primary key", ", ".join(proposal.key), proposal.key_reason
    for column in proposal.columns:
        for what, why in column.reasons.items():
            if what != "type" or column.type != "string":
                yield (column.type if what == "type" else what), column.name, why
    for rule in rules_of(profile):
        yield f"{rule.kind} ({rule.severity})", ", ".join(rule.columns) or "the table", rule.reason


def _short(text: str | None) -> str:
    longest = 20
    return "-" if text is None else text if len(text) <= longest else f"{text[:longest]}…"
