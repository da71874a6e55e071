"""Each platform is recognised by what it really sets, keeps what it owns, and is told of ends in its own way."""

from __future__ import annotations

import shlex
import sys
from itertools import combinations
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platforms.recorded import (
    ENVIRONMENTS,
    GLUE_ARGV,
    MANAGED,
    adapter,
    machine,
    source,
)

from tidegate.errors import ConfigError, PlatformError
from tidegate.factory.ending import run_process
from tidegate.platforms.conf import DELTA_CATALOG, DELTA_EXTENSION, ICEBERG_EXTENSION
from tidegate.platforms.detection import choose_platform, platform_here, platform_named
from tidegate.platforms.emr import MOST_CHARACTERS
from tidegate.platforms.endings import RunFailedError
from tidegate.platforms.gateway import versions
from tidegate.platforms.glue_arguments import script_arguments
from tidegate.platforms.kubernetes import cores, memory
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

DELTA = frozenset({"delta"})
ICEBERG = frozenset({"iceberg"})
BY_EXCEPTION = ("databricks", "glue")
SUBMITTED = ("emr", "emr-serverless", "spark-submit")
OURS = {
    "spark.master": "local[*]",
    "spark.executor.memory": "64g",
    "spark.dynamicAllocation.enabled": "false",
    "spark.jars.packages": "a:b:1",
    "spark.eventLog.dir": "s3://b/",
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_platform_is_known_by_its_signs(name: str) -> None:
    shown = machine(name)
    assert choose_platform(shown.environ, machine=shown).name == name
    assert choose_platform(shown.environ, name, machine=shown).name == name
    assert platform_here(shown).name == name


@pytest.mark.parametrize("names", list(combinations(MANAGED, 2)), ids="+".join)
def test_the_signs_of_two_platforms_are_an_error_that_tells_them_until_one_is_named(names: tuple[str, str]) -> None:
    shown = machine(*names)
    with pytest.raises(PlatformError) as error:
        choose_platform(shown.environ, machine=shown)
    for name in names:
        assert f"{name}: " in (error.value.where or "")
        assert choose_platform(shown.environ, name, machine=shown).name == name


@pytest.mark.parametrize("name", MANAGED)
@pytest.mark.parametrize("asked", ENVIRONMENTS)
def test_another_name_than_the_signs_say_is_an_error(name: str, asked: str) -> None:
    shown = machine(name)
    if asked == name:
        return
    with pytest.raises(PlatformError, match=f"{asked} is asked for") as error:
        choose_platform(shown.environ, asked, machine=shown)
    assert name in str(error.value)


def test_a_pod_whose_driver_was_submitted_stays_kubernetes() -> None:
    shown = machine("kubernetes", "spark-submit")
    assert choose_platform(shown.environ, machine=shown).name == "kubernetes"


def test_any_platform_can_be_spoken_of_anywhere() -> None:
    assert [platform_named(name, {}).name for name in ENVIRONMENTS] == list(ENVIRONMENTS)


@pytest.mark.parametrize("name", SUBMITTED)
def test_a_submitted_driver_gets_the_settings_of_the_run_and_none_that_the_submitter_owns(name: str) -> None:
    spark = source(is_new=True)
    adapter(name, spark).session(SessionRequest("retail", {**OURS, "spark.sql.shuffle.partitions": "9"}, DELTA))
    assert spark.application == "retail"
    assert spark.conf == {
        **({"spark.eventLog.dir": OURS["spark.eventLog.dir"]} if name == "spark-submit" else {}),  # no service has them
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "9",
        "spark.sql.extensions": DELTA_EXTENSION,
        "spark.sql.catalog.spark_catalog": DELTA_CATALOG,
    }


@pytest.mark.parametrize("name", BY_EXCEPTION)
def test_a_session_of_the_platform_is_told_nothing_but_what_can_be_set_later(name: str) -> None:
    spark = source({"spark.sql.extensions": DELTA_EXTENSION, "spark.sql.catalog.spark_catalog": DELTA_CATALOG})
    platform = adapter(name, spark)
    session = platform.session(SessionRequest("retail", {**OURS, "spark.sql.shuffle.partitions": "9"}, DELTA))
    assert (spark.conf, spark.application) == ({}, None)
    assert spark.session.conf.was_set == {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "9"}
    platform.stop(session)
    assert not spark.session.is_stopped


@pytest.mark.parametrize("name", SUBMITTED)
def test_a_driver_of_the_runs_own_is_stopped(name: str) -> None:
    spark = source(is_new=True)
    platform = adapter(name, spark)
    platform.stop(platform.session(SessionRequest("retail")))
    assert spark.session.is_stopped


def test_databricks_is_not_asked_for_its_own_delta() -> None:
    spark = source(formats=frozenset())
    adapter("databricks", spark).session(SessionRequest("retail", {}, DELTA))


HINTS = {
    "spark-submit": f'--conf "spark.sql.extensions={DELTA_EXTENSION}" '
    f'--conf "spark.sql.catalog.spark_catalog={DELTA_CATALOG}"',
    "emr": f'--conf "spark.sql.catalog.spark_catalog={DELTA_CATALOG}" in the step',
    "emr-serverless": f"sparkSubmitParameters of the job run: --conf spark.sql.extensions={DELTA_EXTENSION} --conf ",
    "glue": f": spark.sql.extensions={DELTA_EXTENSION} --conf spark.sql.catalog.spark_catalog={DELTA_CATALOG}",
    "databricks": '"spark_conf": {"spark.sql.warehouse.dir": "s3://b/w"}',
}


@pytest.mark.parametrize("name", HINTS)
def test_a_static_setting_that_is_missing_comes_with_the_platforms_own_parameter(name: str) -> None:
    conf = {"spark.sql.warehouse.dir": "s3://b/w"} if name == "databricks" else {}
    with pytest.raises(PlatformError, match="can no longer be set") as error:
        adapter(name, source()).session(SessionRequest("retail", conf, DELTA))
    assert HINTS[name] in (error.value.hint or "")


@pytest.mark.parametrize("name", BY_EXCEPTION)
def test_a_secret_that_is_missing_is_named_and_not_shown(name: str) -> None:
    key, secret = "spark.hadoop.fs.s3a.secret.key", "zqX7sesame"
    request = SessionRequest("retail", {key: secret}, frozenset(), frozenset({key}))
    with pytest.raises(PlatformError) as error:
        adapter(name, source()).session(request)
    assert key in str(error.value)
    assert secret not in f"{error.value!r} {error.value} {vars(error.value)}"


JARS = {
    "emr": "--jars /usr/share/aws/iceberg/lib/",
    "emr-serverless": "--conf spark.jars=/usr/share/aws/iceberg/lib/",
    "glue": "--datalake-formats to iceberg",
    "databricks": '{"maven": {"coordinates": "org.apache.iceberg:',
    "spark-submit": "--packages org.apache.iceberg:",
}


@pytest.mark.parametrize("name", JARS)
def test_a_format_that_is_missing_comes_with_the_platforms_own_way_to_it(name: str) -> None:
    spark = source({"spark.sql.extensions": ICEBERG_EXTENSION}, is_new=True, formats=DELTA)
    with pytest.raises(PlatformError, match="does not know the Iceberg format") as error:
        adapter(name, spark).session(SessionRequest("retail", {}, ICEBERG))
    assert JARS[name] in (error.value.hint or "")


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("code", range(5))
def test_success_returns_and_failure_is_told_as_the_platform_learns_it(name: str, code: int) -> None:
    platform = platform_named(name, {})
    if code and name in BY_EXCEPTION:
        with pytest.raises(RunFailedError, match=f"exit code {code}") as error:
            platform.finish(code)
        assert error.value.exit_code == code
    else:
        assert platform.finish(code) == code


def ends(how: str) -> int | None:
    if how == "returns":
        return 0
    if how == "fails":
        return 3
    if how == "raises":
        raise ConfigError("wrong")
    raise SystemExit({"exits": 0, "exits with 4": 4, "exits with a text": "wrong"}[how])


ENDS = {"returns": 0, "fails": 3, "raises": 2, "exits": 0, "exits with 4": 4, "exits with a text": 1}


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("how", ENDS)
def test_a_process_ends_as_its_platform_expects(name: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["job.py"])
    here = platform_named(name, {})
    if not ENDS[how]:
        run_process(lambda _: ends(how), here=here)  # not even SystemExit(0), which is a failure on two of them
        return
    with pytest.raises(RunFailedError if name in BY_EXCEPTION else SystemExit) as error:
        run_process(lambda _: ends(how), here=here)
    code = error.value.exit_code if isinstance(error.value, RunFailedError) else cast("SystemExit", error.value).code
    assert code == ENDS[how]


def test_the_job_gets_the_arguments_of_its_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["job.py", *GLUE_ARGV])
    given: list[Sequence[str]] = []
    run_process(given.append, here=platform_named("glue", {}))
    assert given == [["--env", "prod", "--config", "s3://bucket/config", "--json"]]


