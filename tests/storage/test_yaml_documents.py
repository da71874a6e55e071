from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.storage.yaml_documents import MAX_DEPTH, Problem, parse_scalar, parse_yaml

# JSON writes characters beyond the basic plane as two escapes; a key of more than 1,024 characters YAML does not take.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_a_json_document_reads_as_json_does(value: object) -> None:
    document = parse_yaml(json.dumps(value).encode(), "x.json")

    assert document.problems == ()
    assert document.value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("2024-02-30", "2024-02-30"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("~", None),
        ("", None),
        ("True", True),
        ("FALSE", False),
        ("<<: 1", {"<<": 1}),
        ("\ufeffa: ü", {"a": "ü"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("# nothing", None),
    ],
)
def test_scalars_are_what_yaml_1_2_says(text: str, value: object) -> None:
    document = parse_yaml(text.encode(), "x.yaml")

    assert (document.value, document.problems) == (value, ())


def test_not_a_number_is_read() -> None:
    assert str(parse_yaml(b".nan", "x.yaml").value) == "nan"


def test_every_entry_and_item_knows_its_line() -> None:
    document = parse_yaml(b"a:\n  b: 1\n  c:\n  - x\n  - d: 2\n", "x.yaml")

    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c", 1)) == 5
    assert document.line(("a", "c", 1, "d")) == 5
    assert document.line(("a", "c", 1, "missing", "deeper")) == 5
    assert document.line(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (b"a: 1\nb: 2\na: 3", 3, "the key 'a' is given twice, first on line 1"),
        (b"a: 1\nb: [", 2, "not valid YAML"),
        (b"a: 1\n---\nb: 2", 2, "another document"),
        (b"a: 1\nb: \xff", 2, "not UTF-8"),
        (b"a: 1\nb: \x00", 1, "not valid YAML: it holds a character that is not allowed"),
        (b"a:\n- !!python/object/apply:os.system [ls]", 2, "a tag (!…) is not allowed"),
        (b"a:\n- !mine {}", 2, "a tag (!…) is not allowed"),
        (b"a:\n- !!binary aGVsbG8=", 2, "a tag (!…) is not allowed"),
        (b"a: !!int abc", 1, "is not one"),
        (b"a: !!float abc", 1, "is not one"),
        (b"\n1: one", 2, "a key must be text"),
        (b"? [1]\n: one", 1, "a key must be text"),
        (b"a: &x\n- *x", 1, "refers to what it is part of"),
        (b'a: 1\nb: "\\ud83d"', 2, "half of a character"),
        (b'a: 1\n"\\ude00\\ud83d": 1', 2, "half of a character"),
        (b"[" * 5000, 1, f"nested more than {MAX_DEPTH} levels deep"),
    ],
)
def test_a_problem_says_its_line(text: bytes, line: int, said: str) -> None:
    (problem,) = parse_yaml(text, "x.yaml").problems

    assert problem.line == line
    assert said in problem.text


@pytest.mark.parametrize(
    "around", ["a: {}", "a: !{}", "a: *{}", "a: !{}!x y", "a: &{} *{}", "%{}", "a: [{}", "a: !!int {}", "a: '{}"]
)
def test_no_value_is_quoted_in_a_problem(around: str) -> None:
    document = parse_yaml(around.replace("{}", "hunter2hunter2").encode(), "x.yaml")

    assert "hunter2" not in str(document.problems)


def test_problems_and_entries_know_their_column() -> None:
    document = parse_yaml(b"a:\n  bcd: !x 1\n  e: [1, 2]\n", "x.yaml")

    assert (document.column(("a",)), document.column(("a", "bcd")), document.column(("a", "e", 1))) == (1, 3, 10)
    assert [problem.column for problem in document.problems] == [8]
    assert [problem.column for problem in parse_yaml(b"a: 1\nb:  \xff", "x.yaml").problems] == [5]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("true", True),
        ("", None),
        ("yes", "yes"),
        ("*x", "*x"),
        ("a: b", "a: b"),
        ("#x", "#x"),
        ("!x", "!x"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_plain_text_is_a_scalar_as_a_whole(text: str, value: object) -> None:
    assert parse_scalar(text) == value


def test_all_problems_are_told_at_once_in_order() -> None:
    problems = parse_yaml(b"a: !x 1\na: 2\nb: !y 1", "x.yaml").problems

    assert [problem.line for problem in problems] == [1, 2, 3]
    assert problems == tuple(sorted(problems))
    assert all(isinstance(problem, Problem) for problem in problems)


@pytest.mark.parametrize("shape", ["[{}]", "{{{}}}"])
def test_aliases_that_multiply_are_stopped(shape: str) -> None:
    lines = [f"a0: &a0 {shape.format(', '.join(f'k{n}: 1' for n in range(9)))}"]
    for level in range(1, 12):
        inner = ", ".join(f"k{n}: *a{level - 1}" for n in range(9))
        lines.append(f"a{level}: &a{level} {shape.format(inner)}")

    (problem,) = parse_yaml("\n".join(lines).encode(), "x.yaml").problems

    assert "aliases make this document larger" in problem.text
