from __future__ import annotations

import copy
import json
import logging
import pickle
import string
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tidegate.config import Secret, SecretReference
from tidegate.config.secrets import FORMS
from tidegate.errors import ConfigError, SettingsError
from tidegate.vaults import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.conftest import Configuration

LETTERS = string.ascii_letters + string.digits
# The beginning makes sure that no message holds such a text by chance.
SECRETS = st.builds("zqX7{}".format, st.text(LETTERS) | st.text(LETTERS + string.punctuation, max_size=24))
# Places that take no such text: references, and values of other kinds. `@` stands for the secret.
FILES = [
    "lineage: {transports: [{type: http, url: 'http://x', api_key: @}]}",
    "lineage:\n  transports:\n  - type: http\n    url: http://x\n    api_key: @",
    "lineage:\n  transports:\n  - type: http\n    url: http://user:@:@@host",
    "lineage:\n  transports:\n  - type: @",
    "lineage: {enabled: @}",
    "lineage:\n  close_seconds: @",
    "platform: @",
    "run: @",
    "spark:\n  conf:\n    spark.hadoop.fs.s3a.secret.key: @",
    "spark:\n  conf:\n    x:\n      - @",
    "jobs:\n  settings:\n    gold:\n      api_token: @",
    "connections: {shop: {url: 'jdbc:postgresql://host/shop', password: @}}",
    "connections: {shop: {url: 'jdbc:postgresql://user:@@host/shop'}}",
    "connections: {shop: {url: 'jdbc:postgresql://host/shop?password=@'}}",
    "connections: {shop: {url: 'jdbc:postgresql://host/shop', options: {sslpassword: @}}}",
    "storage:\n  root: s3://user:@@bucket/x",
    "storage:\n  layers:\n    gold:\n      format: @",
    "alerts: !@ {}",
    "alerts: *@",
    "alerts: '@",
]
OPTIONS = [
    "lineage.transports=[{type: http, url: 'http://x', api_key: @}]",
    "lineage.transports=@",
    "lineage.enabled=@",
    "platform=@",
    "spark.conf.my.password=@",
    "jobs.settings.bronze.order_lines.api_key=@",
    "storage.root=s3://a:@@bucket",
    "run={keep_going: @",
]


def everything_said(error: BaseException) -> str:
    said = "".join(traceback.format_exception(error))
    return f"{said}\n{error}\n{error!r}\n{vars(error)}\n{error.args}"


