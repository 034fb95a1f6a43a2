import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.plugin import Dataset, hookimpl


def test_the_embedded_dataset_is_listed_with_all_that_a_user_must_know():
    rows = json.loads(CliRunner().invoke(make_cli(), ["datasets", "--json"]).stdout)
    row = next(row for row in rows if row["name"] == "synthetic")
    assert row["provider"] == "skrec-keras"
    assert row["summary"]
    assert row["size"]
    assert row["license"] == "CC0-1.0"
    assert row["faults"] == []


def test_a_long_licence_is_whole_in_json_and_shortened_in_the_table(manager):
    class Terms(Dataset):
        summary, size, license = "A toy", "1 event", "Research only; " * 10 + "ask."

        def load(self, data_home):
            """Never called."""

    class Toy:
        @hookimpl
        def skrec_datasets(self):
            return {"terms": Terms, "broken": "no_such_module:Thing"}

    manager.register(Toy(), "toy")
    rows = json.loads(CliRunner().invoke(make_cli(), ["datasets", "--json"]).stdout)
    assert next(row for row in rows if row["name"] == "terms")["license"] == Terms.license
    table = CliRunner().invoke(make_cli(), ["datasets"], env={"COLUMNS": "200"}).stdout
    assert "Research only; Research only;" in table
    assert "ask." not in table
    assert "broken: Dataset 'broken' of toy can't be imported" in table


def test_the_table_has_a_row_per_dataset():
    assert "synthetic" in CliRunner().invoke(make_cli(), ["datasets"]).stdout
