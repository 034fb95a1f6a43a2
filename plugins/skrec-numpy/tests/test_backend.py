"""The backend in processes of its own: Keras can't change its backend."""

import inspect
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from skrec_numpy.backend import NumpyBackend

from skrec import Interactions, make_pipeline, save
from skrec.backends import find_backend, start
from skrec.models import (
    GMF,
    HSTU,
    BERT4Rec,
    Caser,
    DCNv2,
    GRU4Rec,
    KerasModel,
    MatrixFactorization,
    NeuMF,
    SASRec,
    TwoTower,
)
from skrec.preprocessing import FeatureEncoder
from skrec.testing import checkerboard


def multiply(spec):
    """Embeddings, multiplied, then a unit."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1)(user * item))


SEQUENCE = {"max_length": 4, "epochs": 5, "learning_rate": 0.01, "random_state": 0}
USERS = [("age", "number", "age"), ("side", "category", "side")]
ITEMS = [("kinds", "tags", "kinds"), ("plot", "text", "plot")]
MODELS = {
    "gmf": GMF(4, epochs=20, learning_rate=0.05, random_state=0),
    "neumf": NeuMF(4, (8,), epochs=20, learning_rate=0.05, random_state=0),
    "mf": MatrixFactorization(4, epochs=20, random_state=0),
    "mf-mse": MatrixFactorization(4, loss="mse", dropout=0.0, epochs=20, random_state=0),
    "keras-model": KerasModel(multiply, epochs=20, learning_rate=0.05, random_state=0),
    "gru4rec": GRU4Rec(8, cell="gru", units=6, **SEQUENCE),
    "gru4rec-lstm": GRU4Rec(8, cell="lstm", units=6, **SEQUENCE),
    "caser": Caser(8, order=3, n_horizontal=3, n_vertical=2, **SEQUENCE),
    "sasrec": SASRec(8, n_blocks=1, **SEQUENCE),
    "bert4rec": BERT4Rec(8, n_blocks=1, **SEQUENCE),
    "hstu": HSTU(8, n_blocks=1, **SEQUENCE),
    "two-tower": make_pipeline(FeatureEncoder(USERS, ITEMS), TwoTower(4, (8,), random_state=0)),
    "dcn-v2": make_pipeline(FeatureEncoder(USERS, ITEMS), DCNv2(4, (8,), epochs=5, random_state=0)),
}


def board():
    """A checkerboard, its users and items with numbers, categories, tags, and texts that convolutions read."""
    events = checkerboard(10).events
    users = pd.DataFrame({"user_id": range(10), "age": [30, 45] * 5, "side": ["even", "odd"] * 5})
    items = pd.DataFrame({"item_id": range(10), "kinds": ["white|plain", "black"] * 5})
    items["plot"] = ["a pale square", "this one is dark"] * 5
    return Interactions(events.assign(rating=4.0 - (events["user_id"] - events["item_id"]).abs() / 4.0), users, items)


@pytest.fixture(scope="module")
def X():
    return board()


@pytest.fixture(scope="module")
def trained(X, tmp_path_factory):
    """Models trained on this process' backend, and the files they are saved in."""
    start(find_backend(), to_train=True)
    folder = tmp_path_factory.mktemp("models")
    models = {name: model.fit(X) for name, model in MODELS.items()}
    for name, model in models.items():
        save(model, folder / f"{name}.skrec")
    return folder, models


SERVE = """
import json, sys
import pandas as pd
import skrec
from skrec import Interactions
from skrec.testing import checkerboard

{board}
X = board()
found = {{}}
for name in {names}:
    model = skrec.load({folder!r} + "/" + name + ".skrec")
    new = model.recommend(history=[(999, 0), (999, 2), (999, 4)], k=3)
    lists = model.recommend(k=3, exclude_items=[1])
    similar = model.similar_items([0], k=3).items.tolist() if hasattr(model, "similar_items") else None
    found[name] = [model.predict(X).tolist(), lists.items.tolist(), new.items.tolist(), similar, model.score(X, exclude_seen=False)]
import keras
print(json.dumps([keras.config.backend(), sorted({{"jax", "tensorflow", "torch"}} & set(sys.modules)), found]))
"""


@pytest.fixture(scope="module", params=["no framework", "jax is there"])
def served(request, run, trained):
    blocked = request.param == "no framework"
    code = SERVE.format(board=inspect.getsource(board), names=list(MODELS), folder=str(trained[0]))
    return run(code, blocked=blocked, **({} if blocked else {"SKREC_BACKEND": "numpy"}))


def test_it_is_taken_where_no_framework_is_installed_and_leaves_no_stand_in(served):
    assert served[0] == "numpy"
    assert "tensorflow" not in served[1]
    assert "torch" not in served[1]


@pytest.mark.parametrize("name", MODELS)
def test_it_serves_what_another_backend_trained(served, trained, X, name):
    model = trained[1][name]
    predictions, lists, new, similar, score = served[2][name]
    expected = model.predict(X)
    np.testing.assert_allclose(predictions, expected, rtol=0, atol=1e-5 * expected.std())
    assert lists == model.recommend(k=3, exclude_items=[1]).items.tolist()
    if similar is not None:
        assert similar == model.similar_items([0], k=3).items.tolist()
    assert score == pytest.approx(model.score(X, exclude_seen=False), abs=1e-6)
    assert len(new[0]) == 3
    assert not {0, 2, 4} & set(new[0])


def test_fit_says_what_it_cannot_do_and_which_backends_can(run):
    told = run("""
        import json
        from skrec.models import GMF
        from skrec.testing import checkerboard
        model = GMF(epochs=1)
        try:
            model.fit(checkerboard(4))
        except NotImplementedError as error:
            print(json.dumps([type(error).__name__, str(error), sorted(vars(model)) == sorted(model.get_params())]))
    """)
    assert told[0] == "BackendCapabilityError"
    assert "Backend 'numpy' can't train" in told[1]
    assert "jax, tensorflow, torch" in told[1]
    assert told[2]


def test_what_needs_jax_says_so_without_it(run):
    told = run("""
        import json, numpy as np
        from skrec.backends import find_backend, start
        keras = start(find_backend("numpy"))
        try:
            keras.ops.fft((np.ones((1, 4), dtype="float32"), np.ones((1, 4), dtype="float32")))
        except NotImplementedError as error:
            print(json.dumps(str(error)))
    """)
    assert "computes this with JAX" in told
    assert "Fourier transforms need it" in told


def test_no_stand_in_and_no_choice_of_a_backend_is_left_behind(run):
    told = run("""
        import json, os, sys
        from skrec.backends import find_backend, start
        start(find_backend("numpy"))
        print(json.dumps([os.environ.get("KERAS_BACKEND"), [str(type(finder)) for finder in sys.meta_path],
                          [name for name in sys.modules if name.partition(".")[0] in {"jax", "jaxlib"}]]))
    """)
    assert told[0] is None
    assert not any("skrec" in finder for finder in told[1])
    assert told[2] == []


def test_the_listing_knows_it():
    command = [sys.executable, "-c", "from skrec.cli import main; main()", "backends", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {row["name"]: row for row in json.loads(done.stdout)}
    assert found["numpy"]["provider"] == "skrec-keras-numpy"
    assert found["numpy"]["installed"]
    assert found["numpy"]["devices"] == ["cpu"]


@pytest.mark.filterwarnings("error")
def test_programs_warn_of_no_numbers_as_compiled_ones_do():
    program = NumpyBackend().compile_forward(lambda left, right: left @ right)
    assert np.isnan(program(np.array([[0.0]]), np.array([[np.inf]]))).all()
