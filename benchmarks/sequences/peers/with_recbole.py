"""Run by RecBole's own Python: ``with_recbole.py REQUEST.json``."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed
from recbole.utils.case_study import full_sort_topk

K = 10


def main(request: dict) -> None:
    """Fit with RecBole's cross-entropy over the catalogue, and rank for the users asked about."""
    folder = Path("data", "events")
    folder.mkdir(parents=True)
    frame = pd.read_csv(request["events"])
    # RecBole holds out two events of each user whatever is asked: the test event's place is taken by one more that nobody learns from.
    last = frame.groupby("user_id").tail(1)
    for shift in (1, 2):
        frame = pd.concat([frame, last.assign(timestamp=last["timestamp"] + shift)])
    frame = frame.sort_values(["user_id", "timestamp"], kind="stable")
    frame.columns = ["user_id:token", "item_id:token", "timestamp:float"]
    frame.to_csv(folder / "events.inter", sep="\t", index=False)
    size = request["embedding_dim"]
    settings = {
        "data_path": "data",
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "MAX_ITEM_LIST_LENGTH": request["max_length"],
        "epochs": request["epochs"],
        "train_neg_sample_args": None,
        "loss_type": "CE",
        "embedding_size": size,
        "hidden_size": size if request["model"] == "SASRec" else 128,
        "inner_size": size,
        "n_layers": 2 if request["model"] == "SASRec" else 1,
        "n_heads": 1,
        "hidden_dropout_prob": request["dropout"],
        "attn_dropout_prob": request["dropout"],
        "dropout_prob": request["dropout"],
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
        "use_gpu": False,
        "show_progress": False,
        "save_dataset": False,
        "seed": 0,
    }
    config = Config(model=request["model"], dataset="events", config_dict=settings)
    init_seed(0, reproducibility=True)
    dataset = create_dataset(config)
    train, _, test = data_preparation(config, dataset)
    model = get_model(config["model"])(config, train.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    begin = time.perf_counter()
    for epoch in range(request["epochs"]):
        trainer._train_epoch(train, epoch)
    fitted = time.perf_counter()
    answer = {
        "lists": ranked(request["users"], dataset, model, test, config),
        "epoch_s": (fitted - begin) / request["epochs"],
        "fit_s": fitted - begin,
        "version": version("recbole"),
    }
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def ranked(users: list, dataset: object, model: object, test: object, config: object) -> dict:
    """Lists without what a user has seen."""
    lists = {}
    model.eval()
    with torch.no_grad():
        for start in range(0, len(users), 256):
            block = [str(user) for user in users[start : start + 256]]
            codes = dataset.token2id("user_id", block)
            _, items = full_sort_topk(codes, model, test, k=K, device=config["device"])
            for user, row in zip(block, dataset.id2token("item_id", items.cpu()), strict=True):
                lists[user] = [int(item) for item in row]
    return lists


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
