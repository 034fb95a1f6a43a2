import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.pipeline import make_pipeline as make_sklearn_pipeline
from sklearn.preprocessing import KBinsDiscretizer

import skrec
from skrec import Interactions, make_interactions, make_pipeline
from skrec.encoders import (
    CategoryEncoder,
    DatetimeEncoder,
    NumberEncoder,
    TagsEncoder,
    TextEncoder,
    TransformerEncoder,
)
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError, UnknownNameError
from skrec.model_selection import ColdItemSplit, LeaveLastOut, make_ranking_scorer
from skrec.models import TwoTower
from skrec.preprocessing import Binarize, FeatureEncoder, KCore

QUICK = {"epochs": 1, "random_state": 0}
EVENTS = pd.DataFrame(
    {"user_id": ["ann", "bob", "ann"], "item_id": ["alien", "gilda", "gilda"], "device": ["tv", "tv", "phone"]}
)
ITEMS = pd.DataFrame(
    {
        "item_id": ["alien", "unseen", "gilda"],
        "year": [1979, 9999, 1946],
        "genres": ["Horror|Crime", "Unseen|War", "Noir"],
        "added": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-05-05"]),
        "plot": ["a ship in deep space", "nobody reads this", "a singer in Buenos Aires"],
    }
)
FILMS = Interactions(EVENTS, items=ITEMS)


@pytest.fixture(scope="module")
def X():
    return make_interactions(40, 24, 500, features=("tags", "text", "number"), random_state=0)


def encoder_of(fields, name):
    return next(encoder for found, encoder, _ in fields if found == name)


def test_encoders_learn_from_rows_of_ids_that_have_events():
    fitted = FeatureEncoder(items=[("kinds", "tags", "genres"), ("year", "number", "year")]).fit(FILMS)
    assert encoder_of(fitted.items_, "kinds").categories_ == ["Crime", "Horror", "Noir"]
    assert encoder_of(fitted.items_, "year").mean_ == pytest.approx((1979 + 1946) / 2)
    assert (fitted.users_, fitted.context_) == ([], [])


def test_context_is_learned_from_the_events_of_fit_alone():
    fitted = FeatureEncoder(context=[("device", "category", "device")]).fit(FILMS[[0, 1]])
    assert encoder_of(fitted.context_, "device").categories_ == ["tv"]
    assert fitted.transform(FILMS).features.context == fitted.context_


def test_what_is_given_stays_unfitted_and_unchanged():
    given = [("kinds", TagsEncoder(), "genres"), ["year", NumberEncoder(), "year"]]
    encoder = FeatureEncoder(items=given)
    encoder.fit(FILMS)
    assert encoder.items is given
    assert not given[0][1].__sklearn_is_fitted__()
    assert encoder_of(encoder.items_, "year") is not given[1][1]


def test_tables_pass_as_they_are_and_encoders_go_along():
    rich = FeatureEncoder(items=[("year", "number", "year")]).fit_transform(FILMS)
    pd.testing.assert_frame_equal(rich.events, FILMS.events)
    pd.testing.assert_frame_equal(rich.items, FILMS.items)
    assert rich.features.users is None
    assert rich.features.items.take(["unseen"])["year"].shape == (1, 2)
    assert FILMS.features is None


def test_events_without_tables_pass_too():
    fitted = FeatureEncoder(items=[("year", "number", "year")]).fit(FILMS)
    assert fitted.transform(EVENTS).features.items is None
    assert fitted.transform_history(EVENTS[["user_id", "item_id"]]).features.items is None
    with pytest.raises(InvalidDataError, match=r"The table keyed by 'item_id' lacks the columns \['year'\]"):
        fitted.transform(Interactions(EVENTS, items=ITEMS[["item_id", "plot"]]))


def test_auto_takes_every_column_but_ids_and_what_events_always_have():
    events = EVENTS.assign(rating=[1.0, 2.0, 3.0], timestamp=[1, 2, 3], weight=1.0)
    users = pd.DataFrame({"user_id": ["ann", "bob"], "age": [30, 40]})
    fitted = FeatureEncoder("auto", "auto", "auto").fit(Interactions(events, users, ITEMS))
    found = {(name, type(encoder), column) for name, encoder, column in fitted.items_}
    assert found == {
        ("year", NumberEncoder, "year"),
        ("genres", TagsEncoder, "genres"),
        ("added", DatetimeEncoder, "added"),
        ("plot", TextEncoder, "plot"),
    }
    assert [(name, type(encoder)) for name, encoder, _ in fitted.users_] == [("age", NumberEncoder)]
    assert [(name, type(encoder)) for name, encoder, _ in fitted.context_] == [("device", CategoryEncoder)]


