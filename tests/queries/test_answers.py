"""From questions to answers: lengths of lists, candidates of similar items, and how an answer is worded."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec import EASE, make_pipeline
from skrec.data import Names
from skrec.exceptions import InvalidDataError
from skrec.queries import Wording
from skrec.testing import checkerboard

BOARD = checkerboard(12)


@pytest.fixture(scope="module")
def model():
    return EASE(regularization=1.0).fit(BOARD)


@pytest.fixture
def named(model):
    """A model whose events came in polars, with names of their own."""
    own = EASE(regularization=1.0).fit(BOARD)
    own._names = Names(user="customer", item="sku", library="polars")
    return own


@pytest.mark.parametrize("ask", [lambda m, k: m.recommend(k=k), lambda m, k: m.similar_items(range(12), k)])
def test_lists_longer_than_the_catalogue_cost_no_more_than_the_catalogue(model, ask):
    expected = ask(model, 12).to_frame()
    tracemalloc.start()
    long = ask(model, 10**7)
    frame, _ = long.to_frame(), repr(long)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    pd.testing.assert_frame_equal(frame, expected)
    assert peak < 2**20


def test_rankers_are_never_asked_for_more_items_than_there_are(model, monkeypatch):
    asked = []
    ranker = model._ranker()
    monkeypatch.setattr(
        type(ranker),
        "rank",
        lambda self, query, k: asked.append(k) or (np.zeros((1, 0), int), np.zeros((1, 0)), np.zeros(1, int)),
    )
    for options in ({"items": [1, 2, 3]}, {"items": []}, {}):
        model.recommend([1], k=50, **options)
    assert asked == [3, 1, 12]


class TestSimilar:
    def test_candidates_are_chosen_from_and_excluded_items_left_out(self, model):
        whole = model.similar_items([0, 3], k=12).to_frame()
        assert list(whole.columns) == ["item_id", "similar_item_id", "score", "rank"]
        for options, kept in (
            ({"candidates": [2, 4, 5, 0, 999]}, {2, 4, 5, 0}),
            ({"exclude_items": [2, 4, 999]}, set(range(12)) - {2, 4}),
            (
                {"candidates": pd.DataFrame({"item_id": [2, 4, 5]}), "exclude_items": pd.DataFrame({"item_id": [4]})},
                {2, 5},
            ),
        ):
            found = model.similar_items([0, 3], k=12, **options).to_frame()
            expected = whole[whole["similar_item_id"].isin(kept)]
            assert found["similar_item_id"].to_list() == expected["similar_item_id"].to_list()
            np.testing.assert_array_equal(found["score"], expected["score"])
            assert (found["item_id"] != found["similar_item_id"]).all()

    def test_no_candidate_gives_empty_lists(self, model):
        assert model.similar_items([0, 3], candidates=[]).lengths.tolist() == [0, 0]
        assert model.similar_items([0], candidates=[0]).lengths.tolist() == [0]

    def test_a_pipeline_passes_them_on(self, model):
        pipeline = make_pipeline(EASE(regularization=1.0)).fit(BOARD)
        found = pipeline.similar_items([0], candidates=[2, 5], exclude_items=[5])
        assert found.items[0, 0] == 2
        assert found.lengths.tolist() == [1]

    def test_a_frame_without_ids_is_refused_by_its_argument(self, model):
        for name in ("candidates", "exclude_items"):
            with pytest.raises(InvalidDataError, match=f"{name} is a frame without a column 'item_id'; its columns"):
                model.similar_items([0], **{name: pd.DataFrame({"sku": [1]})})

    def test_what_was_asked_about_are_items_in_the_text(self, model):
        assert repr(model.similar_items([0, 3], k=2)).startswith("Recommendations for 2 items, k=2")


class TestWording:
    def test_names_of_the_events_of_fit_come_back(self, named):
        assert list(named.recommend([0], k=1).to_frame().columns) == ["customer", "sku", "score", "rank"]
        assert list(named.similar_items([0], k=1).to_frame().columns) == ["sku", "similar_sku", "score", "rank"]

    def test_a_frame_is_of_the_library_of_the_question_and_else_of_the_events_of_fit(self, model, named):
        users = {"user_id": [0, 1]}
        assert isinstance(named.recommend([0]).to_frame(), pl.DataFrame)
        assert isinstance(named.recommend(pd.DataFrame(users)).to_frame(), pd.DataFrame)
        assert isinstance(model.recommend([0]).to_frame(), pd.DataFrame)
        assert isinstance(model.recommend(pl.DataFrame(users)).to_frame(), pl.DataFrame)
        history = pl.DataFrame({"user_id": [99], "item_id": [1]})
        assert isinstance(model.recommend(history=history).to_frame(), pl.DataFrame)
        assert isinstance(model.recommend(pd.DataFrame(users), history=history).to_frame(), pd.DataFrame)
        assert isinstance(model.similar_items(pl.DataFrame({"item_id": [1]})).to_frame(), pl.DataFrame)

    def test_a_model_of_an_earlier_version_has_the_usual_names(self):
        assert Wording.of(SimpleNamespace()) == Wording("user_id", "item_id", "pandas")

    def test_metrics_read_answers_of_any_names_and_library(self, model, named):
        assert named.score(BOARD[:20], exclude_seen=False) == model.score(BOARD[:20], exclude_seen=False)
