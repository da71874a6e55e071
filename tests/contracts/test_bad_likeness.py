"""A rule about texts that are nearly the same is told what it lacks when its document is read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from tests.contracts.test_bad_rules import at_columns

from tidegate.contracts.rules.likeness import likeness_of, likeness_problems
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from tidegate.model.contracts import Argument


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: near_unique, columns: [s], grams: words}", "grams needs by: levenshtein, or by: jaccard"),
        ("{rule: near_unique, columns: [s], by: soundex}", "by must be one of jaccard levenshtein"),
        ("{rule: near_unique, columns: [s], by: jaccard}", "the first column is the text that is compared, and a"),
        ("{rule: near_unique, columns: [s, b], by: jaccard}", "min_likeness is needed"),
        ("{rule: near_unique, columns: [s, b], by: jaccard, min_likeness: 1}", "more than 0 and less than 1, not 1"),
        ("{rule: near_unique, columns: [s, b], by: jaccard, min_likeness: .nan}", "less than 1, not nan"),
        ("{rule: near_unique, columns: [s, b], by: jaccard, min_likeness: 0.12345}", "at most four decimals"),
        ("{rule: near_unique, columns: [s, b], by: levenshtein, gram_size: 2}", "gram_size is for by: jaccard"),
        ("{rule: near_unique, columns: [s, b], by: jaccard, gram_size: 0}", "gram_size is a number from 1 to 100"),
        ("{rule: near_unique, columns: [s], by: jaccard, first_letters: 0}", "first_letters is a number from 1 to 100"),
        ("{rule: near_unique, columns: [s, b], by: jaccard, max_block: 1001}", "max_block is a number from 2 to 1000"),
    ],
)
def test_a_rule_about_likeness_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item)), at_columns(item)


def test_a_text_is_never_compared_with_all_others() -> None:
    item = "{rule: near_unique, by: jaccard, min_likeness: 0.5}"
    ((_, said),) = at_columns(item, type_="string")
    assert "further columns, or first_letters, have to say which rows are compared with each other" in said


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"first_letters": 2}, ("characters", 3, 2, 200)),
        ({"first_letters": 1, "grams": "words", "max_block": 50}, ("words", 1, 1, 50)),
        ({"first_letters": 3, "grams": "words", "gram_size": 2}, ("words", 2, 3, 200)),
    ],
)
def test_what_a_rule_does_not_say_is_as_usual(given: dict[str, Argument], made: tuple[object, ...]) -> None:
    arguments = {"by": "jaccard", "min_likeness": 0.85, **given}
    rule = Rule("near", "near_unique", ("a",), tuple(sorted(arguments.items())))
    assert [*likeness_problems(rule, {"a": parse_type("string")})] == []
    how = likeness_of(rule)
    assert how is not None
    assert (how.grams, how.gram_size, how.first_letters, how.max_block) == made
    assert how.least == Fraction(17, 20)
