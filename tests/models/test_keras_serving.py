"""How estimators serve what they learned: what they keep, for how long, and what questions leave behind."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.exceptions import DeviceNotFoundError
from skrec.models import GMF, BaseRecommender
from skrec.retrievers import ExactRetriever
from skrec.serving import Server
from skrec.testing import checkerboard

BOARD = checkerboard(12)


@pytest.fixture
def made(monkeypatch):
    """Count the servers that are made from here on."""
    found, original = [], Server.__init__

    def count(self, *arguments):
        found.append(self)
        original(self, *arguments)

    monkeypatch.setattr(Server, "__init__", count)
    return found


@pytest.fixture
def touched(monkeypatch):
    """Ids of the estimators of which anything is read from here on."""
    found = set()

    def note(self, name):
        found.add(id(self))
        return object.__getattribute__(self, name)

    monkeypatch.setattr(BaseRecommender, "__getattribute__", note, raising=False)
    return found


def ask_everything(model):
    """Ask all that a model without features can be asked."""
    model.recommend(k=2)
    model.recommend([1, 999], items=[1, 3, 5], exclude_items=[1])
    model.recommend(history=[(77, 0), (1, 2)], context=pd.DataFrame({"hour": [1, 2]}))
    model.predict([(1, 3), (999, 999)])
    if hasattr(model, "similar_items"):
        model.similar_items([0, 999])
        model.item_vectors()
    model.score(BOARD, exclude_seen=False)


@pytest.mark.parametrize("name", ["gmf", "neumf", "keras-model"])
def test_whatever_is_asked_the_server_is_made_once(house, name, made):
    model = copy.deepcopy(house(name))
    made.clear()  # the one that fit made
    ask_everything(model)
    assert len(made) == 1


def test_the_first_question_after_fit_finds_the_server_made(made):
    model = GMF(4, epochs=1, random_state=0).fit(BOARD)
    assert len(made) == 1
    model.recommend([0], k=1)
    assert len(made) == 1


@pytest.mark.parametrize("name", ["gmf", "neumf", "keras-model"])
def test_questions_leave_nothing_on_the_estimator_but_its_server(house, name):
    model = copy.deepcopy(house(name))
    assert model._kept == []
    before = dict(vars(model))
    ask_everything(model)
    assert all(value is before.get(key) for key, value in vars(model).items())
    assert set(vars(model)) == set(before)
    assert len(model._kept) == 1


def test_questions_leave_nothing_on_a_model_that_shows_its_progress(sasrec, capsys):
    model = copy.deepcopy(sasrec).set_params(verbose=1)
    before = dict(vars(model))
    model.recommend([1, 2], k=2)
    model.recommend(history=[(77, 0, 1)], k=2)
    assert all(value is before.get(key) for key, value in vars(model).items())


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_makes_a_server_of_its_own(gmf, made, copied):
    model = copied(gmf)
    assert model._kept == []
    model.recommend(k=1)
    assert len(made) == 1
    assert not gmf._kept or gmf._kept[0][1] is not made[0]


def test_another_fit_makes_another_server(gmf, made):
    model = copy.deepcopy(gmf)
    model.recommend(k=1)
    model.set_params(epochs=1).fit(checkerboard(8))
    assert model.recommend(k=1).items.shape == (8, 1)
    model.partial_fit([(50, 60)])
    assert model.recommend(k=1).items.shape == (9, 1)
    assert model.recommend([50], exclude_seen=False, k=9).lengths.tolist() == [9]


def test_a_failed_fit_keeps_the_server(gmf, made):
    model = copy.deepcopy(gmf)
    model.recommend(k=1)
    with pytest.raises(ValueError, match="y has 1 entries"):
        model.fit(BOARD, [1])
    model.recommend(k=1)
    assert len(made) == 1


def test_a_server_is_told_what_follows_from_the_parameters(house, two_tower, rankers):
    def setup(model):
        return model._served()._scorer.setup

    assert (setup(house("gmf")).n_negatives, setup(house("gmf")).n_biases, setup(house("gmf")).drops_ids) == (
        4,
        0,
        False,
    )
    tower, ranker = setup(two_tower[-1]), setup(rankers("wide-deep")[-1])
    assert (tower.n_negatives, tower.n_biases, tower.drops_ids) == (512, 1, True)
    assert (ranker.n_negatives, ranker.n_biases, ranker.drops_ids) == (0, 1, True)  # labels are learned
    plain = copy.deepcopy(two_tower[-1]).set_params(id_dropout=0.0)
    assert not setup(plain).drops_ids


class TestParametersSetAfterFit:
    def test_a_device_that_is_there_changes_no_scores(self, gmf, made):
        model = copy.deepcopy(gmf)
        expected = model.recommend(k=3)
        found = model.set_params(device="cpu").recommend(k=3)
        np.testing.assert_array_equal(found.scores, expected.scores)
        assert len(made) == 2

    def test_a_device_that_is_not_there_is_refused_and_the_one_before_serves_again(self, gmf):
        model = copy.deepcopy(gmf)
        expected = model.recommend(k=3)
        model.set_params(device="tpu:7")
        for ask in (model.recommend, lambda: model.predict(BOARD), model.item_vectors):
            with pytest.raises(DeviceNotFoundError, match="Device 'tpu:7' isn't there"):
                ask()
        np.testing.assert_array_equal(model.set_params(device="auto").recommend(k=3).scores, expected.scores)

    def test_another_backend_than_keras_runs_is_refused(self, gmf):
        from skrec.exceptions import BackendMismatchError, BackendNotAvailableError

        model = copy.deepcopy(gmf)
        model.recommend(k=1)
        other = "torch" if model.backend_ != "torch" else "jax"
        with pytest.raises((BackendMismatchError, BackendNotAvailableError)):
            model.set_params(backend=other).recommend(k=1)

    def test_neighbours_count_as_many_as_there_are_to_be_now(self, house):
        model = copy.deepcopy(house("keras-model"))
        history = [(99, item) for item in (2, 4, 9)]
        many = model.recommend(history=history, k=12, exclude_seen=False)
        few = model.set_params(n_neighbors=2).recommend(history=history, k=12, exclude_seen=False)
        assert np.abs(few.scores - many.scores).max() > 1e-3
        fresh = clone(model).fit(BOARD).recommend(history=history, k=12, exclude_seen=False)
        np.testing.assert_array_equal(few.scores, fresh.scores)

    def test_negatives_of_a_fold_in_are_as_many_as_there_are_to_be_now(self, gmf):
        model, history = copy.deepcopy(gmf), [(99, 0), (99, 2), (99, 4)]
        before = model.recommend(history=history, k=12, exclude_seen=False).scores.mean()
        model.set_params(n_negatives=40)
        assert model.recommend(history=history, k=12, exclude_seen=False).scores.mean() < before - 0.005

    def test_a_retriever_searches_from_now_on(self, gmf):
        class Last(ExactRetriever):
            """Finds the last item only."""

            def query(self, user_vectors, k, exclude=None):
                codes, scores = super().query(user_vectors, k)
                codes[:] = len(self._items) - 1
                return codes, scores

        model = copy.deepcopy(gmf)
        before = model.recommend(k=1)
        found = model.set_params(retriever=Last()).recommend(k=1)
        assert set(found.items.ravel()) == {model.items_[-1]}
        np.testing.assert_array_equal(model.set_params(retriever="exact").recommend(k=1).items, before.items)

    def test_a_parameter_of_training_alone_changes_nothing(self, gmf):
        model = copy.deepcopy(gmf)
        expected = model.recommend(k=3)
        model.set_params(epochs=99, batch_size=7, optimizer="sgd", learning_rate=1.0, random_state=5)
        np.testing.assert_array_equal(model.recommend(k=3).scores, expected.scores)

    def test_a_progress_bar_is_shown_from_now_on(self, sasrec, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        model = copy.deepcopy(sasrec)
        quiet = model.recommend(k=2)
        assert capsys.readouterr() == ("", "")
        shown = model.set_params(verbose=1).recommend(k=2)
        output = capsys.readouterr()
        assert output.out == ""
        assert "40/40" in output.err
        np.testing.assert_array_equal(shown.scores, quiet.scores)


class TestColdIds:
    def test_frames_of_cold_ids_copy_no_estimator(self, pipeline, cold_films, cold_users, all_films, touched):
        model = pipeline[-1]
        before = dict(vars(model))
        touched.clear()
        model.recommend(cold_users, k=3, items=cold_films)
        model.similar_items(cold_films, k=3)
        model.predict(all_films)
        assert all(value is before.get(key) for key, value in vars(model).items())
        assert touched == {id(model)}
        assert len(model.users_) < all_films.users["user_id"].nunique()

    def test_they_are_forgotten_after_the_question(self, pipeline, cold_films, cold_users):
        cold = cold_users["user_id"].to_list()
        pipeline.recommend(cold_users, k=3, items=cold_films)
        assert pipeline.recommend([2], items=cold_films["item_id"]).lengths.tolist() == [0]
        plain = pipeline.recommend(cold, k=4)
        assert len({tuple(row) for row in plain.items.tolist()}) == 1  # strangers, all of them

    def test_a_question_with_them_makes_no_server_anew(self, two_tower, cold_films, made):
        model = two_tower[-1]
        model.recommend([2], k=1)
        server = model._kept[0][1]
        model.recommend([2], k=1, items=cold_films)
        assert model._kept[0][1] is server
