"""Evaluation, lists as frames, pipelines, files, backends and made-up data."""

import os
from pathlib import Path

import events
import numpy as np
import pandas as pd
from cells import ODD, Meaningless
from events import Either
from learning import odd_table
from parts import flag, seed, whole
from queries import odd_history, odd_ids, odd_k, odd_numbers
from world import expect

import skrec
from skrec.backends import set_backend
from skrec.losses import find_loss
from skrec.model_selection import evaluate, make_ranking_scorer
from skrec.models import EASE
from skrec.pipeline import Pipeline, make_pipeline
from skrec.preprocessing import Binarize, Deduplicate, KCore
from skrec.retrievers import ExactRetriever

METRICS = ["ndcg@10", "recall@5", "hit@1", "mrr", "map@3", "coverage@10", "novelty@10", "precision@2"]


def odd(draw, *right, share=0.5):
    """One of the right values, or an odd one."""
    return ODD[draw.choice(sorted(ODD))] if draw.random() < share or not right else draw.choice(right)


def ask_evaluate(draw, world):
    """`evaluate` and `make_ranking_scorer`."""
    model = world.models[draw.choice(["EASE", "Popularity"])]
    wrong = draw.choice(["estimator", "X", "metrics", "y", "options", "flags"])
    estimator = odd(draw, [model], {"a": model}, [], {}, share=0.6) if wrong == "estimator" else model
    told, X, meant = "", world.events.iloc[::3], None
    if wrong == "X":
        told, X, meant = events.make(draw, world.users, world.items)
    metrics = [draw.choice(METRICS)]
    if wrong == "metrics":
        metrics = odd(
            draw, "ndcg@0", "ndcg@-1", "ndcg@x", "zebra@10", "ndcg@", "@10", ["ndcg@10", 3], [], "NDCG@10", "ndcg@1e3"
        )
    said, arguments = _odd_options(draw, world, wrong)
    told += said
    if draw.random() < 0.3:
        wanted = {name: value for name, value in arguments.items() if name not in {"y", "per_user"}}
        return (
            f"scorer {wrong} {told} {metrics!r:.60} {wanted!r:.60}",
            lambda: make_ranking_scorer(metrics, **wanted)(estimator, X, arguments.get("y")),
            lambda value: check_values(list(value.values()) if isinstance(value, dict) else [value]),
        )

    def check(table):
        for name in ("per_user", "count_seen", "exclude_seen"):
            if name in arguments and not flag(arguments[name]):
                raise Meaningless(name)
        if wrong == "X":
            events.clean(meant)
        check_values(table.select_dtypes("number").to_numpy().ravel())

    return f"evaluate {wrong} {told} {metrics!r:.60}", lambda: evaluate(estimator, X, metrics, **arguments), check


def _odd_options(draw, world, wrong):
    told = ""
    arguments = {}
    if wrong == "y":
        said, arguments["y"], _ = odd_numbers(draw, len(world.events.iloc[::3]))
        told = f" y={said}"
    if wrong == "options":
        name = draw.choice(["items", "exclude_items", "exclude_seen", "history", "k", "zebra"])
        if name == "history":
            told, arguments[name], _ = odd_history(draw, world)
        elif name in {"items", "exclude_items"}:
            told, arguments[name], _ = odd_ids(draw, world.items, world.cold_items, "item_id")
        else:
            arguments[name] = odd(draw)
    if wrong == "flags":
        arguments[draw.choice(["per_user", "count_seen"])] = odd(draw)
    return told, arguments


def check_values(values):
    expect(np.isfinite(np.asarray(values, dtype=float)).all(), f"{values}")


def ask_frame(draw, world):
    """`Recommendations.to_frame` and `with_titles`."""
    answer = world.models["EASE"].recommend(world.users[:3], k=4)
    told, table = odd_table(draw, world.items, "item_id")
    if draw.random() < 0.4:
        column = odd(draw, "name", "age", "zebra")
        return (
            f"with_titles {told} column={column!r:.50}",
            lambda: answer.with_titles(table, column),
            lambda shown: expect(bool(repr(shown)) and bool(shown._repr_html_()), "no text"),
        )
    source = odd(draw, True, False, share=0.3)

    def check(frame):
        if not flag(source):
            raise Meaningless(f"source={source!r:.50}")
        expect(len(frame) == int(answer.lengths.sum()), "rows")

    return f"to_frame {told} source={source!r:.40}", lambda: answer.to_frame(source, table), check


