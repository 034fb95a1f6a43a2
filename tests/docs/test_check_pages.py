"""The check of built pages sees what it is meant to see."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "check_pages.py"


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check_pages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


@pytest.fixture
def site(tmp_path):
    def write(body, name="api/generated/skrec.models.EASE.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = '<dt class="sig" id="skrec.models.EASE"></dt><dt class="sig" id="skrec.models.GMF"></dt>'
        path.write_text(f"<html><body>outside `it`<article>{entries}{body}</article></body></html>", encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    "body",
    [
        "<p>as in [Rb04a435f43e5-1]</p>",
        "<p>as in [1]_.</p>",
        "<p>a `word`</p>",
        "<table><td>[Rb04a435f43e5-a]</td></table>",
    ],
)
def test_raw_marks_are_found(check, site, body):
    assert len(check(site(body))[0]) == 1


@pytest.mark.parametrize(
    "body", ["<code>GMF</code>", "<code><span>GM</span><span>F</span></code>", "<p>as GMF does</p>"]
)
def test_names_without_a_link_are_found(check, site, body):
    assert check(site(body)) == (["api/generated/skrec.models.EASE.html: GMF doesn't link"], 0)


@pytest.mark.parametrize(
    "body",
    [
        '<p>as <a href="x"><code><span>GMF</span></code></a> does</p>',
        '<p>as <a href="x"><span>GMF</span></a> does, <code>GMF(8)</code> and EASE<br></p>',
    ],
)
def test_links_are_counted(check, site, body):
    assert check(site(body)) == ([], 1)


@pytest.mark.parametrize(
    "body",
    [
        "<h1><code>GMF</code></h1>",
        "<pre>GMF `x` [1]_</pre>",
        '<div class="citation">is GMF better?</div>',
        '<table class="autosummary"><p>GMF: a product</p></table>',
    ],
)
def test_titles_code_and_tables_of_summaries_need_no_links(check, site, body):
    assert check(site(body)) == ([], 0)


def test_guides_name_models_in_passing(check, site):
    assert check(site("<p>GMF and <code>SGD</code></p>", "guide/models.html")) == ([], 0)


def test_what_stands_behind_a_picture_or_a_line_break_is_looked_at_too(check, site):
    picture = '<div class="picture"><svg><rect x="1"/><text>EASE</text></svg></div>'
    wrong, _ = check(site(f"<p>one<br/>two</p>{picture}<p>a stray `backquote`</p>"))
    assert len(wrong) == 1
    assert "backquote" in wrong[0]
