"""CPU seconds of a process with everything it has started, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _USER_OF_ENDED, _SYSTEM_OF_ENDED = 1, 11, 12, 13, 14


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds, of a process and its descendants, ended children included."""
    table = _table()
    kinds = (_USER, _SYSTEM, _USER_OF_ENDED, _SYSTEM_OF_ENDED)
    return sum(int(table[pid][kind]) for pid in _family(root, table) if pid in table for kind in kinds) / _TICKS


def _table() -> dict[int, list[str]]:
    entries = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {int(entry.name): fields for entry in entries if (fields := _fields(entry))}


def _family(root: int, table: dict[int, list[str]]) -> set[int]:
    family, waiting = set(), [root]
    while waiting:
        parent = waiting.pop()
        family.add(parent)
        waiting += [pid for pid, fields in table.items() if int(fields[_PARENT]) == parent and pid not in family]
    return family


def _fields(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def io_bytes(root: int) -> tuple[int, int]:
    """Return the bytes that a process and its living descendants have read and written by calls of the system.

    What comes from the system's cache counts; what is mapped into memory does not.
    """
    read = written = 0
    for pid in _family(root, _table()):
        try:
            lines = Path(f"/proc/{pid}/io").read_text().split()
        except OSError:
            continue
        read, written = read + int(lines[1]), written + int(lines[3])
    return read, written
