"""The sizes and names that keep a file readable at one sitting, for every Python file of the repository."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LINES = 300
FUNCTION_LINES = 40
VAGUE_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

ROOT = Path(__file__).parents[1]
FILES = sorted(file for folder in ("src", "jobs", "tests", "bench") for file in (ROOT / folder).rglob("*.py"))


def long_functions(source: str) -> Iterator[tuple[int, str, int]]:
    """Yield line, name and length of each function that is too long; its docstring does not count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            lines = function_lines(node)
            if lines >= FUNCTION_LINES:
                yield node.lineno, node.name, lines


def function_lines(node: Function) -> int:
    """Return the lines from `def` to the end, less those of the docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short_and_named_by_a_noun(file: Path) -> None:
    where = file.relative_to(ROOT)
    source = file.read_text(encoding="utf-8")
    lines = source.count("\n")
    faults = [
        f"{where}:{line}: function {name} has {size} lines besides its docstring; allowed: {FUNCTION_LINES - 1}"
        for line, name, size in long_functions(source)
    ]
    if lines >= FILE_LINES:
        faults.append(f"{where}: {lines} lines; allowed: {FILE_LINES - 1}; split it by noun")
    faults += [
        f"{where}: the name {part!r} says nothing about what is inside"
        for part in where.with_suffix("").parts
        if part.strip("_") in VAGUE_NAMES
    ]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def test_a_function_of_forty_lines_is_too_long_and_its_docstring_does_not_count() -> None:
    def function(name: str, lines: int) -> str:
        return f'def {name}():\n    """Say\n    what.\n    """\n' + "    pass\n" * (lines - 1)

    source = function("short", FUNCTION_LINES - 1) + function("long", FUNCTION_LINES)
    assert [(name, size) for _, name, size in long_functions(source)] == [("long", FUNCTION_LINES)]
