"""What keeps rules from being enforced is told with the line of the column or rule, however they came to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.frames import contract

from tidegate.contracts.rules.checking import contract_problems
from tidegate.model.contracts import Column, Rule

RULE = Rule("r", "not_null", ("id",), line=7)
KEY = replace(contract({"id": "int", "at": "date"}, [RULE], key=("id",)), location="orders.odcs.yaml")


def told(*rules: Rule, columns: tuple[Column, ...] = KEY.columns) -> list[tuple[int, str]]:
    found = contract_problems(replace(KEY, columns=columns, rules=rules), rules)
    return [(problem.line, problem.text.partition("; ")[0]) for problem in found]


def test_a_column_of_no_known_type_is_told_and_rules_about_it_are_not_guessed_at() -> None:
    columns = (Column("id", "strin", line=4), Column("at", "dat"))
    found = told(RULE, Rule("s", "between", ("at",)), columns=columns)
    assert [line for line, _ in found] == [4, 1]
    assert [text.partition(" is not")[0] for _, text in found] == ["column id: 'strin'", "column at: 'dat'"]


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ((), (1, "there is no rule, so nothing would be checked")),
        (
            (RULE, replace(RULE, line=0), replace(RULE, line=9)),
            (9, "the rule id 'r' is given 3 times, first on line 7"),
        ),
        ((replace(RULE, line=0), replace(RULE, line=0)), (1, "the rule id 'r' is given 2 times, first on line 1")),
        ((replace(RULE, columns=()),), (7, "rule r: not_null reads 1 columns, not 0")),
        ((replace(RULE, columns=(), line=0),), (1, "rule r: not_null reads 1 columns, not 0")),
        (
            (Rule("c", "compare", (), (("operator", "<"),), line=2),),
            (2, "rule c: compare reads at least 1 columns, not 0"),
        ),
        ((Rule("u", "unique", (), line=2),), (2, "rule u: unique reads at least 1 columns, not 0")),
        ((replace(RULE, weight=-1),), (7, "rule r: weight is a number from 0, not -1")),
        ((replace(RULE, max_failed=-1),), (7, "rule r: maxFailed is a number of rows, not -1")),
        ((replace(RULE, max_failed_share=2),), (7, "rule r: maxFailedShare is a share from 0 to 1, not 2")),
        (
            (replace(RULE, severity="fatal", max_failed=0),),
            (7, "rule r: a fatal rule lets no row fail, so it takes no maxFailed"),
        ),
        (
            (Rule("k", "primary_key", ("at",), line=3),),
            (3, "rule k: the primary key is declared by primaryKey, and is id"),
        ),
        (
            (Rule("k", "primary_key", ("id",), severity="warn", line=3),),
            (3, "rule k: a primary key is of severity error or fatal, as rows are merged by it"),
        ),
    ],
)
def test_a_problem_has_its_line_and_says_it_all(rules: tuple[Rule, ...], problem: tuple[int, str]) -> None:
    assert problem in told(*rules)


@pytest.mark.parametrize(
    "edge", [replace(RULE, max_failed=0), replace(RULE, max_failed_share=1), replace(RULE, weight=0)]
)
def test_the_edges_of_how_a_rule_is_handled_are_allowed(edge: Rule) -> None:
    assert told(edge) == []
