"""skrecsys: run by its own Python with a request of ``benchmarks.speed.environments``."""

import time

begin = time.perf_counter()
from skrecsys.recommendation import BayesianPersonalizedRanking  # noqa: E402 - the import is timed

import_s = time.perf_counter() - begin

import numpy as np  # noqa: E402
from exchange import one_by_one, repeat, serve  # noqa: E402


def fit(users, items, rank_users, k):
    """Time a fit of BPR with the library's defaults."""
    events = np.stack([users, items], axis=1)
    estimator = BayesianPersonalizedRanking()
    start = time.perf_counter()
    estimator.fit(events)
    fit_s = time.perf_counter() - start
    lists, _ = estimator.recommend(rank_users, n_recommendations=k)
    return {"fit_s": fit_s}, lists


def recommend(users, items, rank_users, factors, k, runs):
    """Time lists for many users; how good they are doesn't matter."""
    estimator = BayesianPersonalizedRanking(n_factors=factors, max_iter=1)
    estimator.fit(np.stack([users, items], axis=1))
    times, answer = repeat(lambda: estimator.recommend(rank_users, n_recommendations=k), runs)
    return {"seconds": times}, answer[0]


def latency(users, items, rank_users, factors, k, runs):
    """Time one known user at a time, and 64 in one call; there is no way to ask for a user by a new history."""
    estimator = BayesianPersonalizedRanking(n_factors=factors, max_iter=1)
    estimator.fit(np.stack([users, items], axis=1))
    known = np.random.default_rng(0).integers(users.max() + 1, size=runs)
    times = {
        "known": one_by_one(lambda user: estimator.recommend(np.array([user]), n_recommendations=k), known),
        "many": one_by_one(lambda _: estimator.recommend(rank_users, n_recommendations=k), range(runs // 4)),
    }
    return {"times": {"BPR": times}}, np.zeros((0, k))


serve("skrecsys", import_s, {"fit": fit, "recommend": recommend, "latency": latency})
