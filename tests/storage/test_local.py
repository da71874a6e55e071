from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate import storage
from tidegate.errors import AlreadyExistsError, StorageError
from tidegate.storage.address import Address, parse
from tidegate.storage.local import check_removable

WRITE_ALL = """
import sys
from tidegate import storage
from tidegate.errors import AlreadyExistsError
folder, writer, count = sys.argv[1:]
for number in range(int(count)):
    try:
        storage.write_new(f"{folder}/{number:03}", writer.encode() * 1000)
        print(number)
    except AlreadyExistsError:
        pass
"""
REPLACE_FOREVER = """
import itertools, sys
from tidegate import storage
for number in itertools.count():
    storage.replace(sys.argv[1], bytes([number % 256]) * 2_000_000)
    print(number, flush=True)
"""


@pytest.mark.integration
def test_of_processes_that_write_the_same_names_exactly_one_wins_each(tmp_path: Path) -> None:
    writers = {
        name: subprocess.Popen(
            [sys.executable, "-c", WRITE_ALL, str(tmp_path), name, "200"], stdout=subprocess.PIPE, text=True
        )
        for name in "abc"
    }
    won = {name: process.communicate()[0].split() for name, process in writers.items()}

    assert all(process.returncode == 0 for process in writers.values())
    assert sorted(int(number) for numbers in won.values() for number in numbers) == list(range(200))
    for name, numbers in won.items():
        assert all((tmp_path / f"{int(number):03}").read_text() == name * 1000 for number in numbers)
    assert len(list(tmp_path.iterdir())) == 200


@pytest.mark.integration
def test_a_reader_sees_whole_files_while_a_writer_works_and_after_it_is_killed(tmp_path: Path) -> None:
    target = tmp_path / "state"
    with subprocess.Popen(
        [sys.executable, "-c", REPLACE_FOREVER, str(target)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seen = [storage.read_bytes(str(target)) for _ in range(50)]
        process.kill()

    seen.append(storage.read_bytes(str(target)))
    assert all(content == content[:1] * 2_000_000 for content in seen)
    assert len({content[:1] for content in seen}) > 1
    assert storage.list_names(str(tmp_path)) == ("state",)


def test_a_reader_that_has_begun_goes_on_with_the_old_content(tmp_path: Path) -> None:
    target = tmp_path / "state"
    storage.replace(str(target), b"old")
    with target.open("rb") as reader:
        storage.replace(str(target), b"new and longer")

        assert reader.read() == b"old"
    assert target.read_bytes() == b"new and longer"


def test_a_file_is_as_readable_as_the_process_makes_its_files(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        storage.write_new(str(tmp_path / "new"), b"")
        storage.replace(str(tmp_path / "replaced"), b"")
    finally:
        os.umask(previous)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o640}


def test_links_are_neither_listed_nor_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "file").symlink_to(tmp_path / "outside" / "secret")
    os.mkfifo(inside / "pipe")
    (inside / "real").write_text("x")

    assert [file.uri for file in storage.list_files(str(inside))] == [str(inside / "real")]
    storage.delete_tree(str(inside))
    assert (tmp_path / "outside" / "secret").exists()


def test_removing_a_link_leaves_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    storage.delete_tree(str(tmp_path / "link"))

    assert [path.name for path in tmp_path.iterdir()] == ["real"]


@pytest.mark.parametrize("operation", [storage.delete, storage.read_bytes])
def test_a_folder_is_not_a_file(tmp_path: Path, operation: object) -> None:
    assert callable(operation)
    with pytest.raises(StorageError) as caught:
        operation(str(tmp_path))

    assert caught.value.where == str(tmp_path)
    assert tmp_path.is_dir()


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(StorageError) as caught:
        storage.write_new(str(tmp_path / "file" / "below"), b"")

    assert not isinstance(caught.value, AlreadyExistsError)


@pytest.mark.parametrize(
    ("number", "is_retryable"), [(errno.ENOSPC, False), (errno.EBUSY, True), (errno.EACCES, False)]
)
def test_a_failed_write_leaves_nothing_and_says_whether_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, is_retryable: bool
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError) as caught:
        storage.write_new(str(tmp_path / "x"), b"1")

    assert caught.value.retryable == is_retryable
    assert list(tmp_path.iterdir()) == []


def test_without_hard_links_an_exclusive_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(StorageError, match="no hard links"):
        storage.write_new(str(tmp_path / "x"), b"1")

    assert list(tmp_path.iterdir()) == []


def test_local_files_need_no_further_package() -> None:
    script = "import sys; from tidegate import storage; storage.exists('/'); print({'fsspec', 's3fs'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


# These ask the guard and never the removal: if the guard were broken, a removal would take the machine with it.
@pytest.mark.parametrize(
    "path", ["/", "//", "/.", "/usr/..", "/etc", "/usr/../etc", "/usr/bin/../..", "/proc", ".", "..", "~"]
)
def test_what_no_table_ever_is_may_not_be_removed(path: str) -> None:
    place = str(Path(path).expanduser()) if path == "~" else path

    with pytest.raises(StorageError, match="never removed"):
        check_removable(Address(place, "local", "", place))


def test_a_link_to_such_a_folder_may_not_be_removed_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")

    with pytest.raises(StorageError, match="never removed"):
        check_removable(parse(str(tmp_path / "link" / "etc")))


def test_a_folder_of_a_lake_may_be_removed(tmp_path: Path) -> None:
    check_removable(parse(str(tmp_path / "lake" / "bronze")))


def test_the_removal_asks_the_guard_before_it_touches_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    (folder / "below").mkdir(parents=True)
    monkeypatch.chdir(folder / "below")

    with pytest.raises(StorageError, match="never removed"):
        storage.delete_tree(str(folder))

    assert (folder / "below").is_dir()
