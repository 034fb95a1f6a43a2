"""Users who are new, with age, gender and occupation, and with their first five events: MovieLens 100K."""

from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks.features.lists import recall_and_ndcg
from benchmarks.results import record
from benchmarks.speed.report import Column, show
from skrec import Interactions, load_dataset, make_pipeline
from skrec.model_selection import ColdUserSplit
from skrec.models import Popularity, TwoTower
from skrec.preprocessing import FeatureEncoder

K, N_GIVEN, SEEDS = 10, 5, (0, 1, 2)
USERS = [("age", "number", "age"), ("gender", "category", "gender"), ("occupation", "category", "occupation")]
# Chosen on other splits, with seeds 10 to 12.
PARAMETERS = {"epochs": 10, "temperature": 0.3, "dropout": 0.5}
COLUMNS: list[Column] = [
    ("who", "lists for cold users", ""),
    ("ndcg", f"NDCG@{K}", ".4f"),
    ("recall", f"recall@{K}", ".4f"),
]


@click.command()
def run() -> None:
    """A fifth of the users is cold; their events after the first five are relevant; means over three splits."""
    X = load_dataset("movielens/100k", verbose=False)
    figures: dict[str, list[tuple[float, float]]] = {}
    for seed in SEEDS:
        for who, found in _one(X, seed).items():
            figures.setdefault(who, []).append(found)
    rows: list[dict[str, Any]] = [
        {"who": who, "recall": float(np.mean([f[0] for f in found])), "ndcg": float(np.mean([f[1] for f in found]))}
        for who, found in figures.items()
    ]
    show(f"MovieLens 100K, cold users, full catalogue, {len(SEEDS)} splits", COLUMNS, rows)
    click.echo(f"Recorded in {record('features-cold-users', rows, parameters=PARAMETERS)}.")


def _one(X: Interactions, seed: int) -> dict[str, tuple[float, float]]:
    train, test = next(iter(ColdUserSplit(test_size=0.2, random_state=seed).split(X)))
    known, cold = X[train], X[test].events.sort_values(["user_id", "timestamp"], kind="stable")
    place = cold.groupby("user_id").cumcount()
    given, rest = cold[place < N_GIVEN], cold[place >= N_GIVEN]
    relevant = rest.groupby("user_id", sort=False)["item_id"].agg(set).to_dict()
    table: pd.DataFrame = X.users[X.users["user_id"].isin(list(relevant))]  # type: ignore[index]
    pipeline = make_pipeline(FeatureEncoder(users=USERS), TwoTower(**PARAMETERS, random_state=seed)).fit(known)
    popular = Popularity().fit(known)
    # Whoever lists are for: what was given isn't to be found again.
    answers = {
        "Popularity": popular.recommend(list(relevant), K, exclude_items=given),
        "TwoTower: age, gender, occupation": pipeline.recommend(table, K, exclude_items=given),
        f"TwoTower: the same and {N_GIVEN} events": pipeline.recommend(table, K, history=given),
        f"TwoTower: {N_GIVEN} events alone": pipeline.recommend(list(relevant), K, history=given),
    }
    return {who: recall_and_ndcg(answer, relevant, K) for who, answer in answers.items()}
