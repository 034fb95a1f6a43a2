"""SASRec and GRU4Rec compared with RecTools and RecBole: the same data, width, blocks, length, epochs, dropout and loss."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import click
import pandas as pd

from benchmarks.environments import peer_python
from benchmarks.results import record
from benchmarks.sequences import data, runs
from benchmarks.speed.report import Column, ratio, show
from skrec.models import GRU4Rec, SASRec

PINNED = {
    "rectools": ["rectools[torch]==0.19.0", "torch==2.13.0"],
    # Without the search over parameters, for which RecBole asks for old releases of other packages.
    "recbole": [
        *("torch==2.13.0", "numpy<2", "pandas<2.3", "scipy<1.14", "scikit-learn", "pyyaml", "tqdm", "colorlog"),
        *("colorama", "tensorboard", "texttable", "psutil", "tabulate", "plotly"),
    ],
}
UNRESOLVED = {"recbole": ["recbole==1.2.1", "setuptools<75"]}
"""Installed last, without what they ask for."""

MODELS = {"rectools": ["SASRec"], "recbole": ["SASRec", "GRU4Rec"]}
SETTINGS: dict[str, dict[str, Any]] = {
    "ml-100k": {"max_length": 100, "epochs": 30},
    "beauty": {"max_length": 50, "epochs": 3},
}
BATCH_SIZES = {"beauty": 850}
"""By dataset, skrec's events a step where the 128 histories of a step of RecTools hold fewer than skrec's default: as many as those."""

SLOW = {
    ("rectools", "SASRec", "beauty"),
    *(("recbole", model, name) for model in MODELS["recbole"] for name in SETTINGS),
}
"""What takes minutes an epoch: one epoch is run, unless the peer's epochs are said."""

SHARED = {"embedding_dim": 64, "dropout": 0.2, "learning_rate": 0.001}
SCRIPTS = Path(__file__).parent / "peers"

COLUMNS: list[Column] = [
    ("dataset", "dataset", ""),
    ("model", "model", ""),
    ("library", "library", ""),
    ("learning_rate", "learning rate", ".3f"),
    ("batch_size", "events a step", "d"),
    ("epochs", "epochs", "d"),
    ("events", "events an epoch", "d"),
    ("first_epoch_s", "first epoch, s", ".2f"),
    ("epoch_s", "s per epoch", ".2f"),
    ("ratio", "times skrec's", ".2f"),
    ("same_ratio", "on the same events", ".2f"),
    ("fit_s", "fit, s", ".0f"),
    ("ndcg@10", "NDCG@10", ".4f"),
    ("hit@10", "hit@10", ".4f"),
]
NOTE = (
    "RecTools learns from the last `max_length` events of a user alone, skrec and RecBole from all: `skrec, last` is given what RecTools "
    "keeps, and the column `on the same events` compares with whichever row of skrec had as many. "
    "The mean of the epochs after the first, where there are others. Where minutes are spent on an epoch, only one was run: "
    "NDCG@10 is comparable only where the epochs are the same."
)


