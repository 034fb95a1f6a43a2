"""Neural models: a few small ones that are fitted once and asked, and their parameters, losses and optimizers."""

import functools

import numpy as np
import pandas as pd
from cells import ODD, Meaningless
from events import Either
from parts import among, anything, flag, real, seed, whole
from queries import ask_recommend
from world import expect

from skrec.data import Interactions
from skrec.losses import BCE, BPR, MSE, KerasLoss, Softmax
from skrec.models import GMF, DeepFM, MatrixFactorization, NeuMF, SASRec, TwoTower
from skrec.optimizers import SGD, Adagrad, Adam

SMALL = {"embedding_dim": 4, "epochs": 1, "batch_size": 16, "random_state": 0}
KINDS = {
    MatrixFactorization: {},
    GMF: {},
    NeuMF: {"hidden": (4,)},
    SASRec: {"max_length": 4, "n_blocks": 1},
    TwoTower: {"hidden": (4,)},
    DeepFM: {"hidden": (4,)},
}
PARAMETERS = {
    "embedding_dim": whole(1),
    "epochs": whole(1),
    "batch_size": lambda value: whole(1)(value) or among("auto")(value),
    "learning_rate": real(0),
    "n_negatives": whole(0, none=True),
    "negatives": among("uniform", "popularity", "in-batch"),
    "validation_fraction": real(0, 1, closed=True),
    "early_stopping": lambda value: flag(value) or whole(1)(value),
    "warm_start": flag,
    "random_state": seed,
    "precision": among("float32", "mixed_bfloat16", "mixed_float16"),
    "dropout": real(0, 1, closed=True),
    "id_dropout": real(0, 1, closed=True),
    "bias": flag,
    "max_length": whole(1),
    "n_blocks": whole(1),
    "n_heads": whole(1),
    "hidden": anything,
    "temperature": lambda value: value is None or value == "auto" or real(0)(value),
    "calibration": lambda value: real(0, 1, closed=True)(value) or value == 1,
    "optimizer": anything,
    "loss": anything,
    "callbacks": anything,
    "verbose": anything,
    "backend": anything,
    "device": anything,
    "retriever": anything,
}


@functools.cache
def fitted(world):
    """Models by name, fitted to the events of a world."""
    ids = {"users": world.users, "items": world.items}
    tables = {side: pd.DataFrame({f"{side[:-1]}_id": found, "age": range(len(found))}) for side, found in ids.items()}
    X = Interactions(world.events.assign(mood=[place % 3 for place in range(len(world.events))]), **tables)
    return {
        kind.__name__: kind(**SMALL | own).fit(X if kind is DeepFM else world.events)
        for kind, own in KINDS.items()
        if kind in {MatrixFactorization, SASRec, TwoTower, DeepFM}
    }


def ask_network(draw, world):
    """`recommend` of a neural model."""
    return ask_recommend(draw, world, fitted(world))


def reasonable(value):
    """Say whether a size of networks is one that is to be tried: none that no memory holds, or that trains for hours."""
    try:
        return not (isinstance(value, (int, np.integer)) and value > 64)
    except TypeError:
        return True


def ask_network_parameters(draw, world):
    """A parameter of a neural model."""
    kind = draw.choice(list(KINDS))
    names = sorted(set(kind._parameter_constraints) & set(PARAMETERS))
    name = draw.choice(names)
    odd = draw.choice(sorted(name for name, value in ODD.items() if reasonable(value)))
    given = {**SMALL, **KINDS[kind], name: ODD[odd]}

    def check(model):
        if not PARAMETERS[name](given[name]):
            raise Meaningless(f"{name}={given[name]!r:.60}")
        scores = model.recommend(k=3).to_frame()["score"].to_numpy()
        expect(len(scores) > 0 and np.isfinite(scores).all(), f"scores {scores}")

    return f"{kind.__name__} {name}={odd}", lambda: kind(**given).fit(world.events), check


def ask_part(draw, world):
    """A parameter of a loss or an optimizer."""
    parts = {
        Softmax: ["temperature"],
        BCE: ["calibration"],
        KerasLoss: ["loss", "target"],
        Adam: ["learning_rate", "beta_1", "beta_2", "epsilon"],
        Adagrad: ["learning_rate", "initial_accumulator_value", "epsilon"],
        SGD: ["learning_rate", "momentum"],
        BPR: [],
        MSE: [],
    }
    kind = draw.choice(list(parts))
    odd = draw.choice(sorted(ODD))
    name = draw.choice(parts[kind]) if parts[kind] else None
    known = name is not None and name in kind().get_params() if kind is not KerasLoss else True
    given = {name: ODD[odd]} if known and name else {}
    if kind is KerasLoss and "loss" not in given:
        given["loss"] = "mean_squared_error"
    role = "optimizer" if kind in {Adam, Adagrad, SGD} else "loss"

    def check(model):
        scores = model.recommend(k=3).to_frame()["score"].to_numpy()
        expect(len(scores) > 0 and np.isfinite(scores).all(), f"scores {scores}")
        if name == "temperature" and not real(0)(given[name]):
            raise Meaningless(name)
        if name == "learning_rate" and given[name] is not None and not real(0)(given[name]):
            raise Meaningless(name)

    def call():
        return MatrixFactorization(**SMALL | {role: kind(**given)}).fit(world.events)

    return f"{kind.__name__} {name}={odd}", call, check


__all__ = ["Either", "ask_network", "ask_network_parameters", "ask_part"]
