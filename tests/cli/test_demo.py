import re

import numpy as np
import pandas as pd
import pytest
from click import BadParameter
from click.testing import CliRunner

from skrec import Interactions, Recommendations
from skrec.cli import make_cli
from skrec.cli.demo import find_hit, find_user
from skrec.datasets import make_interactions
from skrec.model_selection import UserKFold, evaluate
from skrec.models import EASE, Popularity
from skrec.plugin import Dataset, PluginManager, hookimpl, use_manager

X = make_interactions(60, 40, 900, features=("number",), random_state=1)


class Tiny(Dataset):
    """A dataset small enough for a test."""

    def load(self, data_home, **options):
        return X


class Toy:
    @hookimpl
    def skrec_datasets(self):
        return {"tiny": Tiny}


@pytest.fixture(scope="module")
def demo():
    manager = PluginManager(discover=False)
    manager.register(Toy(), "toy")
    before = use_manager(manager)
    arguments = ["demo", "--dataset", "tiny", "--model", "ease", "--user", "7", "-k", "5"]
    try:
        return CliRunner(env={"COLUMNS": "120"}).invoke(make_cli(), arguments)
    finally:
        use_manager(before)


def split():
    kept, held_out = next(iter(UserKFold(5, shuffle=True, random_state=0).split(X)))
    return X[kept], X[held_out]


def row_of(output, model):
    line = next(line for line in output.splitlines() if re.match(rf"│ {model} +│ \d\.", line))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_the_demo_ends_well(demo):
    assert demo.exit_code == 0, demo.output
    assert "tiny: 900 events of 60 users with 40 items" in demo.output


@pytest.mark.parametrize(("name", "model"), [("ease", EASE()), ("popularity", Popularity())])
def test_metrics_are_those_of_events_that_were_not_trained_on(demo, name, model):
    train, test = split()
    metrics = ["ndcg@5", "recall@5", "coverage@5"]
    expected = [f"{value:.4f}" for value in evaluate(model.fit(train), test, metrics).iloc[0][metrics]]
    shown = row_of(demo.output, name)[1:4]
    assert [shown[0].split()[0], *shown[1:]] == expected


def test_models_are_compared_with_popularity(demo):
    baseline, base_times = row_of(demo.output, "popularity")[1].split()
    ndcg, times = row_of(demo.output, "ease")[1].split()
    assert base_times == "(x1.00)"
    assert float(times.strip("(x)")) == pytest.approx(float(ndcg) / float(baseline), abs=0.01)


def test_gmf_is_trained_epoch_by_epoch(demo):
    assert re.search(r"gmf +\S+ epoch (\d+) of \1", demo.output)
    assert row_of(demo.output, "gmf")


def test_recommendations_and_history_are_shown_by_title(demo):
    train, _ = split()
    titles = X.items.set_index("item_id")["title"]
    recommended = EASE().fit(train).recommend([7], 5).items[0]
    assert [title for title in titles[recommended] if title not in demo.output] == []
    own = train.events.query("user_id == 7").sort_values("timestamp", kind="stable")
    assert titles[own["item_id"].iloc[-1]] in demo.output
    assert f"the last {min(8, len(own))} of {len(own)} events" in demo.output


def test_hits_among_held_out_events_are_counted(demo):
    train, test = split()
    hidden = set(test.events.query("user_id == 7")["item_id"])
    hits = len(hidden & set(EASE().fit(train).recommend([7], 5).items[0]))
    assert f"{hits} of the 5 are among the {len(hidden)} items of user 7" in demo.output


def listed(**lists):
    """Lists of two users, as of `recommend`."""
    users = np.array(list(lists), dtype=object)
    items = np.array(list(lists.values()), dtype=object)
    scores, lengths = np.zeros(items.size, dtype=np.float32), np.full(len(users), items.shape[1])
    return Recommendations(users, items.ravel(), scores, lengths, items.shape[1])


def test_by_default_the_list_is_that_of_a_user_with_a_hit():
    test = Interactions([("ann", "alien"), ("bob", "brazil"), ("eve", "elf")])
    assert find_hit(listed(ann=["brazil", "elf"], bob=["alien", "brazil"], eve=["elf", "alien"]), test) == "bob"
    assert find_hit(listed(ann=["brazil", "elf"], bob=["alien", "elf"]), test) == "ann"


def test_the_list_is_that_of_the_model_that_won_the_table(demo):
    models = ("popularity", "gmf", "ease")
    best = max(models, key=lambda model: float(row_of(demo.output, model)[1].split()[0]))
    assert f"{best} has the highest ndcg@5" in demo.output
    assert f"{best} recommends to user 7" in demo.output


@pytest.mark.parametrize("ids", [[10, 7], ["10", "7"]])
def test_a_typed_id_is_found_whatever_its_type(ids):
    found = find_user(Interactions(pd.DataFrame({"user_id": ids, "item_id": ids})), "7")
    assert found == ids[1]


def test_an_unknown_user_is_refused():
    with pytest.raises(BadParameter, match="There is no 'nobody' among the 60 users"):
        find_user(X, "nobody")
