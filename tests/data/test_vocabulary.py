import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec.data import Vocabulary, as_ids, few_ids, to_array
from skrec.exceptions import InvalidDataError, InvalidIdTypeError, UnknownIdWarning

BIG = 2**53 + 1


def test_codes_are_positions_in_the_order_given():
    vocabulary = Vocabulary(["c", "a", "b"], "item")
    assert vocabulary.encode(["a", "zzz", "c", "a"]).tolist() == [1, -1, 0, 1]
    assert vocabulary.decode(np.array([[2, 0], [1, 1]])).tolist() == [["b", "c"], ["a", "a"]]
    assert len(vocabulary) == 3


def test_build_numbers_ids_in_first_seen_order():
    vocabulary, codes = Vocabulary.build(pd.Series([30, 10, 30, 20]), "user")
    assert vocabulary.ids.tolist() == [30, 10, 20]
    assert codes.tolist() == [0, 1, 0, 2]
    assert codes.dtype == np.int64


def test_build_leaves_unused_categories_out():
    column = pd.Series(pd.Categorical(["b", "a", "b"], categories=["z", "a", "b"]))
    vocabulary, codes = Vocabulary.build(column, "user")
    assert vocabulary.ids.tolist() == ["b", "a"]
    assert codes.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "ids",
    [
        np.array([2, 9], dtype=np.uint64),
        np.array([2, 9], dtype=np.int8),
        [2.0, 9.0],
        [2.0, 9.5],
        pd.Categorical([2, 9]),
        pl.Series([2, 9]),
    ],
    ids=["uint64", "int8", "whole float", "float", "category", "polars"],
)
def test_numbers_are_found_whatever_their_dtype(ids):
    assert Vocabulary([1, 2, 3]).encode(ids).tolist() == [1, -1]


@pytest.mark.parametrize("ours", [np.int64, np.uint64])
@pytest.mark.parametrize("theirs", [np.int64, np.uint64])
def test_ids_beyond_float_precision_are_not_mixed_up(ours, theirs):
    vocabulary = Vocabulary(np.array([BIG, BIG - 1], dtype=ours))
    assert vocabulary.encode(np.array([BIG - 1, BIG + 1, BIG], dtype=theirs)).tolist() == [1, -1, 0]


def test_floats_beside_fractional_ones_find_big_integers():
    vocabulary = Vocabulary([BIG - 1, BIG])
    assert vocabulary.encode([2.5, float(BIG - 1), 1e300]).tolist() == [-1, 0, -1]


@pytest.mark.parametrize(("ours", "theirs"), [([1, 2], ["1", "2"]), (["1", "2"], [1, 2]), (["1", "2"], [1.5, 2])])
def test_ids_of_another_kind_are_all_unknown_with_a_warning(ours, theirs):
    with pytest.warns(UnknownIdWarning, match=r"All user ids are unknown: they are of kind .* Convert them"):
        assert Vocabulary(ours, "user").encode(theirs).tolist() == [-1, -1]


def test_no_ids_and_an_empty_vocabulary_warn_of_nothing():
    assert Vocabulary([1]).encode([]).tolist() == []
    assert Vocabulary([]).encode(["a", "b"]).tolist() == [-1, -1]


def test_mixed_and_null_ids_are_refused():
    with pytest.raises(InvalidIdTypeError, match="'user' holds ids of mixed kinds"):
        Vocabulary([1], "user").encode([1, "a"])
    with pytest.raises(InvalidDataError, match=r"'user' contains NaN or null ids in rows \[1\]"):
        Vocabulary([1], "user").encode([1, None])


def test_repeated_ids_are_refused():
    with pytest.raises(InvalidDataError, match="The item ids of a vocabulary must be distinct; 'a' repeats"):
        Vocabulary(["a", "b", "a"], "item").encode(["b"])


