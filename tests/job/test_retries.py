"""A batch is offered again while other writers come first, a bounded number of times, after growing waits."""

from __future__ import annotations

import pytest

from tidegate.errors import ConcurrentWriteError, PublishError
from tidegate.job.retries import LONGEST_WAIT_SECONDS, Retries
from tidegate.tables.port import Published


class Table:
    """A table at which others come first so many times."""

    def __init__(self, lost: int, error: type[PublishError] = ConcurrentWriteError) -> None:
        self.lost, self.error, self.offers = lost, error, 0

    def publish(self) -> Published:
        self.offers += 1
        if self.offers <= self.lost:
            raise self.error("somebody came first", where="silver.orders")
        return Published(1, 2)


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_what_fits_in_the_attempts_is_published(lost: int) -> None:
    waits: list[float] = []
    table = Table(lost)
    assert Retries(3, 0.5, waits.append).publish(table.publish) == Published(1, 2)
    assert table.offers == lost + 1
    assert all(0 <= wait <= 0.5 * 2**place for place, wait in enumerate(waits))
    assert len(waits) == lost


def test_who_always_comes_last_is_told() -> None:
    table = Table(9)
    with pytest.raises(ConcurrentWriteError):
        Retries(2, 0.0, lambda _: None).publish(table.publish)
    assert table.offers == 3


def test_a_refusal_is_not_offered_again() -> None:
    table = Table(1, PublishError)
    with pytest.raises(PublishError):
        Retries(5, 0.0, lambda _: None).publish(table.publish)
    assert table.offers == 1


def test_waits_are_spread_and_bounded() -> None:
    waits: list[float] = []
    Retries(40, 5.0, waits.append).publish(Table(40).publish)
    assert max(waits) <= LONGEST_WAIT_SECONDS
    assert len(set(waits)) > 30
