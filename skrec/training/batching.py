"""How events become mini-batches: pairs of a user and an item, or histories."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from skrec.data import EncodedEvents, join_events
from skrec.losses import Loss
from skrec.serving import Reading
from skrec.training.batches import BatchSource
from skrec.training.positives import PositivePairs
from skrec.training.sequences import SequenceSource
from skrec.training.split import split_events, split_latest

__all__ = ["Batching", "PairBatching", "SequenceBatching", "with_earlier"]


@dataclass(frozen=True)
class Batching(ABC):
    """Makes mini-batches, and holds events out.

    Attributes
    ----------
    loss : Loss
    n_negatives : int
    negatives : {"uniform", "popularity", "in-batch"}
    batch_size : int
    """

    loss: Loss
    n_negatives: int
    negatives: str
    batch_size: int

    @abstractmethod
    def split(
        self, events: EncodedEvents, fraction: float, rng: np.random.Generator
    ) -> tuple[EncodedEvents, EncodedEvents]:
        """Hold a share of the events out."""

    @abstractmethod
    def source(
        self, train: EncodedEvents, earlier: EncodedEvents | None, known: PositivePairs, rng: np.random.Generator
    ) -> BatchSource:
        """Make what gives the mini-batches of an epoch."""


@final
@dataclass(frozen=True)
class PairBatching(Batching):
    """An event is a pair of a user and an item.

    Attributes
    ----------
    tables : tuple of str
        Sides that have a table of rows.
    """

    tables: tuple[str, ...] = ()

    def split(
        self, events: EncodedEvents, fraction: float, rng: np.random.Generator
    ) -> tuple[EncodedEvents, EncodedEvents]:
        """Hold events out at random."""
        return split_events(events, fraction, rng)

    def source(
        self, train: EncodedEvents, earlier: EncodedEvents | None, known: PositivePairs, rng: np.random.Generator
    ) -> BatchSource:
        """Give shuffled events; earlier ones are no part of them."""
        return BatchSource(train, self.loss, self.n_negatives, self.negatives, self.batch_size, rng, known, self.tables)


@final
@dataclass(frozen=True)
class SequenceBatching(Batching):
    """An event is predicted from those before it.

    Attributes
    ----------
    reading : Reading
    calibration : float
        See `Loss.positive_weight`.
    """

    reading: Reading
    calibration: float

    def split(
        self, events: EncodedEvents, fraction: float, rng: np.random.Generator
    ) -> tuple[EncodedEvents, EncodedEvents]:
        """Hold each user's latest events out: what comes later says too much about what came before."""
        return split_latest(events, fraction, rng)

    def source(
        self, train: EncodedEvents, earlier: EncodedEvents | None, known: PositivePairs, rng: np.random.Generator
    ) -> BatchSource:
        """Give packed histories; earlier events are read in them, and not predicted again."""
        return SequenceSource(
            with_earlier(train, earlier),
            self.reading,
            self.loss,
            self.n_negatives,
            self.negatives,
            self.batch_size,
            rng,
            known,
            self.calibration,
        )


def with_earlier(events: EncodedEvents, earlier: EncodedEvents | None) -> EncodedEvents:
    """Put events behind earlier ones, which have weight 0."""
    events = replace(events, context=None)
    if earlier is None:
        return events
    return join_events(replace(earlier, weights=np.zeros_like(earlier.weights), context=None), events)
