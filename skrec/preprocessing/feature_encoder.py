"""FeatureEncoder: columns of the tables and of context get encoders, which travel with the events."""

from collections import Counter
from typing import Any, ClassVar, Self, final

import pandas as pd
from sklearn.base import clone

from skrec.data import ITEM, RATING, TIMESTAMP, USER, WEIGHT, Features, FeatureTable, Fields, Interactions
from skrec.encoders import TransformerEncoder, choose_encoder
from skrec.exceptions import InvalidDataError, InvalidParameterError, SkrecError
from skrec.plugin import Encoder, lookup
from skrec.preprocessing._base import InteractionsTransformer

SIDES = ("users", "items", "context")
_KEYS = {"users": USER, "items": ITEM}
_NO_FEATURES = {USER, ITEM, RATING, TIMESTAMP, WEIGHT}


@final
class FeatureEncoder(InteractionsTransformer):
    """Give columns of users, items and events an encoder each, for models that read features.

    Encoders are fitted on rows of the tables whose ids occur in the events of fit, hence in the training fold only, and those of
    context on the events. `transform` leaves the tables as they are and sends the fitted encoders along: the model encodes a row when it
    needs it, in `fit` every known user and item once, and later raw rows of new users and items in ``recommend``.

    Parameters
    ----------
    users, items, context : list of (str, encoder, str), "auto" or None, default=None
        Name, encoder and column of each feature, as in scikit-learn's ``ColumnTransformer``. An encoder is an object, a name as of
        `skrec encoders`, or a transformer of scikit-learn with a dense numeric output. "auto" takes every column but ids, rating,
        timestamp and weight, and chooses by its dtype (`choose_encoder`); None reads nothing. Parameters of encoders are
        parameters here, too: ``items__title__max_tokens``.

    Attributes
    ----------
    users_, items_, context_ : list of (str, encoder, str)
        With fitted encoders.
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.

    Raises
    ------
    InvalidParameterError
        In `fit`, if a parameter is no such list, or names an encoder that doesn't exist.
    InvalidDataError
        In `fit`, if there is no such table or column, or an encoder can't read a cell.

    See Also
    --------
    skrec.models.TwoTower : Scores by the features of users and items.

    Examples
    --------
    >>> from skrec import make_interactions
    >>> from skrec.preprocessing import FeatureEncoder
    >>> X = make_interactions(n_users=30, n_items=20, n_events=300, features=("tags", "number"), random_state=0)
    >>> encoder = FeatureEncoder(items=[("genres", "tags", "genres"), ("year", "number", "year")])
    >>> encoder.fit_transform(X).features.items.take([1, 2])["year"].shape
    (2, 2)
    """

    def __init__(self, users: Any = None, items: Any = None, context: Any = None) -> None:
        self.users = users
        self.items = items
        self.context = context

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get parameters; with `deep`, those of the encoders too, as ``items__title`` and ``items__title__max_tokens``.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict
        """
        found: dict[str, Any] = super().get_params(deep=False)
        if deep:
            for side in SIDES:
                for name, encoder, _ in _listed(found[side]):
                    made = _default(encoder)
                    found[f"{side}__{name}"] = encoder
                    inner = made.get_params(deep=True) if hasattr(made, "get_params") else {}
                    found |= {f"{side}__{name}__{key}": value for key, value in inner.items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also of encoders: ``items__title__max_tokens=5000``, ``items__title=TextEncoder()``.

        Parameters
        ----------
        **params

        Returns
        -------
        self
        """
        own = {name: params.pop(name) for name in SIDES if name in params}
        if own:
            super().set_params(**own)
        valid = self.get_params(deep=True)
        # Whole encoders first, so that their parameters are set on the new ones.
        for key, value in sorted(params.items(), key=lambda entry: entry[0].count("__")):
            side, _, rest = key.partition("__")
            name, _, inner = rest.partition("__")
            if f"{side}__{name}" not in valid:
                raise InvalidParameterError(
                    f"FeatureEncoder has no parameter {key!r}. Its own are {', '.join(SIDES)}; those of encoders are named "
                    "items__<name>__<parameter>."
                )
            setattr(self, side, [_changed(entry, name, inner, value) for entry in getattr(self, side)])
        return self

    def _fit(self, X: Interactions) -> Interactions:
        found = {side: self._fitted(side, X) for side in SIDES}
        self.users_, self.items_, self.context_ = (found[side] for side in SIDES)
        return self._transform(X)

    def _transform(self, X: Interactions) -> Interactions:
        tables = {}
        for side, fields, frame in (("users", self.users_, X.users), ("items", self.items_, X.items)):
            if fields and frame is not None:
                tables[side] = FeatureTable(fields, frame, _KEYS[side])
        return X.with_features(Features(tables.get("users"), tables.get("items"), self.context_))

    def _fitted(self, side: str, X: Interactions) -> Fields:
        """Fit the encoders of one side."""
        wanted = getattr(self, side)
        if wanted is None:
            return []
        frame = self._frame(side, X)
        entries = (
            self._chosen(side, frame) if isinstance(wanted, str) and wanted == "auto" else self._checked(side, wanted)
        )
        fields = []
        for name, encoder, column in entries:
            if column not in frame.columns:
                raise InvalidDataError(
                    f"FeatureEncoder is to read column {column!r} of {side}, whose columns are {list(map(str, frame.columns))}."
                )
            fields.append(
                (name, _fit_encoder(_new_encoder(encoder, side, name), column, frame, _table_rows(X, side)), column)
            )
        return fields

    def _frame(self, side: str, X: Interactions) -> pd.DataFrame:
        """The rows that encoders of one side learn from."""
        table = _table_rows(X, side)
        if table is None:
            raise InvalidDataError(
                f"FeatureEncoder is to read features of {side}, and X has no table of {side}. Pass one: Interactions(events, {side}=...)."
            )
        if side == "context":
            return table
        key = _KEYS[side]
        known = table[table[key].isin(X.events[key].unique())]
        if known.empty:
            raise InvalidDataError(
                f"The table of {side} has no row for any id of the events. Compare their column {key!r}."
            )
        return known

    def _chosen(self, side: str, frame: pd.DataFrame) -> list[tuple[str, Any, str]]:
        columns = [column for column in frame.columns if column not in _NO_FEATURES]
        return self._distinct(side, [(str(column), choose_encoder(frame[column]), column) for column in columns])

    def _checked(self, side: str, entries: Any) -> list[tuple[str, Any, str]]:
        """Check that a parameter is a list of (name, encoder, column) with distinct names."""
        if not isinstance(entries, (list, tuple)) or not all(
            isinstance(entry, (list, tuple)) and len(entry) == 3 and isinstance(entry[0], str) for entry in entries
        ):
            raise InvalidParameterError(
                f'The {side!r} parameter of FeatureEncoder must be a list of (name, encoder, column), "auto" or None. '
                f"Got {entries!r} instead."
            )
        if wrong := [entry[0] for entry in entries if "__" in entry[0]]:
            raise InvalidParameterError(
                f"Names of {side} in FeatureEncoder must not hold '__', which stands between the names of nested parameters. "
                f"Got {wrong} instead."
            )
        return self._distinct(side, [tuple(entry) for entry in entries])

    def _distinct(self, side: str, entries: list[tuple[str, Any, str]]) -> list[tuple[str, Any, str]]:
        """Check the names under which a network gets its inputs, among which the row of an id is called "id"."""
        counts = Counter(entry[0] for entry in entries)
        wrong = [name for name, count in counts.items() if count > 1 or name in {"", "id"}]
        if wrong:
            raise InvalidParameterError(
                f"Names of {side} in FeatureEncoder must be distinct, not empty, and not 'id'. Got {wrong} instead."
            )
        return entries

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "context_")

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}


