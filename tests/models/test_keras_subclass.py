"""Neural models that somebody else writes: fields, `_widths` and `_build_network`; or another network for a model of ours."""

import inspect
import pickle
from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.exceptions import InvalidParameterError, NotSavableError
from skrec.models import GMF, KerasRecommender, SASRec
from skrec.persistence import load, save
from skrec.plugin import Interval, hookimpl
from skrec.retrievers import ExactRetriever
from skrec.testing import check_recommender, checkerboard

N = 12
BOARD = checkerboard(N)
LEARNS = {"epochs": 40, "learning_rate": 0.05, "random_state": 0}
PositiveInt = Annotated[int, Interval(Integral, 1, None, closed="left")]


def make_distance(dtype):
    """A plain layer: the nearer a user's and an item's row, the higher the score. It makes no vectors, and reads nothing else."""
    import keras

    class Distance(keras.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")
            self.offset = self.add_weight(shape=(1,), initializer="ones", name="offset")
            self.built = True

        def call(self, inputs, training=False):
            user, item = inputs["user"], inputs["item"]
            item = item if len(item.shape) == 3 else item[np.newaxis]
            squares = keras.ops.sum((user[:, np.newaxis] - item) ** 2, axis=-1)
            return self.offset - self.scale * squares

    return Distance(dtype=dtype)


class Nearest(KerasRecommender):
    """Recommends the nearest items."""

    dim: PositiveInt = 4
    _: KW_ONLY
    epochs: int = 10

    def _widths(self):
        return {"user": int(self.dim), "item": int(self.dim)}

    def _build_network(self, spec):
        return make_distance(spec.precision)


class Product(Nearest):
    """Scores by inner products, and has no parameter that says what searches the items."""

    def _build_network(self, spec):
        from skrec.networks import FactorNetwork

        return FactorNetwork(0.0, False, None, dtype=spec.precision)


class ByHand(KerasRecommender):
    """The same, with a constructor written by hand that has some of the parameters only."""

    _parameter_constraints: ClassVar = {"dim": [Interval(Integral, 1, None, closed="left")]}

    def __init__(self, dim=4, epochs=40, learning_rate=0.05, random_state=None):
        self.dim = dim
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _widths(self):
        return {"user": int(self.dim), "item": int(self.dim)}

    def _build_network(self, spec):
        return make_distance(spec.precision)


class Averaged(SASRec):
    """SASRec's batches, histories and serving, around a network that averages what it reads."""

    decay: Annotated[float, Interval(Real, 0, 1, closed="right")] = 0.5

    def _make_network(self, layers, spec):
        import keras

        from skrec.networks import SequenceNetwork

        class Average(SequenceNetwork):
            """A weighted sum of the embeddings read so far, in each row, through a Dense layer."""

            def __init__(self, *arguments, decay, **options):
                super().__init__(*arguments, **options)
                self.decay = decay
                self.dense = keras.layers.Dense(self.dim, dtype=self.dtype_policy)

            def build_reader(self):
                self.dense.build((None, None, self.dim))

            def read(self, inputs, training=False):
                rows = self.embedded(inputs)
                places = np.arange(rows.shape[1])
                gaps = places[:, np.newaxis] - places
                weights = np.where(gaps >= 0, self.decay ** np.maximum(gaps, 0), 0.0).astype(np.float32)
                return self.dense(keras.ops.matmul(keras.ops.convert_to_tensor(weights), rows))

        return Average(*self._shared_arguments(layers), decay=float(self.decay), dtype=spec.precision)


@pytest.fixture(scope="module")
def nearest():
    return Nearest(**LEARNS).fit(BOARD)


@pytest.fixture(scope="module")
def averaged(walks):
    return Averaged(8, 6, decay=0.1, epochs=30, batch_size=64, dropout=0.0, learning_rate=0.02, random_state=0).fit(
        walks
    )


@pytest.fixture
def registered(manager):
    """A plugin names the models, so that files may speak of them."""

    class Plugin:
        @hookimpl
        def skrec_models(self):
            return {"nearest": Nearest, "by-hand": ByHand, "averaged": Averaged}

    manager.register(Plugin(), "toy")


def test_fields_are_parameters_beside_those_of_every_neural_model():
    assert list(inspect.signature(Nearest).parameters)[:3] == ["dim", "epochs", "batch_size"]
    assert Nearest(3).get_params()["dim"] == 3
    assert Nearest().epochs == 10
    assert set(GMF().get_params()) - set(Nearest().get_params()) == {"embedding_dim", "l2", "dropout", "retriever"}
    with pytest.raises(InvalidParameterError, match=r"The 'dim' parameter of Nearest must be an int in the range \[1"):
        Nearest(0).fit(BOARD)
    with pytest.raises(InvalidParameterError, match="The 'epochs' parameter of Nearest must be an int in the range"):
        Nearest(epochs=0).fit(BOARD)


def test_a_plain_layer_learns_the_board(nearest):
    np.testing.assert_array_equal(nearest.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)
    assert nearest.history_["loss"][-1] < 0.75 * nearest.history_["loss"][0]
    assert {side: table.shape for side, table in nearest.tables_.items()} == {"user": (N, 4), "item": (N, 4)}


def test_a_score_is_what_the_layer_makes_of_the_rows(nearest):
    user, item = (nearest.tables_[side].astype(float) for side in ("user", "item"))
    scale, offset = nearest.network_weights_
    logits = offset - scale * ((user[:, np.newaxis] - item) ** 2).sum(axis=2)
    pairs = [(u, i) for u in nearest.users_ for i in nearest.items_]
    expected = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(nearest.predict(pairs).reshape(N, N), expected, rtol=1e-3, atol=1e-5)


def test_it_folds_new_histories_in(nearest):
    history = [(98, item) for item in (0, 2, 4, 6)] + [(99, item) for item in (1, 3, 5, 7)]
    assert (nearest.recommend(history=history, k=1).items[:, 0] % 2).tolist() == [0, 1]


def test_it_has_similar_items_and_learns_on(nearest):
    similar = nearest.similar_items(list(range(N)), k=2).items
    assert (similar % 2 == np.arange(N)[:, np.newaxis] % 2).mean() > 0.8
    grown = pickle.loads(pickle.dumps(nearest)).set_params(epochs=1).partial_fit([(50, 60), (50, 0)])
    assert grown.recommend([50], k=20).lengths.tolist() == [N - 1]


@pytest.mark.parametrize("fixture", ["nearest", "averaged"])
def test_a_registered_one_is_saved_and_loaded(request, registered, tmp_path, fixture):
    model = request.getfixturevalue(fixture)
    save(model, tmp_path / "model.skrec")
    again = load(tmp_path / "model.skrec")
    assert type(again) is type(model)
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.recommend(k=3).items, model.recommend(k=3).items)
    np.testing.assert_array_equal(again.recommend(k=3).scores, model.recommend(k=3).scores)


