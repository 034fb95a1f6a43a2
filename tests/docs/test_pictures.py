"""Pictures of the pages are drawn by code, and every page that leads somewhere has one."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def drawn(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_drawings"))
    spec = importlib.util.spec_from_file_location("draw_pictures", DOCS / "draw_pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pictures()


def test_pictures_are_those_that_are_drawn(monkeypatch):
    pictures = drawn(monkeypatch)
    kept = {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "_static" / "pictures").glob("*.svg")}
    assert kept == {file.name: text for file, text in pictures.items()}


def test_pictures_have_colours_for_light_and_dark_paper(monkeypatch):
    for text in drawn(monkeypatch).values():
        assert "prefers-color-scheme: dark" in text
        assert "#" not in text.partition("</style>")[2]  # every colour is a name that both sets of tones define


def test_the_home_page_and_every_guide_show_a_picture():
    pages = [*sorted((DOCS / "guide").glob("*.md")), DOCS / "index.md", DOCS / "choose.md"]
    assert not [page.name for page in pages if ".svg)" not in page.read_text(encoding="utf-8")]
