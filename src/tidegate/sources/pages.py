"""The pages of an API, one after the other. No Spark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.errors import SourceError
from tidegate.sources.http_client import Request
from tidegate.sources.json_pages import parse_page, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidegate.model.declarations import Api
    from tidegate.model.paging import Paging
    from tidegate.sources.http_client import Answer, HttpClient
    from tidegate.sources.json_pages import Page, Record

MOST_BEGINNINGS = 4
MOST_REPEATS = 3


class Pages:
    """The pages of one source."""

    def __init__(self, client: HttpClient, declared: Api) -> None:
        """Ask nothing yet.

        Args:
            client: Asks the API.
            declared: The source.
        """
        self._client, self._declared = client, declared
        self._asked = 0

    def read(self, since: str | None = None) -> Iterator[Sequence[Record]]:
        """Yield the records page by page; some may come twice where the source changes meanwhile.

        Pages by number or offset end with the first that has no new records: fewer than were asked for may be all that
        the API gives at once.

        Args:
            since: What the declared parameter is given; None for all records.

        Raises:
            SourceError: The API cannot be asked, an answer cannot be read, or the pages do not end.
        """
        paging, first = self._declared.paging, self._first(since)
        self._asked = 0
        if paging is None:
            yield self._page(first)[1].records
        elif paging.by == "offset":
            yield from self._by_offset(first, paging)
        else:
            yield from self._one_by_one(first, paging)

    def _first(self, since: str | None) -> Request:
        declared, paging = self._declared, self._declared.paging
        parameters = dict(declared.parameters)
        if declared.since and since is not None:
            parameters[declared.since] = since
        if paging and paging.size_parameter:
            parameters[paging.size_parameter] = str(paging.size)
        if paging and paging.parameter and paging.by != "token":
            parameters[paging.parameter] = str(paging.start)
        return Request(self._client.below(declared.path), tuple(parameters.items()))

    def _page(self, request: Request) -> tuple[Answer, Page]:
        paging = self._declared.paging
        if paging is not None and self._asked >= paging.most_pages:
            raise self._refusal(
                f"the API has more than {paging.most_pages:,} pages", "declare most_pages, or ask for larger pages"
            )
        self._asked += 1
        answer = self._client.get(request)
        return answer, parse_page(answer.body, self._declared)

    def _one_by_one(self, first: Request, paging: Paging) -> Iterator[Sequence[Record]]:
        request: Request | None = first
        asked: set[Request] = set()
        before: list[str] = []
        repeats = 0
        while request is not None:
            if request in asked:
                raise self._refusal("a page leads to one that has been read", "declare at= as the API describes it")
            asked.add(request)
            answer, page = self._page(request)
            texts = _texts(page.records)
            repeats = repeats + 1 if texts and texts == before else 0
            if repeats >= MOST_REPEATS:  # fewer may come of records that move while they are read
                raise self._refusal("page after page has the same records", "check the paging's parameter")
            yield page.records
            before = texts
            if paging.by == "page":
                request = _with(first, paging, str(paging.start + len(asked))) if page.records else None
            else:
                request = self._following(paging, request, answer, page)

    def _following(self, paging: Paging, request: Request, answer: Answer, page: Page) -> Request | None:
        """Return what a page says of the next one; None where it says nothing."""
        found = answer.next_link if paging.by == "header" else value_at(page.document, paging.at or "")
        if found is None or found is False or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise self._refusal(f"there is no {paging.by} at {paging.at!r}", "declare at= as the API describes it")
        if paging.by == "token":
            return _with(request, paging, str(found))
        return Request(self._client.beside(request.url, str(found)))

    def _by_offset(self, first: Request, paging: Paging) -> Iterator[Sequence[Record]]:
        """Yield pages that share a record with the one before, which shows when records move while they are read.

        A record that changes goes to the end of a list that is sorted by its changes, and those behind it move up: the
        first of the next page would be passed over. Then the list is read again from its beginning.
        """
        for _ in range(MOST_BEGINNINGS):
            found: tuple[Sequence[Record], int] | None = self._page(first)[1].records, 0
            read = 0
            while found is not None and found[0]:
                records, shift = found
                yield records
                read += shift + len(records)
                found = self._after(records[-1], read, first, paging)
            if found is not None:
                return
        raise self._refusal(
            f"the records moved while they were read, {MOST_BEGINNINGS} times in a row",
            "page by a token, or ask for larger pages; is the offset's parameter known to the API?",
        )

    def _after(self, last: Record, read: int, first: Request, paging: Paging) -> tuple[Sequence[Record], int] | None:
        """Return the records after one, and how far they have moved down; None where they moved otherwise."""
        records = self._page(_with(first, paging, str(paging.start + read - 1)))[1].records
        known = _texts(records)
        if last.text not in known:
            return None
        shift = known.index(last.text)
        if records[shift + 1 :]:
            return records[shift + 1 :], shift
        # This is the end; or the pages have a single record.
        rest = self._page(_with(first, paging, str(paging.start + read + shift)))[1].records
        return None if last.text in _texts(rest) else (rest, shift)

    def _refusal(self, what: str, hint: str) -> SourceError:
        return SourceError(what, where=self._declared.label, hint=hint)


def _with(request: Request, paging: Paging, value: str) -> Request:
    parameters = {**dict(request.parameters), paging.parameter or "": value}
    return replace(request, parameters=tuple(parameters.items()))


def _texts(records: Sequence[Record]) -> list[str]:
    return [record.text for record in records]
