"""SavedNetwork: stands in for the function that built a KerasModel's network, after loading from a file."""

import json
import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from skrec.exceptions import InvalidParameterError, NotSavableError, SavedFileError
from skrec.models._keras_names import is_known
from skrec.models._network_spec import NetworkSpec

_LARGEST_ROW = 2**16
"""Numbers that a layer may make of one pair where the network itself has fewer weights."""


@final
@dataclass(frozen=True)
class SavedNetwork:
    """A network as Keras describes it; calling it builds the network.

    Attributes
    ----------
    config : str
        JSON of ``keras.Model.to_json``: of layers and operations of Keras only.
    n_users, n_items : int
        How many ids the network was built for.
    """

    config: str
    n_users: int
    n_items: int

    @classmethod
    def of(cls, model: Any, n_users: int, n_items: int) -> "SavedNetwork":
        """Describe a network.

        Parameters
        ----------
        model : keras.Model
        n_users, n_items : int

        Raises
        ------
        NotSavableError
            If it holds code of other packages than Keras.
        """
        description = _serving(json.loads(model.to_json()))
        foreign = _foreign(description)
        if foreign:
            raise NotSavableError(
                f"The network of this KerasModel can't be saved: it holds {foreign}, and only layers and operations of Keras itself have "
                "a place in a file without code. Use pickle for what you trust, or write a plugin with a model of its own."
            )
        return cls(json.dumps(description), n_users, n_items)

    def __call__(self, spec: NetworkSpec) -> Any:
        """Build the network.

        Raises
        ------
        InvalidParameterError
            If it is to be built for other ids: the file doesn't know how.
        SavedFileError
            If the description holds code of other packages than Keras.
        """
        import keras

        if (spec.n_users, spec.n_items) != (self.n_users + 1, self.n_items + 1):
            raise InvalidParameterError(
                f"This KerasModel was loaded from a file, which keeps the network for {self.n_users} users and {self.n_items} items but "
                "not the function that built it. To fit it on other ids, set that first: model.set_params(build=...)."
            )
        self.check_description()
        description = {
            **json.loads(self.config),
            "compile_config": None,
        }  # how it would train: nothing of it is used here
        try:
            model = keras.models.model_from_json(json.dumps(description))
            _try_out(model, self.n_users, self.n_items)
        except Exception as error:  # whatever Keras raises of layers that don't fit together
            raise SavedFileError(
                f"The saved network can't be made ({type(error).__name__}: {' '.join(str(error).split())[:200]}). Save the model anew."
            ) from error
        return model

    def check_description(self) -> None:
        """Check that the description is one, and speaks of nothing but what computes: neither code nor files.

        Raises
        ------
        SavedFileError
            If it isn't, or names something else.
        """
        sizes = all(type(n) is int and n >= 0 for n in (self.n_users, self.n_items))
        try:
            description = _serving(json.loads(self.config))
        except (TypeError, ValueError, RecursionError):
            description = None
        if not sizes or not isinstance(description, dict):
            raise SavedFileError("The saved network is no description of one, and isn't made.")
        foreign = _foreign(description)
        if foreign:
            raise SavedFileError(
                f"The saved network holds {foreign}, which isn't on the list of Keras' classes that only compute, and isn't made."
            )


def _serving(node: Any) -> Any:
    """Leave out how networks would be trained: skrec does that by itself."""
    if isinstance(node, list):
        return [_serving(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    return {name: None if name == "compile_config" else _serving(entry) for name, entry in node.items()}


def _try_out(model: Any, n_users: int, n_items: int) -> None:
    """Ask for the first and the last ids, so that no table is shorter than the ids; and see that nothing grows beyond reason."""
    import keras

    limit = max(_LARGEST_ROW, sum(math.prod(weight.shape) for weight in model.weights))
    for operation in model.operations:
        for tensor in keras.tree.flatten(getattr(operation, "output", [])):
            sizes = [size for size in tensor.shape if size is not None]
            if math.prod(sizes) > limit:
                raise ValueError(f"{operation.name} makes {math.prod(sizes):,} numbers of one pair")
    ids = (np.array([0, n_users], dtype=np.int32), np.array([0, n_items], dtype=np.int32))
    inputs = model.input
    handed = dict(zip(("user_id", "item_id"), ids, strict=True)) if isinstance(inputs, dict) else list(ids)
    scores = keras.ops.convert_to_numpy(model(handed, training=False))
    if scores.shape not in {(2,), (2, 1)} or not np.isfinite(scores).all():
        raise ValueError(f"two pairs have scores of shape {scores.shape}, not all of them numbers")


def _foreign(node: Any) -> str:
    """Name something in a description that isn't on the list of what only computes, if there is anything."""
    stack = [node]
    while stack:
        entry = stack.pop()
        if isinstance(entry, dict):
            stack += entry.values()
            name, module = entry.get("class_name"), entry.get("module")
            if name is None:
                continue
            path = isinstance(entry.get("config"), dict) and isinstance(entry["config"].get("vocabulary"), str)
            if not is_known(module, name) or ">" in str(entry.get("registered_name") or "") or path:
                return f"{module}.{name}{' with a file' if path else ''}"
        elif isinstance(entry, list):
            stack += entry
    return ""
