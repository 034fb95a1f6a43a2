"""The conformance suite of encoders: what `fit` and `transform` promise. The layers are checked in another file."""

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrec.plugin import Encoder
from skrec.testing._encoder_layers import LAYER_CHECKS
from skrec.testing._expect import REFUSALS, brief, expect, expect_equal, expect_finite, expect_raises
from skrec.testing._suite import expect_kind, made, run_suite, without_side_effects

_N_ROWS = 24
_DTYPES = ("int32", "float32", "uint8")


@dataclass(frozen=True)
class Subject:
    """An encoder, and the column to check it with.

    Attributes
    ----------
    encoder : Encoder
    original : pandas.Series
        The column: at least four rows, without missing values.
    """

    encoder: Any
    original: "pd.Series[Any]"

    @property
    def column(self) -> "pd.Series[Any]":
        """A copy of the column, since an encoder may spoil it."""
        return self.original.copy(deep=True)

    def fitted(self) -> Any:
        """A copy that has learned the column."""
        return clone(self.encoder).fit(self.column)


def check_encoder(encoder: Any, column: Any = None) -> None:
    """Check that an encoder keeps what `skrec.plugin.Encoder` promises.

    The layers that it builds are run on this process' backend; Keras is imported for that.

    Parameters
    ----------
    encoder : Encoder, class or str
        An instance, a class that can be made without arguments, or the name that a plugin gives it.
    column : array-like of shape (n_rows,), optional
        What it encodes: at least four rows, without missing values. By default one of the columns of
        `skrec.datasets.make_interactions`: the first of texts, numbers, categories, tags, dates, vectors, images and sounds that it takes.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept; or if the encoder takes none of the default columns.
    UnknownNameError
        If no plugin provides the name.

    See Also
    --------
    check_recommender : The suite of models.

    Examples
    --------
    >>> from skrec.testing import check_encoder
    >>> check_encoder("number", [1.0, 2.5, 4.0, 8.0])
    >>> try:
    ...     check_encoder("number", ["one", "two", "three", "four"])
    ... except AssertionError as error:
    ...     print(str(error)[:91])
    NumberEncoder() fails check_fit_returns_itself_and_keeps_its_parameters: it raised InvalidD
    """
    subject = made("encoders", encoder)
    expect_kind(subject, Encoder, "An encoder")
    label = repr(subject)
    chosen = _as_series(column) if column is not None else _sample_column(subject, label)
    expect(len(chosen) >= 4, f"'column' must have at least 4 rows. Got {len(chosen)} instead.")
    run_suite((*CHECKS, *LAYER_CHECKS), Subject(subject, chosen), label)


def _as_series(column: Any) -> "pd.Series[Any]":
    if isinstance(column, pd.Series):
        return column.reset_index(drop=True)
    values = np.asarray(column) if not isinstance(column, list) else None
    if values is not None and values.ndim == 1:
        return pd.Series(values)
    boxed = np.empty(len(column), dtype=object)  # rows that are arrays themselves stay whole
    boxed[:] = list(column)
    return pd.Series(boxed).infer_objects()


def sample_columns() -> Iterator[tuple[str, "pd.Series[Any]"]]:
    """Give the kinds of columns that there are, with one of each."""
    from skrec.datasets import make_interactions

    made_up = make_interactions(_N_ROWS, _N_ROWS, 8 * _N_ROWS, random_state=0)
    items, events = made_up.items, made_up.events
    assert items is not None
    yield "texts", items["title"]
    yield "numbers", items["year"].astype(np.float64)
    yield "categories", items["studio"]
    yield "tags", items["genres"]
    yield "dates", pd.to_datetime(events["timestamp"].head(_N_ROWS), unit="s")
    vectors = np.random.default_rng(0).standard_normal((_N_ROWS, 4)).astype(np.float32)
    yield "vectors", _as_series(list(vectors))
    yield "images", items["poster"]
    yield "sounds", items["clip"]


def _sample_column(encoder: Any, label: str) -> "pd.Series[Any]":
    """Find the first kind of column that an encoder takes."""
    reasons = []
    for kind, column in sample_columns():
        try:
            encoded = np.asarray(clone(encoder).fit(column).transform(column))
        except Exception as error:
            reasons.append(f"{kind}: {type(error).__name__}: {str(error)[:100]}")
            continue
        if len(encoded) == len(column):
            return column
        reasons.append(f"{kind}: {len(encoded)} rows for {len(column)}")
    raise AssertionError(
        f"{label} takes none of the sample columns, so that there is nothing to check it with. Pass column=..., a column that it takes. "
        f"What came of the samples: {'; '.join(reasons)}"
    )