VALUES = st.text(st.characters(codec="ascii", exclude_characters="-"), max_size=8)
OWN = st.tuples(st.sampled_from(["--env", "--config", "--from", "--to", "--job_name", "--JOB_NAMES", "--temp"]), VALUES)
GLUES = st.tuples(st.sampled_from(["--JOB_NAME", "--TempDir", "--JOB_ID", "--conf", "--debug"]), VALUES, VALUES)


@given(st.lists(OWN | GLUES))
def test_of_mixed_arguments_the_scripts_own_remain_in_their_order(groups: list[tuple[str, ...]]) -> None:
    mixed = [part for group in groups for part in group]
    assert script_arguments(mixed) == [part for group in groups if len(group) == 2 for part in group]


@given(st.lists(VALUES, min_size=1))
def test_several_settings_travel_in_one_parameter_of_glue(values: list[str]) -> None:
    settings = [f"a.b={value}" for value in values]
    assert script_arguments(["--set", shlex.join(settings)]) == [
        part for value in settings for part in ("--set", value)
    ]


@pytest.mark.parametrize(("value", "flags"), [("true", ["--json"]), ("", ["--json"]), ("false", [])])
def test_a_flag_has_a_value_in_glue(value: str, flags: list[str]) -> None:
    assert script_arguments(["--json", value]) == flags


