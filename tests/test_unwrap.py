import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skrec._unwrap import can, unwrap
from skrec.exceptions import InvalidParameterError, NotFittedError
from skrec.models import EASE, Popularity
from skrec.preprocessing import Binarize, Deduplicate, KCore

EVENTS = [(user, item, float(1 + (user + item) % 5)) for user in range(6) for item in range(6) if (user + item) % 3]


def names(steps):
    return [type(step).__name__ for step in steps]


def test_a_bare_recommender_is_found_without_steps():
    model = Popularity().fit(EVENTS)
    found = unwrap(model)
    assert found.recommender is model
    assert found.steps == []
    assert found.transform(EVENTS) is EVENTS


def test_steps_are_listed_in_order_through_nested_pipelines():
    inner = make_pipeline(Deduplicate(), Popularity())
    outer = Pipeline([("front", make_pipeline(KCore(0, 0), Binarize())), ("skip", "passthrough"), ("rest", inner)])
    found = unwrap(outer.fit(EVENTS))
    assert names(found.steps) == ["KCore", "Binarize", "Deduplicate"]
    assert found.recommender is inner.steps[-1][1]


def test_a_search_over_a_pipeline_gives_the_best_pipeline():
    search = GridSearchCV(make_pipeline(KCore(0, 0), EASE()), {"ease__regularization": [1.0]}, cv=KFold(2)).fit(EVENTS)
    found = unwrap(search)
    assert found.recommender is search.best_estimator_[-1]
    assert names(found.steps) == ["KCore"]


def test_a_pipeline_that_ends_in_a_search_is_looked_into():
    search = GridSearchCV(EASE(), {"regularization": [1.0]}, cv=KFold(2))
    found = unwrap(make_pipeline(Deduplicate(), search).fit(EVENTS))
    assert names(found.steps) == ["Deduplicate"]
    assert isinstance(found.recommender, EASE)


def test_a_frozen_pipeline_is_looked_into():
    frozen = FrozenEstimator(make_pipeline(Binarize(), Popularity()).fit(EVENTS))
    assert names(unwrap(frozen).steps) == ["Binarize"]


def test_events_pass_through_the_steps():
    pipeline = make_pipeline(KCore(0, 0), Binarize(threshold=3), Popularity()).fit(EVENTS)
    assert set(unwrap(pipeline).transform(EVENTS).events["rating"]) == {0, 1}


def test_a_history_goes_by_name_where_events_had_more_columns():
    pipeline = make_pipeline(Binarize(threshold=3), Popularity()).fit(EVENTS)
    history = unwrap(pipeline).transform_history([(0, 1), (0, 2)])
    assert list(history.events.columns) == ["user_id", "item_id"]
    assert unwrap(pipeline).transform_history(None) is None


class Relabel(StandardScaler):
    """A foreign transformer without `transform_history`."""

    def fit(self, X, y=None):
        self.n_features_in_ = 2
        return self

    def transform(self, X):
        return [(row[0], row[1] + 1) for row in X]


def test_a_history_passes_through_a_foreign_transformer_by_its_transform():
    pipeline = make_pipeline(Relabel(), Popularity()).fit([(0, 1), (1, 2)])
    assert unwrap(pipeline).transform_history([(0, 1)]) == [(0, 2)]


@pytest.mark.parametrize("estimator", [Popularity(), make_pipeline(Binarize(), Popularity())])
def test_an_unfitted_recommender_is_refused(estimator):
    with pytest.raises(NotFittedError, match="This Popularity instance is not fitted yet"):
        unwrap(estimator)


def test_an_unfitted_search_is_refused():
    with pytest.raises(NotFittedError, match="This GridSearchCV instance is not fitted yet"):
        unwrap(GridSearchCV(EASE(), {"regularization": [1.0]}))


def test_a_search_without_refit_says_what_to_pass():
    search = GridSearchCV(EASE(), {"regularization": [1.0]}, cv=KFold(2), refit=False).fit(EVENTS)
    with pytest.raises(InvalidParameterError, match=r"has no best_estimator_.*refit=False"):
        unwrap(search)


def test_an_estimator_without_recommend_is_refused_by_name():
    with pytest.raises(InvalidParameterError, match=r"^LinearRegression has no recommend"):
        unwrap(LinearRegression())
    with pytest.raises(InvalidParameterError, match=r"^LinearRegression inside Pipeline has no recommend"):
        unwrap(make_pipeline(StandardScaler(), LinearRegression()))
    with pytest.raises(TypeError, match="'passthrough' inside Pipeline has no recommend"):
        unwrap(Pipeline([("kcore", KCore()), ("end", "passthrough")]))


def test_can_looks_inside_before_anything_is_fitted():
    assert can(GridSearchCV(make_pipeline(KCore(), EASE()), {}), "similar_items")
    assert can(make_pipeline(KCore(), Popularity()), "recommend")
    assert not can(make_pipeline(KCore(), Popularity()), "similar_items")
    assert not can(Pipeline([("end", "passthrough")]), "recommend")
