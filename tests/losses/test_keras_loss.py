import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skrec._keras_objects import SavedKeras
from skrec.backends import find_backend, start
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.losses import BCE, KerasLoss, find_loss
from skrec.models import GMF, KerasModel, MatrixFactorization
from skrec.testing import checkerboard

N = 8
BOARD = checkerboard(N).events.assign(rating=lambda events: 2.0 + events["item_id"] / 4.0)
RNG = np.random.default_rng(0)
POSITIVE, NEGATIVE = RNG.normal(size=(6, 1)).astype(np.float32), RNG.normal(size=(6, 3)).astype(np.float32)
LABEL = np.array([[1], [0], [1], [1], [0], [1]], dtype=np.float32)


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


@pytest.fixture(scope="module")
def losses(keras):
    return keras.losses


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(user * item))


def fit(loss, **others):
    return KerasModel(multiply, loss=loss, **{"epochs": 3, "learning_rate": 0.05, "random_state": 0, **others}).fit(
        BOARD
    )


def absolute(y_true, y_pred):
    """A loss of somebody's own."""
    from keras import ops

    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def whole(y_true, y_pred):
    from keras import ops

    return ops.mean(ops.abs(y_true - y_pred))


def to_numpy(value):
    from keras import ops

    return np.asarray(ops.convert_to_numpy(value))


RATINGS = ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "MeanAbsolutePercentageError", "Poisson")
LABELS = ("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge")


@pytest.mark.parametrize("name", RATINGS)
def test_losses_of_numbers_learn_ratings(losses, name):
    loss = KerasLoss(getattr(losses, name)())
    assert (loss.target, loss.negatives, loss.per, loss.metric, loss.weighs_negatives) == (
        "rating",
        "none",
        "event",
        "rmse",
        False,
    )


@pytest.mark.parametrize("name", LABELS)
def test_losses_of_two_classes_learn_labels(losses, name):
    loss = KerasLoss(getattr(losses, name)())
    assert (loss.target, loss.negatives, loss.per, loss.metric, loss.weighs_negatives) == (
        "label",
        "own",
        "score",
        "ndcg@10",
        True,
    )


def test_only_losses_of_differences_are_told_centred_ratings(losses):
    assert [name for name in RATINGS if KerasLoss(getattr(losses, name)()).centred] == list(RATINGS[:4])
    assert not KerasLoss(absolute, target="rating").centred


def test_the_target_is_what_is_said(losses):
    assert KerasLoss(losses.Huber(), target="label").target == "label"
    loss = KerasLoss(losses.Huber())
    assert loss.set_params(loss=losses.Hinge()).target == "label"
    assert loss.set_params(target="rating").target == "rating"
    assert loss.get_params()["target"] == "rating"


def test_functions_of_keras_are_known_and_those_of_others_ask_for_a_target(losses):
    assert KerasLoss(losses.mean_squared_error).target == "rating"
    assert KerasLoss(losses.binary_focal_crossentropy).target == "label"
    with pytest.raises(InvalidParameterError, match="doesn't know whether absolute learns labels or ratings. Pass"):
        find_loss(KerasLoss(absolute))
    assert find_loss(KerasLoss(absolute, target="rating")).target == "rating"


def test_a_subclass_learns_what_its_parent_learns_of_ratings_as_they_are(losses):
    class Half(losses.Huber):
        def call(self, y_true, y_pred):
            return 0.5 * super().call(y_true, y_pred)

    assert KerasLoss(Half()).target == "rating"
    assert not KerasLoss(Half()).centred


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CosineSimilarity"])
def test_losses_of_several_classes_are_refused(losses, name):
    with pytest.raises(InvalidParameterError, match=f"single scores, and {name} compares.*use skrec.losses.Softmax"):
        find_loss(KerasLoss(getattr(losses, name)(), target="label"))


@pytest.mark.parametrize("wrong", ["huber", 3, None])
def test_what_is_no_loss_is_refused(wrong):
    with pytest.raises(InvalidParameterError, match="The 'loss' parameter of KerasLoss must be a callable"):
        find_loss(KerasLoss(wrong, target="label"))


@pytest.mark.parametrize(
    ("name", "options"), [("BinaryFocalCrossentropy", {"from_logits": True}), ("SquaredHinge", {})]
)
def test_each_score_costs_what_keras_says(losses, name, options):
    theirs = getattr(losses, name)(reduction=None, **options)
    found = to_numpy(KerasLoss(theirs).event_losses(*tensors(POSITIVE, NEGATIVE, LABEL)))
    scores = np.concatenate([POSITIVE, NEGATIVE], axis=1).reshape(-1, 1)
    labels = np.concatenate([LABEL, np.zeros_like(NEGATIVE)], axis=1).reshape(-1, 1)
    np.testing.assert_allclose(found, to_numpy(theirs(labels, scores)).reshape(6, 4), rtol=1e-5, atol=1e-6)


def test_a_mini_batch_costs_the_weighted_mean(losses):
    weights = np.array([[1], [2], [0], [1], [3], [0.5]], dtype=np.float32)
    batch = {"label": LABEL, "weight": weights}
    loss, accuracy = KerasLoss(losses.Huber(delta=0.3)).value(*tensors(POSITIVE), None, tensors(**batch))
    errors = np.abs(POSITIVE - LABEL)
    huber = np.where(errors <= 0.3, 0.5 * errors**2, 0.3 * errors - 0.045)
    assert float(loss) == pytest.approx((huber * weights).sum() / weights.sum(), rel=1e-5)
    assert float(accuracy) == pytest.approx(((errors < 0.5) * weights).sum() / weights.sum(), rel=1e-5)


