import numpy as np
import pytest

from skrec import Popularity
from skrec.data import labels_are_binary, labels_are_graded, liked, warn_of_signs
from skrec.exceptions import LabelWarning


@pytest.mark.parametrize(
    ("labels", "binary"),
    [([0, 1, 1], True), ([0, 0], True), ([1], True), ([0, 1, 2], False), ([0.5, 1], False), ([-1, 1], False)],
)
def test_labels_of_nothing_but_0_and_1_are_binary_and_all_others_graded(labels, binary):
    assert labels_are_binary(np.array(labels)) is binary
    assert labels_are_graded(np.array(labels)) is not binary


def test_no_labels_are_neither_binary_nor_graded():
    assert labels_are_binary(None) is False
    assert labels_are_graded(None) is False


def test_zeros_are_liked_among_graded_labels_only():
    labels = np.array([0.0, 1.0, 4.0, -1.0])
    assert liked(labels, 4, graded=True).tolist() == [True] * 4
    assert liked(labels, 4, graded=False).tolist() == [False, True, True, False]
    assert liked(None, 2, graded=False).tolist() == [True, True]


@pytest.mark.parametrize("labels", [[-1, 1], [1, -1, 0], [-1.0, -1.0]])
def test_labels_of_minus_1_and_1_are_warned_of(labels):
    with pytest.warns(LabelWarning, match="an event labelled -1 counts as liked.*pass 0 in its place"):
        warn_of_signs(np.array(labels))


@pytest.mark.parametrize("labels", [None, [], [0, 1], [-1, 1, 5], [-2, -1, 1], [True, False], [-1, 0.5]])
def test_other_labels_are_not(labels):
    warn_of_signs(None if labels is None else np.array(labels))


EVENTS = [("ann", "a"), ("bob", "b"), ("ann", "c")]
RATED = [(user, item, rating) for (user, item), rating in zip(EVENTS, [1.0, -1.0, 1.0], strict=True)]


@pytest.mark.parametrize(
    "call",
    [
        lambda: Popularity().fit(EVENTS, [1, -1, 1]),
        lambda: Popularity().fit(RATED),
        lambda: Popularity().fit(EVENTS).partial_fit(EVENTS, [1, -1, 1]),
    ],
    ids=["y", "rating", "partial_fit"],
)
def test_wherever_a_model_learns_from_them(call):
    with pytest.warns(LabelWarning, match="-1 counts as liked"):
        assert call().item_counts_.min() > 0
