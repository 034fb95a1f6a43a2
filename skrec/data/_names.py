"""What the columns of events are called: by skrec, and by whoever handed them in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

USER, ITEM, RATING, TIMESTAMP, WEIGHT = "user_id", "item_id", "rating", "timestamp", "weight"
ROLES = (USER, ITEM, RATING, TIMESTAMP)
IDS = (USER, ITEM)

_WORDS = {
    USER: "user customer client member visitor viewer listener reader buyer shopper player person patron account uid userid reviewer",
    ITEM: "item product article sku movie film book song track asin isbn iid itemid video game recipe content artist business",
    RATING: "rating ratings stars score",
    TIMESTAMP: "timestamp ts datetime date time when",
}
_NUMBERED = re.compile(r"(?P<stem>.*?)[0-9]+", re.DOTALL)


@final
@dataclass(frozen=True)
class Names:
    """What a user calls the four columns, and the kind of frame they came in.

    Attributes
    ----------
    user, item, rating, timestamp : str
        Their names in the frames handed in; in skrec they are ``user_id, item_id, rating, timestamp``.
    library : {"pandas", "polars", "pyarrow"}
        Whose frame the events were; "pandas" for arrays and lists.
    """

    user: str = USER
    item: str = ITEM
    rating: str = RATING
    timestamp: str = TIMESTAMP
    library: str = "pandas"

    def of(self, role: str) -> str:
        """Give the user's name of a column that skrec calls `role`; other columns keep theirs."""
        given = {USER: self.user, ITEM: self.item, RATING: self.rating, TIMESTAMP: self.timestamp}
        return str(given.get(role, role))

    def roles(self) -> dict[Any, str]:
        """Map the user's names to those of skrec."""
        return {self.user: USER, self.item: ITEM, self.rating: RATING, self.timestamp: TIMESTAMP}

    def found_in(self, columns: Iterable[Any]) -> "Names":
        """Take the usual name of a role where a later frame has it, or where what may be absent is; else that of fit."""
        there = set(columns)
        found = [
            self.of(role) if role not in there and (self.of(role) in there or role in IDS) else role for role in ROLES
        ]
        return Names(*found) if there else Names()

    def as_given(self, found: Iterable[Any], library: str) -> "Names":
        """Keep what later frames are understood by.

        Parameters
        ----------
        found : iterable
            Names of the columns that were there; a role whose column wasn't keeps its usual name.
        library : str

        Returns
        -------
        Names
            The usual ones, where a name is the usual one of another role: a frame with both would have two meanings.
        """
        there = set(found)
        kept = {role: given for given, role in self.roles().items() if given in there and isinstance(given, str)}
        if any(given in ROLES and given != role for role, given in kept.items()):
            kept = {}
        user, item, rating, timestamp = (kept.get(role, role) for role in ROLES)
        return Names(user, item, rating, timestamp, library)

    def advice(self, columns: Iterable[Any] = ()) -> str:
        """Say how to name the columns, with those of the frame that look like a user and an item."""
        known = {USER: self.user, ITEM: self.item, RATING: self.rating, TIMESTAMP: self.timestamp}
        found = _suggest(list(columns), known)
        words = ((USER, "user"), (ITEM, "item"), (RATING, "rating"), (TIMESTAMP, "timestamp"))
        shown = [f'{word}="{found.get(role, "...")}"' for role, word in words if role in found or role in IDS]
        return f"Name the columns: Interactions(events, {', '.join(shown)}), or rename them to user_id and item_id."


def _suggest(columns: list[Any], known: dict[str, Any]) -> dict[str, Any]:
    """Find the columns that are probably the user, the item, the rating and the time."""
    found = {role: given for role, given in known.items() if given in columns}
    for role, words in _WORDS.items():
        free = [name for name in columns if name not in found.values()]
        likely = [name for name in free if _tokens(name) & set(words.split())]
        if role not in found and likely:
            found[role] = next((name for name in likely if _tokens(name) & {"id", "no", "key", "code"}), likely[0])
    rest = [name for name in columns if name not in found.values()]
    missing = [role for role in IDS if role not in found]
    if len(rest) == len(missing):  # what else should they be
        found |= dict(zip(missing, rest, strict=True))
    return {role: given for role, given in found.items() if role in IDS or given != role}


def _tokens(name: Any) -> set[str]:
    """Split ``customerId``, ``Customer_ID`` and ``customer id`` into words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(name))
    return set(re.split(r"[^a-z]+", spaced.lower())) - {""}


def without_meaning(columns: Iterable[Any]) -> bool:
    """Say whether names tell nothing: whole numbers, or one stem with running numbers, such as ``col_0, col_1`` or ``x0, x1``."""
    names = list(columns)
    if not all(isinstance(name, str) for name in names):
        return all(isinstance(name, int) or hasattr(name, "__index__") for name in names)
    matches = [_NUMBERED.fullmatch(name) for name in names]
    return all(matches) and len({match["stem"] for match in matches if match}) <= 1
