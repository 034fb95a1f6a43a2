import numpy as np
import pytest

from skrec.datasets._taste import (
    N_GENRES,
    N_MOODS,
    draw_counts,
    draw_items,
    draw_ratings,
    draw_times,
    make_world,
)


@pytest.fixture(scope="module")
def world():
    return make_world(400, 200, np.random.default_rng(0))


def test_tastes_and_moods_are_distributions(world):
    np.testing.assert_allclose(world.taste.sum(axis=1), 1.0)
    np.testing.assert_allclose(world.moods.sum(axis=1), 1.0)
    assert world.taste.shape == (400, N_GENRES * N_MOODS)
    assert world.moods.shape == (N_GENRES * N_MOODS, 200)


def test_second_genres_differ_from_the_first(world):
    has_second = world.second_genres >= 0
    assert 0.2 < has_second.mean() < 0.5
    assert (world.second_genres != world.genres).all()


def test_genres_are_equally_frequent(world):
    assert set(np.bincount(world.genres)) == {200 // N_GENRES}


def test_age_and_occupation_predict_taste(world):
    taste = world.taste.reshape(-1, N_GENRES, N_MOODS).sum(axis=2)
    centre = taste @ np.arange(N_GENRES)
    assert np.corrcoef(centre, world.ages)[0, 1] < -0.3  # the old like the first genres
    own = taste[np.arange(400), world.occupations].mean()
    assert own > 2 * taste.mean()


@pytest.mark.parametrize(
    ("n_users", "n_items", "n_events"),
    [
        (50, 40, 500),
        (50, 40, 2000),
        (50, 40, 1999),
        (50, 40, 50),
        (50, 40, 7),
        (1, 1, 1),
        (50, 3, 140),
        (1000, 5, 4990),
    ],
)
def test_counts_are_exact_and_never_more_than_the_items(n_users, n_items, n_events):
    counts = draw_counts(n_users, n_items, n_events, np.random.default_rng(0))
    assert counts.sum() == n_events
    assert counts.max() <= n_items
    assert counts.min() >= min(5, n_events // n_users, n_items)


def test_no_user_has_more_than_half_the_catalogue_where_there_is_room():
    assert draw_counts(600, 300, 30_000, np.random.default_rng(0)).max() <= 150


@pytest.mark.parametrize("n_events", [4_000, 60_000, 80_000])
def test_drawn_pairs_are_distinct_and_as_many_as_asked_for(world, n_events):
    rng = np.random.default_rng(1)
    counts = draw_counts(400, 200, n_events, rng)
    users, items = draw_items(world, counts, rng)
    np.testing.assert_array_equal(np.bincount(users, minlength=400), counts)
    assert len(np.unique(users * 200 + items)) == n_events
    assert 0 <= items.min() <= items.max() < 200


def test_items_are_drawn_by_taste_times_popularity(world):
    # One draw a user, many times over, against the probabilities it should have.
    rng = np.random.default_rng(2)
    observed = np.zeros(200)
    for _ in range(200):
        observed += np.bincount(draw_items(world, np.ones(400, dtype=np.int64), rng)[1], minlength=200)
    expected = (world.taste @ world.moods).sum(axis=0) * 200
    assert np.abs(observed - expected).max() < 5 * np.sqrt(expected.max())


def test_the_race_gives_the_same_distribution_as_single_draws(world):
    from skrec.datasets._taste import _race

    rng = np.random.default_rng(3)
    users = np.arange(400)
    nothing = np.empty(0, dtype=np.int64)
    observed = np.zeros(200)
    for _ in range(200):
        pairs = _race(world, users, nothing, np.ones(400, dtype=np.int64), rng)
        observed += np.bincount(pairs % 200, minlength=200)
    expected = (world.taste @ world.moods).sum(axis=0) * 200
    assert np.abs(observed - expected).max() < 5 * np.sqrt(expected.max())


def test_popularity_has_a_long_tail(world):
    rng = np.random.default_rng(4)
    _, items = draw_items(world, draw_counts(400, 200, 8_000, rng), rng)
    counts = np.sort(np.bincount(items, minlength=200))[::-1]
    assert counts[:20].sum() > 0.22 * counts.sum()
    assert counts[0] > 3 * np.median(counts)


def test_times_of_a_user_are_distinct_and_taste_drifts(world):
    rng = np.random.default_rng(5)
    users, items = draw_items(world, draw_counts(400, 200, 16_000, rng), rng)
    times = draw_times(world, users, items, rng)
    assert len(np.unique(users * 2**40 + times)) == len(users)
    # In the last third of a history the genre the user drifts to is more frequent than in the first third.
    order = np.lexsort((times, users))
    genres, owners = world.genres[items[order]], users[order]
    gains = []
    for user in range(400):
        own = genres[owners == user]
        third = len(own) // 3
        first = np.bincount(own[:third], minlength=N_GENRES)
        last = np.bincount(own[-third:], minlength=N_GENRES)
        gains.append(np.abs(last - first).max() / third)
    assert np.mean(gains) > 0.2


def test_ratings_are_half_steps_and_higher_where_taste_matches(world):
    rng = np.random.default_rng(6)
    users, items = draw_items(world, draw_counts(400, 200, 8_000, rng), rng)
    ratings = draw_ratings(world, users, items, rng)
    assert set(np.unique(ratings)) <= set(np.arange(1.0, 5.5, 0.5))
    match = world.match(users, items)
    assert 0 <= match.min() <= match.max() <= 1 + 1e-9
    assert np.corrcoef(match, ratings)[0, 1] > 0.4
    assert 2.5 < ratings.mean() < 4.0


def test_a_catalogue_that_lacks_moods_still_works():
    small = make_world(10, 2, np.random.default_rng(0))
    users, items = draw_items(small, np.full(10, 2), np.random.default_rng(0))
    assert len(np.unique(users * 2 + items)) == 20
    np.testing.assert_allclose(small.taste.sum(axis=1), 1.0)
