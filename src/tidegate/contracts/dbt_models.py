"""The models of a dbt project as texts: which tables each reads, and which columns its SQL names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate.storage import join, list_files, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.names import TableName

_SOURCE = re.compile(r"""\bsource\(\s*['"](\w+)['"]\s*,\s*['"](\w+)['"]\s*\)""")
_REF = re.compile(r"""\bref\(\s*['"](\w+)['"]\s*\)""")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)


def model_texts(project: str) -> dict[str, str]:
    """Return the SQL of a dbt project's models by their files, without comments; nothing where there is no project.

    Args:
        project: The folder of `dbt_project.yml`.

    Raises:
        StorageError: A folder or file cannot be read.
    """
    files = list_files(join(project, "models"), suffix=".sql")
    return {file.uri: _COMMENT.sub("", read_bytes(file.uri).decode()) for file in files}


def sources_in(text: str) -> set[tuple[str, str]]:
    """Return the tables that an SQL text reads as `source('layer', 'dataset')`, as pairs of layer and dataset."""
    return set(_SOURCE.findall(text))


def readers_of(table: TableName, texts: Mapping[str, str], *, is_model: bool) -> dict[str, bool]:
    """Return the models that read a table, in the order of their files, and whether each does so itself.

    Args:
        table: The table.
        texts: The SQL of all models, by their files.
        is_model: Whether a model of the project makes the table; it is read as `ref('dataset')` then, and as
            `source('layer', 'dataset')` otherwise, or through models that do.
    """
    source = (table.layer, table.dataset)
    direct = {
        file
        for file, text in texts.items()
        if (table.dataset in _REF.findall(text) if is_model else source in sources_in(text))
    }
    found, more = set(direct), set(direct)
    while more:
        near = {model_name(file) for file in more}
        more = {file for file, text in texts.items() if near.intersection(_REF.findall(text))} - found
        found |= more
    return {file: file in direct for file in sorted(found)}


def names_column(text: str, column: str) -> bool:
    """Return whether an SQL text has the name of a column, as a word; capitals do not count."""
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.IGNORECASE) is not None


def model_name(file: str) -> str:
    """Return the name of the model that a file holds."""
    return file.rpartition("/")[2].removesuffix(".sql")
