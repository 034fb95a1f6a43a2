import numpy as np
import pandas as pd
import pytest

from skrec.models import BERT4Rec, SASRec
from skrec.models._sequence_reader import width_of


@pytest.fixture(scope="module", params=[SASRec, BERT4Rec])
def model(request, walks):
    return request.param(8, 12, n_heads=2, epochs=1, random_state=0).fit(walks)


def test_widths_follow_from_a_historys_own_length():
    assert [width_of(length, 50) for length in (1, 8, 9, 13, 33, 49, 500)] == [8, 8, 12, 16, 48, 50, 50]
    assert width_of(3, 4) == 4


def test_a_user_gets_the_same_vector_alone_and_among_many(model):
    together = model._read(model.histories_)
    for user in (0, 7, 39):
        np.testing.assert_array_equal(model._read(model.histories_.take(np.array([user])))[0], together[user])


def test_the_latest_events_count(model, walks):
    n_read = 12 if isinstance(model, SASRec) else 11
    long = pd.DataFrame({"user_id": 900, "item_id": np.arange(40) % 6})
    short = long.tail(n_read).assign(user_id=901)
    shorter = long.tail(n_read - 1).assign(user_id=902)
    answer = model.recommend(history=pd.concat([long, short, shorter]), k=6, exclude_seen=False)
    np.testing.assert_array_equal(answer.scores[0], answer.scores[1])
    assert np.abs(answer.scores[0] - answer.scores[2]).max() > 1e-5


def test_an_empty_history_is_zeros_and_unknown_items_are_skipped(model):
    assert not model._read(model.histories_.take(np.array([-1]))).any()
    pairs = [(900, 2), (900, 12345), (900, 3)]
    with_unknown = model.recommend(history=pairs, k=6, exclude_seen=False)
    without = model.recommend(history=[(900, 2), (900, 3)], k=6, exclude_seen=False)
    np.testing.assert_array_equal(with_unknown.scores, without.scores)