def assume_is_no_reference(secret: str) -> None:
    assume(not any(f"{kind}:" in secret for kind in ("env", "file", *KINDS)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(secret=SECRETS, text=st.sampled_from(FILES), is_quoted=st.booleans())
def test_no_value_of_a_file_is_ever_said(
    configuration: Configuration, secret: str, text: str, *, is_quoted: bool
) -> None:
    assume_is_no_reference(secret)
    configuration.write(local=text.replace("@", json.dumps(secret) if is_quoted and ": @" in text else secret))

    said = ""
    try:
        configuration.load()
    except (ConfigError, ValueError) as error:
        said = everything_said(error)
    assert secret not in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(secret=SECRETS, option=st.sampled_from(OPTIONS), is_variable=st.booleans())
def test_no_value_of_an_option_or_a_variable_is_ever_said(
    configuration: Configuration, secret: str, option: str, *, is_variable: bool
) -> None:
    assume_is_no_reference(secret)
    path, _, value = option.partition("=")
    given_value = value.replace("@", secret)
    variables = {f"TIDEGATE__{path.upper().replace('.', '__')}": given_value}

    said = ""
    try:
        configuration.load(
            *([] if is_variable else [f"{path}={given_value}"]), environ=variables if is_variable else {}
        )
    except (ConfigError, ValueError) as error:
        said = everything_said(error)
    assert secret not in said


@pytest.mark.parametrize(
    "text",
    [
        "lineage: {transports: [{type: http, url: 'http://x', api_key: hunter2hunter2}]}",
        "spark: {conf: {spark.hadoop.fs.s3a.secret.key: hunter2hunter2}}",
        "spark: {conf: {spark.hadoop.fs.s3a.access.key: hunter2hunter2}}",
        "jobs: {settings: {gold: {api_token: hunter2hunter2}}}",
        "jobs: {settings: {gold: {db_password: hunter2hunter2}}}",
        "lineage: {transports: [{type: http, url: 'http://user:hunter2hunter2@x'}]}",
        "storage: {root: 's3://user:hunter2hunter2@bucket'}",
    ],
)
def test_a_plain_secret_is_refused_and_not_repeated(configuration: Configuration, text: str) -> None:
    configuration.write(local=text)

    with pytest.raises(SettingsError) as caught:
        configuration.load()

    assert len(caught.value.problems) == 1
    assert "hunter2" not in everything_said(caught.value)


def test_settings_show_references_and_never_secrets(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2")
    configuration.write(
        local="lineage: {transports: [{type: http, url: 'http://x', api_key: env:API_KEY}]}\n"
        f"spark: {{conf: {{my.password: env:API_KEY, other.secret.key: 'file:{tmp_path}/key'}}}}"
    )
    environ = {"API_KEY": "hunter2"}
    loaded = configuration.load(environ=environ)

    shown = [
        repr(loaded),
        str(loaded),
        loaded.model_dump_json(),
        repr(loaded.model_dump()),
        repr(copy.deepcopy(loaded)),
    ]
    assert all("hunter2" not in text for text in shown)
    assert all("env:API_KEY" in text for text in shown)
    assert loaded.spark.resolved_conf(environ) == {"my.password": "hunter2", "other.secret.key": "hunter2"}
    assert pickle.loads(pickle.dumps(loaded)) == loaded  # noqa: S301 - our own bytes


def test_a_secret_is_not_read_before_it_is_needed(configuration: Configuration) -> None:
    loaded = configuration.load("spark.conf.my.password=env:NOT_SET", "spark.conf.other.token=file:not/there")

    with pytest.raises(ConfigError) as caught:
        loaded.spark.resolved_conf({})
    assert (caught.value.where, caught.value.hint) == ("env:NOT_SET", "set the environment variable NOT_SET")
    assert str(loaded.spark.conf["other.token"]) == f"file:{configuration.folder.parent}/not/there"


def test_settings_of_spark_are_resolved_to_texts(configuration: Configuration) -> None:
    loaded = configuration.load("spark.conf={a: 1, b: true, c: false, d: 1.5, e: x}")

    assert loaded.spark.resolved_conf({}) == {"a": "1", "b": "true", "c": "false", "d": "1.5", "e": "x"}


@pytest.mark.parametrize("text", ["env:API_KEY", "env:_x1", "file:/run/secrets/key", "file:relative/key"])
def test_a_reference_reads_as_it_is_written(text: str) -> None:
    reference = SecretReference.parse(text)

    assert str(reference) == text
    assert repr(reference) == f"SecretReference.parse('{text}')"


@pytest.mark.parametrize(
    "text", ["", "env:", "env:1x", "env:a-b", "file:", "hunter2", "ENV:X", "env:X\n", "vault:x", " env:X"]
)
def test_anything_else_is_no_reference(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SecretReference.parse(text)

    assert caught.value.hint == FORMS


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "missing or empty"), (b"", "missing or empty"), (b"\n", "missing or empty"), (b"\xff", "not UTF-8")],
)
def test_a_file_without_a_secret_is_told(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        SecretReference("file", str(tmp_path / "key")).resolve({})


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        SecretReference("file", str(tmp_path)).resolve({})


def test_the_line_end_of_a_file_is_not_part_of_its_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b" hunter2 \r\n")

    assert SecretReference("file", str(tmp_path / "key")).resolve({}).reveal() == " hunter2 "


def test_a_secret_shows_itself_only_when_asked(caplog: pytest.LogCaptureFixture) -> None:
    secret = SecretReference.parse("env:KEY").resolve({"KEY": "hunter2"})
    logging.getLogger("test").warning("%s %r", secret, secret)

    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {caplog.text}"
    assert secret == Secret("hunter2")
    assert len({secret, Secret("hunter2"), Secret("other")}) == 2
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(secret)
