import json

from skrec.cli._listing import describe, first_line, show
from skrec.plugin import hookimpl

ROWS = [
    {"name": "one", "parts": ["a", "b"], "ready": True, "note": "[bold]not markup[/bold]", "faults": []},
    {"name": "two", "parts": [], "ready": False, "note": None, "faults": ["it is broken", "twice"]},
]
COLUMNS = {"name": "thing", "parts": "parts", "ready": "ready", "note": "note"}


def test_a_table_shows_lists_truth_and_blanks_in_words(capsys):
    show(ROWS, COLUMNS, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in lines[3].strip("│").split("│")] == [
        "one",
        "a, b",
        "yes",
        "[bold]not markup[/bold]",
    ]
    assert [cell.strip() for cell in lines[4].strip("│").split("│")] == ["two", "-", "no", "-"]


def test_faults_are_printed_below_the_table(capsys):
    show(ROWS, COLUMNS, as_json=False)
    assert capsys.readouterr().out.splitlines()[-2:] == ["two: it is broken", "two: twice"]


def test_json_holds_everything(capsys):
    show(ROWS, COLUMNS, as_json=True)
    assert json.loads(capsys.readouterr().out) == ROWS


def test_a_target_that_cannot_be_imported_is_described_with_its_fault(manager):
    class Toy:
        @hookimpl
        def skrec_retrievers(self):
            return {"whole": dict, "broken": "no_such_module:Thing"}

    manager.register(Toy(), "toy", distribution="toy-retrievers")
    described = describe("retrievers", lambda target: {"kind": target.__name__}, ["kind"])
    whole, broken = [row for row in described if row["name"] in {"whole", "broken"}]
    assert whole == {"name": "whole", "provider": "toy-retrievers", "kind": "dict", "faults": []}
    assert broken["kind"] is None
    assert "can't be imported from 'no_such_module:Thing'" in broken["faults"][0]


def test_a_name_that_two_distributions_provide_is_described_twice(manager):
    for distribution in ("first-dist", "second-dist"):
        plugin = type("Toy", (), {"skrec_retrievers": hookimpl(lambda self: {"same": dict})})()
        manager.register(plugin, distribution, distribution=distribution)
    described = describe("retrievers", lambda target: {}, [])
    assert [row["provider"] for row in described if row["name"] == "same"] == ["first-dist", "second-dist"]


def test_first_line_is_that_of_the_docstring():
    class Documented:
        """One line.

        More lines.
        """

    assert first_line(Documented) == "One line."
    assert first_line(type("Bare", (), {})) == ""
