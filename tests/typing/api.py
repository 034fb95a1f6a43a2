"""The public types, as a user's code meets them; checked by mypy, never run."""

from contextlib import suppress
from numbers import Real
from pathlib import Path
from typing import Annotated, Any, assert_type

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

import skrec
from skrec import (
    EASE,
    GMF,
    HSTU,
    BERT4Rec,
    Caser,
    DCNv2,
    DeepFM,
    GRU4Rec,
    Interactions,
    ItemKNN,
    KerasModel,
    MatrixFactorization,
    NeuMF,
    Pipeline,
    Popularity,
    Recommendations,
    SASRec,
    TwoTower,
    WideDeep,
)
from skrec.datasets import load_dataset, make_interactions
from skrec.exceptions import InvalidDataError, SkrecError
from skrec.losses import Loss
from skrec.model_selection import LeaveLastOut, RankingScorer, UserKFold, evaluate, make_ranking_scorer
from skrec.models import BaseRecommender, KerasRecommender, NetworkSpec
from skrec.optimizers import Adam
from skrec.pipeline import make_pipeline
from skrec.plugin import (
    Dataset,
    Encoder,
    Interval,
    PluginInfo,
    Positive,
    PositiveInt,
    RankedLists,
    Retriever,
    StrOptions,
    hookimpl,
    names,
    plugin_manager,
    rank_candidates,
)
from skrec.preprocessing import Binarize, Deduplicate, KCore, RecencyWeight
from skrec.queries import Query
from skrec.retrievers import ExactRetriever


def data(frame: pd.DataFrame) -> Interactions:
    X = Interactions(frame, user="who", item="what")
    assert_type(X.events, pd.DataFrame)
    assert_type(X.items, pd.DataFrame | None)
    assert_type(X.shape, tuple[int, int])
    assert_type(X[[0, 1]], Interactions)
    assert_type(X.replace(rating=[1.0]), Interactions)
    assert_type(
        make_interactions(10, 10, 50, features=("number",), random_state=np.random.default_rng(0)), Interactions
    )
    assert_type(load_dataset("synthetic", Path(), n_users=10), Interactions)
    return X


def estimators(X: Interactions) -> None:
    # A recommender keeps its own type through fit, so that attributes of the model stay known.
    assert_type(EASE(regularization=100.0).fit(X), EASE)
    assert_type(ItemKNN(n_neighbors=10).partial_fit(X), ItemKNN)
    gmf: GMF = GMF(optimizer=Adam(learning_rate=0.1), device="cpu").fit(X, sample_weight=[1.0])
    assert_type(gmf.epochs, int)
    model: BaseRecommender = Popularity().fit(X)
    assert_type(model.predict(X), npt.NDArray[np.float32])
    assert_type(model.score(X), float)
    assert_type(model.recommend(["ann"], 5, items=[1, 2], exclude_items=[3], history=X), Recommendations)
    for neural in (NeuMF(hidden=(8, 4)), MatrixFactorization(loss="mse", backend="jax"), KerasModel(build)):
        neural.fit(X)


def every_model_is_a_name_of_skrec(X: Interactions) -> None:
    assert_type(TwoTower(8).fit(X), TwoTower)
    for model in (BERT4Rec(), Caser(), GRU4Rec(), HSTU(), DCNv2(), DeepFM(), WideDeep()):
        assert_type(model.fit(X).recommend(["ann"]), Recommendations)
    TwoTower(nonsense=1)  # type: ignore[call-arg]


def searches(X: Interactions) -> None:
    GMF(n_negatives=None, negatives="popularity", retriever="exact").fit(X)
    model = MatrixFactorization(negatives="in-batch", temperature="auto", retriever=Brute()).fit(X)
    vectors: npt.NDArray[np.float32] = model.item_vectors()
    exact = ExactRetriever(backend="jax", device="cpu").fit(vectors)
    assert_type(exact, ExactRetriever)
    assert_type(exact.query(vectors[:3], 5), tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]])


def parameters(X: Interactions) -> None:
    # Names and types of parameters are known, of models that declare them as fields and of those that write a constructor.
    sasrec = SASRec(32, epochs=3, random_state=0).fit(X)
    assert_type(sasrec, SASRec)
    assert_type(sasrec.max_length, int)
    assert_type(sasrec.partial_fit(X).similar_items(["emma"]), Recommendations)
    assert_type(sasrec.history_["loss"], list[float])
    assert_type(sasrec.set_params(epochs=2).get_params(), dict[str, Any])
    # Each of these must be an error: mypy complains of a comment that ignores none.
    SASRec(epochs="x")  # type: ignore[arg-type]
    SASRec(nonsense=1)  # type: ignore[call-arg]
    SASRec(32, 50, 2, 1, 3)  # type: ignore[call-arg]
    EASE(regularisation=1.0)  # type: ignore[call-arg]
    Adam(nonsense=1)  # type: ignore[call-arg]
    _ = sasrec.nonsense  # type: ignore[attr-defined]
    Bilinear(dim=0.5)  # type: ignore[arg-type]
    Bilinear(margin=1.0)  # type: ignore[call-arg]
    Hinge(margin="x")  # type: ignore[arg-type]


