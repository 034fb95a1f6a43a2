import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.data import as_ids, few_ids, to_array
from skrec.data._ids import kind_of
from skrec.exceptions import InvalidDataError, InvalidIdTypeError

BIG = 2**53 + 1

FORMS = {
    "list": [BIG, 2],
    "tuple": (BIG, 2),
    "array": np.array([BIG, 2]),
    "object array": np.array([BIG, 2], dtype=object),
    "series": pd.Series([BIG, 2], index=[7, 7]),
    "index": pd.Index([BIG, 2]),
    "nullable": pd.array([BIG, 2], dtype="Int64"),
    "categorical": pd.Categorical([BIG, 2]),
    "polars": pl.Series([BIG, 2]),
    "pyarrow": pa.array([BIG, 2]),
    "pyarrow chunks": pa.chunked_array([[BIG], [2]]),
    "generator": (value for value in (BIG, 2)),
    "keys": {BIG: 0, 2: 0}.keys(),
}


@pytest.mark.parametrize("form", FORMS)
def test_ids_of_every_form_are_read(form):
    column = as_ids(FORMS[form], "users")
    assert to_array(column).tolist() == [BIG, 2]
    assert kind_of(column) == "int"


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        ("ann", "ann"),
        (np.str_("ann"), "ann"),
        (7, 7),
        (np.int32(7), 7),
        (np.array(7), 7),
        (np.array("ann"), "ann"),
        (7.0, 7),
    ],
)
def test_a_scalar_is_one_id(scalar, expected):
    assert to_array(as_ids(scalar, "users")).tolist() == [expected]


@pytest.mark.parametrize("empty", [[], (), np.array([]), pd.Series([], dtype=str), pl.Series([]), pd.Categorical([])])
def test_no_ids_are_no_ids(empty):
    assert len(as_ids(empty, "users")) == 0


@pytest.mark.parametrize("dtype", ["U3", "T", object])
def test_strings_of_every_numpy_dtype_are_strings(dtype):
    dtype = np.dtypes.StringDType() if dtype == "T" else dtype
    assert to_array(as_ids(np.array(["b", "a"], dtype=dtype), "users")).tolist() == ["b", "a"]


def test_strings_are_compared_as_they_are():
    ids = ["1", "01", "a", "a\0", "", "é", "e\u0301", "nan"]
    assert to_array(as_ids(ids, "users")).tolist() == ids


@pytest.mark.parametrize("missing", [None, [None], [1, None], np.array([1.0, np.nan]), pl.Series([1, None]), [pd.NA]])
def test_null_ids_name_the_argument(missing):
    with pytest.raises(
        InvalidDataError, match="The argument 'users' contains NaN or null ids in rows .*Drop these users, or"
    ):
        as_ids(missing, "users")


def test_arrays_have_one_dimension():
    with pytest.raises(
        InvalidDataError, match=r"users must be one-dimensional. Got an array of shape \(1, 2\) instead"
    ):
        as_ids(np.array([[1, 2]]), "users")
    with pytest.raises(InvalidIdTypeError, match="'users' holds a list in row 0"):
        as_ids([[1, 2]], "users")


def test_bytes_are_no_ids():
    with pytest.raises(InvalidIdTypeError, match="'users' holds a bytes in row 0"):
        as_ids(b"ann", "users")


def test_whole_floats_are_integers_and_others_stay_floats():
    assert as_ids([1.0, 2.0], "users").dtype == np.int64
    assert as_ids([1.0, 2.5], "users").to_list() == [1.0, 2.5]
    assert as_ids([1.0, 1e300], "users").to_list() == [1.0, 1e300]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series([1], dtype="uint8"), "int"),
        (pd.Series([1.5]), "float"),
        (pd.Series(["a"]), "str"),
        (pd.Series(["a"], dtype=object), "str"),
        (pd.Series(pd.Categorical([1])), "int"),
        (pd.Series(pd.Categorical(["a"])), "str"),
        (pd.Index([1]), "int"),
    ],
)
def test_kinds(column, kind):
    assert kind_of(column) == kind


def test_strings_come_out_as_objects_and_numbers_as_numbers():
    assert to_array(pd.Series(pd.Categorical(["b", "a"]))).dtype == object
    assert to_array(pd.Series([1, 2], dtype="uint64")).dtype == np.uint64


def test_integers_beyond_what_a_float_holds_are_named_as_such():
    with pytest.raises(InvalidIdTypeError, match="'users' holds integers beyond 64 bits"):
        as_ids([10**400, 1], "users")


@pytest.mark.parametrize("values", [["\ud800"], ["ann", "\ud800"], np.array(["\ud800"], dtype=object)])
def test_text_that_is_not_unicode_is_refused_with_its_rows(values):
    with pytest.raises(InvalidDataError, match=f"holds text that isn't Unicode in rows \\[{len(values) - 1}\\]"):
        as_ids(values, "users")
    assert few_ids(values) is None


def test_truth_values_beside_numbers_are_numbers():
    assert as_ids([True, 2], "users").to_list() == [1, 2]


def test_durations_are_no_numbers_though_numpy_counts_them_among_integers():
    with pytest.raises(InvalidIdTypeError, match="holds a (timedelta64|Timedelta|timedelta) in row 1"):
        as_ids(pd.Series([1, np.timedelta64(3, "D")], dtype=object), "users")


@pytest.mark.parametrize("values", [b"ab", bytearray(b"ab"), memoryview(b"ab")])
def test_bytes_are_no_list_of_numbers(values):
    with pytest.raises(InvalidIdTypeError, match="an id argument must be a string or a number"):
        as_ids(values, "users")
