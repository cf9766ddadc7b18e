"""Where recordings of real markets lie. They are not part of the project."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def find(name: str) -> Path | None:
    """Return the path of a recording, None when it is not there."""
    path = Path(os.environ.get("HIGHWATER_RECORDINGS", _BESIDE)) / name
    return path if path.exists() else None


def missing(name: str) -> str:
    """Say what to do about a recording that is not there."""
    return f"recording {name} is missing: set HIGHWATER_RECORDINGS to its folder"


def recording(name: str) -> Path:
    """Return the path of a recording; skip the test when it is not there."""
    path = find(name)
    if path is None:
        pytest.skip(missing(name))
    return path
