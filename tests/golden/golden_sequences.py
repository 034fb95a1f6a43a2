"""Cases of models that read histories."""

from golden_features import CNN, ask_with_features
from golden_pairs import BruteForce, ask_briefly_about_new
from golden_world import ask_briefly, ask_everything
from sklearn.base import clone

from skrec import HSTU, BERT4Rec, Caser, GRU4Rec, SASRec, make_pipeline
from skrec.optimizers import Adagrad
from skrec.preprocessing import FeatureEncoder

QUICK = {"epochs": 3, "learning_rate": 0.02, "batch_size": 32, "random_state": 0}
KINDS = FeatureEncoder(items=[("kinds", "tags", "kinds")])

FULL = {
    "gru4rec": GRU4Rec(4, 5, units=5, **QUICK),
    "caser": Caser(4, 5, 3, n_horizontal=2, n_vertical=2, **QUICK),
    "sasrec": SASRec(4, 5, 1, 2, **QUICK),
    "bert4rec": BERT4Rec(4, 5, 1, 2, **QUICK),
    "hstu": HSTU(4, 5, 1, 2, **QUICK),
}
"""These answer every question; histories are longer than the windows."""

BRIEF = {
    "gru4rec-lstm": GRU4Rec(4, 5, "lstm", units=5, n_layers=2, dropout=0.0, **QUICK),
    "gru4rec-rnn-bpr": GRU4Rec(4, 8, "rnn", units=5, loss="bpr", negatives="popularity", **QUICK),
    "caser-bce": Caser(4, 5, 3, n_horizontal=2, n_vertical=1, loss="bce", l2=0.01, **QUICK),
    "sasrec-bce": SASRec(4, 5, 2, loss="bce", calibration=0.5, dropout=0.3, **QUICK),
    "sasrec-popularity": SASRec(4, 5, 1, negatives="popularity", n_negatives=4, temperature=0.5, **QUICK),
    "sasrec-in-batch": SASRec(4, 5, 1, negatives="in-batch", optimizer=Adagrad(0.005), dropout=0.0, **QUICK),
    "sasrec-retriever": SASRec(4, 5, 1, 2, retriever=BruteForce(), **QUICK),
    "bert4rec-bce": BERT4Rec(4, 6, 1, 2, mask_share=0.6, loss="bce", **QUICK),
    "hstu-bpr": HSTU(4, 5, 2, 1, loss="bpr", **QUICK),
}
"""Losses, negatives, cells, depths: these predict and recommend."""

FEATURED = {
    "sasrec-features": make_pipeline(
        FeatureEncoder(items=[("kinds", "tags", "kinds"), ("plot", CNN, "plot")]),
        SASRec(4, 5, 1, 2, id_dropout=0.5, **QUICK),
    ),
    "gru4rec-features": make_pipeline(KINDS, GRU4Rec(4, 5, units=5, **QUICK)),
}
"""Pipelines: items have content, and new ones are scored by theirs."""


def run_full(name, world):
    """Answer everything; then again after more events, of new users and items among them."""
    model = clone(FULL[name]).fit(world.plain)
    answers = ask_everything(model, world)
    answers |= _after("partial_fit", model.partial_fit(world.more_plain), world)
    answers["partial_fit, new ones"] = ask_briefly_about_new(model, world)
    return answers


def run_brief(name, world):
    """Predict and recommend."""
    return ask_briefly(clone(BRIEF[name]).fit(world.plain), world)


def run_featured(name, world):
    """Answer everything, cold items included; then again after more events."""
    pipeline = clone(FEATURED[name]).fit(world.films)
    answers = ask_everything(pipeline, world, world.films.events) | ask_with_features(pipeline, world)
    pipeline[-1].partial_fit(world.more)
    return answers | _after("partial_fit", pipeline, world)


def run_ways_to_fit(name, world):
    """The ways to call `fit`: without times, labels, weights, validation, early stopping, warm start."""

    def make(**options):
        return clone(FULL[name.removesuffix("-fits")]).set_params(**options)

    untimed = make().fit(world.untimed)
    return {
        **{f"untimed: {question}": found for question, found in ask_everything(untimed, world, world.untimed).items()},
        **_after("labels", make().fit(world.plain, world.liked), world),
        **_after("weights", make().fit(world.plain, sample_weight=world.weights), world),
        **_after("validation", make(validation_fraction=0.3).fit(world.plain), world),
        **_after("early stopping", make(early_stopping=2, epochs=8).fit(world.plain), world),
        **_after("warm start", make(warm_start=True).fit(world.plain[:60]).fit(world.more_plain), world),
        **_after("long windows", make(max_length=20).fit(world.plain), world),
    }


def _after(what, model, world):
    return {f"{what}: {question}": answer for question, answer in ask_briefly(model, world).items()}


CASES = {
    **dict.fromkeys(FULL, run_full),
    **dict.fromkeys(BRIEF, run_brief),
    **dict.fromkeys(FEATURED, run_featured),
    **dict.fromkeys(["sasrec-fits", "hstu-fits"], run_ways_to_fit),
}
