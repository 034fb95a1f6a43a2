"""The file: a zip archive of a manifest and arrays, each with its hash, and one hash of everything at its end.

Members are stored as they are, not compressed, and together they are no longer than the file, so that none can unfold into more than the
file's own size. The archive's comment, its last bytes, holds the SHA-256 of everything before, so that no flipped bit goes unnoticed,
wherever it is.
"""

import hashlib
import json
import math
import platform
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

import numpy as np

from skrec.exceptions import SavedFileError

FORMAT = "skrec"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_COMMENT = b"skrec sha256 "
_BLOCK = 2**20
_DENSEST = 17
"""Bytes that reading a manifest may take for each of the file's; a plain list of empty lists, as save writes it, takes 16."""
_SMALL = 2**20
_PLAIN_KINDS = "biufcmMU"  # numbers, times and text of fixed width: all that NumPy stores without pickle


def write(file: IO[bytes], tree: Any, arrays: Mapping[str, Any], distributions: set[str]) -> None:
    """Write an archive.

    Parameters
    ----------
    file : binary file, open for reading and writing
    tree : object
        What `TreeEncoder.encode` gave.
    arrays : mapping of str to ndarray
        Members by name.
    distributions : set of str
        Whose classes the tree speaks of.
    """
    members = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(name, "w", force_zip64=True) as member:
                hashing = _HashingWriter(member)
                np.lib.format.write_array(hashing, array, allow_pickle=False)
            members[name] = {
                "sha256": hashing.digest.hexdigest(),
                "dtype": array.dtype.str,
                "shape": list(array.shape),
            }
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "versions": _versions(distributions),
            "members": members,
            "object": tree,
        }
        text = json.dumps(manifest, allow_nan=False).encode()
        # What is denser than a reader allows is thinned, so that nothing that was saved is refused.
        size = _parsed_size(text)
        archive.writestr(MANIFEST, text.ljust(-(-size // _DENSEST) if size > _SMALL else 0))
        archive.comment = _COMMENT + b"0" * 64
    file.seek(0, 2)
    size = file.tell()
    digest = _digest(file, size - 64)
    file.seek(size - 64)
    file.write(digest)


def _parsed_size(manifest: bytes) -> int:
    """Estimate how many bytes of memory JSON becomes, at most: a few characters may stand for an object of hundreds of bytes."""
    bare = np.frombuffer(manifest.replace(rb"\\", b"").replace(rb"\"", b""), dtype=np.uint8)
    quotes = bare == ord('"')
    texts = np.logical_xor.accumulate(quotes) if len(bare) else quotes
    dicts, lists, commas = (int(np.count_nonzero((bare == ord(sign)) & ~texts)) for sign in "{[,")
    return 184 * dicts + 56 * lists + 40 * commas + 28 * int(np.count_nonzero(quotes)) + int(np.count_nonzero(texts))


class _HashingWriter:
    """Passes bytes on and hashes them."""

    def __init__(self, target: Any) -> None:
        self.target, self.digest = target, hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return int(self.target.write(data))


def _digest(file: IO[bytes], size: int) -> bytes:
    """Hash the first `size` bytes of a file."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        block = file.read(min(size, _BLOCK))
        if not block:
            break
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


def _versions(distributions: set[str]) -> dict[str, str]:
    """Versions of what made the file, for people who look into it."""
    found = {"python": platform.python_version()}
    for name in sorted({"keras", "numpy", "scikit-learn", "skrec-keras", *distributions}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


class Archive:
    """A file that is open for reading, its manifest checked.

    Attributes
    ----------
    tree : object
        What `TreeDecoder` builds from.
    size : int
        Bytes of the file.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path, self._file = path, file
        with self.reading():
            if not zipfile.is_zipfile(file):
                raise SavedFileError(f"{path} is no file of skrec.save, or was cut short. Copy or save it anew.")
            self._zip = zipfile.ZipFile(file)
            names = self._zip.namelist()
            self.size = file.seek(0, 2)
            for member in sorted(self._zip.infolist(), key=lambda member: member.filename != MANIFEST):
                self._check_stored(member)
            if sum(member.file_size for member in self._zip.infolist()) > self.size:
                raise self.damaged("its members overlap")
            if MANIFEST not in names:
                raise SavedFileError(f"{path} is no file of skrec.save: it has no {MANIFEST}.")
            manifest = self._manifest()
            self.tree, self._members = manifest["object"], manifest["members"]
            if sorted(names) != sorted([MANIFEST, *self._members]):
                raise self.damaged("members are missing, or were added")

    def _manifest(self) -> dict[str, Any]:
        text = self._zip.read(MANIFEST)
        if _parsed_size(text) > max(_SMALL, _DENSEST * self.size):
            raise self.damaged("its manifest would unfold into many times the file")
        try:
            manifest = json.loads(text, parse_constant=self._no_number)
        except RecursionError:
            raise self.damaged("its manifest is nested too deeply") from None
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise SavedFileError(f"{self.path} is no file of skrec.save: its manifest is another program's.")
        number, made_by = manifest.get("format_version"), manifest.get("versions")
        if not isinstance(number, int) or number < 1 or not isinstance(made_by, dict):
            raise self.damaged("its manifest says of no version what it is")
        if number > FORMAT_VERSION:
            raise SavedFileError(
                f"{self.path} was saved by a newer skrec ({made_by.get('skrec-keras')}): its format is {number}, and this skrec knows "
                f"{FORMAT_VERSION}. Upgrade skrec-keras."
            )
        if not isinstance(manifest.get("members"), dict) or "object" not in manifest:
            raise self.damaged("its manifest lacks a part")
        return manifest

    def _no_number(self, text: str) -> Any:
        raise self.damaged(f"its manifest holds {text}, which is no number of JSON")

    def _check_stored(self, member: zipfile.ZipInfo) -> None:
        """Refuse compressed members, and so whatever unfolds into more than the file."""
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise self.damaged(f"{member.filename} is compressed, which skrec.save never does")

    def damaged(self, what: str) -> SavedFileError:
        """Make the error that says what is wrong."""
        return SavedFileError(f"{self.path} is damaged: {what}. Copy or save it anew.")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn whatever goes wrong while reading into one clear error."""
        try:
            yield
        except SavedFileError:
            raise
        except (
            Exception
        ) as error:  # anybody may have changed these bytes, and zipfile and NumPy raise much of many kinds
            raise self.damaged(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error

    def array(self, name: str) -> Any:
        """Read one array, after its hash, dtype and shape were compared with the manifest."""
        with self.reading():
            told = self._members[name]
            if not isinstance(told["dtype"], str):
                raise self.damaged(f"{name} has no dtype")
            dtype, shape = np.dtype(told["dtype"]), tuple(told["shape"])
            if dtype.kind not in _PLAIN_KINDS or dtype.hasobject:
                raise self.damaged(f"{name} is declared an array of objects, which no file of skrec holds")
            with self._zip.open(name) as member:
                digest = hashlib.sha256()
                while block := member.read(_BLOCK):
                    digest.update(block)
            if digest.hexdigest() != told["sha256"]:
                raise self.damaged(f"{name} has another hash than the manifest says")
            with self._zip.open(name) as member:
                self._check_header(name, member, dtype, shape)
            with self._zip.open(name) as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
            # Of a machine whose bytes go the other way round: pandas and the backends take their own order only.
            return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))

    def _check_header(self, name: str, member: IO[bytes], dtype: Any, shape: tuple[int, ...]) -> None:
        """Compare an array's header before memory is taken for it."""
        major = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if major == (1, 0) else np.lib.format.read_array_header_2_0
        found_shape, _, found_dtype = read(member)
        if (found_shape, found_dtype) != (shape, dtype):
            raise self.damaged(f"{name} is {found_dtype} of shape {found_shape}, not what the manifest says")
        if member.tell() + math.prod(shape) * dtype.itemsize != self._zip.getinfo(name).file_size:
            raise self.damaged(f"{name} isn't as long as its shape says")

    def names(self) -> set[str]:
        """Names of the arrays."""
        return set(self._members)

    def check_digest(self) -> None:
        """Compare the hash of everything with the last bytes of the file."""
        comment = self._zip.comment
        size = self._file.seek(0, 2)
        if not comment.startswith(_COMMENT) or len(comment) != len(_COMMENT) + 64:
            raise self.damaged("the hash at its end is missing")
        if _digest(self._file, size - 64) != comment[-64:]:
            raise self.damaged("its bytes have another hash than its end says")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a file for reading."""
    if path.exists() and not path.is_file():  # to open a pipe would wait for whoever writes to it
        raise SavedFileError(f"{path} is a folder, a device or a pipe, and a file that skrec.save wrote was expected.")
    with path.open("rb") as file:
        yield Archive(path, file)
