"""What a contract may ask for its personal data is decided when it is read, whatever the settings say."""

from __future__ import annotations

import hashlib
import hmac
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.documents import read_contract
from tidegate.contracts.protection import as_published, with_protection
from tidegate.errors import ConfigError, ContractError
from tidegate.model.names import TableName
from tidegate.model.privacy import Policies, PrivacyKey

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: silver.people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: bigint, required: true}
"""


def people(*properties: str, tail: str = "") -> Contract:
    """Return the contract of `silver.people` with properties in YAML's flow style."""
    text = HEAD + "".join(f"      - {{{one}}}\n" for one in properties) + tail
    return read_contract(text.encode(), "people.odcs.yaml", TableName("silver", "people"))


def asks(name: str, protection: str, kind: str = "string", rest: str = "") -> str:
    """Return a property that asks for a protection."""
    custom = f"customProperties: [{{property: privacy, value: {protection}}}]"
    return f"name: {name}, physicalType: {kind}, {custom}{rest}"


@given(st.binary(min_size=16, max_size=200), st.text())
def test_a_hash_is_hmac_sha256_of_the_text(key: bytes, text: str) -> None:
    made = PrivacyKey(key)
    assert made.hash(text) == hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    inner = hashlib.sha256(made.inner + text.encode()).digest()
    assert hashlib.sha256(made.outer + inner).hexdigest() == made.hash(text)


def test_keys_of_tokens_are_made_of_the_key_and_tell_nothing_of_each_other() -> None:
    keys = [PrivacyKey(b"a key of many bytes"), PrivacyKey(b"a key of some bytes")]
    made = {secret for key in keys for secret in (key.cipher, key.nonces.inner, key.inner)}
    assert len(made) == 6
    assert {len(key.cipher) for key in keys} == {32}
    assert keys[0].cipher == PrivacyKey(b"a key of many bytes").cipher


def test_a_key_shows_itself_nowhere_and_a_short_one_is_refused() -> None:
    key = PrivacyKey(b"a key of many bytes")
    assert "many" not in f"{key!r} {key} {[key]}"
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(key)
    with pytest.raises(ConfigError, match="fewer than 16 bytes") as refused:
        PrivacyKey(b"short secret")
    assert "short secret" not in str(refused.value)


def test_the_document_says_what_becomes_of_a_column_and_else_the_settings_do() -> None:
    contract = people(
        asks("a", "keep", rest=", classification: pii"),
        "name: b, physicalType: string, classification: PII",
        asks("c", "mask", rest=", classification: pii"),
        "name: d, physicalType: string, classification: public",
    )
    decided = with_protection(contract, Policies({"silver": {"pii": "hash"}, "gold": {"public": "mask"}}))
    assert decided.protected == {"b": "hash", "c": "mask"}
    assert with_protection(contract, Policies()).protected == {"c": "mask"}


def test_a_column_may_name_the_persons_of_another_one() -> None:
    named = "name: a, physicalType: string, customProperties: [{property: subject, value: ' customer_id '}]"
    subjects = {column.name: column.subject for column in people(named, "name: b, physicalType: string").columns}
    assert subjects == {"id": None, "a": "customer_id", "b": None}


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ([asks("a", "hide")], r":10: privacy is one of keep, mask, hash, tokenise"),
        ([asks("a", "hash", "int")], r":10: hash makes text of a, which is a int"),
        ([asks("a", "tokenise", "date")], r":10: tokenise makes text of a, which is a date"),
        ([asks("a", "mask", rest=", primaryKey: true, required: true")], r":10: a is compared with other rows"),
        ([asks("a", "mask", rest=", unique: true")], r":10: a is compared with other rows"),
        ([asks("a", "mask", "date", ", required: true")], r":10: mask makes a null, as it is a date"),
        (
            ["name: a, logicalType: object, properties: [{" + asks("b", "mask") + "}]"],
            r":10: privacy is for whole columns",
        ),
        (["name: a, physicalType: string, customProperties: [{property: subject, value: 7}]"], r"subject is the name"),
    ],
)
def test_what_would_spoil_the_table_is_refused_when_the_contract_is_read(properties: list[str], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        with_protection(people(*properties), Policies())


def test_a_layer_may_want_a_role_for_personal_data_in_the_clear() -> None:
    strict = Policies(needs_role=frozenset({"silver"}))
    clear = "name: a, physicalType: string, classification: pii"
    with pytest.raises(ContractError, match=r":10: a is personal data in the clear, and the layer silver wants a role"):
        with_protection(people(clear), strict)
    named = people(clear, tail="roles:\n  - role: support\n    access: read\n")
    assert with_protection(named, strict).details.roles[0].name == "support"
    assert with_protection(people(asks("a", "hash", rest=", classification: pii")), strict).protected == {"a": "hash"}
    with pytest.raises(ContractError, match="wants a role"):
        with_protection(people(clear, tail="roles:\n  - role: guests\n    access: masked\n"), strict)


def test_what_a_table_holds_is_held_against_the_rules_that_it_can_meet() -> None:
    email = ", quality: [{name: mail, type: custom, engine: tidegate, implementation: {rule: email}}]"
    contract = with_protection(
        people(
            asks("a", "hash", rest=", required: true, unique: true" + email),
            asks("b", "mask", "int", rest=", logicalTypeOptions: {minimum: 1}"),
        ),
        Policies(),
    )
    assert {rule.id for rule in contract.rules} - {rule.id for rule in as_published(contract).rules} == {
        "mail",
        "b_is_in_range",
    }
    clear = people("name: a, physicalType: string" + email)
    assert as_published(clear) is clear
