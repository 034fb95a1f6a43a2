import json

from click.testing import CliRunner

from skrec.cli import make_cli


def test_the_embedded_dataset_is_listed_with_all_that_a_user_must_know():
    rows = json.loads(CliRunner().invoke(make_cli(), ["datasets", "--json"]).stdout)
    row = next(row for row in rows if row["name"] == "synthetic")
    assert row["provider"] == "skrec-keras"
    assert row["summary"]
    assert row["size"]
    assert row["license"] == "CC0-1.0"
    assert row["faults"] == []


def test_the_table_has_a_row_per_dataset():
    assert "synthetic" in CliRunner().invoke(make_cli(), ["datasets"]).stdout
