import pytest

from skrec import Interactions
from skrec.testing import checkerboard


@pytest.mark.parametrize("n", [4, 6])
def test_users_have_events_with_the_items_of_their_parity_but_their_own(n):
    X = checkerboard(n)
    assert isinstance(X, Interactions)
    pairs = set(zip(X.events["user_id"], X.events["item_id"], strict=True))
    assert pairs == {(u, i) for u in range(n) for i in range(n) if (u + i) % 2 == 0 and u != i}
    assert len(X) == len(pairs) == n * (n // 2 - 1)
