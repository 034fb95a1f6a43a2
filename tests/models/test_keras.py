"""What holds for every neural model; what is about learning again, serving and retrievers has files of its own."""

import copy
import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skrec.data import Interactions
from skrec.exceptions import DeviceNotFoundError, InvalidDataError, InvalidParameterError, NotFittedError
from skrec.models import GMF, KerasModel, MatrixFactorization, Popularity
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
PARITY = np.arange(N) % 2
EVERYTHING = [(user, item) for user in range(N) for item in range(N)]


@pytest.fixture(scope="module", params=["gmf", "neumf", "mf", "keras-model"])
def fitted(request, house):
    """A model that has learned the board; tests don't change it."""
    return house(request.param)


def lists(recommendations):
    frame = recommendations.to_frame()
    return {user: group["item_id"].tolist() for user, group in frame.groupby("user_id")}


def test_the_board_is_learned(fitted):
    best = fitted.recommend(k=1)
    np.testing.assert_array_equal(best.items[:, 0], np.arange(N))
    assert fitted.history_["loss"][-1] < 0.75 * fitted.history_["loss"][0]
    assert fitted.history_["accuracy"][-1] > fitted.history_["accuracy"][0]


def test_what_is_fitted_is_described_by_attributes(fitted):
    check_is_fitted(fitted)
    np.testing.assert_array_equal(fitted.users_, pd.unique(BOARD.events["user_id"]))
    np.testing.assert_array_equal(fitted.items_, pd.unique(BOARD.events["item_id"]))
    assert list(fitted.history_) == ["loss", "accuracy"]
    assert fitted.n_iter_ == len(fitted.history_["loss"]) == fitted.epochs
    assert all(isinstance(value, float) for values in fitted.history_.values() for value in values)
    assert fitted.backend_ in {"jax", "tensorflow", "torch"}
    assert fitted.device_
    assert fitted.n_features_in_ == 2
    np.testing.assert_array_equal(fitted.item_counts_, 5.0)
    for side, table in fitted.tables_.items():
        assert table.shape == (N, fitted._widths()[side])
        assert table.dtype == np.float32
    assert all(np.isfinite(weight).all() for weight in fitted.network_weights_)


def test_nothing_of_training_is_left_on_the_estimator(fitted):
    own = {name for name in vars(fitted) if name not in fitted.get_params()}
    left = {name for name in own if not name.endswith("_")}
    assert left == {"_times", "_names", "_fold_negatives", "_labelled", "_network_state", "_kept"}


def test_predictions_are_the_scores_of_recommend(fitted):
    frame = fitted.recommend(k=N, exclude_seen=False).to_frame()
    assert len(frame) == N * N
    predicted = fitted.predict(frame[["user_id", "item_id"]])
    assert predicted.dtype == np.float32
    assert predicted.shape == (N * N,)
    np.testing.assert_allclose(predicted, frame["score"], rtol=1e-4, atol=1e-5)


def test_under_bce_scores_are_probabilities(fitted):
    if fitted.loss != "bce":
        return
    scores = fitted.predict(EVERYTHING)
    assert scores.min() > 0.0
    assert scores.max() < 1.0
    same = np.array([user % 2 == item % 2 and user != item for user, item in EVERYTHING])
    assert scores[same].mean() > scores[~same].mean() + 0.2


def test_a_new_user_with_a_known_users_history_gets_what_that_user_gets(fitted):
    history = [(100 + user, item) for user, item in BOARD.events.to_numpy()]
    found = lists(fitted.recommend(history=history, k=1))
    # By chance it would be one in seven.
    assert sum(found[100 + user] == [user] for user in range(N)) > N // 2


def test_a_known_users_history_is_replaced_by_the_one_handed_in(fitted):
    even = [(1, item) for item in range(0, N, 2) if item != 4]
    assert lists(fitted.recommend(users=[1], history=even, k=1)) == {1: [4]}
    assert lists(fitted.recommend(users=[1], k=1)) == {1: [1]}  # and what fit knows is as it was


def test_a_fold_in_is_the_same_alone_and_in_a_batch(fitted):
    history = [(100 + user, item) for user in range(N) for item in range(user % 2, N, 2) if item > user - 3]
    together = fitted.recommend(history=history, k=4)
    for user in (100, 104, 109, 111):
        alone = fitted.recommend(users=[user], history=[event for event in history if event[0] == user], k=4)
        row = together.users.tolist().index(user)
        assert alone.lengths[0] == together.lengths[row]
        np.testing.assert_array_equal(alone.items[0], together.items[row])
        np.testing.assert_allclose(alone.scores[0], together.scores[row], rtol=1e-5, atol=1e-6)


