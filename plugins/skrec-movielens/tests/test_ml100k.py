import os
from pathlib import Path

import pandas as pd
import pytest

from skrec.datasets import load_dataset
from skrec.exceptions import InvalidParameterError

REAL = Path(os.environ.get("SKREC_DATA_HOME", ""), "ml-100k")
needs_data = [pytest.mark.data, pytest.mark.skipif(not REAL.is_dir(), reason="SKREC_DATA_HOME has no ml-100k")]


@pytest.fixture
def layout(layouts, home):
    layouts["movielens/100k"].write(home)
    return layouts["movielens/100k"]


def test_items_have_genres_dates_and_years(layout, home):
    items = layout.load(home).items.set_index("item_id")
    assert items["title"].to_list() == [
        "Toy Story (1995)",
        "unknown",
        "Misérables, Les (1995)",
        "Land Before Time III (1995) (V)",
    ]
    assert items["genres"].to_list() == [
        "Animation|Children's|Comedy",
        "unknown",
        "Drama|Musical",
        "Animation|Children's",
    ]
    assert items["year"].to_list()[0] == 1995.0
    assert pd.isna(items["year"][267])
    assert items["year"][1412] == 1995.0
    assert items["release_date"].to_list()[0] == pd.Timestamp("1995-01-01")
    assert items["release_date"][543] == pd.Timestamp("1996-02-04")
    assert pd.isna(items["release_date"][267])


def test_users_have_age_gender_occupation_and_zip_code_as_text(layout, home):
    users = layout.load(home).users
    assert users.columns.to_list() == ["user_id", "age", "gender", "occupation", "zip_code"]
    assert users["age"].to_list() == [24, 53, 23]
    assert users["zip_code"].to_list() == ["85711", "00501", "V3N4P"]
    assert users["occupation"].to_list() == ["technician", "other", "writer"]


@pytest.mark.parametrize("split", ["ua", "ub", "u1", "u2", "u3", "u4", "u5"])
@pytest.mark.parametrize("form", ["folder", "gz", "zip"])
def test_published_splits_are_read_by_name(split, form, layouts, tmp_path):
    layout = layouts["movielens/100k"]
    layout.write(tmp_path / form, form, leave_out=["u.data"])
    train = layout.load(tmp_path / form, split=split, part="train")
    test = layout.load(tmp_path / form, split=split, part="test")
    assert train.events["item_id"].to_list() == [1, 543]
    assert test.events["item_id"].to_list() == [267, 1]
    assert len(train.items) == len(test.items) == 4


def test_split_must_be_a_published_one(layout, home):
    with pytest.raises(
        InvalidParameterError, match=r"'split' parameter of movielens/100k must be one of ua, .* Got 'uc'"
    ):
        layout.load(home, split="uc", part="train")


def test_split_and_part_need_each_other(layout, home):
    with pytest.raises(InvalidParameterError, match=r"'part' parameter .* 'train' or 'test', .* Got None"):
        layout.load(home, split="ua")
    with pytest.raises(InvalidParameterError, match=r"'split' parameter .* is needed with 'part'. Got None"):
        layout.load(home, part="test")
    with pytest.raises(InvalidParameterError, match=r"'part' parameter .* Got 'base'"):
        layout.load(home, split="ua", part="base")


@pytest.mark.parametrize("marked", [pytest.param(None, marks=needs_data)])
def test_real_data_has_the_published_counts(marked):
    X = load_dataset("movielens/100k", verbose=False)
    assert (len(X), X.events["user_id"].nunique(), X.events["item_id"].nunique()) == (100_000, 943, 1682)
    assert X.events.iloc[0].to_list() == [196, 242, 3, 881250949]
    assert (len(X.users), len(X.items)) == (943, 1682)
    assert X.items["genres"].str.len().min() > 0
    assert X.items["year"].isna().sum() == 1
    assert X.items["release_date"].isna().sum() == 1
    assert X.users["age"].between(7, 73).all()


@pytest.mark.parametrize("split", [pytest.param(name, marks=needs_data) for name in ("ua", "ub", "u1", "u5")])
def test_real_splits_partition_the_ratings(split):
    whole = load_dataset("movielens/100k", verbose=False).events
    parts = [load_dataset("movielens/100k", verbose=False, split=split, part=part).events for part in ("train", "test")]
    assert [len(part) for part in parts] == (
        [90_570, 9_430] if split.startswith("ua") or split == "ub" else [80_000, 20_000]
    )
    key = ["user_id", "item_id", "timestamp"]
    both = pd.concat(parts).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(both, whole.sort_values(key, ignore_index=True))
    if split.startswith("ua"):
        assert set(parts[1]["user_id"].value_counts()) == {10}
