"""Every Keras model: how it is made for the comparison, and on what it is trained."""

from typing import Any

N_USERS, N_ITEMS, N_EVENTS = 300, 120, 6000
EPOCHS = 5
DROPOUT = {"dropout": 0.0, "id_dropout": 0.0}
SHARED = {"epochs": EPOCHS, "batch_size": 256, "random_state": 0}


def _multiply(spec: Any) -> Any:
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 8)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 8)(inputs["item_id"])
    hidden = keras.layers.Dense(16, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def make() -> dict[str, Any]:
    """Make the models that are compared, with dropout 0; what they aren't told here are their defaults."""
    return {**_models_of_ids(), **_models_of_features(), **_models_of_sequences()}


def _models_of_ids() -> dict[str, Any]:
    from skrec.models import GMF, KerasModel, MatrixFactorization, NeuMF

    factors = {"dropout": 0.0, **SHARED}
    return {
        "GMF, bce": GMF(16, **SHARED),
        "GMF, bpr": GMF(16, loss="bpr", **SHARED),
        "NeuMF, bce": NeuMF(16, **SHARED),
        "MatrixFactorization, softmax": MatrixFactorization(16, **factors),
        "MatrixFactorization, bpr": MatrixFactorization(16, loss="bpr", **factors),
        "MatrixFactorization, mse": MatrixFactorization(16, loss="mse", **factors),
        "KerasModel, bce": KerasModel(_multiply, **SHARED),
    }


def _models_of_features() -> dict[str, Any]:
    """Numbers, categories, tags, and texts read by convolutions; then texts read otherwise, pictures and sound."""
    from skrec.encoders import AudioEncoder, ImageEncoder, TextEncoder
    from skrec.models import DCNv2, DeepFM, TwoTower, WideDeep
    from skrec.pipeline import make_pipeline
    from skrec.preprocessing import FeatureEncoder

    features = FeatureEncoder(
        users=[("age", "number", "age"), ("occupation", "category", "occupation")],
        items=[("year", "number", "year"), ("genres", "tags", "genres"), ("plot", "text", "plot")],
    )
    models = {
        "TwoTower, softmax": TwoTower(16, (32,), **DROPOUT, **SHARED),
        "WideDeep, bce": WideDeep(16, (32,), **DROPOUT, **SHARED),
        "DeepFM, bce": DeepFM(16, (32,), **DROPOUT, **SHARED),
        "DCNv2, bce": DCNv2(16, (32,), **DROPOUT, **SHARED),
    }
    contents = {
        "text LSTM": ("plot", TextEncoder("lstm", dropout=0.0), "plot"),
        "image CNN": ("poster", ImageEncoder(dropout=0.0), "poster"),
        "audio CNN": ("clip", AudioEncoder("cnn"), "clip"),
        "audio LSTM": ("clip", AudioEncoder("lstm"), "clip"),
    }
    return {name: make_pipeline(features, model) for name, model in models.items()} | {
        f"TwoTower, {name}": make_pipeline(FeatureEncoder(items=[field]), TwoTower(16, (32,), **DROPOUT, **SHARED))
        for name, field in contents.items()
    }


def _models_of_sequences() -> dict[str, Any]:
    from skrec.models import HSTU, BERT4Rec, Caser, GRU4Rec, SASRec

    options = {**DROPOUT, **SHARED}
    return {
        "GRU4Rec, gru": GRU4Rec(16, 20, "gru", units=32, **options),
        "GRU4Rec, lstm": GRU4Rec(16, 20, "lstm", units=32, **options),
        "GRU4Rec, rnn": GRU4Rec(16, 20, "rnn", units=32, **options),
        "Caser": Caser(16, 20, **options),
        "SASRec": SASRec(16, 20, **options),
        "BERT4Rec": BERT4Rec(16, 20, **options),
        "HSTU": HSTU(16, 20, **options),
    }


def data() -> Any:
    """Make the events, with tables of users and items."""
    from skrec import make_interactions

    kinds = ("number", "category", "tags", "text", "image", "audio")
    return make_interactions(N_USERS, N_ITEMS, N_EVENTS, features=kinds, random_state=0)
