"""Compile a kernel, the same way everywhere.

Kernels release the GIL, never raise on arithmetic, and are cached on disk. Numba's cache looks only
at the file of the function it compiles, so a kernel would survive a change in a file it calls; the
cache directory is therefore named by a digest of all kernels. The straight-line vectoriser is on:
the eight-lane code of `lanes.py` is three times slower without it. Under `NUMBA_DISABLE_JIT=1` the
same functions run as plain Python.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

_HERE = Path(__file__).parent


def _digest() -> str:
    # The files that hold kernels, and the constants compiled into them.
    content = hashlib.sha256()
    for path in sorted(_HERE.glob("*.py")):
        text = path.read_bytes()
        if b"rules.engine.jit import" in text or path.name in {
            "jit.py",
            "columns.py",
            "frame_columns.py",
        }:
            content.update(text)
    return content.hexdigest()[:16]


_config: Any = numba.config
_njit: Any = numba.njit

_config.SLP_VECTORIZE = 1
if not _config.CACHE_DIR:
    _config.CACHE_DIR = str(_HERE / "__pycache__" / f"kernels-{_digest()}")
if _config.DISABLE_JIT:
    # Words wrap on purpose in `wide.py`, and bounds of unused nodes divide by zero, as they do
    # when compiled.
    np.seterr(all="ignore")

# Without the runtime that counts references to arrays: kernels allocate nothing, and its atomic
# counters cost more than the arithmetic between them.
_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "_nrt": False}


def kernel(function: Function) -> Function:
    """Compile an entry point: called from Python, releases the GIL, cached."""
    return cast("Function", _njit(**_OPTIONS)(function))


def inlined(function: Function) -> Function:
    """Compile a helper that only other kernels call; it is always inlined."""
    return cast("Function", _njit(forceinline=True, **_OPTIONS)(function))


def called(function: Function) -> Function:
    """Compile a helper off the hot path, which keeps the kernels that call it small."""
    return cast("Function", _njit(**_OPTIONS)(function))
