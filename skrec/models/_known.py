"""What was learned before, and how a warm start puts it to use."""

from dataclasses import dataclass
from typing import Any

from skrec.data import Vocabulary
from skrec.models._training import Weights
from skrec.typing import Floats


@dataclass(frozen=True)
class Known:
    """Learned weights with the ids they belong to."""

    users: Vocabulary
    items: Vocabulary
    tables: dict[str, Floats]
    network: list[Any]
    fixed: list[Any]

    @classmethod
    def of(cls, model: Any) -> "Known":
        """Take them from a fitted model."""
        return cls(
            model.user_vocabulary_,
            model.item_vocabulary_,
            model.tables_,
            model.network_weights_,
            model._network_state,
        )


def restore(model: Any, fresh: Weights, before: Known) -> Weights:
    """Copy learned rows to where their ids stand now."""
    for side, old, now in (
        ("user", before.users, model.user_vocabulary_),
        ("item", before.items, model.item_vocabulary_),
    ):
        if side in fresh.tables and fresh.tables[side].shape[1] == before.tables[side].shape[1]:
            codes = now.encode(old.ids)
            fresh.tables[side][codes[codes >= 0]] = before.tables[side][codes >= 0]
    network = model._restore_network(fresh.network, before)
    return Weights(fresh.tables, network, before.fixed if alike(fresh.fixed, before.fixed) else fresh.fixed)


def alike(first: list[Any], second: list[Any]) -> bool:
    """Say whether two lists of arrays have the same shapes."""
    return [array.shape for array in first] == [array.shape for array in second]
