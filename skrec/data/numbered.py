"""The events of a fit, with their ids numbered."""

from dataclasses import dataclass
from typing import Any, final

from skrec.data._names import ITEM, USER
from skrec.data.histories import EncodedEvents, Histories, encode_events, join_events, kind_of_times
from skrec.data.interactions import Interactions
from skrec.data.vocabulary import Vocabulary
from skrec.exceptions import InvalidDataError

__all__ = ["Numbered", "number_events", "number_more"]


@final
@dataclass(frozen=True)
class Numbered:
    """Events with the vocabularies that number their ids.

    Attributes
    ----------
    users, items : Vocabulary
    events : EncodedEvents
        To learn from.
    everything : EncodedEvents
        All events so far, these last.
    times : {"nothing", "numbers", "datetimes"}
        What their timestamps are.
    """

    users: Vocabulary
    items: Vocabulary
    events: EncodedEvents
    everything: EncodedEvents
    times: str


def number_events(X: Interactions, ratings: Any, weights: Any, graded: bool | None) -> Numbered:
    """Number ids anew; the other arguments are those of `encode_events`."""
    frame = X.events
    users, user_codes = Vocabulary.build(frame[USER], "user")
    items, item_codes = Vocabulary.build(frame[ITEM], "item")
    events = encode_events(X, ratings, weights, users, items, (user_codes, item_codes), graded)
    return Numbered(users, items, events, events, kind_of_times(frame))


def number_more(
    X: Interactions, ratings: Any, weights: Any, users: Vocabulary, items: Vocabulary, past: Histories, times: str
) -> Numbered:
    """Number new ids behind the known ones.

    Parameters
    ----------
    X, ratings, weights
        As in `encode_events`.
    users, items : Vocabulary
        Known ids.
    past : Histories
        Earlier events.
    times : str
        What their timestamps are.

    Raises
    ------
    InvalidDataError
        If the timestamps of the new events are of another kind.
    """
    frame = X.events
    found = kind_of_times(frame)
    if found != times:
        raise InvalidDataError(
            f"The new events have {found} as timestamps, and those of fit have {times}: their order would be "
            "unknown. Pass timestamps of the same kind."
        )
    users, items = users.extend(frame[USER]), items.extend(frame[ITEM])
    new = encode_events(X, ratings, weights, users, items, graded=past.graded or None)
    return Numbered(users, items, new, join_events(past.as_events(), new), times)
