import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.plugin import hookimpl, names


class Loud:
    """Write a text in capitals."""


class Toy:
    @hookimpl
    def skrec_encoders(self):
        return {"loud": Loud}


def listed(*options):
    result = CliRunner().invoke(make_cli(), ["encoders", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_encoder_of_a_plugin_is_listed_with_its_provider_and_one_line(manager):
    manager.register(Toy(), "toy", distribution="skrec-toy")
    row = next(row for row in json.loads(listed("--json")) if row["name"] == "loud")
    assert row == {"name": "loud", "provider": "skrec-toy", "summary": "Write a text in capitals.", "faults": []}
    assert "loud" in listed()


def test_every_built_in_encoder_is_listed_without_a_fault():
    rows = json.loads(listed("--json"))
    assert sorted(row["name"] for row in rows) == names("encoders")
    assert all(row["summary"] and row["faults"] == [] for row in rows)
