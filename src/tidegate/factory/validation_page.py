"""What was found about data, for people: as a page, and as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.html import Markup, bar, element, facts, joined, page, table
from tidegate.factory.render import table as text_table

if TYPE_CHECKING:
    from tidegate.contracts.examples import Cell, Example
    from tidegate.contracts.validation import Finding
    from tidegate.factory.validation import ValidatedData

_KINDS = {"passed": "good", "warned": "odd", "failed": "bad", "unchecked": "odd"}
_TELLS_APART = 0.0001


def share_text(share: float) -> str:
    """Return a share as a percentage that is 0 % only for none, and 100 % only for all."""
    if 0 < share < _TELLS_APART:
        return "< 0.01 %"
    if 1 - _TELLS_APART < share < 1:
        return "> 99.99 %"
    return f"{100 * share:.4g} %"


def validation_text(validated: ValidatedData) -> str:
    """Return what was found as text for a terminal; examples are on the page only."""
    findings = validated.found.findings
    rows = [
        [one.result.id, one.result.severity, *_counts(one), _share(one) or "-", one.result.status] for one in findings
    ]
    head = ["rule", "severity", "checked", "passed", "failed", "share", "status"]
    lines = text_table(head, rows, left=2)
    if validated.found.unchecked:
        named = ", ".join(rule.id for rule in validated.found.unchecked)
        lines += ["", f"  not asked of a sample: {named}"]
    end = "REFUSED" if validated.is_refused else "passed"
    return "\n".join([*lines, "", f"{validated.data.name}: {end}, {_rows(validated)}"])


def validation_page(validated: ValidatedData) -> str:
    """Return what was found as one HTML page: the verdict, a line per rule, and examples of the rows that failed."""
    findings = validated.found.findings
    verdict = ("fail", "bad") if validated.is_refused else ("pass", "good")
    contract = validated.contract
    told = [
        ("Data", joined([element("code", validated.data.name), _of(validated.data.connection)])),
        ("Contract", joined([element("code", str(contract.table)), f" {contract.version}, {contract.location}"])),
        ("Rows", _rows(validated)),
        ("Checked", f"{validated.at:%Y-%m-%d %H:%M} UTC"),
        ("Rules", _summary(validated)),
    ]
    failed = [finding for finding in findings if finding.result.failed]
    return page(
        f"{contract.table}: the data {verdict[0]} their contract",
        element("h1", "The data ", element("span", verdict[0], kind=f"status {verdict[1]}"), " their contract"),
        facts(told),
        element("h2", "Rules"),
        table(_HEAD, map(_line, findings), numbers=(3, 4, 5)),
        _unchecked(validated),
        *([element("h2", "What failed")] if failed else []),
        *map(_detail, failed),
        element("p", _NOTE, kind="soft") if failed else "",
    )


_HEAD = ("Rule", "A row fails where", "Severity", "Checked", "Passed", "Failed", "Failed share", "Status")
_NOTE = (
    "•••: kept from readers, because the contract classifies the column, or its values are nested. A row shows where "
    "it came from, its key and the columns that the rule reads."
)


def _of(connection: str | None) -> str:
    return f" of the connection {connection}" if connection else ""


def _rows(validated: ValidatedData) -> str:
    rows = f"{validated.found.verdict.rows:,} rows"
    return rows if validated.look.share >= 1 else f"{rows}, a sample of {share_text(validated.look.share)}"


def _summary(validated: ValidatedData) -> Markup:
    statuses: list[str] = [finding.result.status for finding in validated.found.findings]
    words = {"passed": "passed", "warned": "passed with a warning", "failed": "failed", "unchecked": "not checked"}
    told = [
        element("span", f"{statuses.count(status)} {words[status]}", kind=f"status {kind}")
        for status, kind in _KINDS.items()
        if status in statuses
    ]
    return Markup(", ".join(told))


def _counts(finding: Finding) -> list[str]:
    result = finding.result
    if not finding.is_about_rows:
        return [f"{result.checked:,}", "-", "-"]
    return [f"{count:,}" for count in (result.checked, result.checked - result.failed, result.failed)]


def _share(finding: Finding) -> str | None:
    return None if finding.failed_share is None else share_text(finding.failed_share)


def _line(finding: Finding) -> tuple[str, ...]:
    result = finding.result
    share = finding.failed_share
    shown = "-" if share is None else joined([bar(share), " ", share_text(share)])
    status = element("span", result.status, kind=f"status {_KINDS[result.status]}")
    return (element("code", result.id), _meaning(finding), result.severity, *_counts(finding), shown, status)


def _meaning(finding: Finding) -> Markup:
    columns = ", ".join(finding.result.columns) or ("the record" if finding.is_about_rows else "the data")
    said = joined([element("code", columns), f" {finding.says}"])
    told = [text for text in (finding.result.description, _note(finding)) if text]
    return joined([said, *(element("div", text, kind="soft") for text in told)])


def _note(finding: Finding) -> str:
    return f"Not checked: {finding.result.note}." if finding.result.note else ""


def _unchecked(validated: ValidatedData) -> Markup:
    named = ", ".join(rule.id for rule in validated.found.unchecked)
    return element("p", f"Not asked of a sample: {named}.") if named else Markup()


def _detail(finding: Finding) -> Markup:
    heading = element("h3", element("code", finding.result.id))
    if not finding.is_about_rows:
        return joined([heading, element("p", "The rule is about the data as a whole.")])
    said = f"{finding.result.failed:,} of {finding.result.checked:,} rows"
    if not finding.examples:
        return joined([heading, element("p", f"{said}.")])
    shown = (
        f"{said}; here are {len(finding.examples)}." if len(finding.examples) < finding.result.failed else f"{said}."
    )
    return joined([heading, element("p", shown), _examples(finding.examples)])


def _examples(examples: tuple[Example, ...]) -> Markup:
    head = [
        cell.column.removeprefix("_").replace("_", " ") if cell.column[0] == "_" else cell.column
        for cell in examples[0]
    ]
    return table(head, ([_shown(cell) for cell in example] for example in examples))


def _shown(cell: Cell) -> str:
    if cell.is_masked:
        return element("span", "•••", kind="soft", title="kept from readers")
    return element("span", "null", kind="soft") if cell.text is None else element("code", cell.text)
