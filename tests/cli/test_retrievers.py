import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.plugin import hookimpl


class Rough:
    """Find some of the best."""

    exact = False


class Toy:
    @hookimpl
    def skrec_retrievers(self):
        return {"rough": Rough}


def listed(*options):
    result = CliRunner().invoke(make_cli(), ["retrievers", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_retrievers_are_listed_with_whether_they_are_exact(manager):
    manager.register(Toy(), "toy", distribution="skrec-toy")
    rows = {row["name"]: row for row in json.loads(listed("--json"))}
    assert rows["rough"] == {
        "name": "rough",
        "provider": "skrec-toy",
        "summary": "Find some of the best.",
        "exact": False,
        "faults": [],
    }
    assert (rows["exact"]["provider"], rows["exact"]["exact"], rows["exact"]["faults"]) == ("skrec-keras", True, [])
    assert rows["exact"]["summary"] == "Search all items for the largest inner products."


def test_the_table_says_yes_or_no(manager):
    manager.register(Toy(), "toy")
    cells = [line.split("│") for line in listed().splitlines() if "rough" in line or " exact " in line]
    assert {row[1].strip(): row[3].strip() for row in cells if len(row) > 3} == {"exact": "yes", "rough": "no"}
