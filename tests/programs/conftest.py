"""What programs are made of: the backend, and batches that say which rows of a table they use."""

import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.training.distinct import distinct_rows


@pytest.fixture(scope="session", autouse=True)
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def backend(keras):
    return find_backend()


@pytest.fixture(scope="session")
def rows_of():
    """Fields of a batch that say which rows of a table it uses, and where among these the ids of some fields stand."""

    def fields(side, padding, **ids):
        ids = {name: np.asarray(array, dtype=np.int32) for name, array in ids.items()}
        flat = [array.reshape(len(array), -1) for array in ids.values()]
        rows, counts, positions = distinct_rows(np.concatenate(flat, axis=1), padding, padding + 1)
        parts = np.split(positions, np.cumsum([part.shape[1] for part in flat])[:-1], axis=1)
        found = {name: part.reshape(ids[name].shape) for name, part in zip(ids, parts, strict=True)}
        return {f"{side}_rows": rows, f"{side}_count": counts, **found}

    return fields
