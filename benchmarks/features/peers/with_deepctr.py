"""deepctr-torch: run by its own Python; skrec isn't installed there."""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from deepctr_torch.callbacks import EarlyStopping
from deepctr_torch.inputs import DenseFeat, SparseFeat, VarLenSparseFeat, get_feature_names
from deepctr_torch.models import DCN, WDL, DeepFM

folder = Path(sys.argv[1])
call = json.loads((folder / "call.json").read_text(encoding="utf-8"))
data = dict(np.load(folder / "data.npz"))
sparse = ["user_id", "item_id", "gender", "occupation"]
columns = [SparseFeat(name, int(data[name].max()) + 1, embedding_dim=call["dim"]) for name in sparse]
columns += [DenseFeat(name, 1) for name in ("age", "year")]
columns.append(
    VarLenSparseFeat(
        SparseFeat("genres", int(data["genres"].max()) + 1, embedding_dim=call["dim"]), data["genres"].shape[1], "mean"
    )
)
names = get_feature_names(columns)


def part(name):
    """Give inputs and labels of one part of the events."""
    rows = data[name]
    return {column: data[column][rows] for column in names}, data["labels"][rows].astype("float32")


MODELS = {
    "WideDeep": lambda: WDL(
        columns, columns, dnn_hidden_units=tuple(call["hidden"]), dnn_dropout=0.2, seed=call["seed"]
    ),
    "DeepFM": lambda: DeepFM(
        columns, columns, dnn_hidden_units=tuple(call["hidden"]), dnn_dropout=0.2, seed=call["seed"]
    ),
    "DCNv2": lambda: DCN(
        columns,
        columns,
        cross_num=2,
        cross_parameterization="matrix",
        dnn_hidden_units=tuple(call["hidden"]),
        dnn_dropout=0.2,
        seed=call["seed"],
    ),
}

(train, train_labels), validation, (test, _) = part("train"), part("validation"), part("test")
seconds, answers = {}, {}
for name in call["models"]:
    model = MODELS[name]()
    model.compile(torch.optim.Adam(model.parameters(), lr=0.002), "binary_crossentropy", metrics=["auc"])
    stop = EarlyStopping(monitor="val_auc", mode="max", patience=call["patience"], restore_best_weights=True)
    begin = time.perf_counter()
    model.fit(
        train,
        train_labels,
        batch_size=1024,
        epochs=call["epochs"],
        validation_data=validation,
        callbacks=[stop],
        verbose=0,
    )
    seconds[name] = time.perf_counter() - begin
    answers[name] = model.predict(test, batch_size=4096)[:, 0]

np.savez(folder / "answer.npz", **answers)
(folder / "answer.json").write_text(json.dumps({"version": version("deepctr-torch"), "seconds": seconds}))
