"""Every error and warning class of skrec, one sentence each."""

from sklearn.exceptions import NotFittedError as _SklearnNotFittedError

_LONGEST = 2000


class SkrecError(Exception):
    """Base class of every error that skrec raises on purpose; messages say what was handed in, and are cut where that is very long."""

    def __str__(self) -> str:
        text = super().__str__()
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST * 3 // 4]} [...] {text[-_LONGEST // 4 :]}"


class InvalidParameterError(SkrecError, ValueError, TypeError):
    """A parameter breaks the constraint written in its docstring."""


class InvalidDataError(SkrecError, ValueError):
    """The data handed in can't be used: the message says which column and rows, and what to do."""


class InvalidIdTypeError(InvalidDataError, TypeError):
    """Ids are of a type, or of a mix of types, that can't identify a user or an item."""


class UnknownNameError(SkrecError, ValueError):
    """No plugin provides the name that was asked for."""


class DuplicateNameError(SkrecError, ValueError):
    """Two distributions provide the name that was asked for."""


class PluginError(SkrecError, RuntimeError):
    """A plugin can't be used; raised at once where ``SKREC_STRICT_PLUGINS=1``."""


class BackendNotAvailableError(SkrecError, ImportError):
    """The backend's framework isn't installed."""


class BackendMismatchError(SkrecError, RuntimeError):
    """A second backend was asked for in a process that already runs one."""


class BackendCapabilityError(SkrecError, NotImplementedError):
    """The backend can't do what was asked of it, such as training on one that only serves."""


class DeviceNotFoundError(SkrecError, ValueError):
    """The device asked for isn't there."""


class MissingExtraError(SkrecError, ImportError):
    """An optional package is missing; the message names the extra to install."""


class DatasetNotFoundError(SkrecError, FileNotFoundError):
    """A dataset's files are neither on disk nor to be downloaded."""


class DatasetCorruptError(SkrecError, OSError):
    """A dataset's file doesn't have the expected hash, or is no valid archive."""


class NotSavableError(SkrecError, TypeError):
    """An estimator holds something that has no place in a file without code; the message says where."""


class SavedFileError(SkrecError, ValueError):
    """A saved file is damaged, foreign, of a newer version, or needs a class that isn't installed."""


class NotFittedError(SkrecError, _SklearnNotFittedError):
    """The estimator was asked for something only a fitted one can do."""


class PluginWarning(UserWarning):
    """A plugin is broken and was left out; everything else works."""


class UnknownIdWarning(UserWarning):
    """All ids handed in are unknown because they are of another type than in fit."""


class LabelWarning(UserWarning):
    """Labels look as if some meant "disliked", and all of them count as liked."""


class SeenItemsWarning(UserWarning):
    """Every relevant item was left out of the lists as seen, so that the scores say nothing; as on the training set."""


class BelowPopularityWarning(UserWarning):
    """What was learned ranks held-out events worse than the popular items do."""
