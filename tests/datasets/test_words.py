import pytest

from skrec.datasets import _words
from skrec.datasets._taste import N_MOODS

BY_GENRE = ["OCCUPATIONS", "STUDIOS", "NOUNS", "ADJECTIVES", "VERBS"]


@pytest.mark.parametrize("name", BY_GENRE)
def test_every_genre_has_its_words(name):
    assert len(getattr(_words, name)) == len(_words.GENRES)


def test_every_shade_has_its_endings():
    assert len(_words.ENDINGS) == N_MOODS
    endings = [ending for shade in _words.ENDINGS for ending in shade]
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize("name", ["GENRES", "OCCUPATIONS", "STUDIOS"])
def test_names_are_distinct(name):
    values = getattr(_words, name)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("name", ["NOUNS", "ADJECTIVES", "VERBS"])
def test_no_word_belongs_to_two_genres(name):
    words = [word for genre in getattr(_words, name) for word in genre]
    assert len(set(words)) == len(words)


def test_genres_can_be_written_as_tags():
    assert not any("|" in genre for genre in _words.GENRES)
