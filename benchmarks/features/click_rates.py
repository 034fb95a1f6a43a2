"""Whether a user will like a film: probabilities from ids and features, MovieLens 100K."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, StandardScaler

from benchmarks.environments import peer_python
from benchmarks.results import record
from benchmarks.speed import options
from benchmarks.speed.processes import run_python
from benchmarks.speed.report import Column, show
from skrec import Interactions, load_dataset, make_pipeline
from skrec.models import DCNv2, DeepFM, WideDeep
from skrec.preprocessing import FeatureEncoder

PINNED = ["torch==2.13.0", "deepctr-torch==0.3.0", "requests"]
"""What the peer's environment holds."""

DIM, HIDDEN, EPOCHS, PATIENCE = 16, (128, 64), 30, 3
USERS = [
    ("age", "number", "age"),
    ("gender", "category", "gender"),
    ("occupation", "category", "occupation"),
]
ITEMS = [("genres", "tags", "genres"), ("year", "number", "year")]
MODELS = {"WideDeep": WideDeep, "DeepFM": DeepFM, "DCNv2": DCNv2}
COLUMNS: list[Column] = [
    ("model", "model", ""),
    ("library", "library", ""),
    ("auc", "AUC", ".4f"),
    ("log_loss", "log loss", ".4f"),
    ("fit_s", "fit, s", ".1f"),
]


@click.command()
@options.seed
@options.peer_home
@click.option("--no-peer", is_flag=True, help="Leave deepctr-torch out.")
def run(seed: int, peer_home: str | None, no_peer: bool) -> None:
    """AUC and log loss; events split at random into 80% to learn from, 10% to stop by, 10% to measure with."""
    X = load_dataset("movielens/100k", verbose=False)
    labels = (X.events["rating"].to_numpy() >= 4).astype(int)
    order = np.random.default_rng(seed).permutation(len(X))
    parts = np.split(order, [int(0.8 * len(X)), int(0.9 * len(X))])
    rows = [_logistic(X, labels, parts)]
    rows += [_skrec(name, model, X, labels, parts, seed) for name, model in MODELS.items()]
    if not no_peer:
        rows += _peers(X, labels, parts, seed, peer_home)
    show(f"MovieLens 100K, rating >= 4, random 80/10/10 (seed {seed}), embeddings of {DIM}", COLUMNS, rows)
    click.echo(f"Recorded in {record('features-click-rates', rows, seed=seed)}.")


def _figures(truth: Any, probabilities: Any) -> dict[str, float]:
    return {
        "auc": float(roc_auc_score(truth, probabilities)),
        "log_loss": float(log_loss(truth, np.clip(probabilities, 1e-7, 1 - 1e-7))),
    }


def _frame(X: Interactions) -> pd.DataFrame:
    """Events, joined with the features of both sides."""
    events = X.events[["user_id", "item_id"]]
    return events.merge(X.users, on="user_id", how="left").merge(X.items, on="item_id", how="left")


def _logistic(X: Interactions, labels: Any, parts: Any) -> dict[str, Any]:
    """Logistic regression over the same features, one-hot; its penalty chosen on the events to stop by."""
    frame = _frame(X)
    categories = OneHotEncoder(handle_unknown="ignore").fit_transform(
        frame[["user_id", "item_id", "gender", "occupation"]].astype(str)
    )
    genres = MultiLabelBinarizer(sparse_output=True).fit_transform(frame["genres"].fillna("").str.split("|"))
    numbers = StandardScaler().fit_transform(frame[["age", "year"]].fillna(frame[["age", "year"]].mean()))
    matrix = sparse.hstack([categories, genres, sparse.csr_matrix(numbers)]).tocsr()
    begin = time.perf_counter()
    best: tuple[float, Any] = (0.0, None)
    for strength in (0.03, 0.1, 0.3, 1.0):
        model = LogisticRegression(C=strength, max_iter=300).fit(matrix[parts[0]], labels[parts[0]])
        quality = roc_auc_score(labels[parts[1]], model.predict_proba(matrix[parts[1]])[:, 1])
        best = max(best, (quality, model), key=lambda entry: entry[0])
    took = time.perf_counter() - begin
    figures = _figures(labels[parts[2]], best[1].predict_proba(matrix[parts[2]])[:, 1])
    return {"model": "LogisticRegression", "library": "scikit-learn", **figures, "fit_s": took}


def _skrec(name: str, kind: Any, X: Interactions, labels: Any, parts: Any, seed: int) -> dict[str, Any]:
    """A model of skrec, stopped by its own tenth of the events it gets: the first two parts together."""
    known = np.concatenate(parts[:2])
    model = kind(DIM, HIDDEN, epochs=EPOCHS, early_stopping=PATIENCE, validation_fraction=1 / 9, random_state=seed)
    pipeline = make_pipeline(FeatureEncoder(users=USERS, items=ITEMS), model)
    begin = time.perf_counter()
    pipeline.fit(X[known], labels[known])
    took = time.perf_counter() - begin
    return {
        "model": name,
        "library": "skrec",
        **_figures(labels[parts[2]], pipeline.predict(X[parts[2]])),
        "fit_s": took,
    }


def _peers(X: Interactions, labels: Any, parts: Any, seed: int, home: str | None) -> list[dict[str, Any]]:
    """The same models of deepctr-torch, in its own virtual environment."""
    frame = _frame(X)
    data: dict[str, Any] = {
        name: pd.factorize(frame[name])[0] for name in ("user_id", "item_id", "gender", "occupation")
    }
    for name in ("age", "year"):
        values = frame[name].fillna(frame[name].mean()).to_numpy(dtype=float)
        data[name] = (values - values.mean()) / values.std()
    tags = frame["genres"].fillna("").str.split("|")
    names = sorted({tag for row in tags for tag in row if tag})
    codes = np.zeros((len(frame), max(map(len, tags))), dtype=np.int64)
    for place, row in enumerate(tags):
        codes[place, : len(row)] = [names.index(tag) + 1 if tag else 0 for tag in row]
    python = peer_python("deepctr", home, PINNED)
    with TemporaryDirectory() as folder:
        np.savez(
            Path(folder, "data.npz"),
            genres=codes,
            labels=labels,
            train=parts[0],
            validation=parts[1],
            test=parts[2],
            **data,
        )
        call = {
            "dim": DIM,
            "hidden": HIDDEN,
            "epochs": EPOCHS,
            "patience": PATIENCE,
            "seed": seed,
            "models": list(MODELS),
        }
        Path(folder, "call.json").write_text(json.dumps(call), encoding="utf-8")
        script = Path(__file__).parent / "peers" / "with_deepctr.py"
        run_python([str(python), str(script), folder])
        answer = json.loads(Path(folder, "answer.json").read_text(encoding="utf-8"))
        found = np.load(Path(folder, "answer.npz"))
        return [
            {
                "model": name,
                "library": f"deepctr-torch {answer['version']}",
                **_figures(labels[parts[2]], found[name]),
                "fit_s": answer["seconds"][name],
            }
            for name in MODELS
        ]
