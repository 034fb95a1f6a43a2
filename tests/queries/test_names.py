"""An estimator fitted on events with names of the user's own understands later frames by these."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import skrec
from skrec import EASE, Interactions
from skrec.data import Names, later_events
from skrec.exceptions import InvalidDataError
from skrec.pipeline import make_pipeline
from skrec.preprocessing import KCore

NAMED = {"user": "customer", "item": "sku", "rating": "stars", "timestamp": "ts"}
FRAME = pd.DataFrame(
    [("ann", "a"), ("ann", "b"), ("bob", "a"), ("bob", "c"), ("eve", "b"), ("eve", "c"), ("eve", "d")],
    columns=["customer", "sku"],
).assign(stars=5.0, ts=range(7))
USUAL = FRAME.set_axis(["user_id", "item_id", "rating", "timestamp"], axis=1)
FORMS = [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas]


def loaded(model, folder):
    skrec.save(model, folder / "model.skrec")
    return skrec.load(folder / "model.skrec")


@pytest.fixture(scope="module")
def plain():
    return EASE().fit(USUAL)


@pytest.fixture(scope="module", params=["fitted", "pickled", "saved", "in a pipeline", "a saved pipeline"])
def model(request, tmp_path_factory):
    """A model that was fitted on the user's names, on every way that it may have come."""
    X = Interactions(FRAME, **NAMED)
    fitted = (make_pipeline(KCore(1, 1), EASE()) if "pipeline" in request.param else EASE()).fit(X)
    if "saved" in request.param:
        return loaded(fitted, tmp_path_factory.mktemp("model"))
    return pickle.loads(pickle.dumps(fitted)) if request.param == "pickled" else fitted


def asked(form, **columns):
    return form(pd.DataFrame(columns))


QUESTIONS = [
    ({"users": {"customer": ["bob", "new"]}}, {"users": ["bob", "new"]}),
    ({"items": {"sku": ["c", "d"]}}, {"items": ["c", "d"]}),
    ({"exclude_items": {"sku": ["c"]}}, {"exclude_items": ["c"]}),
    (
        {"exclude_items": {"customer": ["ann"], "sku": ["c"]}},
        {"exclude_items": pd.DataFrame({"user_id": ["ann"], "item_id": ["c"]})},
    ),
    ({"items": {"sku": ["d"], "customer": ["ann"]}}, {"items": pd.DataFrame({"user_id": ["ann"], "item_id": ["d"]})}),
    (
        {"history": {"sku": ["d", "a"], "customer": ["x", "x"], "ts": [2, 1]}},
        {"history": pd.DataFrame({"user_id": ["x", "x"], "item_id": ["d", "a"], "timestamp": [2, 1]})},
    ),
]