def tensors(*arrays, **named):
    from keras import ops

    if named:
        return {name: ops.convert_to_tensor(array) for name, array in named.items()}
    return [ops.convert_to_tensor(array) for array in arrays]


def test_a_loss_of_a_single_number_is_refused(keras):
    with pytest.raises(InvalidParameterError, match=r"must give a number for each prediction, shape \(n,\)"):
        KerasLoss(whole, target="rating").event_losses(*tensors(POSITIVE, NEGATIVE[:, :0], LABEL))


def test_scores_mean_what_from_logits_says(losses):
    scores, share = np.array([-2.0, 0.3, 2.0], dtype=np.float32), np.array([0.1, 0.4], dtype=np.float32)
    logits, plain = KerasLoss(losses.BinaryCrossentropy(from_logits=True)), KerasLoss(losses.BinaryCrossentropy())
    np.testing.assert_array_equal(logits.output(scores, 0.0), BCE().output(scores, 0.0))
    np.testing.assert_array_equal(logits.prior(share, 0.0), BCE().prior(share, 0.0))
    np.testing.assert_array_equal(plain.output(scores, 0.0), scores)
    np.testing.assert_array_equal(plain.prior(share, 0.0), share)
    np.testing.assert_array_equal(KerasLoss(losses.Huber()).output(scores, 1.5), scores + np.float32(1.5))
    label = np.ones((3, 1), dtype=np.float32)
    right = [
        to_numpy(loss.accurate(*tensors(scores[:, None], NEGATIVE[:3, :0], label)))[:, 0] for loss in (logits, plain)
    ]
    np.testing.assert_array_equal(right, [[0, 1, 1], [0, 0, 1]])


def test_equal_configurations_share_programs(losses):
    one, other = KerasLoss(losses.Huber(delta=2.0)), KerasLoss(losses.Huber(delta=2.0, name="mine"))
    assert one.key() == other.key() == clone(one).key() == pickle.loads(pickle.dumps(one)).key()
    assert one.key() != KerasLoss(losses.Huber(delta=3.0)).key()
    assert KerasLoss(losses.huber).key() == KerasLoss(losses.Huber()).key() != KerasLoss(losses.Huber(), "rating").key()
    assert KerasLoss(absolute, "rating").key() == clone(KerasLoss(absolute, "rating")).key()
    assert KerasLoss(absolute, "rating").key() != KerasLoss(whole, "rating").key()


@pytest.mark.parametrize("again", [clone, copy.deepcopy, lambda loss: pickle.loads(pickle.dumps(loss))])
def test_copies_forget_nothing(losses, again):
    found = again(KerasLoss(losses.Huber(delta=0.3)))
    values = [
        to_numpy(loss.event_losses(*tensors(POSITIVE, NEGATIVE[:, :0], LABEL)))
        for loss in (KerasLoss(losses.Huber(0.3)), found)
    ]
    np.testing.assert_array_equal(*values)


def test_a_model_takes_a_loss_of_keras_as_it_is(losses):
    model = fit(losses.BinaryCrossentropy(from_logits=True))
    assert model.loss.from_logits
    expected = fit("bce")
    np.testing.assert_allclose(model.predict(BOARD), expected.predict(BOARD), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.history_["accuracy"], expected.history_["accuracy"], rtol=1e-5)
    history = [(99, 0), (99, 2)]
    np.testing.assert_array_equal(model.recommend(history=history).items, expected.recommend(history=history).items)


def test_ratings_are_learned_about_their_mean_or_as_they_are(losses):
    model, raw = fit(losses.Huber(), validation_fraction=0.2), fit(KerasLoss(absolute, target="rating"), epochs=40)
    assert model.rating_mean_ == pytest.approx(BOARD["rating"].mean())
    assert set(model.history_) == {"loss", "accuracy", "val_rmse"}
    assert raw.rating_mean_ == 0.0
    assert np.abs(raw.predict(BOARD) - BOARD["rating"]).mean() < 0.5 * BOARD["rating"].mean()


def test_a_loss_of_ratings_needs_some(losses):
    with pytest.raises(InvalidDataError, match="learns ratings, and there are none"):
        KerasModel(multiply, loss=losses.Huber()).fit(checkerboard(N))


def test_models_with_tables_take_it_wrapped(losses):
    focal = losses.BinaryFocalCrossentropy(from_logits=True)
    with pytest.raises(
        InvalidParameterError, match=r"of GMF must be a str among .*: for one of Keras, pass skrec\.losses\.KerasLoss"
    ):
        GMF(loss=focal).fit(BOARD)
    with pytest.raises(InvalidParameterError, match=r"loss of skrec.losses\. Got KerasLoss.*, which learns ratings\."):
        GMF(loss=KerasLoss(losses.Huber())).fit(BOARD)
    model = GMF(2, loss=KerasLoss(focal), epochs=2, random_state=0).fit(BOARD)
    assert model.history_["loss"][-1] < model.history_["loss"][0]
    assert (
        MatrixFactorization(2, loss=KerasLoss(losses.LogCosh()), epochs=1, random_state=0).fit(BOARD).rating_mean_ > 0
    )


def test_clones_of_a_model_share_the_loss_and_pickles_describe_it(losses):
    model = KerasModel(multiply, loss=losses.Huber(delta=0.3))
    assert clone(model).loss is model.loss
    again = pickle.loads(pickle.dumps(model))
    assert isinstance(again.loss, SavedKeras)
    assert again._loss().key() == model._loss().key()


def test_a_loss_of_somebodys_own_is_shared_by_clones_too(losses):
    class Own(losses.Loss):
        def call(self, y_true, y_pred):
            return absolute(y_true, y_pred)

    model = KerasModel(multiply, loss=KerasLoss(Own(), target="rating"))
    assert clone(model).loss.loss is model.loss.loss
