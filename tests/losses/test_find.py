import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError, UnknownNameError
from skrec.losses import BCE, BPR, MSE, KerasLoss, Loss, Softmax, find_loss
from skrec.plugin import hookimpl, names


class Hinge(Loss):
    """A loss as a user or a plugin writes it."""

    margin: float = 1.0

    def event_losses(self, positive, negative, label):
        return positive


class Rated(Hinge):
    target = "rating"


class Plugin:
    """Names losses, and something that is none."""

    @hookimpl
    def skrec_losses(self):
        return {"hinge": Hinge, "rated": Rated, "dict": dict}


@pytest.mark.parametrize(("name", "kind"), [("bce", BCE), ("bpr", BPR), ("mse", MSE), ("softmax", Softmax)])
def test_a_built_in_name_makes_its_loss(name, kind):
    assert type(find_loss(name)) is kind
    assert name in names("losses")


def test_an_object_is_copied_so_that_the_users_own_is_never_changed():
    given = Softmax(temperature=0.5)
    found = find_loss(given)
    assert found is not given
    assert type(found) is Softmax
    assert found.temperature == 0.5


def test_a_plugins_loss_is_found_by_its_name(manager):
    manager.register(Plugin(), "test")
    assert type(find_loss("hinge")) is Hinge
    assert find_loss("hinge").margin == 1.0


def test_a_name_may_say_whose_it_is(manager):
    manager.register(Plugin(), "test")
    assert type(find_loss("skrec-keras:bpr")) is BPR
    assert type(find_loss("test:hinge")) is Hinge
    with pytest.raises(UnknownNameError, match="Unknown loss 'nobody:hinge'"):
        find_loss("nobody:hinge")


def test_what_a_plugin_names_must_make_a_loss(manager):
    manager.register(Plugin(), "test")
    with pytest.raises(
        InvalidParameterError, match=r"The loss 'dict' of a plugin must make a skrec.losses.Loss. Got dict instead."
    ):
        find_loss("dict")


@pytest.mark.parametrize("wrong", ["hinge", "BCE", "", None, 3, Softmax, np.zeros(2), ["bce"]], ids=str)
def test_anything_else_is_refused_with_what_there_is(wrong):
    with pytest.raises(InvalidParameterError) as caught:
        find_loss(wrong, owner="GMF")
    assert str(caught.value) == (
        "The 'loss' parameter of GMF must be a str among {'bce', 'bpr', 'mse', 'softmax'} or a loss of skrec.losses. "
        f"Got {wrong!r} instead."
    )


@pytest.mark.parametrize("rated", ["mse", MSE(), "rated", Rated()], ids=str)
def test_losses_of_ratings_are_refused_where_they_will_not_do(manager, rated):
    manager.register(Plugin(), "test")
    assert find_loss(rated).target == "rating"
    with pytest.raises(InvalidParameterError) as caught:
        find_loss(rated, ratings=False, owner="GMF")
    assert str(caught.value).startswith("The 'loss' parameter of GMF must be a str among {'bce', 'bpr', ")
    assert "'mse'" not in str(caught.value).partition("Got")[0]


def test_parameters_are_checked():
    with pytest.raises(InvalidParameterError, match="The 'temperature' parameter of Softmax must be"):
        find_loss(Softmax(temperature=-1.0))


def test_the_target_of_a_loss_of_keras_is_checked_before_it_is_read():
    with pytest.raises(InvalidParameterError, match="The 'target' parameter of KerasLoss must be"):
        find_loss(KerasLoss(np.square, target=np.zeros(2)), ratings=False)
