"""Options of a format, as a declaration gives them: checked, with defaults, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.model.declarations import Files

ENCODINGS = ("utf-8", "iso-8859-1", "windows-1252")
_ALLOWED = {
    "jsonl": ("encoding", "rename"),
    "csv": ("delimiter", "encoding", "escape", "multiline", "quote", "rename"),
    "xml": ("rename", "row"),
    "parquet": ("rename",),
}
_NAMED_CHARACTERS = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True)
class Options:
    """How the files of a feed are written.

    Attributes:
        encoding: Encoding of the text, one of `ENCODINGS`.
        delimiter: Character between the fields of a CSV line.
        quote: Character around a CSV field that holds the delimiter, a quote or (with `is_multiline`) a line break.
        escape: Character before a quote within a quoted CSV field.
        is_multiline: Whether quoted CSV fields may hold line breaks.
        row: Names of the elements that lead to an XML record, outermost first.
        is_anchored: Whether `row` starts at the document's root.
        rename: Column by the name that the files give the field.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    is_multiline: bool = False
    row: tuple[str, ...] = ()
    is_anchored: bool = False
    rename: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def field_of(self, column: str) -> str:
        """Return the name that the files give a column."""
        return next((field for field, renamed in self.rename.items() if renamed == column), column)


def parse_options(files: Files) -> Options:
    """Return the options of a declaration.

    Raises:
        JobDefinitionError: An option is unknown for the format, given twice, or has a value that is not allowed.
    """
    given = dict(files.options)
    allowed = _ALLOWED[files.format]
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise _refusal(
            files, f"{files.format} files have no option {unknown[0]!r}", f"allowed are {', '.join(allowed)}"
        )
    if len(given) < len(files.options):
        raise _refusal(files, "an option is given twice", "give each option once")
    row = given.get("row", "")
    return Options(
        encoding=_encoding(files, given.get("encoding", "utf-8")),
        delimiter=_character(files, "delimiter", given.get("delimiter", ",")),
        quote=_character(files, "quote", given.get("quote", '"')),
        escape=_character(files, "escape", given.get("escape", given.get("quote", '"'))),
        is_multiline=_flag(files, "multiline", given.get("multiline", "false")),
        row=_row(files, row),
        is_anchored=row.startswith("/"),
        rename=_rename(files, given.get("rename", "")),
    )


def _encoding(files: Files, text: str) -> str:
    wanted = text.strip().lower().replace("_", "-")
    wanted = {"utf8": "utf-8", "latin-1": "iso-8859-1", "latin1": "iso-8859-1", "cp1252": "windows-1252"}.get(
        wanted, wanted
    )
    if wanted not in ENCODINGS:
        raise _refusal(files, f"the encoding {text!r} is not supported", f"allowed are {', '.join(ENCODINGS)}")
    return wanted


def _character(files: Files, name: str, text: str) -> str:
    found = _NAMED_CHARACTERS.get(text, text)
    if len(found) != 1 or found in "\r\n" or not found.isascii():
        raise _refusal(files, f"the option {name} is not a single character", "give one ASCII character, or tab")
    return found


def _flag(files: Files, name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise _refusal(files, f"the option {name} is neither true nor false", f'write ("{name}", "true")')
    return text == "true"


def _row(files: Files, text: str) -> tuple[str, ...]:
    names = tuple(text.removeprefix("/").split("/")) if text else ()
    if files.format == "xml" and (not names or not all(names)):
        raise _refusal(
            files, "XML needs the option row: the path of the element that is a record", 'such as "Cube/Cube/Cube"'
        )
    return names


def _rename(files: Files, text: str) -> Mapping[str, str]:
    pairs = [tuple(part.strip() for part in pair.split("=")) for pair in text.split(",") if pair.strip()]
    is_sound = all(len(pair) == 2 and all(pair) for pair in pairs)  # noqa: PLR2004 - a name and a name
    names = {pair[0]: pair[-1] for pair in pairs}
    if not is_sound or len({pair[-1] for pair in pairs}) != len(pairs) or len(names) != len(pairs):
        raise _refusal(
            files, "the option rename is not a list of field=column", 'such as "time=rate_date, Currency=currency"'
        )
    return MappingProxyType(names)


def _refusal(files: Files, what: str, hint: str) -> JobDefinitionError:
    return JobDefinitionError(what, where=f"Files({files.feed!r}, format={files.format!r})", hint=hint)
