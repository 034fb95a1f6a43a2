"""The conformance suite of losses."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.data import Interactions
from skrec.losses import Loss, find_loss
from skrec.plugin import PluginManager, hookimpl, use_manager
from skrec.testing._expect import brief, expect, expect_equal, expect_finite
from skrec.testing._loss_bench import (
    N_EVENTS,
    checked,
    draw_labels,
    draw_scores,
    event_losses,
    n_negatives,
    raw_ratings,
    tensor,
)
from skrec.testing._loss_serving import CHECKS as CHECKS_OF_SERVING
from skrec.testing._loss_values import CHECKS as CHECKS_OF_VALUES
from skrec.testing._suite import made, run_suite, without_side_effects
from skrec.testing.toy import checkerboard

_WORDS = {
    "negatives": {"own", "shared", "none"},
    "per": {"score", "negative", "event"},
    "target": {"label", "rating"},
    "metric": {"ndcg@10", "rmse"},
}


def check_loss(loss: Any) -> None:
    """Check that a loss keeps what `skrec.losses.Loss` promises.

    It is computed, differentiated and trained with on the backend that the process runs.

    Parameters
    ----------
    loss : Loss, class or str
        An object, a class that can be made without arguments, or the name that a plugin gives it.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    UnknownNameError
        If no plugin provides the name.

    See Also
    --------
    check_recommender : The suite of models.

    Examples
    --------
    >>> from skrec.losses import Loss
    >>> from skrec.testing import check_loss
    >>> check_loss("softmax")
    >>> class Backwards(Loss):
    ...     def event_losses(self, positive, negative, label):
    ...         return positive * label
    >>> try:
    ...     check_loss(Backwards)
    ... except AssertionError as error:
    ...     print(error)
    Backwards() fails check_what_is_right_costs_less: What is right must cost less than what is wrong: positives scored 1 and ...
    """
    subject = made("losses", loss)
    expect(
        isinstance(subject, Loss),
        "A loss must be an object of skrec.losses.Loss, a class of it that can be made without arguments, or a name registered by a "
        f"plugin. Got {subject!r} instead.",
    )
    start(find_backend(), to_train=True)
    run_suite(CHECKS, subject, repr(subject))


def check_it_says_what_it_needs(loss: Any) -> None:
    """Training asks a loss' attributes which negatives to draw, what to learn, and how to weigh."""
    for name, words in _WORDS.items():
        found = getattr(loss, name)
        expect(found in words, f"{name} must be one of {sorted(words)}. Got {found!r} instead.")
    for name in ("compares", "centred"):
        expect(
            isinstance(getattr(loss, name), bool), f"{name} must be True or False. Got {getattr(loss, name)!r} instead."
        )
    count = loss.default_negatives
    expect(
        isinstance(count, int) and count > 0, f"default_negatives must be an int of at least 1. Got {count!r} instead."
    )
    if loss.negatives == "none":
        expect(not loss.compares, "A loss that compares needs negatives: negatives can't be 'none'.")
        expect(
            loss.per == "event",
            f"A loss without negatives is one of events: per must be 'event'. Got {loss.per!r} instead.",
        )
    if loss.target == "rating":
        expect(not loss.compares, "A loss that compares learns what is liked: target can't be 'rating'.")
    else:
        expect(loss.metric != "rmse", "metric 'rmse' is one of ratings, and target is 'label'.")


def check_constructor_only_stores_parameters(loss: Any) -> None:
    """A loss is a parameter object of scikit-learn: `clone`, ``set_params`` and searches work, and its parameters are valid."""
    parameters = loss.get_params(deep=False)
    for name, found in clone(loss).get_params(deep=False).items():
        same = found is parameters[name] or brief(found) == brief(parameters[name])
        expect(same, f"A clone must have the parameter {name}={parameters[name]!r}. Got {found!r} instead.")
    loss.check()


def check_equal_losses_have_equal_keys(loss: Any) -> None:
    """Compiled programs are found again by the key: of equal losses it is equal, and of losses that compute other things another."""
    key = loss.key()
    expect(
        key == loss.key() == clone(loss).key(),
        f"A clone must have the same key. Got {clone(loss).key()!r}, not {key!r}.",
    )
    expect(hash(key) == hash(clone(loss).key()), "Equal keys must have equal hashes.")
    for name, found in loss.get_params(deep=False).items():
        if isinstance(found, float) and found and name not in loss._not_compiled:
            other = clone(loss).set_params(**{name: 0.5 * found})
            expect(other.key() != key, f"Losses that differ in {name} must have different keys. Both have {key!r}.")


