"""How neural models score and rank who wasn't in fit and is known by features."""

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidDataError, UnknownIdWarning
from skrec.models import SASRec
from skrec.preprocessing import FeatureEncoder

ITEMS = [("genres", "tags", "genres"), ("year", "number", "year")]


def top(answer, user=0):
    return np.asarray(answer.items[user][: answer.lengths[user]]).tolist()


def test_new_items_of_a_frame_are_ranked_by_their_features(pipeline, cold_films):
    answer = pipeline.recommend([2, 3], k=20, items=cold_films)
    assert answer.lengths.tolist() == [len(cold_films)] * 2
    assert set(top(answer)) == set(cold_films["item_id"])
    assert np.isfinite(answer.scores[:, : len(cold_films)]).all()
    assert len(np.unique(answer.scores[0, : len(cold_films)])) > 6


def test_who_likes_what_follows_the_features_and_not_the_ids(pipeline, cold_films):
    plain = pipeline.recommend([2], k=20, items=cold_films)
    renamed = pipeline.recommend([2], k=20, items=cold_films.assign(item_id=cold_films["item_id"] + 5000))
    assert [item - 5000 for item in top(renamed)] == top(plain)
    np.testing.assert_array_equal(renamed.scores, plain.scores)


def test_known_and_new_items_compete(pipeline, films, cold_films):
    both = pd.concat([cold_films, films.items.iloc[:6]])
    answer = pipeline.recommend([2], k=20, items=both, exclude_seen=False)
    assert set(top(answer)) == set(both["item_id"])
    known = pipeline.recommend([2], k=20, items=films.items.iloc[:6], exclude_seen=False)
    scores = dict(zip(top(answer), answer.scores[0], strict=False))
    for item, score in zip(top(known), known.scores[0], strict=False):
        assert scores[item] == pytest.approx(score, rel=1e-4, abs=1e-5)


def test_an_item_twice_is_recommended_once_by_its_first_row(pipeline, cold_films):
    twice = pd.concat([cold_films, cold_films.assign(genres="Horror", year=1900)])
    answer, once = (pipeline.recommend([2], k=30, items=items) for items in (twice, cold_films))
    assert top(answer) == top(once)
    np.testing.assert_array_equal(answer.scores[0, :12], once.scores[0, :12])


def test_candidates_of_each_user_may_be_new_items(pipeline, cold_films):
    ids = cold_films["item_id"].to_list()
    frame = cold_films.iloc[[0, 1, 2, 1, 3]].assign(user_id=[2, 2, 3, 3, 3])
    answer = pipeline.recommend([2, 3, 4], k=5, items=frame)
    assert [set(top(answer, user)) for user in range(3)] == [set(ids[:2]), {ids[2], ids[1], ids[3]}, set()]
    whole = pipeline.recommend([2], k=20, items=cold_films)
    assert top(answer, 0) == [item for item in top(whole) if item in ids[:2]]


def test_new_items_can_be_excluded_for_all_and_for_some(pipeline, cold_films):
    ids = cold_films["item_id"].to_list()
    answer = pipeline.recommend([2, 3], k=20, items=cold_films, exclude_items=ids[:3])
    assert set(top(answer)) == set(ids[3:])
    pairs = pd.DataFrame({"user_id": [2, 3], "item_id": [ids[0], ids[5]]})
    answer = pipeline.recommend([2, 3], k=20, items=cold_films, exclude_items=pairs)
    assert [set(ids) - set(top(answer, user)) for user in (0, 1)] == [{ids[0]}, {ids[5]}]


def test_a_new_item_of_a_history_is_seen_and_counts(pipeline, cold_films):
    ids = cold_films["item_id"].to_list()
    history = pd.DataFrame({"user_id": [7007] * 3, "item_id": ids[:3]})
    answer = pipeline.recommend(k=20, items=cold_films, history=history)
    assert answer.users.tolist() == [7007]
    assert set(top(answer)) == set(ids[3:])


def test_new_users_of_a_frame_are_served_by_their_features(pipeline, cold_users, films):
    answer = pipeline.recommend(cold_users, k=8)
    assert answer.users.tolist() == cold_users["user_id"].to_list()
    assert (answer.lengths == 8).all()
    assert set(answer.items.ravel()) <= set(films.events["item_id"])
    assert len({tuple(row) for row in answer.items.tolist()}) > 3
    twin = cold_users.assign(user_id=cold_users["user_id"] + 9000)
    np.testing.assert_array_equal(pipeline.recommend(twin, k=8).scores, answer.scores)


