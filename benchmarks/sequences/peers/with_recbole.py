"""Run by RecBole's own Python: ``with_recbole.py REQUEST.json``."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.utils import get_model, get_trainer, init_seed

K = 10


def settings(request: dict[str, Any]) -> dict[str, Any]:
    """RecBole's settings; its batch of 2048 prefixes of histories is its default."""
    size, dropout = request["embedding_dim"], request["dropout"]
    own = {
        "SASRec": {
            "hidden_size": size,
            "inner_size": size,
            "n_layers": 2,
            "n_heads": 1,
            "hidden_dropout_prob": dropout,
            "attn_dropout_prob": dropout,
        },
        "GRU4Rec": {"embedding_size": size, "hidden_size": 128, "num_layers": 1, "dropout_prob": dropout},
    }
    return {
        "data_path": "data",
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "MAX_ITEM_LIST_LENGTH": request["max_length"],
        "epochs": request["epochs"],
        "learning_rate": request["learning_rate"],
        "train_batch_size": 2048,
        "train_neg_sample_args": None,
        "loss_type": "CE",
        **own[request["model"]],
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
        "use_gpu": False,
        "show_progress": False,
        "save_dataset": False,
        "seed": request["seed"],
    }


def main(request: dict[str, Any]) -> None:
    """Fit with RecBole's cross-entropy over the catalogue, and rank for the users asked about."""
    folder = Path("data", "events")
    folder.mkdir(parents=True)
    frame = pd.read_csv(request["events"])
    histories = frame.groupby("user_id")["item_id"].agg(list).to_dict()
    # RecBole holds out two events of each user whatever is asked: two more stand there, which nobody learns from or reads.
    last = frame.groupby("user_id").tail(1)
    frame = pd.concat([frame, *(last.assign(timestamp=last["timestamp"] + shift) for shift in (1, 2))])
    frame = frame.sort_values(["user_id", "timestamp"], kind="stable")
    frame.columns = ["user_id:token", "item_id:token", "timestamp:float"]
    frame.to_csv(folder / "events.inter", sep="\t", index=False)
    config = Config(model=request["model"], dataset="events", config_dict=settings(request))
    init_seed(request["seed"], reproducibility=True)
    dataset = create_dataset(config)
    train, _, _ = data_preparation(config, dataset)
    model = get_model(config["model"])(config, train.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    ends = [time.perf_counter()]
    for epoch in range(request["epochs"]):
        trainer._train_epoch(train, epoch)
        ends.append(time.perf_counter())
    lists = ranked(request, histories, dataset, model)
    answer = {
        "lists": lists,
        "epochs_s": [end - begin for begin, end in zip(ends, ends[1:])],  # noqa: B905, RUF007
        "fit_s": ends[-1] - ends[0],
        "rank_s": time.perf_counter() - ends[-1],
        "version": version("recbole"),
    }
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def ranked(request: dict[str, Any], histories: dict[int, list[int]], dataset: Any, model: Any) -> dict[str, list[int]]:
    """Lists without what a user has seen, which RecBole leaves in those of sequence models."""
    users, length, lists = request["users"], request["max_length"], {}
    model.eval()
    with torch.no_grad():
        for start in range(0, len(users), 256):
            block = users[start : start + 256]
            codes = [
                torch.as_tensor(dataset.token2id("item_id", [str(item) for item in histories[user]])) for user in block
            ]
            rows = torch.zeros((len(block), length), dtype=torch.int64)
            for row, seen in zip(rows, codes, strict=True):
                row[: min(length, len(seen))] = seen[-length:]
            lengths = torch.tensor([min(length, len(seen)) for seen in codes])
            scores = model.full_sort_predict(Interaction({model.ITEM_SEQ: rows, model.ITEM_SEQ_LEN: lengths}))
            for row, seen in zip(scores, codes, strict=True):
                row[seen] = -torch.inf
            scores[:, 0] = -torch.inf  # padding
            for user, row in zip(block, dataset.id2token("item_id", torch.topk(scores, K).indices), strict=True):
                lists[str(user)] = [int(item) for item in row]
    return lists


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
