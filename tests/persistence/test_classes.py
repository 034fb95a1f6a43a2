import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline as SklearnPipeline

from skrec import hookimpl
from skrec.data import Vocabulary
from skrec.models import EASE, BaseRecommender, Popularity
from skrec.persistence._classes import OWN_CLASSES, UnregisteredError, find_class, name_of
from skrec.pipeline import Pipeline
from skrec.retrievers import ExactRetriever

KNOWN = {
    EASE: "skrec-keras:models/ease",
    ExactRetriever: "skrec-keras:retrievers/exact",
    Vocabulary: "skrec:Vocabulary",
    Pipeline: "skrec:Pipeline",
    SklearnPipeline: "sklearn:sklearn.pipeline.Pipeline",
    PCA: "sklearn:sklearn.decomposition.PCA",
    LogisticRegression: "sklearn:sklearn.linear_model.LogisticRegression",
}


@pytest.mark.parametrize(("kind", "name"), KNOWN.items(), ids=str)
def test_names_lead_back_to_their_classes(kind, name):
    assert name_of(kind)[0] == name
    assert find_class(name) is kind


@pytest.mark.parametrize("name", OWN_CLASSES)
def test_every_class_of_the_table_is_there(name):
    assert name_of(find_class(f"skrec:{name}"))[0] == f"skrec:{name}"


class Liked(Popularity.__bases__[0]):
    """A model of a plugin."""


def test_a_plugins_class_goes_by_its_distribution_and_name(manager):
    class Toy:
        @hookimpl
        def skrec_models(self):
            return {"liked": Liked}

    with pytest.raises(UnregisteredError, match="nor an installed plugin registers"):
        name_of(Liked)
    manager.register(Toy(), "toy", distribution="skrec-keras-toy")
    assert name_of(Liked) == ("skrec-keras-toy:models/liked", "skrec-keras-toy")
    assert find_class("skrec-keras-toy:models/liked") is Liked


def test_abstract_classes_are_not_registered():
    with pytest.raises(UnregisteredError):
        name_of(BaseRecommender)


@pytest.mark.parametrize(
    "name",
    ["sklearn:sklearn.nowhere.PCA", "sklearn:sklearn.decomposition.Nothing", "sklearn:PCA", "sklearn:sklearn..PCA"],
)
def test_what_scikit_learn_lacks_is_an_error(name):
    with pytest.raises(UnregisteredError, match="no class of scikit-learn|has no estimator"):
        find_class(name)
