"""Columns alone, several columns, and what encoders of plugins give and raise."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sklearn
from sklearn.base import clone
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.preprocessing import StandardScaler

import skrec
from skrec import Interactions, make_pipeline
from skrec.encoders import DatetimeEncoder, NumberEncoder, TagsEncoder, TextEncoder
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.models import TwoTower
from skrec.plugin import Encoder
from skrec.preprocessing import FeatureEncoder

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


class FirstLetter(Encoder):
    """What a plugin's author may write who hasn't met a missing text: NaN for it."""

    def fit(self, column, y=None):
        return self

    def transform(self, column):
        return np.array([ord(cell[0]) if isinstance(cell, str) else np.nan for cell in column])[:, np.newaxis]

    def build(self, dim):
        return NumberEncoder().fit([1.0]).build(dim)


@pytest.mark.parametrize("dtype", ["str", object, "string", pd.ArrowDtype(pa.string())], ids=str)
def test_a_plugins_nan_for_a_missing_text_is_named_before_anything_is_trained(dtype):
    items = ITEMS.assign(plot=pd.Series(["a ship", "nobody", None], dtype=dtype))
    pipeline = make_pipeline(FeatureEncoder(items=[("plot", FirstLetter(), "plot")]), TwoTower(4, (), **QUICK))
    with pytest.raises(
        InvalidDataError, match="Row 2 of column 'plot' is missing, and FirstLetter made NaN or infinity"
    ):
        pipeline.fit(Interactions(EVENTS, items=items))


def test_a_plugins_nan_is_named_in_new_rows_too():
    pipeline = make_pipeline(FeatureEncoder(items=[("plot", FirstLetter(), "plot")]), TwoTower(4, (), **QUICK)).fit(
        FILMS
    )
    new = pd.DataFrame({"item_id": ["heat", "tenet"], "plot": ["a robbery", None]})
    with pytest.raises(
        InvalidDataError, match="Row 1 of column 'plot' is missing, and FirstLetter made NaN or infinity"
    ):
        pipeline.recommend(["ann"], items=new)
    assert "heat" in pipeline.recommend(["ann"], items=new.head(1)).items[0].tolist()


def test_what_a_plugin_raises_at_a_missing_cell_in_fit_is_named():
    class Longest(FirstLetter):
        def fit(self, column, y=None):
            self.longest_ = max(len(cell) for cell in column)
            return self

    items = ITEMS.assign(plot=["a ship", "nobody", None])
    with pytest.raises(
        InvalidDataError, match=r"Row 1 .index 2. of column 'plot' is missing, and Longest raised TypeError"
    ):
        FeatureEncoder(items=[("plot", Longest(), "plot")]).fit(Interactions(EVENTS, items=items))


def test_columns_alone_get_the_encoder_of_their_kind_and_the_representation_says_which():
    given = ["year", "genres", ("words", "text", "plot"), ("when", "auto", "added")]
    encoder = FeatureEncoder(items=given)
    assert repr(encoder).startswith("FeatureEncoder(items=['year', 'genres',")
    fitted = encoder.fit(FILMS)
    chosen = [(name, type(found), column) for name, found, column in fitted.items_]
    assert chosen == [
        ("year", NumberEncoder, "year"),
        ("genres", TagsEncoder, "genres"),
        ("words", TextEncoder, "plot"),
        ("when", DatetimeEncoder, "added"),
    ]
    assert encoder.items is given
    for part in ("'year', NumberEncoder(), 'year'", "'words', 'text', 'plot'", "'when', DatetimeEncoder(), 'added'"):
        assert part in repr(fitted)
    assert "('year', NumberEncoder(), 'year')" in repr(FeatureEncoder(items="auto").fit(FILMS))
    assert clone(fitted).items == given
    with pytest.raises(InvalidDataError, match="column 'text' of items, whose columns are"):
        FeatureEncoder(items=["text"]).fit(FILMS)


def test_the_encoder_of_a_column_alone_is_searched_and_set():
    encoder = FeatureEncoder(items=["plot", "year"])
    assert encoder.get_params()["items__plot"] == "auto"
    encoder.set_params(items__plot="text", items__plot__max_tokens=7)
    assert encoder.items[0][1].max_tokens == 7
    assert encoder.items[1] == "year"
    with pytest.raises(InvalidParameterError, match="'year' of FeatureEncoder is chosen in fit, and has no parameter"):
        encoder.set_params(items__year__scaling="log")


def test_several_columns_go_to_one_transformer_and_new_rows_are_read_alike(tmp_path):
    items = ITEMS.assign(length=[117.0, 90.0, 110.0])
    both = ("numbers", StandardScaler(), ["year", "length"])
    rich = FeatureEncoder(items=[both]).fit_transform(Interactions(EVENTS, items=items))
    expected = StandardScaler().fit(items.loc[[0, 2], ["year", "length"]]).transform(items[["year", "length"]])
    found = rich.features.items.take(items["item_id"].tolist())["numbers"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert not rich.features.items.take(["unheard"])["numbers"].any()
    pipeline = make_pipeline(FeatureEncoder(items=[both]), TwoTower(4, (), **QUICK)).fit(
        Interactions(EVENTS, items=items)
    )
    skrec.save(pipeline, tmp_path / "p.skrec")
    new = pd.DataFrame({"item_id": ["heat"], "length": [170.0], "year": [1995]})
    expected = pipeline.recommend(["ann"], items=new)
    found = skrec.load(tmp_path / "p.skrec").recommend(["ann"], items=new)
    np.testing.assert_array_equal(found.scores, expected.scores)
    with pytest.raises(InvalidDataError, match=r"lacks the columns \['length'\], which encoders read"):
        pipeline.recommend(["ann"], items=new.drop(columns="length"))
    with pytest.raises(InvalidDataError, match="is to read column 'runtime' of items"):
        FeatureEncoder(items=[("n", StandardScaler(), ["year", "runtime"])]).fit(FILMS)
    with pytest.raises(
        InvalidDataError, match=r"An encoder takes one column. Got a frame with columns \['year', 'genres'\]"
    ):
        FeatureEncoder(items=[("n", "tags", ["year", "genres"])]).fit(FILMS)


def test_features_have_names():
    users = pd.DataFrame({"user_id": ["ann", "bob"], "age": [30, 40]})
    encoder = FeatureEncoder(users=["age"], items=[("kinds", "tags", "genres"), "year"], context=["device"])
    with pytest.raises(NotFittedError, match="This FeatureEncoder instance is not fitted yet"):
        encoder.get_feature_names_out()
    names = encoder.fit(Interactions(EVENTS, users, ITEMS)).get_feature_names_out()
    assert names.tolist() == ["users__age", "items__kinds", "items__year", "context__device"]
    assert names.dtype == object
    assert SklearnPipeline([("e", encoder)]).get_feature_names_out().tolist() == names.tolist()


def test_frames_are_refused_as_output_and_interactions_stay_what_they_are():
    encoder = FeatureEncoder(items=["year"])
    assert encoder.set_output(transform="default") is encoder
    assert encoder.set_output() is encoder
    for kind in ("pandas", "polars", "csv"):
        with pytest.raises(
            InvalidParameterError, match=f"gives Interactions, .* and can't give what transform='{kind}' ask"
        ):
            encoder.set_output(transform=kind)
    with sklearn.config_context(transform_output="pandas"):
        assert encoder.fit_transform(FILMS).features.items is not None
        assert encoder.transform(FILMS).features.items is not None