def test_a_cold_user_gets_the_popular_items(fitted):
    extra = pd.DataFrame({"user_id": [0, 1, 1, 2, 3], "item_id": [7, 7, 8, 8, 7]})
    events = pd.concat([BOARD.events.iloc[:50], extra], ignore_index=True)
    model = clone(fitted).set_params(epochs=1).fit(events)
    expected = Popularity().fit(events).recommend(users=[999], k=6)
    cold = model.recommend(users=[999, 0], k=6)
    np.testing.assert_array_equal(cold.items[0], expected.items[0])
    # Their scores are the items' share of the users.
    np.testing.assert_allclose(cold.scores[0], expected.scores[0] / len(model.users_), rtol=1e-4, atol=1e-5)
    # Scored pair by pair, it's the same; an item that nobody knows is worth least of all.
    pairs = [(999, item) for item in [*cold.items[0].tolist(), 77777]]
    scores = model.predict(pairs)
    np.testing.assert_allclose(scores[:-1], cold.scores[0], rtol=1e-4, atol=1e-5)
    assert (scores[-1] < scores[:-1]).all()


def test_unknown_ids_are_scored_with_finite_numbers(fitted):
    scores = fitted.predict([(0, 999), (999, 0), (999, 999), (0, 2)])
    assert np.isfinite(scores).all()
    assert scores[3] == fitted.predict([(0, 2)])[0]


def copies(model):
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    buffer.seek(0)
    return {
        "pickle": pickle.loads(pickle.dumps(model)),
        "deepcopy": copy.deepcopy(model),
        "joblib": joblib.load(buffer),
    }


def test_copies_predict_and_fold_in_as_the_original_and_leave_it_alone(fitted):
    expected, history = fitted.predict(EVERYTHING), [(99, 0), (99, 2), (99, 4)]
    folded = fitted.recommend(history=history, k=3)
    for name, copied in copies(fitted).items():
        np.testing.assert_array_equal(copied.predict(EVERYTHING), expected, err_msg=name)
        np.testing.assert_array_equal(copied.recommend(history=history, k=3).scores, folded.scores, err_msg=name)
        assert copied.history_ == fitted.history_
    assert fitted._kept


def test_a_pickle_holds_no_tensors_and_no_cached_vectors(gmf):
    gmf.recommend(k=1)
    state = gmf.__getstate__()
    assert "_kept" not in state
    kinds = {type(value).__module__.partition(".")[0] for value in state.values()}
    assert kinds <= {"builtins", "numpy", "skrec"}


def test_a_clone_is_unfitted_and_fits_to_the_same_numbers(fitted):
    again = clone(fitted)
    assert again.get_params() == fitted.get_params()
    with pytest.raises(
        NotFittedError, match=f"This {type(fitted).__name__} instance is not fitted yet. Call fit first."
    ):
        again.recommend()
    np.testing.assert_array_equal(again.fit(BOARD).predict(EVERYTHING), fitted.predict(EVERYTHING))


def test_similar_items_are_those_of_the_same_parity(fitted):
    if isinstance(fitted, KerasModel):
        for name in ("similar_items", "item_vectors"):
            assert not hasattr(fitted, name)
        return
    similar = fitted.similar_items(list(range(N)), k=3)
    assert (similar.items % 2 == PARITY[:, np.newaxis]).mean() > 0.9
    vectors = fitted.item_vectors()
    assert vectors.shape == (N, fitted.tables_["item"].shape[1] - isinstance(fitted, MatrixFactorization))
    first, second = fitted.item_vocabulary_.encode(pd.Series([similar.items[0, 0], 0]))
    cosine = vectors[first] @ vectors[second] / np.linalg.norm(vectors[first]) / np.linalg.norm(vectors[second])
    assert similar.scores[0, 0] == pytest.approx(cosine, rel=1e-5)


@pytest.mark.parametrize("ask", ["predict", "score", "recommend", "similar_items", "item_vectors"])
def test_an_unfitted_model_says_so(ask):
    arguments = {"recommend": (), "item_vectors": (), "similar_items": ([0],)}.get(ask, (BOARD,))
    with pytest.raises(NotFittedError, match="This GMF instance is not fitted yet. Call fit first."):
        getattr(GMF(), ask)(*arguments)


def test_the_score_is_the_ndcg_of_held_out_events(fitted):
    diagonal = pd.DataFrame({"user_id": np.arange(N), "item_id": np.arange(N)})
    assert fitted.score(diagonal) == 1.0
    worst = pd.DataFrame({"user_id": np.arange(N), "item_id": (np.arange(N) + 1) % N})
    assert fitted.score(worst) < 0.7


def test_ids_of_any_kind_are_learned_alike(gmf):
    named = BOARD.events.map(lambda code: f"id-{code}")
    model = clone(gmf).fit(named)
    assert lists(model.recommend(k=1)) == {f"id-{user}": [f"id-{user}"] for user in range(N)}
    np.testing.assert_array_equal(model.tables_["user"], gmf.tables_["user"])


@pytest.mark.parametrize("random_state", [1, np.random.RandomState(0), np.random.default_rng(0), None])
def test_the_seed_decides_and_any_kind_of_seed_will_do(gmf, random_state):
    seeded = [clone(gmf).set_params(random_state=random_state, epochs=1) for _ in range(2)]
    first, second = (model.fit(BOARD).tables_["user"] for model in seeded)
    # An int starts the same stream in each fit, a generator is drawn from, and None is another stream each time.
    assert np.array_equal(first, second) == isinstance(random_state, int)
    other = clone(gmf).set_params(random_state=5, epochs=1).fit(BOARD)
    assert not np.array_equal(first, other.tables_["user"])


