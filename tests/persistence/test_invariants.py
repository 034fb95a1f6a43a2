"""Contents that a class can't work with are told by name when a file is loaded, though all hashes are as they should be."""

import copy
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline as make_sklearn_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skrec import hookimpl
from skrec.encoders import CategoryEncoder
from skrec.exceptions import SavedFileError
from skrec.models import EASE, ItemKNN, Popularity
from skrec.persistence import load, save
from skrec.pipeline import Pipeline
from skrec.preprocessing import Deduplicate
from skrec.retrievers import ExactRetriever
from skrec.testing import checkerboard

GOLDEN = Path(__file__).parents[1] / "golden" / "files"
BOARD = checkerboard(8)


@pytest.fixture
def refused(tmp_path):
    """Save a model, whatever was done to it, and expect that it isn't loaded, and why."""

    def expect(model, said):
        save(model, tmp_path / "m")
        with pytest.raises(SavedFileError, match=rf"m is damaged: .*{said}.*\. Copy or save it anew\."):
            load(tmp_path / "m")

    return expect


@pytest.fixture
def model(ease):
    return copy.deepcopy(ease)


def put(array, place, value):
    changed = np.array(array)
    changed[place] = value
    return changed


HISTORIES = {
    "items beyond the catalogue": ("items", lambda a: put(a, 3, 8), "Histories.items holds 8, beyond 8"),
    "items below it": ("items", lambda a: put(a, 3, -1), "Histories.items holds -1, below 0"),
    "huge items": ("items", lambda a: put(a, 3, 2**62), "Histories.items holds"),
    "items as text": ("items", lambda a: a.astype("U3"), "Histories.items is no array of int64"),
    "falling pointers": ("indptr", lambda a: put(a, 2, 0), "doesn't rise from 0"),
    "pointers from 1": ("indptr", lambda a: put(a, 0, 1), "doesn't rise from 0"),
    "pointers beyond": ("indptr", lambda a: put(a, -1, 99), "Histories.items has shape"),
    "a user less": ("indptr", lambda a: put(a, -2, a[-1])[:-1], "of other ids than it knows"),
    "weights that are NaN": ("weights", lambda a: put(a, 0, np.nan), "Histories.weights holds NaN"),
    "weights below 0": ("weights", lambda a: put(a, 0, -1), "Histories.weights holds -1"),
    "a time less": ("times", lambda a: a[:-1], "Histories.times has shape"),
    "dates": ("times", lambda a: a.astype("datetime64[s]"), "Histories.times is no array of whole numbers"),
    "labels as numbers": ("positive", lambda a: a.astype(float), "Histories.positive is no array of booleans"),
    "another number of items": ("n_items", lambda n: 10**12, "of other ids than it knows"),
    "no number of items": ("n_items", lambda n: "8", "don't say how many"),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_histories_that_point_elsewhere_are_refused(case, model, refused):
    name, change, said = HISTORIES[case]
    vars(model.histories_)[name] = change(getattr(model.histories_, name))
    refused(model, said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ids: put(ids, 1, ids[0]), "must be distinct"),
        (lambda ids: ids[:-1], "other ids than its vocabulary's"),
        (lambda ids: ids.astype(float) + 0.5, "the ids of Vocabulary is no array of whole numbers"),
        (lambda ids: ids.reshape(2, 4), "the ids of Vocabulary has shape"),
        (lambda ids: np.array([{"a": 1}] * 8, dtype=object), "the ids of Vocabulary is no array of whole numbers"),
    ],
)
def test_ids_that_are_none_are_refused(change, said, model, refused):
    vars(model.item_vocabulary_)["_ids"] = change(model.items_)
    refused(model, said)


@pytest.mark.parametrize("text", [[None, *"abcdefg"], [*"aabcdefg"]], ids=["none", "twice"])
def test_texts_that_are_no_ids_are_refused(text, refused):
    model = EASE().fit(BOARD.events.astype({"item_id": str}))
    vars(model.item_vocabulary_)["_ids"] = np.array(text, dtype=object)
    refused(model, "Vocabulary")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("item_weights_", lambda a: a[:-1], r"EASE.item_weights_ has shape \(7, 8\), and \(8, 8\) is expected"),
        ("item_weights_", lambda a: put(a, (0, 1), np.nan), "EASE.item_weights_ holds NaN"),
        ("item_weights_", lambda a: put(a, (0, 1), np.inf), "EASE.item_weights_ holds NaN or infinity"),
        ("item_weights_", lambda a: a.astype(int), "is no array of float32 or float64"),
        ("item_counts_", lambda a: a[:-1], "item_counts_ has shape"),
        ("_times", lambda times: "dates", "times of an unknown kind"),
        ("n_features_in_", lambda n: 0, "senseless n_features_in_"),
        ("feature_names_in_", lambda names: np.array([1, 2, 3], dtype=object), "senseless feature_names_in_"),
        ("regularization", lambda value: -1.0, "'regularization' parameter of EASE must be"),
        ("users_", lambda users: users[::-1].copy(), "users_ of EASE are other ids"),
    ],
)
def test_what_a_model_can_not_score_with_is_refused(name, change, said, model, refused):
    vars(model)[name] = change(vars(model).get(name))
    refused(model, said)


