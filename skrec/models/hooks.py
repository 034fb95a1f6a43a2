"""The built-in models, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_models() -> dict[str, str]:
    return {
        "popularity": "skrec.models:Popularity",
        "item-knn": "skrec.models:ItemKNN",
        "ease": "skrec.models:EASE",
        "gmf": "skrec.models:GMF",
        "neumf": "skrec.models:NeuMF",
        "matrix-factorization": "skrec.models:MatrixFactorization",
        "gru4rec": "skrec.models:GRU4Rec",
        "caser": "skrec.models:Caser",
        "sasrec": "skrec.models:SASRec",
        "bert4rec": "skrec.models:BERT4Rec",
        "hstu": "skrec.models:HSTU",
        "two-tower": "skrec.models:TwoTower",
        "wide-deep": "skrec.models:WideDeep",
        "deep-fm": "skrec.models:DeepFM",
        "dcn-v2": "skrec.models:DCNv2",
    }
