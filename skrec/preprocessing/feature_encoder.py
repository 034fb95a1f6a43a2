"""FeatureEncoder: columns of the tables and of context get encoders, which travel with the events."""

from collections import Counter
from typing import Any, ClassVar, Self, final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from skrec.data import (
    ITEM,
    RATING,
    TIMESTAMP,
    USER,
    WEIGHT,
    Features,
    FeatureTable,
    Fields,
    Interactions,
    blame_missing,
    listed,
)
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError, SkrecError
from skrec.preprocessing._base import InteractionsTransformer
from skrec.preprocessing._feature_entries import (
    AUTO,
    changed,
    entries_of,
    is_entry,
    new_encoder,
    parameters_of,
    with_choices,
)

SIDES = ("users", "items", "context")
_KEYS = {"users": USER, "items": ITEM}
_NO_FEATURES = {USER, ITEM, RATING, TIMESTAMP, WEIGHT}


@final
class FeatureEncoder(
    InteractionsTransformer, auto_wrap_output_keys=None
):  # else scikit-learn would make frames of what it gives
    """Give columns of users, items and events an encoder each, for models that read features.

    Encoders are fitted on rows of the tables whose ids occur in the events of fit, hence in the training fold only, and those of
    context on the events. `transform` leaves the tables as they are and sends the fitted encoders along: the model encodes a row when it
    needs it, in `fit` every known user and item once, and later raw rows of new users and items in ``recommend``.

    Parameters
    ----------
    users, items, context : list of (str, encoder, str) or of str, "auto" or None, default=None
        Name, encoder and column of each feature, as in scikit-learn's ``ColumnTransformer``. An encoder is an object, a name as of
        `skrec encoders`, or a transformer of scikit-learn with a dense numeric output. A list of columns in the place of the column goes
        to an encoder that reads several, as transformers of scikit-learn do. Parameters of encoders are parameters here, too:
        ``items__title__max_tokens``.

        In short, a column's name stands for a feature of that name, whose encoder `choose_encoder` chooses by the column's kind, as the
        encoder ``"auto"`` does: ``["publisher", ("title", "text", "title")]``. "auto" alone takes every column but ids, rating,
        timestamp and weight; None reads nothing. Once fitted, the representation shows what was chosen.

    Attributes
    ----------
    users_, items_, context_ : list of (str, encoder, str or list of str)
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
    skrec.encoders.choose_encoder : The rules by which an encoder is chosen.

    Examples
    --------
    >>> from skrec import make_interactions
    >>> from skrec.preprocessing import FeatureEncoder
    >>> X = make_interactions(n_users=30, n_items=20, n_events=300, features=("tags", "number"), random_state=0)
    >>> encoder = FeatureEncoder(items=[("genres", "tags", "genres"), ("year", "number", "year")])
    >>> encoder.fit_transform(X).features.items.take([1, 2])["year"].shape
    (2, 2)
    >>> FeatureEncoder(items=["genres", "year"]).fit(X)
    FeatureEncoder(items=[('genres', TagsEncoder(), 'genres'),
                          ('year', NumberEncoder(), 'year')])
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
                for name, encoder, _ in entries_of(found[side]):
                    found[f"{side}__{name}"] = encoder
                    found |= {f"{side}__{name}__{key}": value for key, value in parameters_of(encoder).items()}
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
            setattr(self, side, [changed(entry, name, inner, value) for entry in getattr(self, side)])
        return self

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Name the features: side and name, as in ``items__title``. An encoder makes an array of each, of one or more numbers a row.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_features,), object
            Those of users, of items, and of context.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        if not self.__sklearn_is_fitted__():
            raise NotFittedError("This FeatureEncoder instance is not fitted yet. Call fit first.")
        return np.array([f"{side}__{name}" for side in SIDES for name, _, _ in getattr(self, f"{side}_")], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Refuse frames: the output is Interactions, which take the encoders to the model.

        Parameters
        ----------
        transform : {"default"}, optional
            Nothing else: a frame has no place for pictures and texts, nor for the encoders of new ids.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError
            If anything else is asked for.
        """
        if transform not in {None, "default"}:
            raise InvalidParameterError(
                f"FeatureEncoder gives Interactions, which take its encoders to the model, and can't give what transform={transform!r} "
                "asks for. Leave set_output out; encoded rows are in fit_transform(X).features.items.take(ids)."
            )
        return self

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Represent the parameters; once fitted, with the encoders that were chosen."""
        found = self.get_params(deep=False)
        shown = {side: with_choices(found[side], getattr(self, f"{side}_", [])) for side in SIDES}
        if all(shown[side] is found[side] for side in SIDES):
            return super().__repr__(N_CHAR_MAX)
        return FeatureEncoder(**shown).__repr__(N_CHAR_MAX)

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
        every = isinstance(wanted, str) and wanted == AUTO
        entries = self._every(side, frame) if every else self._checked(side, wanted)
        fields = []
        for name, encoder, column in entries:
            lacking = [part for part in listed(column) if part not in frame.columns]
            if lacking:
                raise InvalidDataError(
                    f"FeatureEncoder is to read column {lacking[0]!r} of {side}, whose columns are {list(map(str, frame.columns))}."
                )
            made = new_encoder(encoder, side, name, frame, column)
            fields.append((name, _fit_encoder(made, column, frame, _table_rows(X, side)), column))
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

    def _every(self, side: str, frame: pd.DataFrame) -> list[tuple[str, Any, Any]]:
        return self._distinct(side, [(str(name), AUTO, name) for name in frame.columns if name not in _NO_FEATURES])

    def _checked(self, side: str, wanted: Any) -> list[tuple[str, Any, Any]]:
        """Check that a parameter is a list of (name, encoder, column), or of columns, with distinct names."""
        entries = entries_of(wanted)
        if not isinstance(wanted, (list, tuple)) or len(entries) != len(wanted) or not all(map(is_entry, entries)):
            raise InvalidParameterError(
                f"The {side!r} parameter of FeatureEncoder must be a list of (name, encoder, column) or of columns' names, "
                f'"auto" or None. Got {wanted!r} instead.'
            )
        if wrong := [entry[0] for entry in entries if "__" in entry[0]]:
            raise InvalidParameterError(
                f"Names of {side} in FeatureEncoder must not hold '__', which stands between the names of nested parameters. "
                f"Got {wrong} instead; a column of that name gets another as in ('name', encoder, {wrong[0]!r})."
            )
        return self._distinct(side, entries)

    def _distinct(self, side: str, entries: list[tuple[str, Any, Any]]) -> list[tuple[str, Any, Any]]:
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


def _table_rows(X: Interactions, side: str) -> pd.DataFrame | None:
    """All rows that hold the columns of one side."""
    return X.events if side == "context" else X.users if side == "users" else X.items


def _fit_encoder(encoder: Any, column: Any, frame: pd.DataFrame, whole: Any) -> Any:
    try:
        return encoder.fit(frame[column])
    except InvalidDataError:
        clone(encoder).fit(whole[column])  # raises anew, and counts the rows as the user's table does
        raise
    except SkrecError:
        raise
    except Exception as error:  # encoders of plugins may raise whatever they like for a cell that they can't read
        blame_missing(type(encoder).__name__, frame[column], range(len(frame)), error)
        raise
