"""What a base's manifest says, and the shard it tells of."""

import gc
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.journal import BEGINNING, Place
from flows.outlet import Mark
from flows.shard import Shard
from flows.state_file import BadState, Sum, read_state

UNUSABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    BadState,
    pickle.UnpicklingError,
)
ADVICE = "restore the folder, or start with --rebuild to replay the journal from its start"


class BadBase(Exception):  # noqa: N818 - named after what it is
    """A shard cannot continue from what the recovery folder holds."""


class Restored(NamedTuple):
    """A shard as a base holds it; `shard` is None for the beginning of the journal."""

    shard: Shard | None
    place: Place
    marks: dict[str, Mark]


FRESH = Restored(None, BEGINNING, {})


def manifests(folder: Path) -> list[dict[str, Any]]:
    """Return what the manifests of a folder say, in the order of their shards.

    Raises:
        BadBase: one of them cannot be read.
    """
    found = []
    for path in sorted(folder.glob("*.base")):
        try:
            found.append(orjson.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise BadBase(f"{path.name}: the manifest cannot be read: {error}") from None
    return found


def restored(folder: Path, told: Mapping[str, Any]) -> Restored:
    """Return the shard that a manifest tells of.

    Raises:
        BadBase: its state is missing or damaged.
    """
    made = None
    try:
        place = Place(told["record"], told["position"], told["epoch"], told["sources"])
        marks = {name: Mark(*mark) for name, mark in told["outputs"].items()}
        if told["state"] is not None:
            gc.disable()  # half of the time would go into looking for what is not there
            made = read_state(folder / told["state"], Sum(told["bytes"], told["blake2b"]))
    except UNUSABLE as error:
        what = error.strerror if isinstance(error, OSError) else error
        name = told.get("state")
        raise BadBase(f"{name}: the base cannot be used: {what}; {ADVICE}") from None
    finally:
        gc.enable()
    return Restored(made, place, marks)


def replace(path: Path, data: bytes) -> None:
    """Write a file in one step: after a crash it is the old one or the new one."""
    draft = path.with_suffix(".tmp")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
