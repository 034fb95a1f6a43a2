"""Pages show what their code gives; the comparison and the recording of it."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "page_code.py"


def load():
    spec = importlib.util.spec_from_file_location("page_code", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


page_code = load()
agree, record, run = page_code.agree, page_code.record, page_code.run


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
