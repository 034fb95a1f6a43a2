import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import OneHotEncoder

from skrec.datasets import _features
from skrec.datasets._taste import make_world
from skrec.datasets._words import GENRES, OCCUPATIONS

CHANCE = 1 / len(GENRES)


@pytest.fixture(scope="module")
def world():
    return make_world(50, 240, np.random.default_rng(0))


def accuracy(classifier, features, world):
    return cross_val_score(classifier, features, world.genres, cv=4).mean()


def test_titles_are_distinct_and_predict_the_genre(world):
    titles = _features.titles(world, np.random.default_rng(0))
    assert titles.is_unique
    assert titles.str.startswith("The ").all()
    assert accuracy(MultinomialNB(), CountVectorizer().fit_transform(titles), world) > 4 * CHANCE


def test_years_predict_the_genre(world):
    years = _features.years(world, np.random.default_rng(0))
    assert years.dtype == "int64"
    assert years.between(1930, 2040).all()
    assert accuracy(NearestCentroid(), years.to_numpy(dtype=float)[:, np.newaxis], world) > 4 * CHANCE


def test_studios_predict_the_genre(world):
    studios = _features.studios(world, np.random.default_rng(0))
    assert accuracy(MultinomialNB(), OneHotEncoder().fit_transform(studios.to_frame()), world) > 4 * CHANCE


def test_tags_are_the_genres(world):
    tags = _features.genre_tags(world).str.split("|")
    assert [names[0] for names in tags] == [GENRES[genre] for genre in world.genres]
    assert [len(names) for names in tags] == [1 if second < 0 else 2 for second in world.second_genres]


def test_plots_predict_the_genre(world):
    plots = _features.plots(world, np.random.default_rng(0))
    assert plots.str.len().min() > 40
    assert accuracy(MultinomialNB(), CountVectorizer().fit_transform(plots), world) > 5 * CHANCE


def test_occupations_are_named(world):
    assert set(_features.occupations(world)) <= set(OCCUPATIONS)


def test_objects_keeps_arrays_of_one_shape_apart():
    column = _features.objects([np.zeros((2, 2)), np.ones((2, 2))])
    assert column.dtype == object
    assert column.iloc[1].tolist() == [[1, 1], [1, 1]]
