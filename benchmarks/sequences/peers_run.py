"""SASRec and GRU4Rec beside RecTools and RecBole: the same data, width, blocks, length, epochs, dropout and loss."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks.results import record
from benchmarks.sequences import data, runs
from benchmarks.speed.report import Column, show
from skrec.models import GRU4Rec, SASRec

PINNED = {
    "rectools": ["rectools[torch]==0.19.0"],
    "recbole": ["recbole==1.2.1", "numpy<2", "setuptools<75", "pandas<2.3"],
}
SETTINGS: dict[str, dict[str, int]] = {
    "ml-100k": {"max_length": 100, "epochs": 30},
    "beauty": {"max_length": 50, "epochs": 3},
}
SHARED = {"embedding_dim": 64, "dropout": 0.2}
SCRIPTS = Path(__file__).parent / "peers"

COLUMNS: list[Column] = [
    ("library", "library", ""),
    ("model", "model", ""),
    ("epoch_s", "s per epoch", ".2f"),
    ("fit_s", "fit, s", ".0f"),
    ("ndcg@10", "NDCG@10", ".4f"),
    ("hit@10", "hit@10", ".4f"),
]


def peer_python(peer: str, home: str | None) -> Path:
    """Find a peer's Python; make its environment where there is none."""
    if not home:
        raise click.ClickException(
            "Say where the peers' virtual environments are, or are to be: --peer-home or SKREC_PEER_HOME."
        )
    folder = Path(home, peer)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        click.echo(f"Making {folder} with {' '.join(PINNED[peer])}.")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINNED[peer]], check=True)
    return python


def run_peer(peer: str, home: str | None, model: str, train: Any, test: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Let a peer's script fit and rank; its lists are measured here."""
    python = peer_python(peer, home)
    with tempfile.TemporaryDirectory() as folder:
        events, request, answer = (Path(folder, name) for name in ("events.csv", "request.json", "answer.json"))
        # Where there is no time, the order of the rows is one.
        timed = train if "timestamp" in train else train.assign(timestamp=range(len(train)))
        timed.to_csv(events, index=False)
        users = test["user_id"].tolist()
        call = {"events": str(events), "answer": str(answer), "users": users, "model": model, **options}
        request.write_text(json.dumps(call), encoding="utf-8")
        subprocess.run([str(python), str(SCRIPTS / f"with_{peer}.py"), str(request)], check=True, cwd=folder)
        found = json.loads(answer.read_text(encoding="utf-8"))
    lists = {int(user): items for user, items in found.pop("lists").items()}
    return {"library": f"{peer} {found.pop('version')}", "model": model, **found, **data.ndcg_and_hits(lists, test)}


def own(model: str, options: dict[str, Any]) -> Any:
    """The same model of skrec: the softmax over the catalogue as loss."""
    common = {**SHARED, **options, "n_negatives": 1_000_000, "random_state": 0}
    return SASRec(n_blocks=2, n_heads=1, **common) if model == "SASRec" else GRU4Rec(**common)


@click.command()
@click.argument("dataset", type=click.Choice(sorted(SETTINGS)))
@click.option("--peer", default="rectools", show_default=True, type=click.Choice(sorted(PINNED)))
@click.option("--model", default="SASRec", show_default=True, type=click.Choice(["SASRec", "GRU4Rec"]))
@click.option("--peer-home", envvar="SKREC_PEER_HOME", help="Folder of the peers' virtual environments.")
@click.option("--epochs", default=None, type=int, help="Other than 30 on ml-100k and 3 on beauty.")
@click.option("--peer-epochs", default=None, type=int, help="Fewer for the peer, where only its seconds are asked for.")
def run(
    dataset: str, peer: str, model: str, peer_home: str | None, epochs: int | None, peer_epochs: int | None
) -> None:
    """Train a MODEL of skrec and of a peer on DATASET, one after the other."""
    if peer == "rectools" and model == "GRU4Rec":
        raise click.UsageError("RecTools has no GRU4Rec.")
    train, test = data.leave_last_out(data.read(dataset))
    options = {**SETTINGS[dataset], **({} if epochs is None else {"epochs": epochs})}
    rows = [{"library": "skrec", "model": model, **runs.run(own(model, options), train, test)}]
    theirs = {**SHARED, **options, **({} if peer_epochs is None else {"epochs": peer_epochs})}
    rows.append(run_peer(peer, peer_home, model, train, test, theirs))
    show(f"{dataset}, {options['epochs']} epochs, length {options['max_length']}", COLUMNS, rows)
    record(f"sequences-{peer}", rows, dataset=dataset, **options)
