import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.plugin import names


def listed(*options):
    result = CliRunner().invoke(make_cli(), ["metrics", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_built_in_metric_is_listed_with_the_first_sentence_of_its_documentation():
    rows = {row["name"]: row for row in json.loads(listed("--json"))}
    assert sorted(rows) == names("metrics")
    assert all(row["summary"].endswith(".") and row["faults"] == [] for row in rows.values())
    assert rows["novelty"] == {
        "name": "novelty",
        "provider": "skrec-keras",
        "summary": "Compute the mean self-information of the recommended items, in bits.",
        "faults": [],
    }


def test_the_table_has_a_row_per_metric():
    table = listed()
    assert all(f" {name} " in table for name in names("metrics"))
