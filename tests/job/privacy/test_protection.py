"""Protected columns: rules see what came, tables hold masks and keyed hashes, and the laws hold of these."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from tests.job.privacy.people import KEY, SCHEMA, VISITS, People, Visits, contracts, latest, person
from tests.job.shop import FILES

from tidegate.model.privacy import PrivacyKey
from tidegate.model.replays import REPLAY, Replay, Selection
from tidegate.testing import Sandbox
from tidegate.transforms.keyed_hashes import with_keyed_hashes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.reports import RunReport

pytestmark = pytest.mark.spark

people = st.builds(
    person,
    st.integers(1, 3),
    st.sampled_from(["a@b.example", "c@d.example", "e@f.example", "nobody", None]),
    st.sampled_from(["Ann", "Bob", None]),
    st.integers(0, 2),
)


def key() -> PrivacyKey:
    """Return the key of the tests."""
    return KEY


def test_spark_hashes_as_python_does_and_shows_the_key_to_nobody(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["", "a", "ä🙂", "x" * 200, "`'\\", None]
    for made in (KEY, PrivacyKey(b"k" * 100)):
        rows = spark.createDataFrame([(text,) for text in texts], "text string")
        hashed = with_keyed_hashes(rows, {"hash": F.col("text")}, made)
        assert {row.text: row.hash for row in hashed.collect()} == {
            text: None if text is None else made.hash(text) for text in texts
        }
        for mode in ("simple", "extended", "codegen", "cost", "formatted"):
            hashed.explain(mode=mode)
        shown = capsys.readouterr().out.lower()
        assert "sha2" in shown
        for secret in (b"a key for tests", made.inner, made.outer):
            assert secret.hex() not in shown
            assert secret.decode("latin-1").lower() not in shown
            assert str(list(secret))[1:-1] not in shown


@settings(max_examples=5)
@given(st.lists(people, max_size=10), st.integers(0, 10), st.randoms())
def test_order_does_not_matter_and_replays_change_nothing_although_values_are_protected(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, given_people: list[object], cut: int, random: object
) -> None:
    shuffled = list(given_people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    memory = dict.fromkeys(("bronze", "silver", "quarantine"), "memory")
    folder, numbers = tmp_path_factory.mktemp("order"), itertools.count()
    for batches in ([given_people], [shuffled[:cut], shuffled[cut:]]):
        sandbox = Sandbox(spark, folder / str(next(numbers)), contracts(), memory)
        for batch in batches:
            sandbox.arrive("bronze.people", spark.createDataFrame(batch, SCHEMA))
            sandbox.run(People(), privacy_key=key)
        assert sandbox.rows("silver.people") == latest(given_people)  # type: ignore[arg-type]
        assert sandbox.run(People(), privacy_key=key).status == "nothing_new"


def test_hashed_keys_still_join_merge_and_are_known_again(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    sandbox = new_sandbox(FILES, contracts=contracts())
    reports: list[RunReport] = []
    for batch in ([person(1, name="Ann"), person(2), person(3, "nobody")], [person(1, "new@b.example", "Eve", 1)]):
        sandbox.arrive("bronze.people", spark.createDataFrame(batch, SCHEMA))
        reports.append(sandbox.run(People(), privacy_key=key))
    assert (reports[0].counts.published, reports[0].counts.quarantined, reports[1].counts.published) == (2, 1, 1)
    assert sandbox.rows("silver.people") == latest([person(2), person(1, "new@b.example", "Eve", 1)])
    visits = [("v1", "person-1", 5), ("v2", "person-2", 6), ("v3", "stranger", 7)]
    for _ in range(2):  # the same rows again: they are in the table, although it does not have them as they came
        sandbox.arrive("bronze.visits", spark.createDataFrame(visits, VISITS))
        reports.append(sandbox.run(Visits(), privacy_key=key))
    first, again = reports[-2:]
    assert (first.counts.published, first.counts.quarantined) == (2, 1)
    assert (again.counts.published, again.counts.unchanged, again.counts.quarantined) == (0, 2, 1)
    assert [row[0] for row in sandbox.rows("silver.visits")] == sorted(KEY.hash(f"person-{n}") for n in (1, 2))
    told = json.dumps([json.loads(report.to_json()) for report in reports])
    assert not [value for value in ("person-", "@b.example", "Ann", "Eve") if value in told]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "/silver/" in str(path)]
    assert files
    assert not [value for value in (b"person-1", b"@b.example", b"stranger") if any(value in data for data in files)]


def test_what_is_mended_in_quarantine_is_published_protected(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    from tidegate.job.quarantine.fixing import fix  # noqa: PLC0415 - only this test mends

    sandbox = new_sandbox(contracts=contracts())
    sandbox.arrive("bronze.people", spark.createDataFrame([person(1), person(2, "nobody")], SCHEMA))
    sandbox.run(People(), privacy_key=key)
    fix(People, sandbox.context, Selection(), [("email", "concat(email, '@b.example')")], is_dry_run=False)
    done = sandbox.run(People(), privacy_key=key, replay=Replay(Selection()), scope=REPLAY)
    assert done.counts.published == 1
    assert sandbox.rows("silver.people") == latest([person(1), person(2, "nobody@b.example")])


def test_without_a_key_nothing_is_published_and_what_orders_rows_is_kept(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=contracts())
    sandbox.arrive("bronze.people", spark.createDataFrame([person(1)], SCHEMA))
    failed = People().execute(sandbox.context)
    assert failed.status == "failed"
    assert "privacy.key" in str(failed.error)
    assert sandbox.rows("silver.people") == []

    silver, visits = contracts()
    hidden = replace(silver, columns=tuple(replace(one, type="string", protection="hash") for one in silver.columns))
    clear = replace(silver, columns=contracts("keep")[0].columns)
    for job, known, told in (
        (People, (hidden, visits), "updated_at orders rows"),
        (Visits, (clear, visits), "person_id is hashed, and silver.people.person_id, which it refers to, is not"),
    ):
        other = new_sandbox(contracts=known)
        other.arrive("bronze.people", spark.createDataFrame([person(1)], SCHEMA))
        other.arrive("bronze.visits", spark.createDataFrame([("v", "person-1", 1)], VISITS))
        refused = job().execute(other.context)
        assert refused.error_type == "ContractError"
        assert told in str(refused.error)
