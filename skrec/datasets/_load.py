"""Load a dataset by its name."""

import difflib
import inspect
import os
import sys
from typing import Any

from skrec.data import Interactions
from skrec.datasets._folders import resolve_home
from skrec.datasets._progress import progress_shown
from skrec.exceptions import InvalidParameterError, PluginError
from skrec.plugin import Dataset, lookup

PERMISSIVE = frozenset(
    {
        "",
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-4.0",
        "CC0-1.0",
        "MIT",
        "ODC-By-1.0",
        "PDDL-1.0",
        "Unlicense",
    }
)
"""SPDX identifiers of licences that forbid nothing one could do with a recommender."""

_printed: set[str] = set()


def load_dataset(
    name: str, data_home: "str | os.PathLike[str] | None" = None, *, verbose: bool = True, **options: Any
) -> Interactions:
    """Load a dataset by its name.

    Parameters
    ----------
    name : str
        As listed by ``skrec datasets``, for example ``"synthetic"``, or, with its plugin, ``"movielens/100k"``;
        ``"distribution:name"`` picks one of several providers.
    data_home : path-like, optional
        Folder that holds the publisher's raw files, unpacked or not, and takes downloads. By default the environment
        variable ``SKREC_DATA_HOME``, else the user's cache folder.
    verbose : bool, default=True
        Show a progress bar while something is downloaded; and print the dataset's licence, once a process, unless it is
        one that forbids nothing. Both go to standard error.
    **options
        What the dataset's own documentation says, for example ``split="ua", part="train"``.

    Returns
    -------
    Interactions

    Raises
    ------
    UnknownNameError
        If no plugin provides the name; near misses are suggested.
    DatasetNotFoundError
        If the raw files are neither on disk nor to be downloaded: the message says what to put where.
    DatasetCorruptError
        If a file is damaged, or a download hasn't the expected hash.
    InvalidParameterError
        If the dataset hasn't such an option, or it can't have that value.

    Examples
    --------
    >>> from skrec.datasets import load_dataset
    >>> load_dataset("synthetic", n_users=50, n_items=40, n_events=500).shape
    (500, 4)
    """
    home = resolve_home(data_home)
    kind = lookup("datasets", name)
    if not (isinstance(kind, type) and issubclass(kind, Dataset)):
        raise PluginError(f"Dataset {name!r} must be a subclass of skrec.plugin.Dataset, and is {kind!r}.")
    dataset = kind()
    _check_options(name, dataset, options)
    with progress_shown(verbose):
        loaded = dataset.load(home, **options)
    if not isinstance(loaded, Interactions):
        raise PluginError(f"Dataset {name!r} must load an Interactions, and loaded a {type(loaded).__name__}.")
    if verbose:
        _print_license(name, dataset)
    return loaded


def _check_options(name: str, dataset: Dataset, options: dict[str, Any]) -> None:
    """Refuse an option that the dataset's `load` doesn't take, before anything is downloaded."""
    parameters = list(inspect.signature(dataset.load).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = [parameter.name for parameter in parameters]
    for option in options:
        if option not in known:
            close = difflib.get_close_matches(option, known, n=1)
            guess = f"Did you mean {close[0]!r}? " if close else ""
            raise InvalidParameterError(
                f"Dataset {name!r} has no option {option!r}. {guess}It has: {', '.join(known) or 'none'}."
            )


def _print_license(name: str, dataset: Dataset) -> None:
    if dataset.license not in PERMISSIVE | _printed:
        _printed.add(dataset.license)
        sys.stderr.write(f"Licence of {name}: {dataset.license} See {dataset.homepage}\n")
