"""The conformance suite of datasets."""

import contextlib
import hashlib
import re
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import ITEM, RATING, TIMESTAMP, USER, Interactions
from skrec.exceptions import DatasetNotFoundError, SkrecError
from skrec.plugin import Dataset
from skrec.testing._expect import brief, expect, expect_finite, expect_raises
from skrec.testing._suite import expect_kind, made, run_suite, without_side_effects

_WRONG_OPTION = "no_such_option"
_HASHED_BYTES = 2**26


@dataclass
class Subject:
    """A dataset, and the files to check it with.

    Attributes
    ----------
    dataset : Dataset
    data_home : pathlib.Path or None
        Folder with its raw files.
    options : dict of str to object
    """

    dataset: Any
    data_home: Path | None
    options: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def generated(self) -> bool:
        """Whether it loads without any file: it then has no hash, and gives interactions where there is nothing."""
        if self.dataset.sha256:
            return False
        with _empty_folder() as folder:
            try:
                self.dataset.load(folder, **self.options)
            except DatasetNotFoundError:
                return False
        return True

    @contextlib.contextmanager
    def home(self) -> Iterator[Path | None]:
        """Give the folder to load from; None where there are no files to load."""
        if self.data_home is not None:
            yield self.data_home
        elif self.generated:
            with _empty_folder() as folder:
                yield folder
        else:
            yield None


def check_dataset(dataset: Any, data_home: Any = None, **options: Any) -> None:
    """Check that a dataset keeps what `skrec.plugin.Dataset` promises.

    Nothing is downloaded: while the suite runs there is no network.

    Parameters
    ----------
    dataset : Dataset, class or str
        An instance, a class that can be made without arguments, or the name that a plugin gives it.
    data_home : path-like, optional
        Folder with its raw files, for example small ones that a test has written in its format. Without it a dataset that needs
        files is checked for what it says of itself and of missing files, and isn't loaded.
    **options
        Passed on to `load`.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    UnknownNameError
        If no plugin provides the name.

    Examples
    --------
    >>> from skrec.testing import check_dataset
    >>> check_dataset("synthetic", n_users=30, n_items=20, n_events=200)
    """
    subject = made("datasets", dataset)
    expect_kind(subject, Dataset, "A dataset")
    home = None if data_home is None else Path(data_home)
    expect(
        home is None or home.is_dir(), f"'data_home' must be a folder with the dataset's raw files. Got {home} instead."
    )
    run_suite(CHECKS, Subject(subject, home, options), type(subject).__name__)


@contextlib.contextmanager
def _empty_folder() -> Iterator[Path]:
    """Give an empty folder, without a network to fill it from."""
    with tempfile.TemporaryDirectory(prefix="skrec-check-") as folder, _no_network():
        yield Path(folder)


@contextlib.contextmanager
def _no_network() -> Iterator[None]:
    """Let every attempt to connect fail at once."""

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise OSError("there is no network while a dataset is checked")

    before = socket.getaddrinfo, socket.socket.connect
    socket.getaddrinfo, socket.socket.connect = refuse, refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.getaddrinfo, socket.socket.connect = before  # type: ignore[method-assign]


def check_it_can_be_made_without_arguments(subject: Subject) -> None:
    """A name stands for a class, which is made without arguments."""
    kind = type(subject.dataset)
    try:
        kind()
    except Exception as error:
        raise AssertionError(
            f"{kind.__name__} must be possible to make without arguments, which raised {type(error).__name__}: {error}"
        ) from error


def check_it_says_what_it_is(subject: Subject) -> None:
    """`summary`, `license` and `size` are class attributes that ``skrec datasets`` lists."""
    kind = type(subject.dataset)
    for name in ("summary", "license", "size"):
        text = getattr(kind, name, None)
        expect(
            isinstance(text, str) and text.strip(),
            f"The class attribute {name!r} must be a text that isn't empty. Got {text!r} instead.",
        )
    expect("\n" not in kind.summary, f"'summary' must be one line. Got {kind.summary!r} instead.")
    expect(
        re.search(r"\d", kind.size),
        f"'size' must give counts of events, users and items, and bytes. Got {kind.size!r} instead.",
    )
    expect(
        isinstance(kind.homepage, str) and (re.fullmatch(r"https?://\S+\.\S+", kind.homepage) or subject.generated),
        f"'homepage' must be the URL of its publisher's page. Got {kind.homepage!r} instead.",
    )


def check_hashes_are_sha256(subject: Subject) -> None:
    """A download is checked against its hash."""
    hashes = type(subject.dataset).sha256
    expect(isinstance(hashes, Mapping), f"'sha256' must map file names to hashes. Got {brief(hashes)} instead.")
    for name, digits in hashes.items():
        expect(
            isinstance(name, str) and name.strip() and Path(name).name == name,
            f"The keys of 'sha256' must be names of files, without a folder. Got {name!r}.",
        )
        expect(
            isinstance(digits, str) and re.fullmatch(r"[0-9a-f]{64}", digits),
            f"The hash of {name!r} must be the 64 hexadecimal digits of its SHA-256, in lower case. Got {digits!r} instead.",
        )


def check_missing_files_are_named(subject: Subject) -> None:
    """Offline, with nothing there: the error says what to put where."""
    if subject.generated:
        return
    with _empty_folder() as folder:
        expect_raises(
            (DatasetNotFoundError,),
            lambda: subject.dataset.load(folder, **subject.options),
            "load from an empty folder without a network",
            mentions=str(folder),
        )