def _listed(entries: Any) -> list[Any]:
    """Entries of a parameter, as far as it is a list of such."""
    if not isinstance(entries, (list, tuple)):
        return []
    return [entry for entry in entries if isinstance(entry, (list, tuple)) and len(entry) == 3]


def _default(encoder: Any) -> Any:
    """An encoder of a name, whose parameters can be listed; the encoder itself where it is one. None for a name that `fit` will refuse."""
    if not isinstance(encoder, str):
        return encoder
    try:
        return lookup("encoders", encoder)()
    except SkrecError:
        return None


def _new_encoder(encoder: Any, side: str, name: str) -> Any:
    """A new, unfitted encoder of what a parameter names."""
    if isinstance(encoder, str):
        return lookup("encoders", encoder)()
    if isinstance(encoder, Encoder):
        return clone(encoder)
    if hasattr(encoder, "fit") and hasattr(encoder, "transform") and not isinstance(encoder, type):
        return TransformerEncoder(clone(encoder))
    raise InvalidParameterError(
        f"The encoder {name!r} of {side} in FeatureEncoder must be an encoder, an encoder's name, or a transformer of scikit-learn. "
        f"Got {encoder!r} instead."
    )


def _table_rows(X: Interactions, side: str) -> pd.DataFrame | None:
    """All rows that hold the columns of one side."""
    return X.events if side == "context" else X.users if side == "users" else X.items


def _fit_encoder(encoder: Any, column: str, frame: pd.DataFrame, whole: Any) -> Any:
    try:
        return encoder.fit(frame[column])
    except InvalidDataError:
        clone(encoder).fit(whole[column])  # raises anew, and counts the rows as the user's table does
        raise


def _changed(entry: Any, name: str, inner: str, value: Any) -> Any:
    """An entry with another encoder, or with another parameter of its encoder."""
    if entry[0] != name:
        return entry
    if not inner:
        return (entry[0], value, entry[2])
    encoder = lookup("encoders", entry[1])() if isinstance(entry[1], str) else entry[1]
    return (entry[0], encoder.set_params(**{inner: value}), entry[2])