@pytest.mark.parametrize("name", ["item_weights_", "histories_", "item_counts_", "users_", "_times", "n_features_in_"])
def test_what_is_missing_is_named(name, model, refused):
    del vars(model)[name]
    refused(model, f"EASE has no {name}")


@pytest.mark.parametrize("name", ["predict", "_score", "recommend", "_scores_history", "_check_fitted"])
def test_an_attribute_that_would_hide_a_method_is_refused(name, model, refused):
    vars(model)[name] = 5
    refused(model, f"EASE has an attribute '{name}', which isn't learned")


def test_neighbours_beyond_the_catalogue_are_refused(refused):
    model = ItemKNN(3).fit(BOARD)
    model._scoring = model._scoring[:, :-1]
    refused(model, "ItemKNN._scoring is no csr_array of items by items")


# Files of networks: nothing is trained for these.
NETWORKS = {
    "a row short": ("mf-mse", "tables_", lambda t: {**t, "user": t["user"][:-1]}, "the table of users has shape"),
    "too wide": ("mf-mse", "tables_", lambda t: {**t, "item": np.tile(t["item"], 2)}, "the table of items has shape"),
    "NaN rows": ("mf-mse", "tables_", lambda t: {**t, "item": t["item"] * np.float32(np.nan)}, "holds NaN"),
    "no table": ("mf-mse", "tables_", lambda t: {"item": t["item"]}, "other tables than it needs"),
    "huge width": ("mf-mse", "embedding_dim", lambda n: 10**12, "the table of users has shape"),
    "NaN weights": (
        "gmf",
        "network_weights_",
        lambda w: [a * np.float32(np.nan) for a in w],
        "a weight of GMF holds NaN",
    ),
    "pool beyond": ("gmf", "_fold_negatives", lambda a: put(a, -1, 99), "_fold_negatives holds 99, beyond 14"),
    "pool that falls": ("gmf", "_fold_negatives", lambda a: a[::-1].copy(), "_fold_negatives don't rise"),
    "no loss": ("gmf", "loss", lambda a: "zebra", "'loss' parameter"),
    "an index": ("gmf", "retriever_", lambda a: ExactRetriever(), "an index, which no file of skrec holds"),
    "no unit": ("hstu", "time_unit_", lambda a: "x", "time_unit_ is no number"),
    "ids": ("keras-model", "build", lambda b: type(b)(b.config, 99, b.n_items), "for other ids than it knows"),
    "no mean": ("mf-mse", "rating_mean_", lambda a: float("nan"), "rating_mean_ is no number"),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_weights_that_do_not_suit_are_refused(case, refused):
    kind, name, change, said = NETWORKS[case]
    model = load(GOLDEN / f"jax-{kind}.skrec")
    value = change(vars(model).get(name))
    kept = type(model).__skrec_state__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model), "__skrec_state__", lambda self: {**_bare(kept, self), name: value})
        refused(model, said)


def _bare(kept, model):
    """What a file holds of a model; a network isn't described anew for that."""
    from skrec.models import KerasModel

    return vars(model) | {"_kept": []} if isinstance(model, KerasModel) else kept(model)


