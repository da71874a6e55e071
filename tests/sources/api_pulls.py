"""Pulls of an HTTP API that a test has started."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest

from tidegate.errors import SourceError
from tidegate.model.connections import HttpConnection
from tidegate.model.declarations import Api, Cursor
from tidegate.model.paging import Paging
from tidegate.sources.apis import Gathered, gather
from tidegate.sources.http_client import HttpClient
from tidegate.sources.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.http_api import HttpApi

    from tidegate.model.cursors import CursorMark
    from tidegate.sources.cursors import Limit

Way: TypeAlias = Literal["page", "offset", "token", "link", "header", "none"]

OVERLAP = 10
PAGINGS: dict[Way, Paging | None] = {
    "none": None,
    "page": Paging("page", parameter="page"),
    "offset": Paging("offset", parameter="offset"),
    "token": Paging("token", parameter="cursor", at="next"),
    "link": Paging("link", at="next"),
    "header": Paging("header"),
}


def declare(way: Way = "offset", cursor: Cursor | None = None, *, since: str | None = "since") -> Api:
    return Api(
        "shop", cursor or Cursor("at", overlap=OVERLAP), "/orders", "data.items", paging=PAGINGS[way], since=since
    )


def pull(
    api: HttpApi,
    declared: Api,
    known: CursorMark | None = None,
    *,
    pause: Callable[[float], object] = lambda _: None,
    retries: int = 5,
    parameters: Mapping[str, str] | None = None,
    limit: Limit | None = None,
) -> tuple[Gathered, list[tuple[int | None, str]]]:
    """Return what was gathered, and the records in the files, with their steps."""
    headers = {"Authorization": "Bearer s3cret"}
    connection = HttpConnection("shop", api.url, headers, retries=retries, parameters=parameters or {})
    with tempfile.TemporaryDirectory() as folder, closing(HttpClient(connection, declared.label, pause)) as client:
        gathered = gather(Pages(client, declared), declared, known, folder, limit=limit)
        lines = [line for file in sorted(Path(folder).iterdir()) for line in file.read_text().split("\n") if line]
    found = [line.split("\t", 1) for line in lines]
    return gathered, [(int(steps) if steps else None, text) for steps, text in found]


def ids(records: list[tuple[int | None, str]]) -> list[int]:
    return [json.loads(text)["id"] for _, text in records]


def failure(api: HttpApi, declared: Api, known: CursorMark | None = None, *, retries: int = 5) -> str:
    with pytest.raises(SourceError) as caught:
        pull(api, declared, known, retries=retries)
    assert "s3cret" not in str(caught.value)
    assert "since=" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)
