"""Docstrings are compared with the code they describe: parameters, defaults, attributes; and with the tables of the pages."""

import ast
import contextlib
import functools
import importlib
import inspect
import re
from pathlib import Path

from numpydoc.docscrape import ClassDoc, FunctionDoc
from sklearn.base import BaseEstimator

import skrec

DOCS = Path(__file__).parents[1] / "docs"

PUBLIC = (
    "backends",
    "data",
    "datasets",
    "encoders",
    "exceptions",
    "losses",
    "metrics",
    "model_selection",
    "models",
    "optimizers",
    "pipeline",
    "plugin",
    "preprocessing",
    "testing",
)
IN_API = (
    "datasets",
    "encoders",
    "exceptions",
    "losses",
    "model_selection",
    "models",
    "optimizers",
    "pipeline",
    "plugin",
    "preprocessing",
    "testing",
)
"""Modules of which every public name has an entry in docs/api; of the others, the names that users type."""


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def expect_none(wrong):
    """Fail with all that is wrong, one a line."""
    assert not wrong, "\n" + "\n".join(wrong)


def public_objects():
    """Give (dotted name, object) of every public class and function of skrec."""
    for module_name in PUBLIC:
        module = importlib.import_module(f"skrec.{module_name}")
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        for name in names:
            found = getattr(module, name)
            if (inspect.isclass(found) or inspect.isfunction(found)) and found.__module__.startswith("skrec"):
                yield f"{module_name}.{name}", found


def class_documentation(kind):
    """The docstring of a class, without its members."""
    return ClassDoc(kind, config={"show_class_members": False})


def public_callables():
    """Give (dotted name, callable, documentation) of every public function, class and method of its own."""
    for name, found in public_objects():
        if inspect.isfunction(found):
            yield name, found, FunctionDoc(found)
            continue
        yield name, found, class_documentation(found)
        for attribute, member in vars(found).items():
            function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            if not attribute.startswith("_") and inspect.isfunction(function):
                yield f"{name}.{attribute}", function, FunctionDoc(function)


@functools.cache
def estimators():
    """Every estimator that can be made, by dotted name."""
    return {
        name: found
        for name, found in public_objects()
        if inspect.isclass(found) and issubclass(found, BaseEstimator) and not inspect.isabstract(found)
    }


def parameters_of(function):
    """Parameters by name, without ``self``; none where Python knows no signature, as of built-in exceptions."""
    with contextlib.suppress(ValueError):
        found = inspect.signature(function).parameters.items()
        return {
            name: parameter for name, parameter in found if name not in {"self", "cls"} and not name.startswith("_")
        }
    return {}


def literal(text):
    """The value that a documented default stands for; words that are no literal stand for themselves."""
    try:
        return ast.literal_eval(text.strip("`"))
    except (ValueError, SyntaxError):
        return text


def documented_parameters(documentation):
    """Split entries such as ``X, y, **options``; gives (name, type text)."""
    return [
        (name.strip().lstrip("*"), entry.type)
        for entry in documentation["Parameters"]
        for name in entry.name.replace("\\", "").split(",")
    ]


def test_everything_public_has_a_docstring():
    expect_none(
        [
            name
            for name, _, documentation in public_callables()
            if not documentation["Summary"] and not documentation["Signature"]
        ]
    )


def test_documented_parameters_are_those_of_the_signature():
    wrong = []
    for name, function, documentation in public_callables():
        documented = sorted(parameter for parameter, _ in documented_parameters(documentation))
        if documented and documented != sorted(parameters_of(function)):
            wrong.append(f"{name}: documented {documented}, has {sorted(parameters_of(function))}")
    expect_none(wrong)


