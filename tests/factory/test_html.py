"""Pages hold whatever text they are given, as text, and need nothing but themselves."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.factory.html import bar, element, facts, joined, page, table

# What HTML itself does not carry: other control characters, and line ends of other systems.
ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
SIGNS = st.text(st.sampled_from("<>&\"'/=; b"), min_size=1, max_size=8)
TEXT = (ANY | SIGNS).filter(lambda text: text == text.strip())


class Read(HTMLParser):
    """What a browser finds on a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data)


@given(title=TEXT, cells=st.lists(TEXT, min_size=4, max_size=4), fact=TEXT, hint=TEXT)
def test_text_stays_text_wherever_it_stands_on_a_page(title: str, cells: list[str], fact: str, hint: str) -> None:
    made = page(
        title,
        element("h1", title, title=hint),
        facts([(fact, cells[0])]),
        table(cells[:2], [cells[2:]], numbers=(1,)),
        fact,
        joined([fact, bar(0.5)]),
    )
    read = Read(made)
    assert read.open == []
    assert "".join(text.replace("\n", "") for text in read.texts) == "".join(
        [title, title, fact, cells[0], *cells, fact, fact]
    )
    assert dict(read.tags)["h1"] == {"title": hint}
    known = {"html", "head", "meta", "title", "style", "body", "h1", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in read.tags} == known | {"span"}
    assert not {name for _, attributes in read.tags for name in attributes} & {"src", "href", "onclick", "onload"}


@pytest.mark.parametrize(("share", "width"), [(0.0, 0), (1e-9, 2), (0.25, 25), (1.0, 100)])
def test_a_bar_is_seen_as_soon_as_there_is_something_to_see(share: float, width: int) -> None:
    assert f"width:{width}%" in bar(share)