def test_labelled_zeros_are_seen_but_not_liked(gmf):
    # Everybody has met items 0 and 1, and nobody liked them.
    disliked = [
        (user, item)
        for user in range(N)
        for item in (0, 1)
        if (user, item) not in set(map(tuple, BOARD.events.to_numpy()))
    ]
    pairs = [(user, item) for user, item in BOARD.events.to_numpy() if item > 1] + disliked
    labels = [1] * (len(pairs) - len(disliked)) + [0] * len(disliked)
    model = clone(gmf).fit(pairs, labels)
    scores = pd.DataFrame(EVERYTHING, columns=["user", "item"]).assign(score=model.predict(EVERYTHING))
    assert scores.query("item < 2")["score"].max() < scores.query("item > 1")["score"].mean()
    met = set(disliked)
    assert not met & {(user, item) for user, items in lists(model.recommend(k=N)).items() for item in items}
    np.testing.assert_array_equal(model.item_counts_[model.item_vocabulary_.encode(pd.Series([0, 1]))], 0.0)


def test_a_weight_multiplies_an_events_loss_from_the_column_or_from_outside(gmf):
    rng = np.random.default_rng(0)
    noise = pd.DataFrame({"user_id": np.arange(N), "item_id": (np.arange(N) + 3) % N})
    events = pd.concat([BOARD.events.iloc[: 60 - N], noise], ignore_index=True)
    light = np.where(np.arange(60) < 60 - N, 1.0, 0.02)
    heavy = np.where(np.arange(60) < 60 - N, 1.0, 20.0)
    model = clone(gmf)
    light_scores = model.fit(events, sample_weight=light).predict(noise)
    heavy_scores = model.fit(events, sample_weight=heavy).predict(noise)
    assert heavy_scores.mean() > light_scores.mean() + 0.2
    column = clone(gmf).fit(events.assign(weight=heavy))
    np.testing.assert_allclose(column.predict(noise), heavy_scores, rtol=1e-5)
    both = clone(gmf).fit(events.assign(weight=heavy / 2.0), sample_weight=np.full(60, 2.0))
    np.testing.assert_allclose(both.predict(noise), heavy_scores, rtol=1e-5)
    with pytest.raises(ValueError, match="Negative values"):
        clone(gmf).fit(events, sample_weight=rng.normal(size=60))


def test_a_device_that_is_not_there_leaves_the_model_unfitted():
    model = GMF(4, epochs=1, device="tpu:7")
    with pytest.raises(DeviceNotFoundError, match="Device 'tpu:7' isn't there. Backend '.*' has: .*cpu"):
        model.fit(BOARD)
    assert not model.__sklearn_is_fitted__()
    assert set(vars(model)) == set(model.get_params())


def test_the_device_is_named_after_fit():
    assert GMF(4, epochs=1, device="cpu").fit(BOARD).device_ == "cpu"


def test_a_backend_is_named_like_any_plugin():
    with pytest.raises(ValueError, match="Unknown backend 'jaxx'. Did you mean 'jax'"):
        GMF(4, backend="jaxx").fit(BOARD)


def test_half_precision_trains_and_tables_stay_float32(gmf):
    model = clone(gmf).set_params(precision="mixed_bfloat16").fit(BOARD)
    assert (model.recommend(k=1).items[:, 0] % 2 == PARITY).mean() > 0.9
    assert model.tables_["item"].dtype == np.float32
    frame = model.recommend(k=3).to_frame()
    np.testing.assert_allclose(model.predict(frame[["user_id", "item_id"]]), frame["score"], atol=0.03)


def test_parameters_may_be_numpy_integers():
    model = GMF(np.int64(4), epochs=np.int64(2), batch_size=np.int64(64), n_negatives=np.int32(4), random_state=0)
    assert model.fit(BOARD).n_iter_ == 2
    assert model.tables_["user"].shape == (N, 4)


def test_interactions_of_one_event_are_enough(gmf):
    model = clone(gmf).set_params(epochs=1).fit([("a", "x")])
    assert lists(model.recommend(exclude_seen=False)) == {"a": ["x"]}
    assert model.recommend().lengths.tolist() == [0]


def test_side_tables_ride_along(gmf):
    items = pd.DataFrame({"item_id": np.arange(N), "title": [f"t{n}" for n in range(N)]})
    model = clone(gmf).fit(Interactions(BOARD.events, items=items))
    np.testing.assert_array_equal(model.tables_["user"], gmf.tables_["user"])


def test_a_failed_fit_leaves_the_model_as_it_was(gmf):
    model = copy.deepcopy(gmf)
    expected = model.predict(EVERYTHING)
    with pytest.raises(InvalidDataError, match="NaN or infinity"):
        model.fit(BOARD, np.full(60, np.nan))
    with pytest.raises(InvalidParameterError, match="'epochs'"):
        model.set_params(epochs=0).fit(BOARD)
    np.testing.assert_array_equal(model.predict(EVERYTHING), expected)
    np.testing.assert_array_equal(model.recommend(k=1).items, gmf.recommend(k=1).items)
