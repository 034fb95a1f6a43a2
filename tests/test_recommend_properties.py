"""Properties of recommend, for any ids and any combination of its arguments."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from skrec import EASE, GMF, ItemKNN, MatrixFactorization, NeuMF, Popularity

EXACT = [Popularity(), ItemKNN(3, shrinkage=1.0), EASE(regularization=2.0)]
SMALL = {"epochs": 1, "embedding_dim": 4, "random_state": 0}
NEURAL = [GMF(**SMALL), NeuMF(**SMALL, hidden=(4,))]
# Scores are inner products of vectors, and no sigmoid rounds two of them to one number.
FACTORS = [
    MatrixFactorization(**SMALL),
    MatrixFactorization(**SMALL, loss="bpr", bias=False, negatives="popularity"),
    GMF(**SMALL, loss="bpr"),
]
N_USERS, N_ITEMS = 6, 8
MANY, FEW = 20, 10  # questions to each model: most of a question's time is that of a fit
EVERYBODY = [(item % (N_USERS + 1), item) for item in range(N_ITEMS + 1)]
"""Events that name all users and items: with them a network's tables are of one shape, for which it is compiled once."""

ID_TYPES = {
    "int": lambda n: n,
    "negative": lambda n: -n - 1,
    "beyond float": lambda n: 2**53 + n,
    "uint64": lambda n: 2**63 + n,
    "str": lambda n: f"id {n}",
    "digits": lambda n: f"{n:03}",
}

users = st.integers(0, N_USERS + 2)  # the last ones are mostly unknown to fit
items = st.integers(0, N_ITEMS + 2)
pairs = st.lists(st.tuples(users, items), max_size=12)
labels = st.sampled_from([None, (0, 1), (1, 5)])


@st.composite
def questions(draw, always=()):
    """Events to fit, some of them always the same, and the arguments of one call, in numbers that are made ids later."""
    events = draw(st.lists(st.tuples(st.integers(0, N_USERS), st.integers(0, N_ITEMS)), min_size=1, max_size=30))
    events = [*always, *events]
    values = draw(labels)
    return {
        "events": events,
        "y": None
        if values is None
        else draw(st.lists(st.sampled_from(values), min_size=len(events), max_size=len(events))),
        "users": draw(st.none() | st.lists(users, max_size=6)),
        "k": draw(st.integers(1, N_ITEMS + 3)),
        "items": draw(st.none() | st.lists(items, max_size=6) | pairs.map(tuple)),
        "exclude_items": draw(st.none() | st.lists(items, max_size=6) | pairs.map(tuple)),
        "exclude_seen": draw(st.booleans()),
        "history": draw(st.none() | st.lists(st.tuples(users, items), min_size=1, max_size=8)),
        "ids": draw(st.sampled_from(sorted(ID_TYPES))),
    }


class Call:
    """One fitted model and one question to it, with ids of the type drawn."""

    def __init__(self, model, question):
        self.make = ID_TYPES[question["ids"]]
        self.question = question
        self.events = self.pairs(question["events"])
        self.model = clone(model).fit(self.events, question["y"])
        self.arguments = {
            "k": question["k"],
            "items": self.allowed(question["items"]),
            "exclude_items": self.allowed(question["exclude_items"]),
            "exclude_seen": question["exclude_seen"],
        }
        self.history = None if question["history"] is None else self.pairs(question["history"])
        self.users = None if question["users"] is None else [self.make(user) for user in question["users"]]

    def pairs(self, rows):
        return pd.DataFrame(
            {"user_id": [self.make(user) for user, _ in rows], "item_id": [self.make(item) for _, item in rows]}
        )

    def allowed(self, value):
        if value is None:
            return None
        return self.pairs(value) if isinstance(value, tuple) else [self.make(item) for item in value]

    def recommend(self, users):
        return self.model.recommend(users, history=self.history, **self.arguments)

    def seen(self, user):
        """Items of the history that counts for the user."""
        if self.history is not None and (self.history["user_id"] == user).any():
            return set(self.history["item_id"][self.history["user_id"] == user])
        return set(self.events["item_id"][self.events["user_id"] == user])

    def named(self, argument, user):
        """Items that `items` or `exclude_items` names for the user; None where the argument isn't given."""
        value = self.arguments[argument]
        if isinstance(value, pd.DataFrame):
            return set(value["item_id"][value["user_id"] == user])
        return None if value is None else set(value)

    def without_history(self):
        """Ask about what was learned alone, as `predict` does."""
        self.history = None
        return self

    def eligible(self, user):
        """Items the user may get, by the definition of each argument."""
        result = set(self.events["item_id"])
        allowed, excluded = self.named("items", user), self.named("exclude_items", user)
        result = result if allowed is None else result & allowed
        result = result - (excluded or set())
        return result - self.seen(user) if self.arguments["exclude_seen"] else result

    def answer(self, users):
        """Each user's items and scores, in plain Python."""
        answer = self.recommend(users)
        rows = zip(answer.users.tolist(), answer.items, answer.scores, answer.lengths, strict=True)
        return [(user, listed[:n].tolist(), scores[:n].tolist()) for user, listed, scores, n in rows]


def check_every_list_holds_what_is_allowed_and_nothing_else(call):
    for user, listed, scores in call.answer(call.users):
        eligible = call.eligible(user)
        assert set(listed) <= eligible
        assert len(listed) == len(set(listed)) == min(call.arguments["k"], len(eligible))
        assert all(type(item) is type(call.make(0)) for item in listed)
        assert np.isfinite(scores).all()
        assert scores == sorted(scores, reverse=True)


