"""NDCG@10 of sequence models and of models without order beside them."""

from typing import Any

import click
import pandas as pd

from benchmarks.results import record
from benchmarks.sequences import data, runs
from benchmarks.speed.report import Column, show
from skrec.models import EASE, HSTU, BERT4Rec, Caser, GRU4Rec, ItemKNN, MatrixFactorization, Popularity, SASRec

LENGTHS = {"ml-100k": 100, "ml-1m": 200, "beauty": 50}


def models(dataset: str, epochs: int, train: pd.DataFrame) -> dict[str, Any]:
    """Every model; sequence models train until the metric of about one held-out event a user no longer improves, or for `epochs`."""
    share = train["user_id"].nunique() / len(train)
    early = {"validation_fraction": share, "early_stopping": 5, "random_state": 0}
    shared = {"max_length": LENGTHS[dataset], "epochs": epochs, **early}
    return {
        "Popularity": Popularity(),
        "ItemKNN": ItemKNN(),
        "EASE": EASE(),
        "MatrixFactorization": MatrixFactorization(random_state=0),
        "GRU4Rec": GRU4Rec(**shared),
        "GRU4Rec, LSTM": GRU4Rec(cell="lstm", **shared),
        "GRU4Rec, RNN": GRU4Rec(cell="rnn", **shared),
        "Caser": Caser(**shared),
        "SASRec": SASRec(**shared),
        "BERT4Rec": BERT4Rec(**shared),
        "HSTU": HSTU(**shared),
    }


COLUMNS: list[Column] = [
    ("model", "model", ""),
    ("ndcg@10", "NDCG@10", ".4f"),
    ("hit@10", "hit@10", ".4f"),
    ("epochs", "epochs", ".0f"),
    ("epoch_s", "s per epoch", ".2f"),
    ("fit_s", "fit, s", ".0f"),
    ("rank_s", "rank, s", ".1f"),
]


@click.command()
@click.argument("dataset", type=click.Choice(data.NAMES))
@click.option("--model", "chosen", multiple=True, help="Only these models, by the names of the table.")
@click.option("--epochs", default=100, show_default=True, help="Most epochs of a sequence model.")
def run(dataset: str, chosen: tuple[str, ...], epochs: int) -> None:
    """Leave each user's last event out of DATASET, and rank the catalogue without what the user has seen."""
    train, test = data.leave_last_out(data.read(dataset))
    rows = []
    for name, model in models(dataset, epochs, train).items():
        if chosen and name not in chosen:
            continue
        rows.append({"model": name, **runs.run(model, train, test)})
        click.echo(f"{name}: NDCG@10 {rows[-1]['ndcg@10']:.4f} after {rows[-1]['fit_s']:.0f} s")
    show(f"{dataset}, last event of each user, full catalogue", COLUMNS, rows)
    record(f"sequences-{dataset}", rows, epochs=epochs)
