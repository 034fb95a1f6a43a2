import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from skrec import Recommendations


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
