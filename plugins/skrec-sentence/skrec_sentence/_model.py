"""Pretrained models: found on disk or at the hub, loaded once, and each text encoded once."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from skrec.exceptions import DeviceNotFoundError, InvalidDataError, InvalidParameterError, MissingExtraError
from skrec.typing import Floats

MAX_BYTES = 2**28
"""Of vectors that are kept, 256 MiB: those of 170,000 texts, where vectors are 384 wide."""

_AT_ONCE = 4096  # texts; what is encoded is kept, even if a later part is interrupted
_LOCK = threading.RLock()  # tokenizers can't be used by two threads at once
_KEPT: OrderedDict[tuple[Any, bytes], Floats] = OrderedDict()  # least recently used first


def encode(texts: Sequence[str], model: str, device: str, batch_size: int) -> Floats:
    """Give the vectors of texts; of those that this process has met before, the model sees none.

    Parameters
    ----------
    texts : sequence of str
        At least one.
    model : str
        Folder, or name at the hub.
    device : str
        "auto", or a name of `device_names`.
    batch_size : int
        Texts that the model reads at once.

    Returns
    -------
    ndarray of shape (n_texts, width), float32
        As the model gives them.

    Raises
    ------
    MissingExtraError
        If sentence-transformers isn't installed.
    InvalidParameterError
        If there is no such model, or it can't be loaded.
    DeviceNotFoundError
        If there is no such device.
    InvalidDataError
        If the model gives a text a vector that isn't finite.
    """
    place, source = _torch_device(device), _source(model)
    keys = [(source, hashlib.blake2b(text.encode(), digest_size=16).digest()) for text in texts]
    with _LOCK:
        found = {key: _KEPT[key] for key in keys if key in _KEPT}
        for key in found:
            _KEPT.move_to_end(key)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        pending = list(new)
        for start in range(0, len(pending), _AT_ONCE):
            block = pending[start : start + _AT_ONCE]
            found.update(zip(block, _run([new[key] for key in block], source, place, batch_size), strict=True))
            _keep({key: found[key] for key in block})
    return np.stack([found[key] for key in keys])


def forget() -> None:
    """Drop all models and vectors that this process keeps."""
    with _LOCK:
        _KEPT.clear()
        _loaded.cache_clear()


def _keep(vectors: dict[Any, Floats]) -> None:
    _KEPT.update(vectors)
    most = max(1, MAX_BYTES // max(1, next(iter(vectors.values())).nbytes))
    while len(_KEPT) > most:
        _KEPT.popitem(last=False)


def _run(texts: list[str], source: tuple[str, int], device: str | None, batch_size: int) -> Any:
    model = _loaded(source, device)
    vectors = model.encode(texts, batch_size=batch_size, show_progress_bar=False, convert_to_numpy=True)
    vectors = np.asarray(vectors, dtype=np.float32)
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise InvalidDataError(
            f"The model {source[0]!r} gives NaN or infinity for the text {texts[int(bad[0])][:60]!r}. Its weights may be damaged, or too "
            "large for its precision; try another model."
        )
    # Rows of their own: a row of the whole would keep the whole alive.
    return [vector.copy() for vector in vectors]


def _source(model: str) -> tuple[str, int]:
    """Name a model: a folder and when it was last changed, so that a model saved anew is read anew; else a name and 0."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        times = [path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()]
        return str(folder.resolve()), max(times, default=0)
    return model, 0


@lru_cache(maxsize=2)
def _loaded(source: tuple[str, int], device: str | None) -> Any:
    """Load a model onto a device of PyTorch's; the last two are kept."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise _missing("sentence-transformers", error) from error
    options = {"device": device, "trust_remote_code": False}
    name = source[0]
    if Path(name).is_dir():
        return _from_folder(SentenceTransformer, name, options)
    try:
        with _quiet():  # what was downloaded before needs no network
            return SentenceTransformer(name, local_files_only=True, **options)
    except Exception:  # whatever it is, the hub's own answer says more
        return _from_hub(SentenceTransformer, name, options)


def _from_folder(kind: Any, folder: str, options: dict[str, Any]) -> Any:
    try:
        with _quiet():
            return kind(folder, local_files_only=True, **options)
    except Exception as error:  # the libraries below raise much of many kinds for files that aren't as they should be
        raise InvalidParameterError(
            f"The 'model' parameter of SentenceEncoder is the folder {folder!r}, which holds no model that can be loaded: "
            f"{_line(error)}. Pass a folder that SentenceTransformer.save wrote, or a copy of a model's whole repository."
        ) from error


def _from_hub(kind: Any, name: str, options: dict[str, Any]) -> Any:
    """Download a model, if the hub answers at all: the libraries below would try again and again for more than a minute."""
    import huggingface_hub

    try:
        huggingface_hub.model_info(name if "/" in name else f"sentence-transformers/{name}", timeout=10)
        return kind(name, **options)
    except Exception as error:
        raise InvalidParameterError(
            f"The 'model' parameter of SentenceEncoder is {name!r}, which is no folder, wasn't downloaded before, and can't be "
            f"downloaded now: {_line(error)}. Correct the name, or copy the model's folder here and pass its path."
        ) from error


def _missing(what: str, error: ImportError) -> MissingExtraError:
    return MissingExtraError(
        f'SentenceEncoder needs {what}, which can\'t be imported ({error}). Run: pip install "skrec-keras-sentence[model]".'
    )


def _line(error: Exception) -> str:
    """Say in a line what went wrong."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return (text[:200] + "..." if len(text) > 200 else text).rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Load weights from a disk without a progress bar."""
    try:
        from transformers.utils import logging
    except ImportError:  # another provider of SentenceTransformer
        yield
        return
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _torch_device(device: str) -> str | None:
    """Give PyTorch's name of a device; None leaves the choice to sentence-transformers, which takes the best."""
    if device == "auto":
        return None
    if device == "cpu":
        return "cpu"
    names = device_names()
    if device not in names:
        raise DeviceNotFoundError(f"SentenceEncoder's device {device!r} isn't there. PyTorch has: {', '.join(names)}.")
    return names[device]


def device_names() -> dict[str, str]:
    """Give the devices that PyTorch finds: skrec's name, and PyTorch's own."""
    try:
        import torch
    except ImportError as error:
        raise _missing("PyTorch", error) from error
    names = {"cpu": "cpu"}
    if torch.cuda.is_available():
        names |= {"gpu": "cuda", **{f"gpu:{number}": f"cuda:{number}" for number in range(torch.cuda.device_count())}}
    if torch.backends.mps.is_available():
        names |= {"gpu": "mps", "gpu:0": "mps"}
    return names
