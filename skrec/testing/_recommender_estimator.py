"""Checks of recommenders as scikit-learn's estimators: parameters, copies, refits, errors, side effects."""

import copy
import inspect
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrec.exceptions import SkrecError
from skrec.models import KerasRecommender
from skrec.testing._expect import REFUSALS, brief, expect, expect_close, expect_equal, expect_finite, expect_raises
from skrec.testing._recommender_bench import (
    COLD,
    ITEMS,
    USERS,
    Bench,
    all_pairs,
    expect_same_answer,
    make_events,
    predictions,
)
from skrec.testing._suite import without_side_effects


class _Nonsense:
    """A value that no parameter can have."""

    def __repr__(self) -> str:
        return "nonsense"


def check_constructor_only_stores_parameters(bench: Bench) -> None:
    """Whatever is computed is computed in `fit`: `clone` and searches set parameters afterwards."""
    fresh = clone(bench.estimator)
    expect_equal(
        sorted(vars(fresh)),
        sorted(fresh.get_params(deep=False)),
        "The attributes of a new estimator, its parameters and no others,",
    )


def check_parameters_are_named_and_have_defaults(bench: Bench) -> None:
    """No ``*args`` and no ``**kwargs``: a name stands for a class that is made without arguments."""
    constructor = type(bench.estimator).__init__
    for parameter in list(inspect.signature(constructor).parameters.values())[1:]:
        if constructor is object.__init__:
            break
        expect(
            parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD},
            f"The constructor may take no *args and **kwargs. It takes {parameter}.",
        )
        expect(parameter.default is not parameter.empty, f"The parameter {parameter.name!r} must have a default.")


def check_get_params_and_set_params_round_trip(bench: Bench) -> None:
    """What is set is what is got, and is what the copy has."""
    fresh = clone(bench.estimator)
    parameters = fresh.get_params(deep=False)
    fresh.set_params(**parameters)
    after = fresh.get_params(deep=False)
    changed = [name for name, value in parameters.items() if after[name] is not value]
    expect(not changed, f"set_params(**get_params()) must change nothing. It changed {changed}.")


def check_unfitted_says_so(bench: Bench) -> None:
    """Everything but `fit` and `partial_fit` needs a fitted estimator."""
    fresh = bench.fresh()
    calls: dict[str, Callable[[], Any]] = {
        "predict": partial(fresh.predict, all_pairs()),
        "recommend": fresh.recommend,
        "score": partial(fresh.score, all_pairs()),
    }
    if hasattr(fresh, "similar_items"):
        calls["similar_items"] = partial(fresh.similar_items, [ITEMS[0]])
    for name, call in calls.items():
        expect_raises((NotFittedError,), call, f"{name} before fit")


def check_fit_returns_itself_and_keeps_its_parameters(bench: Bench) -> None:
    """What is learned goes into attributes that end in an underscore."""
    fresh = bench.fresh()
    before = fresh.get_params()
    result = fresh.fit(make_events())
    expect(result is fresh, f"fit must return the estimator itself. Got {brief(result)} instead.")
    changed = [name for name, value in before.items() if fresh.get_params()[name] is not value]
    expect(not changed, f"fit must not change the parameters. It changed {changed}.")


def check_fit_remembers_ids_and_columns(bench: Bench) -> None:
    """``users_`` and ``items_`` are in first-seen order: the catalogue, and the order of ties."""
    model = bench.fitted
    expect_equal(model.users_, USERS, "users_, the ids of fit in first-seen order,")
    expect_equal(model.items_, ITEMS, "items_, the ids of fit in first-seen order,")
    expect_equal(model.n_features_in_, 4, "n_features_in_, the number of columns in fit,")
    expect_equal(model.feature_names_in_, list(make_events().columns), "feature_names_in_, the columns' names in fit,")


def check_neural_models_tell_how_they_were_trained(bench: Bench) -> None:
    """Of a `KerasRecommender`: ``history_`` by epoch, ``n_iter_``, ``backend_`` and ``device_``."""
    model = bench.fitted
    if not isinstance(model, KerasRecommender):
        return
    expect("random_state" in model.get_params(), "A neural model must have a parameter 'random_state'. It has none.")
    for name, values in model.history_.items():
        expect_equal(len(values), model.n_iter_, f"The number of values in history_[{name!r}], one an epoch,")
        expect_finite(values, f"history_[{name!r}]")
    expect("loss" in model.history_, f"history_ must have the loss of each epoch. It has {sorted(model.history_)}.")
    for name in ("backend_", "device_"):
        expect(isinstance(getattr(model, name), str), f"{name} must be a text. Got {getattr(model, name)!r} instead.")


def check_arguments_are_left_alone(bench: Bench) -> None:
    """Frames and arrays belong to the caller."""
    frame, labels, weights = make_events(), np.arange(len(make_events())) % 5 + 1.0, np.ones(len(make_events()))
    model = bench.fresh().fit(frame, labels, sample_weight=weights)
    pairs = all_pairs()
    model.predict(pairs)
    model.score(pairs)
    for name, now, then in (("X", frame, make_events()), ("X of predict", pairs, all_pairs())):
        expect(now.equals(then), f"{name} must be left as it is. It was changed.")
    expect_equal(labels, np.arange(len(frame)) % 5 + 1.0, "y, which fit must not change,")
    expect_equal(weights, np.ones(len(frame)), "sample_weight, which fit must not change,")


