"""Versions that do not go together are refused at the start; the table of them is data, and the page shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import PlatformError
from tidegate.platforms.detection import platforms
from tidegate.platforms.jars import delta_package, iceberg_package
from tidegate.platforms.support import LINES, PYTHONS, RELEASES, check_python, check_together, line_of

PAGE = Path(__file__).parents[2] / "docs" / "platforms.md"


@given(st.integers(2, 4), st.integers(0, 20))
def test_only_the_pythons_between_lowest_and_highest_are_taken(major: int, minor: int) -> None:
    if PYTHONS[0] <= (major, minor) <= PYTHONS[1]:
        assert check_python((major, minor, 1)) == f"{major}.{minor}.1"
    else:
        with pytest.raises(PlatformError, match=f"Python {major}.{minor}.1 is not supported"):
            check_python((major, minor, 1))


@pytest.mark.parametrize("version", ["3.4.1", "4.2.0", "2.4.8-amzn-0", "3"])
def test_a_line_of_spark_that_nobody_tried_is_refused(version: str) -> None:
    with pytest.raises(PlatformError, match="not supported"):
        line_of(version)


@pytest.mark.parametrize("version", ["3.5.6-amzn-1", "4.0.0", "4.1.3"])
def test_a_platforms_own_build_counts_as_its_line(version: str) -> None:
    assert version.startswith(line_of(version).spark)


@pytest.mark.parametrize(
    ("spark", "found", "said"),
    [
        ("3.5.7", {"java": "21.0.1"}, "use Java 17"),
        ("3.5.7", {"java": "1.8.0_392"}, "use Java 17"),
        ("4.1.0", {"delta": "3.3.3"}, "use Delta 4.x"),
        ("3.5.7", {"delta": "4.0.0"}, "use Delta 3.x"),
        ("3.5.7", {"iceberg": "1.9.2"}, "use Iceberg 1.10 or newer"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_does(spark: str, found: dict[str, str], said: str) -> None:
    with pytest.raises(PlatformError, match=said):
        check_together(spark, found)


def test_what_is_not_known_is_not_wrong() -> None:
    check_together("3.5.7", {})
    check_together("4.1.0", {"java": "21", "delta": "4.2.0", "iceberg": "1.11.0"})


def test_what_a_platform_brings_goes_together() -> None:
    for row in RELEASES:
        delta = {"delta": row.delta} if row.delta[0].isdigit() else {}
        check_together(row.spark, {"java": row.java, **delta, **({"iceberg": row.iceberg} if row.iceberg else {})})


def test_the_jars_of_a_line_are_those_that_it_supports() -> None:
    for one in LINES:
        version = f"{one.spark}.0"
        iceberg = iceberg_package(version).rpartition(":")[2]
        assert delta_package(version).rpartition(":")[2].startswith(one.delta)
        check_together(version, {"iceberg": iceberg})


def test_the_page_shows_the_tables_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for line in LINES:
        java = " or ".join(map(str, line.java))
        assert f"| {line.spark} | {java} | {line.delta}x | {line.iceberg} or newer |" in page
    for row in RELEASES:
        cells = (row.platform, row.release, row.spark, row.python, row.java, row.delta, row.iceberg or "none")
        assert f"| {' | '.join(cells)} |" in page
    for platform in platforms({}):
        assert f"`{platform.name}`" in page
