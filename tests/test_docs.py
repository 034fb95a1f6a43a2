"""Pages are executed: code blocks and doctests. What docstrings say of the code is compared in ``test_docstrings.py``."""

import doctest
import importlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

from skrec.backends import find_backend, start
from skrec.plugin import hookspecs


def load_source(name, path):
    specification = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

SUITES = {f"skrec.testing.{kind}_checks" for kind in ("backend", "encoder", "loss", "recommender", "retriever")}
"""Modules whose examples run a whole suite on what ``tests/testing`` and ``tests/encoders`` run it on: `make docs` repeats that."""

LANGUAGES = {"python", "output", "console", "text", "toml", "yaml", "bibtex"}


page_code = load_source("page_code", DOCS / "page_code.py")  # it is no part of the package
agree, fences, record, run = page_code.agree, page_code.fences, page_code.record, page_code.run


def pages():
    found = [
        page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts and "generated" not in page.parts
    ]
    return [ROOT / "README.md", *found]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def has_python(page):
    return any(fence.language == "python" for fence in fences(page))


def executed():
    """Pages with code; the first that new users read is run in the fast suite, all others by `make docs`."""
    for page in pages():
        if has_python(page):
            name = name_of(page)
            yield pytest.param(page, id=name, marks=() if name == "README.md" else pytest.mark.slow)


@pytest.mark.parametrize("page", list(executed()))
def test_code_blocks_run_and_what_they_print_is_shown_and_true(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for fence, given, shown in run(page):
        where = f"{name_of(page)}:{fence.line}"
        assert shown is not None, f"{where}: nothing shows\n{given}"
        assert agree(given, shown), f"{where}: the page shows\n{shown}\nand the code gives\n{given}"


@pytest.mark.parametrize(
    ("given", "shown", "same"),
    [
        ("NDCG 0.1234 of 5", "NDCG 0.1234 of 5", True),
        ("NDCG 0.1234 of 5", "NDCG 0.1235 of 5", True),  # another processor
        ("NDCG 0.1234 of 5", "NDCG 0.1236 of 5", False),
        ("NDCG 0.1234 of 5", "NDCG 0.1234 of 6", False),
        ("1.5e-07", "1.6e-07", True),
        ("1.5e-07", "1.5e-06", False),
        ("[1 2]", "[2 1]", False),
        ("  a\n  b \n", "a\nb", True),
    ],
)
def test_shown_output_may_differ_in_the_last_digit_of_decimal_numbers_alone(given, shown, same):
    assert agree(given, shown) is same


def test_outputs_are_recorded_where_they_are_missing_or_wrong(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    monkeypatch.setattr(page_code, "SHOWN", tmp_path)
    shown = "```{shown} X\n```\n"
    page.write_text(
        "```python\nprint(1)\n```\n\n```output\n2\n```\n\ntext\n\n```python\nprint(3)\n```\n\n```python\n"
        f"class Picture:\n    def _repr_html_(self):\n        return '<b>4</b>'\n\n\nX = Picture()\n```\n\n{shown}"
    )
    assert [(given.strip(), old and old.strip()) for _, given, old in run(page)] == [
        ("1", "2"),
        ("3", None),
        ("<b>4</b>", None),
    ]
    record(page)
    assert all(agree(given, old) for _, given, old in run(page))
    assert page.read_text().count("```output") == 2


def test_every_block_has_a_language_that_tells_whether_it_runs():
    wrong = [
        f"{name_of(page)}:{line} {language!r}"
        for page in pages()
        for language, line, _, _ in fences(page)
        if language not in LANGUAGES and not language.startswith("{")
    ]
    assert not wrong, "\n".join(wrong)


def links(page):
    """Targets of a page's links to other files."""
    return re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))


def test_relative_links_lead_somewhere():
    wrong = [
        f"{name_of(page)}: {target}"
        for page in pages()
        for target in links(page)
        if not (page.parent / target).exists()
    ]
    assert not wrong, "\n".join(wrong)


def modules():
    """Name the modules with examples, without importing any: networks import Keras, for which the backend must have been chosen."""
    for file in sorted((ROOT / "skrec").rglob("*.py")):
        if ">>> " in file.read_text(encoding="utf-8"):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield pytest.param(name, marks=pytest.mark.slow if name in SUITES else ())


@pytest.mark.parametrize("name", list(modules()))
def test_doctests(name):
    if name.startswith("skrec.networks"):
        start(find_backend())
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        report = io.StringIO()
        runner.run(test, out=report.write)
        assert runner.summarize(verbose=False).failed == 0, report.getvalue()


def test_suites_that_are_left_to_make_docs_have_examples():
    assert {parameter.values[0] for parameter in modules() if parameter.marks} == SUITES


def test_every_hook_has_a_section():
    headings = [
        line
        for page in (DOCS / "plugins").glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    ]
    hooks = sorted(name for name in vars(hookspecs) if name.startswith("skrec_"))
    assert {hook: sum(hook in heading for heading in headings) for hook in hooks} == dict.fromkeys(hooks, 1)


def test_pictures_are_those_that_are_drawn(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_drawings"))
    drawn = load_source("draw_pictures", DOCS / "draw_pictures.py").pictures()
    assert {file.name: file.read_text(encoding="utf-8") for file in drawn} == {
        file.name: text for file, text in drawn.items()
    }


def test_every_guide_shows_a_picture():
    guides = [*sorted((DOCS / "guide").glob("*.md")), DOCS / "index.md", DOCS / "choose.md"]
    assert not [name_of(page) for page in guides if ".svg)" not in page.read_text("utf-8")]