def check_constructor_only_stores_parameters(subject: Subject) -> None:
    """An encoder is a scikit-learn estimator, so that a search can set its parameters."""
    fresh = clone(subject.encoder)
    parameters = fresh.get_params(deep=False)
    expect_equal(
        sorted(vars(fresh)), sorted(parameters), "The attributes of a new encoder, its parameters and no others,"
    )
    fresh.set_params(**parameters)
    after = fresh.get_params(deep=False)
    expect(
        all(after[name] is value for name, value in parameters.items()),
        f"set_params(**get_params()) must change nothing. Got {brief(after)} from {brief(parameters)}.",
    )


def check_fit_returns_itself_and_keeps_its_parameters(subject: Subject) -> None:
    """What `fit` learns goes into attributes that end in an underscore."""
    fresh = clone(subject.encoder)
    before = fresh.get_params()
    result = fresh.fit(subject.column)
    expect(result is fresh, f"fit must return the encoder itself. Got {brief(result)} instead.")
    changed = [name for name, value in before.items() if fresh.get_params()[name] is not value]
    expect(not changed, f"fit must not change the parameters. It changed {changed}.")


def check_transform_before_fit_is_refused(subject: Subject) -> None:
    """Unless it says that it needs no `fit`, by scikit-learn's tag ``requires_fit``."""
    if subject.encoder.__sklearn_tags__().requires_fit:
        expect_raises(
            (NotFittedError,), lambda: clone(subject.encoder).transform(subject.column), "transform before fit"
        )


def check_transform_gives_numbers_one_row_each(subject: Subject) -> None:
    """Networks take int32 codes, float32 numbers or uint8 pixels."""
    encoded = subject.fitted().transform(subject.column)
    expect(isinstance(encoded, np.ndarray), f"transform must give a NumPy array. Got {type(encoded).__name__} instead.")
    expect(encoded.dtype.name in _DTYPES, f"transform must give int32, float32 or uint8. Got {encoded.dtype} instead.")
    n_rows = len(subject.column)
    expect(
        encoded.ndim >= 1 and len(encoded) == n_rows,
        f"transform must give one row for each of the {n_rows} of the column. Got shape {encoded.shape} instead.",
    )
    expect_finite(encoded, "What transform gives")


def check_fit_transform_is_fit_and_transform(subject: Subject) -> None:
    """Pipelines call the one or the other."""
    expected = subject.fitted().transform(subject.column)
    expect_equal(clone(subject.encoder).fit_transform(subject.column), expected, "What fit_transform gives")


def check_arguments_and_the_world_are_left_alone(subject: Subject) -> None:
    """The column isn't changed, nothing is printed, and no global random state drawn from."""
    column = subject.column.copy(deep=True)
    before = copy.deepcopy(column.tolist())
    with without_side_effects("An encoder"):
        clone(subject.encoder).fit(column).transform(column)
    for row, (now, then) in enumerate(zip(column.tolist(), before, strict=True)):
        expect_equal(now, then, f"Row {row} of the column, which must not be changed,")


def check_transform_is_deterministic(subject: Subject) -> None:
    """The same column gives the same numbers, the second time and from a second fit."""
    fitted = subject.fitted()
    first = fitted.transform(subject.column)
    expect_equal(fitted.transform(subject.column), first, "What transform gives the second time")
    expect_equal(subject.fitted().transform(subject.column), first, "What transform gives after fitting another copy")


def check_rows_are_encoded_one_by_one(subject: Subject) -> None:
    """A row has the same numbers alone, in a part and in the whole; so rows have one shape, whatever is asked."""
    fitted = subject.fitted()
    whole = fitted.transform(subject.column)
    for row in (0, len(subject.column) - 1):
        alone = fitted.transform(subject.column.iloc[[row]])
        expect_equal(alone, whole[[row]], f"What transform gives for row {row} alone")
    part = subject.column.iloc[::-1].iloc[:3]
    expect_equal(
        fitted.transform(part), whole[::-1][:3], "What transform gives for the last three rows, the last one first,"
    )


def check_every_form_of_a_column_is_taken(subject: Subject) -> None:
    """A list, an array of objects, and a Series with any index are the same column."""
    column = subject.column
    expected = subject.fitted().transform(column)
    boxed = np.empty(len(column), dtype=object)
    boxed[:] = column.tolist()
    forms: dict[str, Any] = {
        "a list": column.tolist(),
        "an array of objects": boxed,
        "a Series with another index": pd.Series(column.to_numpy(), index=np.arange(len(column))[::-1] + 7),
    }
    for name, form in forms.items():
        found = clone(subject.encoder).fit(form).transform(form)
        expect_equal(found, expected, f"What transform gives for {name} instead of a Series")