def check_one_user_gets_the_same_alone_as_in_a_batch(call):
    batch = call.answer(call.users)
    for row in batch:
        assert call.answer([row[0]]) == [row]
    if call.users is not None:
        assert [user for user, *_ in batch] == call.users
        assert call.answer(call.users[::-1]) == batch[::-1]


def check_the_order_is_that_of_the_scores_of_predict_and_then_of_the_items_of_fit(call):
    position = {item: code for code, item in enumerate(call.model.items_.tolist())}
    for user, listed, scores in call.without_history().answer(call.users):
        eligible = sorted(call.eligible(user))
        if not eligible:
            assert listed == []
            continue
        frame = pd.DataFrame({"user_id": [user] * len(eligible), "item_id": eligible})
        score = dict(zip(eligible, call.model.predict(frame).tolist(), strict=True))
        expected = sorted(eligible, key=lambda item: (-score[item], position[item]))[: call.arguments["k"]]
        assert listed == expected
        assert scores == [score[item] for item in expected]


def check_what_may_not_be_had_is_left_out_of_the_whole_list_and_nothing_else_changes(call):
    """So it is for users of fit, for cold ones, and for those whose history is handed in, to the last bit of each score."""
    listed = call.answer(call.users)
    whole = call.model.recommend(call.users, k=N_ITEMS + 3, exclude_seen=False, history=call.history)
    assert whole.users.tolist() == [user for user, *_ in listed]
    for (user, found, scores), items, all_scores, n in zip(
        listed, whole.items, whole.scores, whole.lengths, strict=True
    ):
        eligible = call.eligible(user)
        expected = [
            pair for pair in zip(items[:n].tolist(), all_scores[:n].tolist(), strict=True) if pair[0] in eligible
        ]
        assert list(zip(found, scores, strict=True)) == expected[: call.arguments["k"]]


def check_scores_are_those_of_predict(call):
    frame = call.without_history().recommend(call.users).to_frame()
    predicted = call.model.predict(frame[["user_id", "item_id"]]) if len(frame) else []
    if isinstance(call.model, NeuMF):
        np.testing.assert_allclose(predicted, frame["score"], rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_array_equal(predicted, frame["score"])


def check_a_shorter_list_is_the_beginning_of_a_longer_one(call):
    short = call.answer(call.users)
    k = call.arguments["k"]
    call.arguments["k"] += 3
    long = call.answer(call.users)
    assert short == [(user, listed[:k], scores[:k]) for user, listed, scores in long]


CHECKS = (
    check_every_list_holds_what_is_allowed_and_nothing_else,
    check_one_user_gets_the_same_alone_as_in_a_batch,
    check_the_order_is_that_of_the_scores_of_predict_and_then_of_the_items_of_fit,
    check_what_may_not_be_had_is_left_out_of_the_whole_list_and_nothing_else_changes,
    check_scores_are_those_of_predict,
    check_a_shorter_list_is_the_beginning_of_a_longer_one,
)
OF_EXACT_SCORES = check_the_order_is_that_of_the_scores_of_predict_and_then_of_the_items_of_fit
"""A network of joined users and items rounds one pair another way than a whole catalogue."""

each_exact_model = pytest.mark.parametrize("model", EXACT, ids=lambda model: type(model).__name__)
each_neural_model = pytest.mark.parametrize(
    "model",
    NEURAL + FACTORS,
    ids=lambda model: "-".join([type(model).__name__, *filter(None, [getattr(model, "loss", "")])]),
)


def ask(model, question):
    """Check all that holds of one call to a model that has learned the events once."""
    call = Call(model, question)
    for check in CHECKS:
        if check is not OF_EXACT_SCORES or model not in NEURAL:
            check(copy.copy(call))


@each_exact_model
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@given(question=questions())
@settings(max_examples=MANY, deadline=None)
def test_what_holds_of_every_call(model, check, question):
    check(Call(model, question))


@each_neural_model
@given(question=questions(always=EVERYBODY))
@settings(max_examples=FEW, deadline=None)
def test_it_holds_of_neural_models_too(model, question):
    ask(model, question)


@pytest.mark.slow
@each_neural_model
@given(question=questions())
@settings(max_examples=MANY, deadline=None)
def test_it_holds_whatever_few_events_they_have_learned(model, question):
    ask(model, question)


# Neural models learn a history that is handed in, and continue warm.
@each_exact_model
@given(question=questions())
@settings(max_examples=FEW, deadline=None)
def test_a_stored_history_handed_in_changes_nothing(model, question):
    call = Call(model, {**question, "history": None})
    before = call.answer(call.users)
    # The events of fit, with their labels, are what is stored anyway.
    call.history = call.events.assign(rating=question["y"]) if question["y"] is not None else call.events
    assert call.answer([user for user, *_ in before]) == before


@each_exact_model
@given(question=questions(), cut=st.integers(1, 29))
@settings(max_examples=FEW, deadline=None)
def test_two_halves_equal_the_whole(model, question, cut):
    call = Call(model, question)
    whole, y = call.answer(call.users), question["y"]
    if cut < len(call.events):
        call.model.fit(call.events[:cut], None if y is None else y[:cut])
        call.model.partial_fit(call.events[cut:], None if y is None else y[cut:])
        assert call.answer(call.users) == whole
