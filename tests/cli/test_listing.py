import json

import pytest

from skrec.cli._listing import describe, first_line, list_by_summary, show
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


def test_a_long_word_is_folded_and_loses_nothing(capsys):
    show([{"name": "one", "note": "x" * 200, "faults": []}], {"name": "thing", "note": "note"}, as_json=False)
    assert capsys.readouterr().out.count("x") == 200


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


@pytest.mark.parametrize("error", [AttributeError("no such\nthing"), SystemExit("leaving")])
def test_a_target_that_is_not_what_it_should_be_does_not_spoil_the_listing(manager, error):
    manager.register(retrievers(bad=dict, good=dict), "toy")
    targets = iter([lambda: {"exact": True}, lambda: (_ for _ in ()).throw(error), lambda: {"exact": False}])
    described = describe("retrievers", lambda target: next(targets)(), ["exact"])
    assert [(row["name"], row["exact"]) for row in described] == [("exact", True), ("bad", None), ("good", False)]
    assert described[1]["faults"] == [f"{type(error).__name__}: {' '.join(str(error).split())}"]


def retrievers(**targets):
    return type("Toy", (), {"skrec_retrievers": hookimpl(lambda self: targets)})()


def test_a_name_that_two_distributions_provide_is_described_twice_and_says_how_to_pick_one(manager):
    for distribution in ("first-dist", "second-dist"):
        manager.register(retrievers(same=dict, **{distribution: dict}), distribution, distribution=distribution)
    described = describe("retrievers", lambda target: {"known": True}, ["known"])
    rows = [row for row in described if row["name"] == "same"]
    assert [(row["provider"], row["known"]) for row in rows] == [("first-dist", True), ("second-dist", True)]
    fault = "Retriever 'same' is defined by both first-dist and second-dist. Uninstall one, or select first-dist:same."
    assert [row["faults"] for row in rows] == [[fault], [fault]]
    assert [row["faults"] for row in described if row["name"] != "same"] == [[], [], []]


def test_a_name_that_one_distribution_provides_twice_says_so_once(manager):
    for plugin in ("one", "two"):
        manager.register(retrievers(same=dict), plugin, distribution="dist")
    faults = [row["faults"] for row in describe("retrievers", lambda target: {}, []) if row["name"] == "same"]
    assert faults == [["Retriever 'same' is defined twice by dist. Its author must rename one."]] * 2


def test_a_list_by_summary_has_one_line_a_thing(manager, capsys):
    class Documented:
        """Search in
        two steps.

        More.
        """

    manager.register(retrievers(steps=Documented), "toy", distribution="skrec-toy")
    list_by_summary("retrievers", "retriever", as_json=True)
    rows = json.loads(capsys.readouterr().out)
    assert rows[-1] == {"name": "steps", "provider": "skrec-toy", "summary": "Search in two steps.", "faults": []}
    list_by_summary("retrievers", "retriever", as_json=False)
    assert "Search in two steps." in capsys.readouterr().out


def test_first_line_is_the_first_paragraph_of_the_docstring():
    class Documented:
        """One sentence [1]_ of ``name``
        on :class:`two` lines [2]_.

        More lines.
        """

    assert first_line(Documented) == "One sentence of name on two lines."
    assert first_line(type("Bare", (), {})) == ""