def test_auto_reads_columns_whose_names_are_numbers():
    items = pd.DataFrame({"item_id": ["alien", "gilda"], 0: [1.0, 2.0], 1: [3.0, 4.0]})
    fitted = FeatureEncoder(items="auto").fit(Interactions(EVENTS, items=items))
    assert [(name, column) for name, _, column in fitted.items_] == [("0", 0), ("1", 1)]


def test_transformers_of_scikit_learn_are_encoders():
    bins = KBinsDiscretizer(2, encode="onehot-dense", strategy="uniform", quantile_method="linear")
    words = make_sklearn_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))
    encoder = FeatureEncoder(items=[("year", bins, "year"), ("plot", words, "plot")])
    fitted = encoder.fit(FILMS)
    assert all(isinstance(found, TransformerEncoder) for _, found, _ in fitted.items_)
    found = fitted.transform(FILMS).features.items.take(["gilda", "alien", "nobody"])
    np.testing.assert_array_equal(found["year"], [[1, 0], [0, 1], [0, 0]])
    assert found["plot"].shape == (3, 2)
    assert encoder.get_params()["items__plot__truncatedsvd__n_components"] == 2
    encoder.set_params(items__plot__truncatedsvd__n_components=1)
    assert encoder.fit_transform(FILMS).features.items.take(["alien"])["plot"].shape == (1, 1)


def test_parameters_of_encoders_are_parameters_by_name_and_by_object():
    encoder = FeatureEncoder(items=[("plot", "text", "plot"), ("kinds", TagsEncoder(max_tags=3), "genres")])
    found = encoder.get_params()
    assert found["items__plot"] == "text"
    assert found["items__plot__max_tokens"] == TextEncoder().max_tokens
    assert found["items__kinds__max_tags"] == 3
    assert set(encoder.get_params(deep=False)) == {"users", "items", "context"}
    assert encoder.set_params(items__plot__max_tokens=7, items__kinds__max_tags=1) is encoder
    assert encoder.items[0][1].max_tokens == 7
    assert encoder.items[0][::2] == ("plot", "plot")
    fitted = encoder.fit(FILMS)
    assert encoder_of(fitted.items_, "plot").max_tokens == 7
    assert fitted.transform(FILMS).features.items.take(["alien"])["kinds"].shape == (1, 1)


def test_a_whole_encoder_is_replaced_before_its_parameters_are_set():
    encoder = FeatureEncoder(items=[("plot", "category", "plot")])
    encoder.set_params(items__plot__max_tokens=9, items__plot=TextEncoder(network="bag"))
    assert (encoder.items[0][1].max_tokens, encoder.items[0][1].network) == (9, "bag")
    encoder.set_params(items=[("year", "number", "year")], items__year=CategoryEncoder(), items__year__min_count=2)
    assert encoder.get_params()["items__year__min_count"] == 2
    encoder.set_params(items__year="number")
    assert encoder.items == [("year", "number", "year")]


def test_a_parameter_that_does_not_exist_is_an_error():
    encoder = FeatureEncoder(items=[("plot", "text", "plot")])
    with pytest.raises(
        InvalidParameterError, match=r"no parameter 'items__title'. Its own are users, items, context; those"
    ):
        encoder.set_params(items__title="text")
    with pytest.raises(InvalidParameterError, match="no parameter 'items__title__x'"):
        encoder.set_params(items__title__x=1)
    with pytest.raises(InvalidParameterError, match="no parameter 'users__plot__max_tokens'"):
        encoder.set_params(users__plot__max_tokens=1)
    with pytest.raises(ValueError, match="Invalid parameter 'tokens' for estimator TextEncoder"):
        encoder.set_params(items__plot__tokens=3)
    unknown = FeatureEncoder(items=[("plot", "txt", "plot")])
    assert unknown.get_params()["items__plot"] == "txt"
    with pytest.raises(UnknownNameError, match="Did you mean 'text'"):
        unknown.set_params(items__plot__max_tokens=3)
    for side in (None, "auto"):
        with pytest.raises(InvalidParameterError, match="no parameter 'items__plot__max_tokens'"):
            FeatureEncoder(items=side).set_params(items__plot__max_tokens=3)


