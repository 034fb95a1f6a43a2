"""Lesson: what one call of fit or partial_fit has to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from skrec.data import EncodedEvents, Interactions
from skrec.serving import Learned

__all__ = ["Lesson"]


@final
@dataclass(frozen=True)
class Lesson:
    """Events, and what came before them.

    Attributes
    ----------
    events : EncodedEvents
        To learn from.
    everything : EncodedEvents
        All events so far, the new ones last: their positive pairs are no negatives.
    interactions : Interactions
        The new events as they came in, with the tables that ride along.
    grows : bool
        Whether what was learned from earlier events goes on: `partial_fit`.
    before : Learned or None
        What was learned before, to start from.
    data : mapping of str to object
        ``X`` and ``y`` as the user passed them, for scikit-learn's callbacks.
    """

    events: EncodedEvents
    everything: EncodedEvents
    interactions: Interactions
    grows: bool = False
    before: Learned | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def earlier(self) -> EncodedEvents | None:
        """Events before the new ones; None where everything is new."""
        if not self.grows:
            return None
        return self.everything.take(np.arange(len(self.everything) - len(self.events)))
