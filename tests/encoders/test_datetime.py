import datetime
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.encoders import DatetimeEncoder
from skrec.exceptions import InvalidDataError

MOMENT = 946_706_400  # 2000-01-01 06:00 UTC, a Saturday


@pytest.fixture(scope="module")
def encoder():
    return DatetimeEncoder().fit([MOMENT - 86_400.0, MOMENT + 86_400.0, None])


@pytest.mark.parametrize(
    "column",
    [
        [MOMENT],
        [float(MOMENT)],
        pd.Series([MOMENT], dtype="Int64"),
        pd.to_datetime(["2000-01-01 06:00"]),
        pd.to_datetime(["2000-01-01 07:00"]).tz_localize("Europe/Paris"),
        pd.Series(pd.to_datetime(["2000-01-01 06:00"])).astype("datetime64[s]"),
        np.array(["2000-01-01T06:00"], dtype="datetime64[m]"),
        pl.Series([datetime.datetime(2000, 1, 1, 6)]),
        ["2000-01-01 06:00"],
        ["2000-01-01T06:00:00Z"],
        ["2000-01-01T01:00:00-05:00"],
        ["1 January 2000 6:00"],
        ["01/01/2000 06:00"],
        pd.Series([datetime.datetime(2000, 1, 1, 6)], dtype=object),
        pd.Series([datetime.datetime(2000, 1, 1, 6, tzinfo=datetime.UTC)], dtype=object),
        pd.Series([pd.Timestamp("2000-01-01 06:00")], dtype=object),
        pd.Series([np.datetime64("2000-01-01T06:00")], dtype=object),
        pd.Series(["2000-01-01 06:00"], dtype="category"),
    ],
    ids=lambda column: f"{type(column).__name__}-{column[0]}",
)
def test_one_moment_in_any_form_is_one_row(encoder, column):
    [row] = encoder.transform(column)
    year = 2 * np.pi * (MOMENT / 86_400 % 365.2425) / 365.2425
    # Six in the morning is a quarter of the day; Saturday six is five days and a quarter after Monday.
    week = 2 * np.pi * 5.25 / 7
    expected = [0, 0, 1, 0, np.sin(week), np.cos(week), np.sin(year), np.cos(year)]
    np.testing.assert_allclose(row, expected, atol=1e-5)


@pytest.mark.parametrize("cell", [None, np.nan, pd.NaT, "", "  "], ids=repr)
def test_a_missing_time_is_flagged_and_else_zero(encoder, cell):
    np.testing.assert_array_equal(encoder.transform(pd.Series([cell], dtype=object)), [[1, 0, 0, 0, 0, 0, 0, 0]])
    unflagged = DatetimeEncoder().fit([MOMENT])
    np.testing.assert_array_equal(unflagged.transform(pd.Series([cell], dtype=object)), np.zeros((1, 8)))


def test_midnight_is_close_to_both_sides_of_it(encoder):
    late, midnight, early, noon = encoder.transform(
        ["2000-01-01 23:00", "2000-01-02 00:00", "2000-01-02 01:00", "2000-01-02 12:00"]
    )[:, 2:4]
    assert np.linalg.norm(late - midnight) == pytest.approx(np.linalg.norm(early - midnight), rel=1e-4)
    assert np.linalg.norm(noon - midnight) == pytest.approx(2.0, rel=1e-4)


def test_the_trend_is_standardised_and_cut(encoder):
    np.testing.assert_allclose(
        encoder.transform([MOMENT, MOMENT + 86_400, MOMENT + 10**9])[:, 1], [0.0, 1.0, 10.0], atol=1e-5
    )


def test_dates_before_1970_and_mixed_cells():
    encoder = DatetimeEncoder().fit(["1895-12-28", datetime.date(1927, 2, 5), 0, None])
    assert encoder.mean_ == pytest.approx(np.mean([-2_335_824_000, -1_353_715_200, 0]), rel=1e-3)


def test_strings_in_a_format_of_their_own():
    encoder = DatetimeEncoder(format="%d-%b-%y").fit(["22-Nov-95"])
    assert encoder.mean_ == pytest.approx(817_000_000, rel=1e-3)
    with pytest.raises(InvalidDataError, match="Row 0 of the column is '1995-11-22', and the format '%d-%b-%y' is exp"):
        encoder.transform(["1995-11-22"])


@pytest.mark.parametrize("text", ["soon", "12:30", "now", "22-Nov-95", "2000-13-45", "10"])
def test_what_is_no_date_with_a_year_is_refused_naming_row_and_column(text):
    column = pd.Series(["2000-01-01", text], index=[5, 6], name="released")
    message = f"Row 1 .index 6. of column 'released' is '{text}', and a date with a year of four digits is expected"
    with pytest.raises(InvalidDataError, match=message):
        DatetimeEncoder().fit(column)


@pytest.mark.parametrize("cell", [True, [2000], {"year": 2000}], ids=repr)
def test_other_cells_are_refused(objects, cell):
    with pytest.raises(
        InvalidDataError, match="Row 0 .index 'id0'. of column 'column' is .*, and a date, a string or a"
    ):
        DatetimeEncoder().fit(objects([cell]))


def test_milliseconds_are_refused_with_advice():
    with pytest.raises(InvalidDataError, match="Row 1 .* thousands of years off. Divide by 1,000"):
        DatetimeEncoder().fit([MOMENT, MOMENT * 1000.0])


def test_each_different_string_is_read_once():
    start = time.process_time()
    DatetimeEncoder().fit(["22 November 1995"] * 200_000)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-01-02T03:04:05Z", "2020-01-02 03:04:05"),
        ("2020-01-02T03:04:05.123456789+01:00", "2020-01-02 02:04:05.123456"),
        ("2020-01-02 03:04:05+0530", "2020-01-01 21:34:05"),
        ("20200102T030405Z", "2020-01-02 03:04:05"),
        ("20200102", "2020-01-02"),
        ("2020-01", "2020-01-01"),
        ("2020", "2020-01-01"),
        ("2020-W05-2", "2020-01-28"),
        ("2020W052", "2020-01-28"),
        ("2020-W05", "2020-01-27"),
        ("2020-W05-2T06:00+01:00", "2020-01-28 05:00"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_dates_are_read_as_iso_8601_writes_them(text, moment):
    expected = np.datetime64(moment, "us").astype(np.int64) / 1e6
    assert DatetimeEncoder().fit([text]).mean_ == expected
    assert DatetimeEncoder().fit(pd.Series([text, None], dtype=pd.ArrowDtype(pa.string()))).mean_ == expected


def test_each_different_date_is_read_once():
    start = time.process_time()
    DatetimeEncoder().fit(pd.Series([datetime.date(1995, 11, 22)] * 200_000, dtype=object))
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize("cell", [np.timedelta64(3, "D"), np.complex64(1)])
def test_what_numpy_counts_among_numbers_is_no_moment(cell):
    with pytest.raises(InvalidDataError, match="a date, a string or a number of Unix seconds is expected"):
        DatetimeEncoder().fit(pd.Series([1, cell], dtype=object))
