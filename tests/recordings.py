"""Where recordings of real markets lie. They are not part of the project."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def recording(name: str) -> Path:
    """Return the path of a recording; skip the test when it is not there."""
    folder = Path(os.environ.get("HIGHWATER_RECORDINGS", _BESIDE))
    path = folder / name
    if not path.exists():
        pytest.skip(f"recording {name} is missing: set HIGHWATER_RECORDINGS to its folder")
    return path