def ask_made(draw, world):
    """`make_interactions`."""
    arguments = {"n_users": 6, "n_items": 5, "n_events": 20, "features": ["number"], "random_state": 0}
    name = draw.choice(sorted(arguments))
    right = {"features": [["number", "zebra"], "number", ("category",), [1], {"number": 1}]}.get(name, [1, 7])
    arguments[name] = odd(draw, *right, share=0.8)
    if isinstance(arguments[name], (int, np.integer)) and arguments[name] > 2**20:
        arguments[name] = -arguments[name]  # what no memory holds isn't tried

    def check(X):
        value = arguments[name]
        fits = {"random_state": seed, "features": lambda _: True}.get(name, whole(1))
        if not fits(value):
            raise Meaningless(f"{name}={value!r:.50}")
        expect(len(X) == arguments["n_events"], f"{len(X)} events")

    return f"make_interactions {name}={arguments[name]!r:.60}", lambda: skrec.make_interactions(**arguments), check


def ask_pipeline(draw, world):
    """Pipelines: their steps, and questions with odd arguments."""
    steps = [Deduplicate(), EASE(3.0)]
    if draw.random() < 0.5:
        wrong = odd(draw, Deduplicate, EASE, "EASE", KCore(1, 1), None, "passthrough", share=0.6)
        if not hasattr(wrong, "__array__") and wrong is not pd.NA:  # scikit-learn asks whether a step equals a text
            steps[draw.randrange(2)] = wrong
        told, X, users = f"steps {steps!r:.80}", world.events, None
    else:
        steps = draw.choice([[KCore(1, 1), EASE(3.0)], [Binarize(1.0), EASE(3.0)], steps])
        told, X, _ = events.make(draw, world.users, world.items)
        said, users, _ = odd_ids(draw, world.users, world.cold_users, "user_id")
        told += f" users={said}"
    make = draw.choice([lambda: make_pipeline(*steps), lambda: Pipeline([("a", steps[0]), ("b", steps[1])])])

    def check(answer):
        expect(np.isfinite(answer.to_frame()["score"].to_numpy()).all(), "scores")

    return f"pipeline {told}", lambda: make().fit(X).recommend(users, k=3), check


def ask_files(draw, world):
    """`save` and `load`, with odd paths and things that aren't estimators."""
    if draw.random() < 0.4:
        what = odd(draw, EASE, EASE(), [EASE()], skrec)
        path = Path("bad-input.skrec")
        return f"save {what!r:.60}", lambda: skrec.save(what, path), lambda _: path.unlink()
    # Only below the folder that this process runs in: what is saved takes the place of what was there.
    path = odd(draw, Path.cwd(), "pipe", "nowhere/x.skrec", Path("."), share=0.8)

    def nothing(answer):
        if isinstance(path, (str, bytes)) and Path(os.fsdecode(path)).is_file():
            raise Either  # which an input before this one has saved
        raise Meaningless(f"path={path!r:.50}")

    if draw.random() < 0.5:
        return f"load {path!r:.60}", lambda: skrec.load(path), nothing

    def check(_):
        if not isinstance(path, (str, bytes)) or not Path(os.fsdecode(path)).is_file():
            raise Meaningless(f"path={path!r:.50}")

    return f"save to {path!r:.60}", lambda: skrec.save(world.models["EASE"], path), check


def ask_names(draw, world):
    """Names of backends, losses and optimizers."""
    what = draw.choice([set_backend, find_loss])
    value = odd(draw, "zebra", "JAX", "numpy", share=0.9)

    def check(_):
        if not (what is set_backend and value is None):
            raise Either if callable(value) else Meaningless(f"{value!r:.50}")

    return f"{what.__name__} {value!r:.60}", lambda: what(value), check


def ask_retriever(draw, world):
    """The retriever, by odd vectors."""
    n = draw.choice([1, 4])
    vectors = np.arange(3.0 * n, dtype=np.float32).reshape(n, 3)
    asked, k = np.ones((2, 3), dtype=np.float32), odd_k(draw)[0]
    if draw.random() < 0.5:
        vectors = odd(draw)
    elif draw.random() < 0.5:
        asked = odd(draw)
    return (
        f"retriever {vectors!r:.40} {asked!r:.40} {k!r:.30}",
        lambda: ExactRetriever().fit(vectors).query(asked, k),
        lambda _: None,
    )


__all__ = [
    *("PARAMETERS", "clean_vector", "odd_parameters", "pd"),
    *("ask_evaluate", "ask_files", "ask_frame", "ask_made", "ask_names", "ask_pipeline", "ask_retriever"),
]
