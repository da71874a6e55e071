"""Jars are fetched once, in one line; what Ivy says of a failure is told without the rest. `ivy/` holds its words."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tidegate.errors import PlatformError
from tidegate.platforms.jars import Jars, kafka_package, resolution_problems

DELTA = "io.delta:delta-spark_2.12:3.3.3"
RECORDED = Path(__file__).parent / "ivy"

# Stands in for Spark: keeps its arguments, says what was recorded, and where that succeeded, brings a jar.
SUBMIT = """#!/bin/sh
printf '%s\\n' "$@" >> {folder}/arguments
cat {recorded}
[ {code} -eq 0 ] || exit {code}
for argument in "$@"; do
    case "$argument" in
        spark.jars.ivy=*) mkdir -p "${{argument#*=}}/jars" && : > "${{argument#*=}}/jars/x.jar" ;;
    esac
done
"""


@pytest.fixture
def jars(tmp_path: Path) -> Jars:
    return Jars((DELTA,), tmp_path / "cache" / "jars" / "delta")


def spark(folder: Path, monkeypatch: pytest.MonkeyPatch, recorded: str, *, code: int) -> Path:
    """Let `SPARK_HOME` name a Spark that ends as it was recorded; return the file that gets its arguments."""
    submit = folder / "bin" / "spark-submit"
    submit.parent.mkdir()
    submit.write_text(SUBMIT.format(folder=folder, recorded=RECORDED / recorded, code=code))
    submit.chmod(0o755)
    monkeypatch.setenv("SPARK_HOME", str(folder))
    return folder / "arguments"


@pytest.mark.parametrize(
    ("recorded", "problems"),
    [
        (
            "no_network.txt",
            [
                "unresolved dependency: io.delta#delta-spark_2.12;3.3.3: not found",
                "Host repo1.maven.org not found",
                "Host repos.spark-packages.org not found",
            ],
        ),
        (
            "refused.txt",
            [
                "unresolved dependency: io.delta#delta-spark_2.12;3.3.3: not found",
                "repo1.maven.org: java.net.ConnectException: Connection refused",
                "repos.spark-packages.org: java.net.ConnectException: Connection refused",
            ],
        ),
        (
            "two_missing.txt",
            [
                "unresolved dependency: a#b;1: not found",
                "unresolved dependency: org.c#d;2: not found",
                "Host repos.spark-packages.org not found",
            ],
        ),
        ("no_jar.txt", ["download failed: a#b;1!b.jar", "Host repos.spark-packages.org not found"]),
        (
            "malformed.txt",
            [
                (
                    "requirement failed: Provided Maven Coordinates must be in the form 'groupId:artifactId:version'. "
                    "The coordinate provided is: ab"
                )
            ],
        ),
    ],
)
def test_of_all_that_ivy_says_only_the_reasons_are_told(recorded: str, problems: list[str]) -> None:
    assert resolution_problems((RECORDED / recorded).read_text()) == problems


@pytest.mark.parametrize(("output", "problems"), [("", []), ("a\nno such option: -XX\n\n", ["no such option: -XX"])])
def test_of_a_failure_without_a_known_reason_the_last_line_is_told(output: str, problems: list[str]) -> None:
    assert resolution_problems(output) == problems


def test_a_password_in_the_address_of_a_mirror_is_not_told() -> None:
    output = "[unresolved dependency: a#b;1: not found]\n\tServer access error at url https://a:secret@mirror/b (Gone)"
    assert resolution_problems(output) == ["unresolved dependency: a#b;1: not found", "mirror: Gone"]


def test_of_many_reasons_the_first_are_told() -> None:
    many = ", ".join(f"unresolved dependency: a#b{number};1: not found" for number in range(50))
    assert len(resolution_problems(f"[{many}]")) == 8


def test_jars_are_fetched_once_and_announced_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jars: Jars
) -> None:
    arguments = spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    jars.fetch({})
    assert capfd.readouterr() == ("", f"fetching {DELTA} (once; kept in {tmp_path}/cache/jars)\n")
    assert jars.conf() == {"spark.jars": str(jars.folder / "jars" / "x.jar")}
    arguments.unlink()
    jars.fetch({})
    assert capfd.readouterr() == ("", "")
    assert not arguments.exists(), "Spark was started again"


def test_a_cache_at_home_is_named_as_users_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jars: Jars
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    jars.fetch({})
    assert capfd.readouterr().err == f"fetching {DELTA} (once; kept in ~/cache/jars)\n"


def test_the_line_takes_the_place_of_a_step_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jars: Jars
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    jars.fetch({})
    assert terminal.getvalue().startswith("\r\x1b[2Kfetching ")


def test_what_the_session_says_of_jars_and_java_holds_for_fetching_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jars: Jars
) -> None:
    arguments = spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    jars.fetch(
        {
            "spark.jars.repositories": "https://mirror",
            "spark.driver.extraJavaOptions": "-Da=b -Dc=d",
            "spark.jars.packages": "of:the:user",
            "spark.jars": "own.jar",
            "spark.driver.memory": "64g",
        }
    )
    lines = arguments.read_text().splitlines()
    assert {line for line in lines if line.startswith("spark.")} == {
        "spark.jars.repositories=https://mirror",
        "spark.driver.extraJavaOptions=-Da=b -Dc=d",
        f"spark.jars.packages={DELTA}",
        f"spark.jars.ivy={jars.folder}",
    }


def test_the_connector_of_kafka_does_not_bring_the_hadoop_that_spark_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    Jars((kafka_package("3.5.7"),), tmp_path / "cache" / "kafka").fetch({"spark.jars.excludes": "of:user"})
    hadoop = "org.apache.hadoop:hadoop-client-api,org.apache.hadoop:hadoop-client-runtime"
    assert f"spark.jars.excludes=of:user,{hadoop}" in arguments.read_text().splitlines()


def test_a_failure_says_what_is_missing_and_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], jars: Jars
) -> None:
    spark(tmp_path, monkeypatch, "no_network.txt", code=1)
    with pytest.raises(PlatformError) as caught:
        jars.fetch({})
    assert str(caught.value).splitlines() == [
        f"Spark could not fetch {DELTA}",
        "  unresolved dependency: io.delta#delta-spark_2.12;3.3.3: not found",
        "  Host repo1.maven.org not found",
        "  Host repos.spark-packages.org not found",
        f"  where: {jars.folder}/ivy.log, which has the whole output",
        "  hint:  check the version and the network; spark.conf.spark.jars.repositories may name a mirror",
    ]
    assert (jars.folder / "ivy.log").read_text() == (RECORDED / "no_network.txt").read_text()
    assert capfd.readouterr().err.count("\n") == 1
    assert "spark.jars.packages" in jars.conf(), "what failed is tried again"


def test_a_cache_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlatformError, match=r"Not a directory\n  where: .*/file/jars\n  hint:  let TIDEGATE_CACHE"):
        Jars((DELTA,), tmp_path / "file" / "jars").fetch({})


def test_a_session_without_packages_fetches_nothing(tmp_path: Path) -> None:
    Jars((), tmp_path / "jars").fetch({})
    assert not (tmp_path / "jars").exists()


def test_jars_of_the_users_own_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jars: Jars) -> None:
    spark(tmp_path, monkeypatch, "resolved.txt", code=0)
    jars.fetch({})
    assert jars.conf("a.jar,b.jar") == {"spark.jars": f"a.jar,b.jar,{jars.folder}/jars/x.jar"}