def wrong_defaults(function, documentation):
    """Say of each parameter whose default the docstring states otherwise, or doesn't state, what is wrong."""
    real = parameters_of(function)
    for parameter, text in documented_parameters(documentation):
        stated = re.search(r"default=(.+)$", text)
        default = real[parameter].default if parameter in real else inspect.Parameter.empty
        if stated and literal(stated[1]) != default:
            yield f"{parameter}: documented {stated[1]}, is {default!r}"
        if not stated and default not in (None, inspect.Parameter.empty) and "optional" not in text and text:
            yield f"{parameter}: default {default!r} isn't documented"


def test_documented_defaults_are_those_of_the_signature():
    expect_none(
        [
            f"{name}, {wrong}"
            for name, function, documentation in public_callables()
            for wrong in wrong_defaults(function, documentation)
        ]
    )


def test_every_constructor_parameter_of_an_estimator_is_documented():
    wrong = []
    for name, estimator in estimators().items():
        documented = [parameter for parameter, _ in documented_parameters(class_documentation(estimator))]
        if documented != list(parameters_of(estimator)):
            wrong.append(f"{name}: documented {documented}, has {list(parameters_of(estimator))}")
    expect_none(wrong)


def dense_network(spec):
    """The smallest network for KerasModel: a bias for each item."""
    from keras import Model, layers

    inputs = spec.inputs()
    return Model(inputs, layers.Flatten()(layers.Embedding(spec.n_items, 1)(inputs["item_id"])))


QUICK = {
    "epochs": 1,
    "batch_size": 8,
    "embedding_dim": 2,
    "random_state": 0,
    "users": 1,
    "unit": "s",
    "items": 1,
    "threshold": 3,
}
"""Values of constructor parameters, by name, with which anything fits the toy data fast."""


def fitted(estimator):
    """Fit an estimator of skrec on toy data with ratings and times."""
    from skrec.testing import checkerboard

    board = checkerboard(6)
    board = board.replace(
        rating=[1.0 + position % 5 for position in range(len(board))],
        timestamp=[1_700_000_000 + position for position in range(len(board))],
    )
    values = {**QUICK, "build": dense_network}
    if estimator.__name__ == "FeatureEncoder":  # which calls other things users and items than KCore does
        values |= {"users": None, "items": None}
    return estimator(**{name: values[name] for name in parameters_of(estimator) if name in values}).fit(board)


def documented_attributes(kind):
    return {name.strip() for entry in class_documentation(kind)["Attributes"] for name in entry.name.split(",")}


def test_documented_attributes_are_those_that_fit_sets():
    wrong = []
    for name, estimator in estimators().items():
        if name.split(".")[0] not in {"models", "preprocessing"}:
            continue
        documented, instance = documented_attributes(estimator), fitted(estimator)
        wrong += [f"{name} has no {attribute}" for attribute in documented if not hasattr(instance, attribute)]
        parents = [parent for parent in estimator.__mro__[1:] if parent.__module__.startswith("skrec")]
        known = documented.union(*map(documented_attributes, parents))
        public = [key for key in vars(instance) if key.endswith("_") and not key.startswith("_")]
        wrong += [f"{name}.{attribute} isn't documented" for attribute in public if attribute not in known]
    expect_none(wrong)


def test_every_model_has_a_row_in_the_guide():
    names = [name.split(".")[1] for name in estimators() if name.startswith("models.")]
    rows = [line.split("|")[1] for line in read("guide/models.md").splitlines() if line.startswith("|")]
    assert {name: sum(f"`{name}`" in row for row in rows) for name in names} == dict.fromkeys(names, 1)


def test_every_public_class_and_function_is_in_the_reference():
    entries = set(re.findall(r"^\s+(skrec\.[\w.]+)\s*$", read("api/index.md"), re.MULTILINE))
    public = {f"skrec.{name}" for name, _ in public_objects() if name.split(".")[0] in IN_API}
    expect_none(sorted(public - entries))


def test_every_name_of_the_facade_is_in_the_reference():
    listed = set(re.findall(r"\bskrec\.(?:\w+\.)?(\w+)\b", read("api/index.md")))
    assert set(skrec.__all__) - {"__version__"} - listed == set()
