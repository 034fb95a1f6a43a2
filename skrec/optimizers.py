"""Optimizers as small parameter objects, so that ``optimizer__learning_rate`` is a grid key.

An optimizer is a rule for one block of numbers: a whole weight, or the embedding rows of a mini-batch. Applied to rows, it is the sparse
(lazy) form of the optimizer: rows that aren't in the mini-batch keep their values and their moments [1]_. Where every row occurs in
every mini-batch, that is the ordinary optimizer.

References
----------
.. [1] TensorFlow Addons, LazyAdam: "moving averages of rows not in the batch aren't updated".
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from numbers import Real
from typing import Any, ClassVar, final

from skrec._params import Interval, check_parameters
from skrec._sklearn import BaseEstimator, linked
from skrec.exceptions import InvalidParameterError

__all__ = ["SGD", "Adagrad", "Adam", "Optimizer", "find_optimizer"]


@linked
class Optimizer(BaseEstimator, ABC):
    """A rule that turns a gradient into new values.

    A rule gives `update`. What concerns all weights of a network at once follows from it, and is there to be overridden by a rule that
    looks at them together.

    Attributes
    ----------
    slots : tuple of str
        Names of the optimizer's state of each value, such as moments: arrays of the value's shape that start at 0.
    """

    slots: ClassVar[tuple[str, ...]] = ()
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    learning_rate: float | None

    @abstractmethod
    def update(
        self, value: Any, gradient: Any, slots: dict[str, Any], learning_rate: Any, step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Apply the rule; pure, on tensors of any backend.

        Parameters
        ----------
        value, gradient : tensor
            Of one shape.
        slots : dict of str to tensor
            What is remembered, of the same shape.
        learning_rate : scalar tensor
        step : scalar tensor
            Number of this step, from 1.

        Returns
        -------
        value : tensor
        slots : dict of str to tensor
        """

    def for_network(self, variables: Sequence[Any]) -> "Optimizer":
        """Give the rule for the weights of one network, of which these are the Keras variables."""
        return self

    def first_slots(self, weights: Sequence[Any]) -> list[Any]:
        """Give what is remembered of a network's weights before the first step; what is in the list is the rule's own affair."""
        from keras import ops

        return [{name: ops.zeros_like(weight) for name in self.slots} for weight in weights]

    def update_all(
        self, weights: Sequence[Any], gradients: Sequence[Any], slots: Sequence[Any], learning_rate: Any, step: Any
    ) -> tuple[list[Any], list[Any]]:
        """Apply the rule to all weights of a network; pure, as `update` is.

        Parameters
        ----------
        weights, gradients : sequences of tensor
        slots : list
            What `first_slots`, or the step before, gave.
        learning_rate, step : scalar tensors

        Returns
        -------
        weights, slots : lists
        """
        moved = [
            self.update(weight, gradient, old, learning_rate, step)
            for weight, gradient, old in zip(weights, gradients, slots, strict=True)
        ]
        return [weight for weight, _ in moved], [after for _, after in moved]

    def scaled(self, loss: Any, slots: Sequence[Any]) -> Any:
        """Scale the loss before it is differentiated."""
        return loss

    def finish(self, weights: Sequence[Any], slots: Sequence[Any]) -> list[Any]:
        """Give the weights that training ends with."""
        return list(weights)

    def alone(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """Keep calls of compiled steps apart, where they would disturb each other."""
        return train

    def key(self) -> Hashable:
        """Say by what compiled programs are found again: they are handed the learning rate."""
        rules = {name: value for name, value in self.get_params(deep=False).items() if name != "learning_rate"}
        return type(self), tuple(sorted(rules.items()))

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        InvalidParameterError
            If one breaks its constraint.
        """
        check_parameters(self._parameter_constraints, self.get_params(deep=False), type(self).__name__)


@final
class Adam(Optimizer):
    """Adam with bias correction, algorithm 1 of its paper [1]_.

    Parameters
    ----------
    learning_rate : float, optional
        Step size, > 0; None takes the model's `learning_rate`.
    beta_1 : float, default=0.9
        Decay of the first moment, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the second moment, in [0, 1).
    epsilon : float, default=1e-7
        Added to the root of the second moment, > 0.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015. https://arxiv.org/abs/1412.6980
    """

    slots: ClassVar[tuple[str, ...]] = ("first", "second")
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self, learning_rate: float | None = None, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        self.learning_rate = learning_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def update(
        self, value: Any, gradient: Any, slots: dict[str, Any], learning_rate: Any, step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Apply Adam with bias correction."""
        beta_1, beta_2 = float(self.beta_1), float(self.beta_2)
        first = beta_1 * slots["first"] + (1.0 - beta_1) * gradient
        second = beta_2 * slots["second"] + (1.0 - beta_2) * gradient * gradient
        scale = learning_rate * (1.0 - beta_2**step) ** 0.5 / (1.0 - beta_1**step)
        return value - scale * first / (second**0.5 + float(self.epsilon)), {"first": first, "second": second}


@final
class Adagrad(Optimizer):
    """Adagrad with a diagonal matrix, figure 1 of its paper [1]_.

    Parameters
    ----------
    learning_rate : float, optional
        Step size, > 0; None takes the model's `learning_rate`.
    epsilon : float, default=1e-7
        Added to the root of the summed squares, > 0.

    References
    ----------
    .. [1] J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", JMLR 2011.
    """

    slots: ClassVar[tuple[str, ...]] = ("squares",)
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, learning_rate: float | None = None, epsilon: float = 1e-7) -> None:
        self.learning_rate = learning_rate
        self.epsilon = epsilon

    def update(
        self, value: Any, gradient: Any, slots: dict[str, Any], learning_rate: Any, step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Apply Adagrad."""
        squares = slots["squares"] + gradient * gradient
        return value - learning_rate * gradient / (squares**0.5 + float(self.epsilon)), {"squares": squares}


@final
class SGD(Optimizer):
    """Stochastic gradient descent.

    Parameters
    ----------
    learning_rate : float, optional
        Step size, > 0; None takes the model's `learning_rate`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None]
    }

    def __init__(self, learning_rate: float | None = None) -> None:
        self.learning_rate = learning_rate

    def update(
        self, value: Any, gradient: Any, slots: dict[str, Any], learning_rate: Any, step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Step against the gradient."""
        return value - learning_rate * gradient, {}


_NAMED: dict[str, type[Optimizer]] = {"adam": Adam, "adagrad": Adagrad, "sgd": SGD}


def find_optimizer(optimizer: "str | Optimizer") -> Optimizer:
    """Make the optimizer of a name, or check one that was handed in.

    Raises
    ------
    InvalidParameterError
        If it is neither.
    """
    if isinstance(optimizer, Optimizer):
        optimizer.check()
        return optimizer
    if isinstance(optimizer, str) and optimizer.lower() in _NAMED:
        return _NAMED[optimizer.lower()]()
    raise InvalidParameterError(
        f"The 'optimizer' parameter must be one of {sorted(_NAMED)} or an object of skrec.optimizers. Got {optimizer!r} instead."
    )
