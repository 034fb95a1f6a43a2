"""Networks with drawn weights on a board of twelve users and items whose codes are their ids: nothing is trained to be served."""

import importlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.backends import find_backend, start
from skrec.data import Histories, Vocabulary, encode_events
from skrec.losses import find_loss
from skrec.optimizers import Adam
from skrec.preprocessing import FeatureEncoder
from skrec.programs import Weights, make_program
from skrec.queries import Query
from skrec.serving import Learned, ModelFeatures, Reading, Scorer, Setup

N = 12
DIM = 4


@pytest.fixture(scope="session")
def networks():
    """The room of networks, once Keras is started."""
    start(find_backend())
    return importlib.import_module("skrec.networks")


@pytest.fixture(scope="session")
def board():
    """A user has an event with each item of the user's parity but the user's own number; users and items say which parity is theirs."""
    pairs = [(user, item, "tv") for user in range(N) for item in range(N) if user % 2 == item % 2 and user != item]
    users = pd.DataFrame({"user_id": range(N), "side": ["even", "odd"] * (N // 2)})
    items = pd.DataFrame({"item_id": range(N), "colour": ["white", "black"] * (N // 2), "size": range(N)})
    X = Interactions(pd.DataFrame(pairs, columns=["user_id", "item_id", "device"]), users, items)
    encoder = FeatureEncoder(
        [("side", "category", "side")],
        [("colour", "category", "colour"), ("size", "number", "size")],
        [("device", "category", "device")],
    )
    return encoder.fit_transform(X)


@pytest.fixture(scope="session")
def ids():
    return Vocabulary(np.arange(N), "user"), Vocabulary(np.arange(N), "item")


@pytest.fixture(scope="session")
def histories(board, ids):
    """Histories of all users of the board."""
    return Histories.group(encode_events(board, None, None, *ids))


@pytest.fixture(scope="session")
def past():
    """Histories out of lists of item codes."""

    def make(lists, ratings=None, weights=None, positive=None, n_items=N):
        lengths = [len(items) for items in lists]
        n = sum(lengths)
        return Histories(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array([item for items in lists for item in items], dtype=np.int64),
            np.ones(n, dtype=np.float32) if weights is None else np.array(weights, dtype=np.float32),
            np.ones(n, dtype=bool) if positive is None else np.array(positive),
            None if ratings is None else np.array(ratings, dtype=np.float32),
            np.zeros(n, dtype=np.int64),
            n_items,
        )

    return make


@pytest.fixture(scope="session")
def ask(histories):
    """A query of codes; of `past`, a dict of positions in it, come the histories that are handed in."""

    def make(users, past=None, rows=(), **options):
        query = replace(Query.of_codes(np.array(users, dtype=np.int64), histories), **options)
        if past is None:
            return query
        folded = np.isin(np.arange(len(users)), rows)
        lists = [
            (past if handed_in else query.histories).take(np.array([place])) for place, handed_in in enumerate(folded)
        ]
        return replace(query, folded=folded, histories=_joined(lists))

    return make


def _joined(lists):
    """Put histories one behind the other."""
    columns = {
        name: np.concatenate([getattr(one, name) for one in lists])
        for name in ("items", "weights", "positive", "times")
    }
    indptr = np.append(0, np.cumsum([one.lengths[0] for one in lists]))
    return replace(lists[0], indptr=indptr, ratings=None, **columns)


@pytest.fixture(scope="session")
def features(board, ids):
    """What models of some sides keep of the board's features."""
    return lambda *sides: ModelFeatures.read(board, *(known.ids for known in ids), sides)


@pytest.fixture(scope="session")
def known(ids, histories):
    """What was learned, of which some parts are given; the others are those of the board, without weights."""

    def make(**parts):
        counts = np.bincount(histories.items, minlength=N).astype(float)
        own = {"item_counts": counts, "weights": Weights({}, [], []), "pool": np.arange(N)}
        return Learned(*ids, histories, **{**own, **parts})

    return make


@pytest.fixture(scope="session")
def build(networks, known):
    """Make the scorer of a network with drawn weights; compiled functions are made when they are first called."""
    backend = find_backend()

    def make(
        network, widths, features=None, *, loss="bce", scale=0.5, n_negatives=4, drops_ids=False, n_biases=0, **parts
    ):
        if hasattr(network, "build_for"):
            network.build_for({} if features is None else features.samples())
        else:
            network.build({"user": (None, widths["user"]), "item": (None, None, widths["item"])})
        rng = np.random.default_rng(0)
        tables = {side: scale * rng.standard_normal((N, width), dtype=np.float32) for side, width in widths.items()}
        first, fixed = networks.initial_weights(network, rng)
        # Biases start at 0: as if they had been learned, too.
        moved = [weight + 0.2 * rng.standard_normal(weight.shape, dtype=np.float32) for weight in first]
        learned = known(weights=Weights(tables, moved, fixed), features=features, **parts)
        found = find_loss(loss, ratings=True, owner="Model")
        program = make_program(backend, network, widths, found, Adam(), 0.0)
        name = backend.keras_name
        return Scorer(learned, Setup(program, backend, name, "cpu", found, n_negatives, drops_ids, n_biases))

    return make


@pytest.fixture(scope="session")
def gmf(networks, build):
    """Rows of tables, and scores that are inner products."""
    return build(networks.GMFNetwork(0.0, True), {"user": DIM, "item": DIM}, scale=1.0)


@pytest.fixture(scope="session")
def neumf(networks, build):
    """Rows of tables that a network joins."""
    return build(networks.NeuMFNetwork((8,), 0.0, True), {"user": 2 * DIM, "item": 2 * DIM})


@pytest.fixture(scope="session")
def tower(networks, build, features):
    """Rows and features, encoded to vectors; rows end in a bias."""
    own = features("user", "item")
    network = networks.TwoTowerNetwork(own.layers(DIM), DIM, (8,), 0.0, None, 0.1, True)
    return build(network, {"user": DIM + 1, "item": DIM + 1}, own, n_biases=1)


@pytest.fixture(scope="session")
def fields(networks, build, features):
    """Rows, features and context, encoded and joined."""
    own = features("user", "item", "context")
    network = networks.DeepFMNetwork(
        layers=own.layers(DIM), dim=DIM, hidden=(8,), dropout=0.0, id_dropout=0.1, bias=True
    )
    return build(network, {"user": DIM + 1, "item": DIM + 1}, own, n_biases=1)


@pytest.fixture(scope="session")
def sasrec(networks, build, features):
    """Histories read forwards, and how they are read."""
    own = features("item")
    network = networks.SASRecNetwork(own.layers(DIM), DIM, False, None, 0.0, 0.0, max_length=12, n_blocks=1, n_heads=2)
    return build(network, {"item": DIM}, own, loss="softmax"), Reading(12)


@pytest.fixture(scope="session")
def bert(networks, build, features):
    """Histories read both ways, with a place behind them to guess."""
    own = features("item")
    network = networks.BERT4RecNetwork(own.layers(DIM), DIM, True, None, 0.0, 0.0, max_length=12, n_blocks=1, n_heads=2)
    return build(network, {"item": DIM + 1}, own, loss="softmax", n_biases=1), Reading(12, mask_share=0.2)


class IdProgram:
    """Stands for the program of a network that takes ids: a score is 100 times the user's plus the item's; notes what it is called with."""

    vectors = encode = None

    def __init__(self):
        self.shapes = []

    def score(self, weights, fixed, user, item):
        self.shapes.append((user.shape, item.shape))
        return (100.0 * user[:, np.newaxis] + item).astype(np.float32)


@pytest.fixture
def by_ids(known):
    """A scorer of a network that takes ids."""
    setup = SimpleNamespace(
        program=IdProgram(), loss=find_loss("bpr", ratings=False, owner="Model"), n_biases=0, device="cpu"
    )
    return Scorer(known(), setup)
