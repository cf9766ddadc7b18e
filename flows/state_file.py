"""A shard on disk: a pickle of our own classes, with the sum of its bytes.

Whoever can write the recovery folder could make this process run code, so the folder must belong
to it alone; what is read back is limited to the classes that state is made of all the same.
"""

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import rules
import schemas

_TRUSTED = ("rules.", "schemas.", "flows.", "connectors.", "numpy.", "pydantic_core.")
_ALLOWED = {
    "_codecs",
    "builtins",
    "collections",
    "copyreg",
    "datetime",
    "decimal",
    "fractions",
    "functools",
    "numpy",
    "zoneinfo",
}
_FORBIDDEN = {"eval", "exec", "compile", "open", "__import__", "getattr", "setattr", "input"}
_CHUNK = 1 << 20


class BadState(Exception):  # noqa: N818 - named after what it is
    """A state file is not what was written."""


class Sum(NamedTuple):
    """Size and BLAKE2b of a file."""

    size: int
    digest: str


class _Summing:
    """A file that sums what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.blake2b(digest_size=32)
        self.size = 0

    def write(self, data: Any) -> int:
        """Write and count."""
        self._hash.update(data)
        self.size += memoryview(data).nbytes
        return self._file.write(data)

    def sum(self) -> Sum:
        """Return what was written so far."""
        return Sum(self.size, self._hash.hexdigest())


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Allow our own classes and the plain ones they are made of."""
        trusted = module.startswith(_TRUSTED) or module in _ALLOWED
        if not trusted or (module == "builtins" and name in _FORBIDDEN):
            message = f"it names {module}.{name}, which no state is made of"
            raise BadState(message)
        return super().find_class(module, name)


def write_state(path: Path, state: object) -> Sum:
    """Write an object, durably, and return the sum of the file; leave nothing where that fails."""
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as file:
            summing = _Summing(file)
            pickle.Pickler(summing, 5).dump(state)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)  # half a state on a full disk would keep it full
        raise
    return summing.sum()


def read_state(path: Path, expected: Sum) -> Any:
    """Read an object back.

    Raises:
        OSError: the file is missing.
        BadState: it is not the file that was written.
    """
    with path.open("rb") as file:
        digest = hashlib.blake2b(digest_size=32)
        size = 0
        while data := file.read(_CHUNK):
            digest.update(data)
            size += len(data)
        if Sum(size, digest.hexdigest()) != expected:
            message = f"{path.name} is damaged: its checksum differs"
            raise BadState(message)
        file.seek(0)
        return _Reader(file).load()


def code_digest() -> str:
    """Return a digest of everything that decides what state means: rules, schemas, shards."""
    digest = hashlib.blake2b(digest_size=16)
    roots = [Path(str(package.__file__)).parent for package in (rules, schemas)]
    files = [path for root in roots for path in root.rglob("*.py")]
    here = Path(__file__).parent
    files += [here / "shard.py", here / "shards.py", here / "sampler.py", here / "state_file.py"]
    for path in sorted(files, key=lambda path: path.parts[-3:]):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