def check_it_can_be_pickled(loss: Any) -> None:
    """A search with several processes sends losses around."""
    try:
        other = pickle.loads(pickle.dumps(loss))
    except Exception as error:
        raise AssertionError(
            f"A loss must be possible to pickle, so define its class at the top of a module. It raised: {error}"
        ) from error
    positive, negative = draw_scores(loss, (N_EVENTS, 1)), draw_scores(loss, (N_EVENTS, n_negatives(loss)), 2)
    label = draw_labels(loss, positive.shape)
    expected = event_losses(loss, positive, negative, label)
    expect_equal(event_losses(other, positive, negative, label), expected, "The losses after pickling")


def check_it_computes_the_same_again(loss: Any) -> None:
    """A loss draws nothing at random, prints nothing, and keeps nothing from mini-batch to mini-batch."""
    positive, negative = draw_scores(loss, (N_EVENTS, 1)), draw_scores(loss, (N_EVENTS, n_negatives(loss)), 2)
    label = draw_labels(loss, positive.shape)
    expected = event_losses(loss, positive, negative, label)
    state = dict(vars(loss))
    with without_side_effects("A loss"):
        loss.event_losses(tensor(positive[:3]), tensor(negative[:3]), tensor(label[:3]))
        found = loss.event_losses(tensor(positive), tensor(negative), tensor(label))
    expect_equal(
        checked(loss, found, positive, negative), expected, "The losses of the same scores, computed a second time,"
    )
    expect(
        vars(loss).keys() == state.keys() and all(vars(loss)[name] is entry for name, entry in state.items()),
        f"Computing must not change the loss. It has {brief(vars(loss))} now, and had {brief(state)}.",
    )


def check_a_model_learns_from_it(loss: Any) -> None:
    """Trained with it, the loss of a small model falls, and it recommends to users of fit and, where they have a history, to new ones."""
    if raw_ratings(loss):
        return  # such a loss may ask for scores that only a network made for it gives
    model, board = _model(loss)
    model.fit(board)
    first, last = model.history_["loss"][0], model.history_["loss"][-1]
    expect(
        last < first,
        f"Training must lower the loss, {first:.6g} in the first epoch. Got {last:.6g} in the last instead.",
    )
    expect_finite(model.predict(board), "What a trained model predicts")
    history = board.events.head(3).assign(user_id=99)
    for found in (model.recommend(k=2), model.recommend(history=history, k=2)):
        expect(
            (found.lengths == 2).all(),
            f"A trained model must recommend as many items as it is asked for, 2. Got {found.lengths.tolist()}.",
        )
        expect_finite(found.scores, "The scores of recommendations")


def _model(loss: Any) -> tuple[Any, Interactions]:
    """A model that takes the loss, not fitted, and what it learns from."""
    from skrec.models import GMF, MatrixFactorization

    board = checkerboard(8)
    if loss.target != "rating":
        return GMF(4, loss=loss, epochs=8, learning_rate=0.05, random_state=0), board
    events = board.events.assign(rating=4.0 - (board.events["user_id"] - board.events["item_id"]).abs() / 4.0)
    return MatrixFactorization(4, loss=loss, epochs=8, learning_rate=0.05, random_state=0), Interactions(events)


def check_a_model_with_it_is_saved(loss: Any) -> None:
    """Registered as a plugin does it, the loss is known by name, and a file keeps its parameters."""
    from skrec.persistence import load, save

    model, board = _model(loss)
    with _registered(type(loss)), tempfile.TemporaryDirectory() as folder:
        if not raw_ratings(loss):
            model.set_params(epochs=1).fit(board)
        path = Path(folder) / "model.skrec"
        save(model, path)
        again = load(path)
        expect(
            again.loss.key() == loss.key(), f"A loaded model must have the loss {loss!r}. Got {again.loss!r} instead."
        )
        if not raw_ratings(loss):
            expect_equal(again.predict(board), model.predict(board), "What a loaded model predicts")
        try:
            fresh = type(loss)()
        except TypeError:  # checked as an object, since it needs arguments: no plugin can give it a name
            return
        expect(find_loss("checked").key() == fresh.key(), "The loss of a plugin's name must be that of its class.")


@contextmanager
def _registered(kind: type) -> Iterator[None]:
    """Let a plugin provide a loss as ``"checked"``."""

    class Plugin:
        @hookimpl
        def skrec_losses(self) -> dict[str, Any]:
            return {"checked": kind}

    manager = PluginManager(discover=False)
    manager.register(Plugin(), "checked")
    previous = use_manager(manager)
    try:
        yield
    finally:
        use_manager(previous)


CHECKS = (
    check_it_says_what_it_needs,
    check_constructor_only_stores_parameters,
    *CHECKS_OF_VALUES,
    *CHECKS_OF_SERVING,
    check_equal_losses_have_equal_keys,
    check_it_can_be_pickled,
    check_it_computes_the_same_again,
    check_a_model_learns_from_it,
    check_a_model_with_it_is_saved,
)
