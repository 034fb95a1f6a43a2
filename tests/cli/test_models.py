import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.models import EASE


def test_every_built_in_model_is_listed_with_the_first_line_of_its_documentation():
    rows = json.loads(CliRunner().invoke(make_cli(), ["models", "--json"]).stdout)
    by_name = {row["name"]: row for row in rows if row["provider"] == "skrec-keras"}
    assert {"popularity", "item-knn", "ease", "gmf", "neumf", "matrix-factorization"} <= set(by_name)
    assert by_name["ease"]["summary"] == EASE.__doc__.splitlines()[0]
    assert all(row["faults"] == [] and row["summary"] for row in rows)


def test_the_table_has_a_row_per_model():
    assert "matrix-factorization" in CliRunner().invoke(make_cli(), ["models"]).stdout
