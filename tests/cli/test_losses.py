import json

from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.losses import Loss
from skrec.plugin import hookimpl


class Stars(Loss):
    """Count the stars."""

    target = "rating"
    negatives = "none"

    def event_losses(self, positive, negative, label):
        return (positive - label) ** 2


class Toy:
    @hookimpl
    def skrec_losses(self):
        return {"stars": Stars, "nowhere": "skrec_nowhere.losses:Stars"}


def run(command, *options):
    result = CliRunner().invoke(make_cli(), [command, *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_losses_are_listed_with_what_they_learn_and_their_negatives(manager):
    manager.register(Toy(), "toy", distribution="skrec-toy")
    rows = {row["name"]: row for row in json.loads(run("losses", "--json"))}
    assert rows["stars"] == {
        "name": "stars",
        "provider": "skrec-toy",
        "summary": "Count the stars.",
        "target": "rating",
        "negatives": "none",
        "faults": [],
    }
    built_in = {name: (row["target"], row["negatives"]) for name, row in rows.items() if row["provider"] != "skrec-toy"}
    assert built_in == {
        "bce": ("label", "own"),
        "bpr": ("label", "own"),
        "mse": ("rating", "none"),
        "softmax": ("label", "shared"),
    }


def test_a_loss_that_cannot_be_imported_is_listed_with_why(manager):
    manager.register(Toy(), "toy")
    assert "nowhere: Loss 'nowhere' of" in " ".join(run("losses").split())


def test_plugins_show_the_losses_they_provide(manager):
    manager.register(Toy(), "toy")
    rows = {row["name"]: row for row in json.loads(run("plugins", "--json"))}
    assert rows["toy"]["provides"] == {"losses": ["stars", "nowhere"]}
    assert rows["losses"]["provides"] == {"losses": ["bce", "bpr", "softmax", "mse"]}
