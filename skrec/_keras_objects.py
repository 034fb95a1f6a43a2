"""Losses and optimizers of Keras as parameters: what is one, and how it is kept without code.

Keras copies, and pickles, its objects by their configuration. In Keras 3.15 that forgets the `delta` of Huber and which weights don't
decay, and names classes that only one backend has. What stands here for an object, in pickles and files, forgets nothing, and is made
on any backend.
"""

import inspect
import json
import sys
from dataclasses import dataclass
from typing import Any, final

from skrec.exceptions import NotSavableError, SavedFileError

__all__ = [
    "SavedKeras",
    "describe",
    "excluded_weights",
    "has_function_as_rate",
    "is_keras_loss",
    "is_keras_optimizer",
    "known_object",
    "stand_in",
]

_OF_ONE_BACKEND = "keras.src.backend."
_OWN = {"keras.losses", "keras.optimizers", "keras.optimizers.schedules"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN = {
    "keras.losses": _words(
        """
        BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
        CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence
        LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
        SparseCategoricalCrossentropy SquaredHinge Tversky
        """
    ),
    "keras.optimizers": _words(
        """
        Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon Nadam
        RMSprop SGD ScheduleFreeAdamW
        """
    ),
    "keras.optimizers.schedules": _words(
        """
        CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay
        PolynomialDecay
        """
    ),
}
"""Classes that hold numbers, and each other."""
_EXCLUDED = "exclude_from_weight_decay"


@final
@dataclass(frozen=True, repr=False)
class SavedKeras:
    """A loss or an optimizer of Keras, as Keras describes it: stands in for the object after unpickling or loading.

    Attributes
    ----------
    config : str
        JSON: classes of Keras only, and their arguments.
    """

    config: str

    def __repr__(self) -> str:
        return f"SavedKeras({self.name})"

    @classmethod
    def of(cls, value: Any) -> "SavedKeras":
        """Describe an object.

        Parameters
        ----------
        value : loss or optimizer of Keras, or one of its functions of a loss

        Raises
        ------
        NotSavableError
            If it holds code of other packages than Keras.
        """
        if isinstance(value, cls):
            return value
        described, foreign = describe(known_object(value))
        if foreign:
            raise NotSavableError(
                f"{type(value).__name__} can't be saved: it holds {foreign}, and only losses, optimizers and schedules of Keras itself "
                "have a place in a file without code. Use one of these, or pickle for what you trust."
            )
        return cls(described)

    @property
    def _node(self) -> Any:
        return json.loads(self.config)

    def check_description(self) -> None:
        """Check that the description is one, and speaks of nothing but losses, optimizers and schedules of Keras, and of numbers.

        Raises
        ------
        SavedFileError
            If it doesn't.
        """
        try:
            node = self._node
        except (TypeError, ValueError, RecursionError):
            node = None
        whole = isinstance(node, dict) and isinstance(node.get("config"), dict) and node.get("class_name")
        foreign = (_foreign(node) or _unknown(node)) if whole else "no description"
        if foreign:
            raise SavedFileError(
                f"The saved loss or optimizer holds {foreign}, which is no loss, optimizer or schedule of Keras, and isn't made."
            )

    @property
    def name(self) -> str:
        """Name of the class, as in ``keras.losses`` or ``keras.optimizers``."""
        return str(self._node["class_name"])

    @property
    def arguments(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(self._node["config"])

    def make(self) -> Any:
        """Make the object.

        Raises
        ------
        SavedFileError
            If the description speaks of anything but Keras.
        """
        import keras

        self.check_description()
        node = self._node
        place = getattr(keras, str(node.get("module")).removeprefix("keras."), None)
        kind = getattr(place, str(node.get("class_name")), None)
        known = isinstance(kind, type) and issubclass(kind, (keras.losses.Loss, keras.optimizers.Optimizer))
        foreign = _foreign(node) or ("" if known else self.name)
        if foreign:
            raise SavedFileError(
                f"The saved loss or optimizer holds {foreign}, which is no loss, optimizer or schedule of Keras, and isn't made."
            )
        try:
            found: Any = kind.from_config(node["config"])  # type: ignore[union-attr]
        except Exception as error:  # whatever Keras raises of arguments that aren't its own
            raise SavedFileError(
                f"The saved {self.name} can't be made ({type(error).__name__}: {' '.join(str(error).split())[:200]}). Save the model anew."
            ) from error
        if node.get(_EXCLUDED):
            found.exclude_from_weight_decay(var_names=[node[_EXCLUDED]])
        return found


def is_keras_loss(value: Any) -> bool:
    """Say whether something is a loss of Keras, or stands in for one; Keras isn't imported for that."""
    if isinstance(value, SavedKeras):
        return bool(value._node.get("module") == "keras.losses")
    return _is_a(value, "losses", "Loss")


def is_keras_optimizer(value: Any) -> bool:
    """Say whether something is an optimizer of Keras, or stands in for one."""
    if isinstance(value, SavedKeras):
        return bool(value._node.get("module") == "keras.optimizers")
    return _is_a(value, "optimizers", "Optimizer")


def _is_a(value: Any, module: str, name: str) -> bool:
    # Where nobody has imported Keras, nothing is an object of it.
    found = getattr(getattr(sys.modules.get("keras"), module, None), name, None)
    return isinstance(found, type) and isinstance(value, found)


def known_object(value: Any) -> Any:
    """Make the object of a function of a loss, as of ``keras.losses.huber``; anything else stays as it is."""
    losses = getattr(sys.modules.get("keras"), "losses", None)
    name = str(getattr(value, "__name__", ""))
    if losses is None or not inspect.isfunction(value) or getattr(losses, name, None) is not value:
        return value
    kind = getattr(losses, "".join(part.capitalize() for part in name.split("_")), None)
    return value if kind is None else kind()


def stand_in(value: Any) -> Any:
    """Give what a pickle holds of an object of Keras; code of others, and what isn't of Keras, stays as it is."""
    if not (is_keras_loss(value) or is_keras_optimizer(value)):
        return value
    try:
        return SavedKeras.of(value)
    except NotSavableError:
        return value


def describe(value: Any) -> tuple[str, str]:
    """Describe an object of Keras.

    Parameters
    ----------
    value : loss or optimizer of Keras, or a function

    Returns
    -------
    config : str
        JSON, the same for objects that are alike.
    foreign : str
        What in it isn't Keras' own; empty where all is, and only then the description is a whole one.
    """
    kind = type(value)
    if not (is_keras_loss(value) or is_keras_optimizer(value)):
        return "", f"the function {getattr(value, '__qualname__', value)}"
    if not kind.__module__.startswith("keras."):
        return "", f"{kind.__module__}.{kind.__qualname__}"
    if has_function_as_rate(value):
        return "", "a function for a learning rate"
    node = _public({"module": _place(value), "class_name": kind.__name__, "config": _config(value)})
    foreign = _foreign(node)
    if foreign:
        return "", foreign
    taken = inspect.signature(kind.__init__).parameters
    forgotten = {name: entry for name, entry in getattr(value, "_fn_kwargs", {}).items() if name in taken}
    node["config"] = {**forgotten, **node["config"]}
    if pattern := excluded_weights(value):
        node[_EXCLUDED] = pattern
    return json.dumps(node, sort_keys=True), ""


def _place(value: Any) -> str:
    return "keras.losses" if is_keras_loss(value) else "keras.optimizers"


def _config(value: Any) -> dict[str, Any]:
    """Arguments of an object's constructor; without help of keras.saving, which imports TensorFlow where that is installed."""
    rate = getattr(value, "_learning_rate", None)
    if not callable(rate):
        return dict(value.get_config())
    without: Any = object.__new__(type(value))
    without.__dict__.update({**vars(value), "_learning_rate": None})
    own = type(rate).__module__.startswith("keras.")
    schedule = {
        "module": "keras.optimizers.schedules" if own else type(rate).__module__,
        "class_name": type(rate).__name__,
    }
    return {**without.get_config(), "learning_rate": {**schedule, "config": rate.get_config(), "registered_name": None}}


def has_function_as_rate(optimizer: Any) -> bool:
    """Say whether an optimizer's learning rate is a function, and neither a number nor a schedule."""
    rate = getattr(optimizer, "_learning_rate", None)
    if not callable(rate):
        return False
    import keras

    return not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)


def excluded_weights(optimizer: Any) -> str:
    """Names of weights that don't decay, as a pattern, which is no part of an optimizer's configuration; empty where all do."""
    return str(getattr(getattr(optimizer, "_exclude_from_weight_decay_pattern", None), "pattern", ""))


def _public(node: Any) -> Any:
    """Name classes as every backend finds them: those of PyTorch's own optimizers go by the common names. Names of objects are left out."""
    if isinstance(node, list):
        return [_public(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    found = {name: _public(entry) for name, entry in node.items()}
    if "class_name" in found and isinstance(found.get("config"), dict):
        found["config"].pop("name", None)  # counted up in each process
    if str(found.get("module")).startswith(_OF_ONE_BACKEND):
        found |= {"module": "keras.optimizers", "registered_name": None}
    return found


def _foreign(node: Any) -> str:
    """Name something in a description that is no loss, optimizer or schedule of Keras, if there is any."""
    stack = [node]
    while stack:
        entry = stack.pop()
        if isinstance(entry, dict):
            stack += entry.values()
            module, name = entry.get("module"), entry.get("class_name")
            if name is not None and (module not in _OWN or entry.get("registered_name")):
                return f"{module}.{name}" if module else str(name)
        elif isinstance(entry, list):
            stack += entry
    return ""


def _unknown(node: Any) -> str:
    """Name a class of a description that skrec doesn't know to hold numbers alone, if there is any."""
    stack = [node]
    while stack:
        entry = stack.pop()
        if isinstance(entry, dict):
            stack += entry.values()
            name = entry.get("class_name")
            if name is not None and name not in _KNOWN.get(str(entry.get("module")), ()):
                return str(name)
        elif isinstance(entry, list):
            stack += entry
    return ""
