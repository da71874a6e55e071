"""The pages of an API, one after the other. No Spark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.errors import SourceError
from tidegate.sources.http_client import Request
from tidegate.sources.json_pages import parse_page, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.declarations import Api
    from tidegate.model.paging import Paging
    from tidegate.sources.http_client import Answer, HttpClient
    from tidegate.sources.json_pages import Page


class Pages:
    """The pages of one pull."""

    def __init__(self, client: HttpClient, declared: Api) -> None:
        """Ask nothing yet.

        Args:
            client: Asks the API.
            declared: The source.
        """
        self._client, self._declared = client, declared

    def read(self, since: str | None = None) -> Iterator[Page]:
        """Yield the pages until there are no more.

        Pages by number or offset end with the first that has no records: fewer than were asked for may be all that the
        API gives at once.

        Args:
            since: What the declared parameter is given; None for all records.

        Raises:
            SourceError: The API cannot be asked, an answer cannot be read, or the pages do not end.
        """
        paging = self._declared.paging
        request: Request | None = self._first(since)
        asked: set[Request] = set()
        read = 0
        before: Page | None = None
        while request is not None:
            if request in asked:
                raise self._refusal("the API leads in a circle: a page leads to one that has been read", "check at=")
            if paging is not None and len(asked) >= paging.most_pages:
                raise self._refusal(f"the API has more than {paging.most_pages:,} pages", "declare most_pages=")
            asked.add(request)
            answer = self._client.get(request)
            page = parse_page(answer.body, self._declared)
            if before is not None and _is_same(page, before):
                raise self._refusal("the API answers each page with the same records", "check the paging's parameter")
            yield page
            read, before = read + len(page.records), page
            request = None if paging is None else self._next(paging, request, answer, page, (len(asked), read))

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

    def _next(
        self, paging: Paging, request: Request, answer: Answer, page: Page, done: tuple[int, int]
    ) -> Request | None:
        """Return what asks for the next page; None after the last. `done` are the pages and records read."""
        if paging.by in {"page", "offset"}:
            number = paging.start + done[paging.by == "offset"]
            return self._with(request, paging, str(number)) if page.records else None
        found = answer.next_link if paging.by == "header" else value_at(page.document, paging.at or "")
        if found is None or found is False or found == "":
            return None
        if isinstance(found, bool | float) or not isinstance(found, str | int):
            raise self._refusal(f"there is no {paging.by} at {paging.at!r}", "declare where it is: at=")
        if paging.by == "token":
            return self._with(request, paging, str(found))
        return Request(self._client.beside(request.url, str(found)))

    def _with(self, request: Request, paging: Paging, value: str) -> Request:
        parameters = {**dict(request.parameters), paging.parameter or "": value}
        return replace(request, parameters=tuple(parameters.items()))

    def _refusal(self, what: str, hint: str) -> SourceError:
        return SourceError(what, where=self._declared.label, hint=hint)


def _is_same(page: Page, before: Page) -> bool:
    return bool(page.records) and [one.text for one in page.records] == [one.text for one in before.records]
