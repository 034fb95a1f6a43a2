"""What the dataset gives, in each form its files may have."""

import numpy as np
import pandas as pd
import pytest
from skrec_netflix import _blocks
from skrec_netflix.prize import NetflixPrize

from skrec.datasets import load_dataset
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError
from skrec.plugin import lookup, names, plugin_manager
from skrec.testing import check_dataset

EVENTS = [
    (1488844, 1, 3, "2005-09-06"),
    (822109, 1, 5, "2005-05-13"),
    (885013, 1, 4, "2005-10-19"),
    (2059652, 2, 4, "2005-09-05"),
    (822109, 2, 1, "1999-12-31"),
    (1025579, 3, 4, "2003-03-29"),
    (822109, 8, 2, "2005-09-06"),
    (6, 9, 2, "2004-02-29"),
    (2649429, 9, 5, "2005-12-31"),
]
IN_PROBE = [1, 2, 7]


def rows(X):
    """Events as they are written above."""
    dates = pd.to_datetime(X.events["timestamp"], unit="s").dt.strftime("%Y-%m-%d")
    return list(zip(X.events["user_id"], X.events["item_id"], X.events["rating"], dates, strict=True))


def test_the_name_comes_from_the_entry_point():
    assert "netflix/prize" in names("datasets")
    (info,) = [info for info in plugin_manager().infos() if info.name == "netflix"]
    assert (info.distribution, info.status, info.faults) == ("skrec-keras-netflix", "active", [])
    assert lookup("datasets", "skrec-keras-netflix:netflix/prize") is NetflixPrize


def test_every_form_gives_the_same_events(layout):
    X = layout.load()
    assert rows(X) == EVENTS
    assert [str(dtype) for dtype in X.events.dtypes] == ["int32", "int32", "float32", "int64"]
    assert X.events["timestamp"].iloc[0] == 1125964800
    assert X.users is None


@pytest.mark.parametrize("split", ["all", "train", "qualifying"])
def test_it_keeps_what_a_dataset_promises(layout, split):
    check_dataset("netflix/prize", layout.home, split=split)


def test_probe_and_train_partition_the_ratings(layout):
    probe, train = layout.load(split="probe"), layout.load(split="train")
    assert rows(probe) == [EVENTS[position] for position in IN_PROBE]
    assert rows(train) == [event for position, event in enumerate(EVENTS) if position not in IN_PROBE]
    assert len(probe.items) == len(train.items) == 5


def test_qualifying_has_pairs_and_dates_without_ratings(layout):
    events = layout.load(split="qualifying").events
    assert events.columns.to_list() == ["user_id", "item_id", "timestamp"]
    assert events["user_id"].to_list() == [1046323, 1080030, 1830096]
    assert events["item_id"].to_list() == [1, 3, 3]
    assert pd.to_datetime(events["timestamp"].iloc[2], unit="s") == pd.Timestamp("2005-03-14")


def test_titles_keep_commas_and_accents_and_years_may_be_unknown(layout):
    items = layout.load().items
    assert items["item_id"].to_list() == [1, 2, 3, 4, 9]
    assert items["title"].to_list()[2:] == ["Roti, Kapada, Aur Makaan", "Les Misérables, Part 2", "NULL"]
    np.testing.assert_array_equal(items["year"], [2003, 2004, np.nan, 1994, 1991])


@pytest.mark.parametrize("name", ["netflix", "nf_prize_dataset", "netflix-prize", "."])
def test_the_folder_may_have_other_names_or_be_data_home_itself(kaggle, name):
    if name == ".":
        kaggle.home = kaggle.folder
    else:
        kaggle.folder.rename(kaggle.home / name)
    assert rows(kaggle.load()) == EVENTS


@pytest.mark.parametrize("layout", ["official", "tar"], indirect=True)
def test_netflix_own_archive_unpacks_to_a_folder_download(layout, tmp_path):
    moved = tmp_path / "elsewhere" / "nf_prize_dataset"
    moved.mkdir(parents=True)
    layout.folder.rename(moved / "download")
    assert rows(load_dataset("netflix/prize", moved.parent, verbose=False)) == EVENTS


@pytest.mark.parametrize("size", [1, 7, 20, 64])
def test_blocks_may_end_anywhere(kaggle, size, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", size)
    assert rows(kaggle.load()) == EVENTS


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), str.rstrip])
@pytest.mark.parametrize("size", [5, 2**22])
def test_lines_may_end_as_on_windows_and_the_last_one_not_at_all(kaggle, change, size, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", size)
    kaggle.files = {name: change(text) for name, text in kaggle.files.items()}
    kaggle.write()
    assert rows(kaggle.load()) == EVENTS
    assert len(kaggle.load(split="probe")) == 3


def test_a_wrong_split_is_refused(kaggle):
    with pytest.raises(
        InvalidParameterError, match=r"'split' parameter of netflix/prize must be one of all, .* Got 'test'"
    ):
        kaggle.load(split="test")
    with pytest.raises(InvalidParameterError, match=r"has no option 'part'"):
        kaggle.load(part="probe")


def test_with_nothing_there_the_error_says_what_to_put_where(home):
    with pytest.raises(DatasetNotFoundError) as caught:
        load_dataset("netflix/prize", home, verbose=False)
    message = str(caught.value)
    assert f"is not in {home}, and can't be downloaded" in message
    assert (
        f"into {home / 'netflix-prize-data'}: combined_data_1.txt to combined_data_4.txt and movie_titles.csv"
        in message
    )


def test_a_folder_without_ratings_is_named(kaggle):
    for path in kaggle.folder.glob("combined*"):
        path.unlink()
    with pytest.raises(
        DatasetNotFoundError, match=r"netflix-prize-data has no ratings of the Netflix Prize, and can't"
    ):
        kaggle.load()


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("combined_data_3.txt", "all"),
        ("movie_titles.csv", "all"),
        ("probe.txt", "train"),
        ("qualifying.txt", "qualifying"),
    ],
)
def test_a_missing_file_is_named(kaggle, name, split):
    (kaggle.folder / name).unlink()
    with pytest.raises(DatasetNotFoundError, match=rf"netflix-prize-data is incomplete: it has no {name}"):
        kaggle.load(split=split)


def test_ratings_that_were_cut_off_at_the_end_of_a_line_are_noticed(layout, monkeypatch):
    monkeypatch.setattr(NetflixPrize, "n_ratings", 100_480_507)
    with pytest.raises(
        DatasetCorruptError, match=r"holds 9 ratings, and the Netflix Prize was published with 100,480,507"
    ):
        layout.load()


def test_a_probe_of_pairs_without_rating_is_refused(kaggle):
    kaggle.files["probe.txt"] += "7\n"
    kaggle.write()
    with pytest.raises(DatasetCorruptError, match=r"probe.txt names 4 pairs of film and customer, and 3 of them"):
        kaggle.load(split="train")


def test_licence_is_printed_once(kaggle, capsys, monkeypatch):
    monkeypatch.setattr(NetflixPrize, "license", f"{NetflixPrize.license} ({kaggle.home})")  # not printed before
    load_dataset("netflix/prize", kaggle.home)
    load_dataset("netflix/prize", kaggle.home)
    assert capsys.readouterr().err.count("no redistribution and no commercial use without permission") == 1


def test_the_dataset_describes_itself():
    assert NetflixPrize.summary.startswith("Netflix Prize")
    assert "100,480,507 events of 480,189 users with 17,770 items" in NetflixPrize.size
    assert NetflixPrize.sha256 == {}
