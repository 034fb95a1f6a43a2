"""SavedNetwork: stands in for the function that built a KerasModel's network, after loading from a file."""

import json
from dataclasses import dataclass
from typing import Any, final

from skrec.exceptions import InvalidParameterError, NotSavableError, SavedFileError
from skrec.models._network_spec import NetworkSpec


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
        config = model.to_json()
        foreign = _foreign(json.loads(config))
        if foreign:
            raise NotSavableError(
                f"The network of this KerasModel can't be saved: it holds {foreign}, and only layers and operations of Keras itself have "
                "a place in a file without code. Use pickle for what you trust, or write a plugin with a model of its own."
            )
        return cls(config, n_users, n_items)

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
        foreign = _foreign(json.loads(self.config))
        if foreign:
            raise SavedFileError(f"The saved network holds {foreign}, which is no part of Keras, and isn't made.")
        return keras.models.model_from_json(self.config)


def _foreign(node: Any) -> str:
    """Name something in a description that isn't Keras' own, if there is any."""
    stack = [node]
    while stack:
        entry = stack.pop()
        if isinstance(entry, dict):
            stack += entry.values()
            name, module = entry.get("class_name"), entry.get("module")
            if name is None:
                continue
            # No module: a structure such as "__tuple__", or a class of somebody's script.
            own = name.startswith("__") if module is None else f"{module}.".startswith(("builtins.", "keras."))
            code = name in {"Lambda", "__lambda__", "function"} or (module == "builtins" and name != "Functional")
            if not own or code or ">" in str(entry.get("registered_name") or ""):
                return f"{module}.{name}"
        elif isinstance(entry, list):
            stack += entry
    return ""