def test_a_new_user_gets_the_same_alone_and_among_others(pipeline, cold_users, cold_films):
    for arguments in ({}, {"items": cold_films}):
        together = pipeline.recommend(cold_users, k=6, **arguments)
        alone = pipeline.recommend(cold_users.iloc[[4]], k=6, **arguments)
        np.testing.assert_array_equal(alone.items[0], together.items[4])
        np.testing.assert_allclose(alone.scores[0], together.scores[4], rtol=1e-5, atol=1e-6)


def test_who_else_is_asked_about_changes_nothing_for_a_user_without_features(pipeline, cold_users):
    stranger = pd.DataFrame({"user_id": [4711], "age": [None], "occupation": [None]})
    alone = pipeline.recommend([4711], k=5)
    history = pd.DataFrame({"user_id": [4712, 4712], "item_id": alone.items[0, :2]})
    folded = pipeline.recommend([4712], k=5, history=history)
    among = pipeline.recommend(pd.concat([cold_users, pd.DataFrame({"user_id": [4711]})]), k=5)
    assert top(among, len(cold_users)) is not None
    both = pipeline.recommend(pd.concat([cold_users, stranger.assign(user_id=4712)]), k=5, history=history)
    np.testing.assert_allclose(both.scores[-1], folded.scores[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(both.items[-1], folded.items[0])


def test_a_new_user_is_known_by_features_and_history_together(pipeline, cold_users, all_films):
    events = all_films.events
    one = cold_users.iloc[[1]]
    history = events.loc[events["user_id"] == one["user_id"].iloc[0], ["user_id", "item_id", "rating"]].head(8)
    plain, folded = pipeline.recommend(one, k=10), pipeline.recommend(one, k=10, history=history)
    assert not set(top(folded)) & set(history["item_id"])
    assert folded.scores[0, 0] != plain.scores[0, 0]
    other = one.assign(age=16 if one["age"].iloc[0] > 40 else 75, occupation="nurse")
    assert not np.array_equal(pipeline.recommend(other, k=10, history=history).scores, folded.scores)


def test_known_and_new_users_are_served_together(pipeline, cold_users, films):
    both = pd.concat([cold_users, films.users.iloc[:3]])
    answer = pipeline.recommend(both, k=5)
    known = pipeline.recommend(films.users["user_id"].iloc[:3], k=5)
    np.testing.assert_array_equal(answer.items[-3:], known.items)
    np.testing.assert_allclose(answer.scores[-3:], known.scores, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("side", ["users", "items"])
def test_a_frame_without_columns_of_features_is_a_list_of_ids(pipeline, side, cold_users, cold_films, films):
    if side == "users":
        frame = cold_users[["user_id"]].assign(shoe_size=40)
        np.testing.assert_array_equal(
            pipeline.recommend(frame, k=4).items, pipeline.recommend(cold_users["user_id"], k=4).items
        )
    else:
        assert pipeline.recommend([2], items=cold_films[["item_id", "title"]]).lengths.tolist() == [0]
        known = films.items[["item_id"]].iloc[:4]
        assert pipeline.recommend([2], items=known, exclude_seen=False).lengths.tolist() == [4]


def test_a_frame_with_some_of_the_columns_is_an_error_that_names_the_others(pipeline, cold_users, cold_films, films):
    with pytest.raises(InvalidDataError, match=r"users lacks the columns \['occupation'\], which encoders read; its"):
        pipeline.recommend(cold_users[["user_id", "age"]])
    with pytest.raises(InvalidDataError, match=r"items lacks the columns \['year'\].* Add them, with None where"):
        pipeline.recommend([2], items=cold_films[["item_id", "genres"]])
    with pytest.raises(InvalidDataError, match=r"items lacks the columns \['genres'\]"):
        pipeline.similar_items(cold_films[["item_id", "year"]])
    # Of known ones nothing is read.
    assert pipeline.recommend(films.users[["user_id", "age"]].iloc[:2], k=3).lengths.tolist() == [3, 3]


def test_a_cell_that_cannot_be_read_is_named_by_row_and_column(pipeline, cold_films):
    broken = cold_films.assign(year=[*cold_films["year"].iloc[:-2], "soon", 1990])
    with pytest.raises(InvalidDataError, match=r"Row 10 of column 'year' is 'soon', and a number is expected"):
        pipeline.recommend([2], items=broken)


def test_ids_of_another_kind_are_unknown_with_a_warning(pipeline, cold_films, cold_users):
    with pytest.warns(UnknownIdWarning, match="All item ids are unknown: they are of kind str"):
        answer = pipeline.recommend([2], items=cold_films.assign(item_id=cold_films["item_id"].astype(str)))
    assert answer.lengths.tolist() == [0]
    with pytest.warns(UnknownIdWarning, match="All user ids are unknown"):
        answer = pipeline.recommend(cold_users.assign(user_id=cold_users["user_id"].astype(str)), k=3)
    assert (answer.lengths == 3).all()


def test_ids_may_be_nullable_integers_or_floats_of_any_index(pipeline, cold_films):
    expected = pipeline.recommend([2], k=12, items=cold_films)
    shuffled = cold_films.iloc[::-1]
    for kind in ("Int64", "float64"):
        found = pipeline.recommend([2], k=12, items=shuffled.assign(item_id=shuffled["item_id"].astype(kind)))
        np.testing.assert_array_equal(found.items, expected.items)


def test_similar_items_of_new_ones_are_items_of_fit(pipeline, cold_films, films):
    answer = pipeline.similar_items(cold_films, k=5)
    assert answer.users.tolist() == cold_films["item_id"].to_list()
    assert (answer.lengths == 5).all()
    assert set(answer.items.ravel()) <= set(films.events["item_id"])
    both = pipeline.similar_items(pd.concat([cold_films, films.items.iloc[:2]]), k=5)
    np.testing.assert_array_equal(both.items[:-2], answer.items)
    known = pipeline.similar_items(films.items["item_id"].iloc[:2], k=5)
    np.testing.assert_array_equal(both.items[-2:], known.items)
    assert not (known.items == known.users[:, np.newaxis]).any()


def test_an_item_with_the_features_of_a_new_one_is_nearest_where_ids_carry_nothing(two_tower, films):
    twin = films.items.iloc[[3]].assign(item_id=8888)
    vectors = two_tower[-1].item_vectors()
    code = two_tower[-1].item_vocabulary_.encode(films.items["item_id"].iloc[[3]])[0]
    without = vectors - two_tower[-1].tables_["item"][:, :-1]
    cosines = without / np.linalg.norm(without, axis=1, keepdims=True)
    expected = vectors @ cosines[code] / np.linalg.norm(vectors, axis=1)
    answer = two_tower.similar_items(twin, k=3)
    np.testing.assert_array_equal(answer.items[0], two_tower[-1].items_[np.argsort(-expected)[:3]])
    np.testing.assert_allclose(answer.scores[0], np.sort(expected)[::-1][:3], rtol=1e-4)


def test_a_frame_without_item_ids_has_no_similar_items(pipeline, cold_films):
    with pytest.raises(InvalidDataError, match=r"items is a frame without a column 'item_id'; its columns are"):
        pipeline.similar_items(cold_films[["genres"]])


def test_models_without_features_take_frames_of_items_too(house):
    model = house("mf")
    frame = pd.DataFrame({"item_id": [3, 4, 999]})
    answer = model.similar_items(frame, k=2)
    np.testing.assert_array_equal(answer.items[:2], model.similar_items([3, 4], k=2).items)
    assert answer.lengths.tolist() == [2, 2, 0]


def test_predict_scores_cold_ids_by_the_tables_of_its_events(pipeline, all_films, cold_users, cold_films):
    events = all_films.events
    cold = events["item_id"].isin(cold_films["item_id"]) | events["user_id"].isin(cold_users["user_id"])
    X = all_films[cold.to_numpy()]
    scores = pipeline.predict(X)
    assert np.isfinite(scores).all()
    bare = pipeline.predict(Interactions(X.events))
    unknown_user = X.events["user_id"].isin(cold_users["user_id"]).to_numpy()
    assert len(np.unique(bare[unknown_user & (bare == bare)])) < len(np.unique(scores[unknown_user]))
    expected = pipeline.recommend(cold_users, k=200, items=all_films.items, exclude_seen=False, context=None)
    if "context" not in pipeline[-1]._reads:
        listed = expected.to_frame().set_index(["user_id", "item_id"])["score"]
        pairs = list(zip(X.events["user_id"][unknown_user], X.events["item_id"][unknown_user], strict=True))
        np.testing.assert_allclose(scores[unknown_user], listed.loc[pairs], rtol=1e-4, atol=1e-5)


def test_predict_never_raises_for_ids_without_a_row(pipeline, films):
    events = films.events.head(4).assign(user_id=[2, 2, 70_001, 70_001], item_id=[60_001, 2, 2, 60_001])
    scores = pipeline.predict(Interactions(events, films.users, films.items))
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores, pipeline.predict(Interactions(events)))
    users = pd.DataFrame({"user_id": ["ann"], "age": [30], "occupation": ["nurse"]})
    texts = Interactions(events.assign(user_id="ann", item_id="alien"), users)
    with pytest.warns(UnknownIdWarning):
        scores = pipeline.predict(texts)
    assert np.isfinite(scores).all()


def test_an_empty_frame_asks_about_nobody(pipeline, cold_users, cold_films):
    assert len(pipeline.recommend(cold_users.head(0)).users) == 0
    assert pipeline.recommend([2], items=cold_films.head(0)).lengths.tolist() == [0]


def test_cold_items_for_a_cold_user_are_ranked_by_their_features(pipeline, films, cold_films):
    answer = pipeline.recommend([70_001, 2], k=12, items=cold_films)
    assert answer.source.tolist() == ["features", "model"]
    assert (np.diff(answer.scores[0]) < 0).all()
    turned = pipeline.recommend([70_001], k=12, items=cold_films.iloc[::-1])
    np.testing.assert_array_equal(turned.items[0], answer.items[0])
    pairs = films.events.head(12).assign(user_id=70_001, item_id=answer.items[0])
    if "context" not in pipeline[-1]._reads:
        scores = pipeline.predict(Interactions(pairs, None, cold_films))
        np.testing.assert_allclose(scores, answer.scores[0], rtol=1e-5)


def test_cold_items_do_not_stand_before_the_popular_ones_of_a_cold_user(pipeline, films, cold_films):
    popular = pipeline.recommend([70_001], k=5)
    both = pipeline.recommend([70_001], k=200, items=pd.concat([cold_films, films.items]))
    np.testing.assert_array_equal(both.items[0, :5], popular.items[0])
    assert both.source.tolist() == popular.source.tolist() == ["popular"]
    assert set(cold_films["item_id"]) < set(top(both))


def test_every_list_says_where_it_comes_from(pipeline, cold_users, films):
    ids = cold_users["user_id"].to_list()
    history = pd.DataFrame({"user_id": [ids[1], 2, ids[2]], "item_id": [*films.items["item_id"].iloc[:2], 60_001]})
    users = pd.concat([cold_users.head(3), films.users[films.users["user_id"].isin([2, 3])]])
    answer = pipeline.recommend(users, k=3, history=history)
    sources = dict(zip(answer.users.tolist(), answer.source.tolist(), strict=True))
    assert sources == {ids[0]: "features", ids[1]: "fold-in", ids[2]: "features", 2: "fold-in", 3: "model"}


def test_similar_items_may_be_new_ones_where_they_are_candidates(pipeline, cold_films, films):
    known = films.items["item_id"].iloc[:2]
    answer = pipeline.similar_items(known, k=20, candidates=cold_films)
    assert [set(top(answer, place)) for place in (0, 1)] == [set(cold_films["item_id"])] * 2
    assert answer.source.tolist() == ["model", "model"]
    assert pipeline.similar_items(cold_films.head(1), k=2).source.tolist() == ["features"]
    some = pipeline.similar_items(known, k=20, candidates=cold_films, exclude_items=cold_films.head(3)).to_frame()
    assert set(some["similar_item_id"]) == set(cold_films["item_id"].iloc[3:])


def test_the_same_holds_for_a_model_that_reads_histories(films, cold_films):
    fitted = make_pipeline(FeatureEncoder(items=ITEMS), SASRec(8, 8, 1, epochs=2, random_state=0)).fit(films)
    answer = fitted.recommend([70_001], k=12, items=cold_films)
    assert answer.source.tolist() == ["features"]
    assert (np.diff(answer.scores[0]) < 0).all()
