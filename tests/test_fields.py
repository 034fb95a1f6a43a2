"""Constructors from annotated fields, as recommenders and losses have them."""

import __future__

import copy
import inspect
import pickle
import re
import sys
from dataclasses import KW_ONLY
from numbers import Integral
from types import ModuleType
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone

from skrec._fields import make_constructor, parameter_names
from skrec._params import NOT_COMPILED, POSITIVE_INT, Flag, Interval, OneOf, Positive, PositiveInt, Share
from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss
from skrec.models import BaseRecommender


class Estimator(BaseEstimator):
    """What recommenders and losses do of it: parameters are fields."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        make_constructor(cls)


class Base(Estimator):
    dim: PositiveInt = 8
    kind: Annotated[str, OneOf("plain", "bold")] = "plain"
    _: KW_ONLY
    epochs: Annotated[PositiveInt, NOT_COMPILED] = 20
    rate: Positive = 0.5
    anything: Any = None


class Child(Base):
    depth: PositiveInt = 1
    _: KW_ONLY
    dropout: Share = 0.0


class Longer(Base):
    epochs: int = 60


def signature(cls):
    """Parameters of a constructor as ``(name, default, "positional" or "keyword")``."""
    kinds = {inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional", inspect.Parameter.KEYWORD_ONLY: "keyword"}
    found = inspect.signature(cls).parameters.values()
    return [(one.name, one.default, kinds[one.kind]) for one in found]


def names(cls):
    return [name for name, _, _ in signature(cls)]


OF_BASE = [
    ("dim", 8, "positional"),
    ("kind", "plain", "positional"),
    ("epochs", 20, "keyword"),
    ("rate", 0.5, "keyword"),
    ("anything", None, "keyword"),
]


def test_a_class_has_a_parameter_for_each_field_positional_unless_it_stands_below_kw_only():
    assert signature(Base) == OF_BASE
    model = Base(4, "bold", epochs=3)
    assert (model.dim, model.kind, model.epochs, model.rate, model.anything) == (4, "bold", 3, 0.5, None)
    with pytest.raises(TypeError, match="positional"):
        Base(4, "bold", 3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        Base(width=4)


def test_the_signature_shows_types_without_their_constraints_and_annotations_stay_as_written():
    assert Base.__init__.__annotations__ == {
        "dim": int,
        "kind": str,
        "epochs": int,
        "rate": float,
        "anything": Any,
        "return": None,
    }
    assert Base.__annotations__["dim"] is PositiveInt
    assert list(Base.__annotations__) == ["dim", "kind", "_", "epochs", "rate", "anything"]


def test_constraints_are_those_of_the_annotations():
    assert set(Base._parameter_constraints) == {"dim", "kind", "epochs", "rate"}
    assert Base._parameter_constraints["dim"] == Base._parameter_constraints["epochs"] == [POSITIVE_INT]
    assert Base._not_compiled == {"epochs"}


def test_a_subclass_has_the_parameters_of_its_bases_first_and_those_by_keyword_last():
    assert signature(Child) == [
        *OF_BASE[:2],
        ("depth", 1, "positional"),
        *OF_BASE[2:],
        ("dropout", 0.0, "keyword"),
    ]
    assert Base._parameter_constraints.items() <= Child._parameter_constraints.items()
    assert set(Child._parameter_constraints) - set(Base._parameter_constraints) == {"depth", "dropout"}
    assert Child._not_compiled == {"epochs"}
    assert signature(Base) == OF_BASE


def test_a_field_of_the_bases_written_again_changes_its_default_alone_wherever_it_stands():
    assert signature(Longer) == [(name, 60 if name == "epochs" else value, kind) for name, value, kind in OF_BASE]
    assert Longer(4).dim == 4
    assert Longer._parameter_constraints == Base._parameter_constraints
    assert Longer._not_compiled == {"epochs"}

    class Quiet(Base):
        epochs = 60  # without an annotation

    assert signature(Quiet) == signature(Longer)
    assert Quiet().epochs == 60

    class Wide(Child):
        rate: float = 0.1
        _: KW_ONLY
        dim: int = 99

    assert signature(Wide) == [
        (name, {"rate": 0.1, "dim": 99}.get(name, value), kind) for name, value, kind in signature(Child)
    ]


def test_a_method_of_a_fields_name_is_no_default():
    class Model(Base):
        def rate(self):
            """Give something else, while there is no instance."""

    assert signature(Model) == OF_BASE
    assert Model().rate == 0.5


def test_a_constraint_written_again_replaces_that_of_the_bases():
    class Pairs(Base):
        dim: Annotated[int, Interval(Integral, 2, None, closed="left"), NOT_COMPILED] = 2

    [found] = Pairs._parameter_constraints["dim"]
    assert str(found) == "an int in the range [2, inf)"
    assert Pairs._not_compiled == {"dim", "epochs"}
    assert Base._parameter_constraints["dim"] == [POSITIVE_INT]
    assert Base._not_compiled == {"epochs"}


def test_private_names_class_variables_and_names_without_annotation_or_value_are_no_parameters():
    class Model(Estimator):
        dim: PositiveInt = 8
        fitted_: int = 0
        _hidden: PositiveInt = 1
        __secret: int = 2
        shared: ClassVar[int] = 3
        bare: ClassVar = 4
        value = 5
        described: int

    assert names(Model) == ["dim"]
    assert set(Model._parameter_constraints) == {"dim"}
    assert vars(Model()) == {"dim": 8}
    assert (Model.shared, Model.value, Model.fitted_, Model._hidden) == (3, 5, 0, 1)
    assert not hasattr(Model, "described")


class Written(Base):
    depth: PositiveInt = 3

    def __init__(self, dim=4, width=7):
        self.dim, self.width = dim, width


def test_a_constructor_written_by_hand_is_kept_as_it_is_in_subclasses():
    class Below(Written):
        rate: Positive = 9.0

    for model in (Written(), Below(), clone(Below(5).set_params(dim=4))):
        assert vars(model) == {"dim": 4, "width": 7}
    assert names(Below) == ["dim", "width"]
    # What fields say of values holds nonetheless, where a constructor has the parameter.
    assert set(Written._parameter_constraints) == {*Base._parameter_constraints, "depth"}

    class Again(Written):
        def __init__(self, dim=1):
            self.dim = dim

    assert names(Again) == ["dim"]


def test_constraints_written_as_a_dict_win_over_annotations():
    class Model(Base):
        depth: PositiveInt = 1
        width: PositiveInt = 1
        _parameter_constraints: ClassVar = {"depth": [str], "dim": [None]}

    assert Model._parameter_constraints["depth"] == [str]
    assert Model._parameter_constraints["dim"] == [None]
    assert Model._parameter_constraints["width"] == [POSITIVE_INT]
    assert Base._parameter_constraints["dim"] == [POSITIVE_INT]


def test_of_two_bases_parameters_and_constraints_are_those_of_both():
    class Tempered(Estimator):
        _: KW_ONLY
        temperature: Annotated[Positive, NOT_COMPILED] = 1.0

    class Both(Tempered, Child):
        dim: int = 3

    assert set(names(Both)) == {*names(Child), "temperature"}
    assert names(Both)[:3] == ["dim", "kind", "depth"]
    assert Both._parameter_constraints == {**Child._parameter_constraints, **Tempered._parameter_constraints}
    assert Both._not_compiled == {"epochs", "temperature"}


def test_none_beside_an_alias_is_allowed_beside_its_constraint():
    class Model(Estimator):
        limit: PositiveInt | None = None
        size: Annotated[PositiveInt | str, OneOf("auto"), NOT_COMPILED] = "auto"
        plain: int | None = None

    assert Model._parameter_constraints["limit"] == [POSITIVE_INT, None]
    assert Model._parameter_constraints["size"][:2] == [POSITIVE_INT, str]
    assert set(Model._parameter_constraints) == {"limit", "size"}
    assert Model._not_compiled == {"size"}
    assert Model.__init__.__annotations__ == {
        "limit": int | None,
        "size": int | str,
        "plain": int | None,
        "return": None,
    }


@pytest.fixture
def module(monkeypatch):
    """Make a module whose annotations are strings, as below ``from __future__ import annotations``."""

    def make(source):
        made = ModuleType("module_of_the_test")
        monkeypatch.setitem(sys.modules, made.__name__, made)
        code = compile(source, "module_of_the_test.py", "exec", flags=__future__.annotations.compiler_flag)
        exec(code, vars(made))
        return made

    return make


def test_annotations_may_be_strings(module):
    made = module(
        "import dataclasses\n"
        "from typing import TYPE_CHECKING, Annotated, Any, ClassVar\n"
        "from skrec._params import NOT_COMPILED, PositiveInt\n"
        f"import sys; Base = sys.modules[{__name__!r}].Base\n"
        "if TYPE_CHECKING:\n"
        "    from nowhere import Unknown, Special\n"
        "class Model(Base):\n"
        "    depth: PositiveInt = 2\n"
        "    _: dataclasses.KW_ONLY\n"
        "    free: Annotated[PositiveInt | None, NOT_COMPILED] = None\n"
        "    loss: Unknown | str = 'bce'\n"
        "    shared: ClassVar[int] = 3\n"
        "    special: ClassVar[Special] = 4\n"
        "    epochs: int = 7\n"
    )
    assert signature(made.Model) == [
        *OF_BASE[:2],
        ("depth", 2, "positional"),
        *[(name, 7 if name == "epochs" else value, kind) for name, value, kind in OF_BASE[2:]],
        ("free", None, "keyword"),
        ("loss", "bce", "keyword"),
    ]
    constraints = made.Model._parameter_constraints
    assert set(constraints) - set(Base._parameter_constraints) == {"depth", "free"}
    assert constraints["free"] == [POSITIVE_INT, None]
    assert made.Model._not_compiled == {"epochs", "free"}
    # A name that only type checkers know leaves the type as it is written.
    assert made.Model.__init__.__annotations__["loss"] == "Unknown | str"
    assert made.Model.__annotations__["depth"] == "PositiveInt"


class Recommender(BaseRecommender):
    """Ranks items as they come."""

    rank: PositiveInt = 8
    _: KW_ONLY
    reverse: Flag = False
    weights: Any = None

    def _fit(self, events):
        self.order_ = np.arange(events.n_items)[:: -1 if self.reverse else 1]

    def _score(self, query):
        return np.tile(-self.order_.astype(np.float32), (len(query), 1))


EVENTS = [("a", "x"), ("b", "y"), ("a", "z")]


def test_parameters_are_those_of_scikit_learn():
    model = Recommender(3, reverse=True)
    assert model.get_params() == {"rank": 3, "reverse": True, "weights": None}
    assert model.set_params(rank=5) is model
    assert model.rank == 5
    with pytest.raises(ValueError, match="Invalid parameter 'width'"):
        model.set_params(width=1)
    assert repr(model) == "Recommender(rank=5, reverse=True)"
    assert repr(Recommender()) == "Recommender()"
    assert parameter_names(Recommender) == ("rank", "reverse", "weights")


@pytest.mark.parametrize("copied", [clone, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_model_can_be_cloned_copied_and_pickled(copied):
    model = Recommender(3, weights=np.arange(3))
    twin = copied(model)
    assert twin is not model
    assert type(twin) is Recommender
    assert repr(twin) == repr(model)
    np.testing.assert_array_equal(twin.weights, [0, 1, 2])
    assert twin.weights is not model.weights
    fitted = copied(Recommender(reverse=True).fit(EVENTS))
    assert fitted.__sklearn_is_fitted__() == (copied is not clone)
    assert fitted.fit(EVENTS).recommend("a", k=3, exclude_seen=False).items.tolist() == [["z", "y", "x"]]


def test_the_representation_in_a_notebook_says_parameters_and_marks_those_that_were_changed():
    html = Recommender(reverse=True)._repr_html_()
    found = re.findall(
        r'<tr class="([\w-]+)">.*?<td class="param">(\w+).*?<td class="value">(.*?)</td>', html, re.DOTALL
    )
    assert sorted(found) == [("default", "rank", "8"), ("default", "weights", "None"), ("user-set", "reverse", "True")]


def test_models_are_equal_to_nothing_but_themselves():
    assert Recommender() != Recommender()
    assert len({Recommender(), Recommender()}) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rank": 0}, "The 'rank' parameter of Recommender must be an int in the range [1, inf). Got 0 instead."),
        ({"rank": True}, "The 'rank' parameter of Recommender must be an int in the range [1, inf). Got True instead."),
        ({"reverse": "no"}, "The 'reverse' parameter of Recommender must be an instance of 'bool' or"),
    ],
)
def test_a_wrong_value_is_an_error_of_fit_and_not_of_the_constructor(wrong, sentence):
    model = Recommender(**wrong)
    with pytest.raises(InvalidParameterError) as caught:
        model.fit(EVENTS)
    assert str(caught.value).startswith(sentence)
    assert not model.__sklearn_is_fitted__()


def test_losses_are_made_of_fields_too():
    class Huber(Loss):
        delta: Positive = 1.0
        per: ClassVar[str] = "event"

        def event_losses(self, positive, negative, label):
            return abs(positive - label)

    assert signature(Huber) == [("delta", 1.0, "positional")]
    Huber(0.5).check()
    with pytest.raises(InvalidParameterError, match=r"The 'delta' parameter of Huber must be a float in the range"):
        Huber(-1.0).check()
