"""Which versions still count once some were withdrawn by a restore."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.tables.versions import segments


@pytest.mark.parametrize(
    ("restores", "since", "until", "expected"),
    [
        ({}, 3, 3, ()),
        ({}, 1, 4, ((2, 4),)),
        ({5: 2}, 2, 5, ()),
        ({5: 2}, 2, 7, ((6, 7),)),
        ({5: 3}, 2, 7, ((3, 3), (6, 7))),
        ({5: 2}, 4, 5, ((5, 5),)),
        ({5: 2}, 4, 7, ((5, 5), (6, 7))),
        ({5: 3, 7: 5}, 2, 8, ((3, 3), (8, 8))),
        ({5: None}, 2, 6, ((5, 5), (6, 6))),
    ],
)
def test_what_was_withdrawn_is_left_out(
    restores: dict[int, int | None], since: int, until: int, expected: tuple[tuple[int, int], ...]
) -> None:
    assert segments(restores, since, until) == expected


@given(st.data())
def test_a_reader_that_follows_the_segments_ends_with_the_table_s_own_versions(data: st.DataObject) -> None:
    """Model: the table is the list of versions that made it; a restore brings a list back."""
    tables: list[tuple[int, ...]] = [()]
    restores: dict[int, int | None] = {}
    for version in range(1, data.draw(st.integers(1, 12)) + 1):
        target = data.draw(st.none() | st.integers(0, version - 1))
        if target is not None:
            restores[version] = target
        tables.append(tables[target] if target is not None else (*tables[-1], version))
    until = len(tables) - 1
    since = data.draw(st.integers(0, until))
    read = {version for first, last in segments(restores, since, until) for version in range(first, last + 1)}
    missing = set(tables[until]) - set(tables[since])
    came_back = {version for version in read if version in restores}
    assert missing - read == set() or came_back
    assert read - came_back <= set(tables[until])
