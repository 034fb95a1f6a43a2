import gc
import threading
import time

import pytest

from skrec.training.prefetch import prefetch


def batch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("skrec-batches")]


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_elements_come_in_order_and_all_of_them(n):
    assert list(prefetch(iter(range(n)))) == list(range(n))
    assert batch_threads() == []


def test_none_and_false_are_elements_like_others():
    assert list(prefetch(iter([None, False, 0]))) == [None, False, 0]


def test_one_element_is_made_ahead_in_another_thread_and_no_more():
    made, made_second = [], threading.Event()

    def elements():
        for number in range(5):
            made.append((number, threading.current_thread()))
            if number == 1:
                made_second.set()
            yield number

    given = prefetch(elements())
    assert made == []  # nothing is done before it's asked for
    assert next(given) == 0
    assert made_second.wait(10)  # while the first is used, the second is made
    time.sleep(0.02)
    assert [number for number, _ in made] == [0, 1]
    assert {thread for _, thread in made} == set(batch_threads())
    given.close()
    assert batch_threads() == []
    assert [number for number, _ in made] == [0, 1]


def test_an_error_is_raised_where_its_element_would_have_come():
    def elements():
        yield 1
        yield 2
        raise ValueError("of the third")

    given = prefetch(elements())
    assert [next(given), next(given)] == [1, 2]
    with pytest.raises(ValueError, match="of the third"):
        next(given)
    assert batch_threads() == []


def test_closing_early_ends_the_thread_even_while_an_element_is_made():
    release, begun = threading.Event(), threading.Event()

    def elements():
        yield 1
        begun.set()
        release.wait(10)
        yield 2

    given = prefetch(elements())
    assert next(given) == 1
    assert begun.wait(10)
    threading.Timer(0.05, release.set).start()
    given.close()
    assert batch_threads() == []


def test_elements_that_nobody_asks_for_any_more_leave_no_thread():
    def use():
        given = prefetch(iter(range(5)))
        for _ in given:
            raise RuntimeError("of the user")

    with pytest.raises(RuntimeError, match="of the user"):
        use()
    gc.collect()  # an error's traceback has held the elements until now
    assert batch_threads() == []