def test_one_that_nobody_registers_is_not_saved(nearest, tmp_path):
    with pytest.raises(NotSavableError, match="registers .*Nearest; name it in a hook of a plugin"):
        save(nearest, tmp_path / "model.skrec")


def test_items_of_a_network_that_makes_vectors_are_searched_whether_or_not_a_retriever_can_be_chosen():
    model = Product(**LEARNS).fit(BOARD)
    assert "retriever" not in model.get_params()
    found = model.recommend(k=4)
    assert type(model._served()._fitted) is ExactRetriever
    np.testing.assert_array_equal(found.items[:, 0] % 2, np.arange(N) % 2)
    frame = found.to_frame()
    np.testing.assert_array_equal(model.predict(frame[["user_id", "item_id"]]), frame["score"])


def test_what_a_parameter_changes_is_compiled_anew_and_what_it_does_not_is_shared(nearest):
    shared = clone(nearest).set_params(epochs=1, batch_size=32, random_state=3).fit(BOARD)
    assert shared._served()._scorer.setup.program is nearest._served()._scorer.setup.program
    wider = clone(nearest).set_params(dim=2, epochs=1).fit(BOARD)
    assert wider._served()._scorer.setup.program is not nearest._served()._scorer.setup.program


class TestByHand:
    def test_parameters_that_it_lacks_have_the_values_of_the_class(self):
        model = ByHand()
        assert model.get_params() == {"dim": 4, "epochs": 40, "learning_rate": 0.05, "random_state": None}
        assert (model.batch_size, model.loss, model.l2, model.warm_start) == (1024, "bce", 0.0, False)
        with pytest.raises(InvalidParameterError, match="The 'dim' parameter of ByHand must be"):
            ByHand(dim=0).fit(BOARD)
        with pytest.raises(TypeError, match="batch_size"):
            ByHand(batch_size=2)

    def test_it_learns_recommends_folds_in_and_is_saved(self, registered, nearest, tmp_path):
        model = ByHand(random_state=0).fit(BOARD)
        np.testing.assert_array_equal(model.tables_["user"], nearest.tables_["user"])  # it is the same model
        found = model.recommend(history=[(99, item) for item in (1, 3, 5, 7)], k=1)
        assert found.items[0, 0] % 2 == 1
        save(model, tmp_path / "model.skrec")
        np.testing.assert_array_equal(load(tmp_path / "model.skrec").predict(BOARD), model.predict(BOARD))
        assert clone(model).get_params() == model.get_params()

    def test_its_subclasses_keep_the_constructor(self):
        class Wider(ByHand):
            def _widths(self):
                return {"user": 7, "item": 7}

        assert Wider(3, epochs=2).get_params()["epochs"] == 2
        assert list(inspect.signature(Wider).parameters) == list(inspect.signature(ByHand).parameters)


class TestAnotherNetwork:
    def test_parameters_are_those_of_the_model_and_its_own(self):
        assert Averaged(8, 6).get_params() == {**SASRec(8, 6).get_params(), "decay": 0.5}
        with pytest.raises(InvalidParameterError, match="The 'decay' parameter of Averaged must be"):
            Averaged(decay=0.0).fit(BOARD)

    def test_the_next_item_is_learned(self, averaged, steps):
        history, following = steps
        np.testing.assert_array_equal(averaged.recommend(history=history, k=1).items[:, 0], following)
        assert [weight.shape for weight in averaged.network_weights_] == [(8, 8), (8,)]

    def test_a_retriever_and_new_events_are_taken_as_by_the_model(self, averaged, walks):
        other = clone(averaged).set_params(epochs=1, retriever=ExactRetriever(), decay=0.1).fit(walks)
        other.partial_fit(pd.DataFrame({"user_id": [0], "item_id": [60], "timestamp": [99]}))
        assert 60 in other.recommend([1], k=9, exclude_seen=False).items[0].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("model", [Nearest, ByHand])
def test_the_suite_for_models_passes(model):
    check_recommender(model(epochs=2))
