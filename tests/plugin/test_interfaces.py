import numpy as np
import pytest
from sklearn.base import clone

from skrec.plugin import Backend, Capabilities, Dataset, Encoder, RankedLists, Retriever


@pytest.mark.parametrize("interface", [Backend, Dataset, Encoder, Retriever])
def test_interfaces_can_not_be_made(interface):
    with pytest.raises(TypeError, match="abstract"):
        interface()


@pytest.mark.parametrize(
    ("interface", "missing"),
    [(Encoder, {"fit", "transform", "build"}), (Dataset, {"load"}), (Retriever, {"fit", "query"})],
)
def test_what_must_be_written_is_abstract(interface, missing):
    assert interface.__abstractmethods__ == missing


def test_an_encoder_is_a_transformer_of_scikit_learn():
    class Length(Encoder):
        def __init__(self, scale=1.0):
            self.scale = scale

        def fit(self, column, y=None):
            return self

        def transform(self, column):
            return np.array([len(text) * self.scale for text in column], dtype=np.float32)

        def build(self, dim):
            return dim

    assert clone(Length(scale=2.0)).fit_transform(["ab", ""]).tolist() == [4.0, 0.0]


def test_a_backend_takes_the_best_device_by_default():
    methods = {name: lambda self, *arguments: None for name in Backend.__abstractmethods__}
    toy = type("Toy", (Backend,), methods | {"devices": lambda self: ["gpu:0", "cpu"]})
    assert toy().default_device() == "gpu:0"
    assert toy.capabilities == Capabilities(train=True, jit=True, distribution=False, tpu=False)


def lists():
    items = np.array([[3, 1, -1], [0, 2, 1]])
    hits = np.array([[True, False, False], [False, True, True]])
    return RankedLists(hits, np.array([1, 5]), items, 3, np.ones(4))


def test_cut_shortens_the_lists_only():
    cut = lists().cut(2)
    assert cut.k == 2
    assert cut.hits.tolist() == [[True, False], [False, True]]
    assert cut.items.tolist() == [[3, 1], [0, 2]]
    assert cut.n_relevant.tolist() == [1, 5]
    assert cut.item_counts.tolist() == [1, 1, 1, 1]


def test_lengths_count_the_items():
    assert lists().lengths.tolist() == [2, 3]
    assert lists().cut(1).lengths.tolist() == [1, 1]
