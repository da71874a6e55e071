"""Events checked against OpenLineage's own JSON Schemas, where a copy of them lies beside the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

SCHEMAS = Path(__file__).parents[3] / "shared" / "specs" / "openlineage"
CORE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
FACET_PLACES = ("facets", "inputFacets", "outputFacets")


def check_event(text: str) -> dict[str, Json]:
    """Return an event after checking that it is a valid one, each facet under its name and as its own schema says."""
    event = json.loads(text)
    assert isinstance(event, dict)
    check_structure(event)
    if SCHEMAS.is_dir():
        validator({"$ref": CORE}).validate(event)
    for name, facet in facets(event):
        assert isinstance(facet["_producer"], str)
        address = facet["_schemaURL"]
        assert isinstance(address, str)
        if SCHEMAS.is_dir():
            assert name.startswith("tidegate_") or name in names(address.partition("#")[0])
            validator({"$ref": address}).validate(facet)
    return event


def check_structure(event: dict[str, Json]) -> None:
    """Check what the schemas demand of every event."""
    assert {"eventTime", "producer", "schemaURL", "run", "job"} <= event.keys()
    assert event["eventType"] in {"START", "COMPLETE", "FAIL", "ABORT"}
    run, job = event["run"], event["job"]
    assert isinstance(run, dict)
    assert isinstance(job, dict)
    UUID(str(run["runId"]))
    for role in ("inputs", "outputs"):
        datasets = event[role]
        assert isinstance(datasets, list)
        for named in (job, *datasets):
            assert isinstance(named, dict)
            assert isinstance(named["namespace"], str)
            assert isinstance(named["name"], str)


def facets(value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield every facet of an event, with its name."""
    if isinstance(value, list):
        for item in value:
            yield from facets(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in FACET_PLACES and isinstance(inner, dict):
            for name, facet in inner.items():
                assert isinstance(facet, dict)
                yield name, facet
        yield from facets(inner)


def names(address: str) -> dict[str, Json]:
    """Return the names that a schema gives to its facet."""
    document = registry().contents(address)
    assert isinstance(document, dict)
    properties = document["properties"]
    assert isinstance(properties, dict)
    return properties


@cache
def registry() -> Registry[Json]:
    """Return the schemas by their ids."""
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(SCHEMAS.rglob("*.json"))]
    return Registry().with_resources((document["$id"], Resource.from_contents(document)) for document in documents)


def validator(schema: dict[str, str]) -> Draft202012Validator:
    """Return a validator that looks schemas up in the registry alone."""
    return Draft202012Validator(schema, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