@pytest.mark.parametrize("form", FORMS, ids=["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize(
    ("given", "usual"), QUESTIONS, ids=["users", "items", "exclude_items", "excluded pairs", "candidates", "history"]
)
def test_frames_of_recommend_may_use_the_users_names_or_the_usual_ones(model, plain, given, usual, form):
    expected = plain.recommend(**usual)
    for question in ({name: asked(form, **columns) for name, columns in given.items()}, usual):
        answer = model.recommend(**question)
        np.testing.assert_array_equal(answer.users, expected.users)
        np.testing.assert_array_equal(answer.items, expected.items)


@pytest.mark.parametrize("form", FORMS, ids=["pandas", "polars", "pyarrow"])
def test_predict_and_score_understand_the_users_names(model, plain, form):
    for columns in (list(FRAME), ["sku", "customer"]):
        np.testing.assert_array_equal(model.predict(form(FRAME[columns])), plain.predict(USUAL))
    np.testing.assert_array_equal(model.predict(form(USUAL)), plain.predict(USUAL))
    assert model.score(form(FRAME), exclude_seen=False) == plain.score(USUAL, exclude_seen=False)


def test_partial_fit_and_similar_items_understand_the_users_names():
    model = EASE().fit(Interactions(FRAME[:4], **NAMED)).partial_fit(FRAME[4:])
    np.testing.assert_array_equal(model.item_weights_, EASE().fit(USUAL).item_weights_)
    assert model._names == Names(**NAMED)
    neighbours = skrec.ItemKNN().fit(Interactions(FRAME, **NAMED))
    expected = neighbours.similar_items(["a"])
    for form in FORMS:
        np.testing.assert_array_equal(neighbours.similar_items(asked(form, sku=["a"])).items, expected.items)


def test_some_columns_may_have_names_of_the_users_own():
    frame = USUAL.rename(columns={"timestamp": "ts", "item_id": "sku"})
    model = EASE().fit(Interactions(frame, item="sku", timestamp="ts"))
    expected = EASE().fit(USUAL)
    np.testing.assert_array_equal(model.predict(frame), expected.predict(USUAL))
    history = frame[["user_id", "sku", "ts"]]
    np.testing.assert_array_equal(
        model.recommend(history=history).items, expected.recommend(history=USUAL[["user_id", "item_id"]]).items
    )
    late = later_events(history[::-1], model._names)
    assert late.events["timestamp"].to_list() == [6, 5, 4, 3, 2, 1, 0]


def test_the_library_of_a_frame_is_remembered_in_fit():
    assert [EASE().fit(form(USUAL))._names.library for form in FORMS] == ["pandas", "polars", "pyarrow"]
    assert EASE().fit(USUAL.to_numpy())._names == Names()


def test_names_of_an_earlier_fit_are_forgotten():
    model = EASE().fit(Interactions(FRAME, **NAMED)).fit(USUAL)
    assert model._names == Names()
    with pytest.raises(InvalidDataError, match="no columns 'user_id' and 'item_id'"):
        model.predict(FRAME)


def test_models_without_names_have_the_usual_ones(plain):
    """As those in files of earlier versions."""
    old = pickle.loads(pickle.dumps(plain))
    del vars(old)["_names"]
    assert old._names == Names()
    assert old.recommend(pd.DataFrame({"user_id": ["ann"]}), k=1).users.tolist() == ["ann"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (
            {"users": pd.DataFrame({"who": [1]})},
            r"users is a frame without a column 'customer'; its columns are \['who'\]",
        ),
        ({"items": pd.DataFrame({"who": [1]})}, "items is a frame without a column 'sku'"),
        ({"exclude_items": pd.DataFrame({"who": [1]})}, "exclude_items is a frame without a column 'sku'"),
        ({"history": pd.DataFrame({"sku": ["a"], "n": [1]})}, "no column 'customer'"),
        (
            {"users": pd.DataFrame({"customer": ["a", None]})},
            r"Column 'customer' contains NaN or null ids in rows \[1\]. Drop these users",
        ),
        ({"items": pd.DataFrame({"sku": ["a", None]})}, r"Column 'sku' contains .* Drop these items"),
        ({"exclude_items": pd.DataFrame({"sku": ["a", 1]})}, "Column 'sku' holds ids of mixed kinds"),
        ({"history": pd.DataFrame({"customer": ["a"], "sku": [None]})}, "Column 'sku' contains NaN or null ids"),
        (
            {"users": pd.DataFrame({"customer": ["a"], "user_id": ["b"]})},
            "a column 'user_id' besides 'customer', which means the same",
        ),
    ],
    ids=[
        "users",
        "items",
        "exclude_items",
        "history",
        "null user",
        "null item",
        "mixed",
        "null in history",
        "both names",
    ],
)
def test_errors_speak_the_users_names(question, message):
    with pytest.raises(InvalidDataError, match=message):
        EASE().fit(Interactions(FRAME, **NAMED)).recommend(**question)


def test_columns_that_differ_from_fit_go_by_the_users_names():
    model = EASE().fit(Interactions(FRAME.assign(device="tv"), **NAMED))
    with pytest.raises(
        InvalidDataError,
        match=r"missing \['device'\], .*columns of fit: \['customer', 'sku', 'stars', 'ts', 'device'\]",
    ):
        model.predict(FRAME)


