import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skrec.exceptions import NotSavableError
from skrec.models import Popularity
from skrec.persistence import load, save


def there_and_back(value, tmp_path):
    model = Popularity()
    model.extra_ = value
    save(model, tmp_path / "m")
    return load(tmp_path / "m").extra_


VALUES = [
    None,
    True,
    0,
    -(2**80),
    1.5,
    -0.0,
    float("inf"),
    float("-inf"),
    1e-300,
    "",
    "häß ☃ \ud800",
    [],
    [1, [2, None]],
    (1, (2,)),
    {"a": 1, "$b": 2},
    {1: "x", (2, 3): [4], None: 5},
    {"$object": "os:system"},
    {1, 2, 3},
    frozenset({"a"}),
    b"\x00\xff",
    slice(1, None, 2),
    np.dtype("float32"),
    np.float32,
    np.int64(7),
    np.bool_(True),
    np.datetime64("2020-01-01"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_as_they_were(value, tmp_path):
    again = there_and_back(value, tmp_path)
    assert type(again) is type(value)
    assert again == value


def test_nan_comes_back(tmp_path):
    assert np.isnan(there_and_back(float("nan"), tmp_path))


ARRAYS = [
    np.arange(6, dtype=np.int8).reshape(2, 3),
    np.zeros((0, 3), dtype=np.float32),
    np.array(3.5),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array([True, False]),
    np.array(["a", "bc"]),
    np.array(["2020-01-01"], dtype="datetime64[ns]"),
    np.array(["a", None, "", "☃"], dtype=object),
    np.array([["a"], ["b"]], dtype=object),
    np.array([1, (2, 3), None], dtype=object),
    np.array([], dtype=object),
    np.array([1 + 2j]),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda array: f"{array.dtype}-{array.shape}")
def test_arrays_come_back_to_the_last_bit(value, tmp_path):
    again = there_and_back(value, tmp_path)
    assert again.dtype == value.dtype
    assert again.shape == value.shape
    np.testing.assert_array_equal(again, value)
    assert again.dtype.kind == "O" or again.flags.f_contiguous == value.flags.f_contiguous


def test_an_array_that_occurs_twice_is_stored_once_and_stays_one(tmp_path):
    array = np.arange(100_000)
    first, second = there_and_back([array, array], tmp_path)
    assert first is second
    assert (tmp_path / "m").stat().st_size < 1.5 * array.nbytes


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix])
def test_sparse_matrices_come_back(kind, tmp_path):
    value = kind(np.eye(3, 4, dtype=np.float32))
    again = there_and_back(value, tmp_path)
    assert type(again) is kind
    assert again.dtype == value.dtype
    np.testing.assert_array_equal(again.toarray(), value.toarray())


def test_frames_come_back(tmp_path):
    frame = pd.DataFrame(
        {
            "i": [1, 2, 3],
            "f": [0.5, np.nan, 2.0],
            "s": ["a", None, "c"],
            "o": np.array([["x"], ["y", "z"], []], dtype=object),
            "t": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "c": pd.Categorical(["u", None, "u"], categories=["v", "u"], ordered=True),
        },
        index=[5, 6, 7],
    )
    pd.testing.assert_frame_equal(there_and_back(frame, tmp_path), frame)
    plain = frame.reset_index(drop=True)
    pd.testing.assert_frame_equal(there_and_back(plain, tmp_path), plain)


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.random.default_rng(3),
        lambda: np.random.RandomState(3),
        lambda: np.random.Generator(np.random.Philox(1)),
    ],
)
def test_random_generators_draw_on_where_they_were(make, tmp_path):
    value = make()
    value.uniform(size=5)
    again = there_and_back(value, tmp_path)
    np.testing.assert_array_equal(again.uniform(size=9), value.uniform(size=9))


class Own:
    """A class that isn't registered."""

    def __repr__(self):
        return "Own()"  # part of the names of tests, which must be the same in every process


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            Own(),
            r"Popularity\.extra_ can't be saved: neither skrec, scikit-learn nor an installed plugin registers .*Own",
        ),
        ([{"a": Own}], r"Popularity\.extra_\[0\]\.a can't be saved: it is code \(Own\)"),
        (print, r"can't be saved: it is code \(print\)"),
        (np.ma.array([1]), "MaskedArray is a special kind of array"),
        (np.zeros(2, dtype=[("a", int)]), "it is an array of"),
        (sparse.coo_array(np.eye(2)), "convert the sparse matrix to csr"),
        (pd.DataFrame({"p": pd.period_range("2020", periods=2, freq="D")}), "convert the column, its dtype is period"),
    ],
    ids=str,
)
def test_what_has_no_place_is_named_with_where_it_stands(value, said, tmp_path):
    with pytest.raises(NotSavableError, match=said):
        there_and_back(value, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_holds_itself_is_an_error(tmp_path):
    ring = []
    ring.append(ring)
    with pytest.raises(NotSavableError, match="nested too deeply, or holds itself"):
        there_and_back(ring, tmp_path)
