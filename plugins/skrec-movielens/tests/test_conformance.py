"""The datasets keep what skrec promises of every dataset."""

import pytest
from skrec_movielens.ml100k import MovieLens100K

from skrec.plugin import names
from skrec.testing import check_dataset

NAMES = (
    "movielens/100k",
    "movielens/1m",
    "movielens/10m",
    "movielens/20m",
    "movielens/25m",
    "movielens/32m",
    "movielens/latest-small",
)


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("name", NAMES)
def test_datasets_pass_with_their_files(name, form, layouts, home):
    layouts[name].write(home, form)
    check_dataset(name, home)


@pytest.mark.parametrize("name", NAMES)
def test_datasets_pass_without_any_file(name):
    check_dataset(name)


def test_a_published_split_passes(layouts, home):
    layouts["movielens/100k"].write(home)
    check_dataset(MovieLens100K, home, split="ua", part="train")


def test_every_dataset_of_the_plugin_is_checked():
    assert {name for name in names("datasets") if name.startswith("movielens/")} == set(NAMES)
