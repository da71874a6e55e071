from __future__ import annotations

import re

import pytest

from tidegate.contracts.rules.patterns import EMAIL, like_problem, pattern_problem, python_pattern


@pytest.mark.parametrize(
    "pattern", [r"^\d+$", r"\p{L}+\PN", r"(?<year>\d{4})", r"(?<=a)b(?<!c)", r"\Ax\z", r"\\z", "é"]
)
def test_patterns_of_java_can_be_used(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "is empty"),
        ("(", "cannot be read"),
        ("(?P<a>b)", "(?<name>…)"),
        ("(?(1)a|b)", "does not know"),
        ("a{2,1}", "read"),
        ("[[:]a]", "class within a class"),
    ],
)
def test_what_java_would_refuse_is_told_before_it_runs(pattern: str, said: str) -> None:
    assert said in (pattern_problem(pattern) or "")


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [(r"^(?<year>\d{4})\z", "2024", True), (r"^\d\z", "1\n", False), (r"\\z", r"\z", True), (r"^\d$", "٣", False)],
)
def test_python_reads_a_pattern_as_java_does(pattern: str, text: str, is_found: bool) -> None:
    found = python_pattern(pattern)
    assert found is not None
    assert bool(found.search(text)) is is_found


@pytest.mark.parametrize("pattern", [r"\p{L}", r"a\PN"])
def test_python_does_not_read_classes_of_unicode(pattern: str) -> None:
    assert python_pattern(pattern) is None


@pytest.mark.parametrize("pattern", ["", "a%_", r"100\%", r"a\_b", r"a\\", r"\\\%"])
def test_patterns_of_like_can_be_used(pattern: str) -> None:
    assert like_problem(pattern) is None


@pytest.mark.parametrize("pattern", ["a\\", r"a\b", r"\\\a"])
def test_a_backslash_of_like_must_escape_something(pattern: str) -> None:
    assert "backslash" in (like_problem(pattern) or "")


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        ("a@b.co", True),
        ("a.b+c@x-y.example.org", True),
        ("a@b", False),
        ("a@b.co\n", False),
        (" a@b.co", False),
        ("a@-b.co", False),
    ],
)
def test_an_address_has_a_name_and_a_domain(text: str, is_address: bool) -> None:
    assert bool(re.search(EMAIL.replace(r"\z", r"\Z"), text)) is is_address