def test_clones_share_nothing_and_keep_nested_parameters():
    encoder = FeatureEncoder(items=[("plot", TextEncoder(max_tokens=5), "plot")], users="auto")
    copy = clone(encoder.set_params(items__plot__network="bag"))
    copy.set_params(items__plot__max_tokens=6)
    assert encoder.items[0][1].max_tokens == 5
    assert copy.items[0][1].get_params() == {**encoder.items[0][1].get_params(), "max_tokens": 6}
    assert copy.users == "auto"
    assert "TextEncoder" in repr(encoder)
    assert "FeatureEncoder" in encoder._repr_html_()


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (
            "text",
            r"The 'items' parameter of FeatureEncoder must be a list of \(name, encoder, column\) or of columns' names, \"auto\" or",
        ),
        ([("plot", "text")], r"must be a list of \(name, encoder, column\).* Got \[\('plot', 'text'\)\] instead"),
        ([(1, "text", "plot")], r"must be a list of \(name, encoder, column\)"),
        ({"plot": "text"}, "must be a list"),
        ([("a__b", "text", "plot")], r"Names of items in FeatureEncoder must not hold '__'.* Got \['a__b'\] instead"),
        ([("a", "text", "plot"), ("a", "tags", "genres")], r"Names of items .* must be distinct.* Got \['a'\] instead"),
        ([("id", "text", "plot")], "must be distinct, not empty, and not 'id'"),
        ([("", "text", "plot")], "not empty"),
        (
            [("plot", TextEncoder, "plot")],
            "The encoder 'plot' of items in FeatureEncoder must be an encoder, an encoder's name",
        ),
        ([("plot", 3, "plot")], r"or a transformer of scikit-learn\. Got 3 instead"),
        (["plot", "plot"], r"Names of items .* must be distinct.* Got \['plot'\] instead"),
        (["plot", 3], r"must be a list of \(name, encoder, column\) or of columns' names"),
        (["a__b"], r"must not hold '__'.* a column of that name gets another as in \('name', encoder, 'a__b'\)"),
        (
            [("both", "auto", ["year", "plot"])],
            r"reads the columns \['year', 'plot'\], and \"auto\" chooses for one column",
        ),
        ([("both", "vector", [])], "must be a list of"),
    ],
)
def test_a_parameter_that_is_no_list_of_encoders_is_an_error_in_fit(items, message):
    encoder = FeatureEncoder(items=items)
    with pytest.raises(InvalidParameterError, match=message):
        encoder.fit(FILMS)
    with pytest.raises(NotFittedError, match="This FeatureEncoder instance is not fitted yet"):
        encoder.transform(FILMS)


def test_auto_refuses_a_column_called_id():
    items = ITEMS[["item_id", "year"]].rename(columns={"year": "id"})
    with pytest.raises(InvalidParameterError, match=r"Names of items .* not 'id'\. Got \['id'\] instead"):
        FeatureEncoder(items="auto").fit(Interactions(EVENTS, items=items))


def test_a_name_that_no_plugin_provides_is_an_error_with_those_there_are():
    with pytest.raises(UnknownNameError, match="Unknown encoder 'txt'. Did you mean 'text'"):
        FeatureEncoder(items=[("plot", "txt", "plot")]).fit(FILMS)


def test_what_the_data_lack_is_an_error_that_says_what():
    with pytest.raises(
        InvalidDataError, match=r"features of users, and X has no table of users. Pass one: Inter.*users=\.\.\.\)"
    ):
        FeatureEncoder(users="auto").fit(FILMS)
    with pytest.raises(
        InvalidDataError, match=r"column 'title' of items, whose columns are \['item_id', 'year', 'genres'"
    ):
        FeatureEncoder(items=[("t", "text", "title")]).fit(FILMS)
    with pytest.raises(
        InvalidDataError, match=r"column 'time' of context, whose columns are \['user_id', 'item_id', 'dev"
    ):
        FeatureEncoder(context=[("t", "number", "time")]).fit(FILMS)
    strangers = Interactions(EVENTS, items=ITEMS[ITEMS["item_id"] == "unseen"])
    with pytest.raises(
        InvalidDataError, match="The table of items has no row for any id of the events. Compare their col"
    ):
        FeatureEncoder(items=[("year", "number", "year")]).fit(strangers)