@pytest.mark.parametrize("argv", [["--json", "perhaps"], ["--set", "a='b"]])
def test_a_value_that_means_nothing_in_glue_is_an_error(argv: list[str]) -> None:
    with pytest.raises(PlatformError, match="Glue"):
        script_arguments(argv)


@given(st.lists(st.integers(0, 6000), min_size=1, max_size=4))
def test_a_step_of_emr_takes_so_many_characters(lengths: list[int]) -> None:
    argv = ["x" * length for length in lengths]
    platform = platform_named("emr", {})
    if len(" ".join(argv)) <= MOST_CHARACTERS:
        assert platform.arguments(argv) == argv
    else:
        with pytest.raises(PlatformError, match="--config s3://"):
            platform.arguments(argv)


@pytest.mark.parametrize(
    ("quota", "allowed"), [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", None)]
)
def test_a_pod_takes_the_cores_that_it_may_use(tmp_path: Path, quota: str, allowed: int | None) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert cores(tmp_path) == (allowed or cores(tmp_path / "none"))


@pytest.mark.parametrize(("limit", "heap"), [("2147483648", "1228m"), ("68719476736", "4096m"), ("max", None)])
def test_a_pod_leaves_memory_beside_the_heap(tmp_path: Path, limit: str, heap: str | None) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    assert memory(tmp_path) == ({"spark.driver.memory": heap} if heap else {})


@pytest.mark.spark
@pytest.mark.parametrize("name", BY_EXCEPTION)
def test_a_real_session_that_is_there_is_joined_checked_and_left(name: str, spark: SparkSession) -> None:
    class There:
        def get(self, conf: object, application: str | None = None) -> SparkSession:
            assert not conf
            assert application is None
            return spark

    platform = adapter(name, There())
    assert platform.session(SessionRequest("retail", {"spark.sql.session.timeZone": "UTC"}, DELTA)) is spark
    seen = versions(spark)
    assert seen["java"].startswith("17")
    assert seen["delta"].startswith(str(3 if spark.version.startswith("3.") else 4))
    platform.stop(spark)
    assert spark.range(1).count() == 1
    static = {"spark.sql.warehouse.dir": "/elsewhere", "spark.hadoop.fs.x": "y"}
    with pytest.raises(PlatformError) as error:
        platform.session(SessionRequest("retail", static, DELTA))
    assert all(key in (error.value.hint or "") for key in static)
