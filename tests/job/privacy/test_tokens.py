"""Tokens stand for texts as hashes do, can be turned back with the key, and go with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyspark.sql import functions as F
from tests.job.privacy.lake import OTHER_KEY, Lake, contracts, data_files, raw_contracts
from tests.job.privacy.people import KEY, person
from tests.job.shop import FILES

from tidegate.model.erasures import Subject
from tidegate.model.names import TableName
from tidegate.transforms.tokens import with_opened, with_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

TEXTS = ["", "a", "ä🙂", "x" * 200, "`'\\", "00ff", "0" * 56, None]


def token(text: str) -> str:
    """Return what a text's token is, by another implementation."""
    nonce = bytes.fromhex(KEY.nonces.hash(text))[:12]
    return (nonce + AESGCM(KEY.cipher).encrypt(nonce, text.encode(), None)).hex()


def test_a_token_is_a_text_that_the_key_opens_and_nothing_else(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = spark.createDataFrame([(text,) for text in TEXTS], "text string")
    made = with_tokens(rows, {"token": F.col("text"), "again": F.col("text")}, KEY)
    opened = with_opened(made, {"opened": F.col("token"), "plain": F.col("text")}, KEY)
    shut = with_opened(opened, {"shut": F.col("token")}, OTHER_KEY)
    for row in shut.collect():
        wanted = None if row.text is None else token(row.text)
        assert (row.token, row.again, row.shut) == (wanted, wanted, wanted)
        assert (row.opened, row.plain) == (row.text, row.text)
    assert with_tokens(rows, {}, KEY) is rows
    assert with_opened(rows, {}, KEY) is rows
    for mode in ("extended", "codegen", "formatted"):
        shut.explain(mode=mode)
    shown = capsys.readouterr().out.lower()
    assert "aes" in shown
    for secret in (KEY.cipher, KEY.nonces.inner, KEY.nonces.outer):
        assert secret.hex() not in shown
        assert str(list(secret))[1:-1] not in shown


def test_tokens_join_are_the_same_after_a_replay_and_go_with_the_person(new_sandbox: Callable[..., Sandbox]) -> None:
    lake = Lake(new_sandbox(FILES, contracts=(*contracts("tokenise"), *raw_contracts())))
    batch, visits = [person(1), person(2)], [("v1", "person-1", 5), ("v2", "person-2", 6), ("v3", "x", 7)]
    _, told = lake.take(batch, visits)
    assert (told.counts.published, told.counts.quarantined) == (2, 1), "foreign keys meet as tokens"
    again, _ = lake.take(batch, visits)
    assert (again.counts.published, again.counts.unchanged) == (0, 2)
    silver = data_files(lake.sandbox.root / "silver")
    assert not any(b"person-" in file.read_bytes() for file in silver)

    def known() -> set[str]:
        store = lake.sandbox.context.tables.store(TableName("silver", "people"))
        rows = store.read(TableName("silver", "people"))
        return {row.who for row in with_opened(rows, {"who": F.col("person_id")}, KEY).collect()}

    assert known() == {"person-1", "person-2"}
    proof = lake.erasing.erase(Subject("person_id", "person-1").hashed(KEY))
    assert {one.table: one.found for one in proof.tables if one.table.startswith("silver")} == {
        "silver.people": 1,
        "silver.visits": 1,
    }
    assert known() == {"person-2"}
    back, _ = lake.take([person(1, version=9)], [("v9", "person-1", 1)])
    assert (back.counts.read, back.counts.erased) == (1, 1)
