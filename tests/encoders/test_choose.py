import datetime

import numpy as np
import pandas as pd
import pytest

from skrec.datasets import make_interactions
from skrec.encoders import choose_encoder
from skrec.exceptions import InvalidDataError

RNG = np.random.default_rng(0)
CASES = {
    "integers": ([1, 2, 3], "Number"),
    "nullable": (pd.Series([1, None], dtype="Int64"), "Number"),
    "booleans": ([True, False], "Category"),
    "categories": (pd.Series(["a b c", "d e f"], dtype="category"), "Category"),
    "datetimes": (pd.to_datetime(["2000-01-01"]), "Datetime"),
    "zoned": (pd.to_datetime(["2000-01-01"]).tz_localize("UTC"), "Datetime"),
    "dates": (pd.Series([datetime.date(2000, 1, 1), None], dtype=object), "Datetime"),
    "numbers-as-objects": (pd.Series([1, 2.5, None], dtype=object), "Number"),
    "mixed": (pd.Series(["a", 1, 2], dtype=object), "Category"),
    "nothing": ([None, None], "Category"),
    "repeated": (["new york", "los angeles", "new york", "los angeles"], "Category"),
    "words": (["alpha", "beta", None, "gamma"], "Category"),
    "titles": (["The old ship", "A space odyssey", "Toy story two"], "Text"),
    "bars": (["a|b", "c", "b|c"], "Tags"),
    "lists": ([["a", "b"], [], ["c"]], "Tags"),
    "sets": (pd.Series([{1, 2}, {3}], dtype=object), "Tags"),
    "vectors": (RNG.normal(size=(4, 8)), "Vector"),
    "lists-of-numbers": ([[1.0, 2.0], None, [3.0, 4.0]], "Vector"),
    "samples": ([RNG.normal(size=800), RNG.normal(size=900)], "Audio"),
    "long-samples": (RNG.normal(size=(2, 8000)), "Audio"),
    "stereo": (["a.wav", "b.WAV"], "Audio"),
    "wav": ([b"RIFF....WAVE"], "Audio"),
    "pictures": (RNG.integers(256, size=(2, 8, 8, 3), dtype=np.uint8), "Image"),
    "paths": (["1.jpg", "b/2.PNG"], "Image"),
    "bytes": ([b"\x89PNG"], "Image"),
}


@pytest.mark.parametrize(("column", "expected"), CASES.values(), ids=CASES)
def test_an_encoder_is_chosen_by_dtype_and_cells(column, expected):
    encoder = choose_encoder(column)
    assert type(encoder).__name__ == f"{expected}Encoder"
    assert not encoder.__sklearn_is_fitted__()


def test_a_picture_of_pillow_is_an_image(objects):
    image = pytest.importorskip("PIL.Image")
    assert type(choose_encoder(objects([image.new("RGB", (2, 2))]))).__name__ == "ImageEncoder"


def test_the_columns_of_made_up_interactions_get_what_they_are_made_for():
    X = make_interactions(50, 40, 500, random_state=0)
    chosen = {name: type(choose_encoder(X.items[name])).__name__ for name in X.items.columns[1:]}
    assert chosen == {
        "title": "TextEncoder",
        "year": "NumberEncoder",
        "studio": "CategoryEncoder",
        "genres": "TagsEncoder",
        "plot": "TextEncoder",
        "poster": "ImageEncoder",
        "clip": "AudioEncoder",
    }
    assert type(choose_encoder(X.users["occupation"])).__name__ == "CategoryEncoder"


def test_cells_of_no_known_kind_are_refused_naming_row_and_column(objects):
    with pytest.raises(
        InvalidDataError, match=r"Row 1 .index 'id1'. of column 'x' is \{'a': 1\}, for which there is no"
    ):
        choose_encoder(objects([None, {"a": 1}], name="x"))


def test_cells_of_which_some_are_lists_and_others_numbers_are_refused():
    cells = pd.Series([[1.0, 2.0], 0.5, [3.0, 4.0]], name="Vector")
    with pytest.raises(InvalidDataError, match="Some cells of column 'Vector' are lists or arrays, and another is 0.5"):
        choose_encoder(cells)
