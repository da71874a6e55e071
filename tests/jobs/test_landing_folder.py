from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from jobs._landing import LandingError, LandingSettings, RecordKind, land
from jobs._landing.files import replace_file
from jobs._landing.packaged import packaged_file

if TYPE_CHECKING:
    from pathlib import Path

FEW = LandingSettings(households=30, history_from=date(2017, 3, 4), history_until=date(2017, 4, 5))
LAST = FEW.arrival_day(5)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("few")
    land(root, through=LAST, settings=FEW)
    return root


def contents(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in root.rglob("*")
        if file.is_file()
    }


def test_the_same_settings_give_the_same_bytes(landed: Path, tmp_path: Path) -> None:
    land(tmp_path, through=LAST, settings=FEW)
    assert contents(tmp_path) == contents(landed)


def test_days_landed_one_by_one_equal_days_landed_at_once(landed: Path, tmp_path: Path) -> None:
    for day in (FEW.history_from, FEW.history_until, *FEW.arrival_days):
        step = land(tmp_path, through=day, settings=FEW)
        assert step.written > 0
        assert max(file.arrival_date for file in step.ledger.files) <= day
    assert contents(tmp_path) == contents(landed)


def test_landing_again_touches_nothing(landed: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in landed.rglob("*")}
    again = land(landed, through=LAST, settings=FEW)
    assert again.written == 0
    assert {file: file.stat().st_mtime_ns for file in landed.rglob("*")} == before


def test_landing_up_to_an_earlier_day_keeps_the_later_ones_and_does_not_count_them(landed: Path) -> None:
    before = contents(landed)
    earlier = land(landed, through=FEW.history_until, settings=FEW)
    assert earlier.written == 0
    assert max(file.arrival_date for file in earlier.ledger.files) == FEW.history_until
    assert contents(landed) == before


@pytest.mark.parametrize("is_index_lost", [True, False])
def test_lost_and_changed_files_are_made_good_and_the_others_left_alone(tmp_path: Path, is_index_lost: bool) -> None:
    first = land(tmp_path, through=FEW.history_until, settings=FEW)
    before = contents(tmp_path)
    lost, changed, kept = (tmp_path / file.path for file in first.ledger.select("order_lines").files[:3])
    written_at = kept.stat().st_mtime_ns
    lost.unlink()
    changed.write_bytes(changed.read_bytes()[::-1])
    if is_index_lost:
        (tmp_path / "_landing.json").write_text("half an ind")
    assert land(tmp_path, through=FEW.history_until, settings=FEW).written == 2
    assert contents(tmp_path) == before
    assert kept.stat().st_mtime_ns == written_at


def test_the_ledger_describes_the_files_that_are_there(landed: Path) -> None:
    ledger = land(landed, through=LAST, settings=FEW).ledger
    told = {file.path: (file.sha256, file.size_bytes) for file in ledger.files}
    there = {name: digest for name, digest in contents(landed).items() if name != "_landing.json"}
    assert {path: digest for path, (digest, _) in told.items()} == there
    assert ledger.size_bytes == sum((landed / name).stat().st_size for name in there)
    for feed in ("order_lines", "customers", "products", "coupon_redemptions", "fx_rates"):
        one = ledger.select(feed)
        assert one.records() == sum(one.records(kind) for kind in RecordKind)


def test_another_seed_breaks_and_delays_other_records(landed: Path, tmp_path: Path) -> None:
    other = LandingSettings(
        seed=1, households=30, history_from=FEW.history_from, history_until=FEW.history_until, arrivals=FEW.arrivals
    )
    ledger = land(tmp_path, through=LAST, settings=other).ledger
    expected = land(landed, through=LAST, settings=FEW).ledger
    assert ledger.records(RecordKind.CORRECTION) > 0
    ours, theirs = contents(tmp_path), contents(landed)
    assert {name for name in theirs if name.startswith("fx_rates")} == {n for n in ours if n.startswith("fx_rates")}
    assert ours != theirs
    assert [file.size_bytes for file in ledger.select("order_lines").files] != [
        file.size_bytes for file in expected.select("order_lines").files
    ]


def test_a_folder_with_a_landing_of_other_settings_is_refused(landed: Path) -> None:
    before = contents(landed)
    with pytest.raises(LandingError, match=r"households=30.*another folder"):
        land(landed, through=LAST, settings=LandingSettings(households=11))
    assert contents(landed) == before


def test_a_day_before_the_first_arrival_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="the first arrival day is 2017-03-04"):
        land(tmp_path, through=FEW.history_from - timedelta(days=1), settings=FEW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"seed": -1}, "seed"),
        ({"households": 0}, "households"),
        ({"history_from": date(2016, 12, 31)}, "history_from"),
        ({"history_until": date(2018, 1, 2)}, "history_until"),
        ({"history_from": date(2017, 12, 1)}, "history_until"),
        ({"arrivals": -1}, "arrivals"),
        ({"seed": -1, "arrivals": -1}, "seed.*arrivals"),
    ],
)
def test_settings_that_the_data_cannot_fill_are_refused_all_at_once(values: dict[str, int], told: str) -> None:
    with pytest.raises(LandingError, match=told):
        LandingSettings(**values)  # type: ignore[arg-type]


def test_missing_data_says_what_to_install() -> None:
    with pytest.raises(LandingError, match=r"no_such_package/data\.zip.*pip install 'tidegate\[demo\]'"):
        packaged_file("no_such_package", "data.zip")


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "feed" / "one.csv"
    assert replace_file(file, b"a")
    assert not replace_file(file, b"a")
    assert replace_file(file, b"b")
    assert file.read_bytes() == b"b"
    assert list(tmp_path.rglob("*")) == [file.parent, file]


def test_no_published_line_of_the_chosen_days_is_lost_at_the_start(landed: Path) -> None:
    ledger = land(landed, through=LAST, settings=FEW).ledger
    assert min(file.arrival_date for file in ledger.files) == FEW.history_from
    assert {file.feed for file in ledger.select(until=FEW.history_from).files} >= {"customers", "products", "fx_rates"}