def test_a_bad_cell_is_named_by_its_row_in_the_whole_table():
    items = ITEMS.assign(year=pd.Series([1979, 1990, "soon"], dtype=object))
    with pytest.raises(InvalidDataError, match="Row 2 of column 'year' is 'soon', and a number is expected"):
        FeatureEncoder(items=[("year", "number", "year")]).fit(Interactions(EVENTS, items=items))
    # A row that no event is of isn't looked at.
    items = ITEMS.assign(year=pd.Series([1979, "soon", 1946], dtype=object))
    FeatureEncoder(items=[("year", "number", "year")]).fit(Interactions(EVENTS, items=items))


def test_a_fit_that_fails_leaves_the_encoder_as_it_was():
    encoder = FeatureEncoder(items=[("year", "number", "year")]).fit(FILMS)
    before = encoder.items_
    with pytest.raises(InvalidDataError, match="no table of items"):
        encoder.fit(EVENTS)
    assert encoder.items_ is before


def test_other_steps_may_stand_before_and_behind(X):
    steps = [KCore(users=3, items=3), FeatureEncoder(items=[("g", "tags", "genres")]), Binarize(3.0)]
    pipeline = make_pipeline(*steps, TwoTower(4, (), **QUICK)).fit(X)
    assert list(pipeline[-1].features_.arrays["item"]) == ["g"]


def test_a_plain_pipeline_of_scikit_learn_fits_predicts_scores_and_is_searched(X):
    pipeline = SklearnPipeline(
        [("e", FeatureEncoder(items=[("plot", "text", "plot")])), ("m", TwoTower(4, (4,), **QUICK))]
    )
    search = GridSearchCV(
        pipeline,
        {"e__items__plot__max_tokens": [30, 60], "e__items__plot__network": ["bag"]},
        cv=LeaveLastOut(),
        scoring=make_ranking_scorer(["ndcg@10", "recall@20"]),
        refit="ndcg@10",
        error_score="raise",
    ).fit(X)
    best = search.best_estimator_
    tokens = encoder_of(best[0].items_, "plot").max_tokens
    assert tokens == search.best_params_["e__items__plot__max_tokens"]
    assert len(best.predict(X)) == len(X)
    assert 0.0 <= best.score(X[[0, 1]].replace(user_id=[998, 999])) <= 1.0
    new = pd.DataFrame({"item_id": [901, 902], "plot": ["a haunted house", None]})
    assert sorted(best[-1].recommend([1], items=new).items[0, :2].tolist()) == [901, 902]


def test_names_of_encoders_are_searched_in_parallel(X):
    pipeline = make_pipeline(FeatureEncoder(items=[("genres", "tags", "genres")]), TwoTower(4, (), **QUICK))
    grid = {"featureencoder__items__genres": ["tags", "category"]}
    search = GridSearchCV(pipeline, grid, cv=ColdItemSplit(2, random_state=0), error_score="raise").fit(X)
    assert len(search.cv_results_["mean_test_score"]) == 2
    assert isinstance(encoder_of(search.best_estimator_[0].items_, "genres"), (TagsEncoder, CategoryEncoder))


def test_pipelines_with_encoders_are_pickled_and_saved(X, tmp_path):
    words = make_sklearn_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))
    items = [("plot", TextEncoder("bag"), "plot"), ("genres", TagsEncoder(), "genres"), ("words", words, "title")]
    pipeline = make_pipeline(FeatureEncoder(users="auto", items=items), TwoTower(4, (4,), **QUICK)).fit(X)
    skrec.save(pipeline, tmp_path / "p.skrec")
    new = X.items.head(5).assign(item_id=range(901, 906))
    expected = pipeline.recommend([1, 2], items=new)
    for again in (pickle.loads(pickle.dumps(pipeline)), skrec.load(tmp_path / "p.skrec")):
        np.testing.assert_array_equal(again.predict(X), pipeline.predict(X))
        found = again.recommend([1, 2], items=new)
        np.testing.assert_array_equal(found.items, expected.items)
        np.testing.assert_array_equal(found.scores, expected.scores)
        assert again[0].get_params()["items__words__truncatedsvd__n_components"] == 2
        clone(again).fit(X)
