"""What a program asks of a network, beyond scores: declared here, so that a network says by its methods what it can do."""

from typing import Any, Protocol, runtime_checkable

__all__ = ["EncodesRows", "HasVectors", "ReadsHistories", "Tempered"]


@runtime_checkable
class HasVectors(Protocol):
    """A network whose scores are inner products, so that items can be searched by vectors."""

    def vectors(self, user: Any, item: Any) -> tuple[Any, Any]:
        """Turn rows into vectors whose inner products are the scores; shapes (n_users, dim) and (n_items, dim)."""


@runtime_checkable
class EncodesRows(Protocol):
    """A network that makes the rows it scores of table rows and features."""

    def encode(self, side: str, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make rows of one side, of "user", "item" and "context".

        Parameters
        ----------
        side : str
        inputs : dict
            ``id``: table rows of shape (batch, width), but of context; and each feature's rows by its name.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, any width)
            What the network is called with.
        """


@runtime_checkable
class ReadsHistories(Protocol):
    """A network to which a user is a history; see `skrec.networks.SequenceNetwork`.

    Attributes
    ----------
    dim : int
        Width of the vectors of histories.
    """

    dim: int

    def read(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Make a vector of each history, as it is after each of its events: shape (rows, length, dim)."""


@runtime_checkable
class Tempered(Protocol):
    """A network that divides the product of vectors of length 1."""

    temperature: float | None
