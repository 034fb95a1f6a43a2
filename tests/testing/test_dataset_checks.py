import sys
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.datasets import find_raw_files
from skrec.exceptions import DatasetNotFoundError
from skrec.plugin import Dataset, names
from skrec.testing import check_dataset

DIGITS = "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"


def test_the_built_in_dataset_passes():
    assert names("datasets") == ["synthetic"]
    check_dataset("synthetic", n_users=30, n_items=20, n_events=200)
    check_dataset("synthetic", n_users=20, n_items=10, n_events=90, features=("image", "audio"))


class Loans(Dataset):
    """Who borrowed what, from a file of lines such as ``ann,ladder,4``."""

    summary: ClassVar[str] = "Loans among neighbours"
    homepage: ClassVar[str] = "https://example.org/loans"
    license: ClassVar[str] = "CC0-1.0"
    size: ClassVar[str] = "3 events of 2 users with 2 items; 40 bytes to download"
    sha256: ClassVar[dict[str, str]] = {"loans.csv": DIGITS}

    def load(self, data_home, *, rated=True):
        path = data_home / "loans.csv"
        if not path.is_file():
            raise DatasetNotFoundError(f"loans.csv is not in {data_home}. Put it there.")
        frame = pd.read_csv(path, names=["user_id", "item_id", "rating"])
        items = pd.DataFrame({"item_id": sorted(set(frame["item_id"])), "heavy": True})
        return Interactions(frame if rated else frame[["user_id", "item_id"]], items=items)


class Downloaded(Loans):
    """Finds its file as the plugins do that come with skrec."""

    def load(self, data_home, *, rated=True):
        files = find_raw_files(
            data_home, "loans", required=["loans.csv"], url="https://example.org/loans/loans.zip", known_hash=DIGITS
        )
        with files.open("loans.csv") as lines:
            return Interactions(pd.read_csv(lines, names=["user_id", "item_id", "rating"]))


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "loans.csv").write_text("ann,ladder,4\nann,drill,3\nbob,ladder,5\n")
    return home


def test_datasets_of_others_pass_with_files_and_without(home):
    check_dataset(Loans, home)
    check_dataset(Loans(), home, rated=False)
    check_dataset(Loans)


def test_a_dataset_that_would_download_is_offline():
    check_dataset(Downloaded)


def test_a_registered_name_is_checked(manager, home):
    from skrec import hookimpl

    class Plugin:
        @hookimpl
        def skrec_datasets(self):
            return {"loans": Loans}

    manager.register(Plugin(), "mine")
    check_dataset("loans", home)


class NoSummary(Loans):
    summary = ""


class TwoLines(Loans):
    summary = "Loans\namong neighbours"


class NoCounts(Loans):
    size = "small"


class NoHomepage(Loans):
    homepage = "somewhere"


class ShortHash(Loans):
    sha256: ClassVar[dict[str, str]] = {"loans.csv": DIGITS[:40]}


class HashOfAPath(Loans):
    sha256: ClassVar[dict[str, str]] = {"raw/loans.csv": DIGITS}


class NeedsArguments(Loans):
    def __init__(self, part):
        self.part = part


class PlainError(Loans):
    def load(self, data_home, *, rated=True):
        return Interactions(pd.read_csv(data_home / "loans.csv", names=["user_id", "item_id", "rating"]))


class NamesNoFolder(Loans):
    def load(self, data_home, *, rated=True):
        try:
            return super().load(data_home, rated=rated)
        except DatasetNotFoundError:
            raise DatasetNotFoundError("loans.csv is missing.") from None


class TakesAnything(Loans):
    def load(self, data_home, **options):
        return super().load(data_home)


class GivesAFrame(Loans):
    def load(self, data_home, *, rated=True):
        return super().load(data_home).events


class Talks(Loans):
    def load(self, data_home, *, rated=True):
        loaded = super().load(data_home)
        sys.stdout.write("loaded")
        return loaded


class Shuffles(Loans):
    def load(self, data_home, *, rated=True):
        loaded = super().load(data_home)
        return Interactions(loaded.events.assign(noise=np.random.default_rng().random(len(loaded))))


class Rewrites(Loans):
    def load(self, data_home, *, rated=True):
        loaded = super().load(data_home)
        with (data_home / "loans.csv").open("a") as file:
            file.write("eve,drill,1\n")
        return loaded


class ForeignItems(Loans):
    def load(self, data_home, *, rated=True):
        loaded = super().load(data_home)
        return Interactions(loaded.events, items=pd.DataFrame({"item_id": ["LADDER", "DRILL"]}))


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (NoSummary(), "The class attribute 'summary' must be a text that isn't empty"),
        (TwoLines(), "'summary' must be one line"),
        (NoCounts(), "'size' must give counts of events, users and items, and bytes. Got 'small'"),
        (NoHomepage(), "'homepage' must be the URL of its publisher's page. Got 'somewhere'"),
        (ShortHash(), "The hash of 'loans.csv' must be the 64 hexadecimal digits of its SHA-256"),
        (HashOfAPath(), "The keys of 'sha256' must be names of files, without a folder"),
        (NeedsArguments("train"), "NeedsArguments must be possible to make without arguments"),
        (
            PlainError(),
            "load from an empty folder without a network must raise DatasetNotFoundError. Got FileNotFoundError",
        ),
        (NamesNoFolder(), "must mention '.*skrec-check-.*It says: loans.csv is missing"),
        (TakesAnything(), r"load\(..., no_such_option=1\) must raise TypeError or SkrecError. Nothing was raised"),
        (GivesAFrame(), "load must give Interactions. Got DataFrame"),
        (Talks(), "load must print nothing. It printed 'loaded"),
        (Shuffles(), "Loading a second time must give the same events"),
        (Rewrites(), r"Loading a second time must give the same|load must leave the files in data_home as they are"),
        (ForeignItems(), "No id of the events is in the table of 'item_id'"),
        (5, "A dataset must be an object of skrec.plugin.Dataset"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_datasets_are_caught_with_a_sentence(dataset, message, home):
    with pytest.raises(AssertionError, match=message):
        check_dataset(dataset, home)


def test_a_changed_file_is_noticed(home):
    from skrec.testing.dataset_checks import Subject, check_raw_files_are_left_alone

    with pytest.raises(AssertionError, match=r"Changed or gone are: \['loans.csv'\]"):
        check_raw_files_are_left_alone(Subject(Rewrites(), home))


def test_a_class_that_needs_arguments_is_told():
    with pytest.raises(AssertionError, match="NeedsArguments must be possible to make without arguments"):
        check_dataset(NeedsArguments)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AssertionError, match="'data_home' must be a folder with the dataset's raw files"):
        check_dataset(Loans, tmp_path / "nowhere")


def test_the_network_is_there_again_afterwards():
    import socket

    before = socket.getaddrinfo, socket.socket.connect
    check_dataset(Downloaded)
    assert (socket.getaddrinfo, socket.socket.connect) == before
