"""Lists as text: a line a user."""

import numpy as np

from skrec import Recommendations


def test_a_line_says_the_id_the_source_and_the_first_items():
    answer = Recommendations(
        np.array(["ann", "bob"]), np.array([7, 9]), np.ones(2), [1, 1], 1, source=["model", "popular"]
    )
    assert [line.split() for line in repr(answer).splitlines()[1:]] == [
        ["user", "source", "items"],
        ["ann", "model", "7"],
        ["bob", "popular", "9"],
    ]


def test_what_was_asked_about_is_called_so():
    answer = Recommendations(np.array([3]), np.array([7]), np.ones(1), [1], 1, what="items")
    assert repr(answer).startswith("Recommendations for 1 item, k=1\n")
    assert repr(answer).splitlines()[1].split() == ["item", "source", "items"]
