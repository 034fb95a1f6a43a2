"""implicit: run by its own Python with a request of ``benchmarks.speed.environments``."""

import time

begin = time.perf_counter()
from implicit.als import AlternatingLeastSquares  # noqa: E402 - the import is timed
from implicit.bpr import BayesianPersonalizedRanking  # noqa: E402
from implicit.nearest_neighbours import CosineRecommender  # noqa: E402

import_s = time.perf_counter() - begin

import numpy as np  # noqa: E402
from exchange import one_by_one, repeat, serve  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402

MODELS = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}


def matrix(users, items):
    """Build what implicit learns from."""
    return csr_matrix((np.ones(len(users), dtype=np.float32), (users, items)))


def fit(users, items, rank_users, model, factors, k):
    """Time a fit with the library's defaults but for the number of factors; its matrix is made before."""
    events = matrix(users, items)
    estimator = MODELS[model](factors=factors)
    start = time.perf_counter()
    estimator.fit(events, show_progress=False)
    fit_s = time.perf_counter() - start
    lists, _ = estimator.recommend(rank_users, events[rank_users], N=k)
    return {"fit_s": fit_s}, lists


def recommend(users, items, rank_users, factors, k, runs):
    """Time lists for many users; how good they are doesn't matter."""
    events = matrix(users, items)
    estimator = AlternatingLeastSquares(factors=factors, iterations=1)
    estimator.fit(events, show_progress=False)
    seen = events[rank_users]
    times, answer = repeat(lambda: estimator.recommend(rank_users, seen, N=k), runs)
    return {"seconds": times}, answer[0]


def latency(users, items, rank_users, factors, k, runs):
    """Time one user at a time, known or by a new history, and 64 in one call."""
    events = matrix(users, items)
    rng = np.random.default_rng(0)
    known = rng.integers(events.shape[0], size=runs)
    histories = []
    for run in range(runs):
        chosen = rng.integers(events.shape[1], size=(1, 5, 20, 50)[run % 4])
        histories.append(
            csr_matrix((np.ones(len(chosen)), (np.zeros_like(chosen), chosen)), shape=(1, events.shape[1]))
        )
    times = {}
    for name, estimator in (
        ("ALS", AlternatingLeastSquares(factors=factors, iterations=1)),
        ("CosineRecommender", CosineRecommender(K=200)),
    ):
        estimator.fit(events, show_progress=False)
        times[name] = {
            "known": one_by_one(lambda user: estimator.recommend(user, events[user], N=k), known),  # noqa: B023 - called here
            "session": one_by_one(
                lambda history: estimator.recommend(0, history, N=k, recalculate_user=True),  # noqa: B023
                histories,
            ),
            "many": one_by_one(
                lambda _: estimator.recommend(rank_users, events[rank_users], N=k),  # noqa: B023
                range(runs // 4),
            ),
        }
    return {"times": times}, np.zeros((0, k))


serve("implicit", import_s, {"fit": fit, "recommend": recommend, "latency": latency})
