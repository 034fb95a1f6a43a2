"""Matrices of users by items: those that from_matrix takes, and those that can't be events."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skrec import EASE, Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError

COUNTS = np.array([[3, 0, 1], [0, 2, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    "make",
    [
        np.asarray,
        lambda array: np.where(array == 0, np.nan, array),
        *(
            getattr(sparse, f"{layout}_{kind}")
            for layout in ("csr", "csc", "coo", "lil")
            for kind in ("array", "matrix")
        ),
        lambda array: array.astype(np.float32),
    ],
)
def test_each_entry_becomes_an_event_with_its_weight(make):
    X = Interactions.from_matrix(make(COUNTS), user_ids=["ann", "bob", "eve"], item_ids=[10, 20, 30])
    assert X.events.to_dict("list") == {
        "user_id": ["ann", "ann", "bob"],
        "item_id": [10, 30, 20],
        "weight": [3.0, 1.0, 2.0],
    }


def test_ids_are_the_numbers_of_rows_and_columns_unless_given():
    events = Interactions.from_matrix(sparse.csr_array(COUNTS)).events
    assert events["user_id"].to_list() == [0, 0, 1]
    assert events["item_id"].to_list() == [0, 2, 1]


def test_ones_need_no_column_and_a_weight_of_two_is_the_event_twice():
    assert list(Interactions.from_matrix(COUNTS > 0).events.columns) == ["user_id", "item_id"]
    twice = pd.DataFrame({"user_id": [0, 0, 0, 0, 1, 1], "item_id": [0, 0, 0, 2, 1, 1]})
    np.testing.assert_allclose(
        EASE().fit(Interactions.from_matrix(COUNTS)).item_weights_, EASE().fit(twice).item_weights_
    )


def test_plus_and_minus_one_are_labels_of_which_minus_one_is_seen_and_no_positive():
    signs = sparse.csr_array([[1, -1, 0], [0, 1, 1]])
    X = Interactions.from_matrix(signs, user_ids=["ann", "bob"])
    assert X.events["rating"].to_list() == [1, 0, 1, 1]
    model = EASE().fit(X)
    assert model.item_counts_.tolist() == [1, 1, 1]
    assert 1 not in model.recommend(["ann"]).items[0].tolist()


def test_ratings_are_ratings_where_it_is_said():
    X = Interactions.from_matrix(COUNTS - 4 * (COUNTS == 2), values="rating")
    assert X.events["rating"].to_list() == [3, 1, -2]
    with pytest.raises(
        InvalidDataError, match=r"negative entries, for example in the cells \[\(1, 1\)\].*values='rating'"
    ):
        Interactions.from_matrix(COUNTS - 4 * (COUNTS == 2))
    with pytest.raises(InvalidParameterError, match="values must be 'weight' or 'rating'"):
        Interactions.from_matrix(COUNTS, values="count")


def test_repeated_and_explicit_zero_entries_of_coo_are_summed_and_left_out():
    matrix = sparse.coo_array(([1.0, 2.0, 0.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert Interactions.from_matrix(matrix).events.to_dict("list") == {"user_id": [0], "item_id": [1], "weight": [3.0]}
    assert matrix.nnz == 3  # the caller's own is left as it was


def test_a_pivot_table_brings_its_ids_along():
    events = pd.DataFrame({"who": ["ann", "bob"], "film": ["x", "y"], "n": [2, 3]})
    X = Interactions.from_matrix(events.pivot(index="who", columns="film", values="n"))
    assert X.events.to_dict("list") == {"user_id": ["ann", "bob"], "item_id": ["x", "y"], "weight": [2.0, 3.0]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((COUNTS, ["a", "b"]), r"3 rows \(users\) and 3 columns \(items\), and there are 2 user_ids and 3 item_ids"),
        ((COUNTS[:2], [1, 2, 3], [1, 2]), "Pass matrix.T: rows are users"),
        ((COUNTS, ["a", "b", "a"]), r"user_ids holds 'a' more than once \(positions \[2\]"),
        ((COUNTS, None, ["a", None, "b"]), "'item_ids' contains NaN or null ids"),
        ((COUNTS * 0,), "no entries but zeros.*Pass at least one event"),
        ((np.array([[np.inf, 1]]),), r"NaN or infinity in the cells \[\(0, 0\)\]"),
        ((sparse.csr_array([[0, np.nan]]),), r"NaN or infinity in the cells \[\(0, 1\)\]"),
        ((np.array([["a", "b"]]),), "must hold numbers"),
        ((np.ones(3),), r"Got shape \(3,\)"),
        ((np.array([[1j]]),), "must hold numbers"),
        (("abc",), "must"),
        ((None,), "must"),
    ],
    ids=str,
)
def test_what_is_no_matrix_of_users_by_items(arguments, message):
    with pytest.raises(InvalidDataError, match=message):
        Interactions.from_matrix(*arguments)


MATRIX = np.random.default_rng(0).integers(0, 6, (30, 50))
SPARSE = sparse.csr_array(COUNTS)


@pytest.mark.parametrize(
    "make", [np.asarray, lambda array: array.astype(float), pd.DataFrame, lambda array: array.tolist()]
)
def test_a_dense_matrix_is_refused_with_where_to_pass_it(make):
    with pytest.raises(
        InvalidDataError, match=r"events has 50 columns of numbers.*Interactions.from_matrix\(matrix, user_ids="
    ):
        Interactions(make(MATRIX))
    with pytest.raises(InvalidDataError, match=r"Interactions.from_matrix\("):
        EASE().fit(make(MATRIX))


def test_a_pivot_table_is_refused_with_where_to_pass_it():
    pivot = pd.DataFrame(MATRIX, columns=[f"film {title}" for title in range(65, 115)])
    with pytest.raises(InvalidDataError, match=r"Interactions.from_matrix\("):
        Interactions(pivot.rename(columns={"film 65": "Alien"}))


def test_a_small_matrix_of_almost_nothing_but_zeros_is_refused():
    with pytest.raises(InvalidDataError, match=r"zeros for the most part.*Interactions.from_matrix\("):
        Interactions(np.eye(5, dtype=int))


@pytest.mark.parametrize(("width", "make"), [(11, pd.DataFrame), (31, np.asarray), (31, lambda array: array.tolist())])
def test_a_matrix_of_a_few_items_is_refused(width, make):
    with pytest.raises(InvalidDataError, match=rf"events has {width} columns of numbers.*Interactions.from_matrix\("):
        EASE().fit(make(MATRIX[:, :width]))


def test_many_columns_of_context_are_no_matrix():
    wide = pd.DataFrame({"user_id": [1], "item_id": [2]}).assign(**{f"c{n}": [n] for n in range(20)})
    assert Interactions(wide).shape == (1, 22)


@pytest.mark.parametrize(
    "ask",
    [
        Interactions,
        lambda X: EASE().fit(X),
        lambda X: EASE().fit([(0, 1), (1, 0)]).predict(X),
        lambda X: EASE().fit([(0, 1), (1, 0)]).partial_fit(X),
        lambda X: EASE().fit([(0, 1), (1, 0)]).recommend(history=X),
        lambda X: EASE().fit([(0, 1), (1, 0)]).recommend(context=X),
    ],
    ids=["Interactions", "fit", "predict", "partial_fit", "history", "context"],
)
def test_a_sparse_matrix_is_refused_with_where_to_pass_it(ask):
    with pytest.raises(
        InvalidDataError, match=r"is a sparse matrix of shape \(3, 3\).*Interactions.from_matrix\(matrix, user_ids="
    ):
        ask(SPARSE)


@pytest.mark.parametrize("argument", ["users", "items", "exclude_items"])
def test_sparse_matrices_are_no_ids(argument):
    with pytest.raises(InvalidDataError, match=f"{argument} must be ids in one dimension. Got a csr_array of shape"):
        EASE().fit([(0, 1), (1, 0)]).recommend(**{argument: SPARSE})


def test_density_counts_a_pair_once():
    assert "density: 50.00%" in repr(Interactions([(0, 0)] * 9 + [(1, 1)]))


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, object])
def test_numbers_of_any_width_are_numbers(dtype):
    X = Interactions.from_matrix(np.array([[0, 2], [1, 0]], dtype=dtype))
    assert X.events["weight"].to_list() == [2.0, 1.0]


def test_ids_come_in_any_container():
    X = Interactions.from_matrix(np.eye(2), user_ids=iter(["ann", "bob"]), item_ids=np.array([7, 8], dtype=">i8"))
    assert list(X.events.itertuples(index=False, name=None)) == [("ann", 7), ("bob", 8)]


def test_values_that_are_no_text_are_refused():
    with pytest.raises(InvalidParameterError, match="values must be 'weight' or 'rating'"):
        Interactions.from_matrix(np.eye(2), values=["weight"])
