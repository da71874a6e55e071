"""Files on a disk that gets full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.small_disk import small_disk

from tidegate import storage
from tidegate.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.small_disk import SmallDisk

pytestmark = pytest.mark.integration


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=1) as found:
        yield found


@pytest.mark.parametrize("write", [storage.write_new, storage.replace])
def test_a_file_is_written_whole_or_not_at_all(disk: SmallDisk, write: object) -> None:
    old, new = str(disk.folder / "old"), str(disk.folder / "new")
    storage.write_new(old, b"old")
    disk.fill(left=8192)
    target = new if write is storage.write_new else old
    with pytest.raises(StorageError, match="No space left on device") as caught:
        write(target, b"x" * 100_000)  # type: ignore[operator]
    assert caught.value.hint == "free some space, and run again"
    assert not caught.value.retryable
    assert storage.read_bytes(old) == b"old"
    assert storage.list_names(str(disk.folder)) == (".filler", "old")
    disk.empty()
    write(target, b"x" * 100_000)  # type: ignore[operator]
    assert storage.read_bytes(target) == b"x" * 100_000
