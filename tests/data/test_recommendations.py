import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from skrec import Recommendations
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models import EASE


def make(users=("ann", "bob", "eve"), items=(7, 9, 8), lengths=(2, 0, 1), k=2):
    scores = np.linspace(1, 0.5, len(items), dtype=np.float64)
    return Recommendations(np.array(users), np.array(items), scores, np.array(lengths), k)


def test_short_lists_end_in_none_and_nan():
    short = make()
    assert short.items.tolist() == [[7, 9], [None, None], [8, None]]
    assert short.items.dtype == object
    np.testing.assert_array_equal(short.scores, np.array([[1, 0.75], [np.nan] * 2, [0.5, np.nan]], dtype=np.float32))
    assert short.scores.dtype == np.float32
    assert short.lengths.tolist() == [2, 0, 1]
    assert len(short) == 3


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint64])
def test_full_lists_keep_the_dtype_of_the_ids(dtype):
    full = make(items=np.array([7, 9, 8, 7], dtype=dtype), users=("ann", "bob"), lengths=(2, 2))
    assert full.items.dtype == dtype
    assert full.items.shape == (2, 2)


def test_ids_of_short_lists_are_exact():
    big = 2**53 + 1
    assert make(items=np.array([big, 9, 8])).items[0, 0] == big
    assert make(items=np.array([big, 9, 8])).to_frame()["item_id"].iloc[0] == big


def test_to_frame_has_one_row_per_item_and_ranks_from_1():
    frame = make().to_frame()
    assert frame.to_dict("list") == {
        "user_id": ["ann", "ann", "eve"],
        "item_id": [7, 9, 8],
        "score": [1.0, 0.75, 0.5],
        "rank": [1, 2, 1],
    }
    assert [frame[name].dtype for name in ("item_id", "score", "rank")] == [np.int64, np.float32, np.int64]


def test_no_users_and_no_items():
    empty = make(users=(), items=(), lengths=(), k=3)
    assert empty.items.shape == empty.scores.shape == (0, 3)
    assert list(empty.to_frame().columns) == ["user_id", "item_id", "score", "rank"]
    assert len(empty.to_frame()) == 0
    assert repr(empty) == "Recommendations for 0 users, k=3"
    assert "0 users" in empty._repr_html_()
    nothing = make(users=("ann",), items=(), lengths=(0,), k=1)
    assert nothing.items.tolist() == [[None]]
    assert "ann" in repr(nothing)


def test_repr_shows_five_users_and_html_ten():
    many = make(users=[f"user{u:02}" for u in range(20)], items=range(20), lengths=[1] * 20, k=1)
    text, html = repr(many), many._repr_html_()
    assert text.startswith("Recommendations for 20 users, k=1\n")
    assert ("user04" in text, "user05" in text) == (True, False)
    assert ("user09" in html, "user10" in html) == (True, False)


def test_repr_shortens_long_lists_and_leaves_gaps_of_short_ones_out():
    text = repr(make(users=("ann",), items=range(100, 112), lengths=(12,), k=12))
    assert "107, ..." in text
    assert "108" not in text
    assert "None" not in repr(make())


def test_html_escapes_ids():
    html = make(users=("<b>",), items=("<script>",), lengths=(1,), k=1)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_pickles_and_copies():
    first = make()
    for other in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        pd.testing.assert_frame_equal(other.to_frame(), first.to_frame())
        assert repr(other) == repr(first)


def test_arrays_of_k_columns_are_made_when_they_are_read():
    wide = make(k=10**12)
    assert wide.listed.tolist() == [7, 9, 8]
    assert len(wide.to_frame()) == 3
    assert "k=1000000000000" in repr(wide)
    assert "ann" in wide._repr_html_()
    with pytest.raises(
        MemoryError, match=r"An array of 3 lists of k=1,000,000,000,000 doesn't fit .* Read them from to_frame"
    ):
        _ = wide.items
    with pytest.raises(MemoryError, match="or ask for a smaller k"):
        _ = make(k=10**30).scores


def test_source_says_where_each_list_comes_from():
    answer = make()
    assert answer.source.tolist() == ["model"] * 3
    answer = Recommendations(
        answer.users, answer.listed, np.ones(3), answer.lengths, 2, source=np.array(["model", "popular", "fold-in"])
    )
    assert answer.source.tolist() == ["model", "popular", "fold-in"]
    frame = answer.to_frame(source=True)
    assert list(frame.columns) == ["user_id", "item_id", "score", "rank", "source"]
    assert frame["source"].to_list() == ["model", "model", "fold-in"]
    assert "source" not in answer.to_frame()
    for text in (repr(answer), answer._repr_html_()):
        assert [text.count(name) > 0 for name in ("model", "popular", "fold-in")] == [True] * 3


def test_columns_of_ids_have_the_names_that_the_answer_was_given():
    def columns(names):
        return list(Recommendations(np.array([1]), np.array([2]), np.ones(1), [1], 1, names=names).to_frame().columns)

    assert columns(("customer", "sku")) == ["customer", "sku", "score", "rank"]
    assert columns(("score", "rank")) == ["user_id", "item_id", "score", "rank"]


def test_with_titles_shows_titles_and_changes_nothing_else():
    films = pd.DataFrame(
        {"item_id": [9, 7], "year": [1985, 1979], "name": ["Brazil", None], "title": ["<Brazil>", None]}
    )
    plain, titled = make(), make().with_titles(films)
    assert "<Brazil>" in repr(titled)
    assert "&lt;Brazil&gt;" in titled._repr_html_()
    assert "7" in repr(titled)  # without a title it is the id
    assert "8" in repr(titled)
    pd.testing.assert_frame_equal(titled.to_frame(), plain.to_frame())
    assert "Brazil" not in repr(plain)
    assert "1985" in repr(make().with_titles(films, column="year"))
    assert "Brazil" in repr(make().with_titles(films.drop(columns="title")))


def test_with_titles_needs_a_column_of_titles():
    films = pd.DataFrame({"item_id": [9], "year": [1985]})
    with pytest.raises(
        InvalidDataError, match=r"items has no column 'title' to show; its columns are \['year'\]. Name"
    ):
        make().with_titles(films)
    with pytest.raises(InvalidDataError, match="items has no column 'plot' to show"):
        make().with_titles(films, column="plot")


def test_pickles_of_earlier_versions_are_read():
    old = make()
    state = {"users": old.users, "lengths": old.lengths, "_flat_items": old.listed, "_flat_scores": np.ones(3), "_k": 2}
    read = Recommendations.__new__(Recommendations)
    read.__dict__.update(state, items=old.items, scores=old.scores)
    assert read.source.tolist() == ["model"] * 3
    assert list(read.to_frame().columns) == ["user_id", "item_id", "score", "rank"]
    assert repr(read) == repr(old)


@pytest.mark.parametrize("source", ["yes", 0.5, None, np.zeros(2), pd.DataFrame({"a": [1]})])
def test_to_frame_takes_no_other_source_than_true_or_false(source):
    with pytest.raises(InvalidParameterError, match="The 'source' parameter of to_frame must be"):
        EASE().fit([(1, 2), (3, 4)]).recommend().to_frame(source)


@pytest.mark.parametrize("column", [3, ["title"], np.array("title")])
def test_titles_are_in_a_column_that_is_named(column):
    items = pd.DataFrame({"item_id": [2, 4], "title": ["a", "b"]})
    with pytest.raises(InvalidParameterError, match="The 'column' parameter of with_titles must be"):
        EASE().fit([(1, 2), (3, 4)]).recommend().with_titles(items, column)