def run_peer(peer: str, home: str | None, train: Any, test: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Let a peer's script fit and rank; its lists are measured here."""
    python = peer_python(peer, home, PINNED[peer], UNRESOLVED.get(peer, ()))
    with tempfile.TemporaryDirectory() as folder:
        events, request, answer = (Path(folder, name) for name in ("events.csv", "request.json", "answer.json"))
        # The place in a history is its time: a peer that sorts by that finds the order of here, which ties in the times would leave open.
        place = train.groupby("user_id").cumcount()
        train[["user_id", "item_id"]].assign(timestamp=place).to_csv(events, index=False)
        call = {"events": str(events), "answer": str(answer), "users": test["user_id"].tolist(), **options}
        request.write_text(json.dumps(call), encoding="utf-8")
        command = [str(python), str(SCRIPTS / f"with_{peer}.py"), str(request)]
        # In a folder of its own: RecBole writes logs to where it is started.
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise click.ClickException(f"{peer} failed:\n{(done.stdout + done.stderr)[-3000:]}")
        found = json.loads(answer.read_text(encoding="utf-8"))
    lists = {int(user): items for user, items in found.pop("lists").items()}
    epochs = runs.per_epoch(found.pop("epochs_s"))
    return {"library": f"{peer} {found.pop('version')}", **found, **epochs, **data.ndcg_and_hits(lists, test)}


def own(model: str, seed: int, options: dict[str, Any]) -> Any:
    """The same model of skrec: the softmax over the catalogue as loss."""
    common = {**SHARED, **options, "n_negatives": 1_000_000, "random_state": seed}
    return SASRec(n_blocks=2, n_heads=1, **common) if model == "SASRec" else GRU4Rec(**common)


@click.command()
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    type=click.Choice(sorted(SETTINGS)),
    help="Repeat for others; by default all.",
)
@click.option("--model", "models", multiple=True, type=click.Choice(["SASRec", "GRU4Rec"]), help="By default all.")
@click.option("--only", multiple=True, type=click.Choice(["skrec", *sorted(MODELS)]), help="Libraries; by default all.")
@click.option("--epochs", type=int, help="Other than 30 on ml-100k and 3 on beauty.")
@click.option(
    "--peer-epochs", type=int, help="The peers' own; by default the same, but 1 where an epoch takes minutes."
)
@click.option("--learning-rate", default=SHARED["learning_rate"], show_default=True, help="Of all libraries.")
@click.option("--batch-size", type=int, help="Events of a step of skrec; by default its own, on beauty 850.")
@click.option("--users", type=int, help="Only so many users, to try it out; nothing is recorded.")
@click.option("--seed", default=0, show_default=True)
@click.option("--backend", help="skrec's.")
@click.option("--peer-home", envvar="SKREC_PEER_HOME", help="Folder of the peers' virtual environments.")
def run(
    datasets: tuple[str, ...],
    models: tuple[str, ...],
    only: tuple[str, ...],
    epochs: int | None,
    peer_epochs: int | None,
    learning_rate: float,
    batch_size: int | None,
    users: int | None,
    seed: int,
    backend: str | None,
    peer_home: str | None,
) -> None:
    """Train each model of skrec, then of the peers that have it, one after the other, on the CPU unless a GPU is skrec's.

    GRU4Rec is run on ml-100k; RecBole on Beauty only where `--only recbole` is said.
    """
    rows: list[dict[str, Any]] = []
    for dataset in datasets or SETTINGS:
        train, test = _some(dataset, users)
        options = {
            **SETTINGS[dataset],
            **({} if epochs is None else {"epochs": epochs}),
            "learning_rate": learning_rate,
        }
        for model in models or (("SASRec", "GRU4Rec") if dataset == "ml-100k" else ("SASRec",)):
            kept = options["max_length"] + 1
            events = {None: runs.n_predicted(train), kept: runs.n_predicted(runs.last_events(train, kept))}
            base: float | None = None
            same: dict[int, float] = {}
            for library, last in _libraries(only, model, dataset, kept):
                if library == "skrec":
                    name = "skrec" if last is None else "skrec, last"
                    mine = own(model, seed, options)
                    mine.set_params(batch_size=batch_size or BATCH_SIZES.get(dataset, mine.batch_size))
                    found = {
                        "library": name,
                        "batch_size": mine.batch_size,
                        **runs.run(mine, train, test, backend, last),
                    }
                    base = base or found["epoch_s"]
                    same[events[last]] = found["epoch_s"]
                else:
                    slow = (library, model, dataset) in SLOW and epochs is None
                    theirs = {**SHARED, **options, "model": model, "seed": seed}
                    theirs["epochs"] = peer_epochs or (1 if slow else options["epochs"])
                    found = run_peer(library, peer_home, train, test, theirs)
                settings = {"dataset": dataset, "model": model, "learning_rate": learning_rate}
                compared = {
                    "events": events[last],
                    "ratio": ratio(found["epoch_s"], base),
                    "same_ratio": ratio(found["epoch_s"], same.get(events[last])),
                }
                rows.append({**settings, **found, **compared})
                click.echo(
                    f"{dataset}, {model}, {found['library']}: {found['epoch_s']:.2f} s per epoch, {found['ndcg@10']:.4f}"
                )
    show("Sequence models and their peers, last event of each user, full catalogue", COLUMNS, rows, NOTE)
    if users is None:
        click.echo(f"Recorded in {record('sequences-peers', rows, seed=seed, learning_rate=learning_rate)}.")


def _libraries(only: tuple[str, ...], model: str, dataset: str, kept: int) -> list[tuple[str, int | None]]:
    """Which libraries are run, and on how many last events of a user; skrec first, so that the others' ratio to it is known."""
    have: list[tuple[str, int | None]] = [("skrec", None)]
    if model in MODELS["rectools"]:
        have.append(("skrec", kept))
    have += [(peer, kept if peer == "rectools" else None) for peer, models in MODELS.items() if model in models]
    if only:
        return [entry for entry in have if entry[0] in only]
    return [entry for entry in have if (entry[0], dataset) != ("recbole", "beauty")]


def _some(dataset: str, users: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test events of all users, or of the first ones."""
    train, test = data.leave_last_out(data.read(dataset))
    if users is None:
        return train, test
    test = test.head(users)
    return train[train["user_id"].isin(test["user_id"])].reset_index(drop=True), test
