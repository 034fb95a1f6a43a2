"""Cold films, recommended by genres, year, text and poster: MovieLens 1M."""

import time
from typing import Any

import click
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.features import ml1m
from benchmarks.features.lists import recall_and_ndcg
from benchmarks.results import record
from benchmarks.speed.report import Column, show
from skrec import Interactions, Recommendations, make_pipeline
from skrec.encoders import ImageEncoder, TextEncoder
from skrec.models import TwoTower
from skrec.preprocessing import FeatureEncoder

K = 20
TAGS = ("genres", "tags", "genres")
YEAR = ("year", "number", "year")
EPOCHS, MIN_COUNT = 8, 20
"""Instead of the defaults 5 and 2: chosen with `--validation`, by warm items."""


def tables(dropout: float) -> dict[str, list[Any]]:
    """Features of each row of the table; title and plot are read by the same kind of network."""

    def texts(network: str) -> list[Any]:
        title = TextEncoder(network, min_count=MIN_COUNT, max_length=12, dropout=dropout)
        plot = TextEncoder(network, min_count=MIN_COUNT, dropout=dropout)
        return [("title", title, "title"), ("plot", plot, "plot")]

    poster = ("poster", ImageEncoder(dropout=dropout), "poster")
    return {
        "genres": [TAGS],
        "genres, year": [TAGS, YEAR],
        "genres, year, title and plot (CNN)": [TAGS, YEAR, *texts("cnn")],
        "genres, year, title and plot (LSTM)": [TAGS, YEAR, *texts("lstm")],
        "genres, year, title and plot (CNN), poster": [TAGS, YEAR, *texts("cnn"), poster],
    }


COLUMNS: list[Column] = [
    ("features", "features", ""),
    ("recall", f"recall@{K}", ".4f"),
    ("ndcg", f"NDCG@{K}", ".4f"),
    ("fit_s", "fit, s", ".0f"),
]


def split(events: pd.DataFrame, validation: bool) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """Events of warm items, events of cold ones, and the cold ones; for validation a fifth of the warm ones plays cold."""
    cold = ml1m.cold_items(events)
    warm = events[~events["item_id"].isin(cold)]
    if not validation:
        return warm, events[events["item_id"].isin(cold)], cold
    ids = np.array(sorted(warm["item_id"].unique(), key=int), dtype=object)
    cold = ids[np.random.default_rng(1).choice(len(ids), len(ids) // 5, replace=False)]
    return warm[~warm["item_id"].isin(cold)], warm[warm["item_id"].isin(cold)], cold


@click.command()
@click.option("--validation", is_flag=True, help="Hold out warm items instead: what parameters were chosen by.")
@click.option("--epochs", type=click.IntRange(1), default=EPOCHS, show_default=True)
@click.option(
    "--dropout", type=float, default=0.5, show_default=True, help="Of texts and pictures; the default is theirs."
)
@click.option("--only", type=int, multiple=True, help="Rows of the table, from 0.")
def run(validation: bool, epochs: int, dropout: float, only: tuple[int, ...]) -> None:
    """Recall and NDCG among the cold items only, with each feature added in turn."""
    events, films = ml1m.pairs(), ml1m.films()
    train, test, cold = split(events, validation)
    relevant = test.groupby("user_id", sort=False)["item_id"].agg(set).to_dict()
    cold_films = films[films["item_id"].isin(cold)]
    rows = [{"features": name, **figures} for name, figures in _baselines(train, films, cold_films, relevant).items()]
    for number, (name, features) in enumerate(tables(dropout).items()):
        if only and number not in only:
            continue
        model = TwoTower(epochs=epochs, random_state=0)
        pipeline = make_pipeline(FeatureEncoder(items=features), model)
        begin = time.perf_counter()
        pipeline.fit(Interactions(train, items=films))
        took = time.perf_counter() - begin
        recall, ndcg = recall_and_ndcg(pipeline.recommend(list(relevant), K, items=cold_films), relevant, K)
        rows.append({"features": f"TwoTower: {name}", "recall": recall, "ndcg": ndcg, "fit_s": took})
        show("MovieLens 1M, among cold items only", COLUMNS, rows[-1:])
    show(
        f"MovieLens 1M, {len(cold)} {'warm items held out' if validation else 'cold items'}, among these only",
        COLUMNS,
        rows,
    )
    click.echo(
        f"Recorded in {record('features-cold-items', rows, validation=validation, epochs=epochs, dropout=dropout)}."
    )


def _baselines(train: Any, films: Any, cold_films: Any, relevant: dict[Any, set[Any]]) -> dict[str, dict[str, float]]:
    """Random lists, and profiles: the mean TF-IDF vector of a user's films, compared with each cold one's."""
    users = list(relevant)
    rng = np.random.default_rng(0)
    items = cold_films["item_id"].to_numpy(dtype=object)
    lists = np.array([rng.permutation(len(items))[:K] for _ in users])
    found = {"random": lists}
    words = films["genres"].str.replace("|", " ") + " " + films["plot"] + " " + films["crew"].str.replace("|", " ")
    known = films.set_index("item_id").index
    position = pd.Series(np.arange(len(films)), index=known)
    codes = pd.Series(np.arange(len(users)), index=users)
    for name, text in (
        ("TF-IDF of genres", films["genres"].str.replace("|", " ")),
        ("TF-IDF of genres, plot, crew", words),
    ):
        vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english" if "plot" in name else None).fit_transform(
            text
        )
        own = train[train["user_id"].isin(codes.index)]
        seen = sparse.csr_array(
            (np.ones(len(own)), (own["user_id"].map(codes), own["item_id"].map(position))),
            shape=(len(users), len(films)),
        )
        scores = ((seen @ vectors) @ vectors[position[cold_films["item_id"]].to_numpy()].T).toarray()
        found[name] = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return {
        name: dict(zip(("recall", "ndcg"), _measure(users, items, best, relevant), strict=True))
        for name, best in found.items()
    }


def _measure(users: list[Any], items: Any, best: Any, relevant: dict[Any, set[Any]]) -> tuple[float, float]:
    flat = items[best].ravel()
    answer = Recommendations(np.array(users, dtype=object), flat, np.zeros(len(flat)), np.full(len(users), K), K)
    return recall_and_ndcg(answer, relevant, K)
