"""What a watch looks at has a better and a worse: fuller, nearer to the source, more consistent, steadier."""

from __future__ import annotations

import pytest

from tidegate.contracts.changes.levels import service_level_changes
from tidegate.model.contracts import Contract, Details, ServiceLevel
from tidegate.model.names import TableName


def promising(property_: str, value: float) -> Contract:
    levels = (ServiceLevel(property_, value, "percent", "orders.state"),)
    return Contract(TableName("silver", "orders"), "1.0.0", (), (), details=Details(service_levels=levels))


@pytest.mark.parametrize(
    ("property_", "worse", "better"),
    [("completeness", 98, 99.5), ("rowCount", 2, 1), ("consistency", 5, 0), ("drift", 4, 3)],
)
def test_a_better_promise_is_additive_and_a_worse_one_breaks(property_: str, worse: float, better: float) -> None:
    (up,) = service_level_changes(promising(property_, worse), promising(property_, better))
    (down,) = service_level_changes(promising(property_, better), promising(property_, worse))
    assert (up.level, down.level) == ("additive", "breaking")
