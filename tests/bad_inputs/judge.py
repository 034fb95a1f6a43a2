"""How one input ended: refused in skrec's own words, answered as it should be, or wrong."""

import linecache
import signal
import traceback
import warnings
from pathlib import Path

import sklearn
from cells import Meaningless
from events import Either
from world import Contradiction

import skrec
from skrec.exceptions import SkrecError

SKREC, SKLEARN = (str(Path(package.__file__).parent) for package in (skrec, sklearn))
SECONDS = 20
FRAMEWORKS = ("keras", "jax", "torch", "tensorflow")


class Hangs(BaseException):
    """It takes too long."""


def _too_long(*_):
    raise Hangs


def judge(call, check):
    """Call, and say how it ended."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        try:
            answer = call()
        except Hangs:
            return f"hangs: {traceback.format_exc()[-700:]}"
        except Exception as error:
            ended = refused(error)
        except BaseException as error:
            ended = f"wrong: {type(error).__name__} {error}"
        else:
            ended = None
        finally:
            signal.alarm(0)
    if wrong := [one for one in met if not is_own(one)]:
        one = wrong[0]
        return f"wrong: warns {one.category.__name__} at {one.filename}:{one.lineno}: {str(one.message)[:200]}"
    if ended is not None:
        return ended
    signal.alarm(SECONDS)
    try:
        return checked(check, answer)
    except Hangs:
        return f"hangs in the oracle: {traceback.format_exc()[-700:]}"
    finally:
        signal.alarm(0)


def is_own(warning):
    """Say whether a warning is meant for the user: skrec's own, or scikit-learn's of a shape."""
    if issubclass(warning.category, DeprecationWarning) and any(f"/{name}/" in warning.filename for name in FRAMEWORKS):
        return True  # as in pyproject.toml
    if issubclass(warning.category, RuntimeWarning) and warning.filename.startswith(SKLEARN):
        return True  # of a transformer that was handed in
    if issubclass(warning.category, (DeprecationWarning, FutureWarning, RuntimeWarning)):
        return False
    return warning.category.__module__.startswith(("skrec.", "sklearn.")) or warning.filename.startswith(
        (SKREC, SKLEARN)
    )


def checked(check, answer):
    """Compare an answer with what the input means."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(answer)
    except Either:
        return "answered, either way"
    except Meaningless as error:
        return f"wrong: answered what means nothing ({error}): {answer!r:.120}"
    except Contradiction as error:
        return f"wrong: answered otherwise: {str(error)[:300]}"
    except Exception as error:
        return f"wrong: the oracle raised {type(error).__name__} {error}: {traceback.format_exc()[-500:]}"
    return "answered"


def refused(error):
    """Say whether an error is a refusal in a sentence, raised on purpose by skrec or scikit-learn's validation."""
    if isinstance(error, (AttributeError, FileNotFoundError)) and raised_by_design(error):
        return "refused"
    where = raised_at(error)
    told = f"{type(error).__name__} at {where}: {str(error)[:300]}"
    if not isinstance(error, (SkrecError, TypeError, ValueError, IndexError, MemoryError, AttributeError, OSError)):
        return f"wrong: {told}"
    if not on_purpose(error):
        return f"wrong: {told}"
    own = raised_in(error, SKREC)
    if isinstance(error, (IndexError, MemoryError, AttributeError, OSError)) and not own:
        return f"wrong: {told}"
    if len(str(error).split()) < 5 or str(error).rstrip()[-1:].isspace():
        return f"wrong: says nothing: {told}"
    if own and len(str(error)) > 4000:
        return f"wrong: says too much ({len(str(error)):,} characters) {told[:200]}"
    return "refused"


def raised_by_design(error):
    """Say whether Python or scikit-learn says so of itself: no such file, or no such method of a Pipeline."""
    return bool(error.filename) if isinstance(error, OSError) else raised_in(error, f"{SKLEARN}/utils/_available_if.py")


def innermost(error):
    last = error.__traceback__
    while last.tb_next is not None:
        last = last.tb_next
    return last


def raised_at(error):
    last = innermost(error)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(SKREC)]
    inner = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
    return f"{Path(own[-1].filename).relative_to(SKREC)}:{own[-1].lineno} < {inner}" if own else inner


def raised_in(error, root):
    return innermost(error).tb_frame.f_code.co_filename.startswith(root)


def on_purpose(error):
    """Say whether skrec or scikit-learn wrote ``raise`` where it was raised."""
    last = innermost(error)
    if not raised_in(error, SKREC) and not raised_in(error, SKLEARN):
        return False
    code = last.tb_frame.f_code
    first = list(code.co_positions())[last.tb_lasti // 2][0]
    return linecache.getline(code.co_filename, first).strip().startswith("raise")