def check_nothing_else_is_touched(bench: Bench) -> None:
    """Nothing is printed without being asked for, and no global random state is drawn from."""
    bench.fitted  # noqa: B018 - a framework may have things to say when it starts, which are not the model's
    with without_side_effects("A recommender"):
        model = bench.fresh().fit(make_events())
        model.recommend([USERS[0], COLD])
        model.predict(all_pairs())


def check_the_same_random_state_gives_the_same_numbers(bench: Bench) -> None:
    """Two fits differ in nothing; a model that draws needs a parameter ``random_state`` for that."""
    known = "random_state" in bench.fresh().get_params()
    seed: dict[str, Any] = {"random_state": 3} if known else {}
    one, other = (predictions(bench.fresh().set_params(**seed).fit(make_events())) for _ in range(2))
    remedy = "with the same random_state" if known else "by a model without a parameter 'random_state'"
    expect_close(one, other, f"The scores of the same events learned twice {remedy}")


def check_fit_again_forgets_the_first_time(bench: Bench) -> None:
    """The second fit is a first one, on other events with other columns too."""
    frame = make_events()
    first = frame.assign(user_id=frame["user_id"] + 1000, item_id=-frame["item_id"]).drop(columns="timestamp")
    seeded = {"random_state": 3} if "random_state" in bench.fresh().get_params() else {}
    model = bench.fresh().set_params(**seeded)
    model.fit(first).fit(make_events())
    expected = bench.fresh().set_params(**seeded).fit(make_events())
    expect_equal(model.items_, expected.items_, "items_ after a second fit")
    expect_close(predictions(model), predictions(expected), "The scores after a second fit")
    expect_same_answer(model.recommend(), expected.recommend(), "recommend after a second fit")


def check_clone_is_unfitted(bench: Bench) -> None:
    """A copy by scikit-learn's `clone` has the parameters, and nothing that was learned."""
    copied = clone(bench.fitted)
    expect_equal(
        sorted(vars(copied)),
        sorted(copied.get_params(deep=False)),
        "The attributes of a clone, its parameters and no others,",
    )
    expect_raises((NotFittedError,), copied.recommend, "recommend of a clone, which is not fitted,")


def check_copies_recommend_the_same(bench: Bench) -> None:
    """By pickle and by `copy.deepcopy`, as joblib and searches make them."""
    model = bench.fitted
    for how, other in (("pickling", pickle.loads(pickle.dumps(model))), ("copy.deepcopy", copy.deepcopy(model))):
        expect_close(predictions(other), predictions(model), f"The scores after {how}")
        expect_same_answer(other.recommend(), model.recommend(), f"recommend after {how}")


_BAD_EVENTS: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "no rows": lambda: make_events().iloc[:0],
    "no column item_id": lambda: make_events()[["user_id", "rating"]],
    "an id that is missing": lambda: make_events().assign(
        item_id=lambda frame: frame["item_id"].where(frame.index > 0)
    ),
    "ids of mixed kinds": lambda: make_events().assign(user_id=["ann", *make_events()["user_id"][1:]]),
    "a rating that is NaN": lambda: make_events().assign(rating=np.nan),
}


def check_events_that_cannot_be_used_are_refused(bench: Bench) -> None:
    """With a sentence, and the estimator stays unfitted, or as it was fitted."""
    fresh = bench.fresh()
    fitted = bench.fresh().fit(make_events())
    before = predictions(fitted)
    for what, make in _BAD_EVENTS.items():
        expect_raises(REFUSALS, partial(fresh.fit, make()), f"fit with {what}")
        expect_raises((NotFittedError,), fresh.recommend, f"recommend after fit has failed for {what}")
        for name in ("fit", "partial_fit"):
            expect_raises(REFUSALS, partial(getattr(fitted, name), make()), f"{name} with {what}")
        expect_equal(predictions(fitted), before, f"The scores after fit has failed for {what}, those before,")


def check_labels_that_cannot_be_used_are_refused(bench: Bench) -> None:
    """One finite number for each event."""
    n_events = len(make_events())
    for what, labels in (("2 labels", [1.0, 2.0]), ("a label that is NaN", [np.nan] * n_events)):
        expect_raises(REFUSALS, partial(bench.fresh().fit, make_events(), labels), f"fit with {what}")


def check_wrong_parameters_are_refused(bench: Bench) -> None:
    """Each by an error of skrec in `fit` that names the parameter; the constructor stores it without a word."""
    names = [
        name
        for name, value in bench.fresh().get_params(deep=False).items()
        if isinstance(value, (bool, int, float, str)) and name != "random_state"
    ]
    for name in names:
        model = bench.fresh().set_params(**{name: _Nonsense()})
        expect_raises((SkrecError,), partial(model.fit, make_events()), f"fit with {name}=nonsense", mentions=name)
        expect_raises((NotFittedError,), model.recommend, f"recommend after fit has failed for {name}=nonsense")


ESTIMATOR_CHECKS = (
    check_constructor_only_stores_parameters,
    check_parameters_are_named_and_have_defaults,
    check_get_params_and_set_params_round_trip,
    check_unfitted_says_so,
    check_fit_returns_itself_and_keeps_its_parameters,
    check_fit_remembers_ids_and_columns,
    check_neural_models_tell_how_they_were_trained,
    check_arguments_are_left_alone,
    check_nothing_else_is_touched,
    check_the_same_random_state_gives_the_same_numbers,
    check_fit_again_forgets_the_first_time,
    check_clone_is_unfitted,
    check_copies_recommend_the_same,
    check_events_that_cannot_be_used_are_refused,
    check_labels_that_cannot_be_used_are_refused,
    check_wrong_parameters_are_refused,
)
