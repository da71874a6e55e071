"""How an API hands out its records page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tidegate.errors import JobDefinitionError

_NEEDS = {
    "page": ("parameter",),
    "offset": ("parameter",),
    "token": ("parameter", "at"),
    "link": ("at",),
    "header": (),
}


@dataclass(frozen=True)
class Paging:
    """How the next page is asked for.

    Attributes:
        by: `page`: by its number. `offset`: by the number of records before it. `token`: by a token that the page
            before it holds. `link`: by a link within that page. `header`: by the `Link` header with `rel="next"`.
        parameter: Query parameter that takes the number, the offset or the token.
        at: Where a page has the token or the link: a dotted path such as `meta.next`; a number counts the items of a
            list, from the end where it is negative (`data.-1.id`).
        first: Number of the first page, or offset of the first record; None takes 1 for pages and 0 for offsets.
        size: Records per page that are asked for, by `size_parameter`; None leaves it to the API.
        size_parameter: Query parameter that takes the size.
        most_pages: A pull of more pages than this fails: an API that never ends would fill the lake.
    """

    by: Literal["page", "offset", "token", "link", "header"]
    parameter: str | None = None
    at: str | None = None
    first: int | None = None
    size: int | None = None
    size_parameter: str | None = None
    most_pages: int = 10_000

    def __post_init__(self) -> None:
        """Refuse a declaration by which no second page could be asked for."""
        where = f"Paging({self.by!r})"
        missing = [name for name in _NEEDS[self.by] if not getattr(self, name)]
        if missing:
            raise JobDefinitionError(f"paging by {self.by} needs {missing[0]}", where=where, hint=f'{missing[0]}="…"')
        if (self.size is None) != (self.size_parameter is None):
            raise JobDefinitionError(
                "a page's size goes with its parameter", where=where, hint='size=100, size_parameter="limit"'
            )
        if (self.size is not None and self.size < 1) or self.most_pages < 1:
            raise JobDefinitionError("sizes are at least one", where=where, hint="size=100, most_pages=10_000")

    @property
    def start(self) -> int:
        """Number of the first page, or offset of the first record."""
        return self.first if self.first is not None else int(self.by == "page")
