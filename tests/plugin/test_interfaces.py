import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone

from skrec.backends import find_backend, start
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
    assert not toy.fixed_shapes


def test_what_a_backend_must_write_is_abstract_and_its_search_is_not():
    assert Backend.__abstractmethods__ == {
        *["is_available", "version", "configure", "devices", "device_scope"],
        *["make_table", "read_table", "gather_rows", "scatter_rows"],
        *["value_and_grad", "compile_steps", "compile_forward"],
    }


def test_a_search_is_asked_in_few_sizes_with_a_row_for_what_fills_up():
    start(find_backend())
    asked = []

    def compile_forward(self, function):
        def run(users, rows, columns):
            asked.append((users, rows, columns))
            return np.zeros((len(users), 3), dtype=np.float32), np.zeros((len(users), 3), dtype=np.int32)

        return run

    methods = {name: lambda self, *arguments: None for name in Backend.__abstractmethods__}
    toy = type("Toy", (Backend,), methods | {"compile_forward": compile_forward})
    find = toy().compile_top_k(np.ones((9, 2), dtype=np.float32), 3)
    exclude = csr_array(np.array([[1, 0, 1, 0, 0, 0, 0, 0, 0], [0] * 9, [0] * 8 + [1]], dtype=bool))
    positions, products = find(np.ones((3, 2), dtype=np.float32), exclude)
    assert positions.shape == products.shape == (3, 3)
    users, rows, columns = asked[0]
    assert users.tolist() == [[1.0, 1.0]] * 3 + [[0.0, 0.0]]
    assert list(zip(rows[:3].tolist(), columns[:3].tolist(), strict=True)) == [(0, 0), (0, 2), (2, 8)]
    assert (rows[3:] == 3).all()  # the padding row
    sizes = set()
    for n_users, share in ((4, 0.1), (5, 0.9), (7, 0.5), (7, 1.0)):
        find(np.ones((n_users, 2), dtype=np.float32), csr_array(np.random.default_rng(0).random((n_users, 9)) < share))
        sizes.add(tuple(part.shape for part in asked[-1]))
    assert len(sizes) == 1


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
