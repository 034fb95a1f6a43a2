"""Pages are executed: code blocks and doctests. What docstrings say of the code is compared in ``test_docstrings.py``."""

import doctest
import importlib
import importlib.util
import io
import re
from pathlib import Path

import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_validate

from skrec.backends import find_backend, start
from skrec.model_selection import LeaveLastOut, make_ranking_scorer
from skrec.models import Popularity
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
agree, fences, run = page_code.agree, page_code.fences, page_code.run


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


@pytest.mark.slow
def test_each_candidate_of_the_readmes_example_beats_popularity():
    left = {}
    for fence in fences(ROOT / "README.md"):
        if fence.language == "python":
            page_code.run_block(fence.text, ROOT / "README.md", fence.line, left)
    baseline = clone(left["search"].estimator).set_params(matrixfactorization=Popularity())
    popularity = cross_validate(baseline, left["X"], cv=LeaveLastOut(), scoring=make_ranking_scorer("ndcg@10"))
    assert (left["search"].cv_results_["mean_test_ndcg@10"] > 1.2 * popularity["test_score"].mean()).all()


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
