"""Look at built pages as a reader does: ``python docs/check_pages.py docs/_build/html``.

Two things that Sphinx doesn't warn of: raw keys of references and stray backquotes, and names of skrec's classes that lead nowhere.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

RAW = re.compile(r"\[?R[0-9a-f]{12}-\w+\]?|\S*\]_|\S*`\S*")
CLASSES = re.compile(r'id="skrec\.\w+\.([A-Z]\w+)"')
MODELS = re.compile(r'id="skrec\.models\.([A-Z]\w+)"')

EMPTY = {"br", "circle", "col", "hr", "img", "input", "line", "link", "meta", "path", "polyline", "rect", "use", "wbr"}
CODE = {"code", "cite"}
NO_LINKS = {"h1", "h2", "h3", "h4", "dt.sig", "div.citation", "table.autosummary", "div.shown", "div.picture"}
"""Titles and signatures are no place for links, nor are pictures and displays; a row of a table of summaries begins with one."""


class Piece(NamedTuple):
    """A run of text, or a whole element of code, and its elements, such as ``dt.sig``."""

    text: str
    around: frozenset[str]
    is_code: bool


class Page(HTMLParser):
    """Collects the text of a page's article, but for blocks of code."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._open: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        classes = (dict(attributes).get("class") or "").split()
        if tag not in EMPTY:
            self._open.append((tag, {tag, *(f"{tag}.{name}" for name in classes)}))
        if tag in CODE:
            self._add("", is_code=True)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Pass over elements of a picture that close themselves: they hold no text, and nothing else ends with them."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(tag in CODE for tag, _ in self._open) and self.pieces and self.pieces[-1].is_code:
            self.pieces[-1] = self.pieces[-1]._replace(text=self.pieces[-1].text + data)
        else:
            self._add(data, is_code=False)

    def _add(self, text: str, is_code: bool) -> None:
        around = frozenset().union(*(names for _, names in self._open))
        if "article" in around and not around & {"pre", "script", "style"}:
            self.pieces.append(Piece(text, around, is_code))


def raw_marks(page: Page) -> Iterator[str]:
    """Give what was meant for Sphinx and reached the reader."""
    for piece in page.pieces:
        if not piece.is_code:
            yield from (match[0] for match in RAW.finditer(piece.text))


def names_in(page: Page, classes: set[str], models: set[str]) -> Iterator[tuple[str, bool]]:
    """Give each class that code names, and each model that text names, and whether it links."""
    in_text = re.compile(rf"\b({'|'.join(sorted(models))})\b")
    for piece in page.pieces:
        if piece.around & NO_LINKS:
            continue
        found = {piece.text} & classes if piece.is_code else in_text.findall(piece.text)
        yield from ((name, "a" in piece.around) for name in found)


def check(folder: Path) -> tuple[list[str], int]:
    """List what is wrong with the pages of a folder, and count the names that link."""
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    classes = {name for text in texts.values() for name in CLASSES.findall(text)}
    models = {name for text in texts.values() for name in MODELS.findall(text)} - {"Popularity"}
    wrong, linked = [], 0
    for name, text in sorted(texts.items()):
        page = Page()
        page.feed(text)
        wrong += [f"{name}: {mark}" for mark in raw_marks(page)]
        own = Path(name).stem.rsplit(".", 1)[-1]
        # Guides name models in passing; in the reference, which docstrings make, each name is a link.
        spoken = models - {own} if name.startswith(("api/generated", "encoders")) else {"(?!)"}
        for found, links in names_in(page, classes, spoken):
            linked += links
            wrong += [] if links else [f"{name}: {found} doesn't link"]
    return wrong, linked


if __name__ == "__main__":
    problems, n_links = check(Path(sys.argv[1]))
    print("\n".join([*problems, f"{len(problems)} raw marks and names without a link; {n_links} names link."]))
    sys.exit(bool(problems) or not n_links)
