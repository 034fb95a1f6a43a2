import numpy as np
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models import EASE, Popularity
from skrec.preprocessing import Binarize

EVENTS = [("ann", "x", 5.0), ("ann", "y", 3.9), ("bob", "x", 4.0), ("bob", "z", 0.5)]


def test_the_threshold_itself_is_liked_and_all_rows_stay():
    assert list(Binarize().fit_transform(EVENTS).events["rating"]) == [1, 0, 1, 0]
    assert list(Binarize(threshold=0.5).fit_transform(EVENTS).events["rating"]) == [1, 1, 1, 1]


def test_transform_works_on_other_events():
    assert list(Binarize().fit(EVENTS).transform([("eve", "q", 4.5), ("eve", "x", 1.0)]).events["rating"]) == [1, 0]


def test_models_take_zeros_as_seen_but_not_liked():
    model = Popularity().fit(Binarize().fit_transform(EVENTS))
    assert dict(zip(model.items_, model.item_counts_, strict=True)) == {"x": 2.0, "y": 0.0, "z": 0.0}
    assert model.recommend(["ann"], k=3).to_frame()["item_id"].to_list() == ["z"]


def test_a_history_without_ratings_counts_as_liked():
    binarize = Binarize().fit(EVENTS)
    model = EASE(1.0).fit(binarize.transform(EVENTS))
    plain = model.recommend(history=binarize.transform_history([("eve", "x")]))
    liked = model.recommend(history=binarize.transform_history([("eve", "x", 5.0)]))
    np.testing.assert_array_equal(plain.items, liked.items)
    np.testing.assert_array_equal(plain.scores, liked.scores)


def test_fit_without_ratings_says_how_to_name_them():
    with pytest.raises(
        InvalidDataError, match=r"Binarize needs a column 'rating'.*\['user_id', 'item_id'\].*rating=\"...\""
    ):
        Binarize().fit([("ann", "x")])


def test_a_separate_y_is_refused_since_it_would_win_unbinarised():
    with pytest.raises(InvalidDataError, match=r"Binarize changes ratings, and can't do so with a separate y"):
        Binarize().fit_transform(Interactions(EVENTS), [5, 1, 2, 3])


@pytest.mark.parametrize("threshold", ["4", None, float("inf")])
def test_bad_thresholds_are_named(threshold):
    with pytest.raises(InvalidParameterError, match="The 'threshold' parameter of Binarize must be a float"):
        Binarize(threshold=threshold).fit(EVENTS)
