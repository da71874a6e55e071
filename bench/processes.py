"""CPU seconds of a process with everything it has started, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _USER_OF_ENDED, _SYSTEM_OF_ENDED = 1, 11, 12, 13, 14


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds, of a process and its descendants, ended children included."""
    table = {
        int(entry.name): fields
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        if (fields := _fields(entry))
    }
    family, waiting = set(), [root]
    while waiting:
        parent = waiting.pop()
        family.add(parent)
        waiting += [pid for pid, fields in table.items() if int(fields[_PARENT]) == parent and pid not in family]
    kinds = (_USER, _SYSTEM, _USER_OF_ENDED, _SYSTEM_OF_ENDED)
    return sum(int(table[pid][kind]) for pid in family if pid in table for kind in kinds) / _TICKS


def _fields(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
