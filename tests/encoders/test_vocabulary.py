from collections import Counter

from skrec.encoders._vocabulary import frequent

COUNTS = Counter({"b": 3, "a": 3, "z": 9, "rare": 1})


def test_the_most_frequent_come_first_and_equals_in_order_of_the_alphabet():
    assert frequent(COUNTS, 1, None) == ["z", "a", "b", "rare"]
    assert frequent(Counter(reversed(list(COUNTS.elements()))), 1, None) == ["z", "a", "b", "rare"]


def test_rare_ones_and_those_beyond_the_limit_are_left_out():
    assert frequent(COUNTS, 2, None) == ["z", "a", "b"]
    assert frequent(COUNTS, 1, 2) == ["z", "a"]
    assert frequent(Counter(), 1, 2) == []
