"""NDCG@10 of sequence models and of models without order."""

from typing import Any

import click
import pandas as pd

from benchmarks.results import record
from benchmarks.sequences import data, runs
from benchmarks.speed.report import Column, show
from skrec.models import EASE, HSTU, BERT4Rec, Caser, GRU4Rec, ItemKNN, MatrixFactorization, Popularity, SASRec

LENGTHS = {"ml-100k": 100, "ml-1m": 200, "beauty": 50}
CONVERGED: dict[str, dict[str, Any]] = {"beauty": {"temperature": 0.1, "dropout": 0.4}}
"""By dataset, what sequence models are trained with in place of their defaults."""


def models(dataset: str, epochs: int, patience: int, train: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Every model. Sequence models train until ``val_ndcg@10`` of held-out events no longer improves, or for `epochs`.

    About one event a user is held out: a share of each history's latest, which for an average history is the last.
    """
    share = train["user_id"].nunique() / len(train)
    early = {"validation_fraction": share, "early_stopping": patience, "random_state": seed}
    shared = {"max_length": LENGTHS[dataset], "epochs": epochs, **early, **CONVERGED.get(dataset, {})}
    return {
        "Popularity": Popularity(),
        "ItemKNN": ItemKNN(),
        "EASE": EASE(),
        "MatrixFactorization": MatrixFactorization(random_state=seed),
        "GRU4Rec": GRU4Rec(**shared),
        "GRU4Rec-LSTM": GRU4Rec(cell="lstm", **shared),
        "GRU4Rec-RNN": GRU4Rec(cell="rnn", **shared),
        "Caser": Caser(**shared),
        "BERT4Rec": BERT4Rec(**shared),
        "SASRec": SASRec(**shared),
        "HSTU": HSTU(**shared),
    }


NAMES = (
    *("Popularity", "ItemKNN", "EASE", "MatrixFactorization"),
    *("GRU4Rec", "GRU4Rec-LSTM", "GRU4Rec-RNN", "Caser", "BERT4Rec", "SASRec", "HSTU"),
)
COLUMNS: list[Column] = [
    ("model", "model", ""),
    ("backend", "backend", ""),
    ("ndcg@10", "NDCG@10", ".4f"),
    ("hit@10", "hit@10", ".4f"),
    ("epochs", "epochs", "d"),
    ("epoch_s", "s per epoch", ".2f"),
    ("fit_s", "fit, s", ".0f"),
    ("rank_s", "rank, s", ".1f"),
]


def _chosen(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Split names at commas."""
    names = tuple(value.split(",")) if value else NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(NAMES)}.")
    return names


@click.command()
@click.option("--dataset", required=True, type=click.Choice(data.NAMES))
@click.option(
    "--models", "names", callback=_chosen, help="Names of the table, with commas between them; by default all."
)
@click.option("--epochs", default=100, show_default=True, help="Most epochs of a sequence model.")
@click.option("--patience", default=5, show_default=True, help="Epochs without a better val_ndcg@10 before it stops.")
@click.option(
    "--backend", type=click.Choice(["jax", "tensorflow", "torch"]), help="Of neural models; on its best device."
)
@click.option("--seed", default=0, show_default=True)
@click.option("--record/--no-record", "recorded", default=True)
def run(
    dataset: str, names: tuple[str, ...], epochs: int, patience: int, backend: str | None, seed: int, recorded: bool
) -> None:
    """Leave each user's last event out of a dataset, and rank the catalogue without what the user has seen."""
    train, test = data.leave_last_out(data.read(dataset))
    made = models(dataset, epochs, patience, train, seed)
    rows = []
    for name in names:
        rows.append({"model": name, **runs.run(made[name], train, test, backend)})
        click.echo(f"{name}: NDCG@10 {rows[-1]['ndcg@10']:.4f} after {rows[-1]['fit_s']:.0f} s")
    show(f"{dataset}, last event of each user, full catalogue", COLUMNS, rows)
    if recorded:
        path = record(f"sequences-{dataset}", rows, most_epochs=epochs, patience=patience, seed=seed)
        click.echo(f"Recorded in {path}.")
