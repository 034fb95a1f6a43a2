import os
import shutil
from pathlib import Path

import pytest
from skrec_movielens.ml1m import MovieLens1M

from skrec.datasets import load_dataset
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError

REAL = Path(os.environ.get("SKREC_DATA_HOME", ""), "ml-1m")
needs_part = [
    pytest.mark.data,
    pytest.mark.skipif(
        not (REAL / "ratings_first487650.dat.gz").is_file(),
        reason="SKREC_DATA_HOME has no part of the ratings of ml-1m",
    ),
]


@pytest.fixture
def layout(layouts):
    return layouts["movielens/1m"]


def test_users_have_words_for_their_codes(layout, home):
    layout.write(home)
    users = layout.load(home).users
    assert users.columns.to_list() == ["user_id", "gender", "age", "age_group", "occupation", "zip_code"]
    assert users["age"].to_list() == [1, 56, 25]
    assert users["age_group"].to_list() == ["Under 18", "56+", "25-34"]
    assert users["occupation"].to_list() == ["K-12 student", "self-employed", "other"]
    assert users["zip_code"].to_list() == ["48067", "70072", "02460-1234"]


def test_double_colons_in_titles_are_kept(layout, home):
    layout.write(home)
    items = layout.load(home).items
    assert items["title"].to_list() == ["Misérables, Les (1995)", "Alien: The Cut::Again (1975)"]
    assert items["genres"].to_list() == ["Drama|Musical", "Drama"]
    assert items["year"].to_list() == [1995.0, 1975.0]


@pytest.mark.parametrize("line", ["1::F::2::10::48067", "1::F::1::21::48067", "x::F::1::1::48067", "1::F::1::1"])
def test_users_with_unknown_codes_are_one_clear_error(layout, home, line):
    layout.write(home)
    (home / "ml-1m" / "users.dat").write_text(line + "\n")
    with pytest.raises(DatasetCorruptError, match=r"users.dat in .* isn't as GroupLens ships it"):
        layout.load(home)


def test_carriage_returns_and_empty_lines_do_no_harm(layout, home):
    layout.write(home)
    for path in (home / "ml-1m").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    X = layout.load(home)
    assert X.users["zip_code"].to_list() == ["48067", "70072", "02460-1234"]
    assert len(X) == 3


@pytest.mark.parametrize("marked", [pytest.param(None, marks=needs_part)])
def test_an_incomplete_folder_says_what_is_missing(marked, tmp_path):
    with pytest.raises(
        DatasetNotFoundError, match=r"ml-1m is incomplete: it has no ratings.dat \(nor ratings.dat.gz\)"
    ):
        load_dataset("movielens/1m")


@pytest.mark.parametrize("marked", [pytest.param(None, marks=needs_part)])
def test_real_part_is_read(marked, tmp_path, monkeypatch):
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    for name in ("users.dat", "movies.dat.gz"):
        shutil.copyfile(REAL / name, folder / name)
    shutil.copyfile(REAL / "ratings_first487650.dat.gz", folder / "ratings.dat.gz")
    with pytest.raises(
        DatasetCorruptError, match=r"holds 487,650 ratings in ratings.dat, and ml-1m was published with 1,000,209"
    ):
        load_dataset("movielens/1m", tmp_path, verbose=False)
    monkeypatch.setattr(MovieLens1M, "n_ratings", 487_650)
    X = load_dataset("movielens/1m", tmp_path, verbose=False)
    assert (X.events["user_id"].min(), X.events["user_id"].max()) == (1, 2999)
    assert X.events.iloc[0].to_list() == [1, 1193, 5, 978300760]
    assert (len(X.users), len(X.items)) == (6040, 3883)
    assert X.items["year"].between(1919, 2000).all()
    assert X.items["title"].str.contains("Misérables").any()
