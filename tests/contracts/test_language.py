"""What an SQL rule may say: an expression of one row, and nothing that Spark could do more with."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.sql.expressions import ExpressionError, parse_expression
from tidegate.contracts.sql.functions import FUNCTIONS
from tidegate.contracts.types import parse_type

COLUMNS = {
    name: parse_type(type_)
    for name, type_ in {
        "a": "int",
        "b": "bigint",
        "d": "double",
        "s": "string",
        "f": "boolean",
        "day": "date",
        "at": "timestamp",
        "list": "array<int>",
        "st": "struct<x:int,`y z`:string>",
        "we`ird. näme": "int",
        "case": "int",
    }.items()
}


def sql(text: str) -> str:
    """Return what Spark gets for an expression."""
    return parse_expression(text, COLUMNS).sql


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a<b", "(`a` < `b`)"),
        ("a == 1 and b <> 2 or f", "(((`a` = 1) AND (`b` <> 2)) OR `f`)"),
        ("not not not f", "(NOT `f`)"),
        ("not not f", "`f`"),
        ("a + b * 2 - -3 > 0", "(try_subtract(try_add(`a`, try_multiply(`b`, 2)), -3) > 0)"),
        ("-a < +.5", "(try_subtract(0, `a`) < 0.5)"),
        ("a / b % 2 = 1e3", "((try_divide(`a`, `b`) % nullif(2, 0)) = 1e3)"),
        ("a is not null", "(`a` IS NOT NULL)"),
        ("f is true", "(`f` IS TRUE)"),
        ("f is not false", "(`f` IS NOT FALSE)"),
        ("a is distinct from b", "(NOT (`a` <=> `b`))"),
        ("a is not distinct from null", "(`a` <=> NULL)"),
        ("s not in ('x', 'y')", "(`s` NOT IN ('x', 'y'))"),
        ("a between 1 and 2", "(`a` BETWEEN 1 AND 2)"),
        ("s not like 'a%'", "(`s` NOT LIKE 'a%')"),
        (r"s rlike '^\\d$'", "(`s` RLIKE CAST(X'5e5c6424' AS STRING))"),
        ("s = 'it''s'", "(`s` = CAST(X'69742773' AS STRING))"),
        (r"s = '\n'", "(`s` = '\n')"),
        ("s || 'x' = upper(s)", "((`s` || 'x') = upper(`s`))"),
        ("case when f then a else b end = 1", "((CASE WHEN `f` THEN `a` ELSE `b` END) = 1)"),
        ("case when f then f end", "(CASE WHEN `f` THEN `f` END)"),
        ("cast(s as decimal(5, 2)) > 0", "(try_cast(`s` AS decimal(5,2)) > 0)"),
        ("try_cast(a as string) = 'x'", "(try_cast(`a` AS string) = 'x')"),
        ("day > date '2024-01-31'", "(`day` > DATE '2024-01-31')"),
        ("at > timestamp '2024-01-31T00:00Z'", "(`at` > TIMESTAMP '2024-01-31 00:00:00+00:00')"),
        ("at - day <= interval 3 days", "(try_subtract(`at`, `day`) <= INTERVAL '3' DAY)"),
        ("at < day + interval '1' month", "(`at` < try_add(`day`, INTERVAL '1' MONTH))"),
        ("st.x = 1 and st.`y z` = 'q'", "((`st`.`x` = 1) AND (`st`.`y z` = 'q'))"),
        ("`we``ird. näme` = `case`", "(`we``ird. näme` = `case`)"),
        ("length(s) = size(list)", "(char_length(`s`) = array_size(`list`))"),
        ("coalesce(null, a, 0) = round(d, 2)", "(coalesce(NULL, `a`, 0) = round(`d`, 2))"),
        ("array_contains(list, 3)", "array_contains(`list`, 3)"),
        ("round(d) = 1", "(round(`d`) = 1)"),
        ("concat(s, s, s) = 'x'", "(concat(`s`, `s`, `s`) = 'x')"),
        ("coalesce(s) = nullif(s, 'x')", "(coalesce(`s`) = nullif(`s`, 'x'))"),
        ("at - interval 3 days > day", "(try_subtract(`at`, INTERVAL '3' DAY) > `day`)"),
        ("at - at < interval 1 day", "(try_subtract(`at`, `at`) < INTERVAL '1' DAY)"),
        ("a between 1 and 2 and f", "((`a` BETWEEN 1 AND 2) AND `f`)"),
    ],
)
def test_an_expression_is_written_anew(text: str, written: str) -> None:
    assert sql(text) == written


def test_the_columns_that_are_read_are_told_once_in_order() -> None:
    assert parse_expression("b > a and a > st.x", COLUMNS).columns == ("b", "a", "st")


@pytest.mark.parametrize(
    "text",
    [
        "(select 1) = a",
        "a in (select 1)",
        "exists(select 1)",
        "sum(a) > 1",
        "count(*) > 1",
        "row_number() over (order by a) = 1",
        "rand() > a",
        "uuid() = s",
        "now() > at",
        "current_date() > day",
        "current_timestamp > at",
        "java_method('java.lang.System', 'exit', '1') = s",
        "reflect('java.lang.System', 'exit') = s",
        "input_file_name() = s",
        "raise_error('x') is null and f",
        "explode(list) = 1",
        "transform(list, x -> x) = list",
        "my_udf(a) = 1",
        "a = 1; drop table x",
        "a = 1 -- b",
        "a = 1 /* b */",
        's = "x"',
        "a = 1 from x",
        "a[0] = 1",
        "a = ${b}",
        "a = :b",
    ],
)
def test_nothing_but_an_expression_of_one_row_is_accepted(text: str) -> None:
    with pytest.raises(ExpressionError):
        sql(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'the end' stands where a value is wanted"),
        ("a +", "'the end' stands where a value is wanted"),
        ("A = 1", "no column 'A'; did you mean a?"),
        ("and = 1", "a column of that name is `and`"),
        ("case = 1", "CASE is followed by WHEN"),
        ("a", "it is a number where true or false is wanted"),
        ("1 = 1", "it reads no column"),
        ("a = s", "`a` (a number) and `s` (a string) are of different types; use CAST"),
        ("list = list", "cannot be compared"),
        ("not a", "`a` is a number where a boolean is wanted"),
        ("f and a", "`a` is a number where a boolean is wanted"),
        ("f + 1 = 2", "`f` is a boolean where a number is wanted"),
        ("-s = 1", "`s` is a string where a number is wanted"),
        ("s || a = 'x'", "`a` is a number where a string is wanted"),
        ("at + 1 > at", "1 is a number where a interval or months is wanted"),
        ("a is 5", "IS is followed by"),
        ("a is true", "`a` is a number where a boolean is wanted"),
        ("a not 5", "NOT is followed by"),
        ("a in ()", "IN needs at least one value"),
        ("a between 1", "AND is expected before 'the end'"),
        ("s like s", "LIKE takes a text"),
        ("a like 'x'", "`a` is a number where a string is wanted"),
        (r"s like 'x\\y'", "a backslash in LIKE"),
        ("s rlike s", "RLIKE takes a text"),
        ("s rlike '('", "cannot be read"),
        (r"s = '\d'", "is not an escape"),
        ("lower(s", ", is expected before 'the end'"),
        ("lower() = s", "lower takes string, not 0 arguments"),
        ("lower(s, s) = s", "lower takes string, not 2 arguments"),
        ("lower(a) = s", "`a` is a number where a string is wanted"),
        ("lowr(s) = s", "the function lowr is not allowed; did you mean lower?"),
        ("round(d, a) = 1", "round takes a whole number, not `a`"),
        ("if(f, a, s) = 1", "are of different types"),
        ("coalesce(a, b) = 'x'", "coalesce(`a`, `b`) (a number) and 'x' (a string) are of different types"),
        ("coalesce(s) = 1", "coalesce(`s`) (a string) and 1 (a number) are of different types"),
        ("upper(nullif(a, 1)) = 'x'", "nullif(`a`, 1) is a number where a string is wanted"),
        ("substr(s) = 'x'", "substr takes string integer integer?, not 1 arguments"),
        ("at - 'x' > at", "'x' is a string where a interval or months or date or timestamp is wanted"),
        ("cast(a as date) = day", "which cannot become a date"),
        ("cast(a as list) = 1", "'list' is not a Spark SQL type"),
        ("cast(a as array<int>) = 1", "which cannot become a array<int>"),
        ("cast(a as int = 1", "is not a Spark SQL type"),
        ("cast(a) = 1", "AS is expected before ')'"),
        ("interval 3 foo < at", "an interval is a whole number and one of second"),
        ("interval 'x' day < at", "an interval is a whole number"),
        ("date '31.1.2024' < day", "is not a date such as 2024-01-31"),
        ("st.q = 1", "`st` has no field 'q'"),
        ("a.x = 1", "`a` has no field 'x'"),
        ("f f", "'f' is not expected there"),
        ("(f", ") is expected before 'the end'"),
        (", = a", "',' stands where a value is wanted"),
        ("9" * 39 + " > a", "more than 38 digits"),
        ("(" * 60 + "f" + ")" * 60, "nested more than 50 levels deep"),
        ("a" + " + a" * 60 + " > 0", "more than 50 signs"),
        ("abs(" * 20 + "a" + ")" * 20 + " > 0", "abs is nested too deeply"),
        ("f" + " or f" * 600, "longer than 1000 words"),
    ],
)
def test_a_mistake_is_told(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        sql(text)
    assert said in str(caught.value)


@given(st.text("ab fs()'`\\,.<>=+-*/%|19\nnotriadck", max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert parse_expression(text, COLUMNS).columns


@given(st.text())
def test_no_literal_can_end_its_own_text(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    literal = sql(f"s = '{quoted}'").removeprefix("(`s` = ").removesuffix(")")

    if literal.startswith("CAST(X'"):
        assert bytes.fromhex(literal.removeprefix("CAST(X'").partition("'")[0]).decode() == text
    else:
        assert literal == f"'{text}'"
        assert not set(text) & set("'\"\\")


def test_every_function_says_what_it_takes_and_gives() -> None:
    families = {"any", "array", "boolean", "date", "integer", "number", "string", "timestamp"}
    for function in FUNCTIONS.values():
        taken = {family for word in function.takes.split() for family in word.rstrip("?+").split("|")}
        assert taken | {function.gives} <= families
