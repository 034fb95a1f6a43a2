"""Cases of pipelines that read features of users, items and moments."""

import pandas as pd
from golden_pairs import BruteForce
from golden_world import COLD_ITEMS, COLD_USERS, ITEMS, USERS, ask_briefly, ask_everything, history_for, lists, numbers
from sklearn.base import clone

from skrec import make_pipeline
from skrec.encoders import TextEncoder
from skrec.models import DCNv2, DeepFM, TwoTower, WideDeep
from skrec.preprocessing import FeatureEncoder

QUICK = {"epochs": 4, "learning_rate": 0.03, "batch_size": 32, "random_state": 0}
CNN = TextEncoder("cnn", min_count=1, max_length=6, token_dim=4, units=4, widths=(1, 2), dropout=0.2)
PEOPLE = [("age", "number", "age"), ("side", "category", "side")]
CONTENT = [("kinds", "tags", "kinds"), ("year", "number", "year")]
TOWERS = FeatureEncoder(PEOPLE, [*CONTENT, ("plot", CNN, "plot")])
RANKING = FeatureEncoder(PEOPLE, CONTENT, [("day", "category", "day")])
SMALL = FeatureEncoder(items=[("kinds", "tags", "kinds")])

FULL = {
    "two-tower": make_pipeline(TOWERS, TwoTower(4, (6,), **QUICK)),
    "wide-deep": make_pipeline(RANKING, WideDeep(4, (6,), **QUICK)),
    "deep-fm": make_pipeline(RANKING, DeepFM(4, (6,), **QUICK)),
    "dcn-v2": make_pipeline(RANKING, DCNv2(4, (6,), n_crosses=1, **QUICK)),
}
"""These answer every question, and are fitted to labels but for the first."""

BRIEF = {
    "two-tower-bce": make_pipeline(SMALL, TwoTower(4, (6,), loss="bce", id_dropout=0.6, **QUICK)),
    "two-tower-bpr": make_pipeline(SMALL, TwoTower(4, (), loss="bpr", negatives="popularity", **QUICK)),
    "two-tower-in-batch": make_pipeline(
        SMALL, TwoTower(4, (6,), negatives="in-batch", temperature=None, dropout=0.0, id_dropout=0.0, **QUICK)
    ),
    "two-tower-retriever": make_pipeline(SMALL, TwoTower(4, (6,), retriever=BruteForce(), **QUICK)),
    "two-tower-early-stopping": make_pipeline(SMALL, TwoTower(4, (6,), **{**QUICK, "epochs": 8}, early_stopping=2)),
    "wide-deep-negatives": make_pipeline(SMALL, WideDeep(4, (6,), **QUICK)),
    "deep-fm-bpr": make_pipeline(SMALL, DeepFM(4, (6,), loss="bpr", id_dropout=0.5, **QUICK)),
    "deep-fm-early-stopping": make_pipeline(RANKING, DeepFM(4, (6,), validation_fraction=0.25, **QUICK)),
    # Not Adam: users' first-order weights cancel out, and Adam would make steps of the rounding that is left of their gradients.
    "dcn-v2-softmax": make_pipeline(
        SMALL, DCNv2(4, (6,), loss="softmax", negatives="popularity", l2=0.01, optimizer="sgd", **QUICK)
    ),
}
"""Losses, negatives, dropped ids: these predict and recommend, after a fit to events alone."""


def run_full(name, world):
    """Answer everything, cold users and items with features included; then once more after more events."""
    pipeline = clone(FULL[name])
    labels = None if name == "two-tower" else world.liked
    answers = ask_everything(pipeline.fit(world.films, labels), world, world.films.events)
    answers |= ask_with_features(pipeline, world)
    if labels is not None:
        answers |= ask_about_moments(pipeline)
    more = None if labels is None else (world.more.events["rating"] >= 3.0).to_numpy().astype(float)
    pipeline[-1].partial_fit(world.more, more)
    later = ask_briefly(pipeline, world) | ask_with_features(pipeline, world)
    return answers | {f"partial_fit: {question}": answer for question, answer in later.items()}


def run_brief(name, world):
    """Predict and recommend, cold users and items included."""
    pipeline = clone(BRIEF[name]).fit(world.films)
    return ask_briefly(pipeline, world) | ask_with_features(pipeline, world)


def run_without_features(name, world):
    """Models that can read features, without any."""
    del name
    answers = {}
    for model in (TwoTower(4, (6,), **QUICK), DeepFM(4, (6,), **QUICK)):
        found = ask_briefly(model.fit(world.plain), world)
        answers |= {f"{type(model).__name__}: {question}": answer for question, answer in found.items()}
    return answers


def run_warm_start(name, world):
    """A refit on other events, from what was learned before."""
    del name
    pipeline = make_pipeline(RANKING, DeepFM(4, (6,), warm_start=True, **QUICK)).fit(world.films[:70], world.liked[:70])
    return ask_briefly(pipeline.fit(world.films, world.liked, deepfm__sample_weight=world.weights), world)


def ask_with_features(pipeline, world):
    """Answer what features of ids that weren't in fit are for."""
    users, items = world.films.users, world.films.items
    few = users[users["user_id"].isin([*COLD_USERS, USERS[2]])]
    cold = items[items["item_id"].isin([*COLD_ITEMS, ITEMS[3], ITEMS[4]])]
    answers = {
        "moments": numbers(pipeline.predict(world.moments)),
        "cold users": lists(pipeline.recommend(few, 3)),
        "cold items": lists(pipeline.recommend(USERS[:3], 4, items=cold, exclude_seen=False)),
        "cold users and items": lists(pipeline.recommend(few, 3, items=cold)),
    }
    if hasattr(pipeline, "similar_items"):
        answers["similar to cold items"] = lists(pipeline[-1].similar_items(cold, 3))
    return answers


def ask_about_moments(pipeline):
    """Lists that depend on the day, a new one among them."""
    days = pd.DataFrame({"day": ["mon", "sat", "sun", None]})
    history = history_for(["rating", "timestamp", "day"])
    return {
        "context": lists(pipeline.recommend(USERS[:4], 3, context=days)),
        "context, folded in": lists(pipeline.recommend([900, 901, USERS[4], 999], 3, history=history, context=days)),
    }


CASES = {
    **dict.fromkeys(FULL, run_full),
    **dict.fromkeys(BRIEF, run_brief),
    "features-none": run_without_features,
    "deep-fm-warm-start": run_warm_start,
}
