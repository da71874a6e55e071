"""Suites of Great Expectations as values: from the JSON of a suite, from a project, or from a contract itself.

The package is not needed for it, nor is anything known here of what an expectation means.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.model.contracts import Expectation
from tidegate.model.nearest import did_you_mean
from tidegate.storage import read_bytes
from tidegate.storage.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.storage.yaml_documents import YamlValue

ENGINE = "greatExpectations"

_FORMS = "a suite's file, {suite: file}, {project: folder, suite: name}, {expectations: […]} or {type: …, kwargs: {…}}"
_SEVERITIES = ("critical", "info", "warning")
_PROJECT = "great_expectations.yml"
_STORE = "expectations_store"
_FOLDER = "expectations/"
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])(?=[a-z])")
# What says how much of the data a result shows; the gate's results show none.
_FORMATS = frozenset({"catch_exceptions", "include_config", "result_format"})


@dataclass(frozen=True)
class Entry:
    """One expectation of a suite.

    Attributes:
        expectation: The expectation.
        kwargs: Its arguments.
        meta: What its suite notes about it.
        description: What it means, in the words of the suite.
    """

    expectation: Expectation
    kwargs: Mapping[str, YamlValue]
    meta: Mapping[str, YamlValue]
    description: str = ""


class SuiteError(ValueError):
    """A suite or an expectation that cannot be read; the message says why."""


def read_suite(given: YamlValue, location: str, column: str | None) -> Iterator[Entry]:
    """Yield the expectations that the `implementation` of a quality item means.

    Args:
        given: What stands there.
        location: Where the contract comes from; a file is named from there.
        column: The column that the item stands at; it is that of expectations which name none.

    Raises:
        SuiteError: It is no suite, or its file cannot be read.
    """
    listed = _expectations(given, location)
    if not listed:
        raise SuiteError("the suite has no expectation, so nothing would be checked")
    for number, item in enumerate(listed, start=1):
        try:
            yield _entry(item, column)
        except SuiteError as error:
            raise SuiteError(f"expectation {number}: {error}" if len(listed) > 1 else str(error)) from error


def _expectations(given: YamlValue, location: str) -> Sequence[YamlValue]:
    if isinstance(given, str):
        given = {"suite": given} if given.strip().endswith(".json") else _parsed(given.encode(), "implementation")
    if isinstance(given, list):
        return given
    if not isinstance(given, dict):
        raise SuiteError(f"implementation is {_FORMS}")
    if "expectations" in given:
        found = given["expectations"]
        if not isinstance(found, list):
            raise SuiteError("the expectations of a suite are a list")
        return found
    return _expectations(_of_file(given, location), location) if {"project", "suite"} & given.keys() else [given]


def _of_file(given: Mapping[str, YamlValue], location: str) -> dict[str, YamlValue]:
    suite, project = given.get("suite"), given.get("project")
    if not isinstance(suite, str) or not isinstance(project, str | None) or len(given) > 1 + ("project" in given):
        raise SuiteError(f"implementation is {_FORMS}")
    where = _below(location, suite) if project is None else _in_project(_below(location, project), suite)
    found = _parsed(_read(where), where)
    if not isinstance(found, dict) or "expectations" not in found:
        raise SuiteError(f"{where} is no suite of Great Expectations: it has no expectations")
    return found


def _in_project(folder: str, suite: str) -> str:
    """Return the file of a suite of a project, as the project's own settings say it."""
    settings = _parsed(_read(f"{folder}/{_PROJECT}"), f"{folder}/{_PROJECT}")
    name = _inner(settings, "expectations_store_name")
    backend = _inner(_inner(_inner(settings, "stores"), name if isinstance(name, str) else _STORE), "store_backend")
    below = _inner(backend, "base_directory")
    return f"{folder}/{(below if isinstance(below, str) else _FOLDER).strip('/')}/{suite.replace('.', '/')}.json"


def _inner(value: YamlValue, name: str) -> YamlValue:
    return value.get(name) if isinstance(value, dict) else None


def _below(location: str, path: str) -> str:
    """Return the address of a file that is named from where the contract lies."""
    if path.startswith("/") or "://" in path:
        return path
    scheme, mark, rest = location.rpartition("://")
    return f"{scheme}{mark}{normpath(f'{rest}/../{path}')}"


def _read(uri: str) -> bytes:
    try:
        return read_bytes(uri)
    except TidegateError as error:
        raise SuiteError(f"{uri} cannot be read: {error.what}") from error


def _parsed(data: bytes, location: str) -> YamlValue:
    """Return what a text of JSON or YAML holds: JSON is a part of YAML, and here no key may be given twice."""
    document = parse_yaml(data, location)
    if document.problems:
        raise SuiteError(f"{location}:{document.problems[0].line}: {document.problems[0].text}")
    return document.value


def _entry(item: YamlValue, column: str | None) -> Entry:
    given = item if isinstance(item, dict) else {}
    type_ = given.get("type", given.get("expectation_type"))
    kwargs, meta = given.get("kwargs") or {}, given.get("meta") or {}
    if not isinstance(type_, str) or not isinstance(kwargs, dict) or not isinstance(meta, dict):
        raise SuiteError("an expectation is {type: expect_…, kwargs: {…}}")
    named = {_CAPITAL.sub(lambda found: f"_{found[1].lower()}", key): value for key, value in kwargs.items()}
    named = {key: value for key, value in named.items() if value is not None and key not in _FORMATS}
    if column is not None and type_.startswith("expect_column_") and not {"column", "column_A"} & named.keys():
        named["column"] = column
    _refuse_parameters(named)
    identity, severity = given.get("id"), given.get("severity") or "critical"
    if severity not in _SEVERITIES:
        hint = did_you_mean(str(severity), _SEVERITIES)
        raise SuiteError(f"the severity {severity!r} is not one of {', '.join(_SEVERITIES)}{hint}")
    return Entry(
        Expectation(
            type=type_,
            kwargs=json.dumps(named, ensure_ascii=False, sort_keys=True),
            severity=str(severity),
            id=identity if isinstance(identity, str) else None,
            mostly=_mostly(type_, named),
        ),
        named,
        meta,
        str(given.get("description") or "").strip(),
    )


def _refuse_parameters(kwargs: Mapping[str, YamlValue]) -> None:
    for name, value in kwargs.items():
        if isinstance(value, dict) and "$PARAMETER" in value:
            raise SuiteError(f"{name} is a suite parameter, and a run has none; write the value")


def _mostly(type_: str, kwargs: Mapping[str, YamlValue]) -> float | None:
    """Return the share that must pass; all of it where the expectation is about values and says nothing."""
    given = kwargs.get("mostly")
    if given is None:
        is_about_rows = type_.startswith(("expect_column_value", "expect_column_pair_values", "expect_compound"))
        return 1.0 if is_about_rows else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise SuiteError("mostly is a share from 0 to 1")
    return float(given)