@pytest.fixture(scope="module")
def bases():
    """Fitted encoders, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent)
        patch.syspath_prepend(Path(__file__).parents[1] / "golden")
        return importlib.import_module("damaged_bases").columns()


ENCODERS = {
    ("category", "categories_"): ["a", 3],
    ("tags", "length_"): 10**9,
    ("tags", "separator"): "",
    ("number", "scale_"): 0.0,
    ("number", "quantiles_"): np.array([2.0, 1.0]),
    ("datetime", "format"): "%Q",
    ("datetime", "mean_"): "x",
    ("text", "idf_"): np.ones(1),
    ("text", "max_length"): 10**12,
    ("text", "widths"): (0,),
    ("image", "shape_"): (10**6, 10**6, 3),
    ("image", "kernel_size"): 10**6,
    ("audio", "filters_"): np.ones((2, 2), dtype=np.float32),
    ("audio", "n_bands"): 10**9,
    ("vector", "mean_"): np.array([np.nan, 1.0]),
    ("transformer", "width_"): -1,
    ("transformer", "transformer_"): [1],
}


@pytest.mark.parametrize(("name", "attribute"), ENCODERS, ids=str)
def test_an_encoder_that_could_not_encode_is_refused(name, attribute, bases, refused):
    encoder, cells = bases[name]
    fitted = copy.deepcopy(encoder).fit(np.array([*cells, None], dtype=object)[:-1])
    vars(fitted)[attribute] = ENCODERS[name, attribute]
    refused(fitted, "")


@pytest.mark.parametrize(
    ("side", "name", "change", "said"),
    [
        ("item", "year", lambda a: a[:-1], "the feature 'year' of item has shape"),
        ("item", "year", lambda a: put(a, (0, 0), np.nan), "the feature 'year' of item holds NaN"),
        ("item", "kinds", lambda a: put(a, (0, 0), 10**6), "the feature 'kinds' of item holds 1000000, beyond"),
        ("item", "plot", lambda a: put(a, (0, 0), -1), "the feature 'plot' of item holds -1, below 0"),
        ("item", "plot", lambda a: a.astype(np.int64), "the feature 'plot' of item is no array of int32"),
    ],
)
def test_codes_of_features_beyond_their_tables_are_refused(side, name, change, said, refused):
    model = load(GOLDEN / "jax-two-tower.skrec")
    arrays = model[-1].features_.arrays[side]
    arrays[name] = change(arrays[name])
    refused(model, said)


def test_steps_that_are_none_are_refused(refused):
    for steps, said in (([], "no names"), ([("a", 1)], "no estimator"), ([("a", 1), ("b", EASE())], "no transformer")):
        pipeline = Pipeline([("model", EASE())])
        pipeline.steps = steps
        refused(pipeline, said)


def test_rows_dropped_are_a_number(refused):
    transformer = Deduplicate().fit(BOARD)
    transformer.n_dropped_ = "x"
    refused(transformer, "n_dropped_ is no number")


def test_scikit_learns_arrays_that_compiled_code_trusts_are_checked(refused):
    clusters = KMeans(2, n_init=1, random_state=0).fit(np.eye(4))
    clusters.cluster_centers_ = clusters.cluster_centers_[:, :2].copy()
    refused(clusters, "KMeans.cluster_centers_ has another width")
    words = CountVectorizer().fit(["a bb cc"])
    words.vocabulary_ = {"bb": 0, "cc": 10**6}
    refused(words, "CountVectorizer.vocabulary_ has columns other than")
    columns = OneHotEncoder().fit([["a"], ["b"]])
    columns._n_features_outs = [1]
    refused(columns, "OneHotEncoder has other columns than categories")
    forest = RandomForestClassifier(2)
    forest.n_features_in_ = 3
    refused(forest, "read by code that trusts them")


def test_a_folder_of_cached_steps_is_not_taken_over(tmp_path):
    save(make_sklearn_pipeline(StandardScaler(), memory="/somewhere"), tmp_path / "m")
    with pytest.warns(UserWarning, match="isn't taken over from a file"):
        assert load(tmp_path / "m").memory is None


@pytest.mark.parametrize(
    "config",
    [
        "no json",
        "[]",
        {"module": "keras.losses", "class_name": "Loss", "config": {}},
        {"module": "keras.layers", "class_name": "Lambda", "config": {}},
        {
            "module": "keras.losses",
            "class_name": "Huber",
            "config": {"delta": {"module": "os", "class_name": "system"}},
        },
    ],
    ids=str,
)
def test_a_loss_that_is_none_of_keras_is_refused(config, refused):
    from skrec._keras_objects import SavedKeras

    model = Popularity()
    model.loss = SavedKeras(config if isinstance(config, str) else json.dumps(config))
    refused(model, "SavedKeras isn't what it should be")


class Checked(Popularity.__bases__[0]):
    """A model of a plugin that looks after what it learned by itself."""

    def _score(self, query):
        return np.zeros((len(query), len(self.items_)), dtype=np.float32)

    def _fit(self, events):
        self.bias_ = 1.0

    def __skrec_check__(self):
        if not isinstance(self.bias_, float):
            raise ValueError("bias_ is no number")


def test_a_class_of_a_plugin_checks_itself(manager, refused, tmp_path):
    class Toy:
        @hookimpl
        def skrec_models(self):
            return {"checked": Checked}

    manager.register(Toy(), "toy", distribution="skrec-keras-toy")
    model = Checked().fit(BOARD)
    save(model, tmp_path / "right")
    assert load(tmp_path / "right").bias_ == 1.0
    model.bias_ = "x"
    refused(model, r"Checked isn't what it should be \(bias_ is no number\)")


def test_an_index_of_a_retriever_is_refused(refused):
    found = ExactRetriever().fit(np.eye(2, dtype=np.float32))
    found._items = np.array([[np.nan, 1.0]], dtype=np.float32)
    refused(found, "the vectors of ExactRetriever holds NaN")


def test_an_unfitted_encoder_needs_nothing(tmp_path):
    save(CategoryEncoder(), tmp_path / "m")
    assert load(tmp_path / "m").min_count == 1