class TestExtend:
    def test_known_ids_keep_their_codes_and_new_ones_follow_in_first_seen_order(self):
        first = Vocabulary([3, 1])
        second = first.extend([9, 1, 7, 9])
        assert second.ids.tolist() == [3, 1, 9, 7]
        assert first.ids.tolist() == [3, 1]

    def test_nothing_new_gives_the_same(self):
        vocabulary = Vocabulary(["a", "b"])
        assert vocabulary.extend(["b", "a"]) is vocabulary
        assert vocabulary.extend([]) is vocabulary

    def test_an_empty_one_takes_any_kind(self):
        assert Vocabulary([]).extend(pd.Categorical(["b", "a", "b"])).ids.tolist() == ["b", "a"]

    def test_categories_extend_strings(self):
        assert Vocabulary(["a"]).extend(pd.Categorical(["b", "a", "b"])).ids.tolist() == ["a", "b"]

    @pytest.mark.parametrize(("ours", "theirs"), [([1], ["a"]), (["a"], [1])])
    def test_strings_and_numbers_do_not_mix(self, ours, theirs):
        with pytest.raises(InvalidIdTypeError, match=r"The new item ids are of kind .* Convert them to the same kind"):
            Vocabulary(ours, "item").extend(theirs)

    def test_signed_and_unsigned_integers_stay_exact(self):
        extended = Vocabulary(np.array([BIG], dtype=np.int64)).extend(np.array([2**63 + 1], dtype=np.uint64))
        assert extended.ids.tolist() == [BIG, 2**63 + 1]
        negative = Vocabulary(np.array([-BIG], dtype=np.int64)).extend(np.array([BIG], dtype=np.uint64))
        assert negative.ids.tolist() == [-BIG, BIG]

    def test_integers_that_do_not_fit_together(self):
        with pytest.raises(InvalidIdTypeError, match="don't fit into 64 bits. Convert them to strings"):
            Vocabulary([-1]).extend(np.array([2**63 + 1], dtype=np.uint64))

    def test_narrow_integers_are_widened(self):
        assert Vocabulary(np.array([1], dtype=np.int8)).extend([BIG]).ids.tolist() == [1, BIG]


def test_it_can_not_be_written_to_and_leaves_its_source_alone():
    source = np.array([1, 2])
    vocabulary = Vocabulary(source)
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.ids[0] = 9
    source[0] = 9
    assert vocabulary.ids.tolist() == [1, 2]


@pytest.mark.parametrize("ids", [[1, 2], ["a", "b"]])
def test_pickles_and_copies(ids):
    vocabulary = Vocabulary(ids, "item")
    vocabulary.encode(ids)  # makes the index, which is left out
    for other in (pickle.loads(pickle.dumps(vocabulary)), copy.deepcopy(vocabulary)):
        assert other.ids.tolist() == ids
        assert other.encode(ids[::-1]).tolist() == [1, 0]
        assert (other.what, other.kind) == ("item", vocabulary.kind)
        assert not other.ids.flags.writeable


def test_repr():
    assert repr(Vocabulary(range(1234), "item")) == "Vocabulary(1,234 item ids of kind int)"
    assert Vocabulary(["a"]).kind == "str"


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ([5, 3, 9], [9, 4, 5, -1]),
        (np.array([5, 2**63 + 3], dtype=np.uint64), [5, 3]),
        (["b", "é", "a"], ["a", "x", "é"]),
        (pd.array(["b", "a"], dtype="string[pyarrow]"), ["a", "c"]),
    ],
)
def test_a_few_ids_are_encoded_as_many_are(known, asked):
    vocabulary = Vocabulary(known, "item")
    few = few_ids(asked)
    np.testing.assert_array_equal(vocabulary.encode_few(few), vocabulary.encode(asked))
    np.testing.assert_array_equal(few, to_array(as_ids(asked, "item")))


def test_few_ids_of_another_kind_are_left_to_encode():
    assert Vocabulary([1, 2]).encode_few(few_ids(["1"])) is None
    assert Vocabulary(["1", "2"]).encode_few(few_ids([1])) is None
    assert Vocabulary([]).encode_few(few_ids([1])) is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1, "a"],
        [1.0],
        [True],
        [None],
        [2**70],
        [(1, 2)],
        [1] * 65,
        np.ones((2, 2), dtype=np.int64),
        pd.Series([1]),
        {1},
    ],
)
def test_what_is_not_few_plain_ids_needs_the_checks_of_a_column(values):
    assert few_ids(values) is None


def test_few_ids_are_an_array_of_their_own():
    asked = np.array([1, 2])
    few_ids(asked)[0] = 9
    assert asked.tolist() == [1, 2]
    assert few_ids("ab").tolist() == ["ab"]
    assert few_ids(7).tolist() == [7]
