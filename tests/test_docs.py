"""Documentation is executed: code blocks, doctests, and docstrings against the code they describe."""

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import re
import textwrap
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from sklearn.base import BaseEstimator

import skrec
from skrec.backends import find_backend, start
from skrec.plugin import hookspecs

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

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


def pages():
    found = [
        page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts and "generated" not in page.parts
    ]
    return [ROOT / "README.md", *found]


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def fences(page):
    """Give (language, number of the first line inside, text) of each fenced block."""
    pattern = re.compile(
        r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
    )
    source = page.read_text(encoding="utf-8")
    for match in pattern.finditer(source):
        yield match["language"].strip(), source[: match.start("text")].count("\n") + 1, match["text"]


def run_block(text, page, line, namespace):
    """Run one block so that a traceback points into the page; gives what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * (line - 1) + text, str(page), "exec"), namespace)
    return printed.getvalue()


def normal(text):
    return [line.rstrip() for line in textwrap.dedent(text).strip().splitlines()]


def has_python(page):
    return any(language == "python" for language, _, _ in fences(page))


def executed():
    """Pages with code; what new users read first is run in the fast suite, all others by `make docs`."""
    first = {"README.md", "docs/quickstart.md"}
    for page in pages():
        if has_python(page):
            name = name_of(page)
            yield pytest.param(page, id=name, marks=() if name in first else pytest.mark.slow)


@pytest.mark.parametrize("page", list(executed()))
def test_code_blocks_run_and_print_what_the_page_says(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    printed = ""
    for language, line, text in fences(page):
        if language == "python":
            printed = run_block(text, page, line, namespace)
        elif language == "output":
            assert normal(printed) == normal(text), f"{name_of(page)}:{line}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_has_a_language_that_tells_whether_it_runs(page):
    known = {"python", "output", "console", "text", "toml", "yaml", "bibtex"}
    wrong = [
        (line, language) for language, line, _ in fences(page) if language not in known and not language.startswith("{")
    ]
    assert not wrong


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_relative_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def modules():
    """Name all modules without importing any: networks import Keras, for which the backend must have been chosen."""
    files = sorted((ROOT / "skrec").rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]


@pytest.mark.parametrize("name", modules())
def test_doctests(name):
    if name.startswith("skrec.networks"):
        start(find_backend())
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        report = io.StringIO()
        runner.run(test, out=report.write)
        assert runner.summarize(verbose=False).failed == 0, report.getvalue()


def public_objects():
    """Give (dotted name, object) of every public class and function of skrec."""
    for module_name in PUBLIC:
        module = importlib.import_module(f"skrec.{module_name}")
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        for name in names:
            found = getattr(module, name)
            if (inspect.isclass(found) or inspect.isfunction(found)) and found.__module__.startswith("skrec"):
                yield f"{module_name}.{name}", found


def public_callables():
    """Give (dotted name, callable, documentation) of every public function, class and method of its own."""
    for name, found in public_objects():
        if inspect.isfunction(found):
            yield name, found, FunctionDoc(found)
            continue
        yield name, found, ClassDoc(found, config={"show_class_members": False})
        for attribute, member in vars(found).items():
            function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            if not attribute.startswith("_") and inspect.isfunction(function):
                yield f"{name}.{attribute}", function, FunctionDoc(function)


CALLABLES = list(public_callables())
ESTIMATORS = [
    (name, found)
    for name, found in public_objects()
    if inspect.isclass(found) and issubclass(found, BaseEstimator) and not inspect.isabstract(found)
]


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


@pytest.mark.parametrize(("name", "function", "documentation"), CALLABLES, ids=[name for name, _, _ in CALLABLES])
def test_documented_parameters_are_those_of_the_signature(name, function, documentation):
    documented = [parameter for parameter, _ in documented_parameters(documentation)]
    if documented:
        assert sorted(documented) == sorted(parameters_of(function))
    assert documentation["Summary"] or documentation["Signature"], f"{name} has no docstring"


@pytest.mark.parametrize(("name", "function", "documentation"), CALLABLES, ids=[name for name, _, _ in CALLABLES])
def test_documented_defaults_are_those_of_the_signature(name, function, documentation):
    real = parameters_of(function)
    wrong = []
    for parameter, text in documented_parameters(documentation):
        stated = re.search(r"default=(.+)$", text)
        default = real[parameter].default if parameter in real else inspect.Parameter.empty
        if stated and literal(stated[1]) != default:
            wrong.append(f"{parameter}: documented {stated[1]}, is {default!r}")
        if not stated and default not in (None, inspect.Parameter.empty) and "optional" not in text and text:
            wrong.append(f"{parameter}: default {default!r} isn't documented")
    assert not wrong


@pytest.mark.parametrize(("name", "estimator"), ESTIMATORS, ids=[name for name, _ in ESTIMATORS])
def test_every_constructor_parameter_of_an_estimator_is_documented(name, estimator):
    documented = [
        parameter for parameter, _ in documented_parameters(ClassDoc(estimator, config={"show_class_members": False}))
    ]
    assert documented == list(parameters_of(estimator))


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


FITTABLE = [(name, found) for name, found in ESTIMATORS if name.split(".")[0] in {"models", "preprocessing"}]


@pytest.mark.parametrize(("name", "estimator"), FITTABLE, ids=[name for name, _ in FITTABLE])
def test_documented_attributes_are_those_that_fit_sets(name, estimator):
    documentation = ClassDoc(estimator, config={"show_class_members": False})
    documented = {name.strip() for entry in documentation["Attributes"] for name in entry.name.split(",")}
    instance = fitted(estimator)
    assert not [attribute for attribute in documented if not hasattr(instance, attribute)]
    inherited = {
        name.strip()
        for parent in estimator.__mro__[1:]
        if parent.__module__.startswith("skrec")
        for entry in ClassDoc(parent, config={"show_class_members": False})["Attributes"]
        for name in entry.name.split(",")
    }
    public = {attribute for attribute in vars(instance) if attribute.endswith("_") and not attribute.startswith("_")}
    assert public <= documented | inherited


@pytest.mark.parametrize("hook", sorted(name for name in vars(hookspecs) if name.startswith("skrec_")))
def test_every_hook_has_a_section(hook):
    headings = [
        line
        for page in (DOCS / "plugins").glob("*.md")
        for line in page.read_text().splitlines()
        if line.startswith("#")
    ]
    assert sum(hook in heading for heading in headings) == 1


def test_every_model_has_a_row_in_the_guide():
    names = [name.split(".")[1] for name, found in ESTIMATORS if name.startswith("models.")]
    rows = [line.split("|")[1] for line in read("guide/models.md").splitlines() if line.startswith("|")]
    assert {name: sum(f"`{name}`" in row for row in rows) for name in names} == dict.fromkeys(names, 1)


@pytest.mark.parametrize("module_name", IN_API)
def test_every_public_class_and_function_is_in_the_reference(module_name):
    entries = set(re.findall(r"^\s+(skrec\.[\w.]+)\s*$", read("api/index.md"), re.MULTILINE))
    public = {f"skrec.{name}" for name, _ in public_objects() if name.startswith(f"{module_name}.")}
    assert public - entries == set()


def test_every_name_of_the_facade_is_in_the_reference():
    listed = set(re.findall(r"\bskrec\.(?:\w+\.)?(\w+)\b", read("api/index.md")))
    assert set(skrec.__all__) - {"__version__"} - listed == set()
