import pickle

import pytest
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

from skrec import exceptions

BUILT_IN = {
    "InvalidParameterError": (ValueError, TypeError),
    "InvalidDataError": (ValueError,),
    "InvalidIdTypeError": (ValueError, TypeError),
    "UnknownNameError": (ValueError,),
    "DuplicateNameError": (ValueError,),
    "PluginError": (RuntimeError,),
    "BackendNotAvailableError": (ImportError,),
    "BackendMismatchError": (RuntimeError,),
    "DeviceNotFoundError": (ValueError,),
    "MissingExtraError": (ImportError,),
    "DatasetNotFoundError": (FileNotFoundError,),
    "DatasetCorruptError": (OSError,),
    "NotFittedError": (SklearnNotFittedError, ValueError, AttributeError),
    "PluginWarning": (UserWarning,),
    "UnknownIdWarning": (UserWarning,),
    "LabelWarning": (UserWarning,),
    "SeenItemsWarning": (UserWarning,),
    "BelowPopularityWarning": (UserWarning,),
}
"""What somebody who doesn't know skrec's classes would catch."""


def classes():
    return {
        name: value
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and value.__module__ == exceptions.__name__
    }


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_each_class_is_also_the_built_in_one_that_one_would_expect(name):
    for base in BUILT_IN[name]:
        assert issubclass(classes()[name], base)


def test_every_error_is_a_skrec_error_and_is_listed_here():
    found = set(classes()) - {"SkrecError"}
    errors = {name for name in found if not issubclass(classes()[name], Warning)}
    assert all(issubclass(classes()[name], exceptions.SkrecError) for name in errors)
    assert set(BUILT_IN) <= found


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_each_class_says_what_it_is_and_survives_pickling(name):
    cls = classes()[name]
    assert len(cls.__doc__) > 20
    copied = pickle.loads(pickle.dumps(cls("the message")))  # joblib sends errors of workers back
    assert type(copied) is cls
    assert str(copied) == "the message"


def test_a_message_that_quotes_what_is_very_long_is_cut_and_keeps_both_ends():
    shown = str(exceptions.InvalidParameterError("Begins. " + "x" * 100_000 + " Ends."))
    assert len(shown) < 2100
    assert shown.startswith("Begins. xx")
    assert shown.endswith("xx Ends.")
    assert "xx [...] xx" in shown