def check_fit_again_forgets_the_first_time(subject: Subject) -> None:
    """An encoder is fitted anew in every fold of a search."""
    half = len(subject.column) // 2
    first, second = subject.column.iloc[:half], subject.column.iloc[half:]
    expected = clone(subject.encoder).fit(second).transform(subject.column)
    found = clone(subject.encoder).fit(first).fit(second).transform(subject.column)
    expect_equal(found, expected, "What transform gives after a second fit on other rows")


def check_copies_encode_the_same(subject: Subject) -> None:
    """A fitted model is pickled with its encoders; clone gives an unfitted one."""
    fitted = subject.fitted()
    expected = fitted.transform(subject.column)
    for how, other in (("pickling", pickle.loads(pickle.dumps(fitted))), ("copy.deepcopy", copy.deepcopy(fitted))):
        expect_equal(other.transform(subject.column), expected, f"What transform gives after {how}")
    again = clone(fitted)
    expect_equal(
        sorted(vars(again)), sorted(again.get_params(deep=False)), "The attributes of a clone, which is not fitted,"
    )


def check_values_that_fit_has_not_seen_are_encoded(subject: Subject) -> None:
    """A new item has a title, and often a word, that wasn't there in `fit`."""
    half = len(subject.column) // 2
    fitted = clone(subject.encoder).fit(subject.column.iloc[:half])
    shape = fitted.transform(subject.column.iloc[:half]).shape[1:]
    _expect_encoded(
        lambda: fitted.transform(subject.column.iloc[half:]), len(subject.column) - half, shape, "values unseen in fit"
    )


def check_missing_values_are_encoded_or_refused_by_row(subject: Subject) -> None:
    """A table has gaps: None, and NaN among numbers. An error must name the row."""
    column = subject.column.astype(object)
    fitted = subject.fitted()
    shape = fitted.transform(subject.column).shape[1:]
    for missing in (None, np.nan):
        with_gap = column.copy()
        with_gap.iloc[2] = missing
        what = f"a column with {missing} in row 2"
        _expect_encoded(partial(fitted.transform, with_gap), len(column), shape, what, row=2)
        _expect_encoded(partial(_fit_and_transform, subject.encoder, with_gap), len(column), None, what, row=2)


def _fit_and_transform(encoder: Any, column: Any) -> Any:
    return clone(encoder).fit(column).transform(column)


def _expect_encoded(
    call: Callable[[], Any], n_rows: int, shape: tuple[int, ...] | None, what: str, row: int | None = None
) -> None:
    """Expect finite numbers of the shape of fit; or an error that names the row, where there is one to name."""
    try:
        encoded = np.asarray(call())
    except REFUSALS as error:
        if row is not None:
            expect(str(row) in str(error), f"An encoder that refuses {what} must name the row. Its error says: {error}")
            return
        raise
    expect(len(encoded) == n_rows, f"{what} must give {n_rows} rows. Got shape {encoded.shape} instead.")
    expect(
        shape is None or encoded.shape[1:] == shape,
        f"{what} must give rows of shape {shape}, as other columns do. Got {encoded.shape[1:]} instead.",
    )
    expect_finite(encoded, f"What transform gives for {what}")


def check_columns_without_rows_are_encoded(subject: Subject) -> None:
    """Nothing to encode gives no rows, of the right shape; nothing to learn from is learned from, or refused with a sentence."""
    fitted = subject.fitted()
    whole, none = fitted.transform(subject.column), fitted.transform(subject.column.iloc[:0])
    expect_equal(np.shape(none), (0, *whole.shape[1:]), "The shape of what transform gives for a column without rows")
    expect(
        np.asarray(none).dtype == whole.dtype,
        f"transform must give {whole.dtype} for a column without rows too. Got {np.asarray(none).dtype} instead.",
    )
    try:
        clone(subject.encoder).fit(subject.column.iloc[:0])
    except REFUSALS as error:
        expect(str(error).strip(), "fit may refuse a column without rows, with a sentence. Its error says nothing.")


CHECKS = (
    check_constructor_only_stores_parameters,
    check_fit_returns_itself_and_keeps_its_parameters,
    check_arguments_and_the_world_are_left_alone,
    check_transform_before_fit_is_refused,
    check_transform_gives_numbers_one_row_each,
    check_fit_transform_is_fit_and_transform,
    check_transform_is_deterministic,
    check_rows_are_encoded_one_by_one,
    check_every_form_of_a_column_is_taken,
    check_fit_again_forgets_the_first_time,
    check_copies_encode_the_same,
    check_values_that_fit_has_not_seen_are_encoded,
    check_missing_values_are_encoded_or_refused_by_row,
    check_columns_without_rows_are_encoded,
)