def check_unknown_options_are_refused(subject: Subject) -> None:
    """A misspelt option is an error that names it, and not passed over; so is it before files are looked for."""
    with _empty_folder() as folder:
        expect_raises(
            (TypeError, SkrecError),
            lambda: subject.dataset.load(subject.data_home or folder, **subject.options, **{_WRONG_OPTION: 1}),
            f"load(..., {_WRONG_OPTION}=1)",
            mentions=_WRONG_OPTION,
        )


def check_load_gives_interactions(subject: Subject) -> None:
    """`Interactions` with events, and nothing printed."""
    with subject.home() as home:
        if home is None:
            return
        with without_side_effects("load"):
            loaded = subject.dataset.load(home, **subject.options)
        expect(isinstance(loaded, Interactions), f"load must give Interactions. Got {type(loaded).__name__} instead.")
        expect(len(loaded) > 0, "load must give events. It gave none.")
        for name, column in ((USER, loaded.events[USER]), (ITEM, loaded.events[ITEM])):
            kinds = sorted({type(value).__name__ for value in column.tolist()})
            expect(kinds in (["int"], ["str"]), f"Ids in {name!r} must be all ints or all strs. Got {kinds} instead.")


def check_ratings_and_times_are_numbers(subject: Subject) -> None:
    """Where there are ratings and timestamps, models do arithmetic with them."""
    with subject.home() as home:
        if home is None:
            return
        events = subject.dataset.load(home, **subject.options).events
        if RATING in events:
            expect_finite(events[RATING].to_numpy(), "The column 'rating'")
        if TIMESTAMP in events:
            times = events[TIMESTAMP]
            dates = pd.api.types.is_datetime64_any_dtype(times)
            expect(
                dates or pd.api.types.is_numeric_dtype(times),
                f"The column 'timestamp' must be numbers or datetimes. Got dtype {times.dtype} instead.",
            )
            expect(not times.isna().any(), "The column 'timestamp' must have no gaps. It has.")
            expect(
                dates or np.isfinite(times.to_numpy(dtype=np.float64)).all(),
                "The column 'timestamp' must be finite. It isn't.",
            )


def check_tables_have_each_id_once(subject: Subject) -> None:
    """Features are looked up by id."""
    with subject.home() as home:
        if home is None:
            return
        loaded = subject.dataset.load(home, **subject.options)
        for name, table, ids in ((USER, loaded.users, loaded.events[USER]), (ITEM, loaded.items, loaded.events[ITEM])):
            if table is None:
                continue
            twice = table[name][table[name].duplicated()].tolist()
            expect(
                not twice, f"Each id may be in a table once. The column {name!r} holds {brief(twice)} more than once."
            )
            known = ids.isin(table[name]).any()
            expect(
                known,
                f"No id of the events is in the table of {name!r}: its ids seem to be others, or of another type.",
            )


def check_loading_twice_gives_the_same(subject: Subject) -> None:
    """Nothing about a dataset is left to chance, the order of its rows included."""
    with subject.home() as home:
        if home is None:
            return
        first, second = (subject.dataset.load(home, **subject.options) for _ in range(2))
        fresh = type(subject.dataset)().load(home, **subject.options)
        for other, how in ((second, "a second time"), (fresh, "by another object")):
            for name in ("events", "users", "items"):
                one, two = getattr(first, name), getattr(other, name)
                expect(
                    (one is None) == (two is None) and (one is None or _equal_frames(one, two)),
                    f"Loading {how} must give the same {name}. It gives others.",
                )


def _equal_frames(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Compare frames whose cells may be arrays."""
    if list(one.columns) != list(other.columns) or len(one) != len(other) or list(one.dtypes) != list(other.dtypes):
        return False
    for name in one.columns:
        if one[name].equals(other[name]):
            continue
        for left, right in zip(one[name], other[name], strict=True):
            if not (isinstance(left, np.ndarray) and np.array_equal(left, right)) and not _same(left, right):
                return False
    return True


def _same(left: Any, right: Any) -> bool:
    return left is right or bool(np.all(left == right)) or (left != left and right != right)


def check_raw_files_are_left_alone(subject: Subject) -> None:
    """The publisher's files are the user's: `load` reads them, and may add others."""
    if subject.data_home is None:
        return
    before = _snapshot(subject.data_home)
    subject.dataset.load(subject.data_home, **subject.options)
    after = _snapshot(subject.data_home)
    changed = [name for name, state in before.items() if after.get(name) != state]
    expect(not changed, f"load must leave the files in data_home as they are. Changed or gone are: {brief(changed)}.")


def _snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """Sizes and hashes of all files; of a large one the hash of its beginning."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = (
                    path.stat().st_size,
                    hashlib.sha256(file.read(_HASHED_BYTES)).hexdigest(),
                )
    return found


CHECKS = (
    check_it_can_be_made_without_arguments,
    check_it_says_what_it_is,
    check_hashes_are_sha256,
    check_missing_files_are_named,
    check_unknown_options_are_refused,
    check_load_gives_interactions,
    check_ratings_and_times_are_numbers,
    check_tables_have_each_id_once,
    check_loading_twice_gives_the_same,
    check_raw_files_are_left_alone,
)
