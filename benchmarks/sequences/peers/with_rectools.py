"""Run by RecTools' own Python: ``with_rectools.py REQUEST.json``."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from pytorch_lightning import Callback, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

K = 10


class Clock(Callback):
    """Times each epoch; Lightning's own preparations before the first one aren't part of it."""

    def __init__(self) -> None:
        self.begin = 0.0
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer: object, pl_module: object) -> None:
        """Note the time."""
        self.begin = time.perf_counter()

    def on_train_epoch_end(self, trainer: object, pl_module: object) -> None:
        """Note what the epoch took."""
        self.seconds.append(time.perf_counter() - self.begin)


def main(request: dict) -> None:
    """Fit SASRec with RecTools' softmax over the catalogue, and rank for the users asked about."""
    frame = pd.read_csv(request["events"]).rename(
        columns={"user_id": Columns.User, "item_id": Columns.Item, "timestamp": Columns.Datetime}
    )
    frame[Columns.Datetime] = pd.to_datetime(frame[Columns.Datetime], unit="s")
    frame[Columns.Weight] = 1.0
    dataset = Dataset.construct(frame)
    epochs = request["epochs"]
    seed_everything(request["seed"], workers=True)
    model = SASRecModel(
        n_factors=request["embedding_dim"],
        n_blocks=2,
        n_heads=1,
        session_max_len=request["max_length"],
        dropout_rate=request["dropout"],
        loss="softmax",
        lr=request["learning_rate"],
        batch_size=128,
        epochs=epochs,
        get_trainer_func=lambda: Trainer(
            max_epochs=epochs,
            min_epochs=epochs,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Clock()],
        ),
    )
    begin = time.perf_counter()
    model.fit(dataset)
    fitted = time.perf_counter()
    found = model.recommend(users=request["users"], dataset=dataset, k=K, filter_viewed=True)
    ranked = time.perf_counter()
    lists = found.sort_values(Columns.Rank).groupby(Columns.User)[Columns.Item].agg(list)
    answer = {
        "lists": {str(user): [int(item) for item in items] for user, items in lists.items()},
        # RecTools copies the trainer that it fits with, and the callbacks with it.
        "epochs_s": next(call.seconds for call in model.fit_trainer.callbacks if isinstance(call, Clock)),
        "fit_s": fitted - begin,
        "rank_s": ranked - fitted,
        "version": version("rectools"),
    }
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
