"""What every model promises of fit, partial_fit, predict and score, shown on EASE; `skrec.testing` checks it of the others."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skrec import EASE, Interactions, ItemKNN, Popularity
from skrec.exceptions import (
    InvalidDataError,
    InvalidIdTypeError,
    NotFittedError,
    UnknownIdWarning,
)
from skrec.queries import CatalogueRanker

ROWS = [
    ("ann", "a"),
    ("ann", "b"),
    ("bob", "a"),
    ("bob", "c"),
    ("eve", "a"),
    ("eve", "b"),
    ("eve", "d"),
    ("zoe", "c"),
    ("zoe", "e"),
]
FRAME = pd.DataFrame(ROWS, columns=["user_id", "item_id"])


@pytest.fixture
def model():
    return EASE(regularization=1.0)


def state(model):
    """What a model recommends and scores, in full."""
    everything = model.recommend(k=20, exclude_seen=False).to_frame()
    columns = {name: list(everything[name]) for name in everything.columns}  # of pandas, or of Polars as the events
    return columns, model.item_counts_.tolist(), model.histories_.items.tolist()


def random_events(seed, n=300, users=25, items=15):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "user_id": rng.integers(0, users, n),
            "item_id": rng.integers(0, items, n),
            "rating": rng.integers(0, 2, n),
            "timestamp": rng.integers(0, 50, n),
            "weight": rng.choice([0.1, 0.3, 0.7, 1.0, 2.5], n),
        }
    )


class TestFit:
    def test_it_returns_itself_and_remembers_ids_in_first_seen_order(self, model):
        assert model.fit(FRAME) is model
        assert model.users_.tolist() == ["ann", "bob", "eve", "zoe"]
        assert model.items_.tolist() == list("abcde")
        assert model.item_counts_.tolist() == [3, 2, 2, 1, 1]
        assert model.n_features_in_ == 2
        assert model.feature_names_in_.tolist() == ["user_id", "item_id"]

    @pytest.mark.parametrize(
        "form",
        [FRAME, pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME), ROWS, FRAME.to_numpy(), Interactions(FRAME)],
        ids=["pandas", "polars", "pyarrow", "tuples", "array", "Interactions"],
    )
    def test_every_form_of_the_events_gives_the_same_model(self, model, form):
        assert state(clone(model).fit(form)) == state(model.fit(FRAME))

    def test_a_frame_whose_names_carry_no_meaning_is_read_by_position(self, model):
        other = FRAME.rename(columns={"user_id": "x0", "item_id": "x1"})
        assert state(clone(model).fit(other)) == state(model.fit(FRAME))

    def test_fitting_again_forgets_the_first_time(self, model):
        model.fit(random_events(0)).fit(FRAME.to_numpy())
        assert state(model) == state(clone(model).fit(FRAME))
        assert not hasattr(model, "feature_names_in_")

    def test_it_changes_neither_its_input_nor_its_parameters(self, model):
        frame, y, weights = FRAME.copy(), np.ones(9), np.ones(9)
        before = model.get_params()
        model.fit(frame, y, sample_weight=weights)
        assert frame.equals(FRAME)
        assert y.tolist() == weights.tolist() == [1] * 9
        assert model.get_params() == before

    def test_unfitted_models_say_so(self, model):
        for ask in (model.recommend, lambda: model.predict(FRAME), lambda: model.score(FRAME)):
            with pytest.raises(
                NotFittedError, match=rf"This {type(model).__name__} instance is not fitted yet. Call fit"
            ):
                ask()
        with pytest.raises(sklearn.exceptions.NotFittedError):
            check_is_fitted(model)

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (None, "Got NoneType instead"),
            ([], r"0 sample\(s\)"),
            ({"user_id": [1], "item_id": [2]}, "Got dict instead"),
            (FRAME.iloc[:0], r"0 sample\(s\)"),
            (Interactions(FRAME)[[]], "X has no events"),
            (FRAME[["user_id"]], "no column 'item_id'"),
            (FRAME.assign(item_id=None), "null ids in rows"),
            (np.array([[1.0, 2.0, np.nan]]), r"'rating' contains NaN or infinity in rows \[0\]"),
            (FRAME.assign(rating=np.nan), "'rating' contains NaN"),
        ],
        ids=["None", "no rows", "dict", "empty frame", "empty selection", "one id", "null ids", "array", "ratings"],
    )
    def test_bad_events_are_refused_and_leave_it_as_it_was(self, model, X, message):
        with pytest.raises(InvalidDataError, match=message):
            model.fit(X)
        assert vars(model) == model.get_params()
        before = state(model.fit(FRAME))
        for method in (model.fit, model.partial_fit):
            with pytest.raises(InvalidDataError, match=message):
                method(X)
        assert state(model) == before

    def test_an_error_or_interrupt_inside_leaves_it_as_it_was(self, model, monkeypatch):
        before = state(model.fit(FRAME))
        attributes = dict(vars(model))

        def interrupt(self, events):
            self.half_done_ = True
            raise KeyboardInterrupt

        monkeypatch.setattr(type(model), "_fit", interrupt)
        for method in (model.fit, model.partial_fit):
            with pytest.raises(KeyboardInterrupt):
                method([("new", "a")])
            assert vars(model) == attributes
        assert state(model) == before


class TestLabelsAndWeights:
    LABELS = (1, 0, 1, 1, 1, 1, 0, 1, 1)

    @pytest.mark.parametrize(
        "labels",
        [
            list(LABELS),
            np.array(LABELS, dtype=bool),
            pd.Series(LABELS, index=range(9, 18)),
            pd.array(LABELS, dtype="Int64"),
            pl.Series(LABELS),
        ],
        ids=["list", "bool", "series", "Int64", "polars"],
    )
    def test_zeros_are_no_positives_but_seen(self, model, labels):
        model.fit(FRAME, labels)
        assert model.item_counts_.tolist() == [3, 1, 2, 0, 1]
        assert "b" not in model.recommend(["ann"]).items[0]
        liked = FRAME[np.array(self.LABELS) == 1]
        np.testing.assert_allclose(
            model.predict([("zoe", "a"), ("ann", "c")]), clone(model).fit(liked).predict([("zoe", "a"), ("ann", "c")])
        )

    def test_a_user_with_negatives_only_gets_the_popular_items_but_those(self, model):
        rows = [(1, "d"), (1, "c"), (2, "b"), (3, "b"), (2, "a"), (3, "a"), (4, "a"), (5, "d"), (5, "a")]
        model.fit(rows, [1, 1, 1, 1, 1, 1, 1, 0, 0])
        assert model.recommend([5]).items[0, :2].tolist() == ["b", "c"]
        assert model.predict([(5, "a"), (5, "b")]).tolist() == model.predict([(99, "a"), (99, "b")]).tolist()

    def test_labels_given_win_over_the_rating_column(self, model):
        with_both = clone(model).fit(FRAME.assign(rating=[0, 1] + [5] * 7), self.LABELS)
        assert state(with_both) == state(model.fit(FRAME, self.LABELS))

    def test_other_ratings_are_all_positives(self, model):
        assert state(clone(model).fit(FRAME.assign(rating=[0, 1, 2, 3, 4, 5, 0, 1, 2]))) == state(model.fit(FRAME))

    def test_all_zeros_fit_and_recommend_what_is_unseen(self, model):
        model.fit(FRAME, [0] * 9)
        assert model.item_counts_.tolist() == [0.0] * 5
        assert model.recommend(["zoe"]).items[0].tolist()[:3] == ["a", "b", "d"]

    @pytest.mark.parametrize(
        ("y", "message"),
        [
            ([1, 2], "y has 2 entries, and X has 9 events. Pass one label per event"),
            ([1, np.nan] + [1] * 7, r"Input y contains NaN or infinity in rows \[1\]"),
            ([1, None] + [1] * 7, r"Input y contains NaN or infinity in rows \[1\]"),
            ([np.inf] * 9, r"NaN or infinity in rows \[0, 1, 2, 3, 4\]"),
            (list("abcdefghi"), "y must hold numbers"),
        ],
    )
    def test_bad_labels(self, model, y, message):
        with pytest.raises(InvalidDataError, match=message):
            model.fit(FRAME, y)
        with pytest.raises(InvalidDataError, match=message):
            model.fit(FRAME).score(FRAME, y)

    def test_a_weight_of_2_is_the_event_twice(self, model):
        twice = pd.concat([FRAME, FRAME.iloc[[0, 3]]])
        weights = [2, 1, 1, 2, 1, 1, 1, 1, 1]
        expected = clone(model).fit(twice).predict(FRAME)
        np.testing.assert_allclose(clone(model).fit(FRAME, sample_weight=weights).predict(FRAME), expected)
        np.testing.assert_allclose(clone(model).fit(FRAME.assign(weight=weights)).predict(FRAME), expected)

    def test_the_weight_column_and_sample_weight_are_multiplied(self, model):
        one = clone(model).fit(FRAME.assign(weight=[2] * 9), sample_weight=[0.25] * 8 + [3]).item_counts_
        assert one.tolist() == [1.5, 1, 1, 0.5, 6]

    def test_events_of_weight_0_are_not_there(self, model):
        weights = [1, 0, 1, 1, 1, 1, 1, 0, 0]
        expected = state(clone(model).fit(FRAME[np.array(weights) > 0]))
        assert state(clone(model).fit(FRAME, sample_weight=weights)) == expected
        assert state(clone(model).fit(FRAME.assign(weight=weights))) == expected
        assert "zoe" not in clone(model).fit(FRAME, sample_weight=weights).users_

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([-1] * 9, "Negative values in data passed to `sample_weight`"),
            ([1], r"sample_weight has 1 entries, and X has 9 events. Pass one weight per event; behind a step"),
            ([0] * 9, "at least one non-zero"),
            ([np.nan] * 9, "sample_weight contains NaN"),
            (np.full(9, np.datetime64("NaT")), r"sample_weight must hold numbers, .*Got datetime64"),
            ([pd.NaT] * 9, "sample_weight must hold numbers"),
            (["a"] * 9, "sample_weight must hold numbers"),
            (np.ones((9, 2)), r"shape \(9,\). Got shape \(9, 2\)"),
            (scipy.sparse.csr_array(np.ones((9, 1))), "sample_weight is sparse"),
        ],
    )
    def test_bad_weights(self, model, weights, message):
        with pytest.raises(ValueError, match=message):
            model.fit(FRAME, sample_weight=weights)
        assert vars(model) == model.get_params()

    def test_weights_that_cancel_out(self, model):
        weights = [1] * 4 + [0] * 5
        with pytest.raises(InvalidDataError, match="All weights are zero.*Give some event a weight > 0"):
            model.fit(FRAME.assign(weight=weights), sample_weight=[1 - weight for weight in weights])

    def test_metadata_routing(self, model):
        with sklearn.config_context(enable_metadata_routing=True):
            routed = clone(model).set_fit_request(sample_weight=True).set_partial_fit_request(sample_weight=True)
            routed.fit(FRAME, sample_weight=[2] * 9)
        assert routed.item_counts_.tolist() == [6, 4, 4, 2, 2]


class TestPartialFit:
    def test_on_an_unfitted_model_it_is_fit(self, model):
        assert state(clone(model).partial_fit(FRAME)) == state(model.fit(FRAME))

    @pytest.mark.parametrize("model", [Popularity(), ItemKNN(shrinkage=1.0), EASE(1.0)], ids=lambda m: type(m).__name__)
    def test_two_halves_equal_the_whole_to_the_last_bit(self, model):
        events = random_events(0)
        whole = state(clone(model).fit(events))
        for cuts in ([150], [1], [299], [100, 200]):
            parts = [events.iloc[part] for part in np.split(np.arange(300), cuts)]
            grown = clone(model)
            for part in parts:
                assert grown.partial_fit(part) is grown
            assert state(grown) == whole

    def test_labels_and_sample_weights_are_kept(self, model):
        labels, weights = TestLabelsAndWeights.LABELS, np.linspace(0.1, 2, 9)
        grown = clone(model).fit(FRAME[:4], labels[:4], weights[:4]).partial_fit(FRAME[4:], labels[4:], weights[4:])
        assert state(grown) == state(model.fit(FRAME, labels, weights))

    def test_whether_zeros_are_negatives_depends_on_all_labels(self, model):
        labels = [0, 1, 0, 1, 5, 4, 3, 2, 1]
        grown = clone(model).fit(FRAME[:4], labels[:4])
        assert grown.item_counts_.tolist() == [0, 1, 1]
        assert state(grown.partial_fit(FRAME[4:], labels[4:])) == state(model.fit(FRAME, labels))

    def test_labels_of_0_and_1_in_a_batch_are_low_ratings_where_those_of_fit_were_ratings(self, model):
        ratings = [0, 1, 2, 3, 4, 0, 1, 2, 3]
        low, middling = (clone(model).fit(FRAME, ratings).partial_fit(FRAME[:2], [y, y]) for y in (0.0, 2.0))
        assert state(low) == state(middling)

    def test_ratings_are_remembered_through_a_batch_without_any(self, model):
        grown = clone(model).fit(FRAME, [0, 1, 2, 3, 4, 0, 1, 2, 3]).partial_fit(FRAME[:2])
        assert state(grown.partial_fit(FRAME[2:4], [0, 0])) == state(model.fit(pd.concat([FRAME, FRAME[:4]])))

    def test_new_users_and_items_follow_the_known_ones(self, model):
        model.fit(FRAME).partial_fit([("new", "z"), ("ann", "z")])
        assert model.users_.tolist() == ["ann", "bob", "eve", "zoe", "new"]
        assert model.items_.tolist() == [*"abcde", "z"]
        assert "z" in model.recommend(["bob"]).items[0]

    @pytest.mark.parametrize(
        ("X", "error", "message"),
        [
            ([(1, "a")], InvalidIdTypeError, "new user ids are of kind int, and those of fit of kind str"),
            ([("ann", 1)], InvalidIdTypeError, "new item ids are of kind int"),
            (FRAME.assign(device="tv"), InvalidDataError, r"missing \[\], unexpected \['device'\]"),
            (
                FRAME.assign(timestamp=1),
                InvalidDataError,
                "new events have numbers as timestamps, and those of fit have nothing",
            ),
        ],
    )
    def test_a_failing_one_leaves_it_as_it_was(self, model, X, error, message):
        before = state(model.fit(FRAME))
        with pytest.raises(error, match=message):
            model.partial_fit(X)
        assert state(model) == before
        assert model.users_.tolist() == ["ann", "bob", "eve", "zoe"]

    def test_datetimes_of_any_resolution_are_put_in_order(self, model):
        times = pd.to_datetime(["2020-01-03", "2020-01-01"])
        model.fit(pd.DataFrame({"user_id": [1, 1], "item_id": [30, 10], "timestamp": times.as_unit("ns")}))
        later = pd.DataFrame(
            {"user_id": [1], "item_id": [20], "timestamp": pd.to_datetime(["2020-01-02"]).as_unit("s")}
        )
        model.partial_fit(later)
        assert model.items_[model.histories_.row(0)].tolist() == [10, 20, 30]


class TestPredict:
    def test_it_gives_the_scores_of_recommend(self, model):
        model.fit(FRAME)
        listed = model.recommend(["ann", "zoe", "cold"], k=5, exclude_seen=False).to_frame()
        np.testing.assert_array_equal(model.predict(listed[["user_id", "item_id"]]), listed["score"])
        assert model.predict(FRAME).dtype == np.float32

    def test_it_never_raises_for_unknown_ids(self, model):
        scores = model.fit(FRAME).predict([("ann", "zzz"), ("cold", "a"), ("cold", "zzz")])
        assert np.isfinite(scores).all()
        assert scores[0] == scores[2] == 0
        assert scores[1] == model.recommend(["cold"], k=1).scores[0, 0]

    def test_ids_of_another_kind_warn_and_are_unknown(self, model):
        model.fit(FRAME)
        with pytest.warns(UnknownIdWarning, match="All (user|item) ids are unknown: they are of kind int"):
            assert model.predict([(1, 2)]).tolist() == [0]

    @pytest.mark.parametrize(
        "change",
        [
            lambda frame: frame.drop(columns=["rating", "timestamp", "weight"]),
            lambda frame: frame[frame.columns[::-1]],
            lambda frame: Interactions(frame),
            lambda frame: frame[["user_id", "item_id"]].to_numpy(),
            lambda frame: pl.from_pandas(frame),
        ],
        ids=["fewer columns", "another order", "Interactions", "array of pairs", "polars"],
    )
    def test_it_needs_the_ids_only(self, model, change):
        events = random_events(0)
        model.fit(events)
        np.testing.assert_array_equal(model.predict(change(events)), model.predict(events))

    @pytest.mark.parametrize(
        ("fitted", "asked", "message"),
        [
            (FRAME, FRAME.assign(device="tv"), r"missing \[\], unexpected \['device'\]"),
            (FRAME.assign(device="tv"), FRAME, r"missing \['device'\], unexpected \[\].*Pass the columns of fit"),
            (FRAME, FRAME.rename(columns={"item_id": "film"}), "no column 'item_id'"),
            (FRAME.assign(device="tv"), FRAME.to_numpy(), r"missing \['device'\]"),
            (FRAME.to_numpy(), FRAME.to_numpy()[:, :1], "X has 1 features, but .* is expecting 2 features as input"),
            (FRAME, FRAME.iloc[:0], r"0 sample\(s\)"),
        ],
    )
    def test_other_columns_than_in_fit(self, model, fitted, asked, message):
        model.fit(fitted)
        with pytest.raises(ValueError, match=message):
            model.predict(asked)

    def test_one_row_is_scored_as_in_a_batch(self, model):
        events = random_events(1)
        whole = model.fit(events).predict(events)
        assert [model.predict(events.iloc[[row]])[0] for row in range(20)] == whole[:20].tolist()

    def test_blocks_change_nothing(self, model, monkeypatch):
        events = random_events(2)
        whole = model.fit(events).predict(events)
        monkeypatch.setattr(CatalogueRanker, "block_size", 3)
        np.testing.assert_array_equal(model.predict(events), whole)
