import pytest

from skrec import Popularity

ROWS = [("ann", "a"), ("bob", "b"), ("eve", "b"), ("zoe", "b"), ("ann", "c"), ("bob", "c"), ("eve", "d")]


def test_items_are_ranked_by_their_number_of_events():
    answer = Popularity().fit(ROWS).recommend(["new"], k=4)
    assert answer.items.tolist() == [["b", "c", "a", "d"]]
    assert answer.scores.tolist() == [[3.0, 2.0, 1.0, 1.0]]


def test_scores_are_the_same_for_known_cold_and_folded_in_users():
    model = Popularity().fit(ROWS)
    answer = model.recommend(["ann", "new", "folded"], history=[("folded", "a")], exclude_seen=False)
    assert answer.scores[:, :4].tolist() == [[3.0, 2.0, 1.0, 1.0]] * 3
    assert model.predict([("ann", "b"), ("new", "b"), ("new", "zzz")]).tolist() == [3.0, 3.0, 0.0]


def test_weights_count():
    model = Popularity().fit(ROWS, sample_weight=[9, 1, 1, 1, 1, 1, 1])
    assert model.recommend(["new"], k=1).items.tolist() == [["a"]]
    assert model.item_counts_.tolist() == [9, 3, 2, 1]


def test_events_labelled_0_do_not():
    assert Popularity().fit(ROWS, [1, 0, 0, 1, 1, 1, 1]).item_counts_.tolist() == [1, 1, 2, 1]


def test_a_repeated_event_counts_each_time():
    assert Popularity().fit([("ann", "a")] * 3 + [("ann", "b")]).item_counts_.tolist() == [3, 1]


def test_sums_of_weights_do_not_depend_on_how_the_events_came_in():
    weights = [0.1, 0.7, 0.2, 0.3, 0.6, 0.4, 0.5] * 9
    rows = [(u % 5, u % 3) for u in range(63)]
    whole = Popularity().fit(rows, sample_weight=weights)
    grown = Popularity()
    for start in range(0, 63, 7):
        grown.partial_fit(rows[start : start + 7], sample_weight=weights[start : start + 7])
    assert grown.item_counts_.tolist() == whole.item_counts_.tolist()


def test_its_only_parameter_is_that_of_every_model():
    assert Popularity().get_params() == {"random_state": None}
    with pytest.raises(TypeError):
        Popularity(1)