LEVELS = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("user_id", ""), ("item_id", "x")]))
REPEATED = pd.DataFrame([[1, 2, 3]], columns=["user_id", "item_id", "item_id"])
NUMBERED = pd.DataFrame([[1, 2, 3]], columns=["x0", "x1", "x1"])
MODEL = EASE().fit([(0, 1), (1, 0)])
ASK = {
    "Interactions": Interactions,
    "fit": lambda X: EASE().fit(X),
    "predict": lambda X: MODEL.predict(X),
    "KCore": lambda X: KCore().fit_transform(X),
    "users": lambda X: MODEL.recommend(X),
    "items": lambda X: MODEL.recommend(items=X),
    "exclude_items": lambda X: MODEL.recommend(exclude_items=X),
    "history": lambda X: MODEL.recommend(history=X),
    "context": lambda X: MODEL.recommend(context=X),
    "table of users": lambda X: Interactions([(1, 2)], users=X),
}
every_entry = pytest.mark.parametrize("ask", ASK.values(), ids=ASK)


@every_entry
def test_columns_of_several_levels_are_refused_with_how_to_join_them(ask):
    with pytest.raises(InvalidDataError, match=r"has columns of 2 levels, such as .*Join them first: frame.columns = "):
        ask(LEVELS)


@every_entry
@pytest.mark.parametrize(
    "frame", [REPEATED, NUMBERED, pa.Table.from_arrays([pa.array([1])] * 3, names=["user_id", "item_id", "item_id"])]
)
def test_repeated_columns_are_refused_by_name(ask, frame):
    with pytest.raises(InvalidDataError, match="has more than one column called '(item_id|x1)'. Rename or drop one"):
        ask(frame)


IDS = pd.MultiIndex.from_tuples([(1, 2), (3, 4)])


@pytest.mark.parametrize("argument", ["users", "items", "exclude_items", "history"])
def test_ids_of_several_levels_are_refused(argument):
    with pytest.raises(
        InvalidDataError, match=rf"{argument} is an index of 2 levels, and ids have one. Pass one level"
    ):
        MODEL.recommend(**{argument: IDS})
    with pytest.raises(InvalidDataError, match="user_ids is an index of 2 levels"):
        Interactions.from_matrix(np.eye(2), user_ids=IDS)


@pytest.mark.parametrize("argument", ["users", "items", "exclude_items", "history"])
def test_null_ids_are_those_of_the_argument(argument):
    rows = {"history": "events", "users": "users"}.get(argument, "items")
    values = np.array([1, np.nan]) if argument == "history" else [1, None]
    with pytest.raises(
        InvalidDataError, match=rf"The argument '{argument}' contains NaN or null ids in rows \[1\]. Drop these {rows}"
    ):
        MODEL.recommend(**{argument: values})


UNUSABLE = {"rating": [np.nan] * 7, "weight": [-1.0] * 7, "timestamp": [pd.NaT] * 7}


@pytest.mark.parametrize("column", UNUSABLE)
def test_predict_looks_at_no_rating_weight_or_time(plain, column):
    frame = USUAL.assign(**{column: UNUSABLE[column]})
    for form in FORMS:
        np.testing.assert_array_equal(plain.predict(form(frame)), plain.predict(USUAL))
    with pytest.raises(InvalidDataError, match=column):
        plain.score(frame)
    with pytest.raises(InvalidDataError, match=column):
        EASE().fit(frame)


def test_weights_behind_a_step_that_drops_events_go_into_the_events():
    pipeline = make_pipeline(KCore(2, 2), EASE())
    with pytest.raises(InvalidDataError, match="sample_weight has 7 entries, and X has 6 events.*a column 'weight'"):
        pipeline.fit(FRAME.rename(columns={"customer": "user_id", "sku": "item_id"}), ease__sample_weight=np.ones(7))