class Hinge(Loss):
    """A loss as a plugin writes it."""

    margin: Positive = 1.0

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        return keras.ops.relu(self.margin + negative - positive)


class Bilinear(KerasRecommender):
    """A neural model as a plugin writes it."""

    dim: PositiveInt = 8
    share: Annotated[float, Interval(Real, 0, 1, closed="both")] = 0.5
    pooling: Annotated[str, StrOptions({"mean", "sum"})] = "mean"
    loss = "bpr"

    def _widths(self) -> dict[str, int]:
        return {"user": self.dim, "item": self.dim}

    def _build_network(self, spec: NetworkSpec) -> Any:
        return keras.layers.Dense(self.dim, dtype=spec.precision)


class Another(SASRec):
    """A built-in model with another network."""

    n_blocks = 3
    width: PositiveInt = 4

    def _build_network(self, spec: NetworkSpec) -> Any:
        network = super()._build_network(spec)
        return network if self.width else None


class Loved(BaseRecommender):
    """A model without a network, as a plugin writes it."""

    def _score(self, query: Query) -> npt.NDArray[np.float32]:
        return np.zeros((len(query), len(self.items_)), dtype=np.float32)


def plugin_models(X: Interactions) -> None:
    assert_type(Bilinear(4, share=0.1, epochs=2, loss=Hinge(2.0)).fit(X), Bilinear)
    assert_type(Another(32, n_blocks=1, width=2).fit(X), Another)
    assert_type(Loved().fit(X).recommend(["ann"]), Recommendations)


def build(spec: NetworkSpec) -> keras.Model:
    assert_type(spec.n_users, int)
    inputs = spec.inputs()
    return keras.Model(inputs, keras.layers.Embedding(spec.n_items + 1, 1)(inputs["item_id"]))


def answers(answer: Recommendations) -> pd.DataFrame:
    scores: npt.NDArray[np.float32] = answer.scores
    assert_type(scores.shape, tuple[Any, ...])
    assert_type(answer.lengths, npt.NDArray[np.int64])
    return answer.to_frame()


def selection(X: Interactions) -> None:
    pipeline = make_pipeline(Deduplicate(), KCore(users=5), Binarize(threshold=4), RecencyWeight("30D"), EASE())
    assert_type(pipeline, Pipeline)
    assert_type(pipeline.partial_fit(X, sample_weight=[1.0]), Pipeline)
    assert_type(make_ranking_scorer(["ndcg@10"], exclude_seen=False), RankingScorer)
    assert_type(evaluate([EASE().fit(X)], X, "ndcg@10"), pd.DataFrame)
    for splitter in (LeaveLastOut(n=2), UserKFold(3, shuffle=True, random_state=0)):
        for train, test in splitter.split(X):
            assert_type(X[train], Interactions)
            assert_type(X[test], Interactions)


class Letters(Encoder):
    """An encoder as a plugin writes it."""

    def fit(self, column: Any, y: Any = None) -> "Letters":
        return self

    def transform(self, column: Any) -> npt.NDArray[np.float32]:
        return np.asarray([[len(text)] for text in column], dtype=np.float32)

    def build(self, dim: int) -> Any:
        return keras.layers.Dense(dim)


class Brute(Retriever):
    """A retriever as a plugin writes it."""

    def fit(self, item_vectors: npt.NDArray[np.float32]) -> "Brute":
        self.vectors_ = item_vectors
        return self

    def query(
        self, user_vectors: npt.NDArray[np.float32], k: int, exclude: Any = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        candidates = np.argsort(-(user_vectors @ self.vectors_.T), axis=1)[:, : 2 * k]
        return rank_candidates(user_vectors, self.vectors_, candidates, k, exclude)


class Nothing(Dataset):
    """A dataset as a plugin writes it."""

    summary = "Nothing"

    def load(self, data_home: Path, **options: Any) -> Interactions:
        raise InvalidDataError("nothing")


def hits(lists: RankedLists) -> npt.NDArray[np.int64]:
    return lists.cut(5).lengths


@hookimpl
def skrec_metrics() -> dict[str, Any]:
    return {"hits": hits}


def plugins() -> list[PluginInfo]:
    assert_type(names("metrics"), list[str])
    with suppress(SkrecError):
        skrec.set_backend("torch")
    return plugin_manager().infos()
