"""How a table should lie on disk, decided from its statistics alone: no Spark, no file is touched here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tidegate.tables.columns import file_count
from tidegate.tables.upkeep.layout import FEW_FILES, Decision, Layout, Wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.tables.upkeep.layout import Partition, Shape, Usage

MANIFEST_BYTES = 8 * 1024**2  # what Iceberg makes them

_MIB = 1024**2
_GIB = 1024**3
_LEAST_TARGET, _LARGEST_TARGET = 256 * 1024, _GIB
_BYTES_OF_A_ROW = 50  # where the log does not tell
_WORTH_A_FOLDER = _GIB
_SMALL = 0.5
_TOO_MANY = 0.25
_DAYS_OF_A_MONTH = 30
_LEVEL = 9
_APART = 0.5  # with less overlap a column grows along with the order of the files
_EVERYWHERE = 0.9  # with more, no file is left out
_PRESCRIBED = "the configuration says so"


def advise(shape: Shape, usage: Usage, wishes: Wishes | None = None) -> Layout:
    """Return how the table should lie, with the reason of every choice.

    Args:
        shape: The table's statistics.
        usage: How jobs use it.
        wishes: What the configuration prescribes.
    """
    wishes = wishes or Wishes()
    partition, why_partition = _partition(shape, usage)
    cluster_by, why_cluster = _cluster_by(usage)
    target, why_target = _target(shape, wishes)
    level, why_level = _level(wishes)
    encodings, why_encodings = _encodings(shape, wishes)
    plain, why_plain = _without_dictionary(shape, cluster_by, usage, encodings)
    statistics, why_statistics = _statistics(shape, cluster_by, usage)
    is_due, is_purge, why_due = _compaction(shape, target, wishes)
    decisions = (
        Decision("partition by", partition, why_partition),
        Decision("sort by", ", ".join(cluster_by) or "nothing", why_cluster),
        Decision("file size", _size(target), why_target),
        Decision("compression", f"zstd {level}", why_level),
        Decision("encodings", f"version {encodings}", why_encodings),
        Decision("dictionary", f"all but {', '.join(plain)}" if plain else "all", why_plain),
        Decision("statistics", ", ".join(statistics) or "all", why_statistics),
        Decision("compact now", "yes" if is_due else "no", why_due),
    )
    return Layout(
        partition=partition,
        cluster_by=cluster_by,
        target_file_bytes=target,
        compression_level=level,
        encodings=encodings,
        without_dictionary=plain,
        statistics=statistics,
        struck_share=wishes.struck_share,
        is_compaction_due=is_due,
        is_purge_due=is_purge,
        decisions=decisions,
    )


def is_debt(sizes: Sequence[int], target: int, least: int = FEW_FILES) -> bool:
    """Return whether enough of some files could go if the small ones were put together.

    Args:
        sizes: Sizes of all files.
        target: Size that they should have.
        least: How many have to be superfluous.
    """
    fewer = _superfluous(sizes, target)
    return fewer >= least and fewer >= len(sizes) * _TOO_MANY


def _superfluous(sizes: Sequence[int], target: int) -> int:
    small = [size for size in sizes if size < target * _SMALL]
    return max(len(small) - max(-(-sum(small) // target), 1), 0)


def _partition(shape: Shape, usage: Usage) -> tuple[Partition, str]:
    if usage.event_column is None or not shape.days:
        return "none", "no event time is known to cut the table by"
    per_day = shape.bytes / shape.days
    told = f"a day has {_size(per_day)}"
    if per_day >= _WORTH_A_FOLDER:
        return "day", f"{told}, enough for files of its own"
    if per_day * _DAYS_OF_A_MONTH >= _WORTH_A_FOLDER:
        return "month", f"{told}, too little for a folder, and a month has {_size(per_day * _DAYS_OF_A_MONTH)}"
    return "none", f"{told}: folders would hold many small files, and sorted files are skipped as well"


def _cluster_by(usage: Usage) -> tuple[tuple[str, ...], str]:
    if usage.cluster_by:
        return usage.cluster_by, "the job that writes the table says so"
    event = (usage.event_column,) if usage.event_column else ()
    columns = tuple(dict.fromkeys((*event, *(usage.keys or usage.filters[:1]))))
    if event:
        return columns, "merges look for keys among the days of a batch, so files should hold few days"
    if usage.keys:
        return columns, "merges look for keys, and files of a range of keys are skipped by the others"
    if columns:
        return columns, "jobs look for rows by it"
    return (), "no job says how it looks for rows"


def _target(shape: Shape, wishes: Wishes) -> tuple[int, str]:
    if wishes.target_file_mib is not None:
        return wishes.target_file_mib * _MIB, _PRESCRIBED
    rows = shape.rows if shape.rows is not None else shape.bytes // _BYTES_OF_A_ROW
    files = file_count(rows)
    target = min(max(-(-shape.bytes // files), _LEAST_TARGET), _LARGEST_TARGET)
    return target, f"{_size(shape.bytes)} in about {rows:,} rows make {files} files that merges touch one by one"


def _level(wishes: Wishes) -> tuple[int, str]:
    if wishes.compression_level is not None:
        return wishes.compression_level, _PRESCRIBED
    return _LEVEL, "files are written once and read often, and reading costs the same at every level"


def _encodings(shape: Shape, wishes: Wishes) -> tuple[Literal[1, 2], str]:
    if shape.encodings is not None:
        return shape.encodings, "the format's writers know no other"
    if wishes.encodings is not None:
        return wishes.encodings, _PRESCRIBED
    return 2, "sorted columns are stored as differences, which are shorter"


def _without_dictionary(
    shape: Shape, cluster_by: tuple[str, ...], usage: Usage, encodings: Literal[1, 2]
) -> tuple[tuple[str, ...], str]:
    if encodings == 1:
        return (), "without it, values would be stored in full"
    along = (name for name, overlap in shape.overlaps.items() if overlap <= _APART)
    sorted_by = tuple(dict.fromkeys((*cluster_by, *usage.keys, *usage.times, *along)))
    if not sorted_by:
        return (), "no column is known to be sorted or to differ from row to row"
    return sorted_by, "these grow from row to row or hardly repeat, so the difference is shorter than a place"


def _statistics(shape: Shape, cluster_by: tuple[str, ...], usage: Usage) -> tuple[tuple[str, ...], str]:
    along = (name for name, overlap in shape.overlaps.items() if overlap <= _APART)
    looked_for = (*usage.filters, *usage.times)
    helped = (name for name in looked_for if shape.overlaps.get(name, 0) <= _EVERYWHERE)
    wanted = dict.fromkeys((*cluster_by, *usage.keys, *helped, *along))
    known = tuple(name for name in wanted if name in shape.columns)
    if not known:
        return (), "nothing is known of how jobs look for rows"
    if len(known) == len(shape.columns):
        return known, "files differ in every column, or are looked for by it"
    return known, f"of {len(shape.columns)} columns only these leave files out: files differ in them, or are looked for"


def _compaction(shape: Shape, target: int, wishes: Wishes) -> tuple[bool, bool, str]:
    """Return whether small files or struck rows have become a debt that is worth paying back, and which."""
    if not shape.is_rewritable:
        return False, False, "a batch keeps its files, because readers find what is new by them"
    sizes = [file.bytes for file in shape.files]
    fewer, strikes = _superfluous(sizes, target), len(shape.strikes)
    there = f"{len(sizes)} files" + (f" and {strikes} of deletes" if strikes else "")
    struck, rows = shape.struck, sum(file.rows or 0 for file in shape.files)
    held = rows + sum(file.struck for file in shape.files)
    is_purge = bool(struck) and struck >= held * wishes.struck_share
    count = fewer + strikes
    if count >= wishes.small_files and count >= (len(sizes) + strikes) * _TOO_MANY:
        return True, is_purge, f"of {there}, {count} could go"
    if is_purge:
        return True, True, f"{struck:,} of {held:,} rows in the files are struck out"
    return False, False, f"of {there}, {count} could go, and {struck:,} rows are struck out: not worth a rewrite"


def _size(count: float) -> str:
    for unit, size in (("GiB", _GIB), ("MiB", _MIB), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"
