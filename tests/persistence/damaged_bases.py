"""What is damaged besides golden files, and what a model that was loaded is asked."""

import functools
import tempfile
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
from golden_world import START, make_world

from skrec import Interactions, save
from skrec.encoders import (
    AudioEncoder,
    CategoryEncoder,
    DatetimeEncoder,
    ImageEncoder,
    NumberEncoder,
    TagsEncoder,
    TextEncoder,
    TransformerEncoder,
    VectorEncoder,
)
from skrec.exceptions import (
    BackendNotAvailableError,
    DeviceNotFoundError,
    InvalidDataError,
    InvalidParameterError,
    NotFittedError,
    SavedFileError,
    UnknownNameError,
)
from skrec.models import EASE, ItemKNN, Popularity
from skrec.pipeline import make_pipeline
from skrec.preprocessing import Binarize, Deduplicate, FeatureEncoder, KCore, RecencyWeight

OWN = (BackendNotAvailableError, DeviceNotFoundError, UnknownNameError)
"""What a model says of names that this machine doesn't know: of backends, devices and plugins. An undamaged file may say the same."""


@functools.cache
def world():
    return make_world()


def columns():
    """A column for each encoder."""
    from sklearn.preprocessing import StandardScaler

    pictures = [np.full((9, 6, 3), 20 * place, dtype=np.uint8) for place in range(6)]
    return {
        "category": (CategoryEncoder(), ["a", "b", "a", None, "c", "a"]),
        "tags": (TagsEncoder(), ["a|b", "b", None, "c", "a|b|c", ""]),
        "number": (NumberEncoder("quantile"), [1.0, 2.0, None, 5.0, 3.0, 4.0]),
        "datetime": (
            DatetimeEncoder("%Y-%m-%d"),
            ["2020-01-01", "2021-02-03", None, "1999-12-31", "2000-06-06", "2001-01-01"],
        ),
        "text": (TextEncoder(network="bag", min_count=1), ["a ship", "the ship sails", None, "sails", "a", "b c d"]),
        "image": (ImageEncoder(size=(12, 8)), pictures),
        "audio": (AudioEncoder(duration=0.2), [np.sin(np.arange(1600.0) / (1 + place)) for place in range(6)]),
        "vector": (VectorEncoder(), [[0.0, 1.0], [1.0, 2.0], None, [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]),
        "transformer": (TransformerEncoder(StandardScaler()), [1.0, 2.0, 4.0, 5.0, 3.0, 4.0]),
    }


@functools.cache
def made_bases():
    """Files of pipelines, encoders, generators and events, by name."""
    plain, films = world().plain, world().films
    strange = Popularity().fit(plain)
    strange.extra_ = {
        "events": films,
        "generator": np.random.default_rng(0),
        "names": np.array(["a", None], dtype=object),
    }
    made = {
        "strange": strange,
        "pipeline": make_pipeline(KCore(1, 1), Deduplicate(), Binarize(3.0), RecencyWeight(900.0), EASE(3.0)).fit(
            plain
        ),
        "features": make_pipeline(FeatureEncoder("auto", "auto", "auto"), ItemKNN(4)).fit(films),
        "seeded": EASE(2.0, random_state=np.random.RandomState(1)).fit(plain.astype({"item_id": str})),
    }
    made |= {name: encoder.fit(pd.Series(cells, dtype=object)) for name, (encoder, cells) in columns().items()}
    with tempfile.TemporaryDirectory() as folder:
        path, found = Path(folder) / "m", {}
        for name, model in made.items():
            save(model, path)
            found[name] = path.read_bytes()
    return found


def ask(model):
    """Ask whatever the model can answer; says how it ended, in a word where all is well."""
    for question in (ask_encoder, ask_pairs, ask_lists, ask_sessions, ask_similar, learn_on, ask_lists):
        try:
            question(model)
        except SavedFileError:
            raise
        except OWN:
            return "a name that isn't known here"
        except InvalidDataError as error:
            # Either is right, where a file says that fit had such columns.
            if not any(said in str(error) for said in ("X has other columns than in fit", "lacks the columns")):
                return f"{question.__name__}: {error}"
        except NotFittedError:
            return "not fitted" if not is_fitted(model) else f"{question.__name__}: not fitted"
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return f"{question.__name__} raised {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})"
    return "answered"


def is_fitted(model):
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return bool({"histories_", "network_weights_"} & set(vars(last)))


def can(model, method):
    """Say whether a model has a method; an attribute of that name is none."""
    return callable(getattr(type(model), method, None)) and hasattr(model, method)


def events(model):
    """Events with the columns of fit."""
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    named = [set(map(str, getattr(step, "feature_names_in_", ()))) for step in steps]
    return world().films if any("day" in names for names in named) else world().plain


def ask_encoder(model):
    """Encode the cells that it was fitted to."""
    for encoder, cells in columns().values():
        if type(model) is type(encoder) and any(name.endswith("_") for name in vars(model)):
            try:
                rows = model.transform(pd.Series(cells, dtype=object))
            except InvalidDataError:  # a format, or a width, that isn't that of the cells is an answer, too
                return
            assert len(rows) == len(cells)
            assert rows.dtype.kind in "iu" or np.isfinite(rows).all()


def ask_pairs(model):
    if can(model, "predict"):
        scores = model.predict(events(model))
        assert scores.shape == (len(world().plain),)
        assert np.isfinite(scores).all()


def ask_lists(model):
    if can(model, "recommend"):
        check_lists(model.recommend(k=3))
        check_lists(model.recommend([world().plain["user_id"].iloc[0], 12345], k=4, exclude_seen=False))


def ask_sessions(model):
    if can(model, "recommend"):
        frame = events(model)
        history = frame[np.arange(3)] if isinstance(frame, Interactions) else frame.iloc[:3]
        check_lists(model.recommend(history=history, k=3))


def ask_similar(model):
    if can(model, "similar_items"):
        check_lists(model.similar_items(world().plain["item_id"].unique()[:3].tolist(), k=3))


def check_lists(found):
    """Lists are sorted, without repetitions, and of numbers."""
    for row, scores in zip(found.items, found.scores, strict=True):
        items = [item for item in row.tolist() if item is not None]
        assert len(set(items)) == len(items)
        there = scores[: len(items)]
        assert np.isfinite(there).all()
        assert (np.diff(there) <= 0).all()


def learn_on(model):
    """Learn from two more events of known ids."""
    if can(model, "partial_fit") and is_fitted(model):
        more = events(model)[np.arange(2)] if isinstance(events(model), Interactions) else events(model).iloc[:2]
        if not isinstance(more, Interactions):
            more = more.assign(timestamp=START + 200_000)
        try:
            model.partial_fit(more)
        except (InvalidDataError, InvalidParameterError) as error:
            if "times" not in str(error) and "rating" not in str(error):  # of another kind than those of fit, or none
                raise
