"""What of a table may change, decided without Spark: for any two schemas and every policy."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from tidegate.model.evolution import POLICIES, Policy, Terms, is_wider
from tidegate.tables.evolution import Change, compare, evolved
from tidegate.tables.versions import without

DECIMALS = st.integers(1, 38).flatmap(lambda p: st.builds(DecimalType, st.just(p), st.integers(0, p)))
SIMPLE = [ByteType(), ShortType(), IntegerType(), LongType(), FloatType(), DoubleType(), StringType(), DateType()]
TYPES = st.sampled_from([*SIMPLE, TimestampType(), ArrayType(IntegerType()), ArrayType(LongType())]) | DECIMALS
NAMES = st.sampled_from(["a", "b", "c", "d", "C", "_own", "_run_id"])
# Per name a type and whether it takes nulls; Spark does not tell capitals, so a schema has one spelling of each.
COLUMNS = st.dictionaries(NAMES, st.tuples(TYPES, st.booleans())).filter(
    lambda found: len({name.lower() for name in found}) == len(found)
)
POLICY = st.sampled_from(sorted(POLICIES))
LADDERS: tuple[tuple[DataType, ...], ...] = (
    (ByteType(), ShortType(), IntegerType(), LongType()),
    (FloatType(), DoubleType()),
    tuple(DecimalType(precision, 2) for precision in range(2, 39)),
)


def schema(columns: dict[str, tuple[DataType, bool]]) -> StructType:
    return StructType([StructField(name, kind, nullable) for name, (kind, nullable) in columns.items()])


SCHEMAS = COLUMNS.map(schema)
TERMS = st.builds(Terms, POLICY, st.none() | st.frozensets(NAMES))


@given(st.sampled_from([*SIMPLE, TimestampType()]) | DECIMALS, st.sampled_from([*SIMPLE, TimestampType()]) | DECIMALS)
def test_a_type_is_wider_exactly_if_it_is_higher_on_a_ladder(one: DataType, other: DataType) -> None:
    if isinstance(one, DecimalType) and isinstance(other, DecimalType):
        assert is_wider(one.simpleString(), other.simpleString()) == (
            one.scale == other.scale and other.precision > one.precision
        )
        return
    pairs = {(low, high) for ladder in LADDERS for low, high in combinations(ladder, 2)}
    assert is_wider(one.simpleString(), other.simpleString()) == ((one, other) in pairs)


@given(SCHEMAS, TERMS)
def test_a_table_fits_itself_whatever_the_policy(table: StructType, terms: Terms) -> None:
    found = compare(table, table, Terms(terms.policy))
    assert (found.changes, found.refusals) == ((), ())


@given(SCHEMAS, SCHEMAS, TERMS)
def test_what_is_changed_is_not_changed_again(table: StructType, wanted: StructType, terms: Terms) -> None:
    found = compare(table, wanted, terms)
    after = evolved(table, wanted, terms)
    for change in found.changes:
        if change.kind == "add":
            after = after.add(change.column, wanted[change.column].dataType)
    again = compare(after, wanted, terms)
    assert again.changes == ()
    if not found.refusals:
        assert again.refusals == ()
        assert {f.name: f.dataType for f in wanted.fields}.items() <= {f.name: f.dataType for f in after.fields}.items()


@given(SCHEMAS, SCHEMAS, TERMS)
def test_every_column_comes_to_one_end(table: StructType, wanted: StructType, terms: Terms) -> None:
    found = compare(table, wanted, terms)
    told = [(one.kind, one.column) for one in found.changes]
    assert len(told) == len(set(told))
    named = {one.column for one in found.changes} | {one.column for one in found.refusals}
    for field in table.fields:
        same = field.name in wanted.names and wanted[field.name].dataType == field.dataType
        is_excused = same or (field.name.startswith("_") and field.name not in wanted.names)
        assert is_excused or field.name in named
        refused = {one.column for one in found.refusals if one.kind == "drop"}
        gone = field.name.lower() not in {name.lower() for name in wanted.names}
        assert (field.name in refused) == (gone and not field.name.startswith("_"))


@given(SCHEMAS, SCHEMAS, st.none() | st.frozensets(NAMES))
def test_a_laxer_policy_refuses_less_and_none_refuses_nothing_that_is_narrower(
    table: StructType, wanted: StructType, required: frozenset[str] | None
) -> None:
    def refused(policy: Policy) -> set[str]:
        return {one.column for one in compare(table, wanted, Terms(policy, required)).refusals}

    assert refused("permissive") <= refused("additive") <= refused("strict")
    narrower = {
        field.name
        for field in table.fields
        if field.name in wanted.names
        and wanted[field.name].dataType != field.dataType
        and not is_wider(field.dataType.simpleString(), wanted[field.name].dataType.simpleString())
    }
    assert narrower <= refused("permissive")
    own = [one for one in compare(table, wanted, Terms("strict", required)).changes if one.column[0] != "_"]
    assert own == []


def test_a_refusal_says_what_allows_it() -> None:
    table = StructType([StructField("n", IntegerType(), nullable=False), StructField("old", StringType())])
    wanted = StructType([StructField("n", LongType()), StructField("note", StringType())])
    texts = [one.text for one in compare(table, wanted, Terms("strict")).refusals]
    assert texts == [
        "old is missing, and a table's column is not dropped",
        "n becomes bigint from int: evolution is strict, and permissive allows it",
        "note (string) is new: evolution is strict, and additive allows it",
    ]
    relaxed = compare(table, table, Terms("permissive", frozenset({"old"})))
    assert relaxed.changes == (Change("relax", "n", "int", "int"),)


@given(st.lists(st.integers(0, 20), unique=True), st.lists(st.integers(0, 30), unique=True, max_size=6))
def test_ranges_lose_what_is_left_out_and_nothing_else(left_out: list[int], ends: list[int]) -> None:
    ends = sorted(ends)[: len(ends) // 2 * 2]
    ranges = list(zip(ends[::2], ends[1::2], strict=True))
    kept = [v for first, last in without(left_out, ranges) for v in range(first, last + 1)]
    assert kept == [v for first, last in ranges for v in range(first, last + 1) if v not in left_out]
